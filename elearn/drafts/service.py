"""An organisation's draft: what is proposed for its last text, what its people decided, what that amounts to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from elearn.db import canonical_json, db, transaction
from elearn.drafts.assembling import (
    STATEMENT,
    About,
    Decisions,
    RuleText,
    all_stances,
    assemble,
    rules_to_choose,
)
from elearn.drafts.carrying import Carried, ClauseChange, Comparison, carry, compare
from elearn.drafts.models import ContentDecision
from elearn.drafts.naming import propose_covers, propose_names
from elearn.drafts.passages import SourceClause
from elearn.drafts.proposing import Proposal, propose_positions
from elearn.errors import InvalidInput, NotFound
from elearn.kept import Kept
from elearn.ledger.service import record
from elearn.people.organisations import OrganisationView
from elearn.people.rules import PersonKind
from elearn.policies.service import VersionView, list_clauses, list_versions
from elearn.scenarios.asked import Cell, NotAsked, Why
from elearn.scenarios.bundles import frozen
from elearn.scenarios.changes import CellChange, cell_changes
from elearn.scenarios.checking import CheckReport, check_content, drops_out
from elearn.scenarios.content import Bundle, Content, Position, Topic
from elearn.scenarios.findings import Finding
from elearn.scenarios.installed import installed_content
from elearn.scenarios.policy_content import Citation, ClausePart, Stances
from elearn.scenarios.proposals import ProposalView, propose_content
from elearn.scenarios.rules import CompiledBundle, cells
from elearn.scenarios.service import find_latest_bundle
from elearn.scenarios.vocabulary import NonAnswer

POSITION, COVERS, NAMES, KEY_RULES, SIGNING = "position:", "covers", "names", "key_rules", "signing"
PARTS = (COVERS, NAMES, KEY_RULES, SIGNING)
SPLIT, RULE_TEXT = "split:", "rule:"


@dataclass(frozen=True, slots=True)
class Proposals:
    """What is proposed for one text."""

    positions: Mapping[str, Proposal]
    covers: Mapping[PersonKind, tuple[str, ...]]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What was decided for the text before this one: from which version, how the two differ, what stands.

    `standing` are the decisions that count without anybody having confirmed them for this text.
    """

    version: VersionView
    comparison: Comparison
    decisions: Carried
    standing: frozenset[str]


