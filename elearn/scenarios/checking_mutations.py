"""Whether a mistake would show: each stance is flipped and each cited clause taken away, and something must change.

What must change is a key: which options are right and in which order, who is the right person, or whether and of whom
a situation is asked at all. A stance whose flip changes no key could be wrong without anybody meeting it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from elearn.scenarios.asked import Asked
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.checking_policy import check_policies, names_somebody
from elearn.scenarios.content import Bundle, Content, Path, Position
from elearn.scenarios.drawable import is_drawn
from elearn.scenarios.findings import Findings, Level
from elearn.scenarios.policy_content import CaseStance, Citation, PolicyContent, Stance, Stances, Who
from elearn.scenarios.rules import CompiledBundle, audience, cells
from elearn.scenarios.tables import parse_decide
from elearn.scenarios.vocabulary import CitationForce, NonAnswer, ScenarioType, WhoRule

Situation = tuple[str, str | None]
"""A position and the case in it."""
Keys = frozenset[tuple[Any, ...]]
Change = Mapping[str, Any]
"""What of a stance is something else."""
MUTATIONS = frozenset({"flip_changes_no_key", "removal_changes_nothing"})
"""The findings of this check."""


@dataclass(frozen=True, slots=True)
class MutationCounts:
    """How many stances were flipped in how many ways, and how many clauses taken away; and what nobody would notice.

    A stance counts once for each case of its position. `unseen` are the ways that change no key, accepted or not.
    """

    stances: int = 0
    flips: int = 0
    flips_unseen: int = 0
    clauses: int = 0
    clauses_unseen: int = 0

    def __add__(self, other: MutationCounts) -> MutationCounts:
        return MutationCounts(
            self.stances + other.stances,
            self.flips + other.flips,
            self.flips_unseen + other.flips_unseen,
            self.clauses + other.clauses,
            self.clauses_unseen + other.clauses_unseen,
        )


def check_mutations(findings: Findings, sound: set[str]) -> MutationCounts | None:
    """Flip every stance of every policy and take every cited clause away; note what nobody would notice.

    None while some scenarios are not sound: what they read would seem to be read by none.
    """
    if len(sound) < len(findings.content.bank):
        return None
    counts = MutationCounts()
    readers = _readers(findings.content.bank)
    for slug in findings.content.policies:
        counts += _PolicyMutations(findings, slug, readers).run()
        counts += _check_removals(findings, slug)
    return counts


def _readers(bank: Sequence[Scenario]) -> Mapping[Situation, tuple[Scenario, ...]]:
    """Which scenarios read a position in a case."""
    found: dict[Situation, dict[str, Scenario]] = {}
    for scenario in bank:
        for step in scenario.situations:
            for variant in scenario.variants:
                for name, text in step.decide.items():
                    reading = parse_decide(name, text, variant)
                    if reading is not None:
                        found.setdefault((reading.position, reading.case), {})[scenario.id] = scenario
    return {situation: tuple(scenarios.values()) for situation, scenarios in found.items()}


@dataclass(slots=True)
class _PolicyMutations:
    """The flips of one policy's stances."""

    findings: Findings
    slug: str
    readers: Mapping[Situation, tuple[Scenario, ...]]
    titles: Mapping[str, str] = field(init=False)
    """Words for every office and channel, so that whoever is named instead can be shown."""

    def __post_init__(self) -> None:
        catalogue = self.content.catalogue
        self.titles = {item.id: item.title for item in (*catalogue.offices, *catalogue.channels)}

    @property
    def content(self) -> Content:
        return self.findings.content

    @property
    def policy(self) -> PolicyContent:
        return self.content.policies[self.slug]

    def run(self) -> MutationCounts:
        """Flip every stance in every case of its position."""
        counts = MutationCounts()
        for position in self.content.catalogue.positions:
            stances = self.policy.positions.get(position.id)
            for case in position.cases or (None,):
                stance = stances.stance(case) if stances else None
                if stance is not None:
                    counts += self._flip(position, case, stance)
        return counts

    def _flip(self, position: Position, case: str | None, stance: Stance) -> MutationCounts:
        if not stance.is_answer:
            return self._answer(position, case, stance)
        before = self._keys(position, case, {}, drawn=True)
        # A position with one answer can only fall silent.
        others = [answer for answer in position.answers if answer != stance.answer]
        flips = unseen = 0
        for other in others or [NonAnswer.SILENT.value]:
            flips += 1
            if self._keys(position, case, self._answered(position, stance, other), drawn=True) == before:
                unseen += 1
                either = "/".join(sorted((stance.answer, other)))
                self._note(position, case, either, f"no key would change if the answer were {other}")
        offices = self._other_offices(stance)
        flips += len(offices)
        missed = [
            office
            for office, who in offices.items()
            if self._keys(position, case, {"who": who}, drawn=True) == before
        ]
        if missed:
            self._note(position, case, "who", f"no key would change if it named {' or '.join(missed)}")
        return MutationCounts(stances=1, flips=flips, flips_unseen=unseen + len(missed))

    def _answer(self, position: Position, case: str | None, stance: Stance) -> MutationCounts:
        """Some answer in place of a non-answer puts a situation to somebody, or changes one that is asked.

        Where no course draws such a situation here, another check says so once it is asked.
        """
        before = self._keys(position, case, {}, drawn=False)
        if any(
            self._keys(position, case, change, drawn=False) != before
            for change in self._answers(position, stance)
        ):
            return MutationCounts(stances=1, flips=1)
        self._note(position, case, stance.answer, "no key would change, whatever the answer")
        return MutationCounts(stances=1, flips=1, flips_unseen=1)

    def _note(self, position: Position, case: str | None, what: str, told: str) -> None:
        """Note that a flip shows nowhere. An override names the position, its case and what is flipped."""
        at = f"{position.id if case is None else f'{position.id}[{case}]'} {what}"
        self.findings.add("flip_changes_no_key", self._path(position, case), f"{at}: {told}", at, self.slug)

    def _path(self, position: Position, case: str | None) -> Path:
        path: Path = ("policy", self.slug, "positions", position.id)
        for number, exception in enumerate(self.policy.positions[position.id].exceptions):
            if case in exception.cases:
                return (*path, "except", number)
        return (*path, "default")

    # What is there instead

    def _answered(self, position: Position, stance: Stance, answer: str) -> Change:
        """Another answer on the same clauses; it names whom the policy says to ask, where it has to name somebody."""
        if stance.who is not None or not names_somebody(position, answer):
            return {"answer": answer}
        return {"answer": answer, "who": Who.model_construct(any=self.policy.policy.who_to_ask, all=None)}

    def _answers(self, position: Position, stance: Stance) -> Iterator[Change]:
        """Every answer to a position on what clauses there are, with a channel; and with each office."""
        catalogue = self.content.catalogue
        bearing = stance.clauses or (Citation.model_construct(ref="", part=None),)
        cited = tuple(item.model_copy(update={"force": CitationForce.MUST}) for item in bearing)
        on_it = {"clauses": cited, "how": tuple(channel.id for channel in catalogue.channels[:1])}
        for answer in position.answers:
            yield {**on_it, **self._answered(position, stance, answer)}
        for office in catalogue.offices if position.who is not WhoRule.NONE else ():
            for answer in position.answers:
                who = Who.model_construct(any=(office.id,), all=None)
                yield {**on_it, "answer": answer, "who": who}

    def _other_offices(self, stance: Stance) -> Mapping[str, Who]:
        """Each office for which the policy has words and that the stance, which names some, does not name."""
        if stance.who is None:
            return {}
        return {
            office.id: Who.model_construct(any=(office.id,), all=None)
            for office in self.content.catalogue.offices
            if office.id in self.policy.policy.names and office.id not in stance.offices
        }

    # Keys

    def _keys(self, position: Position, case: str | None, change: Change, *, drawn: bool) -> Keys:
        """The keys of all situations that read a position in a case, with a change to the stance there."""
        policy = _turned(self.policy, position.id, case, change)
        words = policy.policy.model_copy(update={"names": {**self.titles, **policy.policy.names}})
        policy = policy.model_copy(update={"policy": words})
        bank = self.readers.get((position.id, case), ())
        bundle = Bundle.model_construct(catalogue=self.content.catalogue, bank=bank, policy=policy)
        return keys(CompiledBundle(bundle), drawn=drawn)


