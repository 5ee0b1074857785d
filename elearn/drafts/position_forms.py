"""The form of one question: what the policy answers, in every case and where a case differs."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from elearn.drafts.assembling import shortened
from elearn.drafts.forms import LISTED, SILENT, all_citable, all_clauses, named
from elearn.drafts.service import Draft, cited_as
from elearn.errors import InvalidInput
from elearn.fields import PageForm, choices
from elearn.people.forms import KIND_WORDS
from elearn.people.rules import PersonKind
from elearn.scenarios.checking_policy import CARRIES, needs_who
from elearn.scenarios.content import Position
from elearn.scenarios.forms import answer_words
from elearn.scenarios.policy_content import CaseStance, Citation, Resolved, Stance, Stances, Who
from elearn.scenarios.vocabulary import CitationForce, NonAnswer, WhoRule

_KEPT = ("clauses", "who", "how", "but", "resolved", "binds")
SAME = "same"
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


@dataclass(frozen=True, slots=True)
class Part:
    """The fields of one answer: for every case, or (`case`) for one."""

    form: PageForm
    prefix: str
    case: str = ""
    words: str = ""
    was: Stance | None = None

    def __getitem__(self, name: str) -> Any:
        """One of its fields, or None where the position needs none such."""
        return self.form._fields.get(self.prefix + name)

    @property
    def narrowed(self) -> str:
        """The condition and whom it binds, in a line."""
        condition = (self["condition"].data or "").replace("_", " ")
        return "; ".join(filter(None, (condition, self.named("binds"))))

    @property
    def clashes(self) -> tuple[str, ...]:
        """The clauses that say otherwise, each once: those that are ticked, and one more."""
        more = self["but_other"].data
        return tuple(dict.fromkeys([*(self["but"].data or ()), *([more] if more else [])]))

    @property
    def clash_has_errors(self) -> bool:
        """Whether something is wrong with the clauses that say otherwise."""
        return any(self[name].errors for name in ("but", "but_other", "settled_by", "settled_why"))

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
    known: Stances

    @property
    def parts(self) -> list[Part]:
        """The answer for every case, then one part for each case."""
        cases = self.position.cases.items()
        return [
            Part(self, "", was=self.known.default),
            *(Part(self, f"{case}-", case, words, self.known.stance(case)) for case, words in cases),
        ]

    def stances(self, today: date) -> Stances:
        """What was answered; a clash is settled on this day. Raises InvalidInput, each problem with its field."""
        problems: list[str] = []
        read = [(part, self._stance(part, today, problems)) for part in self.parts]
        if problems:
            raise InvalidInput(problems)
        exceptions = tuple(
            CaseStance.model_validate(
                {
                    **{name: getattr(stance, name) for name in _KEPT},
                    "is": stance.answer,
                    "if": stance.condition,
                }
                | {"cases": (part.case,)}
            )
            for part, stance in read[1:]
            if stance is not None
        )
        return Stances.model_validate({"default": read[0][1], "except": exceptions})

    def _stance(self, part: Part, today: date, problems: list[str]) -> Stance | None:
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
        cited = tuple(
            Citation(ref=ref, part=number, force=force)
            for ref, number in dict.fromkeys(self.draft.cited(value) for value in refs)
        )
        how = () if answer in set(NonAnswer) else tuple(part["how"].data or ())
        but, resolved = self._clash(part, answer, {citation.ref for citation in cited}, today, problems)
        binds = tuple(part["binds"].data or ()) if answer not in set(NonAnswer) else ()
        return Stance.model_validate(
            {
                "is": answer,
                "clauses": cited,
                "who": who,
                "how": how,
                "but": but,
                "resolved": resolved,
                "if": part["condition"].data or None if answer not in set(NonAnswer) else None,
                "binds": binds if binds and len(binds) < len(PersonKind) else None,
            }
        )

    def _clash(
        self, part: Part, answer: str, cited: Set[str], today: date, problems: list[str]
    ) -> tuple[tuple[str, ...], Resolved | None]:
        """The clauses that say otherwise, and who settled it and why."""
        but, by = part.clashes, (part["settled_by"].data or "").strip()
        why = (part["settled_why"].data or "").strip()
        if not but:
            if by or why:
                problems.append(f"{part.prefix}but_other: choose the clause that says otherwise")
            return (), None
        for ref in cited & set(but):
            field = "but" if ref in (part["but"].data or ()) else "but_other"
            problems.append(f"{part.prefix}{field}: clause {ref} is one that you cite, choose another")
        if answer == NonAnswer.UNCLEAR and not (by or why):
            return but, None
        if not by:
            problems.append(f"{part.prefix}settled_by: enter who decided which of them holds")
        if not why:
            problems.append(f"{part.prefix}settled_why: enter why the clause you cite holds")
        if not (by and why):
            return but, None
        known = part.was.resolved if part.was and set(but) <= set(part.was.but) else None
        same = known is not None and (known.by, known.why) == (by, why)
        return but, known if same else Resolved(by=by, on=today.isoformat(), why=why)

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
    """The form of one position, filled with what is decided, else with what was before, else with what is proposed."""
    stances = (
        draft.decided.positions.get(position.id)
        or draft.earlier(position.id)
        or draft.proposal(position.id).stances
    )
    fields: dict[str, Any] = {}
    fields |= _fields_of(draft, position, "", stances.default or _first(stances))
    for case in position.cases:
        own = next((stance for stance in stances.exceptions if case in stance.cases), None)
        fields |= _fields_of(draft, position, f"{case}-", own, is_case=True)
    form: PositionForm = type(
        "OnePositionForm", (PositionForm,), fields | {"NAMES": {name: name for name in fields}}
    )()
    form.position, form.draft, form.known = position, draft, stances
    return form


def _side_doors(draft: Draft, position: Position, stance: Stance | None) -> dict[str, Any]:
    """Fields that few answers need: clauses that say otherwise, a condition, whom it binds."""
    resolved = stance.resolved if stance else None
    facts = sorted({fact for scenario in draft.content.bank for fact in scenario.given})
    known = stance.but if stance else ()
    near = dict.fromkeys([*known, *draft.proposal(position.id).near])
    return {
        "but": SelectMultipleField(
            "Which other clauses say otherwise?",
            choices=choices((ref, f"{ref}: {shortened(draft.text_of(ref), LISTED)}") for ref in near),
            default=list(known),
        ),
        "but_other": SelectField(
            "Another clause that says otherwise",
            choices=choices([("", "None"), *all_clauses(draft)]),
            default="",
        ),
        "settled_by": StringField(
            "Who decided which of them holds?", [Length(max=100)], default=resolved.by if resolved else ""
        ),
        "settled_why": StringField(
            "Why does the clause you cite hold?", [Length(max=300)], default=resolved.why if resolved else ""
        ),
        "condition": SelectField(
            "Only where the story says",
            choices=choices([("", "No condition"), *((fact, fact.replace("_", " ")) for fact in facts)]),
            default=(stance.condition or "") if stance else "",
        ),
        "binds": SelectMultipleField(
            "Whom does it bind? Tick nobody if it binds everyone whom the policy covers",
            choices=choices((kind.value, words) for kind, words in KIND_WORDS.items()),
            default=[kind.value for kind in (stance.binds or ())] if stance else [],
        ),
    }


def _first(stances: Stances) -> Stance:
    return stances.exceptions[0]


def _fields_of(
    draft: Draft, position: Position, prefix: str, stance: Stance | None, *, is_case: bool = False
) -> dict[str, Any]:
    answers = [(answer, answer_words(answer)) for answer in position.answers]
    answers += [(word.value, words) for word, words in NON_ANSWER_WORDS.items()]
    if is_case:
        answers.insert(0, (SAME, "The same as above"))
    cited = [cited_as(citation) for citation in stance.clauses] if stance else []
    near = dict.fromkeys(
        [*cited, *(value for ref in draft.proposal(position.id).near for value in draft.citable(ref))]
    )
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
            choices=choices(
                (value, f"{value}: {shortened(draft.words_of(value), LISTED)}") for value in near
            ),
            default=cited,
        ),
        "other": SelectField(
            "Another clause",
            choices=choices([("", "None"), *all_citable(draft)]),
            default="",
        ),
        "force": RadioField(
            "How strongly do they say it?", choices=choices(FORCE_WORDS.items()), default=force
        ),
        "how": SelectMultipleField(
            "How is it to be done?",
            choices=choices(named(draft, "channels")),
            default=list(stance.how if stance else ()),
        ),
    }
    fields |= _side_doors(draft, position, stance)
    if position.who is not WhoRule.NONE:
        who = stance.who if stance else None
        fields["who"] = SelectMultipleField(
            "Whom does it name?",
            choices=choices(named(draft, "offices")),
            default=list(who.offices if who else ()),
        )
        fields["joined"] = RadioField(
            "Is one of them enough?",
            [InputRequired("Choose whether one of them is enough")],
            choices=choices([("any", "Any one of them"), ("all", "All of them")]),
            default="all" if who and who.all else "any",
        )
    return {prefix + name: field for name, field in fields.items()}
