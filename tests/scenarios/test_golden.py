"""The positions of the published policies and the model agree with a second reading of their texts, golden.yaml.

Whoever wrote golden.yaml had not seen the positions: no check of ours sees a wrong stance on the right clause.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from elearn.config import data_folder
from elearn.scenarios.asked import Asked, NotAsked
from elearn.scenarios.content import Content
from elearn.scenarios.loader import load_content, read_yaml
from elearn.scenarios.policy_content import Stance
from elearn.scenarios.rules import CompiledBundle, cells
from elearn.scenarios.vocabulary import NonAnswer

ORGANISATIONS = ("raleigh", "voyage", "creating_tomorrow", "clt", "lead", "model")
PUBLISHED = ORGANISATIONS[:-1]
FEWEST_SITUATIONS = 36
FEWEST_WITH_ONE_ANSWER = 150
Row = Mapping[str, Any]


def _read_golden() -> Mapping[str, tuple[Row, ...]]:
    file = Path(__file__).parent / "golden.yaml"
    rows, _ = read_yaml(file.read_text(encoding="utf-8"), file.name)
    return rows  # type: ignore[no-any-return]


GOLDEN = _read_golden()


@pytest.fixture(scope="module")
def content() -> Content:
    """The content that the program teaches."""
    return load_content(data_folder("scenarios"))


@pytest.fixture(scope="module")
def resolved(content: Content) -> dict[tuple[str, str, int, str], Asked | NotAsked]:
    """Every step of every scenario and variant as each organisation's staff meet it, or why they do not."""
    return {
        (slug, cell.scenario, cell.variant, step): result
        for slug in ORGANISATIONS
        for cell in cells(CompiledBundle(content.bundle(slug)))
        for step, result in cell.steps
    }


def _name(slug: str, row: Row) -> str:
    return f"{slug} {row['position']}[{row.get('case', '')}]"


def _stance(content: Content, slug: str, row: Row) -> Stance:
    found = content.policies[slug].positions[row["position"]].stance(row.get("case"))
    assert found is not None, f"{_name(slug, row)} has no stance"
    return found


def _rows() -> list[tuple[str, Row]]:
    return [(slug, row) for slug, rows in GOLDEN.items() for row in rows]


def test_each_of_the_policies_was_read_twice_on_enough_situations() -> None:
    assert tuple(GOLDEN) == ORGANISATIONS
    assert {slug: len(rows) for slug, rows in GOLDEN.items() if len(rows) < FEWEST_SITUATIONS} == {}
    names = [_name(slug, row) for slug, row in _rows()]
    assert sorted(set(names)) == sorted(names)


def test_the_second_reading_of_the_published_policies_comes_to_one_answer_often_enough(
    content: Content,
) -> None:
    """Over all rows, and over those alone whose one answer people can be scored on: silence and the like are none."""
    plain = [(slug, row) for slug, row in _rows() if slug in PUBLISHED and len(row["is"]) == 1]
    assert len(plain) >= FEWEST_WITH_ONE_ANSWER
    answers = [_name(slug, row) for slug, row in plain if row["is"][0] not in list(NonAnswer)]
    assert len(answers) >= FEWEST_WITH_ONE_ANSWER


def test_all_that_people_of_the_published_trusts_are_scored_on_was_read_twice(
    content: Content, resolved: Mapping[tuple[str, str, int, str], Asked | NotAsked]
) -> None:
    scored = {
        (slug, used.position, used.case)
        for (slug, *_), asked in resolved.items()
        if slug in PUBLISHED and isinstance(asked, Asked)
        for used in asked.used
        if used.name in asked.carriers
    }
    answered = {
        (slug, position, case)
        for slug, position, case in scored
        if (stance := content.policies[slug].positions[position].stance(case)) and stance.is_answer
    }
    assert answered - {(slug, row["position"], row.get("case")) for slug, row in _rows()} == set()


def test_every_situation_of_a_must_get_right_topic_was_read_twice(content: Content) -> None:
    topics = {topic.id for topic in content.catalogue.topics if topic.must_get_right}
    needed = {
        (slug, position.id, case)
        for slug in ORGANISATIONS
        for position in content.catalogue.positions
        if position.topic in topics
        for case in position.cases or (None,)
    }
    assert needed - {(slug, row["position"], row.get("case")) for slug, row in _rows()} == set()