def keys(compiled: CompiledBundle, *, drawn: bool = False) -> Keys:
    """The key of every situation that is asked: what is right, with its words for people, and who is asked it.

    With `drawn`, of those alone that some course puts to somebody.
    """
    return frozenset(
        (*_key(asked), audience(compiled, cell.scenario, cell.variant))
        for cell in cells(compiled)
        if not drawn or is_drawn(compiled, cell)
        for asked in cell.asked
    )


def _key(asked: Asked) -> tuple[Any, ...]:
    right = asked.right if asked.type is ScenarioType.ORDER else tuple(sorted(asked.right))
    texts = {option.id: option.text for option in asked.options}
    return (asked.scenario, asked.variant, asked.step, right, tuple(texts[option] for option in right))


def _turned(policy: PolicyContent, name: str, case: str | None, change: Change) -> PolicyContent:
    """The policy with something else in its stance on a position in a case."""
    stances = policy.positions[name]
    stance = stances.stance(case)
    fields = {key: getattr(stance, key) for key in Stance.model_fields} | dict(change)
    if case is None:
        turned = Stances.model_construct(default=Stance.model_construct(**fields), exceptions=())
    else:
        exception = CaseStance.model_construct(**fields, cases=(case,))
        turned = Stances.model_construct(default=stances.default, exceptions=(exception, *stances.exceptions))
    return policy.model_copy(update={"positions": {**policy.positions, name: turned}})


