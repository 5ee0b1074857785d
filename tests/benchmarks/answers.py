"""Storing an answer, as a learner's browser posts it, against one INSERT and COMMIT in a bare Flask route.

    python -m tests.benchmarks.answers [--database sqlite|postgresql] [--people 500 5000] [--seconds 5] [--runs 3]

Every post is another person's first answer: nothing is stored twice, and none is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert

from elearn import clock
from elearn.auth.models import SignInSession
from elearn.db import let_go, transaction
from elearn.ledger.macs import with_mac
from elearn.people.placements import list_posts
from elearn.quizzes import service as quizzes
from tests import factories
from tests.benchmarks.installation import Installation, application, copies_of, installed
from tests.benchmarks.load import WARM_UP_SECONDS, Rate, compare, load, served

TARGET = 0.4


def prepared(folder: Path, installation: Installation, number: int) -> list[str]:
    """One request line for each of `number` people: the post of their first answer."""
    with application(folder, installation.environment["DATABASE_URL"]) as app:
        question = _open_question(installation.trust)
        people, attempts = copies_of(installation.trust, question.attempt.person_id, number)
        chosen = factories.values(question)[0]
        cookies = _sign_in(app, installation.trust.organisation.id, people)
        return [
            _line(cookie, attempt_id, {"csrf_token": token, "step": question.step, "choice": chosen})
            for attempt_id, (cookie, token) in zip(attempts, cookies, strict=True)
        ]


def _open_question(trust: factories.Trust) -> quizzes.QuestionView:
    """The first question of a fresh paper, one in which one option is chosen."""
    while True:
        person = factories.make_person(trust, "Example")
        posts = list_posts(person)
        learner = quizzes.Learner(
            person.id, frozenset(post.kind for post in posts), frozenset(post.job_group for post in posts)
        )
        attempt = quizzes.start_round(factories.course_of(trust), learner, at=clock.now())
        question = quizzes.get_question(attempt.id, 1, person_id=person.id)
        if question.asked.type.value == "choose":
            return question


def _sign_in(app: Flask, organisation_id: UUID, people: Sequence[UUID]) -> list[tuple[str, str]]:
    """An open session for each: its cookie, and the token for its forms."""
    now = clock.now()
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    with app.test_request_context():
        token = generate_csrf()
        raw = session["csrf_token"]
    rows, cookies = [], []
    for person_id in people:
        secret = secrets.token_urlsafe(32)
        opened = {
            "digest": hashlib.sha256(secret.encode()).hexdigest(),
            "organisation_id": organisation_id,
            "person_id": person_id,
            "method": "slip",
            "slip_id": None,
            "confirmed": True,
            "authenticated_at": now,
            "expires_at": now + timedelta(hours=12),
            "ended_at": None,
        }
        rows.append(with_mac(SignInSession, opened))
        kept = {"token": secret, "seen": int(now.timestamp()), "csrf_token": raw, "_permanent": True}
        cookies.append((f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(kept)}", token))
    with transaction() as unit:
        unit.execute(insert(SignInSession), rows)
    let_go()
    return cookies


def _line(cookie: str, attempt_id: UUID, fields: dict[str, str]) -> str:
    headers = f"Cookie: {cookie}|Content-Type: application/x-www-form-urlencoded|Host: localhost"
    return f"POST\t/attempts/{attempt_id}/questions/1\t{headers}\t{urlencode(fields)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the ratio at each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--people", type=int, nargs="+", default=[500, 5_000])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args(arguments)
    for people in asked.people:
        with tempfile.TemporaryDirectory() as folder:
            installation = installed(Path(folder), asked.database, people=people)
            first, answers = WARM_UP_SECONDS * 1_000, round(asked.seconds * 1_500)
            insert_one = ["POST\t/insert\t\t"] * 2
            floor: list[Rate] = []
            product: list[Rate] = []
            for _ in range(asked.runs):
                lines = prepared(Path(folder), installation, first + answers)
                with served(
                    "tests.benchmarks.floor:app", {"BENCH_DB": installation.floor_database}
                ) as address:
                    floor.append(load(address, insert_one, seconds=asked.seconds, warm_up=insert_one))
                with served("elearn.wsgi:app", installation.environment) as address:
                    product.append(load(address, lines[first:], seconds=asked.seconds, warm_up=lines[:first]))
            print(compare(f"answer, {asked.database}, {people:,} people", floor, product, TARGET), flush=True)


if __name__ == "__main__":
    main()
