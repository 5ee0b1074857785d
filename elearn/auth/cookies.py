"""The signed cookie of a browser's session: Flask's own, with the work that every page would repeat done once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer

from elearn import clock

COOKIES_KEPT = 4096


class SignedCookies(SecureCookieSessionInterface):
    """Flask puts its serializer together anew for each cookie, and checks the same cookie's signature with every
    page. Here the serializer is kept while the keys stay, and what a good cookie says while it is in use; how old
    it is, is looked at each time.
    """

    def __init__(self) -> None:
        self._serializer: tuple[tuple[str | bytes, ...], URLSafeTimedSerializer] | None = None
        self._read = lru_cache(maxsize=COOKIES_KEPT)(_read)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The serializer for the keys that the application has now; None where it has none."""
        config = app.config
        if not config["SECRET_KEY"]:
            return None
        keys = (config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"])
        if self._serializer is None or self._serializer[0] != keys:
            made = super().get_signing_serializer(app)
            assert made is not None
            self._serializer = (keys, made)
        return self._serializer[1]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of this browser: an empty one where its cookie is not ours, or too old."""
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        try:
            said, signed_at = self._read(serializer, cookie) if cookie else ({}, 0.0)
        except BadSignature:
            return self.session_class()
        age = clock.now().timestamp() - signed_at
        fresh = 0 <= age <= app.permanent_session_lifetime.total_seconds()
        return self.session_class(said if fresh else None)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie again where what it says has changed, which it seldom has."""
        if session.modified or app.config["SESSION_REFRESH_EACH_REQUEST"]:
            super().save_session(app, session, response)
        elif session.accessed:
            response.headers.add("Vary", "Cookie")


def _read(serializer: URLSafeTimedSerializer, cookie: str) -> tuple[dict[str, Any], float]:
    """What a cookie says, and when it was signed. Raises BadSignature."""
    said, signed_at = serializer.loads(cookie, return_timestamp=True)
    return said, signed_at.timestamp()
