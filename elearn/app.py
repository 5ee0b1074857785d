"""The application: wiring only."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import (
    Flask,
    Request,
    Response,
    abort,
    g,
    has_request_context,
    render_template,
    request,
    url_for,
)
from flask.templating import Environment as FlaskEnvironment
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf, same_origin
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.http import parse_cookie
from werkzeug.utils import cached_property
from werkzeug.wrappers import Response as BaseResponse

from elearn import clock
from elearn import db as database
from elearn.access.routes import bp as access_blueprint
from elearn.acknowledgements.routes import bp as acknowledgements_blueprint
from elearn.acknowledgements.routes import questions_bp as questions_blueprint
from elearn.api.routes import api_error
from elearn.api.routes import bp as api_blueprint
from elearn.assignments.routes import bp as assignments_blueprint
from elearn.auth.cookies import SignedCookies
from elearn.auth.routes import bp as auth_blueprint
from elearn.auth.rules import Method
from elearn.auth.viewer import Viewer, check_permission, find_viewer, load_viewer
from elearn.completion.routes import bp as completion_blueprint
from elearn.config import Settings, data_folder, load_settings, make_secret
from elearn.courses.routes import bp as courses_blueprint
from elearn.current import this_app, this_g, this_request
from elearn.drafts.routes import bp as setup_blueprint
from elearn.errors import ActionRefused, ConfigurationError, InvalidInput, NotFound
from elearn.evidence.routes import bp as evidence_blueprint
from elearn.fields import laid_out
from elearn.kept import drawn_once
from elearn.ledger.keys import load_keys
from elearn.ledger.service import use_keys
from elearn.people.routes import bp as people_blueprint
from elearn.permissions import Permission
from elearn.policies.routes import bp as policies_blueprint
from elearn.policies.wording import cited, place_under
from elearn.quizzes.routes import bp as quizzes_blueprint
from elearn.redirects import SeeOther
from elearn.scenarios.routes import bp as content_blueprint

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BLUEPRINTS = (
    auth_blueprint,
    people_blueprint,
    policies_blueprint,
    courses_blueprint,
    content_blueprint,
    setup_blueprint,
    quizzes_blueprint,
    acknowledgements_blueprint,
    questions_blueprint,
    completion_blueprint,
    assignments_blueprint,
    access_blueprint,
    evidence_blueprint,
    api_blueprint,
)

MENU = (
    ("auth.home", "My training", Permission.TAKE_TRAINING),
    ("assignments.list_staff", "Staff", Permission.SEE_STAFF),
    ("questions.list_asked", "Questions", Permission.ANSWER_QUESTIONS),
    ("access.list_requests", "Requests", Permission.APPROVE_ACCESS),
    ("access.list_accounts", "Accounts", Permission.MANAGE_ACCOUNTS),
    ("people.list_people", "People", Permission.MANAGE_PEOPLE),
    ("courses.list_versions", "Policy", Permission.MANAGE_POLICIES),
    ("content.list_scenarios", "Content", Permission.MANAGE_POLICIES),
    ("evidence.show_ledger", "Evidence", Permission.SEE_EVIDENCE),
)

INSIDE = {"setup": "content"}
"""Pages of one blueprint that stand in the menu under another's."""

CACHEABLE = frozenset({"static", "auth.organisation_css"})
"""Endpoints whose answers hold nothing of anybody's."""

LARGE_FORMS = frozenset({"courses.upload_version"})
"""Pages whose form carries a whole document from its preview to its import."""

HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)

ADDRESSES_KEPT = 20_000
COOKIES_KEPT = 1_000

PAGE_FUNCTIONS = {"drawn_once": drawn_once, "laid_out": laid_out, "cited": cited, "place_under": place_under}
"""What templates use of Python's, beside Flask's own."""

csrf = CSRFProtect()
log = logging.getLogger("elearn")


