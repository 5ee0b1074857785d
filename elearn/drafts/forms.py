"""Forms of setting up content from a policy's text. Names of fields follow what they decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from flask import request
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from elearn.db import canonical_json
from elearn.drafts.assembling import STATEMENT, RuleText, all_stances, default_name, shortened
from elearn.drafts.service import KEY_RULES, NAMES, POSITION, SIGNING, Draft, stances_to_json
from elearn.errors import InvalidInput
from elearn.fields import PageForm, choices
from elearn.people.forms import KIND_WORDS
from elearn.people.rules import PersonKind
from elearn.policies.importing.force import propose_force
from elearn.scenarios.content import Position, Topic
from elearn.scenarios.forms import answer_words
from elearn.scenarios.policy_content import Stance, Stances
from elearn.scenarios.slots import slots_of
from elearn.scenarios.vocabulary import ClauseForce, NonAnswer

SILENT = NonAnswer.SILENT.value
STATEMENT_SLOTS = frozenset({"name", "organisation", "title", "version", "dated", "who_to_ask"})
FEWEST_WORDS, MOST_WORDS, MOST_PARTS = 40, 60, 4
FEWEST_RULES, MOST_RULES, RULES_SHOWN = 6, 10, 24
LISTED = 70
MOST_TOGETHER = 5
"""How many answers are confirmed on one page: as many as somebody reads with their clauses."""


def all_clauses(draft: Draft) -> Iterable[tuple[str, str]]:
    """Every clause with the first of its words."""
    return ((clause.ref, f"{clause.ref}: {shortened(clause.text, LISTED)}") for clause in draft.clauses)


def all_citable(draft: Draft) -> Iterable[tuple[str, str]]:
    """Every clause, or each part of one that says several things."""
    return (
        (value, f"{value}: {shortened(draft.words_of(value), LISTED)}")
        for clause in draft.clauses
        for value in draft.citable(clause.ref)
    )


def named(draft: Draft, kind: str) -> list[tuple[str, str]]:
    """Offices or channels in the organisation's words, as far as they are known."""
    words = draft.decided.names or draft.proposals.names
    return [
        (item.id, words.get(item.id) or default_name(item.title))
        for item in getattr(draft.content.catalogue, kind)
    ]


class TogetherForm(PageForm):
    """Positions of a topic that are settled together: what a clause says plainly, and what none speaks of."""

    plain = SelectMultipleField("A clause says so plainly")
    silent = SelectMultipleField("The policy says nothing on these")
    told: Mapping[str, str]

    @property
    def plain_choices(self) -> list[tuple[str, str, str]]:
        """Each question with its answer and the clause in full."""
        return [(value, question, self.told[value]) for value, question, *_ in self.plain.iter_choices()]

    @property
    def left_out(self) -> list[str]:
        """Positions that were shown and are not ticked: each waits for an answer of its own."""
        ticked = {*(self.plain.data or ()), *(self.silent.data or ())}
        shown = [choice[0] for field in (self.plain, self.silent) for choice in field.iter_choices()]
        return [_position_of(value) for value in shown if value not in ticked]


def together_form(draft: Draft, topic: Topic) -> TogetherForm:
    """The form with the positions that wait for it, at most MOST_TOGETHER with an answer, ticked beforehand.

    In a must-get-right topic none has an answer here and none is ticked: there nobody confirms in passing.
    """
    waiting = [position for position in draft.undecided if position.topic == topic.id]
    plain = {plain_value(draft, p): p for p in waiting if draft.is_plain(p)}
    plain = dict([*plain.items()][:MOST_TOGETHER])
    silent = [position for position in waiting if draft.proposal(position.id).is_silent]
    ticked = [] if topic.must_get_right else [position.id for position in silent]
    form = TogetherForm(data={"plain": list(plain), "silent": ticked})
    form.plain.choices = choices((value, position.question) for value, position in plain.items())
    form.silent.choices = choices((position.id, position.question) for position in silent)
    form.told = {value: _told(draft, position) for value, position in plain.items()}
    return form


def plain_value(draft: Draft, position: Position) -> str:
    """The position with a mark of what is proposed, so that nobody confirms another answer than the one they saw."""
    proposed = canonical_json([str(draft.version.id), stances_to_json(draft.proposal(position.id).stances)])
    return f"{position.id}{_MARK}{sha256(proposed.encode()).hexdigest()[:12]}"


_MARK = "."


def _position_of(value: str) -> str:
    return value.partition(_MARK)[0]


def _told(draft: Draft, position: Position) -> str:
    """The answer that is confirmed, whom it names, how, and what the clause says, in full."""
    stance = draft.proposal(position.id).stances.default
    if stance is None:
        return ""
    citation = stance.clauses[0]
    words = dict([*named(draft, "offices"), *named(draft, "channels")])
    joint = " and " if stance.who and stance.who.all else " or "
    whom = joint.join(words[name] for name in stance.offices)
    how = ", ".join(words[name] for name in stance.how)
    says = f"Clause {citation.ref} says {citation.force.value}: “{draft.text_of(citation.ref)}”"
    return " ".join(
        [
            f"{answer_words(stance.answer)}.",
            says,
            *([f"It names: {whom}."] if whom else []),
            *([f"How: {how}."] if how else []),
        ]
    )


