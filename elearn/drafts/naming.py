"""What a policy calls offices and channels, and whom it says it covers: proposed from its words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from elearn.drafts.assembling import default_name
from elearn.drafts.passages import SourceClause, passages
from elearn.people.rules import PersonKind
from elearn.scenarios.content import Catalogue, Named
from elearn.scenarios.words import ideas_of

_SCOPE = re.compile(
    r"\b(?:appl(?:y|ies|icable)|covers?|covered|scope|extends? to|included?|who (?:is|are)"
    r"|must (?:follow|comply|adhere))\b"
)
_YOURS = re.compile(r"\b(?:your|their|his|her)\s+$", re.IGNORECASE)


def propose_names(catalogue: Catalogue, clauses: Sequence[SourceClause]) -> dict[str, str]:
    """The policy's own words for every office and channel that it names."""
    text = "\n".join(" ".join(clause.text.split()) for clause in clauses)
    found = {}
    for item in (*catalogue.offices, *catalogue.channels):
        name = _name(item, text)
        if name:
            found[item.id] = name
    return found


def _name(item: Named, text: str) -> str:
    if not item.words:
        return ""
    pattern = re.compile(ideas_of((item.words,), {})[0].pattern.pattern, re.IGNORECASE)
    forms: Counter[str] = Counter()
    for match in pattern.finditer(text.replace("’", "'")):
        word = re.sub(r"^(?:the|an?|each) |'s$", "", match[0], flags=re.IGNORECASE)
        yours = _YOURS.search(text[max(0, match.start() - 8) : match.start()])
        forms[f"your {word}" if yours else _with_article(item, word)] += 1
    usual = default_name(item.title)
    if not forms or usual != f"the {item.title}":
        return usual if forms else ""
    singular = Counter({form: n for form, n in forms.items() if not _is_plural(form, item)}) or forms
    most = singular.most_common(1)[0][0]
    return next((form for form in singular if form == most.lower()), most)


def _with_article(item: Named, word: str) -> str:
    """A person has one; what is known by its letters (CPOMS), or is no single thing (human resources), has none."""
    letters = word.isupper() and item.id not in _BY_LETTERS
    return word if letters or word.lower() in _WITHOUT_ARTICLE else f"the {word}"


def _is_plural(form: str, item: Named) -> bool:
    return form.endswith("s") and not form.endswith("ss") and not item.title.endswith("s")


_BY_LETTERS = frozenset({"dsl", "lado", "ceo"})
"""Offices of one person that policies call by letters: the DSL."""
_WITHOUT_ARTICLE = frozenset({"human resources", "personnel"})


def propose_covers(
    catalogue: Catalogue, clauses: Sequence[SourceClause]
) -> Mapping[PersonKind, tuple[str, ...]]:
    """The clauses that say that the policy is for each kind of person; none where it is not said."""
    found: dict[PersonKind, list[tuple[int, str]]] = {}
    sentences = passages(clauses)
    for kind, words in catalogue.kind_words.items():
        idea = ideas_of((words,), catalogue.word_groups)[0]
        for passage in sentences:
            if not idea.found_in(passage.own):
                continue
            nearness = 2 * bool(_SCOPE.search(passage.heading)) + bool(_SCOPE.search(passage.lead))
            nearness += bool(_SCOPE.search(passage.own))
            if nearness:
                found.setdefault(kind, []).append((-nearness, passage.ref))
    return {
        kind: (sorted(found[kind], key=lambda item: item[0])[0][1],) if kind in found else ()
        for kind in PersonKind
    }
