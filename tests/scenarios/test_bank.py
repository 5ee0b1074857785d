"""What the bank as a whole has, counted from the content."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from elearn.config import data_folder
from elearn.people.rules import JobGroup, PersonKind, is_for_work
from elearn.policies.importing import read_policy
from elearn.scenarios.asked import Asked, Cell
from elearn.scenarios.checking import CheckReport, check_content
from elearn.scenarios.commands import content_commands
from elearn.scenarios.coverage import DUTIES, RECOMMENDATIONS, coverage, tally
from elearn.scenarios.loader import read_yaml
from elearn.scenarios.readability import grade
from elearn.scenarios.rules import CompiledBundle, cells, resolve
from elearn.scenarios.vocabulary import EVERYONE, ArtefactKind, CourseId, Does, ScenarioType
from tests.content.courses import compiled, takers, taught

PUBLISHED = [slug for slug in taught().policies if slug != "model"]
ASKED = [asked for slug in taught().policies for cell in cells(compiled(slug)) for asked in cell.asked]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


def shown(asked: Asked) -> list[str]:
    """Every text of a situation, with its slots filled."""
    options = [(option.text, option.consequence) for option in asked.options]
    return [*told(asked), *texts(options)]


def told(asked: Asked) -> list[str]:
    """What a situation tells before its options."""
    shown = asked.artefact.model_dump(mode="json", by_alias=True, exclude={"kind"}) if asked.artefact else {}
    return [asked.story, asked.ask, *texts(shown)]


def test_the_check_finds_no_error_and_each_accepted_warning_has_its_reason() -> None:
    """What `elearn content check --json` says of the content that the program teaches, all of it."""
    result = CliRunner().invoke(content_commands, ["check", "--json"], catch_exceptions=False)
    told = json.loads(result.output)
    assert result.exit_code == 0
    assert (told["counts"]["errors"], told["counts"]["warnings"]) == (0, 0)
    assert told["counts"]["organisations"] == len(taught().policies) == 6
    assert told["findings"] == []
    written, _ = read_yaml((data_folder("scenarios") / "overrides.yaml").read_text(encoding="utf-8"), "")
    reasons = {(row["code"], row["at"], row["policy"]): row["reason"] for row in written}
    accepted = [(row["finding"], row["reason"]) for row in told["overridden"]]
    assert {(found["code"], found["at"], found["policy"]) for found, _ in accepted} == set(reasons)
    for found, reason in accepted:
        assert reason == reasons[found["code"], found["at"], found["policy"]]
        assert len(reason.split()) >= 15


@pytest.fixture(scope="module")
def report() -> CheckReport:
    return check_content(taught())


def test_there_are_enough_scenarios_and_enough_that_come_out_differently(report: CheckReport) -> None:
    assert report.counts.distinct_scenarios >= 120
    assert sum(item.right_option or item.people for item in report.differences) >= 30
    assert sum(item.right_option for item in report.differences) >= 15


def test_there_are_enough_of_both_for_the_five_published_policies_by_themselves() -> None:
    """The model policy, which was written for the program, counts for nothing here."""
    published = {slug: policy for slug, policy in taught().policies.items() if slug != "model"}
    report = check_content(replace(taught(), policies=published))
    assert report.counts.organisations == len(PUBLISHED_FLAGS) == 5
    live = {cell.scenario for found in report.cells.values() for cell in found if cell.asked}
    assert "near_duplicate" not in {finding.code for finding in report.findings}
    assert len(live) >= 120
    assert sum(item.right_option or item.people for item in report.differences) >= 30
    assert sum(item.right_option for item in report.differences) >= 15


@pytest.mark.parametrize("slug", taught().policies)
def test_what_staff_can_get_right_or_wrong_is_covered_and_at_most_15_in_100_is_not_quizable(
    slug: str,
) -> None:
    policy = taught().policies[slug]
    counted = tally(coverage(compiled(slug), cells(compiled(slug))))
    assert counted.covered >= 5
    assert counted.gaps == 0
    assert counted.left_out <= 0.15 * counted.total
    parents = {clause.parent for clause in policy.clauses}
    headings = {
        item.ref for item in policy.clauses if item.not_quizable == "heading" and item.force in DUTIES
    }
    assert headings - parents == set(), "a heading has items that are counted in its place"


SERVICE = "Social Networking as part of School Service > ¶2"
BULLET_5 = "Social Networking applications and their use > bullet 5"
GUIDANCE = "Guidance/protection for staff using social networking sites > bullet 3"


@pytest.mark.parametrize(
    ("slug", "ref", "forces", "open_parts"),
    [
        ("raleigh", "6.1", "permission prohibition prohibition", 0),
        ("raleigh", "10.3(b)", "recommendation recommendation recommendation", 0),
        ("raleigh", "10.4(b)", "recommendation recommendation recommendation", 0),
        ("clt", "4.3 a", "recommendation recommendation recommendation", 0),
        ("clt", "4.4 c", "duty duty duty", 0),
        ("clt", "4.7 c", "recommendation prohibition", 0),
        ("lead", GUIDANCE, "recommendation recommendation", 0),
        ("lead", "SCOPE > ¶4", "recommendation duty", 0),
        ("lead", SERVICE, "permission duty", 0),
        ("voyage", "7 ¶1 bullet 12", "recommendation recommendation", 0),
        ("creating_tomorrow", "2.2.3", "duty duty", 1),
        ("creating_tomorrow", "5.1 bullet 14", "recommendation recommendation", 0),
        ("creating_tomorrow", "5.2 bullet 6", "duty prohibition", 0),
        ("raleigh", "4.2", "duty duty duty", 0),
        ("raleigh", "10.3(d)", "recommendation recommendation", 0),
        ("raleigh", "10.4(g)", "recommendation recommendation duty", 1),
        ("raleigh", "10.5(a)", "recommendation recommendation", 0),
        ("voyage", "2 ¶2 bullet 2", "duty duty", 0),
        ("voyage", "4 ¶1", "information recommendation", 0),
        ("voyage", "4 ¶2 bullet 7", "recommendation recommendation", 0),
        ("voyage", "5 ¶4", "duty recommendation", 0),
        ("voyage", "6 ¶2", "recommendation permission recommendation", 0),
        ("voyage", "7 ¶1 bullet 2", "recommendation recommendation", 0),
        ("voyage", "7 ¶1 bullet 6", "recommendation recommendation", 0),
        ("voyage", "7 ¶1 bullet 11", "recommendation recommendation", 0),
        ("voyage", "7 ¶1 bullet 13", "recommendation recommendation", 0),
        ("voyage", "7 ¶1 bullet 15", "recommendation recommendation", 0),
        ("voyage", "7 ¶1 bullet 18", "recommendation recommendation", 0),
        ("creating_tomorrow", "3.3.1 bullet 4", "prohibition prohibition", 0),
        ("creating_tomorrow", "4.4.1", "duty duty", 0),
        ("creating_tomorrow", "5.3 bullet 2", "prohibition prohibition", 0),
        ("creating_tomorrow", "8.1.1", "duty recommendation", 2),
        ("clt", "4.2 b", "duty duty", 0),
        ("clt", "4.4 a", "recommendation recommendation", 0),
        ("clt", "4.5 a", "duty duty", 0),
        ("clt", "4.5 b", "duty duty", 0),
        ("clt", "4.7 b", "duty prohibition", 0),
        ("clt", "4.8 b", "permission prohibition", 0),
        ("lead", BULLET_5, "prohibition prohibition", 0),
    ],
)
def test_each_act_of_a_clause_that_asks_for_several_is_taught_or_has_a_reason(
    slug: str, ref: str, forces: str, open_parts: int
) -> None:
    rows = [row for row in coverage(compiled(slug), cells(compiled(slug))) if row.ref == ref]
    assert [row.force.value for row in rows] == forces.split()
    assert [row for row in rows if row.is_uncovered] == []
    assert sum(1 for row in rows if row.not_quizable) == open_parts


def test_the_duty_to_treat_people_equally_is_taught_by_jokes_and_not_by_private_pages() -> None:
    rows = coverage(compiled("lead"), cells(compiled("lead")))
    private, equal = (row for row in rows if row.ref == "SCOPE > ¶4")
    assert private.positions == ("private_account_counts",)
    assert equal.positions == ("offensive_content",)


@pytest.mark.parametrize("slug", taught().policies)
def test_whatever_is_covered_is_put_to_people_by_some_course(slug: str) -> None:
    """A situation covers nothing where no course draws from its topic. Recommendations too."""
    policy = taught().policies[slug]
    drawn = {topic for course in policy.courses for topic, number in course.topics.items() if number}
    topics = {scenario.id: scenario.topic for scenario in taught().bank}
    covered = [row for row in coverage(compiled(slug), cells(compiled(slug))) if row.scenarios]
    assert [row for row in covered if not {topics[name] for name in row.scenarios} & drawn] == []


@pytest.mark.parametrize("slug", taught().policies)
def test_a_refresher_asks_as_much_of_what_must_be_got_right_as_the_induction(slug: str) -> None:
    """Two situations on contact with pupils, and something on most of what the trust's policy has to say."""
    courses = {course.id.value: course for course in taught().policies[slug].courses}
    induction, refresher = courses["induction"], courses["refresher"]
    assert refresher.topics["pupil-contact"] == 2
    assert set(refresher.must_get_right) == set(induction.must_get_right)
    assert all(refresher.topics[topic] >= induction.topics[topic] for topic in induction.must_get_right)
    assert sum(refresher.topics.values()) == refresher.questions
    assert len([topic for topic, number in refresher.topics.items() if number]) >= 8


