"""The HTTP API, version 1: bearer tokens, JSON, no cookies, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, request

from elearn import clock
from elearn.access.service import check_access_within, decision_json
from elearn.api.openapi import DOCUMENT
from elearn.auth.service import TokenView, find_token
from elearn.permissions import Permission, requires

bp = Blueprint("api", __name__, url_prefix="/api/v1")

P = ParamSpec("P")

MESSAGES = {
    400: "The request was not understood",
    401: "A valid bearer token is needed",
    403: "This token may not do that",
    404: "There is nothing at this address",
    405: "This address does not take that method",
    500: "Something went wrong here; nothing was allowed",
}


def api_error(code: int, message: str = "") -> Response:
    """An error of the API, as JSON."""
    words = message or MESSAGES.get(code, MESSAGES[400] if code < 500 else MESSAGES[500])
    response = jsonify(error={"code": code, "message": words})
    response.status_code = code
    if code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def with_scope(scope: str) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Let a view be reached with a good bearer token of this scope only."""

    def wrap(view: Callable[P, Response]) -> Callable[P, Response]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
            kind, _, secret = request.headers.get("Authorization", "").partition(" ")
            token = find_token(secret.strip(), day=clock.today()) if kind.lower() == "bearer" else None
            if token is None:
                return api_error(401)
            if scope not in token.scopes:
                return api_error(403)
            g.token = token
            return view(*args, **kwargs)

        return checked

    return wrap


@bp.get("/access/decision")
@requires(Permission.USE_API)
@with_scope("access:read")
def access_decision() -> Response:
    """Whether a person may use an account at this moment, and why not."""
    ids = [request.args.getlist(name) for name in ("person", "account")]
    try:
        person_id, account_id = (UUID(values[0]) for values in ids if len(values) == 1)
    except ValueError:
        return api_error(400, "Give one person and one account, each as an id")
    token: TokenView = g.token
    now = clock.now()
    decision = check_access_within(token.organisation_id, person_id, account_id, at=now)
    return jsonify(decision_json(decision, now))


@bp.get("/openapi.json")
@requires(Permission.PUBLIC)
def openapi() -> Response:
    """The OpenAPI document."""
    return jsonify(DOCUMENT)
