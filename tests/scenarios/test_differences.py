"""What differs between the five published policies is taught as different: computed from the compiled content."""

from __future__ import annotations

import re
from functools import cache

import pytest

from elearn.people.rules import JobGroup
from elearn.scenarios.asked import Asked
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.rules import cells
from elearn.scenarios.vocabulary import ScenarioType
from tests.content.courses import compiled, taught

# The model policy may share any rule; it is the five published ones that are told apart.
PUBLISHED = tuple(slug for slug in taught().policies if slug != "model")

# What differs; scenario, step and variant (None: every one); the right options together; the trusts so keyed.
DIFFERENCES = [
    ("WhatsApp", "whatsapp-cover-group", "whole", None, "leave", {"creating_tomorrow"}),
    ("WhatsApp", "whatsapp-quiz-night", "whole", None, "open", {"creating_tomorrow"}),
    ("trust-owned equipment", "away-match-phone", "whole", None, "wait", {"creating_tomorrow"}),
    ("trust-owned equipment", "band-account-steps", "kit", None, "later", {"creating_tomorrow"}),
    ("crisis hold", "crisis-scheduled-post", "whole", None, "stop", {"creating_tomorrow"}),
    ("account registration", "old-netball-account", "whole", None, "tell", {"creating_tomorrow"}),
    ("consent by year group", "img-class-page-consent", "whole", 0, "parents", {"creating_tomorrow"}),
    ("consent by year group", "img-class-page-consent", "whole", 1, "each", {"creating_tomorrow"}),
    ("consent by year group", "img-class-page-consent", "whole", 2, "pupils", {"creating_tomorrow"}),
    ("family-link notice", "relative-joins-school", "whole", None, "tell", {"lead"}),
    ("family-link notice", "family-friend-branch", "link", None, "tell", {"lead"}),
    ("references as mentions", "resp-fair-poster", "whole", None, "asked", {"lead"}),
    ("heads' disclosure steps", "head-hears-of-adult", "refer", None, "all", {"lead"}),
    ("heads' disclosure steps", "head-hears-of-adult", "act", None, "hold", {"lead"}),
    ("friend requests from parents", "parent-friend-request", "whole", None, "decline", {"voyage"}),
    ("friend requests from parents", "fair-friend-adding", "whole", None, "no_thanks", {"voyage"}),
    ("siblings test", "ex-pupil-sibling", "whole", 0, "decline", {"clt"}),
    ("siblings test", "ex-pupil-sibling", "whole", 1, "decline", {"clt"}),
    ("siblings test", "ex-pupil-invite-branch", "older", None, "no_link", {"clt"}),
    ("break-and-lunch rule", "wt-lunch-scroll", "whole", None, "free", {"clt"}),
    ("break-and-lunch rule", "wt-slow-afternoon", "whole", None, "banned", {"clt"}),
    ("recruiters' searches", "applicant-on-a-phone", "whole", None, "stop", {"raleigh", "creating_tomorrow"}),
    (
        "recruiters' searches",
        "quick-search-at-home",
        "whole",
        None,
        "interview",
        {"raleigh", "creating_tomorrow"},
    ),
    ("recruiters' searches", "open-to-work-profile", "whole", None, "read", {"raleigh", "creating_tomorrow"}),
]


@cache
def asked_of(scenario: str, step: str) -> dict[tuple[str, int], Asked]:
    """Each trust and variant that is asked it, with what is asked."""
    return {
        (slug, cell.variant): result
        for slug in PUBLISHED
        for cell in cells(compiled(slug))
        if cell.scenario == scenario
        for name, result in cell.steps
        if name == step and isinstance(result, Asked)
    }


@pytest.mark.parametrize(("item", "scenario", "step", "variant", "right", "trusts"), DIFFERENCES)
def test_what_differs_is_asked_there_and_keyed_so_nowhere_else(
    item: str, scenario: str, step: str, variant: int | None, right: str, trusts: set[str]
) -> None:
    variants = range(len(_scenario(scenario).variants)) if variant is None else [variant]
    for number in variants:
        keyed = {
            slug
            for (slug, told), asked in asked_of(scenario, step).items()
            if told == number and "+".join(asked.right) == right
        }
        assert keyed == trusts, f"{item}: {scenario}, variant {number + 1}"


@pytest.mark.parametrize(
    ("scenario", "position"),
    [("whose-yes-counts", "speak_for_trust"), ("colleague-misuse-tell", "report_misuse")],
)
def test_approvers_and_report_to_people_are_in_the_words_of_each_policy(scenario: str, position: str) -> None:
    texts = {}
    for (slug, variant), asked in asked_of(scenario, "whole").items():
        policy = taught().policies[slug]
        [used] = {(item.position, item.case) for item in asked.used if item.position == position}
        stance = policy.positions[position].stance(used[1])
        assert stance is not None
        [text] = [option.text for option in asked.options if option.is_right]
        for office in stance.offices:
            assert policy.policy.names[office].removeprefix("the ").casefold() in text.casefold(), (
                slug,
                text,
            )
        texts[slug, variant] = text
    assert len({text for (_, variant), text in texts.items() if variant == 0}) >= 3


OF_HEADS = {
    "head_refer_disclosure",
    "head_act_on_disclosure",
    "head_record_disclosure",
    "head_make_safe",
    "head_treat_teller",
}


def read_by(scenario: Scenario) -> set[str]:
    """The positions that a scenario turns on, without their cases."""
    decides = [decide for situation in scenario.situations for decide in situation.decide.values()]
    return {re.split(r"[\[?]", decide)[0] for decide in decides}


def test_everything_that_heads_do_on_a_disclosure_has_a_situation() -> None:
    assert {item.id for item in taught().catalogue.positions if item.id.startswith("head_")} == OF_HEADS
    assert set().union(*(read_by(scenario) for scenario in taught().bank)) >= OF_HEADS


def test_what_heads_do_on_a_disclosure_is_for_heads_and_in_no_strict_order() -> None:
    """The order of the steps is free, but for one thing, kept above: nothing is done before the advice."""
    found = [scenario for scenario in taught().bank if OF_HEADS & read_by(scenario)]
    assert found
    for scenario in found:
        assert scenario.type != ScenarioType.ORDER, scenario.id
        assert scenario.job_groups == (JobGroup.HEAD,), scenario.id


def test_searches_of_applicants_are_put_to_those_who_recruit() -> None:
    for name in ("applicant-on-a-phone", "quick-search-at-home", "shortlist-check"):
        assert _scenario(name).job_groups == (JobGroup.RECRUITER,), name
    assert set(_scenario("open-to-work-profile").job_groups) == {JobGroup.RECRUITER, JobGroup.LEADER}


def _scenario(name: str) -> Scenario:
    [found] = [scenario for scenario in taught().bank if scenario.id == name]
    return found