@dataclass(frozen=True)
class Draft:
    """One text with all that is proposed and decided about it."""

    organisation: OrganisationView
    version: VersionView
    content: Content
    clauses: tuple[SourceClause, ...]
    proposals: Proposals
    values: Mapping[str, Any]
    """What is decided: for this text, and for the one before as far as it stands."""
    carried: CarriedOver | None = None

    @cached_property
    def decided(self) -> Decisions:
        """The decisions, as the content has them."""
        signing = self.values.get(SIGNING, {})
        return Decisions(
            positions={
                position.id: stances_from(self.values[POSITION + position.id])
                for position in self.content.catalogue.positions
                if POSITION + position.id in self.values
            },
            covers={
                PersonKind(kind): told if isinstance(told, str) else tuple(told)
                for kind, told in self.values.get(COVERS, {}).items()
            },
            names=self.values.get(NAMES, {}),
            key_rules=tuple(self.values.get(KEY_RULES, ())),
            statement=signing.get("statement", ""),
            who_to_ask=tuple(signing.get("who_to_ask", ())),
            parts={
                value["ref"]: tuple(ClausePart.model_validate(part) for part in value["parts"])
                for about, value in self.values.items()
                if about.startswith(SPLIT) and value["parts"]
            },
            rule_texts={
                about.removeprefix(RULE_TEXT): RuleText(value["title"], value["why"])
                for about, value in self.values.items()
                if about.startswith(RULE_TEXT)
            },
        )

    @property
    def undecided(self) -> list[Position]:
        """Positions that nobody has decided yet, in the catalogue's order."""
        return [p for p in self.content.catalogue.positions if p.id not in self.decided.positions]

    def earlier(self, position_id: str) -> Stances | None:
        """What was answered for the text before this one, where it is asked again and a clause of it is still there."""
        found = self.carried.decisions.earlier.get(POSITION + position_id) if self.carried else None
        if found is None:
            return None
        refs = {clause.ref for clause in self.clauses}
        stances = stances_from(found)
        cited = {citation.ref for stance in all_stances(stances) for citation in stance.clauses}
        return stances if cited <= refs else None

    def reasons_again(self, position_id: str) -> list[ClauseChange]:
        """Why it is asked again: clauses that changed, are gone, or are new and speak of it."""
        if self.carried is None or POSITION + position_id in self.values:
            return []
        refs = self.carried.decisions.asked_again.get(POSITION + position_id, ())
        comparison = self.carried.comparison
        return [
            change
            for change in (*comparison.changed, *comparison.gone, *comparison.added)
            if change.ref in refs
        ]

    def depending_on(self, ref: str) -> list[Position]:
        """The questions that are asked again because of a clause that changed, is gone or is new."""
        again = self.carried.decisions.asked_again if self.carried else {}
        return [p for p in self.content.catalogue.positions if ref in again.get(POSITION + p.id, ())]

    def is_kept(self, position_id: str) -> bool:
        """Whether its answer stands from the text before, without anybody having confirmed it for this one."""
        return self.carried is not None and POSITION + position_id in self.carried.standing

    def is_done(self, part: str) -> bool:
        """Whether covers, names, key rules or signing are decided."""
        return part in self.values

    @property
    def is_complete(self) -> bool:
        """Whether everything is decided."""
        return not self.undecided and all(self.is_done(part) for part in PARTS)

    def topic(self, topic_id: str) -> Topic:
        """A topic of the catalogue. Raises NotFound."""
        found = next((topic for topic in self.content.catalogue.topics if topic.id == topic_id), None)
        if found is None:
            raise NotFound("no such topic")
        return found

    def positions_of(self, topic_id: str) -> list[Position]:
        """The positions of a topic."""
        return [p for p in self.content.catalogue.positions if p.topic == topic_id]

    def proposal(self, position_id: str) -> Proposal:
        """What is proposed for a position. Raises NotFound."""
        if position_id not in self.proposals.positions:
            raise NotFound("no such position")
        return self.proposals.positions[position_id]

    def is_plain(self, position: Position) -> bool:
        """Whether its answer may be confirmed beside others on one page.

        Never in a topic that must be right, nor where it was answered before and is asked again.
        """
        if self.topic(position.topic).must_get_right or not self.proposal(position.id).is_plain:
            return False
        return self.earlier(position.id) is None and not self.reasons_again(position.id)

    def text_of(self, ref: str) -> str:
        """A clause's text, or nothing."""
        return next((clause.text for clause in self.clauses if clause.ref == ref), "")

    def citable(self, ref: str) -> tuple[str, ...]:
        """How a clause may be cited: as a whole, or by each of its parts where it has been split."""
        parts = self.decided.parts.get(ref, ())
        return tuple(f"{ref}{_OF_PART}{part.part}" for part in parts) or (ref,)

    def cited(self, value: str) -> tuple[str, str | None]:
        """The clause, and the part of it, that a citation names."""
        ref, _, part = value.rpartition(_OF_PART)
        return (ref, part) if ref in self.decided.parts else (value, None)

    def words_of(self, value: str) -> str:
        """What a clause says, or a part of one."""
        ref, part = self.cited(value)
        found = next((item for item in self.decided.parts.get(ref, ()) if item.part == part), None)
        return found.summary if found else self.text_of(ref)

    def resting_on(self, ref: str) -> list[tuple[Position, str | None]]:
        """The decided questions that cite a clause, each with the part of it that it names."""
        found = {
            (position.id, citation.part): (position, citation.part)
            for position in self.content.catalogue.positions
            for stance in all_stances(self.decided.positions.get(position.id, Stances()))
            for citation in stance.clauses
            if citation.ref == ref
        }
        return list(found.values())

    def bundle(self) -> Bundle:
        """The content as far as it is decided."""
        about = About(
            self.organisation.slug,
            self.organisation.name,
            self.organisation.short_name,
            self.version.title,
            self.version.version,
            self.version.dated,
            self.version.review_due,
        )
        catalogue, bank = self.content.catalogue, self.content.bank
        return assemble(catalogue, bank, self.clauses, about, self.decided)

    @property
    def digest(self) -> str:
        """Changes with every decision, text and file."""
        text = canonical_json([str(self.version.id), installed_content().stamp, dict(self.values)])
        return sha256(text.encode()).hexdigest()


