"""Who is looking: the signed-in person of a request, and whether they may see what they ask for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache

from flask import Response, abort, g, session, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from elearn import clock
from elearn.auth.rules import Method
from elearn.auth.service import SessionView, SignedIn, find_session
from elearn.current import this_app, this_g, this_request, this_session
from elearn.people.organisations import OrganisationView, get_organisation
from elearn.people.roles import permissions_held
from elearn.people.service import PersonView, get_person
from elearn.permissions import Permission, permissions_of
from elearn.redirects import SeeOther

SEEN_EVERY_SECONDS = 60
"""The cookie's own idle time is renewed at most this often."""


@dataclass(frozen=True)
class Viewer:
    """The signed-in person of this request."""

    session: SessionView
    person: PersonView

    @property
    def name(self) -> str:
        """The name as pages show it: only first name and initial until a slip's holder has confirmed."""
        return self.person.name if self.session.confirmed else self.person.initialled

    @cached_property
    def organisation(self) -> OrganisationView:
        """The trust whose person this is."""
        return get_organisation(self.person.organisation_id)

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """What they may do. A slip opens one's own training and nothing else, whatever roles its holder has."""
        if self.session.method is Method.SLIP:
            return permissions_of([])
        return permissions_held(self.person.id, clock.today())

    def may(self, permission: Permission) -> bool:
        """Whether they may do this."""
        return permission is Permission.TAKE_TRAINING or permission in self.permissions


def viewer() -> Viewer:
    """The signed-in person of this request; only where the route's permission made sure of one."""
    found = find_viewer()
    if found is None:
        abort(403)
    return found


def find_viewer() -> Viewer | None:
    """The signed-in person of this request, or None."""
    found: Viewer | None = this_g().get("viewer")
    return found


def load_viewer() -> None:
    """Find out, before each request, whose session its cookie opens."""
    kept, cookie = this_g(), this_session()
    kept.viewer = None
    token = cookie.get("token")
    if not token or this_request().endpoint in ("static", "auth.organisation_css"):
        return
    now = clock.now()
    seen = cookie.get("seen", 0)
    found = find_session(token, last_seen=datetime.fromtimestamp(seen, UTC), now=now)
    if found is None:
        cookie.clear()
        kept.session_ran_out = True
        return
    if "csrf_token" not in cookie:
        cookie["csrf_token"] = _form_secret(token)
    kept.csrf_token = _form_token(cookie["csrf_token"], this_app().config["SECRET_KEY"])
    if now.timestamp() - seen > SEEN_EVERY_SECONDS:
        cookie["seen"] = int(now.timestamp())
    kept.viewer = Viewer(found, get_person(found.person_id))


def _form_secret(token: str) -> str:
    """What the tokens of a session's forms are made from.

    It follows from the session, so that two pages opened at once right after signing in agree on it: had each
    made one up, the cookie that came last would have spoilt the other page's form.
    """
    return hashlib.sha256(f"forms of {token}".encode()).hexdigest()


@lru_cache(maxsize=4096)
def _form_token(secret: str, key: str) -> str:
    """The token of this session's forms. It holds as long as the session, so it is signed once, not on every page."""
    return str(generate_csrf(secret_key=key))


def check_permission() -> BaseResponse | None:
    """Refuse, before each request, what its route's permission does not allow."""
    endpoint = this_request().endpoint
    if endpoint is None or endpoint == "static":
        return None
    view = this_app().view_functions[endpoint]
    needed: Permission | None = getattr(view, "required_permission", None)
    if needed is None:
        raise RuntimeError(f"the route {endpoint} does not state its permission")
    if needed in (Permission.PUBLIC, Permission.USE_API):
        return None
    found = find_viewer()
    if found is None:
        return SeeOther(url_for("auth.enter_code", ended=1 if g.get("session_ran_out") else None))
    if not found.session.confirmed and not getattr(view, "before_confirmation", False):
        return SeeOther(url_for("auth.is_this_you"))
    if not found.may(needed):
        abort(403)
    return None


def start_browser_session(signed_in: SignedIn) -> None:
    """Give this browser the cookie of a new session; whatever it held before is gone."""
    session.clear()
    session["token"] = signed_in.token
    session["csrf_token"] = _form_secret(signed_in.token)
    session["seen"] = int(clock.now().timestamp())
    session.permanent = True


def keep_device(response: Response, cookie: str, *, secure: bool) -> Response:
    """Let this browser remember that it is the one a slip was first used on."""
    response.set_cookie(
        device_cookie_name(secure), cookie, max_age=400 * 86400, secure=secure, httponly=True, samesite="Lax"
    )
    return response


def device_cookie_name(secure: bool) -> str:
    """The name of the cookie that marks a device."""
    return "__Host-device" if secure else "device"
