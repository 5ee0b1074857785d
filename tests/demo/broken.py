"""Servers with one link broken, for the check to find. Each is an application factory for a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import uuid4

from flask import Flask, request
from sqlalchemy import text

from elearn import clock
from elearn.access import approving, asking, gathering, granting, service
from elearn.access.decision import AccessDecision, Answer
from elearn.acknowledgements import questions
from elearn.acknowledgements import service as signing
from elearn.app import create_app
from elearn.assignments import learning
from elearn.auth import routes as auth_pages
from elearn.auth.models import SignInFailure
from elearn.db import db, transaction
from elearn.decisions import Reason
from elearn.quizzes import service as quizzes


def answer_not_stored() -> Flask:
    """Posts of answers are thanked for and forgotten."""
    quizzes.answer_question = lambda *args, **given: None
    return create_app()


def answer_stored_as_right() -> Flask:
    """Whatever is chosen counts as right."""
    quizzes.rules.mark_choice = lambda *args, **given: True
    return create_app()


def sign_accepts_another_version() -> Flask:
    """Signing goes on under the version that was in force when the server started, whatever is published since."""
    learning.current_course = cache(learning.current_course)
    signing.version_in_force = cache(signing.version_in_force)
    signing.accepted_for_training = cache(signing.accepted_for_training)
    return create_app()


def questions_kept_from_hr() -> Flask:
    """What staff ask is stored, and read by nobody."""
    questions.list_asked = lambda *args, **given: []
    return create_app()


def gate_always_yes() -> Flask:
    """The gate never says no."""
    return _with_gate(lambda *args, **given: AccessDecision(Answer.YES, ()))


def gate_always_no() -> Flask:
    """The gate never says yes."""
    whatever = service.decide_access

    def no(*args: Any, **given: Any) -> AccessDecision:
        decision: AccessDecision = whatever(*args, **given)
        never = AccessDecision(Answer.NOT_YET, (Reason("never", "Never"),))
        return never if decision.answer is Answer.YES else decision

    return _with_gate(no)


def _with_gate(decide_access: Callable[..., AccessDecision]) -> Flask:
    """The program with this gate wherever it is asked."""
    for asks in (service, asking, approving, granting):
        asks.decide_access = decide_access
    return create_app()


def hold_ignored() -> Flask:
    """Holds are gathered and then forgotten."""
    gather: Callable[..., Any] = gathering.gather

    def without_holds(*args: Any, **given: Any) -> Any:
        found = gather(*args, **given)
        facts = {person: replace(each, holds=()) for person, each in found.facts.items()}
        return replace(found, facts=facts)

    service.gather = without_holds
    return create_app()


def no_practice() -> Flask:
    """Nobody finds anything to practise."""
    auth_pages.find_practice = lambda *args: None
    return create_app()


def practice_kept() -> Flask:
    """Every situation that is practised leaves a row."""
    app = create_app()

    @app.after_request
    def keep(response: Any) -> Any:
        if request.path.endswith("/consequence") and request.path.startswith("/practice/"):
            with transaction() as session:
                session.add(SignInFailure(id=uuid4(), key="practised", at=clock.now(), mac=""))
        return response

    return app


def row_edited() -> Flask:
    """Somebody edits a score in the database, behind the program's back, once there is one."""
    app = create_app()

    @app.after_request
    def edit(response: Any) -> Any:
        if request.path.startswith("/done/"):
            with transaction():
                db.session.execute(text("UPDATE attempt_results SET questions = questions + 1"))
        return response

    return app
