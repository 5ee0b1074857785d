"""The policy's text as everybody it covers may read it."""

from __future__ import annotations

from flask import Blueprint, render_template

from elearn import clock
from elearn.auth.viewer import viewer
from elearn.permissions import Permission, requires
from elearn.policies.service import list_clauses, version_in_force

bp = Blueprint("policies", __name__)


@bp.get("/policy")
@requires(Permission.TAKE_TRAINING)
def read_policy() -> str:
    """The whole text in force, clause by clause, as printed."""
    version = version_in_force(viewer().organisation.id, clock.today())
    clauses = [] if version is None else list_clauses(version.id)
    return render_template("policies/read_policy.html", version=version, clauses=clauses)
