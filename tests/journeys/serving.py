"""A real server of an installation as it comes, and people with open sessions."""

from __future__ import annotations

import http.client
import multiprocessing
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask

from elearn import clock
from elearn.app import create_app
from elearn.auth.service import confirm_identity, sign_in_with_slip
from elearn.db import db, let_go
from elearn.ledger.keys import create_keys
from elearn.people.service import PersonView
from tests import factories
from tests.conftest import settings_for
from tests.journeys.served import serve_installation

SECRET = "a secret key for served tests, long enough"
_servers = multiprocessing.get_context(
    "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
)
"""Where the system can: a process that has the program in memory already, and starts each server by a fork."""
_servers.set_forkserver_preload([serve_installation.__module__])


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    location: str
    text: str


@contextmanager
def installation(folder: Path, database_url: str) -> Iterator[Flask]:
    """A fresh installation in this folder, on a database with every table, with the application's context pushed."""
    create_keys(folder / "keys", "elearn test")
    app = create_app(settings_for(folder, database_url, secret_key=SECRET), TESTING=True)
    with app.app_context():
        yield app
        let_go()
        db.engine.dispose()


class Server:
    """A server process of an installation; killed, not asked, when it is to die."""

    def __init__(self, app: Flask, *, wait: bool = True) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        of = (Path(app.instance_path), app.config["SQLALCHEMY_DATABASE_URI"], self.port, SECRET)
        self.process = _servers.Process(target=serve_installation, args=of)
        self.process.start()
        if wait:
            self.wait()

    def wait(self) -> None:
        """Until it answers."""
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if not self.process.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.05)
        raise RuntimeError("the server does not answer")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.join()
        self.process.close()


class Browser:
    """One person's browser: a cookie, and forms with their hidden fields."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._send("GET", path, None)

    def post(self, path: str, fields: dict[str, str], page: Answer) -> Answer:
        """Send the page's form with these fields filled in."""
        return self._send("POST", path, hidden_fields(page.text) | fields)

    def _send(self, method: str, path: str, fields: dict[str, str] | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Cookie": self.cookie, "Host": "localhost"}
            if fields is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, None if fields is None else urlencode(fields), headers)
            response = connection.getresponse()
            text = response.read().decode()
            self._keep(response.headers.get_all("Set-Cookie") or [])
            return Answer(response.status, response.headers.get("Location", ""), text)
        finally:
            connection.close()

    def _keep(self, cookies: list[str]) -> None:
        name = self.cookie.partition("=")[0]
        for cookie in cookies:
            if cookie.startswith(f"{name}="):
                self.cookie = cookie.partition(";")[0]


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the main form of a page."""
    main = page[page.index("<main") : page.index("</main>")]
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", main):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found[name[1]] = value[1].replace("&#34;", '"').replace("&amp;", "&")
    return found


def open_browser_cookie(app: Flask, person: PersonView) -> str:
    """The cookie of a browser in which this person has just signed in with a slip and said that it is them."""
    slip = factories.make_slip(person)
    signed_in, _ = sign_in_with_slip(slip.code, device=None, address="127.0.0.1", at=clock.now())
    confirm_identity(signed_in.session)
    interface = app.session_interface
    serializer = interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    value = serializer.dumps(
        {"token": signed_in.token, "seen": int(clock.now().timestamp()), "_permanent": True}
    )
    return f"{app.config['SESSION_COOKIE_NAME']}={value}"


def ready_to_sign(trust: factories.Trust, name: str) -> PersonView:
    """Somebody who has read the rules and passed the situations."""
    person = factories.make_person(trust, name)
    factories.read_rules(trust, person)
    factories.answer_round(trust, person)
    return person


def sign(browser: Browser, name: str, page: Answer) -> Answer:
    """Press the button of the sign page."""
    return browser.post("/sign", {"typed_name": name, "ticked": "y"}, page)
