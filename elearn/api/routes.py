"""The HTTP API, version 1: bearer tokens, JSON, no cookies."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

bp = Blueprint("api", __name__, url_prefix="/api/v1")

MESSAGES = {
    400: "The request was not understood",
    401: "A valid bearer token is needed",
    403: "This token may not do that",
    404: "There is nothing at this address",
    405: "This address does not take that method",
    500: "Something went wrong here; nothing was allowed",
}


def api_error(code: int) -> Response:
    """An error of the API, as JSON."""
    response = jsonify(
        error={"code": code, "message": MESSAGES.get(code, MESSAGES[400 if code < 500 else 500])}
    )
    response.status_code = code
    if code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
