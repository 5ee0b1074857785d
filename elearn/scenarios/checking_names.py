"""Check that the bank names nobody who may exist: its people have a forename alone (design.md, section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.checking_bank import step_path
from elearn.scenarios.content import Path
from elearn.scenarios.findings import Findings
from elearn.scenarios.slots import SLOT, texts_of

NOBODYS_NAMES = (
    "World Book Day",
    "Remembrance Sunday",
    "WhatsApp Web",
    "Grumpy Badger",
    "Northside Pod",
    "Town Today",
    "Valley Voices",
)
"""What is written like a forename and a surname and is neither: days, programs, made-up pages."""
_PLACES = re.compile(r"\b(Haywood|Northampton|Nottingham|Smallthorne|Stoke|Trentham)\b")
"""Schools and cities of the trusts whose content comes with the program: they tell whose story it is."""
_TITLES = re.compile("Mr|Mrs|Ms|Miss|Dr|Aunt|Uncle")
_DATES = re.compile(
    "(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|"
    "(Septem|Octo|Novem|Decem)ber"
)
_FORENAMES_THAT_ARE_WORDS = re.compile(
    "April|Bill|Dawn|Drew|Faith|Frank|Grace|Grant|Guy|Hope|Jack|Joy|June|Mark|Max|May|Pat|Ray|Rob|Rose|Sue|Will"
)
_CAPITALISED = r"[A-Z][\w’'-]*[a-z]"
_PAIR = re.compile(rf"(?<![\w’'@#/-])(?P<first>{_CAPITALISED}) (?=(?P<second>{_CAPITALISED})(?![\w@]))")
_OPENS = re.compile(r"(?:^|[.!?:;“”\"‘(–\n]|^['’])\s*$")
_BEFORE_A_DATE = re.compile(r"\b(by|every|from|in|last|next|of|on|since|this|until) $", re.I)
_SMALL = re.compile(r"(?<!\w)[a-z]+(?!\w)")
_POSSESSIVE = re.compile(r"['’]s$")


def check_names(findings: Findings) -> None:
    """Every text and every word of a variant. A whole name or a trust's place is noted where it stands."""
    ordinary = _ordinary_words(findings.content.bank)
    for scenario in findings.content.bank:
        for path, text in _texts(scenario):
            for name in _names(text, ordinary):
                sentence = f"the text says {name}, which may be a real name"
                findings.add("real_name", path, sentence, scenario.id)


def _texts(scenario: Scenario) -> Iterator[tuple[Path, str]]:
    """Each word of each telling, and each text as every telling fills it: a slot may hold half of a name."""
    for number, telling in enumerate(scenario.variants):
        for key, word in telling.words.items():
            yield ("scenario", scenario.id, "variants", number, key), word
    for step in scenario.situations:
        for below, text in texts_of(step).items():
            for telling in scenario.variants:
                yield (*step_path(scenario, step.id), *below), _filled(text, telling.words)


def _filled(text: str, words: Mapping[str, str]) -> str:
    return SLOT.sub(lambda slot: words.get(slot[1], "word"), text)


def _names(text: str, ordinary: frozenset[str]) -> Iterator[str]:
    for phrase in NOBODYS_NAMES:
        text = text.replace(phrase, "word")
    for found in _PAIR.finditer(text):
        first, second = found["first"], _POSSESSIVE.sub("", found["second"])
        is_opening = _OPENS.search(text[: found.start()]) is not None
        if _DATES.fullmatch(first) and _BEFORE_A_DATE.search(text[: found.start()]):
            continue
        if _TITLES.fullmatch(first) or _POSSESSIVE.search(first):
            continue
        if is_opening and first.lower() in ordinary and not _FORENAMES_THAT_ARE_WORDS.fullmatch(first):
            continue
        yield f"{first} {second}"
    yield from _PLACES.findall(text)


def _ordinary_words(bank: tuple[Scenario, ...]) -> frozenset[str]:
    """Every word that the bank writes in small letters somewhere: with it a sentence may begin."""
    texts = {text for scenario in bank for _path, text in _texts(scenario)}
    return frozenset(chain.from_iterable(map(_SMALL.findall, texts)))
