"""Topics proposed for clauses: by words alone, in order, and how often an author would agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from elearn.config import data_folder
from elearn.policies.importing import read_policy
from elearn.scenarios.content import Content, Topic
from elearn.scenarios.loader import load_content
from elearn.scenarios.proposing import MOST_PROPOSED, propose_all_topics, propose_topics

TOPICS = (
    Topic(id="pupils", title="Pupils", words=("pupil", "friend request*")),
    Topic(id="pictures", title="Pictures", words=("picture*",)),
    Topic(id="parents", title="Parents", words=("parent",)),
    Topic(id="wordless", title="Nothing"),
)


@pytest.mark.parametrize(
    ("heading", "text", "expected"),
    [
        ("", "Post no picture of a pupil.", ("pupils", "pictures")),
        ("Pictures", "Ask before you show a pupil.", ("pictures", "pupils")),
        ("", "Turn down Friend  Requests; show no picture.", ("pupils", "pictures")),
        ("", "The pupils' parents", ()),
        ("", "Ask your line manager.", ()),
        ("", "", ()),
        ("", "A notice says “send us a picture”. Tell a parent.", ("parents",)),
    ],
)
def test_words_propose_topics_in_order(heading: str, text: str, expected: tuple[str, ...]) -> None:
    assert propose_topics(heading, text, TOPICS) == expected


def test_no_more_topics_are_proposed_than_an_author_would_read() -> None:
    topics = [Topic(id=f"t{n}", title="T", words=("post",)) for n in range(9)]
    assert propose_topics("", "Post.", topics) == tuple(f"t{n}" for n in range(MOST_PROPOSED))


def test_an_item_is_read_with_the_words_above_its_list() -> None:
    policy = read_policy(b"1. Use\n\n1.1 A pupil must not:\n\n(a) be shown;\n(b) be named.\n", "p.txt")
    assert propose_all_topics(policy.clauses, TOPICS)["1.1(b)"] == ("pupils",)


@pytest.mark.parametrize("word", ["Pupil", "pu*pil", "*", "", "two  spaces", "a|b"])
def test_a_word_of_a_topic_is_written_in_one_way(word: str) -> None:
    with pytest.raises(ValidationError):
        Topic(id="pupils", title="Pupils", words=(word,))


# Against what people decided, clause by clause


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(data_folder("scenarios"))


def decided(content: Content, slug: str, file: Path) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each clause to which people gave topics: theirs, and those proposed."""
    proposed = propose_all_topics(read_policy(file.read_bytes(), file.name).clauses, content.catalogue.topics)
    for clause in content.policies[slug].clauses:
        if clause.topics:
            yield clause.topics, proposed.get(clause.ref, ())


def agreement(pairs: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> float:
    """The share of clauses where a topic that people gave is among those proposed."""
    return sum(bool(set(theirs) & set(ours)) for theirs, ours in pairs) / len(pairs)


def test_most_proposals_for_the_model_policy_hold_what_people_decided(content: Content) -> None:
    model = data_folder("scenarios") / "policies" / "model" / "policy.md"
    pairs = list(decided(content, "model", model))
    assert len(pairs) > 100
    assert agreement(pairs) >= 0.85


@pytest.mark.shared
def test_most_proposals_for_the_published_policies_hold_what_people_decided(
    content: Content, policy_texts: Path
) -> None:
    pairs = [
        pair for path in sorted(policy_texts.glob("*.txt")) for pair in decided(content, path.stem, path)
    ]
    assert len(pairs) > 200
    assert agreement(pairs) >= 0.85
    assert sum(ours[:1] != () and ours[0] in theirs for theirs, ours in pairs) / len(pairs) >= 0.6


def test_every_topic_of_the_catalogue_has_words(content: Content) -> None:
    assert [topic.id for topic in content.catalogue.topics if not topic.words] == []
