"""Ways in, without pages: what a code opens, and what ends what it opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from elearn import clock
from elearn.auth import rules, service
from elearn.auth.models import SignInFailure, SignInSession
from elearn.auth.service import SessionView, SignedIn
from elearn.db import db, let_go, transaction
from elearn.errors import ActionRefused
from elearn.ledger.macs import MacRow
from tests import factories

pytestmark = pytest.mark.usefixtures("app")

EVENING = datetime(2026, 9, 14, 21, 0, tzinfo=UTC)
"""22:00 in the United Kingdom on the last day of the code."""


def opened(code: str, *, at: datetime) -> SignedIn:
    signed_in, _ = service.sign_in_with_slip(code, device="this phone", address="test", at=at)
    return signed_in


def is_open(session: SignedIn) -> SessionView | None:
    let_go()
    now = clock.now()
    return service.find_session(session.token, last_seen=now, now=now)


def refusal_code(act: Callable[[], object]) -> str:
    with pytest.raises(ActionRefused) as refused:
        act()
    return refused.value.refusal.reasons[0].code


def test_a_code_that_ran_out_does_not_show_again_that_it_is_you() -> None:
    person = factories.make_person(factories.make_organisation(at=EVENING), at=EVENING)
    slip = factories.make_slip(person, days=0, at=EVENING)
    session = opened(slip.code, at=EVENING).session
    again = service.authenticate_again(session, slip.code, at=EVENING + timedelta(minutes=119))
    after = EVENING + timedelta(minutes=121)
    assert (
        refusal_code(lambda: service.authenticate_again(again.session, slip.code, at=after)) == "slip_expired"
    )


def test_a_new_code_ends_what_the_old_one_opened() -> None:
    person = factories.make_person(factories.make_organisation())
    lost = opened(factories.make_slip(person).code, at=clock.now())
    assert is_open(lost) is not None
    factories.make_slip(person)
    assert is_open(lost) is None


def test_a_code_stopped_while_it_is_typed_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code is looked up, somebody stops it, and only then the session would be stored."""
    person = factories.make_person(factories.make_organisation())
    slip = factories.make_slip(person)
    looked_up = service._find_slip
    stopped: list[str] = []

    def find_then_stop(code: str) -> object:
        found = looked_up(code)
        if not stopped:
            stopped.append(code)
            let_go()
            service.void_slip(
                slip.id,
                organisation_id=person.organisation_id,
                reason="lost",
                voided_by_id=None,
                at=clock.now(),
            )
        return found

    monkeypatch.setattr(service, "_find_slip", find_then_stop)
    assert refusal_code(lambda: opened(slip.code, at=clock.now())) == "slip_voided"


def test_codes_issued_to_one_person_at_once_leave_one_that_opens(app: Flask) -> None:
    person = factories.make_person(factories.make_organisation())
    factories.make_slip(person)
    together = Barrier(6)

    def issue(number: int) -> None:
        with app.app_context():
            together.wait(30)
            factories.make_slip(person)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(issue, range(6)))
    let_go()
    assert [slip.voided for slip in service.list_slips(person.id)].count(False) == 1


def test_a_session_is_removed_twelve_months_after_its_end_and_never_before() -> None:
    began = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
    person = factories.make_person(factories.make_organisation(at=began), at=began)
    slip = factories.make_slip(person, at=began)
    ran_out, ended = opened(slip.code, at=began), opened(slip.code, at=began)
    service.end_session(ended.session, at=began + timedelta(hours=1))
    a_year = rules.SESSIONS_KEPT
    steps = [
        (a_year, {ran_out, ended}),
        (a_year + timedelta(hours=1, seconds=1), {ran_out}),
        (a_year + rules.SESSION_LASTS, {ran_out}),
        (a_year + rules.SESSION_LASTS + timedelta(seconds=1), set()),
        (a_year + rules.SESSION_LASTS + timedelta(seconds=1), set()),
    ]
    for later, left in steps:
        service.prune_sessions(at=began + later)
        for each in (ran_out, ended):
            assert is_stored(each) == (each in left)


def is_stored(signed_in: SignedIn) -> bool:
    query = "SELECT count(*) FROM sign_in_sessions WHERE digest = :digest"
    return bool(db.session.scalar(text(query), {"digest": signed_in.session.digest}))


# --- wrong codes ----------------------------------------------------------------------------------


@pytest.fixture
def quiet(app: Flask) -> Iterator[datetime]:
    """A moment before which nobody typed a wrong code; what the test types is forgotten after it."""
    forget_wrong_codes()
    yield clock.now()
    forget_wrong_codes()


def forget_wrong_codes() -> None:
    with transaction() as session:
        session.execute(text("DELETE FROM sign_in_failures"))


def type_code(code: str, *, at: datetime, address: str = "staff room", device: str | None = None) -> str:
    """What typing a code leads to: nothing where it opens, else why not."""
    try:
        service.sign_in_with_slip(code, device=device, address=address, at=at)
    except ActionRefused as error:
        return error.refusal.reasons[0].code
    return ""


def wrong_codes(number: int, *, at: datetime, address: str | None = None) -> None:
    for guess in range(number):
        type_code("22222222", at=at, address=address or f"address {guess}")