class Environment(FlaskEnvironment):
    """Templates whose globals are all set by the time the first of them is loaded."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> dict[str, Any]:
        """The globals as one mapping. A chain of two, which each page would walk through, lets them change later."""
        return {**self.globals, **(d or {})}


class PageRequest(Request):
    """Flask's request. The same cookies come with every page of somebody's; they are taken apart once."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """Those of this browser."""
        return _cookies(self.environ.get("HTTP_COOKIE", ""))


@lru_cache(maxsize=COOKIES_KEPT)
def _cookies(header: str) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict(parse_cookie(header))


class Application(Flask):
    """Flask, whose views and hooks are all plain functions here: it need not look at each whether it is async."""

    request_class = PageRequest
    jinja_environment = Environment

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.jinja_options = {"cache_size": -1}  # a list of those used last is not kept up with each use
        self._addresses: dict[tuple[object, ...], str] = {}

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """The address of a page, put together once for each page, its values and where the program is mounted."""
        if endpoint.startswith(".") or not has_request_context():
            return super().url_for(endpoint, **values)
        key = (this_request().script_root, endpoint, *values.items())
        found = self._addresses.get(key)
        if found is None:
            found = super().url_for(endpoint, **values)
            if values.get("_external"):
                return found
            if len(self._addresses) >= ADDRESSES_KEPT:
                self._addresses.clear()
            self._addresses[key] = found
        return found

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, whatever the answer is, with the security headers."""

        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *HEADERS, *_headers_of_answer()], *failure)

        return super().wsgi_app(environ, start)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """The WSGI application of one installation, ready to serve unless settings are given that have no secret key.

    Raises ConfigurationError where it cannot start as set up.
    """
    settings = settings or ready_to_serve(load_settings())
    app = Application("elearn", instance_path=str(settings.instance))
    app.session_interface = SignedCookies()
    app.config.update(flask_settings(settings) | overrides)
    app.extensions["elearn_settings"] = settings
    database.init_app(app, str(data_folder("migrations")))
    _load_keys(app, settings)
    _register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def ready_to_serve(settings: Settings) -> Settings:
    """The settings with a secret key, made where there is none yet."""
    return replace(settings, secret_key=settings.secret_key or make_secret(settings.instance))


def flask_settings(settings: Settings) -> dict[str, Any]:
    """Our settings in the words of Flask and its extensions."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 10, "max_overflow": 20, "pool_pre_ping": False},
        "SESSION_COOKIE_NAME": "__Host-elearn" if settings.secure else "elearn",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "TRUSTED_HOSTS": list(settings.allowed_hosts),
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 200 * 1024,
        "MAX_FORM_PARTS": 200,
        "WTF_CSRF_CHECK_DEFAULT": False,  # _check_form does
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": settings.secure,
    }


def _load_keys(app: Flask, settings: Settings) -> None:
    try:
        use_keys(app, load_keys(settings.keys))
    except ConfigurationError:
        if settings.production:
            raise
        use_keys(app, None)


def _register(app: Flask) -> None:
    app.before_request(_start_request)
    app.before_request(load_viewer)
    csrf.init_app(app)
    app.before_request(_check_form)  # its refusal is a page, which needs those above
    app.before_request(check_permission)
    app.context_processor(_page_context)
    app.jinja_env.globals.update(clock=clock, csrf_token=_form_token, **PAGE_FUNCTIONS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    csrf.exempt(api_blueprint)
    app.register_error_handler(NotFound, lambda error: _error_page(404))
    app.register_error_handler(ActionRefused, _refused_page)
    app.register_error_handler(InvalidInput, _refused_page)
    app.register_error_handler(CSRFError, _unknown_form)
    app.register_error_handler(SecurityError, _strange_host)
    app.register_error_handler(HTTPException, lambda error: _error_page(error.code or 500, error))
    app.register_error_handler(Exception, _unexpected_page)


def _start_request() -> None:
    """What every page needs, and what none takes."""
    asked = this_request()
    this_g().csp_nonce = secrets.token_urlsafe(16)
    if asked.endpoint in LARGE_FORMS:
        # A document of 2 MB comes back from its preview in letters; every other form is small.
        asked.max_form_memory_size = 3 * 1024 * 1024
    if _has_null(asked):
        abort(400)


def _has_null(asked: Request) -> bool:
    """No text of ours has a null character, and PostgreSQL can't hold one."""
    sent = asked.form.items(multi=True) if asked.method == "POST" else ()
    in_address = "\0" in asked.path or b"%00" in asked.query_string
    return in_address or any("\0" in text for pair in sent for text in pair)


