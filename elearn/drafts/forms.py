"""Forms of setting up content from a policy's text. Names of fields follow what they decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from elearn.drafts.assembling import STATEMENT, all_stances, default_name, shortened
from elearn.drafts.service import KEY_RULES, NAMES, POSITION, SIGNING, Draft, stances_to_json
from elearn.errors import InvalidInput
from elearn.fields import PageForm, choices
from elearn.people.forms import KIND_WORDS
from elearn.people.rules import PersonKind
from elearn.scenarios.checking_policy import CARRIES, needs_who
from elearn.scenarios.content import Position
from elearn.scenarios.forms import answer_words
from elearn.scenarios.policy_content import CaseStance, Citation, Stance, Stances, Who
from elearn.scenarios.slots import slots_of
from elearn.scenarios.vocabulary import CitationForce, NonAnswer, WhoRule

SAME = "same"
SILENT = NonAnswer.SILENT.value
FORCE_WORDS = {
    CitationForce.MUST: "Must: it obliges or forbids",
    CitationForce.SHOULD: "Should: it recommends",
    CitationForce.MAY: "May: it permits",
    CitationForce.SAYS: "It only says so",
}
NON_ANSWER_WORDS = {
    NonAnswer.SILENT: "The policy does not say",
    NonAnswer.INDIRECT: "It bears on this only indirectly",
    NonAnswer.UNCLEAR: "It is unclear or contradicts itself",
}
STATEMENT_SLOTS = frozenset({"name", "organisation", "title", "version", "dated", "who_to_ask"})
FEWEST_RULES, MOST_RULES, RULES_SHOWN = 6, 10, 24
_LISTED = 70


@dataclass(frozen=True, slots=True)
class Part:
    """The fields of one answer: for every case, or (`case`) for one."""

    form: PageForm
    prefix: str
    case: str = ""
    words: str = ""

    def __getitem__(self, name: str) -> Any:
        """One of its fields, or None where the position needs none such."""
        return self.form._fields.get(self.prefix + name)

    @property
    def has_errors(self) -> bool:
        """Whether something is wrong in it."""
        return any(field.errors for name, field in self.form._fields.items() if name.startswith(self.prefix))

    @property
    def told(self) -> str:
        """What it says, in a line."""
        answer = self["answer"].data
        if answer == SAME:
            return "the same as above"
        cited = ", ".join(self["clauses"].data or ())
        named = self.named("who")
        return answer_words(answer) + (f" ({'; '.join(filter(None, (cited, named)))})" if cited else "")

    def named(self, name: str) -> str:
        """The ticked offices or channels, in the organisation's words."""
        field = self[name]
        if field is None:
            return ""
        ticked = field.data or ()
        return ", ".join(choice.label for choice in field.choices if choice.value in ticked)


class PositionForm(PageForm):
    """The answer to one position: for every case, and where a case differs."""

    position: Position
    draft: Draft

    @property
    def parts(self) -> list[Part]:
        """The answer for every case, then one part for each case."""
        cases = self.position.cases.items()
        return [Part(self, ""), *(Part(self, f"{case}-", case, words) for case, words in cases)]

    def stances(self) -> Stances:
        """What was answered. Raises InvalidInput, each problem with its field."""
        problems: list[str] = []
        read = [(part, self._stance(part, problems)) for part in self.parts]
        if problems:
            raise InvalidInput(problems)
        exceptions = tuple(
            CaseStance.model_validate(
                {
                    "is": stance.answer,
                    "clauses": stance.clauses,
                    "who": stance.who,
                    "how": stance.how,
                    "cases": (part.case,),
                }
            )
            for part, stance in read[1:]
            if stance is not None
        )
        return Stances.model_validate({"default": read[0][1], "except": exceptions})

    def _stance(self, part: Part, problems: list[str]) -> Stance | None:
        answer = part["answer"].data
        if answer == SAME:
            return None
        if answer == SILENT:
            return Stance.model_validate({"is": SILENT})
        refs = [*(part["clauses"].data or ()), *([part["other"].data] if part["other"].data else [])]
        if not refs:
            problems.append(
                f"{part.prefix}clauses: choose the clause that says so, or “The policy does not say”"
            )
        force = self._force(part, answer, problems)
        offices = tuple(part["who"].data or ()) if part["who"] else ()
        if not offices and needs_who(self.position, answer):
            problems.append(f"{part.prefix}who: choose whom the clause names")
        who = None
        if offices and answer not in set(NonAnswer):
            who = Who(all=offices) if part["joined"].data == "all" else Who(any=offices)
        cited = tuple(Citation(ref=ref, force=force) for ref in dict.fromkeys(refs))
        how = () if answer in set(NonAnswer) else tuple(part["how"].data or ())
        return Stance.model_validate({"is": answer, "clauses": cited, "who": who, "how": how})

    def _force(self, part: Part, answer: str, problems: list[str]) -> CitationForce:
        if answer in set(NonAnswer):
            return CitationForce.SAYS
        force = CitationForce(part["force"].data)
        needed = CARRIES.get(answer)
        if needed is not None and force not in needed:
            words = " or ".join(sorted(needed))
            problems.append(f"{part.prefix}force: “{answer_words(answer)}” needs a clause that says {words}")
        return force