_OF_PART = " part "


def cited_as(citation: Citation) -> str:
    """A citation as it is written: a clause, or `6.1 part 2`."""
    return citation.ref if citation.part is None else f"{citation.ref}{_OF_PART}{citation.part}"


def split_values(draft: Draft, ref: str, parts: list[dict[str, str]]) -> dict[str, Any]:
    """What is decided by splitting a clause. Raises InvalidInput where an answer rests on a part that would be gone."""
    numbers = {part["part"] for part in parts}
    lost = [(question, part) for question, part in draft.resting_on(ref) if part and part not in numbers]
    if lost:
        question, part = lost[0]
        raise InvalidInput(f"says_{part}: an answer rests on this part. Change it first: {question.question}")
    return {_split_about(ref): {"ref": ref, "parts": parts}}


def _split_about(ref: str) -> str:
    """Short enough for any reference."""
    return SPLIT + sha256(ref.encode()).hexdigest()[:16]


def stances_from(value: Mapping[str, Any]) -> Stances:
    """A position's stances as stored."""
    return Stances.model_validate(frozen(value))


def stances_to_json(stances: Stances) -> dict[str, Any]:
    """A position's stances as they are stored."""
    return stances.model_dump(mode="json", by_alias=True, exclude_defaults=True)


_proposals: Kept[tuple[tuple[SourceClause, ...], str], Proposals] = Kept(10)
"""By the clauses and the stamp of the installed content: the same text has the same proposals, whoever imports it."""
_compiled: Kept[str, CompiledBundle] = Kept(5)
_cells: Kept[str, tuple[Cell, ...]] = Kept(5)
_reports: Kept[str, CheckReport] = Kept(5)


def find_draft(organisation: OrganisationView) -> Draft | None:
    """The draft for the text that was imported last; None without a text.

    Raises InvalidInput where the content that came with the installation cannot be read.
    """
    versions = list_versions(organisation.id)
    if not versions:
        return None
    installed = installed_content()
    if installed.content is None:
        raise InvalidInput(list(installed.problems))
    return _draft_of(organisation, installed.content, installed.stamp, versions)


def _draft_of(
    organisation: OrganisationView, content: Content, stamp: str, versions: Sequence[VersionView]
) -> Draft:
    """The draft for the first of the versions, the newest, with what stands of the decisions about those before."""
    version = versions[0]
    clauses = tuple(
        SourceClause(clause.ref, clause.parent, clause.heading, clause.text, clause.force)
        for clause in list_clauses(version.id)
    )

    def propose() -> Proposals:
        return Proposals(
            propose_positions(content.catalogue, clauses),
            propose_covers(content.catalogue, clauses),
            propose_names(content.catalogue, clauses),
        )

    proposals = _proposals.get((clauses, stamp), propose)
    own = _values(version.id)
    if not any(_values(earlier.id) for earlier in versions[1:]):
        return Draft(organisation, version, content, clauses, proposals, own)
    before = _draft_of(organisation, content, stamp, versions[1:])
    comparison = compare(before.clauses, clauses)
    decisions = carry(
        before.values, comparison, proposals.positions, position=POSITION, covers=COVERS, split=SPLIT
    )
    kept = {
        _split_about(value["ref"]) if about.startswith(SPLIT) else about: value
        for about, value in decisions.values.items()
    }
    carried = CarriedOver(before.version, comparison, decisions, frozenset(kept) - frozenset(own))
    return Draft(organisation, version, content, clauses, proposals, kept | own, carried)


def get_draft(organisation: OrganisationView) -> Draft:
    """The draft for the text that was imported last. Raises NotFound without a text."""
    draft = find_draft(organisation)
    if draft is None:
        raise NotFound("no policy text is imported")
    return draft


