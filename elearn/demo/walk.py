"""One walk through the program: the server, the people on it, and the check's own sight of the database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask

from elearn.acknowledgements.service import SignatureView, list_signatures
from elearn.db import db
from elearn.demo.browser import Browser, Form, Page, PageProblem
from elearn.demo.sample import SampleTrust
from elearn.people.service import PersonView


@dataclass(slots=True)
class Walk:
    """The state of one walk: the server, the check's own sight of the database, and who is where."""

    base: str
    app: Flask
    trust: SampleTrust
    password: str
    browsers: dict[str, Browser] = field(default_factory=dict)
    elsewhere: SampleTrust | None = None
    page: Page | None = None
    sign_form: Form | None = None
    signature: SignatureView | None = None

    def browser(self, who: str) -> Browser:
        """The browser of one person, made at first use."""
        return self.browsers.setdefault(who, Browser(self.base))

    def person(self, who: str) -> PersonView:
        """One of the sample people."""
        return self.trust.people[who]

    @property
    def without_text(self) -> SampleTrust:
        """A sample organisation whose policy's text is not here."""
        if self.elsewhere is None or self.elsewhere.is_published:
            raise PageProblem("there is no sample organisation without its text")
        return self.elsewhere

    @property
    def account_id(self) -> UUID:
        """The business account that access is asked to."""
        if self.trust.account_id is None:
            raise PageProblem("there is no sample account")
        return self.trust.account_id

    @property
    def signed(self) -> SignatureView:
        """The teacher's signature. Raises PageProblem before there is one."""
        if self.signature is None:
            raise PageProblem("nobody has signed yet")
        return self.signature

    def signatures(self, who: str) -> list[SignatureView]:
        """What the database holds of a person's signatures, read afresh."""
        db.session.rollback()
        person = self.person(who)
        return list_signatures(person.organisation_id, [person.id]).get(person.id, [])

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `elearn` in a process of its own on this installation."""
        return subprocess.run(
            [sys.executable, "-m", "elearn", *words],
            env=environment(self.app, self.base),
            capture_output=True,
            text=True,
            check=False,
        )


Step = tuple[str, Callable[[Walk], None]]


def need(holds: bool, otherwise: str) -> None:
    """Go on where this holds. Raises PageProblem with what is wrong otherwise."""
    if not holds:
        raise PageProblem(otherwise)


def environment(app: Flask, base: str) -> dict[str, str]:
    """The environment of a process on the check's own installation, with the database that the check itself sees."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ELEARN_")}
    return kept | {
        "ELEARN_INSTANCE": app.instance_path,
        "ELEARN_BASE_URL": base,
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
    }


def sign_in(walk: Walk, who: str) -> Browser:
    """Somebody's browser, signed in by password."""
    if who in walk.browsers:
        return walk.browsers[who]
    browser = walk.browser(who)
    form = browser.get("/sign-in").form(has="password")
    page = browser.submit(form, {"login": walk.trust.logins[who], "password": walk.password})
    need(page.status == 200 and page.path != "/sign-in", f"{who} cannot sign in: {page.text[:200]}")
    return browser
