"""Content is read as text, and every problem names its file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from elearn.scenarios.content import Content, Place
from elearn.scenarios.loader import ContentProblems, load_content, read_yaml

CONTACT = "bank/contact.yaml"
NORTH = "policies/north/"


def test_every_scalar_is_text() -> None:
    value, _ = read_yaml(
        "a: no\nb: 7.10\nc: 2024-01-31\nd: ~\ne:\nf: [on, 0x1f, 1_000, .inf, '<<']\n", "x.yaml"
    )
    assert value == {
        "a": "no",
        "b": "7.10",
        "c": "2024-01-31",
        "d": "~",
        "e": "",
        "f": ("on", "0x1f", "1_000", ".inf", "<<"),
    }


def test_every_node_knows_its_line() -> None:
    _, lines = read_yaml("a:\n  - b\n  - c: d\n    e: >-\n      f\n      g\n", "x.yaml")
    assert lines["a",] == 1
    assert lines["a", 0] == 2
    assert lines["a", 1, "c"] == 3
    assert lines["a", 1, "e"] == 4


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2\n", "x.yaml:2: a is given twice"),
        ("a: !!int 3\n", "x.yaml:1: tags such as"),
        ("a: !!python/object/apply:os.getcwd []\n", "x.yaml:1: tags such as"),
        ("a: &b [c]\nd: *b\n", "x.yaml:1: anchors and aliases"),
        ("a: &b\n  - *b\n", "x.yaml:1: anchors and aliases"),
        ("a:\n  - b\n c: d\n", "x.yaml:3: this is not YAML"),
        ("a: {[b]: c}\n", "x.yaml:1: a key is a single word"),
        ("a: b\n---\nc: d\n", "x.yaml:2: this is not YAML"),
        ("a: \x01\n", "x.yaml:1: this is not YAML"),
    ],
)
def test_what_content_does_not_use_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(ContentProblems) as refused:
        read_yaml(text, "x.yaml")
    assert refused.value.problems[0].startswith(problem)


def test_the_folder_is_read_into_models(sound: Content) -> None:
    assert [scenario.id for scenario in sound.bank] == [
        "follow",
        "worry",
        "night-message",
        "press",
        "risky-post",
        "first-post",
    ]
    assert sound.policies.keys() == {"north", "south"}
    north = sound.policies["north"]
    assert north.policy.version == "2.10"
    assert north.courses[0].questions == 4
    assert [topic.must_get_right for topic in sound.catalogue.topics] == [True, False]
    assert sound.policies["south"].policy.who_to_ask == ("head", "dsl")


def test_places_are_found_by_id_and_fall_back_to_what_is_around(sound: Content) -> None:
    assert sound.place(("scenario", "worry")) == Place(CONTACT, 41)
    assert sound.place(("scenario", "worry", "no", "such", "key")) == Place(CONTACT, 41)
    assert sound.place(("policy", "north", "positions", "speak", "default")) == Place(
        NORTH + "positions.yaml", 8
    )
    assert str(Content(sound.catalogue, (), {}).place(("scenario", "worry", "ask"))) == "scenario/worry"


def test_only_the_policies_named_are_read() -> None:
    folder = Path(__file__).parent / "content"
    assert load_content(folder, ["south"]).policies.keys() == {"south"}


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (
            CONTACT,
            "difficulty: medium",
            "difficulty: middling",
            "bank/contact.yaml:4: 0.difficulty: Input should be",
        ),
        (CONTACT, "  ask: What do you do?\n", "", "bank/contact.yaml:1: 0: a scenario that is no branch"),
        (
            CONTACT,
            "      office: ceo",
            "      offices: ceo",
            ":30: 0.options.3.offices: offices is not a key",
        ),
        (CONTACT, "- id: think", "- id: off", ": off has a meaning of its own"),
        (
            CONTACT,
            "{when: {friend: [judgement]}, right: [think]}",
            "{when: {friend: [judgement]}}",
            "a row has either",
        ),
        (CONTACT, "  type: branch", "  type: choose", "a scenario that is no branch has no steps"),
        (CONTACT, "  type: choose_all", "  type: branch", "a branch has steps"),
        ("catalogue.yaml", "must_get_right: yes", "must_get_right: true", "true is neither yes nor no"),
        (
            NORTH + "courses.yaml",
            "pass: 3",
            "pass: three",
            "courses.yaml:7: 0.pass: three is not a whole number",
        ),
        (NORTH + "courses.yaml", "questions: 4", "questions: 0", "greater than or equal to 1"),
        (NORTH + "policy.yaml", "approved_on: 2024-01", "approved_on: 2024-13", "policy.yaml:6: approved_on"),
        (NORTH + "policy.yaml", "approved_on: 2024-01", "approved_on: January", "is not a date such as"),
        (
            NORTH + "policy.yaml",
            "slug: north",
            "slug: nord",
            "policy.yaml:1: the slug is nord, the folder north",
        ),
        (NORTH + "policy.yaml", "title: Social Media Policy\n", "", "policy.yaml:1: title is missing"),
        (
            NORTH + "positions.yaml",
            "{any: [head, ceo]}",
            "{any: [head], all: [ceo]}",
            "who has either any or all",
        ),
        (NORTH + "clauses.yaml", '"0000000000000011"', '"11"', "clauses.yaml:1: 0.fingerprint"),
        (NORTH + "access.yaml", "{from: speak}", "{from: speak, basis: product}", "offices need a basis"),
        (NORTH + "access.yaml", "{from: speak}", "{basis: product}", "approval has either from or offices"),
        (
            NORTH + "access.yaml",
            "{code: signature, basis: product,",
            "{code: signature,",
            "either from or basis",
        ),
        (NORTH + "access.yaml", "course: induction, ", "", "training names its course"),
        (
            NORTH + "access.yaml",
            "{code: signature,",
            "{code: approval,",
            "approval is written under its own key",
        ),
        (NORTH + "access.yaml", "on: [required, may_be_required], ", "", "from needs on"),
        (
            NORTH + "access.yaml",
            "{code: signature,",
            "{code: signature, else: {basis: product},",
            "else needs from",
        ),
    ],
)
def test_a_wrong_shape_is_refused_with_file_and_line(
    file: str, old: str, new: str, problem: str, edited: Callable[..., Content]
) -> None:
    with pytest.raises(ContentProblems) as refused:
        edited((file, old, new))
    assert any(problem in told for told in refused.value.problems), refused.value.problems
    assert all(told.startswith(f"{file}:") for told in refused.value.problems)


def test_problems_of_all_files_are_told_together(edited: Callable[..., Content]) -> None:
    with pytest.raises(ContentProblems) as refused:
        edited(
            (CONTACT, "difficulty: medium", "difficulty: middling"),
            (NORTH + "policy.yaml", "slug: north", "sl: x"),
        )
    assert {told.split(":")[0] for told in refused.value.problems} == {CONTACT, NORTH + "policy.yaml"}


def test_a_missing_file_is_told(edited_folder: Callable[..., Path]) -> None:
    folder = edited_folder()
    (folder / NORTH / "access.yaml").unlink()
    (folder / "catalogue.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ContentProblems) as refused:
        load_content(folder)
    assert refused.value.problems == [
        "catalogue.yaml:1: the file is not UTF-8 text",
        "policies/north/access.yaml:1: the file is missing",
    ]


def test_an_empty_bank_file_holds_no_scenarios(edited_folder: Callable[..., Path], sound: Content) -> None:
    folder = edited_folder(("bank/later.yaml", "", "# to come\n"))
    assert load_content(folder).bank == sound.bank
