"""The way on after something was posted."""

from __future__ import annotations

from flask import Flask, Response

from elearn.redirects import SeeOther


def test_it_leads_on_by_its_address_alone(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        answer = app.make_response(SeeOther("/records/A%20B?again=1"))
    sent = Response.from_app(answer, {"REQUEST_METHOD": "POST"})
    assert sent.status_code == 303
    assert sent.headers["Location"] == "/records/A%20B?again=1"
    assert (sent.headers["Content-Length"], sent.data) == ("0", b"")
