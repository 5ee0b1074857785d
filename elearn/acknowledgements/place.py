"""Somebody's place among the key rules: what this browser has shown and nobody has recorded yet.

Opening a page changes no row, so each rule's page notes itself in a signed cookie, and the button under the last
one records them all. The cookie outlives the session: who comes back to this phone after a break goes on where
they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from flask import Response, current_app, request
from itsdangerous import BadSignature, Signer

KEPT_SECONDS = 28 * 86400


def shown_rules(person_id: UUID, version_id: UUID) -> dict[str, datetime]:
    """Which key rules of a version this browser has shown to somebody, and when each was first shown."""
    cookie = request.cookies.get(_cookie_name())
    if not cookie:
        return {}
    try:
        whose, *shown = _signer().unsign(cookie).decode().split("~")
    except BadSignature:
        return {}
    if whose != _owner(person_id, version_id):
        return {}
    by_rule = (each.split(":") for each in shown)
    return {rule_id: datetime.fromtimestamp(int(at), UTC) for rule_id, at in by_rule}


def keep_shown(
    response: Response, person_id: UUID, version_id: UUID, shown: Mapping[str, datetime]
) -> Response:
    """Let this browser remember which key rules it has shown, and when."""
    times = [f"{rule_id}:{int(at.timestamp())}" for rule_id, at in shown.items()]
    response.set_cookie(
        _cookie_name(),
        _signer().sign("~".join([_owner(person_id, version_id), *times])).decode(),
        max_age=KEPT_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def forget_shown(response: Response) -> Response:
    """Take the memory from this browser: what it held is recorded."""
    if _cookie_name() in request.cookies:
        response.delete_cookie(
            _cookie_name(), secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax"
        )
    return response


def _owner(person_id: UUID, version_id: UUID) -> str:
    return f"{person_id.hex}:{version_id.hex}"


def _cookie_name() -> str:
    return "__Host-rules" if current_app.config["SESSION_COOKIE_SECURE"] else "rules"


def _signer() -> Signer:
    return _signer_of((*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]))


@lru_cache(maxsize=4)
def _signer_of(keys: tuple[str, ...]) -> Signer:
    return Signer(list(keys), salt="elearn-rules-shown-v2")
