"""The session's cookie: a good one is read once, and how old it is, is looked at each time."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from elearn import clock
from tests.factories import make_organisation, make_person, sign_in


def session_of(client: FlaskClient) -> dict[str, object]:
    with client.session_transaction() as session:
        return dict(session)


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client, make_person(make_organisation()))
    assert "token" in session_of(client)
    return client


def test_a_cookie_that_was_good_before_is_still_refused_when_it_is_too_old(app: Flask) -> None:
    client = signed_in(app)
    assert client.get("/who-sees-what").status_code == 200
    later = clock.now() + app.permanent_session_lifetime + timedelta(minutes=1)
    with time_machine.travel(later, tick=False):
        assert session_of(client) == {}


def test_a_changed_cookie_says_nothing(app: Flask) -> None:
    client = signed_in(app)
    cookie = client.get_cookie("elearn")
    assert cookie is not None
    client.set_cookie("elearn", cookie.value[:-3] + "abc")
    assert session_of(client) == {}


def test_a_cookie_of_an_earlier_key_is_good_as_long_as_the_key_is_a_fallback(app: Flask) -> None:
    client = signed_in(app)
    old = app.config["SECRET_KEY"]
    app.config.update(SECRET_KEY="n" * 40, SECRET_KEY_FALLBACKS=[old])
    try:
        assert "token" in session_of(client)
        app.config["SECRET_KEY_FALLBACKS"] = []
        assert session_of(client) == {}
    finally:
        app.config.update(SECRET_KEY=old, SECRET_KEY_FALLBACKS=[])