def _values(version_id: UUID) -> dict[str, Any]:
    rows = db.session.execute(
        select(ContentDecision.about, ContentDecision.value)
        .where(ContentDecision.version_id == version_id)
        .order_by(ContentDecision.recorded_at)
    )
    return {row.about: row.value for row in rows}


def authors_of(organisation_id: UUID) -> frozenset[UUID]:
    """Who has decided anything about an organisation's content on the pages, for any of its texts."""
    found = (
        select(ContentDecision.decided_by_id)
        .where(ContentDecision.organisation_id == organisation_id)
        .distinct()
    )
    return frozenset(db.session.scalars(found))


def decide(draft: Draft, values: Mapping[str, Any], *, decided_by_id: UUID, at: datetime) -> None:
    """Store what somebody decided, each by what it is about. What was decided just so before stores nothing."""
    with transaction():
        known = _values(draft.version.id)
        for about, value in values.items():
            if about in known and canonical_json(known[about]) == canonical_json(value):
                continue
            record(
                ContentDecision(
                    organisation_id=draft.organisation.id,
                    recorded_at=at,
                    version_id=draft.version.id,
                    about=about,
                    value=value,
                    decided_by_id=decided_by_id,
                )
            )


def as_proposed(draft: Draft) -> Draft:
    """The draft as it would be if every proposal still open were confirmed as it stands."""
    proposals = draft.proposals
    positions = {name: proposal.stances for name, proposal in proposals.positions.items()}
    positions |= {name: found for name in positions if (found := draft.earlier(name)) is not None}
    positions |= draft.decided.positions
    chosen = rules_to_choose(draft.content.catalogue, positions)[:8]
    asked = all_stances(positions["policy_question"]) if "policy_question" in positions else []
    whom = [office for stance in asked for office in stance.offices] or ["line_manager"]
    values = {
        COVERS: {kind.value: list(refs) or NonAnswer.SILENT.value for kind, refs in proposals.covers.items()},
        NAMES: dict(proposals.names) or {"head": "the head"},
        KEY_RULES: chosen,
        SIGNING: {"statement": STATEMENT, "who_to_ask": list(dict.fromkeys(whom))},
    } | {POSITION + name: stances_to_json(stances) for name, stances in positions.items()}
    return replace(draft, values=values | dict(draft.values))


def marked_as_proposed(draft: Draft) -> Bundle:
    """The content as proposed, with a mark on whatever nobody has confirmed, which the check refuses.

    What is said of clauses, courses and the gate follows from the answers: it is confirmed once everything else is.
    """
    bundle = as_proposed(draft).bundle()
    content = bundle.policy
    open_ = {position.id for position in draft.undecided}
    mark = {"proposed": True}
    whole = not all(draft.is_done(part) for part in (COVERS, NAMES, SIGNING))
    rules = {} if draft.is_done(KEY_RULES) else mark
    rest = {} if draft.is_complete else mark
    split = draft.decided.parts
    return bundle.model_copy(
        update={
            "policy": content.model_copy(
                update={
                    "policy": content.policy.model_copy(update=mark if whole else {}),
                    "positions": {
                        name: _marked(stances) if name in open_ else stances
                        for name, stances in content.positions.items()
                    },
                    "key_rules": tuple(rule.model_copy(update=rules) for rule in content.key_rules),
                    "clauses": tuple(
                        clause if clause.ref in split else clause.model_copy(update=rest)
                        for clause in content.clauses
                    ),
                    "courses": tuple(course.model_copy(update=rest) for course in content.courses),
                    "access": content.access.model_copy(update=rest),
                }
            )
        }
    )


def _marked(stances: Stances) -> Stances:
    default = stances.default and stances.default.model_copy(update={"proposed": True})
    exceptions = tuple(stance.model_copy(update={"proposed": True}) for stance in stances.exceptions)
    return stances.model_copy(update={"default": default, "exceptions": exceptions})


def compiled_of(draft: Draft) -> CompiledBundle:
    """The draft's content, compiled."""
    return _compiled.get(draft.digest, lambda: CompiledBundle(draft.bundle()))