def slip_of_today(at: datetime) -> service.IssuedSlip:
    return factories.make_slip(factories.make_person(factories.make_organisation(at=at), at=at), at=at)


@pytest.mark.parametrize(
    ("limit", "address"),
    [(rules.WRONG_CODES_FROM_ONE_ADDRESS, "staff room"), (rules.WRONG_CODES_OVERALL, None)],
)
def test_after_many_wrong_codes_eight_letters_are_not_looked_at_and_twelve_open(
    quiet: datetime, limit: int, address: str | None
) -> None:
    at = quiet
    slip, other = slip_of_today(at), slip_of_today(at)
    wrong_codes(limit - 1, at=at, address=address)
    assert type_code(other.code, at=at) == ""
    assert type_code("33333333", at=at) == "unknown_code"
    for eight in (slip.code, "33333333"):
        assert type_code(eight, at=at) == "more_letters_needed"
    assert type_code(f"{slip.code}-2222", at=at) == "unknown_code"
    assert type_code(slip.whole_code.lower(), at=at) == ""
    later = at + rules.FAILURES_WITHIN
    assert type_code(slip_of_today(later).code, at=later + timedelta(seconds=1)) == ""


def test_an_address_with_many_wrong_codes_stops_no_other_one(quiet: datetime) -> None:
    wrong_codes(rules.WRONG_CODES_FROM_ONE_ADDRESS, at=quiet, address="staff room")
    assert type_code(slip_of_today(quiet).code, at=quiet, address="elsewhere") == ""


def test_on_its_own_device_a_code_of_eight_letters_always_opens(quiet: datetime) -> None:
    at = quiet
    slip = slip_of_today(at)
    assert type_code(slip.code, at=at, device="my phone") == ""
    wrong_codes(rules.WRONG_CODES_OVERALL, at=at)
    assert type_code(slip.code, at=at, device="my phone") == ""
    assert type_code(slip.code, at=at, device="another phone") == "more_letters_needed"


def test_the_chance_to_guess_a_code_in_a_day_is_as_the_decision_says() -> None:
    letters, slips, a_day = len(rules.CODE_LETTERS), 1_000, timedelta(days=1)
    guesses = rules.WRONG_CODES_OVERALL * (a_day // rules.FAILURES_WITHIN)
    assert guesses == 43_200
    assert 19_000 < letters**rules.CODE_LENGTH / (guesses * slips) < 20_500
    twelve = letters ** (rules.CODE_LENGTH + rules.MORE_LENGTH)
    assert 9_000_000 < twelve / (86_400_000 * slips) < 9_200_000


def test_further_letters_follow_from_the_code_and_the_secret_key(app: Flask) -> None:
    slip = slip_of_today(clock.now())
    assert rules.normal_code(slip.whole_code) == (slip.code + slip.more).replace("-", "")
    secret = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another secret key for tests, long enough"
    try:
        assert type_code(slip.whole_code, at=clock.now()) == "unknown_code"
        app.config["SECRET_KEY_FALLBACKS"] = [secret]
        assert type_code(slip.whole_code, at=clock.now()) == ""
    finally:
        app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"] = secret, []
        with transaction() as unit:
            unit.execute(delete(SignInFailure))  # their MACs are under the other key


@pytest.mark.parametrize(
    "changed",
    [
        {"authenticated_at": datetime(2030, 1, 1, tzinfo=UTC)},
        {"expires_at": datetime(2030, 1, 1, tzinfo=UTC)},
        {"method": "password"},
        {"confirmed": True},
    ],
)
def test_a_session_changed_in_the_database_opens_nothing(app: Flask, changed: dict[str, object]) -> None:
    now = clock.now()
    slip = slip_of_today(now)
    signed_in, _ = service.sign_in_with_slip(slip.code, device=None, address="a", at=now)
    assert service.find_session(signed_in.token, last_seen=now, now=now) is not None
    with transaction() as unit:
        unit.execute(
            update(SignInSession).where(SignInSession.digest == signed_in.session.digest).values(changed)
        )
    assert service.find_session(signed_in.token, last_seen=now, now=now) is None
    with transaction() as unit:
        unit.execute(delete(SignInSession).where(SignInSession.digest == signed_in.session.digest))


def test_a_session_that_ends_while_its_holder_is_confirmed_stays_ended(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row is held from reading to writing: a row written back as it was before would open it again."""
    now = clock.now()
    slip = slip_of_today(now)
    signed_in, _ = service.sign_in_with_slip(slip.code, device=None, address="a", at=now)
    make, meanwhile = service.with_mac, list[Thread]()

    def end() -> None:
        with app.app_context():
            service.end_session(signed_in.session, at=now)
            let_go()

    def slowly(table: type[MacRow], row: Mapping[Any, Any]) -> dict[str, Any]:
        if not meanwhile:
            meanwhile.append(Thread(target=end))
            meanwhile[0].start()
            meanwhile[0].join(0.5)
        return make(table, row)

    monkeypatch.setattr(service, "with_mac", slowly)
    service.confirm_identity(signed_in.session)
    meanwhile[0].join(30)
    let_go()
    assert service.find_session(signed_in.token, last_seen=now, now=now) is None
    ended = select(SignInSession.ended_at).where(SignInSession.digest == signed_in.session.digest)
    assert db.session.scalar(ended) == now
