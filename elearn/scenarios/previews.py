"""To whom a situation is put, and why not to somebody else. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from elearn.people.rules import JobGroup, PersonKind, is_for_work
from elearn.scenarios.asked import Asked, NotAsked
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.grids import case_words
from elearn.scenarios.policy_content import Course
from elearn.scenarios.rules import CompiledBundle, resolve
from elearn.scenarios.vocabulary import EVERYONE


def reasons_not_put(
    compiled: CompiledBundle, scenario_id: str, variant: int, kind: PersonKind, group: JobGroup
) -> tuple[str, ...]:
    """Why somebody of this kind in this job group is not put this telling, a sentence each; none where they are.

    Says what `is_put_to` decides, and besides whether a course draws it for them. Raises as `resolve` does.
    """
    result = resolve(compiled, scenario_id, variant)
    if isinstance(result, NotAsked):
        return (f"Nobody here is asked it: {result.reason}",)
    reasons = [
        *_not_bound(compiled, scenario_id, variant, kind),
        *_not_for(compiled, scenario_id, variant, group),
    ]
    topic = compiled.scenarios[scenario_id].topic
    if not any(draws_for(course, topic, kind, group) for course in compiled.bundle.policy.courses):
        reasons.append("No course that draws on this topic is for them")
    return tuple(reasons)


def draws_for(course: Course, topic: str, kind: PersonKind, group: JobGroup) -> bool:
    """Whether a course draws on a topic for somebody of this kind in this job group."""
    in_kinds = course.kinds == EVERYONE or kind in course.kinds
    return in_kinds and is_for_work(course.job_groups, group) and topic in course.topics


def tellings(compiled: CompiledBundle, scenario: Scenario) -> list[str]:
    """Each telling's number with its case and its own words, so that one can be told from another."""
    found = []
    for number, telling in enumerate(scenario.variants, start=1):
        words = [case_words(compiled, scenario, telling.case), *list(telling.words.values())[:2]]
        told = ", ".join(word for word in words if word)
        found.append(f"{number}: {told}" if told else f"{number}")
    return found


def steps_asked(compiled: CompiledBundle, scenario: Scenario, variant: int) -> list[Asked]:
    """The steps that this organisation is asked; none where it is not asked the situation."""
    if isinstance(resolve(compiled, scenario.id, variant), NotAsked):
        return []
    results = [resolve(compiled, scenario.id, variant, step.id) for step in scenario.situations]
    return [result for result in results if isinstance(result, Asked)]


def _not_bound(compiled: CompiledBundle, scenario_id: str, variant: int, kind: PersonKind) -> Iterable[str]:
    if compiled.bundle.policy.policy.covers.get(kind, "silent") == "silent":
        yield "The policy does not say that it covers them"
    told = set()
    for step in compiled.situations[scenario_id]:
        result = resolve(compiled, scenario_id, variant, step)
        for used in () if isinstance(result, NotAsked) else result.used:
            stance = compiled.stance(used.position, used.case)
            if stance is not None and stance.binds is not None and kind not in stance.binds:
                told.add(
                    f"The rule on “{compiled.positions[used.position].question}” binds only {_listed(stance.binds)}"
                )
    yield from sorted(told)


def _not_for(compiled: CompiledBundle, scenario_id: str, variant: int, group: JobGroup) -> Iterable[str]:
    scenario = compiled.scenarios[scenario_id]
    groups = scenario.variants[variant].job_groups
    if not is_for_work(scenario.job_groups, group):
        yield f"The situation is for other kinds of work: {_listed(scenario.job_groups)}"
    if groups is not None and not is_for_work(groups, group):
        yield f"This telling is for other kinds of work: {_listed(groups)}"


def _listed(words: Iterable[PersonKind | JobGroup | str]) -> str:
    return ", ".join(str(word).replace("_", " ") for word in words)