@pytest.mark.parametrize("slug", taught().policies)
def test_every_recommendation_has_a_situation_or_a_reason(slug: str) -> None:
    counted = tally(coverage(compiled(slug), cells(compiled(slug))), RECOMMENDATIONS)
    assert counted.covered >= 10
    assert counted.gaps == 0


def test_every_type_and_artefact_is_there() -> None:
    assert {scenario.type for scenario in taught().bank} == set(ScenarioType)
    assert {asked.artefact.kind for asked in ASKED if asked.artefact} == set(ArtefactKind)


SHORT_POLICIES = {"clt": 6, "lead": 8}
"""Where the policy says little of what one is to do."""


@pytest.mark.parametrize("slug", taught().policies)
def test_keeping_off_is_wrong_in_many_stories_and_in_every_topic_that_must_be_got_right(slug: str) -> None:
    """Whoever refuses everything is to meet stories in which that is a mistake, some of which offer it."""
    topics = {scenario.id: scenario.topic for scenario in taught().bank}
    stories, offered, wrong = set(), set(), set()
    for asked in (asked for cell in cells(compiled(slug)) for asked in cell.asked):
        stories.add(asked.scenario)
        keeping_off = [option.is_right for option in asked.options if option.does is Does.AVOID]
        if not any(keeping_off):
            wrong.add(asked.scenario)
        if keeping_off and not any(keeping_off):
            offered.add(asked.scenario)
    assert len(wrong) >= 0.4 * len(stories)
    assert len(offered) >= SHORT_POLICIES.get(slug, 15)
    must = {topic for course in taught().policies[slug].courses for topic in course.must_get_right}
    assert must <= {topics[scenario] for scenario in wrong}