def test_the_second_reading_uses_the_words_of_the_catalogue_and_leaves_little_open(content: Content) -> None:
    positions = {position.id: position for position in content.catalogue.positions}
    for slug, row in _rows():
        position = positions[row["position"]]
        assert (row.get("case") in position.cases) if position.cases else "case" not in row, _name(slug, row)
        assert set(row["is"]) <= {*position.answers, *NonAnswer}, _name(slug, row)
        assert len(row["is"]) <= 2, _name(slug, row)
        assert 1 <= len(row["why"].split()) <= 12, _name(slug, row)
        refs = {clause.ref for clause in content.policies[slug].clauses}
        assert set(row.get("clauses", ())) <= refs, _name(slug, row)
        assert row.get("clauses") or NonAnswer.SILENT in row["is"] or NonAnswer.INDIRECT in row["is"], _name(
            slug, row
        )


@pytest.mark.parametrize("slug", ORGANISATIONS)
def test_the_positions_give_the_answers_of_the_second_reading(content: Content, slug: str) -> None:
    differing = {
        _name(slug, row): (row["is"], _stance(content, slug, row).answer)
        for row in GOLDEN[slug]
        if _stance(content, slug, row).answer not in row["is"]
    }
    assert differing == {}


@pytest.mark.parametrize("slug", ORGANISATIONS)
def test_the_positions_name_the_people_of_the_second_reading(content: Content, slug: str) -> None:
    for row in GOLDEN[slug]:
        stance = _stance(content, slug, row)
        assert stance.condition == row.get("if"), _name(slug, row)
        if "who" in row:
            [(quantity, offices)] = row["who"].items()
            assert set(stance.offices) == set(offices), _name(slug, row)
            named = stance.who.all if stance.who and quantity == "all" else stance.who and stance.who.any
            assert named or len(offices) == 1, f"{_name(slug, row)}: {quantity} of them"


@pytest.mark.parametrize("slug", ORGANISATIONS)
def test_the_positions_cite_a_clause_that_the_second_reader_found(content: Content, slug: str) -> None:
    for row in GOLDEN[slug]:
        stance = _stance(content, slug, row)
        if stance.answer != NonAnswer.SILENT and "clauses" in row:
            cited = {citation.ref for citation in stance.clauses}
            assert cited & set(row["clauses"]), f"{_name(slug, row)} cites {sorted(cited)}"


