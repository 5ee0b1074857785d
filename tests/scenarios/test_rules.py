"""What each organisation is asked, over the kinds of stance, option and scenario."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elearn.people.rules import PersonKind
from elearn.scenarios.asked import Asked, Cell, NotAsked, Why
from elearn.scenarios.bundles import bundle_to_json, content_from_json
from elearn.scenarios.checking import check_content
from elearn.scenarios.content import Content
from elearn.scenarios.rules import CompiledBundle, cells, is_put_to, resolve

CONTACT = "bank/contact.yaml"
SPEAKING = "bank/speaking.yaml"
NORTH = "policies/north/positions.yaml"
SOUTH = "policies/south/positions.yaml"
UNDER_18, ADULT = 0, 1
EMPLOYEE = PersonKind.EMPLOYEE


def _compiled(content: Content, slug: str = "north") -> CompiledBundle:
    return CompiledBundle(content.bundle(slug))


def _asked(compiled: CompiledBundle, scenario: str, variant: int = 0, step: str | None = None) -> Asked:
    found = resolve(compiled, scenario, variant, step)
    assert isinstance(found, Asked), found
    return found


def _why(compiled: CompiledBundle, scenario: str, variant: int = 0, step: str | None = None) -> Why:
    found = resolve(compiled, scenario, variant, step)
    assert isinstance(found, NotAsked), found
    return found.why


def _texts(asked: Asked) -> dict[str, str]:
    return {option.id: option.text for option in asked.options}


@pytest.mark.parametrize(
    ("slug", "variant", "right"),
    [("north", UNDER_18, "decline"), ("north", ADULT, "think"), ("south", UNDER_18, "decline")],
)
def test_the_right_option_follows_from_the_stance_in_the_case(
    slug: str, variant: int, right: str, sound: Content
) -> None:
    assert _asked(_compiled(sound, slug), "follow", variant).right == (right,)


def test_texts_are_filled_in_the_words_of_the_organisation(sound: Content) -> None:
    north = _asked(_compiled(sound), "follow")
    assert _texts(north)["decline"] == "Leave it and tell the Safeguarding Lead"
    assert _texts(north)["ask"] == "Write to the Chief Executive for leave before you answer"
    assert "aged 16" in north.story
    assert north.artefact is not None
    assert (north.artefact.platform, north.artefact.sender) == ("Instagram", "Kacper W.")
    assert _texts(_asked(_compiled(sound, "south"), "follow"))["decline"].endswith(
        "the Headteacher and the DSL"
    )


def test_any_is_joined_by_or_and_a_capital_starts_a_sentence(sound: Content) -> None:
    compiled = _compiled(sound)
    assert _texts(_asked(compiled, "press"))["other"] == "Ask the Principal or the Chief Executive first"
    options = {option.id: option for option in _asked(compiled, "night-message", step="hint").options}
    assert options["pass-on"].consequence == "The Safeguarding Lead acts."
    assert options["pass-on"].text == "Tell the Safeguarding Lead by way of the Care Log"


@pytest.mark.parametrize("force", ["must", "should"])
def test_must_is_the_force_of_the_citation(force: str, edited: Callable[..., Content]) -> None:
    content = edited((NORTH, '"3.1", force: must', f'"3.1", force: {force}'))
    asked = _asked(_compiled(content), "first-post")
    assert _texts(asked)["consent"] == f"You {force} ask the Principal or the Chief Executive"


def test_the_consequence_is_the_one_for_right_or_for_wrong(sound: Content) -> None:
    options = {option.id: option for option in _asked(_compiled(sound), "follow").options}
    assert options["decline"].consequence == "The page stays yours. He will cope."
    assert options["accept"].consequence == "He can see it all. You are asked about it."
    assert options["ask"].consequence == "The reply takes a week. It was not needed."
    assert [option.id for option in options.values() if option.is_right] == ["decline"]


def test_citations_are_those_that_carry_the_key(sound: Content) -> None:
    compiled = _compiled(sound)
    under_18 = _asked(compiled, "follow", UNDER_18)
    assert [(cited.ref, cited.part, cited.force) for cited in under_18.citations] == [
        ("2.1", None, "must"),
        ("2.3", "1", "must"),
    ]
    # Nobody is named in the right option for an adult, so the duty to tell carries nothing there.
    assert [cited.ref for cited in _asked(compiled, "follow", ADULT).citations] == ["2.2"]
    assert [used.position for used in under_18.used] == ["friend", "report"]


@pytest.mark.parametrize("answer", ["silent", "indirect", "unclear"])
def test_a_non_answer_is_not_asked(answer: str, edited: Callable[..., Content]) -> None:
    content = edited((NORTH, "cases: [adult], is: judgement,", f"cases: [adult], is: {answer},"))
    assert _why(_compiled(content), "follow", ADULT) == Why(answer)
    assert isinstance(resolve(_compiled(content), "follow", UNDER_18), Asked)


def test_silence_plays_where_the_scenario_allows_it(sound: Content, edited: Callable[..., Content]) -> None:
    assert _why(_compiled(sound, "south"), "press") is Why.TABLE
    assert _why(_compiled(sound, "south"), "first-post") is Why.SILENT
    content = edited(
        (SOUTH, "{is: silent, seen_by: [HR]}", "{is: unclear, clauses: [{ref: Posting > ¶1, force: says}]}")
    )
    assert _why(_compiled(content, "south"), "press") is Why.UNCLEAR


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("who: {any: [head, line_manager]}, ", Why.TABLE),
        ("who: {all: [line_manager, ceo]}, ", Why.TABLE),
        ("", Why.TABLE),
        ("who: {any: [ceo]}, ", None),
    ],
)
def test_an_office_is_named_not_named_or_nobody_is(
    who: str, expected: Why | None, edited: Callable[..., Content]
) -> None:
    content = edited(
        (NORTH, "who: {any: [head, ceo]}, ", who),
        (SPEAKING, "{when: {ok: [yes], train: [required]}, right: [train], drop: [other]}",
         "{when: {ok: [yes], train: [required]}, not_asked: named}"),
    )  # fmt: skip
    found = resolve(_compiled(content), "press", 0)
    assert (found.why if isinstance(found, NotAsked) else None) == expected


def test_an_option_is_dropped_by_its_row(sound: Content) -> None:
    assert "train" not in _texts(_asked(_compiled(sound), "press"))


def test_an_option_is_dropped_where_its_office_is_named(edited: Callable[..., Content]) -> None:
    content = edited((CONTACT, "office: ceo", "office: head"))
    assert "ask" in _texts(_asked(_compiled(content), "follow"))
    assert "ask" not in _texts(_asked(_compiled(content, "south"), "follow"))


def test_a_right_option_stays_though_its_office_is_named(edited: Callable[..., Content]) -> None:
    content = edited(
        (
            SPEAKING,
            'text: "Ask {ok.who} first", does: after,',
            'text: "Ask {ok.who} first", does: after, office: head,',
        )
    )
    assert "other" in _texts(_asked(_compiled(content), "press"))


def test_a_condition_must_be_told_in_the_story(edited: Callable[..., Content]) -> None:
    content = edited((CONTACT, "difficulty: easy\n  given: [working_day]\n", "difficulty: easy\n"))
    assert _why(_compiled(content), "worry") is Why.CONDITION
    assert isinstance(resolve(_compiled(content, "south"), "worry", 0), Asked)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(PersonKind.EMPLOYEE, True), (PersonKind.VOLUNTEER, True), (PersonKind.GOVERNOR, False)],
)
def test_a_situation_is_put_to_those_whom_the_policy_covers(
    kind: PersonKind, expected: bool, sound: Content
) -> None:
    assert is_put_to(_compiled(sound), "press", 0, kind, ["kitchen"]) is expected


def test_a_situation_is_put_to_those_whom_its_stances_bind(edited: Callable[..., Content]) -> None:
    compiled = _compiled(edited((NORTH, "is: tell,", "is: tell, binds: [employee],")))
    assert is_put_to(compiled, "worry", 0, EMPLOYEE, ["teacher"])
    assert not is_put_to(compiled, "worry", 0, PersonKind.VOLUNTEER, ["teacher"])
    assert not is_put_to(compiled, "night-message", 0, PersonKind.VOLUNTEER, ["teacher"])
    assert is_put_to(compiled, "press", 0, PersonKind.VOLUNTEER, ["teacher"])


def test_a_situation_that_could_be_put_to_nobody_is_not_asked(edited: Callable[..., Content]) -> None:
    content = edited((SOUTH, "is: tell,", "is: tell, binds: [governor],"))
    assert _why(_compiled(content, "south"), "worry") is Why.AUDIENCE


@pytest.mark.parametrize(
    ("scenario", "variant", "groups", "expected"),
    [
        ("worry", 0, ["teacher"], True),
        ("worry", 0, ["kitchen", "pastoral"], True),
        ("worry", 0, ["kitchen"], False),
        ("follow", UNDER_18, ["kitchen"], True),
        ("follow", ADULT, ["kitchen"], False),
        ("follow", ADULT, ["teacher"], True),
        ("follow", ADULT, [], False),
    ],
)
def test_a_situation_is_put_to_its_job_groups(
    scenario: str, variant: int, groups: list[str], expected: bool, sound: Content
) -> None:
    assert is_put_to(_compiled(sound), scenario, variant, EMPLOYEE, groups) is expected


def test_what_is_not_asked_is_put_to_nobody(sound: Content) -> None:
    assert not is_put_to(_compiled(sound, "south"), "follow", ADULT, EMPLOYEE, ["teacher"])


def test_choose_all_and_mark_have_several_right_options(sound: Content) -> None:
    compiled = _compiled(sound)
    assert _asked(compiled, "worry").right == ("tell", "listen")
    marked = _asked(compiled, "risky-post")
    assert marked.right == ("promise", "blame")
    assert _texts(marked)["promise"] == "Northfield Academies Trust will fund ten new art rooms."


def test_order_keeps_the_order_of_the_row(edited: Callable[..., Content]) -> None:
    content = edited((SPEAKING, "right: [course, consent, post]", "right: [post, course, consent]"))
    asked = _asked(_compiled(content), "first-post")
    assert asked.right == ("post", "course", "consent")
    assert [option.id for option in asked.options] == ["course", "consent", "post"]


def test_a_branch_begins_at_its_first_step_and_leads_on(sound: Content) -> None:
    first = _asked(_compiled(sound), "night-message")
    assert first.step == "request"
    leads = {option.id: option.leads_to for option in first.options}
    assert leads == {"yes-please": "hint", "let-be": "hint", "sleep-on-it": None}


def test_a_step_that_is_not_asked_is_passed_over(sound: Content, edited: Callable[..., Content]) -> None:
    compiled = _compiled(sound, "south")
    assert _asked(compiled, "night-message", ADULT).step == "hint"
    assert _why(compiled, "night-message", ADULT, "request") is Why.TABLE
    quiet = _compiled(edited((SOUTH, "is: tell, who: {all: [head, dsl]},", "is: indirect,")), "south")
    first = _asked(quiet, "night-message", UNDER_18)
    assert {option.leads_to for option in first.options} == {None}
    assert isinstance(resolve(quiet, "night-message", ADULT), NotAsked)


def test_unknown_scenarios_variants_and_steps_are_errors(sound: Content) -> None:
    compiled = _compiled(sound)
    with pytest.raises(KeyError):
        resolve(compiled, "nowhere", 0)
    with pytest.raises(IndexError):
        resolve(compiled, "follow", 2)
    with pytest.raises(KeyError):
        resolve(compiled, "night-message", 0, "nowhere")


def test_cells_are_every_scenario_and_variant(sound: Content) -> None:
    found = cells(_compiled(sound))
    assert [(cell.scenario, cell.variant, cell.case) for cell in found][:3] == [
        ("follow", 0, "under_18"),
        ("follow", 1, "adult"),
        ("worry", 0, None),
    ]
    assert len(found) == 8


def test_a_cells_hash_is_the_same_after_the_bundle_was_stored(sound: Content) -> None:
    bundle = sound.bundle("north")
    stored = content_from_json(bundle_to_json(bundle))
    before = [cell.cell_hash for cell in cells(CompiledBundle(bundle))]
    assert [cell.cell_hash for cell in cells(CompiledBundle(stored))] == before
    assert len(set(before)) == len(before)


def test_a_cells_hash_changes_with_a_word_of_the_policy(
    sound: Content, edited: Callable[..., Content]
) -> None:
    renamed = edited(
        ("policies/north/policy.yaml", "dsl: the Safeguarding Lead", "dsl: the Child Protection Lead")
    )
    before = {(cell.scenario, cell.variant): cell.cell_hash for cell in cells(_compiled(sound))}
    after = {(cell.scenario, cell.variant): cell.cell_hash for cell in cells(_compiled(renamed))}
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {("follow", 0), ("follow", 1), ("worry", 0), ("night-message", 0), ("night-message", 1)}


def _keys(found: list[Cell]) -> list[Any]:
    """What is asked where, with which right options, and why the rest is not."""
    return [
        [result.why if isinstance(result, NotAsked) else result.right for _, result in cell.steps]
        for cell in found
    ]


def _stances(content: Content) -> list[tuple[str, str, int | None, str]]:
    """Every stance with every other answer or non-answer that somebody could write by mistake."""
    found: list[tuple[str, str, int | None, str]] = []
    positions = {position.id: position for position in content.catalogue.positions}
    for slug, policy in content.policies.items():
        for name, stances in policy.positions.items():
            written = [(None, stances.default)] if stances.default else []
            written += [(number, stance) for number, stance in enumerate(stances.exceptions)]
            for number, stance in written:
                for answer in (*positions[name].answers, "silent", "indirect", "unclear"):
                    if answer != stance.answer:
                        found.append((slug, name, number, answer))
    return found


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_flipped_stance_goes_unnoticed(data: st.DataObject, sound: Content) -> None:
    """It changes a key, drops a cell or changes why it is not asked, or is reported."""
    slug, name, number, answer = data.draw(st.sampled_from(_stances(sound)))
    flipped = bundle_to_json(sound.bundle(slug))
    stances = flipped["policy"]["positions"][name]
    (stances["default"] if number is None else stances["except"][number])["is"] = answer
    bundle = content_from_json(flipped)
    policies = {**sound.policies, slug: bundle.policy}
    content = Content(sound.catalogue, sound.bank, policies, places=sound.places)
    before, after = cells(_compiled(sound, slug)), cells(_compiled(content, slug))
    assert _keys(before) != _keys(after) or check_content(content).findings