def steps_on_the_right_way(slug: str, cell: Cell) -> int:
    """How many steps somebody goes through who is right all the way."""
    count, name = 0, cell.asked[0].step if cell.asked else None
    while name is not None:
        asked = resolve(compiled(slug), cell.scenario, cell.variant, name)
        assert isinstance(asked, Asked)
        [right] = asked.right
        name = next(option.leads_to for option in asked.options if option.id == right)
        count += 1
    return count


BRANCHES = {scenario.id for scenario in taught().bank if scenario.type is ScenarioType.BRANCH}


def long_branches(slug: str) -> dict[tuple[str, int], int]:
    """The tellings of branches that lead over three or four steps at one trust, and over how many."""
    found = {
        (cell.scenario, cell.variant): steps_on_the_right_way(slug, cell)
        for cell in cells(compiled(slug))
        if cell.scenario in BRANCHES
    }
    return {telling: steps for telling, steps in found.items() if steps in (3, 4)}


def test_at_least_eight_branches_lead_over_three_or_four_steps() -> None:
    """Counted over the five published policies: the model policy has all of their rules, and nobody works there."""
    found = {name for slug in PUBLISHED for name, _ in long_branches(slug)}
    assert sorted(found) == LONG_BRANCHES
    assert len(found) >= 8


LONG_BRANCHES = [
    "autumn-of-one-mother",
    "band-account-steps",
    "club-chat-steps",
    "evening-message-branch",
    "ex-pupil-invite-branch",
    "family-friend-branch",
    "first-words-steps",
    "group-with-a-new-name",
    "hen-weekend-steps",
    "img-prize-night",
    "inquiry-step-by-step",
    "one-phone-one-tuesday",
    "prof-new-page",
    "reporter-at-the-gate",
    "town-group-in-four-weeks",
]
"""Those that are live: asked of staff at one of the five trusts at least, over all of their steps."""