# Clauses taken away

_NO_REFS = frozenset({"id", "part", "version", "approved_on", "review_due_on", "fingerprint"})
"""Keys whose text may look like a ref and is none."""
_TWIN = "duplicate_of_"


def _check_removals(findings: Findings, slug: str) -> MutationCounts:
    """Each clause that anything cites is missed by the check of policies once it is taken away."""
    policy = findings.content.policies[slug]
    cited = set(_texts_within(policy.model_dump(exclude={"clauses"})))
    for clause in policy.clauses:
        cited |= {clause.parent or "", *_twins(clause.not_quizable)}
        cited |= {ref for part in clause.parts for ref in _twins(part.not_quizable)}
    before = _errors_of(findings.content, slug, policy)
    removed = unseen = 0
    for number, clause in enumerate(policy.clauses):
        if clause.ref not in cited:
            continue
        removed += 1
        left = tuple(other for other in policy.clauses if other.ref != clause.ref)
        if _errors_of(findings.content, slug, policy.model_copy(update={"clauses": left})) <= before:
            unseen += 1
            path: Path = ("policy", slug, "clauses", number)
            sentence = f"clause {clause.ref} is cited, and the check would not miss it"
            findings.add("removal_changes_nothing", path, sentence, clause.ref, slug)
    return MutationCounts(clauses=removed, clauses_unseen=unseen)


def _twins(reason: str | None) -> Sequence[str]:
    return [reason.removeprefix(_TWIN)] if reason and reason.startswith(_TWIN) else []


def _texts_within(value: Any) -> Iterator[str]:
    """Every text that may be a ref."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _NO_REFS:
                yield from _texts_within(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts_within(item)


def _errors_of(content: Content, slug: str, policy: PolicyContent) -> set[tuple[str, str, str]]:
    found = Findings(replace(content, policies={slug: policy}))
    check_policies(found)
    return {(item.code, item.at, item.sentence) for item in found.found if item.level is Level.ERROR}
