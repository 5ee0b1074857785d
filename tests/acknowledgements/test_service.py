"""Signing: what is stored, what is refused, and what a second identical call does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select

from elearn import clock
from elearn.acknowledgements import questions, service
from elearn.acknowledgements.models import ReadingStep
from elearn.assignments.rules import State
from elearn.assignments.service import standing_of
from elearn.db import let_go, transaction
from elearn.errors import ActionRefused
from elearn.ledger.verification import verify_organisation
from elearn.people.placements import list_posts
from elearn.people.service import PersonView
from elearn.policies.rules import Change
from tests import factories

pytestmark = pytest.mark.usefixtures("app")

CHANGED = factories.POLICY_TEXT.replace("Version 1.0", "Version 1.1") + "\n"


def signer_of(person: PersonView, at: datetime) -> service.Signer:
    posts = tuple(list_posts(person))
    return service.Signer(person, posts, True, "slip", at, "0" * 64)


def press(
    trust: factories.Trust, person: PersonView, shown: service.Shown, at: datetime
) -> service.SignatureView:
    course = factories.course_of(trust, clock.local_day(at))
    signer = signer_of(person, at)
    return service.sign(course, signer=signer, shown=shown, typed_name=person.name, ticked=True, at=at)


def shown_to(trust: factories.Trust, person: PersonView, at: datetime) -> service.Shown:
    offered = service.to_sign(factories.course_of(trust, clock.local_day(at)), person)
    return service.Shown(
        offered.version.id, offered.version.text_sha256, offered.statement, offered.quoted_refs, at
    )


def ready(trust: factories.Trust, name: str = "Łukasz O'Neill-Ángel") -> PersonView:
    person = factories.make_person(trust, name)
    factories.read_rules(trust, person)
    factories.answer_round(trust, person)
    return person


def codes(refused: pytest.ExceptionInfo[ActionRefused]) -> list[str]:
    return [reason.code for reason in refused.value.refusal.reasons]


def signatures_of(trust: factories.Trust, person: PersonView) -> list[service.SignatureView]:
    return service.list_signatures(trust.organisation.id, [person.id]).get(person.id, [])


def test_pressing_twice_gives_the_one_signature(app: Flask) -> None:
    trust, now = factories.make_organisation(), clock.now()
    person = ready(trust)
    shown = shown_to(trust, person, now)
    first, second = press(trust, person, shown, now), press(trust, person, shown, now)
    assert first == second
    assert signatures_of(trust, person) == [first]
    assert first.typed_name == "Łukasz O'Neill-Ángel"
    assert first.score == "4/4"


def test_a_version_published_meanwhile_stops_the_signature_and_nothing_is_stored(app: Flask) -> None:
    trust, now = factories.make_organisation(), clock.now()
    person = ready(trust)
    shown = shown_to(trust, person, now)
    factories.publish_policy(trust, text=CHANGED, change=Change.MATERIAL)
    with pytest.raises(ActionRefused) as refused:
        press(trust, person, shown, now)
    assert codes(refused)[0] == "version_changed"
    assert signatures_of(trust, person) == []
    assert verify_organisation(trust.organisation.id).sound


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (Change.EDITORIAL, State.CURRENT),
        (Change.MATERIAL, State.IN_PROGRESS),
        (Change.MAJOR, State.NOT_STARTED),
    ],
)
def test_what_a_new_version_asks_for_depends_on_how_much_it_changes(change: Change, state: State) -> None:
    trust = factories.make_organisation()
    person = ready(trust)
    press(trust, person, shown_to(trust, person, clock.now()), clock.now())
    factories.publish_policy(trust, text=CHANGED, change=change)
    found = standing_of(person.id, organisation_id=trust.organisation.id, day=clock.today())
    assert found is not None
    assert found.state in (state, State.NOT_STARTED)
    assert found.is_done is (change is Change.EDITORIAL)


def test_after_a_material_change_one_signs_again_without_the_situations() -> None:
    trust = factories.make_organisation()
    person = ready(trust)
    press(trust, person, shown_to(trust, person, clock.now()), clock.now())
    version = factories.publish_policy(trust, text=CHANGED, change=Change.MATERIAL)
    factories.read_rules(trust, person)
    again = press(trust, person, shown_to(trust, person, clock.now()), clock.now())
    assert again.version_id == version.id
    assert len(signatures_of(trust, person)) == 2
    found = standing_of(person.id, organisation_id=trust.organisation.id, day=clock.today())
    assert found is not None
    assert found.is_done
    assert verify_organisation(trust.organisation.id).sound


def test_after_a_major_change_the_situations_come_first() -> None:
    trust = factories.make_organisation()
    person = ready(trust)
    factories.publish_policy(trust, text=CHANGED, change=Change.MAJOR)
    factories.read_rules(trust, person)
    with pytest.raises(ActionRefused) as refused:
        press(trust, person, shown_to(trust, person, clock.now()), clock.now())
    assert codes(refused) == ["situations_not_passed"]


def test_reading_changed_in_the_database_carries_no_signature(app: Flask) -> None:
    """A rule marked as read by hand, say: the signature would vouch for it."""
    trust = factories.make_organisation()
    person, now = ready(trust), clock.now()
    shown = shown_to(trust, person, now)
    with transaction() as unit:
        row = unit.scalars(select(ReadingStep).where(ReadingStep.person_id == person.id).limit(1)).one()
        forged = {"organisation_id": row.organisation_id, "person_id": person.id, "at": now, "mac": row.mac}
        values = forged | {"policy_version_id": row.policy_version_id, "step": service.POLICY_READ}
        unit.execute(insert(ReadingStep).values(values))
    with pytest.raises(ActionRefused) as refused:
        press(trust, person, shown, now)
    assert codes(refused) == ["row_changed"]
    assert signatures_of(trust, person) == []
    with transaction() as unit:
        unit.execute(delete(ReadingStep).where(ReadingStep.step == service.POLICY_READ))
    press(trust, person, shown, now)
    assert verify_organisation(trust.organisation.id).sound


def test_somebody_who_showed_who_they_are_too_long_ago_is_asked_again() -> None:
    trust, now = factories.make_organisation(), clock.now()
    person = ready(trust)
    signer = replace(signer_of(person, now), authenticated_at=now - timedelta(minutes=11))
    with pytest.raises(ActionRefused) as refused:
        service.sign(
            factories.course_of(trust),
            signer=signer,
            shown=shown_to(trust, person, now),
            typed_name="x",
            ticked=True,
            at=now,
        )
    assert codes(refused) == ["authentication_too_old"]


def test_declining_is_a_question_raised_and_not_a_failure() -> None:
    trust = factories.make_organisation()
    person = ready(trust)
    version_id = factories.course_of(trust).policy_version_id
    questions.raise_question(person, version_id, kind="disagree", instead_of_signing=True, at=clock.now())
    found = standing_of(person.id, organisation_id=trust.organisation.id, day=clock.today())
    assert found is not None
    assert found.state is State.QUESTION_RAISED
    press(trust, person, shown_to(trust, person, clock.now()), clock.now() + timedelta(seconds=1))
    later = standing_of(person.id, organisation_id=trust.organisation.id, day=clock.today())
    assert later is not None
    assert later.is_done


def test_training_that_has_run_out_carries_no_signature(app: Flask) -> None:
    """The day after the training's last one the page that was kept open stores nothing."""
    trust, now = factories.make_organisation(), clock.now()
    person = ready(trust)
    shown = shown_to(trust, person, now)
    with pytest.raises(ActionRefused) as refused:
        press(trust, person, shown, now + timedelta(days=367))
    assert codes(refused) == ["situations_not_passed"]
    assert signatures_of(trust, person) == []


