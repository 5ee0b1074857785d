"""Issuing and using the ways in: slips, passwords, sessions, API tokens."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from elearn.auth import rules
from elearn.auth.models import (
    ApiToken,
    Password,
    SignInFailure,
    SignInSession,
    Slip,
    SlipUse,
    SlipVoid,
    TokenRevocation,
)
from elearn.auth.passwords import hash_password, password_matches
from elearn.auth.rules import Method
from elearn.clock import local_day
from elearn.config import secret_key, secret_keys
from elearn.db import db, lock_name, transaction
from elearn.decisions import Refused, refuse
from elearn.errors import ActionRefused, InvalidInput, NotFound
from elearn.ledger.facts import stands
from elearn.ledger.macs import MacState, mac_state, with_mac
from elearn.ledger.service import record
from elearn.people.entering import may_enter, may_enter_clause
from elearn.people.service import PersonView, get_person, lock_person
from elearn.prepared import Prepared, PreparedChange


@dataclass(frozen=True, slots=True)
class SlipView:
    """One issued slip, without its code: that was shown once."""

    id: UUID
    person_id: UUID
    expires_on: date
    issued_at: datetime
    used: bool
    voided: bool


@dataclass(frozen=True, slots=True)
class IssuedSlip:
    """A slip just issued, with the code to print and the four letters under it. Neither is kept anywhere."""

    id: UUID
    code: str
    more: str
    person: PersonView
    expires_on: date

    @property
    def whole_code(self) -> str:
        """The code with its further letters: it opens whatever others have typed."""
        return f"{self.code}-{self.more}"


@dataclass(frozen=True, slots=True)
class SessionView:
    """One signed-in browser. `confirmed` is False until a slip's holder has said that it is them."""

    digest: str
    organisation_id: UUID
    person_id: UUID
    method: Method
    confirmed: bool
    authenticated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session and the secret that its cookie carries."""

    session: SessionView
    token: str


@dataclass(frozen=True, slots=True)
class TokenView:
    """An API token that was presented and is good."""

    id: UUID
    organisation_id: UUID
    scopes: frozenset[str]


# --- slips ---------------------------------------------------------------------------------------


def issue_slip(person_id: UUID, *, expires_on: date, issued_by_id: UUID | None, at: datetime) -> IssuedSlip:
    """Issue a one-time code to a person; earlier slips of theirs, and what they opened, are stopped.

    Raises NotFound, InvalidInput.
    """
    if expires_on < local_day(at):
        raise InvalidInput("last day: this day has passed")
    with transaction() as session:
        person = get_person(person_id)
        lock_person(person_id)
        for slip in list_slips(person_id):
            if not slip.voided:
                _void(person.organisation_id, slip.id, "a new code was issued", issued_by_id, at)
        code = rules.new_code()
        while session.scalar(select(Slip.id).where(Slip.code_digest.in_(_digests(code)))) is not None:
            code = rules.new_code()
        row = record(
            Slip(
                organisation_id=person.organisation_id,
                recorded_at=at,
                person_id=person_id,
                code_digest=_digests(code)[0],
                expires_on=expires_on,
                issued_by_id=issued_by_id,
            )
        )
        return IssuedSlip(row.id, code, _more(code)[0], person, expires_on)


def void_slip(
    slip_id: UUID, *, organisation_id: UUID, reason: str, voided_by_id: UUID | None, at: datetime
) -> None:
    """Stop a slip, and every session it opened. Raises NotFound; stopping it twice changes nothing."""
    with transaction() as session:
        slip = session.get(Slip, slip_id)
        if slip is None or slip.organisation_id != organisation_id:
            raise NotFound("no such slip")
        lock_person(slip.person_id)
        if session.scalar(select(SlipVoid.id).where(SlipVoid.slip_id == slip_id)) is None:
            _void(organisation_id, slip_id, reason, voided_by_id, at)


def _void(organisation_id: UUID, slip_id: UUID, reason: str, voided_by_id: UUID | None, at: datetime) -> None:
    record(
        SlipVoid(
            organisation_id=organisation_id,
            recorded_at=at,
            slip_id=slip_id,
            reason=reason[:200],
            voided_by_id=voided_by_id,
        )
    )
    _change_sessions(SESSIONS_OF_SLIP.all(slip_id=slip_id), ended_at=at)


def list_slips(person_id: UUID) -> list[SlipView]:
    """A person's slips, the latest first."""
    query = (
        select(Slip, SlipUse.id, SlipVoid.id)
        .outerjoin(SlipUse, SlipUse.slip_id == Slip.id)
        .outerjoin(SlipVoid, SlipVoid.slip_id == Slip.id)
        .where(Slip.person_id == person_id)
        .order_by(Slip.recorded_at.desc())
    )
    return [
        SlipView(
            slip.id, slip.person_id, slip.expires_on, slip.recorded_at, use is not None, void is not None
        )
        for slip, use, void in db.session.execute(query)
    ]