def _check_form() -> None:
    """Refuse a form that is not of this session; looking needs no token."""
    asked, config = this_request(), this_app().config
    needs_token = config["WTF_CSRF_ENABLED"] and asked.method in config["WTF_CSRF_METHODS"]
    if needs_token and not _is_own_form(asked):
        csrf.protect(apply_exemptions=True)


def _is_own_form(asked: Request) -> bool:
    """Whether the very token of this session's forms comes back, and from a page of ours.

    It is signed once and stays the same, so there is no signature to check. Whatever else comes, or nothing, is
    Flask-WTF's to judge.
    """
    own, sent = this_g().get("csrf_token") or "", asked.form.get("csrf_token", "")
    if not own or not hmac.compare_digest(own.encode(), sent.encode()):
        return False
    return not asked.is_secure or same_origin(asked.referrer or "", f"https://{asked.host}/")


def _form_token() -> str:
    """The token of this session's forms."""
    token: str | None = this_g().get("csrf_token")
    return token or generate_csrf()


def _page_context() -> dict[str, Any]:
    """What every page may use: who is looking, their organisation, the menu."""
    viewer, address_of = find_viewer(), this_app().url_for
    organisation = viewer.organisation if viewer else None
    colours = address_of("auth.organisation_css", slug=organisation.slug) if organisation else ""
    return {
        "viewer": viewer,
        "organisation": organisation,
        "help_contact": organisation.help_contact if organisation else "",
        "navigation": menu(viewer),
        "home_url": address_of("auth.home"),
        "static": address_of("static", filename=""),
        "organisation_css": colours,
        "csp_nonce": this_g().get("csp_nonce", ""),
        "csrf_token": _form_token,
    }


def menu(viewer: Viewer | None) -> list[tuple[str, str, bool]]:
    """The pages in the menu of somebody with duties beyond their own training: (address, words, is this one)."""
    if viewer is None or viewer.session.method is Method.SLIP:
        return []
    items = [
        (
            url_for(endpoint),
            words,
            endpoint.partition(".")[0] in (request.blueprint, INSIDE.get(request.blueprint or "")),
        )
        for endpoint, words, permission in MENU
        if viewer.may(permission)
    ]
    return items if len(items) > 1 else []


def _headers_of_answer() -> Iterable[tuple[str, str]]:
    """The security headers that differ between answers (OWASP ASVS 3.4), and no caching of anybody's pages."""
    asked = this_request()
    yield "Content-Security-Policy", CONTENT_SECURITY_POLICY.format(nonce=this_g().get("csp_nonce", ""))
    if asked.is_secure or this_app().config["SESSION_COOKIE_SECURE"]:
        yield "Strict-Transport-Security", "max-age=31536000; includeSubDomains"
    if asked.endpoint not in CACHEABLE:
        yield "Cache-Control", "no-store"


def _unknown_form(error: CSRFError) -> tuple[str, int] | Response | BaseResponse:
    """A form that is not of this session; where the session ran out meanwhile, the way in says so."""
    if g.get("session_ran_out"):
        return SeeOther(url_for("auth.enter_code", ended=1))
    return _error_page(400)


def _strange_host(error: SecurityError) -> Response:
    """A request for a host that is not ours has no addresses to link to, so it gets a plain sentence."""
    return Response("This service does not answer at this address.\n", 400, mimetype="text/plain")


def _error_page(code: int, error: HTTPException | None = None, **words: Any) -> tuple[str, int] | Response:
    if error is not None and error.response is not None:
        return error.response  # type: ignore[return-value]
    if request.path.startswith("/api/"):
        return api_error(code)
    known = code if code in (400, 403, 404, 413, 429) else (400 if 400 <= code < 500 else 500)
    return render_template(f"errors/{known}.html", **words), code


def _refused_page(error: ActionRefused | InvalidInput) -> tuple[str, int] | Response:
    """A refusal that no page of its own shows: the reasons, and the way back."""
    sentences = (
        error.problems if isinstance(error, InvalidInput) else [r.message for r in error.refusal.reasons]
    )
    return render_template("errors/refused.html", sentences=sentences), 422


def _unexpected_page(error: Exception) -> tuple[str, int] | Response:
    database.let_go()  # the page with the error reads anew, on another connection
    reference = secrets.token_hex(4)
    log.exception("unexpected error %s at %s", reference, request.endpoint)
    return _error_page(500, error_reference=reference)