def cells_of(draft: Draft) -> tuple[Cell, ...]:
    """Every situation and telling as the draft would have it."""
    return _cells.get(draft.digest, lambda: tuple(cells(compiled_of(draft))))


def changes_of(draft: Draft, position_id: str, stances: Stances) -> list[CellChange]:
    """What another answer to a position would change."""
    value = stances_to_json(stances)
    after = replace(draft, values={**draft.values, POSITION + position_id: value})
    return cell_changes(cells_of(draft), cells_of(after), draft.content.bank)


def report_of(draft: Draft) -> CheckReport:
    """What the checks of all content say about the draft, against the imported text too."""

    def check() -> CheckReport:
        slug = draft.organisation.slug
        content = replace(draft.content, policies={slug: draft.bundle().policy}, places={}, is_whole=False)
        return check_content(content, {slug: {clause.ref: clause.text for clause in draft.clauses}})

    return _reports.get(draft.digest, check)


def obstacles_of(draft: Draft) -> list[Finding]:
    """The errors that keep the draft from being proposed.

    An error of a single situation is none: it is not asked here, or reads wrongly, and `faulty_of` lists it.
    """
    scenarios = {scenario.id for scenario in draft.content.bank}
    return [found for found in report_of(draft).errors if found.at not in scenarios]


def faulty_of(draft: Draft) -> list[Finding]:
    """The errors of single situations that are asked all the same. Those that drop out are `lost_of`."""
    scenarios = {scenario.id for scenario in draft.content.bank}
    return [found for found in report_of(draft).errors if found.at in scenarios and not drops_out(found)]


@dataclass(frozen=True, slots=True)
class Lost:
    """A situation that the answers ask for, of which a telling is not asked: what is missing, and in which answer."""

    scenario: str
    missing: str
    position: str | None


_MISSING = {"who": "whom", "how": "which way", "must": "how strongly"}
_LOST: Mapping[Why, str] = {
    Why.UNFILLED: "A word that it shows is missing",
    Why.TOO_FEW: "Too few options are left",
    Why.RIGHT_NOT_OFFERED: "The right option is not among those offered",
    Why.NO_CLAUSE: "No clause carries the right option",
}


def lost_of(draft: Draft) -> list[Lost]:
    """The situations that drop out, each once for every reason, in the order of the bank."""
    found = [
        _lost(cell.scenario, result)
        for cell in cells_of(draft)
        for _, result in cell.steps
        if isinstance(result, NotAsked) and result.why in _LOST
    ]
    return list(dict.fromkeys(found))


def _lost(scenario: str, result: NotAsked) -> Lost:
    name, _, what = result.reason.partition("}")[0].removeprefix("{").partition(".")
    used = {used.name: used.position for used in result.used}
    if result.why is Why.UNFILLED and name in used and what in _MISSING:
        return Lost(scenario, f"The answer does not say {_MISSING[what]}", used[name])
    return Lost(scenario, _LOST[result.why], None)


def _left_to_do(draft: Draft) -> list[str]:
    """How much keeps a draft from being proposed, in a line or two. Open steps come first: they mend most of it."""
    questions, steps = len(draft.undecided), sum(not draft.is_done(part) for part in PARTS)
    told = []
    if questions:
        told.append(f"{questions} {'question is' if questions == 1 else 'questions are'} not decided")
    if steps:
        kind = "other step" if questions else "step"
        told.append(f"{steps} {kind} is open" if steps == 1 else f"{steps} {kind}s are open")
    if told:
        return told
    found = len(obstacles_of(draft))
    return [f"{found} thing is in the way" if found == 1 else f"{found} things are in the way"]


def propose(draft: Draft, *, note: str, proposed_by_id: UUID, at: datetime) -> ProposalView:
    """Propose the draft for use. Raises InvalidInput with how much is still missing; the review lists it."""
    if obstacles_of(draft):
        raise InvalidInput(_left_to_do(draft))
    return propose_content(
        draft.organisation.id,
        find_latest_bundle(draft.organisation.id),
        draft.bundle(),
        note=note,
        proposed_by_id=proposed_by_id,
        at=at,
    )