def sign_in_with_slip(typed: str, *, device: str | None, address: str, at: datetime) -> tuple[SignedIn, str]:
    """Open a session by a slip's code, and bind the code to this device: (session, device cookie).

    Raises ActionRefused with code unknown_code (the same for a code that never was and one that is malformed),
    more_letters_needed (the same for a right code and a wrong one), slip_voided, slip_expired, slip_used_elsewhere
    or left.
    """
    code = rules.normal_code(typed)
    found = None if code is None else _find_slip(code)
    known = found is not None and device is not None and found.used_on == _plain_digest(device)
    if code is not None and len(code) == rules.CODE_LENGTH and not known:
        _check_that_eight_letters_open(address, at)
    if found is None:
        _refuse_unknown_code(address, at)
    person_id, organisation_id = found.person_id, found.organisation_id
    cookie = device or secrets.token_urlsafe(24)
    with transaction():
        lock_person(person_id)
        slip_id = _bind_slip(code or "", device, cookie, at)
        if not may_enter(get_person(person_id), local_day(at)):
            raise ActionRefused(refuse("left", "This code belongs to somebody who no longer works here"))
        return _open_session(organisation_id, person_id, Method.SLIP, at, slip_id=slip_id), cookie


def _bind_slip(code: str, device: str | None, cookie: str, at: datetime) -> UUID:
    """Bind a slip to its first device, where it opens the door as it stands now: its id. Raises ActionRefused.

    Whoever binds or stops a slip holds its person's row, so that of two that try at once the second is refused.
    """
    slip = _find_slip(code)
    if slip is None:
        raise NotFound("no such slip")
    verdict = rules.may_use_slip(
        rules.SlipFacts(slip.expires_on, slip.voided, slip.used_on),
        device=None if device is None else _plain_digest(device),
        today=local_day(at),
    )
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)
    if slip.used_on is None:
        record(
            SlipUse(
                organisation_id=slip.organisation_id,
                recorded_at=at,
                slip_id=slip.id,
                device_digest=_plain_digest(cookie),
            )
        )
    slip_id: UUID = slip.id
    return slip_id


_slips, _uses, _voids = (table.__table__.c for table in (Slip, SlipUse, SlipVoid))
SLIP_OF_CODE = Prepared(
    select(
        _slips.id,
        _slips.organisation_id,
        _slips.person_id,
        _slips.expires_on,
        _uses.device_digest.label("used_on"),
        _voids.id.is_not(None).label("voided"),
    )
    .select_from(Slip)
    .outerjoin(SlipUse, SlipUse.slip_id == Slip.id)
    .outerjoin(SlipVoid, SlipVoid.slip_id == Slip.id)
    .where(Slip.code_digest.in_(bindparam("digests", expanding=True)))
)


def _find_slip(code: str) -> Row[Any] | None:
    """The slip of this code, the device it is bound to (`used_on`) and whether it was `voided`."""
    row = SLIP_OF_CODE.first(digests=_digests(code))
    return None if row is None or code[rules.CODE_LENGTH :] not in ("", *_more(code)) else row


WRONG_CODES = hashlib.sha256(b"wrong codes from everywhere").hexdigest()
"""The key of what counts every wrong code, whatever its address."""


def _check_that_eight_letters_open(address: str, at: datetime) -> None:
    address_key = _plain_digest(f"code from {address}")
    here, overall = _count_failures(address_key, at), _count_failures(WRONG_CODES, at)
    if not rules.eight_letters_open(wrong_here=here, wrong_overall=overall):
        message = "Enter your code and, after it, the four letters and numbers printed under it"
        raise ActionRefused(refuse("more_letters_needed", message))


def _refuse_unknown_code(address: str, at: datetime) -> NoReturn:
    with transaction():
        _store_failure(_plain_digest(f"code from {address}"), at)
        _store_failure(WRONG_CODES, at)
    raise ActionRefused(refuse("unknown_code", "Check the code on your slip"))


