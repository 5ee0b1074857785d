"""Checks of how the bank is written: design.md, section 4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import ceil

from elearn.scenarios.asked import Asked, Cell
from elearn.scenarios.bank_content import Option, Scenario, Step
from elearn.scenarios.checking_bank import step_path
from elearn.scenarios.content import Path
from elearn.scenarios.findings import Findings
from elearn.scenarios.readability import grade, words
from elearn.scenarios.rules import CompiledBundle, resolve
from elearn.scenarios.slots import SLOT, texts_of
from elearn.scenarios.vocabulary import ScenarioType

STORY_WORDS = (60, 90)
STORY_WORDS_TOLERATED = (45, 110)
HIGHEST_GRADE = 8
HIGHEST_OPTION_GRADE = 10
OURS = "model"
"""The policy whose names of offices are ours, so that they too have to be easy to read."""
EASY_OFFICE = "the head"
SHINGLE = 5
"""So many words in a row make an overlap."""

_ALL_OR_NONE = re.compile(
    r"\b(all|none|both|neither|any) of (the above|these|the others|them all)\b|\b(a and b|b and c)\b", re.I
)
_ABSOLUTE = re.compile(r"\b(always|never|only)\b", re.I)
_NEGATIVE = re.compile(r"\b(not|never|except|cannot|least|incorrect|wrong)\b|n['’]t\b", re.I)
_COMMON = frozenset(
    [
        "about",
        "after",
        "again",
        "before",
        "being",
        "could",
        "every",
        "first",
        "from",
        "going",
        "have",
        "just",
        "know",
        "more",
        "much",
        "need",
        "other",
        "over",
        "people",
        "school",
        "should",
        "some",
        "someone",
        "something",
        "still",
        "than",
        "that",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "this",
        "those",
        "today",
        "very",
        "want",
        "week",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "will",
        "with",
        "would",
        "your",
        "yours",
    ]
)
_CLUE_WORDS = 3


def check_writing(findings: Findings, cells: Mapping[str, Sequence[Cell]]) -> list[tuple[str, str]]:
    """Every scenario of the bank, as told to those of the cells (by slug) too.

    Answers the pairs of scenarios that are near-duplicates.
    """
    told: dict[tuple[str, str], list[tuple[str, Asked]]] = {}
    for slug, found in cells.items():
        for asked in (asked for cell in found for asked in cell.asked):
            told.setdefault((asked.scenario, asked.step), []).append((slug, asked))
    for scenario in findings.content.bank:
        _check_scenario(findings, scenario, told)
    _check_options_told(findings, told)
    _check_trust_names(findings)
    return _check_near_duplicates(findings)


def _check_scenario(
    findings: Findings, scenario: Scenario, told: Mapping[tuple[str, str], Sequence[tuple[str, Asked]]]
) -> None:
    for number, step in enumerate(scenario.situations):
        path = step_path(scenario, step.id)
        here = told.get((scenario.id, step.id), ())
        _check_length(findings, scenario, step, path, here, is_first=number == 0)
        _check_grade(findings, scenario, step, path)
        if _NEGATIVE.search(step.ask):
            sentence = f"the question asks for a negative: {step.ask}"
            findings.add("negative_stem", (*path, "ask"), sentence, scenario.id)
        for option_number, option in enumerate(step.options):
            if _ALL_OR_NONE.search(option.text):
                sentence = f"option {option.id} sums up others: {option.text}"
                findings.add("all_of_the_above", (*path, "options", option_number), sentence, scenario.id)
        if scenario.type is not ScenarioType.MARK:
            _check_absolutes(findings, scenario, step, path)
        if scenario.type in {ScenarioType.CHOOSE, ScenarioType.BRANCH}:
            _check_stem_words(findings, scenario, step, path)


def _check_length(
    findings: Findings,
    scenario: Scenario,
    step: Step,
    path: Path,
    told: Sequence[tuple[str, Asked]],
    *,
    is_first: bool,
) -> None:
    """The story of a scenario, and of the first step of a branch; later steps go on briefly.

    It is counted as told under each policy, and as written where nobody is asked it.
    """
    below: Path = (*path, "story")
    count = len(_plain(step.story).split())
    least, most = STORY_WORDS_TOLERATED
    if count > most or (is_first and count < least):
        findings.add("story_far_off", below, f"the story has {count} words", scenario.id)
    elif is_first:
        counts: dict[str, list[int]] = {} if told else {"": [count]}
        for slug, asked in told:
            counts.setdefault(slug, []).append(len(asked.story.split()))
        for slug, found in counts.items():
            worst = max(found, key=_words_off)
            if _words_off(worst) > 0:
                findings.add("story_length", below, f"the story has {worst} words", scenario.id, slug)


def _words_off(count: int) -> int:
    """By how many words a story is too long or too short; not above 0 where it is neither."""
    least, most = STORY_WORDS
    return max(least - count, count - most)


def _check_grade(findings: Findings, scenario: Scenario, step: Step, path: Path) -> None:
    text = "\n".join(
        _plain(part) for part in (step.story, step.ask, *(option.text for option in step.options))
    )
    found = grade(text)
    if found > HIGHEST_GRADE:
        sentence = f"story and options read at grade {ceil(found)}"
        findings.add("reading_age", (*path, "story"), sentence, scenario.id)


def _check_options_told(
    findings: Findings, told: Mapping[tuple[str, str], Sequence[tuple[str, Asked]]]
) -> None:
    """Each option by itself. What a trust calls its offices is its own, and counts as two short words."""
    steps = {
        (scenario.id, step.id): (step_path(scenario, step.id), step.options)
        for scenario in findings.content.bank
        for step in scenario.situations
    }
    grades: dict[str, Fraction] = {}
    easy: dict[str, CompiledBundle] = {}
    for key, tellings in told.items():
        path, options = steps[key]
        for slug, asked in tellings:
            for option in asked.options:
                if option.text not in grades:
                    grades[option.text] = grade(option.text)
                found = grades[option.text]
                if found > HIGHEST_OPTION_GRADE and slug != OURS:
                    if slug not in easy:
                        easy[slug] = _with_easy_offices(CompiledBundle(findings.content.bundle(slug)))
                    found = grade(_told_by(easy[slug], asked, option.id))
                if found > HIGHEST_OPTION_GRADE:
                    sentence = f"option {option.id} reads at grade {ceil(found)}"
                    below = _option_path(path, options, option.id)
                    findings.add("reading_age", below, sentence, asked.scenario, slug)


def _with_easy_offices(compiled: CompiledBundle) -> CompiledBundle:
    """The same content of an organisation, where every office has one short name."""
    bundle = compiled.bundle
    offices = {office.id for office in bundle.catalogue.offices}
    policy = bundle.policy.policy
    names = {name: EASY_OFFICE if name in offices else told for name, told in policy.names.items()}
    renamed = bundle.policy.model_copy(update={"policy": policy.model_copy(update={"names": names})})
    return CompiledBundle(bundle.model_copy(update={"policy": renamed}))


def _told_by(compiled: CompiledBundle, asked: Asked, option_id: str) -> str:
    """The text of one option of the same telling in other content."""
    found = resolve(compiled, asked.scenario, asked.variant, asked.step)
    options = found.options if isinstance(found, Asked) else ()
    return next((option.text for option in options if option.id == option_id), "")


def _check_absolutes(findings: Findings, scenario: Scenario, step: Step, path: Path) -> None:
    """An absolute word that some options have and others do not tells them apart."""
    having = [number for number, option in enumerate(step.options) if _ABSOLUTE.search(option.text)]
    if len(having) == len(step.options):
        return
    for number in having:
        option = step.options[number]
        word = _ABSOLUTE.search(option.text)
        sentence = f"option {option.id} says {word[0].lower() if word else ''}"
        findings.add("absolute_word", (*path, "options", number), sentence, scenario.id)


def _check_stem_words(findings: Findings, scenario: Scenario, step: Step, path: Path) -> None:
    """A right option that takes three more words from the story than any other option gives itself away."""
    stem = _content_words(f"{step.story} {step.ask}")
    shared = {option.id: _content_words(option.text) & stem for option in step.options}
    for row in step.answers:
        for right in row.right or ():
            others = [shared[option.id] for option in step.options if option.id not in {right, *row.drop}]
            most = max((len(other) for other in others), default=0)
            if len(shared.get(right, ())) - most >= _CLUE_WORDS:
                told = ", ".join(sorted(shared[right]))
                sentence = f"option {right} repeats the story: {told}"
                findings.add(
                    "stem_words_in_right", _option_path(path, step.options, right), sentence, scenario.id
                )


def _option_path(path: Path, options: Sequence[Option], name: str) -> Path:
    number = next((number for number, option in enumerate(options) if option.id == name), 0)
    return (*path, "options", number)


def _content_words(text: str) -> set[str]:
    found = (word.lower() for word in words(_plain(text, "")))
    return {word for word in found if len(word) >= 4 and word not in _COMMON}


def _plain(text: str, instead: str = "word") -> str:
    """The text with every slot counted as one short word, or as none."""
    return SLOT.sub(instead, text)


def _check_trust_names(findings: Findings) -> None:
    names = {
        name
        for policy in findings.content.policies.values()
        for name in (policy.policy.organisation, policy.policy.short_name)
    }
    if not names:
        return
    pattern = re.compile(rf"(?<!\w)({'|'.join(re.escape(name) for name in sorted(names))})(?!\w)")
    for scenario in findings.content.bank:
        for step in scenario.situations:
            for below, text in texts_of(step).items():
                found = pattern.search(text)
                if found is not None:
                    path = (*step_path(scenario, step.id), *below)
                    findings.add("names_one_trust", path, f"the text says {found[0]}", scenario.id)


def _check_near_duplicates(findings: Findings) -> list[tuple[str, str]]:
    shingles = {scenario.id: _shingles(scenario) for scenario in findings.content.bank}
    pairs = []
    for first, second in combinations(shingles, 2):
        smaller = min(len(shingles[first]), len(shingles[second]))
        if smaller and 2 * len(shingles[first] & shingles[second]) > smaller:
            pairs.append((first, second))
            sentence = f"{second} says more than half of what {first} says"
            findings.add("near_duplicate", ("scenario", second), sentence, second)
    return pairs


def _shingles(scenario: Scenario) -> frozenset[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for step in scenario.situations:
        for text in (step.story, *(option.text for option in step.options)):
            parts = [word.lower() for word in words(_plain(text))]
            found |= set(zip(*(parts[start:] for start in range(SHINGLE)), strict=False))
    return frozenset(found)


def distinct(scenarios: Iterable[str], pairs: Sequence[tuple[str, str]]) -> int:
    """How many scenarios there are when near-duplicates count once."""
    group = {name: name for name in scenarios}

    def first(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for one, other in pairs:
        group[first(other)] = first(one)
    return sum(1 for name in group if group[name] == name)
