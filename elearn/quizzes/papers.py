"""Papers drawn again from their seed and their content, and held against what was stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from elearn.clock import local_day
from elearn.courses.service import ACCOUNT_HOLDER, get_course
from elearn.db import canonical_json, db
from elearn.errors import NotFound
from elearn.people.placements import list_posts
from elearn.people.rules import JobGroup, PersonKind, placements_on
from elearn.people.service import get_person
from elearn.quizzes import rules
from elearn.quizzes.models import Attempt, AttemptResult, answers_of
from elearn.quizzes.service import AttemptView, Learner, drawer_for, rounds_of, seen_in
from elearn.scenarios.asked import Asked
from elearn.scenarios.rules import CompiledBundle, resolve
from elearn.scenarios.service import bundle_sha256_of, get_bundle, recomputed_sha256
from elearn.scenarios.vocabulary import ScenarioType


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A paper as its seed and its content give it, and in what the stored one differs: in nothing, as a rule."""

    paper: dict[str, Any]
    differences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The paper as canonical JSON: one paper, one text."""
        return canonical_json(self.paper)

    @property
    def sha256(self) -> str:
        """The SHA-256 of that text in UTF-8."""
        return sha256(self.text.encode("utf-8")).hexdigest()


def redraw(attempt_id: UUID) -> Redrawn:
    """Draw an attempt's paper again and compare it with what is stored. Raises NotFound."""
    row = db.session.get(Attempt, attempt_id)
    if row is None:
        raise NotFound(f"there is no attempt {attempt_id}")
    course = get_course(row.course_id)
    attempts = [attempt for attempt, _ in rounds_of(course, row.person_id)]
    this = next(attempt for attempt in attempts if attempt.id == attempt_id)
    earlier = [attempt for attempt in attempts if attempt.number < this.number]
    missed = None if this.round == 1 else _missed(earlier[-1].id)
    drawn_by = row.paper["drawn_by"] if isinstance(row.paper, dict) else 1
    learner = _learner(row, this, account_holder=course.key == ACCOUNT_HOLDER)
    compiled = get_bundle(this.bundle_id)
    drawer = drawer_for(compiled, course.rules, learner, seen=seen_in(earlier), missed=missed)
    items = drawer.draw(this.seed, drawn_by)
    paper = {
        "attempt": str(attempt_id),
        "course": course.key,
        "round": this.round,
        "seed": this.seed,
        "drawn_by": drawn_by,
        "content": bundle_sha256_of(this.bundle_id),
        "situations": [_situation(compiled, this.seed, *numbered) for numbered in enumerate(items, start=1)],
    }
    return Redrawn(paper, tuple(_differences(this, items, paper)))


def _missed(attempt_id: UUID) -> Sequence[str]:
    found = db.session.scalar(
        select(AttemptResult.missed_topics).where(AttemptResult.attempt_id == attempt_id)
    )
    return tuple(found or ())


def _learner(row: Attempt, attempt: AttemptView, *, account_holder: bool) -> Learner:
    """For whom it was drawn: as stored with it or, with the first papers, by their posts on that day."""
    if isinstance(row.paper, dict):
        kinds = frozenset(PersonKind(kind) for kind in row.paper["kinds"])
        return Learner(row.person_id, kinds, frozenset(row.paper["job_groups"]))
    posts = placements_on(list_posts(get_person(row.person_id)), local_day(attempt.started_at))
    groups = {post.job_group.value for post in posts}
    groups |= {JobGroup.ACCOUNT_HOLDER.value} if account_holder else set()
    return Learner(row.person_id, frozenset(post.kind for post in posts), frozenset(groups))


def _situation(compiled: CompiledBundle, seed: str, number: int, item: rules.PaperItem) -> dict[str, Any]:
    """One situation with all that its reader may come to see, options in the order of this paper."""
    scenario = compiled.scenarios[item.scenario]
    steps = [resolve(compiled, item.scenario, item.variant, step.id) for step in scenario.situations]
    return {
        "number": number,
        "scenario": item.scenario,
        "variant": item.variant,
        "topic": item.topic,
        "difficulty": scenario.difficulty.value,
        "steps": [_step(asked, seed, number) for asked in steps if isinstance(asked, Asked)],
    }


def _step(asked: Asked, seed: str, number: int) -> dict[str, Any]:
    texts = {option.id: option.text for option in asked.options}
    order = rules.option_order(seed, number, asked.step, list(texts), fixed=asked.type is ScenarioType.MARK)
    artefact = asked.artefact
    return {
        "step": asked.step,
        "type": asked.type.value,
        "story": asked.story,
        "shows": artefact and artefact.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "ask": asked.ask,
        "options": [{"id": option, "text": texts[option]} for option in order],
        "cell_hash": asked.cell_hash,
    }


def _differences(attempt: AttemptView, items: Sequence[rules.PaperItem], paper: dict[str, Any]) -> list[str]:
    """What of the stored rows is not as it is drawn again, a sentence each."""
    found = []
    if recomputed_sha256(attempt.bundle_id) != paper["content"]:
        found.append("The stored content is not what its hash says")
    for number, (stored, drawn) in enumerate(zip(attempt.paper, items, strict=False), start=1):
        if stored != drawn:
            told = f"{_telling(stored)} is stored, {_telling(drawn)} is drawn"
            found.append(f"Situation {number}: {told}")
    if len(attempt.paper) != len(items):
        found.append(f"{len(attempt.paper)} situations are stored, {len(items)} are drawn")
    shown = {(s["number"], step["step"]): step for s in paper["situations"] for step in s["steps"]}
    for answer in answers_of([attempt.id])[attempt.id]:
        where = (answer["number"], answer["step"])
        step = shown.get(where)
        order = step and [option["id"] for option in step["options"]]
        if step is None or answer["order_shown"] != order or answer["cell_hash"] != step["cell_hash"]:
            found.append(f"Situation {where[0]}: the answer stored was given to another question")
    return found


def _telling(item: rules.PaperItem) -> str:
    return f"{item.scenario}, telling {item.variant + 1},"