# --- passwords -----------------------------------------------------------------------------------


def set_password(person_id: UUID, *, login: str, password: str, at: datetime) -> None:
    """Set a person's sign-in name and password. Raises InvalidInput where either can't be used."""
    login = login.strip().casefold()
    person = get_person(person_id)
    problems = rules.password_problems(password, name=person.name, login=login)
    if not login or len(login) > 200:
        problems.append("Enter an e-mail address or sign-in name of at most 200 characters")
    if problems:
        raise InvalidInput(problems)
    kept = hash_password(password)
    with transaction() as session:
        lock_person(person_id)
        lock_name(f"sign-in name {login}")
        others = select(Password.id).where(
            Password.login == login, Password.person_id != person_id, stands(Password)
        )
        if session.scalar(others.limit(1)) is not None:
            raise InvalidInput("sign-in name: somebody else has this one")
        query = select(Password.id).where(Password.person_id == person_id, stands(Password))
        record(
            Password(
                organisation_id=person.organisation_id,
                recorded_at=at,
                person_id=person_id,
                login=login,
                hash=kept,
                replaces_id=session.scalar(query),
            )
        )
        end_sessions(person_id, at=at)


def sign_in_with_password(login: str, password: str, *, at: datetime) -> SignedIn:
    """Open a session by password. Raises ActionRefused: wrong_password (whatever was wrong), too_many_failures."""
    row = check_password(login, password, at=at)
    with transaction():
        return _open_session(row.organisation_id, row.person_id, Method.PASSWORD, at)


def check_password(login: str, password: str, *, at: datetime) -> Password:
    """The standing password row that this sign-in name and password match. Raises ActionRefused."""
    login = login.strip().casefold()
    key = _plain_digest(f"password for {login}")
    if _count_failures(key, at) >= rules.FAILURES_ALLOWED:
        raise ActionRefused(
            refuse("too_many_failures", "Too many wrong passwords. Wait ten minutes and try again")
        )
    row = db.session.scalar(select(Password).where(Password.login == login, stands(Password)))
    good = password_matches(None if row is None else row.hash, password)
    if row is None or not good or not may_enter(get_person(row.person_id), local_day(at)):
        _store_failure(key, at)
        raise ActionRefused(refuse("wrong_password", "Check your sign-in name and password"))
    db.session.expunge(row)
    return row


# --- sessions ------------------------------------------------------------------------------------


def _session_of_token() -> Select[Any]:
    columns = SignInSession.__table__.c
    may_enter = may_enter_clause(columns.organisation_id, columns.person_id, bindparam("day", type_=Date()))
    return select(*columns, may_enter.label("may_enter")).where(columns.digest == bindparam("digest"))


SESSION_OF_TOKEN = Prepared(_session_of_token())


def find_session(token: str, *, last_seen: datetime, now: datetime) -> SessionView | None:
    """The open session that a cookie's secret belongs to, or None: ended, run out, idle, not as it was stored, or the
    person has left."""
    row = SESSION_OF_TOKEN.first(digest=_plain_digest(token), day=local_day(now))
    if row is None or not row.may_enter:
        return None
    stored = {name: value for name, value in row._asdict().items() if name != "may_enter"}
    if mac_state(SignInSession, stored) is not MacState.HOLDS:
        return None
    is_open = rules.session_is_open(
        expires_at=row.expires_at,
        ended=row.ended_at is not None,
        last_seen=last_seen,
        method=row.method,
        now=now,
    )
    return _session(row) if is_open else None


_sessions = SignInSession.__table__.c


def _held(which: ColumnElement[bool]) -> Prepared:
    """These sessions as far as they have not ended, held until the end of the unit: a MAC is of a whole row."""
    open_ones = select(*_sessions).where(which, _sessions.ended_at.is_(None)).order_by(_sessions.digest)
    return Prepared(open_ones.with_for_update())


THIS_SESSION = _held(_sessions.digest == bindparam("digest"))
SESSIONS_OF_SLIP = _held(_sessions.slip_id == bindparam("slip_id"))
SESSIONS_OF_PERSON = _held(_sessions.person_id == bindparam("person_id"))
OPEN_SESSION = PreparedChange(insert(SignInSession))
CHANGE_SESSION = PreparedChange(
    update(SignInSession)
    .where(SignInSession.digest == bindparam("session"))
    .values({name: bindparam(name) for name in ("confirmed", "ended_at", "mac")})
)


