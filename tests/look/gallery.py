"""A small application that shows every drawing and component once, for tests and for looking at.

To look: `python -m tests.look.gallery` from the root, then open http://127.0.0.1:5050/.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, abort, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader
from wtforms import BooleanField, Form, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from elearn.app import PAGE_FUNCTIONS
from elearn.look import organisation_stylesheet
from elearn.scenarios.bank_content import Artefact

PACKAGE = Path(__file__).resolve().parents[2] / "elearn"
NONCE = "bm9uY2U"
POLICY = (
    f"default-src 'none'; script-src 'self' 'nonce-{NONCE}'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
COLOURS = {"heronsgate": "#5b2a6e", "mill-road": "#ffdd33"}
ORGANISATION = SimpleNamespace(
    name="Heronsgate Learning Trust", short_name="Heronsgate", slug="heronsgate", colour="#5b2a6e"
)
LIGHT_ORGANISATION = SimpleNamespace(
    name="The Mill Road and St Botolph's Church of England Partnership of Academies",
    short_name="Mill Road",
    slug="mill-road",
    colour="#ffdd33",
)
ERROR_CODES = (400, 403, 404, 413, 429, 500)

_WRITTEN: list[dict[str, Any]] = [
    {
        "kind": "post",
        "platform": "Facebook",
        "from": "Amira Begum",
        "handle": "@amira.b",
        "time": "Yesterday, 21:14",
        "text": "What a day. Year 9 were unbelievable on the trip, and the coach driver deserves a medal.",
        "image": "Six pupils in uniform beside a coach. Two name badges can be read.",
        "comments": [
            {"from": "Tom W.", "text": "Which school is this?"},
            {"from": "Jo Pritchard", "text": "Lovely!"},
        ],
    },
    {
        "kind": "direct_message",
        "platform": "Snapchat",
        "from": "Ellie",
        "handle": "@elliexo",
        "time": "22:47",
        "messages": [
            {"from": "Ellie", "text": "hi miss its ellie from 10B", "time": "22:41"},
            {"from": "Ellie", "text": "can i talk to you about something, not at school"},
            {"from": "You", "text": "Hi Ellie."},
        ],
    },
    {
        "kind": "follow_request",
        "platform": "Instagram",
        "from": "Kacper W.",
        "handle": "@kacperw",
        "time": "3 min",
        "text": "wants to follow you. You have 2 followers in common.",
    },
    {
        "kind": "group_chat",
        "platform": "WhatsApp",
        "from": "Year 4 team",
        "time": "Today",
        "messages": [
            {"from": "Priya Nair", "text": "Did you see what Mr H wrote to the parents??"},
            {"from": "Dave", "text": "Send a screenshot"},
            {"from": "You", "text": "Not here, please."},
        ],
    },
    {
        "kind": "email",
        "platform": "Work email",
        "from": "Local Gazette news desk",
        "handle": "desk@gazette.example",
        "time": "Mon 8:05",
        "text": "Hello,\n\nCould you tell us what happened at the gate on Friday? We publish at noon.",
    },
    {
        "kind": "review",
        "platform": "Google",
        "from": "A parent",
        "time": "2 days ago",
        "text": "Nobody answers the phone and the head does not care.",
    },
    {
        "kind": "notification",
        "platform": "TikTok",
        "from": "Mill Road Leavers",
        "time": "now",
        "text": "tagged you in a video: https://video.example/" + "bestteacherofall" * 4,
    },
]
ARTEFACTS = {written["kind"]: Artefact.model_validate(written, strict=False) for written in _WRITTEN}

PAGES = sorted(path.stem for path in (Path(__file__).parent / "pages").glob("*.html"))


YES_NO = [SelectChoice("a", "Yes"), SelectChoice("b", "No")]
JOBS = [SelectChoice("teacher", "Teacher"), SelectChoice("office", "Office")]


class SlipForm(Form):
    """A form in error, as a route would hand it to a page."""

    number = StringField("Staff number", [InputRequired("Type your staff number")])
    secret = PasswordField("Code", [InputRequired("Type your code")])
    answer = RadioField("Answer", [InputRequired("Choose an answer")], choices=YES_NO)
    job = SelectField("Job", choices=JOBS)
    agree = BooleanField("I have read it", [InputRequired("Tick the box")])
    why = TextAreaField("Why?", [InputRequired("Say why")])


def failed_form() -> SlipForm:
    """The form after an empty answer."""
    form = SlipForm()
    form.validate()
    return form


def create_gallery() -> Flask:
    """The application, with the variables that the real one supplies."""
    app = Flask("gallery", static_folder=str(PACKAGE / "static"))
    folders = (PACKAGE / "templates", Path(__file__).parent / "pages")
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])
    app.jinja_env.globals.update(
        csrf_token=lambda: "token", csp_nonce=NONCE, static="/static/", **PAGE_FUNCTIONS
    )

    @app.context_processor
    def supply() -> dict[str, Any]:
        plain = "plain" in request.args
        organisation = LIGHT_ORGANISATION if "light" in request.args else ORGANISATION
        return {
            "organisation": None if plain else organisation,
            "organisation_css": f"/organisations/{organisation.slug}.css",
            "viewer": None if plain else SimpleNamespace(name="Amira B.", permissions=()),
            "navigation": []
            if plain
            else [("/", "People", True), ("/", "Academies", False), ("/", "Accounts", False)],
            "help_contact": "the school office, 01632 960 001" if plain else "policy@heronsgate.example",
            "artefacts": ARTEFACTS,
            "post": ARTEFACTS["post"].model_copy(update={"text": None}),
        }

    @app.get("/organisations/<slug>.css", endpoint="auth.organisation_css")
    def organisation_css(slug: str) -> Response:
        return Response(organisation_stylesheet(COLOURS[slug]), mimetype="text/css")

    @app.get("/page/<name>")
    def show(name: str) -> str:
        if name not in PAGES:
            abort(404)
        return render_template(f"{name}.html", form=failed_form() if name == "wtforms" else None)

    @app.get("/error/<int:code>")
    def error(code: int) -> str:
        return render_template(f"errors/{code}.html", error_reference="7f3a-11")

    @app.get("/")
    def index() -> str:
        links = "".join(f'<li><a href="/page/{name}">{name}</a></li>' for name in PAGES)
        return f"<!doctype html><title>Gallery</title><ul>{links}</ul>"

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


if __name__ == "__main__":
    create_gallery().run(port=5050)
