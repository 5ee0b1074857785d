"""The policy's text as everybody it covers may read it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, get_template_attribute, render_template

from elearn import clock
from elearn.acknowledgements.forms import seal_opened
from elearn.auth.viewer import viewer
from elearn.kept import Kept
from elearn.permissions import Permission, requires
from elearn.policies.service import list_clauses, version_in_force

bp = Blueprint("policies", __name__)


@bp.get("/policy")
@requires(Permission.TAKE_TRAINING)
def read_policy() -> str:
    """The whole text in force, clause by clause, as printed."""
    version = version_in_force(viewer().organisation.id, clock.today())
    text = "" if version is None else _printed.get(version.id, lambda: _print(version.id))
    opened = "" if version is None else seal_opened(viewer().person.id, version.id, clock.now())
    return render_template("policies/read_policy.html", version=version, text=text, opened=opened)


_printed: Kept[UUID, str] = Kept(20)
"""The texts that people are reading just now: a version never changes, so it is made into a page once."""


def _print(version_id: UUID) -> str:
    print_text = get_template_attribute("policies/text.html", "whole_text")
    text: str = print_text(list_clauses(version_id))
    return text