def confirm_identity(session: SessionView) -> None:
    """Record that a slip's holder said that it is them."""
    with transaction():
        _change_sessions(THIS_SESSION.all(digest=session.digest), confirmed=True)


def deny_identity(session: SessionView, *, at: datetime) -> None:
    """Somebody said that the slip is not theirs: stop the slip and its sessions."""
    with transaction() as unit:
        slip_id = unit.scalar(select(SignInSession.slip_id).where(SignInSession.digest == session.digest))
        if slip_id is not None:
            void_slip(
                slip_id,
                organisation_id=session.organisation_id,
                reason="its holder said that they are somebody else",
                voided_by_id=None,
                at=at,
            )
        end_session(session, at=at)


def authenticate_again(session: SessionView, secret: str, *, at: datetime) -> SignedIn:
    """Show again that it is you, by the slip's code or the password: a new session in place of the old.

    Raises ActionRefused: wrong_code or wrong_password, slip_expired, or too many of them.
    """
    slip_id = None
    if session.method is Method.SLIP:
        slip_id = _check_code_again(session, secret, at=at)
    else:
        login = db.session.scalar(
            select(Password.login).where(Password.person_id == session.person_id, stands(Password))
        )
        check_password(login or "", secret, at=at)
    with transaction():
        end_session(session, at=at)
        return _open_session(
            session.organisation_id,
            session.person_id,
            session.method,
            at,
            slip_id=slip_id,
            confirmed=session.confirmed,
        )


def _check_code_again(session: SessionView, typed: str, *, at: datetime) -> UUID:
    """The slip that opened this session, where its code was typed and still opens the door. Raises ActionRefused."""
    key = _plain_digest(f"code again for {session.person_id}")
    if _count_failures(key, at) >= rules.FAILURES_ALLOWED:
        message = "Too many wrong codes. Wait ten minutes and try again"
        raise ActionRefused(refuse("too_many_wrong_codes", message))
    code = rules.normal_code(typed)
    slip = None if code is None else _find_slip(code)
    mine = select(SignInSession.slip_id).where(SignInSession.digest == session.digest)
    if slip is None or slip.id != db.session.scalar(mine):
        _store_failure(key, at)
        raise ActionRefused(refuse("wrong_code", "Check the code on your slip"))
    facts = rules.SlipFacts(slip.expires_on, slip.voided, device=None)
    verdict = rules.may_use_slip(facts, device=None, today=local_day(at))
    if isinstance(verdict, Refused):
        raise ActionRefused(verdict)
    slip_id: UUID = slip.id
    return slip_id


def end_session(session: SessionView, *, at: datetime) -> None:
    """End one session: its cookie, and any copy of it, opens nothing from now on."""
    with transaction():
        _change_sessions(THIS_SESSION.all(digest=session.digest), ended_at=at)


def end_sessions(person_id: UUID, *, at: datetime) -> None:
    """End every session of a person."""
    with transaction():
        _change_sessions(SESSIONS_OF_PERSON.all(person_id=person_id), ended_at=at)


def _change_sessions(held: Iterable[Any], **changes: Any) -> None:
    CHANGE_SESSION.make_all(
        [{"session": row.digest, **with_mac(SignInSession, row._asdict() | changes)} for row in held]
    )


def prune_sessions(*, at: datetime) -> int:
    """Remove the sessions that were ended, or ran out, longer ago than they are kept; how many they were."""
    before = at - rules.SESSIONS_KEPT
    over = (SignInSession.expires_at < before) | (SignInSession.ended_at < before)
    with transaction() as unit:
        return len(unit.scalars(delete(SignInSession).where(over).returning(SignInSession.digest)).all())


def _open_session(
    organisation_id: UUID,
    person_id: UUID,
    method: Method,
    at: datetime,
    *,
    slip_id: UUID | None = None,
    confirmed: bool | None = None,
) -> SignedIn:
    token = secrets.token_urlsafe(32)
    opened: dict[str, Any] = {
        "digest": _plain_digest(token),
        "organisation_id": organisation_id,
        "person_id": person_id,
        "confirmed": method is Method.PASSWORD if confirmed is None else confirmed,
        "authenticated_at": at,
        "expires_at": at + rules.SESSION_LASTS,
    }
    row = {**opened, "method": method.value, "slip_id": slip_id, "ended_at": None}
    OPEN_SESSION.make(**with_mac(SignInSession, row))
    return SignedIn(SessionView(**opened, method=method), token)