def together_values(draft: Draft, form: TogetherForm) -> dict[str, Any]:
    """What is decided by it. Raises InvalidInput where nothing is ticked."""
    if not (form.silent.data or form.plain.data):
        name = "plain" if form.plain.choices else "silent"
        raise InvalidInput(f"{name}: tick at least one, or answer them one by one")
    silent = Stances.model_validate({"default": Stance.model_validate({"is": SILENT})})
    plain = [_position_of(value) for value in form.plain.data or ()]
    return {POSITION + name: stances_to_json(silent) for name in form.silent.data or ()} | {
        POSITION + name: stances_to_json(draft.proposal(name).stances) for name in plain
    }


class CoversForm(PageForm):
    """Which clause says that the policy is for each kind of person, or that none does."""


def covers_form(draft: Draft) -> CoversForm:
    """One field for each kind of person."""
    fields: dict[str, Any] = {}
    options = choices([(SILENT, "The policy does not say"), *all_clauses(draft)])
    for kind in PersonKind:
        told = draft.decided.covers.get(kind) or draft.proposals.covers.get(kind) or SILENT
        default = told if isinstance(told, str) else told[0]
        fields[kind.value] = SelectField(
            KIND_WORDS[kind],
            [InputRequired(f"{KIND_WORDS[kind]}: choose a clause, or that the policy does not say")],
            choices=options,
            default=default,
        )
    form: CoversForm = type("KindsForm", (CoversForm,), fields)()
    return form


def covers_value(form: CoversForm) -> dict[str, Any]:
    """What is decided by it. Raises InvalidInput where nobody is covered: nobody would be asked anything."""
    told = {kind.value: form._fields[kind.value].data for kind in PersonKind}
    if set(told.values()) == {SILENT}:
        raise InvalidInput("employee: choose the clause that covers at least one kind of person")
    return {kind: SILENT if ref == SILENT else [ref] for kind, ref in told.items()}


class NamesForm(PageForm):
    """What this policy calls offices and channels."""


def names_form(draft: Draft) -> NamesForm:
    """One field for each office or channel that the policy or a situation names."""
    catalogue = draft.content.catalogue
    fields: dict[str, Any] = {}
    for item in (*catalogue.offices, *catalogue.channels):
        if item.id in _names_needed(draft):
            name = (
                draft.decided.names.get(item.id)
                or draft.proposals.names.get(item.id)
                or default_name(item.title)
            )
            label = f"{item.title[:1].upper()}{item.title[1:]}"
            fields[item.id] = StringField(
                label,
                [InputRequired(f"{label}: enter what the policy calls it"), Length(max=100)],
                default=name,
            )
    form: NamesForm = type("OfficesForm", (NamesForm,), fields)()
    return form


def _names_needed(draft: Draft) -> frozenset[str]:
    """Offices that situations speak of, and whatever the text or an answer names."""
    slots = {
        slot.partition(".")[2].lower()
        for scenario in draft.content.bank
        for step in scenario.situations
        for option in step.options
        for slot in slots_of(option.text)
        if slot.lower().startswith("office.")
    }
    decided = [s for stances in draft.decided.positions.values() for s in all_stances(stances)]
    proposed = [s for p in draft.proposals.positions.values() for s in all_stances(p.stances)]
    used = {name for stance in (*decided, *proposed) for name in (*stance.offices, *stance.how)}
    return frozenset(slots | used)


def names_value(form: NamesForm) -> dict[str, Any]:
    """What is decided by it. Raises InvalidInput for a name that is left empty."""
    names = {
        name: (field.data or "").strip()
        for name, field in form._fields.items()
        if field.type == "StringField"
    }
    empty = [name for name, words in names.items() if not words]
    if empty:
        raise InvalidInput([f"{name}: enter what the policy calls it, with its article" for name in empty])
    return {NAMES: names}


class RulesForm(PageForm):
    """Which answers become the rules that everybody reads first."""

    rules = SelectMultipleField("Which rules should everybody read first?")


def rules_form(titles: Mapping[str, str], chosen: Sequence[str]) -> RulesForm:
    """The form with the chosen ones ticked."""
    form = RulesForm(data={"rules": list(chosen)})
    form.rules.choices = choices(titles.items())
    return form


def rules_value(form: RulesForm) -> dict[str, Any]:
    """What is decided by it. Raises InvalidInput for fewer than six or more than ten."""
    chosen = list(form.rules.data or ())
    if not FEWEST_RULES <= len(chosen) <= MOST_RULES:
        raise InvalidInput(f"rules: choose six to ten; {len(chosen)} are chosen")
    return {KEY_RULES: chosen}