def position_form(draft: Draft, position: Position) -> PositionForm:
    """The form of one position, filled with what is decided, else with what is proposed."""
    stances = draft.decided.positions.get(position.id) or draft.proposal(position.id).stances
    fields: dict[str, Any] = {}
    fields |= _fields_of(draft, position, "", stances.default or _first(stances))
    for case in position.cases:
        own = next((stance for stance in stances.exceptions if case in stance.cases), None)
        fields |= _fields_of(draft, position, f"{case}-", own, is_case=True)
    form: PositionForm = type(
        "OnePositionForm", (PositionForm,), fields | {"NAMES": {name: name for name in fields}}
    )()
    form.position, form.draft = position, draft
    return form


def _first(stances: Stances) -> Stance:
    return stances.exceptions[0]


def _fields_of(
    draft: Draft, position: Position, prefix: str, stance: Stance | None, *, is_case: bool = False
) -> dict[str, Any]:
    answers = [(answer, answer_words(answer)) for answer in position.answers]
    answers += [(word.value, words) for word, words in NON_ANSWER_WORDS.items()]
    if is_case:
        answers.insert(0, (SAME, "The same as above"))
    cited = [citation.ref for citation in stance.clauses] if stance else []
    near = dict.fromkeys([*cited, *draft.proposal(position.id).near])
    force = stance.clauses[0].force if stance and stance.clauses else CitationForce.MUST
    # A label that ends with "?" is not repeated before its error.
    fields: dict[str, Any] = {
        "answer": RadioField(
            "What does the policy answer?",
            [InputRequired("Choose what the policy answers")],
            choices=choices(answers),
            default=SAME if is_case and stance is None else (stance.answer if stance else SILENT),
            validate_choice=True,
        ),
        "clauses": SelectMultipleField(
            "Which clauses say so?",
            choices=choices((ref, f"{ref}: {shortened(draft.text_of(ref), _LISTED)}") for ref in near),
            default=cited,
        ),
        "other": SelectField(
            "Another clause",
            choices=choices([("", "None"), *_all_clauses(draft)]),
            default="",
        ),
        "force": RadioField(
            "How strongly do they say it?", choices=choices(FORCE_WORDS.items()), default=force
        ),
        "how": SelectMultipleField(
            "How is it to be done?",
            choices=choices(_named(draft, "channels")),
            default=list(stance.how if stance else ()),
        ),
    }
    if position.who is not WhoRule.NONE:
        who = stance.who if stance else None
        fields["who"] = SelectMultipleField(
            "Whom does it name?",
            choices=choices(_named(draft, "offices")),
            default=list(who.offices if who else ()),
        )
        fields["joined"] = RadioField(
            "Is one of them enough?",
            [InputRequired("Choose whether one of them is enough")],
            choices=choices([("any", "Any one of them"), ("all", "All of them")]),
            default="all" if who and who.all else "any",
        )
    return {prefix + name: field for name, field in fields.items()}


def _all_clauses(draft: Draft) -> Iterable[tuple[str, str]]:
    return ((clause.ref, f"{clause.ref}: {shortened(clause.text, _LISTED)}") for clause in draft.clauses)


def _named(draft: Draft, kind: str) -> list[tuple[str, str]]:
    """Offices or channels in the organisation's words, as far as they are known."""
    words = draft.decided.names or draft.proposals.names
    return [
        (item.id, words.get(item.id) or default_name(item.title))
        for item in getattr(draft.content.catalogue, kind)
    ]


class SilentForm(PageForm):
    """Positions of a topic for which no clause was found: the policy does not speak of those that stay ticked."""

    silent = SelectMultipleField("The policy says nothing on these")


def silent_form(waiting: Sequence[Position], *, ticked: bool) -> SilentForm:
    """The form with the positions that wait for it. In a must-get-right topic none is ticked beforehand: there
    nobody confirms in passing that a policy is silent."""
    form = SilentForm(data={"silent": [position.id for position in waiting] if ticked else []})
    form.silent.choices = choices((position.id, position.question) for position in waiting)
    return form


def silent_values(form: SilentForm) -> dict[str, Any]:
    """What is decided by it. Raises InvalidInput where nothing is ticked."""
    if not form.silent.data:
        raise InvalidInput("silent: tick at least one, or answer them one by one")
    silent = Stances.model_validate({"default": Stance.model_validate({"is": SILENT})})
    return {POSITION + name: stances_to_json(silent) for name in form.silent.data}


class CoversForm(PageForm):
    """Which clause says that the policy is for each kind of person, or that none does."""


def covers_form(draft: Draft) -> CoversForm:
    """One field for each kind of person."""
    fields: dict[str, Any] = {}
    options = choices([(SILENT, "The policy does not say"), *_all_clauses(draft)])
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


class SigningForm(PageForm):
    """What is signed, and whom people can ask."""

    statement = TextAreaField(
        "What people sign", [InputRequired("What people sign: write it"), Length(max=2000)]
    )
    who_to_ask = SelectMultipleField("Whom can people ask what the policy means?")


def signing_form(draft: Draft) -> SigningForm:
    """The form with what is decided, else with the usual words and whom the policy names for questions."""
    decided, asked = draft.decided, draft.decided.positions.get("policy_question")
    named = [name for stance in all_stances(asked) for name in stance.offices] if asked else []
    form = SigningForm(
        data={
            "statement": decided.statement or STATEMENT,
            "who_to_ask": list(decided.who_to_ask) or list(dict.fromkeys(named)) or ["line_manager"],
        }
    )
    form.who_to_ask.choices = choices(_named(draft, "offices"))
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