def test_whoever_is_asked_has_four_options_to_choose_from_or_three_steps_to_put_in_order() -> None:
    """At each trust, with what its policy leaves out left out. Three steps have six orders."""
    least = {ScenarioType.ORDER: 3}
    few = {(asked.scenario, asked.step) for asked in ASKED if len(asked.options) < least.get(asked.type, 4)}
    assert few == set()


def put_by_courses(slug: str, group: JobGroup) -> set[tuple[str, int]]:
    """What somebody in a job group is asked in the courses that everybody is put."""
    return {
        situation.key
        for taker in takers(slug)
        if taker.group is group and taker.course.id is not CourseId.ACCOUNT_HOLDER
        for situation in taker.pool
        if taker.course.topics[situation.topic]
    }


@pytest.mark.parametrize("slug", PUBLISHED)
def test_everybody_who_works_at_a_trust_may_meet_branches_of_three_or_four_steps(slug: str) -> None:
    """Drawn by the courses that all are put; volunteers and governors are bound by fewer rules."""
    long = set(long_branches(slug))
    for group in {taker.group for taker in takers(slug) if taker.kind is PersonKind.EMPLOYEE}:
        met = {name for name, _ in put_by_courses(slug, group) & long}
        assert len(met) >= 3, group


@pytest.mark.parametrize("slug", taught().policies)
def test_every_rule_for_everybody_is_put_to_somebody_who_does_not_post_for_the_trust(slug: str) -> None:
    """A duty, prohibition or procedure that binds all staff is no secret of those who run an account."""
    policy = taught().policies[slug]
    asked = {
        key
        for group in JobGroup
        if group is not JobGroup.ACCOUNT_HOLDER
        for key in put_by_courses(slug, group)
    }
    put = {
        (cited.ref, cited.part)
        for cell in cells(compiled(slug))
        if (cell.scenario, cell.variant) in asked
        for step in cell.asked
        for cited in step.citations
    }
    everybodys = {
        clause.ref for clause in policy.clauses if clause.who == EVERYONE or PersonKind.EMPLOYEE in clause.who
    }
    covered = [
        row for row in coverage(compiled(slug), cells(compiled(slug))) if row.is_quizable and row.scenarios
    ]
    assert [row for row in covered if row.ref in everybodys and (row.ref, row.part) not in put] == []


def test_whatsapp_is_taught_to_everybody_at_creating_tomorrow() -> None:
    """By a key rule that all read, and by situations that may be drawn for each kind of work."""
    slug = "creating_tomorrow"
    assert "5.4.1" in {ref for rule in taught().policies[slug].key_rules for ref in rule.clauses}
    for taker in takers(slug):
        if taker.course.id is not CourseId.ACCOUNT_HOLDER:
            stories = {situation.scenario for situation in taker.pool if taker.course.topics[situation.topic]}
            assert {"whatsapp-cover-group", "whatsapp-quiz-night"} <= stories, taker


@pytest.mark.parametrize("slug", PUBLISHED)
def test_every_job_group_has_situations_of_its_own(slug: str) -> None:
    """Asked at this trust, and put to somebody whose work they were written for."""
    scenarios = {scenario.id: scenario for scenario in taught().bank}
    for group in {taker.group for taker in takers(slug)}:
        own = set()
        for name, number in put_by_courses(slug, group):
            wanted = (scenarios[name].job_groups, scenarios[name].variants[number].job_groups)
            if any(groups not in (None, EVERYONE) and is_for_work(groups or (), group) for groups in wanted):
                own.add(name)
        assert len(own) >= 3, group


TOLD_ALONE = (
    JobGroup.TEACHING_ASSISTANT,
    JobGroup.VOLUNTEER,
    JobGroup.OFFICE,
    JobGroup.SITE,
    JobGroup.KITCHEN,
    JobGroup.SUPPLY,
    JobGroup.GOVERNOR,
)
"""Kinds of work that stories about lessons easily pass by."""


def told_alone(slug: str, group: JobGroup) -> set[tuple[str, int]]:
    """The tellings that one trust asks and that were written for one kind of work and no other."""
    scenarios = compiled(slug).scenarios
    found = set()
    for cell in cells(compiled(slug)):
        scenario = scenarios[cell.scenario]
        if cell.asked and (group,) in (scenario.job_groups, scenario.variants[cell.variant].job_groups):
            found.add((cell.scenario, cell.variant))
    return found