class RuleForm(PageForm):
    """The words of one key rule."""

    NAMES: ClassVar[Mapping[str, str]] = {"title": "title", "why": "why"}
    title = StringField(
        "The rule in one sentence", [InputRequired("Enter the rule in one sentence"), Length(max=150)]
    )
    why = TextAreaField("Why it is so", [InputRequired("Enter why it is so"), Length(max=600)])


def rule_value(form: RuleForm) -> RuleText:
    """What is decided by it. Raises InvalidInput for a reason of fewer than 40 or more than 60 words."""
    title, why = (form.title.data or "").strip(), (form.why.data or "").strip()
    number = len(why.split())
    if not FEWEST_WORDS <= number <= MOST_WORDS:
        raise InvalidInput(f"why: use {FEWEST_WORDS} to {MOST_WORDS} words; it has {number}")
    return RuleText(title, why)


class SplitForm(PageForm):
    """The parts of a clause that says several things."""

    NAMES: ClassVar[Mapping[str, str]] = {
        f"{name}_{number}": f"{name}_{number}"
        for name in ("says", "force")
        for number in range(1, MOST_PARTS + 1)
    }

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """For each part that may be entered, the field of its words and that of its force."""
        return [(self._fields[f"says_{n}"], self._fields[f"force_{n}"]) for n in range(1, MOST_PARTS + 1)]


def split_form(draft: Draft, ref: str) -> SplitForm:
    """The form with the parts that are known, else with the sentences of the clause."""
    known = draft.decided.parts.get(ref, ())
    told = [(part.summary, part.force.value) for part in known]
    if not told:
        told = [(text, propose_force(text).value) for text in re.split(r"(?<=[.!?;])\s+", draft.text_of(ref))]
    told = told[:MOST_PARTS] + [("", ClauseForce.INFORMATION.value)] * (MOST_PARTS - len(told))
    fields: dict[str, Any] = {}
    for number, (says, force) in enumerate(told, start=1):
        fields[f"says_{number}"] = TextAreaField(
            f"Part {number} says", [Length(max=240)], default=shortened(says, 230)
        )
        fields[f"force_{number}"] = SelectField(
            f"What part {number} is",
            choices=choices((word.value, word.value.capitalize()) for word in ClauseForce),
            default=force,
        )
    form: SplitForm = type("PartsForm", (SplitForm,), fields)()
    return form


def split_value(form: SplitForm) -> list[dict[str, str]]:
    """What is decided by it: two parts or more, or none. Raises InvalidInput for a single one, or a gap."""
    said = [(" ".join((says.data or "").split()), force.data) for says, force in form.rows]
    while said and not said[-1][0]:
        said.pop()
    if len(said) == 1:
        raise InvalidInput("says_2: enter a second part, or leave every part empty to keep the clause whole")
    empty = [number for number, (says, _force) in enumerate(said, start=1) if not says]
    if empty:
        raise InvalidInput(f"says_{empty[0]}: enter what this part says, or leave the later parts empty too")
    return [
        {"part": str(number), "summary": says, "force": force}
        for number, (says, force) in enumerate(said, start=1)
    ]


class SigningForm(PageForm):
    """What is signed, and whom people can ask."""

    statement = TextAreaField(
        "What people sign", [InputRequired("What people sign: write it"), Length(max=2000)]
    )
    who_to_ask = SelectMultipleField("Whom can people ask what the policy means?")


def signing_form(draft: Draft) -> SigningForm:
    """The form with what is decided, else with the usual words and whom the policy names for questions."""
    decided, asked = draft.decided, draft.decided.positions.get("policy_question")
    people = [name for stance in all_stances(asked) for name in stance.offices] if asked else []
    form = SigningForm(
        data={
            "statement": decided.statement or STATEMENT,
            "who_to_ask": list(decided.who_to_ask) or list(dict.fromkeys(people)) or ["line_manager"],
        }
    )
    form.who_to_ask.choices = choices(named(draft, "offices"))
    return form


def signing_value(form: SigningForm) -> dict[str, Any]:
    """What is decided by it. Raises InvalidInput."""
    statement, problems = (form.statement.data or "").strip(), []
    unknown = [slot for slot in slots_of(statement) if slot not in STATEMENT_SLOTS]
    if unknown:
        problems.append(
            f"statement: nothing fills {{{unknown[0]}}}; use {', '.join(sorted(STATEMENT_SLOTS))}"
        )
    if not form.who_to_ask.data:
        problems.append("who_to_ask: choose at least one")
    if problems:
        raise InvalidInput(problems)
    return {SIGNING: {"statement": statement, "who_to_ask": list(form.who_to_ask.data)}}


class ProposeForm(PageForm):
    """Proposing the draft for use."""

    note = StringField("A note for whoever says yes to it (optional)", [Length(max=500)])


def sent_again() -> list[tuple[str, str]]:
    """Everything of the posted form but its token, for a page that asks once more."""
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
