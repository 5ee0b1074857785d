"""Who someone is to the organisation on a day. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from uuid import UUID

from elearn.decisions import Allowed, Decision, Reason, decide, refuse


class PersonKind(StrEnum):
    """On what footing someone works in the organisation: what a policy's scope clause names."""

    EMPLOYEE = "employee"
    AGENCY = "agency"
    CONTRACTOR = "contractor"
    CONSULTANT = "consultant"
    VOLUNTEER = "volunteer"
    GOVERNOR = "governor"
    TRUSTEE = "trustee"
    AMBASSADOR = "ambassador"
    THIRD_PARTY = "third_party"


class JobGroup(StrEnum):
    """What kind of work: decides which situations someone meets."""

    TEACHER = "teacher"
    TEACHING_ASSISTANT = "teaching_assistant"
    PASTORAL = "pastoral"
    OFFICE = "office"
    SITE = "site"
    KITCHEN = "kitchen"
    LEADER = "leader"
    HEAD = "head"
    GOVERNOR = "governor"
    VOLUNTEER = "volunteer"
    SUPPLY = "supply"
    ACCOUNT_HOLDER = "account_holder"
    RECRUITER = "recruiter"
    IT = "it"


def is_for_work(wanted: str | Collection[str], group: str) -> bool:
    """Whether what is for these job groups, or for everyone, is for one of them: heads are among the leaders."""
    if wanted == "everyone" or group in wanted:
        return True
    return group == JobGroup.HEAD and JobGroup.LEADER in wanted


LINE_MANAGER = "line_manager"
"""The one office that is held for a person rather than at an academy."""

OFFICES: Mapping[str, tuple[str, ...]] = {
    "head": ("headteacher", "head teacher", "principal"),
    "ceo": ("chief executive", "chief executive officer"),
    "director_of_schools": ("director of education",),
    LINE_MANAGER: ("manager",),
    "dsl": ("designated safeguarding lead", "safeguarding lead", "safeguarding officer"),
    "dsl_region": ("regional safeguarding lead",),
    "trust_dsl": ("trust safeguarding lead", "director of safeguarding"),
    "trust_chair": ("chair of trustees", "chair of the board"),
    "lado": ("local authority designated officer",),
    "hr": ("human resources", "personnel"),
    "it_slt": ("head of it", "it lead", "it manager"),
    "schools_it": ("schools ict",),
}
"""Every office that somebody may hold: its name in the content's catalogue, and what policies call it too."""


def nearest_office(typed: str) -> str | None:
    """The office that somebody most likely meant; None where nothing known reads like it."""
    named = {words: office for office, others in OFFICES.items() for words in (office, *others)}
    near = get_close_matches(typed.strip().lower(), named, n=1, cutoff=0.75)
    return named[near[0]] if near else None


@dataclass(frozen=True, slots=True)
class Term:
    """First and last day of something; no last day means until further notice."""

    starts_on: date
    ends_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it stands on `day`: both its first and its last day count."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def is_over(self, day: date) -> bool:
        """Whether its last day has passed by `day`."""
        return self.ends_on is not None and self.ends_on < day

    @property
    def was_stopped_at_once(self) -> bool:
        """Whether it was stopped on its first day or before: no whole day of it counted."""
        return self.ends_on is not None and self.ends_on < self.starts_on

    def outlasts(self, ends_on: date | None) -> bool:
        """Whether it goes on at least as long as something with this last day."""
        return self.ends_on is None or (ends_on is not None and self.ends_on >= ends_on)


@dataclass(frozen=True, slots=True)
class PlacementView:
    """One post of a person at one academy."""

    id: UUID
    person_id: UUID
    academy_id: UUID
    academy_name: str
    kind: PersonKind
    job_title: str
    job_group: JobGroup
    term: Term


@dataclass(frozen=True, slots=True)
class OfficeView:
    """One office somebody holds: at an academy, for the whole organisation, or (line manager) for a person."""

    id: UUID
    person_id: UUID
    office: str
    academy_id: UUID | None
    for_person_id: UUID | None
    term: Term
    recorded_at: datetime


# --- names as typed and as searched ----------------------------------------------------------------