@pytest.mark.parametrize("group", TOLD_ALONE)
def test_six_situations_are_told_from_the_life_of_each_kind_of_work_alone(group: JobGroup) -> None:
    """Each is drawn by courses of three of the five trusts; governors, whom one of them covers, are asked at three."""
    trusts: dict[str, set[str]] = {}
    for slug in PUBLISHED:
        told = told_alone(slug, group)
        for name, _ in told if group is JobGroup.GOVERNOR else told & put_by_courses(slug, group):
            trusts.setdefault(name, set()).add(slug)
    assert len([name for name, asked_at in trusts.items() if len(asked_at) >= 3]) >= 6


@pytest.mark.parametrize("slug", PUBLISHED)
def test_whoever_is_covered_is_put_situations_told_from_their_work_alone(slug: str) -> None:
    """At each trust that covers them, by the courses that everybody there is put."""
    for group in {taker.group for taker in takers(slug)} & set(TOLD_ALONE):
        put = {name for name, _ in told_alone(slug, group) & put_by_courses(slug, group)}
        assert len(put) >= 4, group


@pytest.mark.parametrize("slug", taught().policies)
def test_a_head_is_asked_what_leaders_are_and_nobody_else_is_told_that_they_are_the_head(slug: str) -> None:
    head, leader = put_by_courses(slug, JobGroup.HEAD), put_by_courses(slug, JobGroup.LEADER)
    assert leader <= head
    own = {scenario.id for scenario in taught().bank if scenario.job_groups == (JobGroup.HEAD,)}
    assert {name for name, _ in head - leader} <= own
    told_so = {
        (cell.scenario, cell.variant)
        for cell in cells(compiled(slug))
        if any("You are the head" in text for asked in cell.asked for text in told(asked))
    }
    for taker in takers(slug):
        if taker.group is not JobGroup.HEAD:
            assert {situation.key for situation in taker.pool} & told_so == set(), taker


ONES_OWN_LESSON = re.compile(
    r"\byour (?:own )?(?:class|classes|lesson|lessons|form|tutor group|pupils' books|Year \d+s)\b"
    r"|\byou (?:teach|mark|cover|stand in for|sit in with|watch over|help in) (?!.{0,20}governors)"
    r"|\byou are with a Year \d+ class\b",
    re.I,
)
"""Words of a story that make its reader somebody who teaches or helps in lessons."""


def test_nobody_is_told_of_a_lesson_of_their_own_who_gives_none() -> None:
    outside = {JobGroup.GOVERNOR, JobGroup.KITCHEN, JobGroup.SITE, JobGroup.OFFICE}
    wrong = set()
    for slug in taught().policies:
        for cell in cells(compiled(slug)):
            for asked in cell.asked:
                if any(ONES_OWN_LESSON.search(text) for text in told(asked)):
                    scenario = compiled(slug).scenarios[cell.scenario]
                    told_to = (scenario.job_groups, scenario.variants[cell.variant].job_groups)
                    for group in outside:
                        if all(wanted is None or is_for_work(wanted, group) for wanted in told_to):
                            wrong.add((cell.scenario, cell.variant + 1, group.value))
    assert wrong == set()


@pytest.mark.parametrize(
    "name", ["X", "Threads", "TikTok", "WhatsApp", "channel", "BeReal", "AI", "class (chat|group)"]
)
def test_the_platforms_are_those_of_today(name: str) -> None:
    """In two different scenarios at least, told in the story and not in passing in what comes of an option."""
    pattern = re.compile(rf"\b{name}\b")
    scenarios = {asked.scenario for asked in ASKED if any(pattern.search(text) for text in told(asked))}
    assert len(scenarios) >= 2, scenarios


def test_a_story_calls_a_request_what_its_platform_calls_it() -> None:
    wrong = set()
    for asked in ASKED:
        if asked.artefact and asked.artefact.kind is ArtefactKind.FOLLOW_REQUEST:
            said = f"{asked.story} {asked.artefact.text}"
            named = set(re.findall(r"(?:friend|follow) request|invitation to connect", said))
            named |= {f"{verb} request" for verb in re.findall(r"wants to (?:be )?(friend|follow)", said)}
            if named - {asked.artefact.noun}:
                wrong.add((asked.scenario, asked.artefact.platform))
    assert wrong == set()