def _session(row: Row[Any]) -> SessionView:
    return SessionView(
        row.digest,
        row.organisation_id,
        row.person_id,
        Method(row.method),
        row.confirmed,
        row.authenticated_at,
        row.expires_at,
    )


# --- API tokens ----------------------------------------------------------------------------------

API_SCOPES = frozenset({"access:read"})


def create_token(
    organisation_id: UUID, *, name: str, scopes: Sequence[str], expires_on: date, at: datetime
) -> str:
    """Make a bearer token; the text is given once and kept nowhere. Raises InvalidInput for an unknown scope."""
    unknown = sorted(set(scopes) - API_SCOPES)
    if unknown or not scopes:
        raise InvalidInput(f"scopes: choose from {', '.join(sorted(API_SCOPES))}")
    token = "elearn_" + secrets.token_urlsafe(32)
    with transaction():
        record(
            ApiToken(
                organisation_id=organisation_id,
                recorded_at=at,
                name=name[:100],
                token_digest=_plain_digest(token),
                scopes=sorted(scopes),
                expires_on=expires_on,
            )
        )
    return token


def revoke_token(organisation_id: UUID, name: str, *, at: datetime) -> None:
    """End every token of this name. Raises NotFound where there is none."""
    with transaction() as session:
        revoked = exists(select(TokenRevocation.id).where(TokenRevocation.token_id == ApiToken.id))
        query = select(ApiToken.id).where(
            ApiToken.organisation_id == organisation_id, ApiToken.name == name, ~revoked
        )
        ids = list(session.scalars(query))
        if not ids:
            raise NotFound(f"there is no token called '{name}'")
        for token_id in ids:
            record(TokenRevocation(organisation_id=organisation_id, recorded_at=at, token_id=token_id))


def _good_token() -> Select[Any]:
    columns = ApiToken.__table__.c
    revoked = exists(select(TokenRevocation.id).where(TokenRevocation.token_id == columns.id))
    return select(columns.id, columns.organisation_id, columns.scopes).where(
        columns.token_digest == bindparam("digest"), columns.expires_on >= bindparam("day"), ~revoked
    )


GOOD_TOKEN = Prepared(_good_token())


def find_token(token: str, *, day: date) -> TokenView | None:
    """The token presented, where it is good on this day; its last day counts."""
    row = GOOD_TOKEN.first(digest=_plain_digest(token), day=day)
    return None if row is None else TokenView(row.id, row.organisation_id, frozenset(row.scopes))


# --- inside --------------------------------------------------------------------------------------


def _digests(code: str) -> list[str]:
    """The keyed digests of a code under the secret key and its predecessors: what is kept and looked up."""
    return [digest.hex() for digest in _keyed("elearn-slip-v1", code)]


def _more(code: str) -> list[str]:
    """The four further letters of a code under the secret key and its predecessors: they follow from the code, and
    nobody without the key can work them out."""
    return [
        rules.more_letters(int.from_bytes(digest)) for digest in _keyed("elearn-slip-more-letters-v1", code)
    ]


def _keyed(purpose: str, code: str) -> list[bytes]:
    eight = (rules.normal_code(code) or "")[: rules.CODE_LENGTH].encode()
    secret_key()  # made where there is none yet
    keys = secret_keys()
    return [hmac.digest(f"{purpose}|{key}".encode(), eight, "sha256") for key in keys]


def _plain_digest(secret: str) -> str:
    """The digest of a long random secret: such a one needs no key."""
    return hashlib.sha256(secret.encode()).hexdigest()


FAILURES_SINCE = Prepared(
    select(func.count()).where(
        SignInFailure.key == bindparam("failed"), SignInFailure.at > bindparam("since")
    )
)


def _count_failures(key: str, at: datetime) -> int:
    return int(FAILURES_SINCE.scalar(failed=key, since=at - rules.FAILURES_WITHIN))


def _store_failure(key: str, at: datetime) -> None:
    with transaction() as session:
        session.execute(delete(SignInFailure).where(SignInFailure.at < at - 6 * rules.FAILURES_WITHIN))
        session.execute(insert(SignInFailure), with_mac(SignInFailure, {"id": uuid4(), "key": key, "at": at}))