# Organisation, scenario, variant, step; the right option and words that it must hold.
_RIGHT = [
    ("raleigh", "ex-pupil-seventeen", 0, "whole", "decline", ("under 18",)),
    ("creating_tomorrow", "ex-pupil-seventeen", 0, "whole", "decline", ("under 18",)),
    ("clt", "ex-pupil-seventeen", 0, "whole", "think", ("age",)),
    ("voyage", "ex-pupil-grown-up", 0, "whole", "open", ("not bar",)),
    ("clt", "ex-pupil-grown-up", 0, "whole", "think", ("judgement",)),
    ("clt", "ex-pupil-sibling", 0, "whole", "decline", ("no",)),
    ("clt", "ex-pupil-sibling", 2, "whole", "decline", ("no",)),
    ("voyage", "ex-pupil-sibling", 0, "whole", "accept", ("yes",)),
    ("voyage", "parent-friend-request", 0, "whole", "decline", ()),
    ("voyage", "parent-asks-you", 0, "whole", "account", ("official accounts",)),
    ("voyage", "message-to-school-page", 0, "whole", "reply", ("page",)),
    ("raleigh", "message-to-school-page", 0, "whole", "in_person", ("unanswered",)),
    ("raleigh", "wt-lunch-scroll", 0, "whole", "terms", ("work",)),
    ("clt", "wt-lunch-scroll", 0, "whole", "free", ("break",)),
    ("clt", "wt-slow-afternoon", 0, "whole", "banned", ("breaks",)),
    ("voyage", "wt-quiet-lesson", 0, "whole", "away", ()),
    ("lead", "wt-slow-afternoon", 0, "whole", "asked", ("Director of schools",)),
    ("raleigh", "prof-passing-mention", 0, "whole", "line", ("views",)),
    ("clt", "prof-passing-mention", 0, "whole", "nothing", ()),
    ("voyage", "resp-rant-unnamed", 0, "whole", "check", ("no person or school",)),
    ("raleigh", "whose-yes-counts", 0, "whole", "right_one", ("Principal", "CEO")),
    ("creating_tomorrow", "whose-yes-counts", 0, "whole", "right_one", ("line manager",)),
    ("lead", "whose-yes-counts", 1, "whole", "right_one", ("Head teacher", "Director of schools")),
    ("creating_tomorrow", "line-manager-says-post", 0, "whole", "train", ("training",)),
    ("raleigh", "line-manager-says-post", 0, "whole", "other", ("Principal", "CEO")),
    ("raleigh", "reporter-direct-message", 0, "whole", "pass", ("Principal", "CEO")),
    ("creating_tomorrow", "reporter-direct-message", 0, "whole", "pass", ("IT Senior Leadership",)),
    ("creating_tomorrow", "img-class-page-consent", 0, "whole", "parents", ("home",)),
    ("creating_tomorrow", "img-class-page-consent", 1, "whole", "each", ("young people", "home")),
    ("creating_tomorrow", "img-class-page-consent", 2, "whole", "pupils", ("young people",)),
    ("creating_tomorrow", "img-own-phone", 0, "whole", "borrow", ("Headteacher",)),
    ("creating_tomorrow", "whatsapp-cover-group", 0, "whole", "leave", ()),
    ("creating_tomorrow", "new-team-account", 0, "whole", "contact", ("IT Senior Leadership",)),
    ("creating_tomorrow", "one-key-holder", 0, "whole", "colleague", ("colleague",)),
    ("creating_tomorrow", "crisis-scheduled-post", 0, "whole", "stop", ()),
    ("raleigh", "pupil-wrote-tell", 0, "whole", "log", ("CPOMS",)),
    ("creating_tomorrow", "pupil-wrote-tell", 0, "whole", "tell", ("academy", "regional")),
    ("lead", "pupil-wrote-tell", 0, "whole", "tell", ("DSL",)),
    ("raleigh", "colleague-misuse-tell", 0, "whole", "named", ("Principal", "CEO")),
    ("creating_tomorrow", "colleague-misuse-tell", 0, "whole", "named", ("Headteacher",)),
    ("creating_tomorrow", "colleague-misuse-tell", 3, "whole", "named", ("CEO",)),
    ("lead", "colleague-misuse-tell", 3, "whole", "named", ("Trust DSL",)),
    ("clt", "untrue-review", 0, "whole", "tell", ("line manager",)),
    ("creating_tomorrow", "threat-under-a-post", 0, "whole", "report", ("line manager and", "IT Senior")),
    ("voyage", "abuse-on-work-account", 0, "whole", "tell", ("Headteacher", "line manager")),
    ("voyage", "unsure-tone", 0, "whole", "scrap", ()),
    ("raleigh", "unsure-tone", 0, "whole", "ask", ("Principal", "line manager")),
    ("raleigh", "linkedin-recommendation", 0, "whole", "decline", ()),
    ("raleigh", "applicant-on-a-phone", 0, "whole", "stop", ()),
    ("lead", "relative-joins-school", 0, "whole", "tell", ("Head teacher", "written")),
    ("lead", "head-hears-of-adult", 0, "refer", "all", ("LADO", "Trust DSL and HR")),
]


@pytest.mark.parametrize(("slug", "scenario", "variant", "step", "right", "words"), _RIGHT)
def test_the_right_option_is_that_of_the_second_reading(
    resolved: Mapping[tuple[str, str, int, str], Asked | NotAsked],
    slug: str,
    scenario: str,
    variant: int,
    step: str,
    right: str,
    words: tuple[str, ...],
) -> None:
    asked = resolved[slug, scenario, variant, step]
    assert isinstance(asked, Asked), asked
    assert asked.right == (right,)
    [text] = [option.text for option in asked.options if option.is_right]
    assert [word for word in words if word not in text] == [], text


@pytest.mark.parametrize(
    ("slug", "scenario"),
    [
        ("voyage", "reporter-direct-message"),
        ("clt", "whose-yes-counts"),
        ("clt", "message-to-school-page"),
        ("clt", "img-class-page-consent"),
        ("raleigh", "img-class-page-consent"),
        ("lead", "class-project-group"),
        ("lead", "wt-lunch-scroll"),
        ("clt", "resp-sensitive-news"),
        ("voyage", "linkedin-recommendation"),
    ],
)
def test_nobody_is_asked_what_the_second_reader_found_open(
    resolved: Mapping[tuple[str, str, int, str], Asked | NotAsked], slug: str, scenario: str
) -> None:
    assert isinstance(resolved[slug, scenario, 0, "whole"], NotAsked)