def test_no_slot_is_filled_after_the_wrong_article() -> None:
    """`hour` and `honest` begin with a vowel in speech, `one` and `use` do not, and X is said with one."""
    spoken_vowel = re.compile(r"(?!one\b|once\b|us[eu]|uni[tfqv]|euro)[aeiou]|hour|honest|x\b", re.I)
    wrong = set()
    for asked in ASKED:
        for text in shown(asked):
            for article, word in re.findall(r"\b(an?)\s+([A-Za-z]\w*)", text, re.I):
                if (article.lower() == "an") != bool(spoken_vowel.match(word)):
                    wrong.add((asked.scenario, article, word))
    assert wrong == set()


def test_stories_and_options_are_easy_to_read() -> None:
    stories = [grade(asked.story) for asked in ASKED]
    options = [grade(option.text) for asked in ASKED for option in asked.options]
    assert sum(stories) / len(stories) <= 8
    assert sum(options) / len(options) <= 8
    assert max(stories) <= 10


def test_every_story_has_60_to_90_words_as_it_is_told() -> None:
    """Under each policy and in each variant where it is asked; later steps of a branch go on briefly."""
    first = {scenario.id: scenario.situations[0].id for scenario in taught().bank}
    counts = {
        (asked.scenario, asked.variant + 1, len(asked.story.split()))
        for asked in ASKED
        if asked.step == first[asked.scenario]
    }
    assert {scenario for scenario, _, _ in counts} == set(first)
    assert {told for told in counts if not 60 <= told[2] <= 90} == set()


@pytest.mark.parametrize("slug", taught().policies)
def test_no_option_is_hard_to_read_but_for_what_a_published_policy_calls_its_offices(slug: str) -> None:
    """A trust's names of its offices each count as two short words; those of the model policy are ours, and stand."""
    bundle = taught().bundle(slug)
    offices = {office.id for office in bundle.catalogue.offices} if slug in PUBLISHED else set()
    policy = bundle.policy.policy
    names = {name: "the head" if name in offices else words for name, words in policy.names.items()}
    renamed = bundle.policy.model_copy(update={"policy": policy.model_copy(update={"names": names})})
    plain = CompiledBundle(bundle.model_copy(update={"policy": renamed}))
    options = {option.text for cell in cells(plain) for asked in cell.asked for option in asked.options}
    assert len(options) >= 300
    assert {text for text in options if grade(text) > 10} == set()


def numbered(*numbers: int) -> set[str]:
    return {f"J{number}" for number in numbers}


PUBLISHED_FLAGS = {
    "creating_tomorrow": numbered(*range(1, 13), 20, 43),
    "raleigh": numbered(*range(13, 21), 41, 43),
    "voyage": numbered(*range(20, 28), 41, 42, 43),
    "clt": numbered(*range(28, 34), 41, 42, 43),
    "lead": numbered(*range(34, 44)),
}
"""The problems that were found in each of the five policies; some are in several."""


@pytest.mark.parametrize("slug", PUBLISHED_FLAGS)
def test_each_problem_found_in_a_policy_is_a_flag_for_its_own_owner(slug: str) -> None:
    flags = [flag.id for flag in taught().policies[slug].policy.flags if flag.id.startswith("J")]
    assert sorted(flags) == sorted(PUBLISHED_FLAGS[slug])


def test_problems_found_in_the_policies_are_numbered_without_a_gap() -> None:
    flags = {flag.id for slug in PUBLISHED for flag in taught().policies[slug].policy.flags}
    found = {int(flag[1:]) for flag in flags if re.fullmatch(r"J\d+", flag)}
    assert found == set(range(1, max(found) + 1))


@pytest.mark.parametrize(
    ("ref", "course"), [("19.4(a)", "induction"), ("19.4(b)", "account_holder"), ("19.4(c)", "refresher")]
)
def test_the_model_policy_states_the_pass_marks_of_its_courses(ref: str, course: str) -> None:
    source = data_folder("scenarios") / "policies" / "model" / "policy.md"
    [clause] = [c for c in read_policy(source.read_bytes(), source.name).clauses if c.ref == ref]
    [rules] = [each for each in taught().policies["model"].courses if each.id == course]
    assert clause.text.startswith(f"{rules.pass_mark} of {rules.questions} questions in the ")
