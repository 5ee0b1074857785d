"""Many at once, and a server that dies: on SQLite as it comes."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from elearn.acknowledgements.service import list_signatures
from elearn.db import db
from elearn.ledger.service import current_keys
from elearn.ledger.verification import Verdict, verify_organisation
from tests import factories
from tests.journeys.serving import (
    Answer,
    Browser,
    Server,
    installation,
    open_browser_cookie,
    ready_to_sign,
    sign,
)

SIGNERS, READERS = 50, 20
ROUNDS, PER_ROUND = 50, 6
LEAST_CUT = 40


def verdict(trust: factories.Trust) -> Verdict:
    keys = current_keys()
    assert keys is not None
    return verify_organisation(trust.organisation.id, trusted_note_keys=keys.log_keys)


def test_fifty_people_sign_at_once_while_twenty_read(tmp_path: Path) -> None:
    with installation(tmp_path) as app:
        trust = factories.make_organisation()
        people = [ready_to_sign(trust, f"Person {number}") for number in range(SIGNERS)]
        cookies = [open_browser_cookie(app, person) for person in people]
        server = Server(tmp_path)
        try:
            signed, read = crowd(server.port, cookies)
        finally:
            server.kill()
        assert [answer.status for answer in signed] == [303] * SIGNERS
        assert set(read) == {200}
        assert len(read) >= READERS
        signatures = list_signatures(trust.organisation.id, [person.id for person in people])
        assert [len(signatures[person.id]) for person in people] == [1] * SIGNERS
        assert verdict(trust).sound


def crowd(port: int, cookies: list[str]) -> tuple[list[Answer], list[int]]:
    """Everybody opens the sign page, then all press the button together while the readers go on reading."""
    browsers = [Browser(port, cookie) for cookie in cookies]
    together, over = threading.Barrier(SIGNERS), threading.Event()

    def one_signs(number: int) -> Answer:
        page = browsers[number].get("/sign")
        together.wait(60)
        return sign(browsers[number], f"Person {number}", page)

    def one_reads(number: int) -> list[int]:
        seen = []
        while not over.is_set() or not seen:
            seen.append(browsers[number % SIGNERS].get("/policy").status)
        return seen

    with ThreadPoolExecutor(SIGNERS + READERS) as pool:
        reading = [pool.submit(one_reads, number) for number in range(READERS)]
        signing = [pool.submit(one_signs, number) for number in range(SIGNERS)]
        signed = [future.result(120) for future in signing]
        over.set()
        read = [status for future in reading for status in future.result(120)]
    return signed, read


@pytest.mark.slow
def test_no_receipt_that_was_shown_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    chance = random.Random(20260901)
    with installation(tmp_path) as app:
        trust = factories.make_organisation()
        shown: list[str] = []
        cut = 0
        for number in range(ROUNDS):
            names = [f"Person {number}-{place}" for place in range(PER_ROUND)]
            people = [ready_to_sign(trust, name) for name in names]
            cookies = [open_browser_cookie(app, person) for person in people]
            db.session.remove()
            references, was_cut = one_round(tmp_path, names, cookies, chance)
            shown += references
            cut += was_cut
        kept = set(db.session.scalars(text("SELECT reference FROM acknowledgements")))
        assert set(shown) <= kept
        assert verdict(trust).sound
        assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert cut >= LEAST_CUT, f"only {cut} rounds cut a request: the test did not test"
        assert shown, "no receipt was ever shown: the test did not test"


def one_round(
    folder: Path, names: list[str], cookies: list[str], chance: random.Random
) -> tuple[list[str], bool]:
    """All press the button; the server is killed meanwhile. The references shown, and whether a request was cut."""
    server = Server(folder)
    browsers = [Browser(server.port, cookie) for cookie in cookies]
    pages = [browser.get("/sign") for browser in browsers]
    together = threading.Barrier(PER_ROUND + 1)
    with ThreadPoolExecutor(PER_ROUND) as pool:
        futures = [
            pool.submit(press, together, lambda b=browser, n=name, p=page: sign(b, n, p))  # type: ignore[misc]
            for browser, name, page in zip(browsers, names, pages, strict=True)
        ]
        together.wait(60)
        time.sleep(chance.uniform(0.002, 0.035))
        server.kill()
        answers = [future.result(60) for future in futures]
    references = [answer.location.rpartition("/")[2] for answer in answers if answer and answer.status == 303]
    return references, None in answers


def press(together: threading.Barrier, send: Callable[[], Answer]) -> Answer | None:
    """The answer, or None where the connection broke before it was whole."""
    together.wait(60)
    try:
        return send()
    except (OSError, http.client.HTTPException):
        return None