def test_a_course_on_another_version_than_the_one_in_force_is_not_signed(app: Flask) -> None:
    """The page's course was found before midnight, the version in force changed at midnight."""
    trust, now = factories.make_organisation(), clock.now()
    person = ready(trust)
    before = factories.course_of(trust)
    factories.publish_policy(trust, text=factories.NEXT_TEXT, change=Change.EDITORIAL)
    shown = shown_to(trust, person, now)
    signer = signer_of(person, now)
    shown = replace(shown, statement=service.to_sign(before, person).statement)
    with pytest.raises(ActionRefused) as refused:
        service.sign(before, signer=signer, shown=shown, typed_name="Ł", ticked=True, at=now)
    assert codes(refused) == ["version_changed"]


def test_reading_recorded_late_leaves_the_signature_as_it_was(app: Flask) -> None:
    """Two pages at once: the reading began before the signature, and was stored after it."""
    trust = factories.make_organisation()
    person, now = ready(trust), clock.now()
    press(trust, person, shown_to(trust, person, now), now)
    version_id = factories.course_of(trust).policy_version_id
    service.record_reading(person, version_id, {service.POLICY_READ: now - timedelta(seconds=1)})
    assert verify_organisation(trust.organisation.id).findings == []


def test_one_page_read_twice_at_once_is_recorded_once(app: Flask) -> None:
    trust = factories.make_organisation()
    person, version_id = factories.make_person(trust), factories.course_of(trust).policy_version_id
    together = Barrier(8)

    def read(number: int) -> None:
        with app.app_context():
            together.wait(30)
            service.record_reading(person, version_id, {service.POLICY_READ: clock.now()})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(8)))
    let_go()
    assert service.steps_read(person.id, version_id) == {service.POLICY_READ}
