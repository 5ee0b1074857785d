"""The check: walks the main job against a real server, from a slip's code to the proof, one named link at a time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from elearn.db import db
from elearn.demo.browser import Browser, PageProblem
from elearn.demo.gate_links import (
    approve_request,
    gate_is_shut_at_first,
    gate_opens,
    hold_shuts,
    open_sign_page,
    publish_new_version,
    refuse_old_page,
    request_access,
    verify_ledger,
)
from elearn.demo.learning_links import (
    answer_holder_situations,
    answer_situations,
    answer_wrongly,
    ask_and_be_answered,
    open_with_slip,
    practise_without_text,
    read_policy,
    read_rules,
    refuse_other_device,
    see_record,
    sign,
)
from elearn.demo.sample import OWN_TEXT, Demonstration
from elearn.demo.walk import Step, Walk, environment
from elearn.errors import ElearnError

START_SECONDS = 60
BROKEN = (PageProblem, ElearnError, SQLAlchemyError, OSError, LookupError, ValueError)
"""What a step may meet when its link is broken; anything else is a fault of the check itself."""

STEPS: tuple[Step, ...] = (
    ("a slip opens the door", open_with_slip),
    ("the slip opens on no other device", refuse_other_device),
    ("the key rules are read", read_rules),
    ("what somebody asks is read and answered by HR", ask_and_be_answered),
    ("the situations are answered", answer_situations),
    ("a wrong answer is stored as wrong", answer_wrongly),
    ("the policy's text is read", read_policy),
    ("the policy is signed", sign),
    ("the record is seen, sealed and verified", see_record),
    ("the gate says not yet", gate_is_shut_at_first),
    ("the account holders' situations are answered", answer_holder_situations),
    ("access is asked for", request_access),
    ("another person approves", approve_request),
    ("the gate opens", gate_opens),
    ("a hold shuts the gate and lifting opens it", hold_shuts),
    ("somebody leaves the sign page open", open_sign_page),
    ("a new version shuts the gate", publish_new_version),
    ("the page of the old version does not sign", refuse_old_page),
    ("where a policy's text is missing it is practised, and nothing is kept", practise_without_text),
    ("the ledger is sound", verify_ledger),
)


# --- running -------------------------------------------------------------------------------------


def run_check(
    app: Flask,
    made: Demonstration,
    *,
    port: int,
    app_factory: str,
    say: Callable[[str], None],
    steps: Sequence[Step] = STEPS,
) -> bool:
    """Start the server, take the steps in order, stop at the first that fails; whether all held."""
    base = f"http://127.0.0.1:{port}"
    elsewhere = next((trust for slug, trust in made.trusts.items() if slug != OWN_TEXT), None)
    walk = Walk(base, app, made.trusts[OWN_TEXT], made.password, elsewhere=elsewhere)
    server = _start_server(walk, port, app_factory)
    try:
        with app.app_context():
            return _wait_for(server, base, say) and all(_take(step, walk, say) for step in steps)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _start_server(walk: Walk, port: int, app_factory: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "waitress",
            f"--listen=127.0.0.1:{port}",
            "--threads=4",
            "--call",
            app_factory,
        ],
        env=environment(walk.app, walk.base),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_for(server: subprocess.Popen[bytes], base: str, say: Callable[[str], None]) -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            page = Browser(base).get("/")
        except OSError:
            time.sleep(0.1)
            continue
        say(f"{'ok' if page.status == 200 else 'FAILED':6}  the server answers")
        return page.status == 200
    say("FAILED  the server answers: it did not start")
    return False


def _take(step: Step, walk: Walk, say: Callable[[str], None]) -> bool:
    name, act = step
    try:
        act(walk)
    except BROKEN as error:
        say(f"FAILED  {name}: {error}")
        return False
    finally:
        db.session.rollback()
    say(f"ok      {name}")
    return True
