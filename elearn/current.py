"""The request, its session and what it keeps, as themselves.

Flask's `request`, `session` and `g` look up anew, with each use, what they stand for. On a page with fifty uses that
costs more than the database does. What every page goes through asks here once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Request, current_app, g, request, session

if TYPE_CHECKING:
    from flask import Flask
    from flask.ctx import _AppCtxGlobals
    from flask.sessions import SessionMixin
    from werkzeug.local import LocalProxy

this_app = cast("LocalProxy[Flask]", current_app)._get_current_object
this_request = cast("LocalProxy[Request]", request)._get_current_object
this_session = cast("LocalProxy[SessionMixin]", session)._get_current_object
this_g = cast("LocalProxy[_AppCtxGlobals]", g)._get_current_object
"""Each raises RuntimeError where there is none, as any use of Flask's own does."""