JOINERS = "\u200c\u200d"
"""Zero width, and part of the spelling of names in several scripts: kept between two letters."""
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Drawn as nothing, although Unicode counts them as letters or symbols."""


def visible_text(text: str) -> str:
    """What was typed without characters that hide or reorder it, and with white space folded."""
    kept = [
        char
        for place, char in enumerate(text)
        if char.isspace()
        or (_joins(text, place) if char in JOINERS else char not in BLANKS and _is_shown(char))
    ]
    return " ".join("".join(kept).split())


def has_letter_or_digit(text: str) -> bool:
    """Whether there is anything to read aloud."""
    return any(unicodedata.category(char)[0] in "LN" for char in visible_text(text))


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs")


def _joins(text: str, place: int) -> bool:
    around = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
    return len(around) == 2 and all(unicodedata.category(char)[0] in "LM" for char in around)


def _plain_letters() -> dict[str, str]:
    """Each Latin letter with a mark, in either case, and its plain small letter."""
    found = {}
    for char in map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))):
        base = unicodedata.normalize("NFKD", char)[0]
        if base != char and base.isascii() and base.isalpha():
            found[char] = base.lower()
    return found | dict(zip("ŁłØøĐđÐðĦħıŦŧ’‘ʼ", "llooddddhhitt" + "'" * 3, strict=True))


SPELLED_OUT: Mapping[str, str] = dict(
    zip("ßẞæÆœŒþÞ", ("ss", "ss", "ae", "ae", "oe", "oe", "th", "th"), strict=True)
)
"""Letters that are searched as two."""
MARKS = "".join(map(chr, range(0x300, 0x370)))
PLAIN_LETTERS = _plain_letters()
FOLD_FROM = "".join(PLAIN_LETTERS) + MARKS
FOLD_TO = "".join(PLAIN_LETTERS.values())
"""As SQL's translate() takes them: a character of the first without a partner in the second is left out."""


def fold(text: str) -> str:
    """A text as it is searched: small, without marks; `lukasz` for Łukasz. The database folds its column alike."""
    folded = text.lower()
    for letter, letters in SPELLED_OUT.items():
        folded = folded.replace(letter, letters)
    return folded.translate(str.maketrans(FOLD_FROM[: len(FOLD_TO)], FOLD_TO, MARKS))


# --- who somebody is on a day ------------------------------------------------------------------------


def placements_on(placements: Iterable[PlacementView], day: date) -> list[PlacementView]:
    """The posts that stand on a day."""
    return [placement for placement in placements if placement.term.holds_on(day)]


def first_day(placements: Iterable[PlacementView]) -> date | None:
    """The first day of the earliest post, or None without one."""
    return min((placement.term.starts_on for placement in placements), default=None)


def office_reaches(office: OfficeView, *, academy_id: UUID | None, person_id: UUID, day: date) -> bool:
    """Whether an office holder acts for this person at this academy on this day.

    A line manager acts for the person named; an office of the whole organisation acts everywhere; any
    other office acts at its own academy.
    """
    if not office.term.holds_on(day):
        return False
    if office.office == LINE_MANAGER:
        return office.for_person_id == person_id
    return office.academy_id is None or office.academy_id == academy_id


def last_day_of_what_stops(day: date) -> date:
    """The last day of what is stopped in the course of `day`: the day before, so that it counts no more at once."""
    return day - timedelta(days=1)


def may_stop(held: Term, day: date) -> Decision:
    """Whether something can still be stopped on a day: not what has ended by then, which would only go on longer."""
    if held.is_over(day):
        return refuse("already_ended", "This has ended already")
    return Allowed()


def last_day_of_what_is_taken_back(starts_on: date, day: date) -> date:
    """The last day of a post that is taken back on `day`: before its first and before that day, so it never counts."""
    return min(starts_on, day) - timedelta(days=1)


def may_take_back(given_on: date, *, is_changed: bool, day: date) -> Decision:
    """Whether a post that was given on a day can be taken back on another one, as if it had never been.

    Only on the same day, and only as it was given: what people relied on longer is ended, not undone.
    """
    reasons = []
    if given_on != day:
        reasons.append(
            _not_taken_back("given_earlier", "Only a post that was recorded today can be taken back")
        )
    if is_changed:
        reasons.append(_not_taken_back("changed_since", "This post was changed after it was recorded"))
    return decide(reasons)


def last_day_of_role_stopped(held: Term, given_on: date, *, is_changed: bool, day: date) -> date:
    """The last day of a role or office that is stopped on `day`.

    One that was given that same day was typed wrongly: as a post that is taken back, it counted on no day, whatever
    first day it was given. Any other counted to the day before.
    """
    if may_take_back(given_on, is_changed=is_changed, day=day):
        return last_day_of_what_is_taken_back(held.starts_on, day)
    return last_day_of_what_stops(day)


def _not_taken_back(code: str, sentence: str) -> Reason:
    return Reason(code, sentence, next_step="Give it its last day instead")


def may_end_administrator(held: Term, ends_on: date, others: Iterable[Term]) -> Decision:
    """Whether one of a whole organisation's administrator roles may get this last day, beside the others'.

    Refused where the organisation would be without an administrator sooner than it is now: another role has to
    stand on the day after and go on at least as long as this one did.
    """
    day_after = ends_on + timedelta(days=1)
    if Term(held.starts_on, ends_on).outlasts(held.ends_on) or any(
        other.holds_on(day_after) and other.outlasts(held.ends_on) for other in others
    ):
        return Allowed()
    return refuse(
        "last_administrator",
        "This is the last administrator of the whole organisation",
        next_step="Make somebody else an administrator first",
        who="administrator",
    )
