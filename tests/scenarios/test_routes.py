"""Pages of authors and owners."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from elearn import clock
from elearn.people.rules import JobGroup, PersonKind, is_for_work
from elearn.permissions import Role
from elearn.quizzes.service import Learner, pool_for
from elearn.scenarios import authoring, installed
from elearn.scenarios import routes as content_routes
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.checking import check_content
from elearn.scenarios.content import Override
from elearn.scenarios.findings import ERRORS, WARNINGS, Finding, Level
from elearn.scenarios.policy_content import Apart, Flag, Resolved, Stances
from elearn.scenarios.rules import cells
from elearn.scenarios.service import find_latest_bundle, get_bundle, load_bundle
from elearn.scenarios.vocabulary import FlagKind
from tests.content.courses import NOBODY, compiled, taught
from tests.factories import CONTENT as FERNHILL
from tests.factories import Trust, content, make_organisation, make_person
from tests.scenarios.conftest import CONTENT as TINY
from tests.staff_world import browser


def author_of(app: Flask, trust: Trust) -> FlaskClient:
    return browser(app, make_person(trust, roles=[Role.AUTHOR]))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An author's browser at a trust whose content is loaded."""
    return author_of(app, make_organisation())


def test_without_content_the_bank_says_so_and_the_other_pages_do_not_exist(app: Flask) -> None:
    client = author_of(app, make_organisation(published=False))
    assert "No content is loaded" in client.get("/content").text
    for page in ("positions", "coverage", "check", "flags", "scenarios/follow", "positions/report"):
        assert client.get(f"/content/{page}").status_code == 404


def test_the_bank_lists_every_situation_and_whether_it_is_asked(client: FlaskClient) -> None:
    text = client.get("/content").text
    for scenario in content().bank:
        assert f'href="/content/scenarios/{scenario.id}"' in text
    assert "are asked under your policy" in text


def listed(client: FlaskClient, query: str) -> set[str]:
    """The situations on the list narrowed by this query."""
    answer = client.get(f"/content?{query}")
    assert answer.status_code == 200
    return set(re.findall(r'href="/content/scenarios/([^"/]+)"', answer.text))


@pytest.fixture
def voyage(app: Flask) -> FlaskClient:
    """An author's browser at a trust with the whole bank, which its policy is silent on about half of."""
    trust = make_organisation(published=False)
    load_bundle(trust.organisation.id, taught(), "voyage", at=clock.now())
    return author_of(app, trust)


def test_the_bank_is_narrowed_by_topic(voyage: FlaskClient) -> None:
    topics = {scenario.id: scenario.topic for scenario in taught().bank}
    for topic in set(topics.values()):
        assert listed(voyage, f"topic={topic}") == {name for name, found in topics.items() if found == topic}


def test_the_bank_is_narrowed_by_whether_a_situation_is_asked(voyage: FlaskClient) -> None:
    asked = {cell.scenario for cell in cells(compiled("voyage")) if cell.asked}
    every = {scenario.id for scenario in taught().bank}
    assert asked < every
    assert listed(voyage, "state=asked") == asked
    assert listed(voyage, "state=not") == every - asked
    assert listed(voyage, "") == every


def test_the_bank_is_narrowed_by_job_group_to_what_such_people_may_be_put(voyage: FlaskClient) -> None:
    """What is asked is what papers are drawn from; what is not asked goes by whom the bank wrote it for."""
    kinds = [frozenset({kind}) for kind in PersonKind]
    for group in JobGroup:
        pools = [pool_for(compiled("voyage"), Learner(NOBODY, kind, frozenset({group}))) for kind in kinds]
        put = {situation.scenario for pool in pools for situation in pool}
        assert listed(voyage, f"group={group.value}&state=asked") == put, group
        written = {scenario.id for scenario in taught().bank if is_told_to(scenario, group)}
        assert listed(voyage, f"group={group.value}") == written, group
        assert listed(voyage, f"group={group.value}&state=not") == written - put, group
    assert {scenario.id for scenario in taught().bank} > written


def is_told_to(scenario: Scenario, group: JobGroup) -> bool:
    """Whether the files tell it, in one telling at least, to people who do this work."""
    own = [telling.job_groups or "everyone" for telling in scenario.variants]
    return is_for_work(scenario.job_groups, group) and any(is_for_work(groups, group) for groups in own)


def test_a_query_that_offers_no_such_choice_narrows_nothing(client: FlaskClient) -> None:
    every = {scenario.id for scenario in content().bank}
    assert listed(client, "topic=<b>&group=nobody&state=maybe") == every
    assert "<b>" not in client.get("/content?topic=<b>&group=nobody&state=maybe").text
    assert "No situation fits" in client.get("/content?state=not").text


def test_what_is_not_in_the_loaded_content_does_not_exist(client: FlaskClient) -> None:
    for address in ("scenarios/nothing", "scenarios/nothing/preview", "positions/nothing"):
        assert client.get(f"/content/{address}").status_code == 404


def test_a_situation_is_shown_over_the_organisations_that_came_with_the_installation(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = client.get("/content/scenarios/follow").text
    assert "Fernhill Academies Trust" in text
    assert "yours, as loaded" in text
    assert "Decline it and speak to him in school" in text
    assert "its content does not have this situation" in text
    monkeypatch.setattr(installed, "data_folder", lambda name: FERNHILL)
    alone = client.get("/content/scenarios/follow").text
    assert alone.count("Fernhill Academies Trust</") >= 1
    assert "its content does not have this situation" not in alone


def test_the_files_are_read_again_only_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "scenarios"
    shutil.copytree(TINY, folder)
    monkeypatch.setattr(installed, "data_folder", lambda name: folder)
    first = installed.installed_content()
    assert installed.installed_content() is first
    catalogue = folder / "catalogue.yaml"
    os.utime(catalogue, ns=(1, 1))
    assert installed.installed_content() is not first
    catalogue.write_text("topics: none", encoding="utf-8")
    broken = installed.installed_content()
    assert broken.content is None
    assert any(problem.startswith("catalogue.yaml:1") for problem in broken.problems)


def test_files_that_cannot_be_read_leave_the_own_organisation_on_the_page(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "catalogue.yaml").write_text("topics: none", encoding="utf-8")
    monkeypatch.setattr(installed, "data_folder", lambda name: tmp_path)
    for address in ("scenarios/follow", "positions/pupil_friend"):
        text = client.get(f"/content/{address}").text
        assert "cannot be read" in text
        assert "Fernhill Academies Trust" in text


def test_a_position_shows_its_answer_who_is_named_and_the_situations_that_rest_on_it(
    client: FlaskClient,
) -> None:
    text = client.get("/content/positions/report").text
    assert "Tell somebody" in text
    assert "the Safeguarding Lead" in text
    assert 'href="/content/scenarios/late-message"' in text
    listed = client.get("/content/positions").text.partition('href="/content/positions/report"')[2]
    assert "<strong>Tell somebody</strong>" in listed.partition("</tr>")[0]
    assert "Who: the Safeguarding Lead" in listed.partition("</tr>")[0]


def test_a_preview_is_the_learners_own_page_with_what_follows_each_option(client: FlaskClient) -> None:
    text = client.get("/content/scenarios/follow/preview?kind=employee&group=teacher").text
    assert "This is put to them." in text
    assert "Kacper from your Year 9 group" in text
    assert 'name="choice"' in text
    assert "On Monday the class talks about it." in text
    assert "Clause 2.1" in text
    phone = text[text.index('class="app-phone"') : text.index("What follows each option")]
    assert "<form" not in phone
    assert 'type="submit"' not in phone


def test_a_preview_says_why_a_situation_is_not_put_to_somebody(client: FlaskClient) -> None:
    text = client.get("/content/scenarios/follow/preview?kind=governor&group=governor").text
    assert "This is not put to them." in text
    assert "does not say that it covers them" in text


def test_every_situation_can_be_previewed_step_by_step(client: FlaskClient) -> None:
    for scenario in content().bank:
        for variant in range(len(scenario.variants)):
            for step in scenario.situations:
                address = f"/content/scenarios/{scenario.id}/preview?variant={variant + 1}&step={step.id}"
                assert client.get(address).status_code == 200, address
    assert client.get("/content/scenarios/follow/preview?variant=99&kind=x&group=&step=y").status_code == 200


def test_coverage_puts_gaps_first_and_its_shares_add_up(client: FlaskClient) -> None:
    text = client.get("/content/coverage").text
    assert (
        text.index('id="gaps"')
        < text.index('id="covered"')
        < text.index('id="left-out"')
        < text.index('id="nobodys"')
        < text.index('id="recommendations"')
    )
    assert re.search(r"a situation that a course asks covers \d+ of \d+", text)
    assert "100%" in text


def test_coverage_counts_as_gaps_what_no_course_asks(app: Flask) -> None:
    """With the topic, so that somebody can let a course draw from it."""
    trust = make_organisation()
    whole = content()
    policy = whole.policies["fernhill"]
    courses = tuple(
        course.model_copy(update={"topics": {"speaking": 1}, "questions": 1}) for course in policy.courses
    )
    less = replace(whole, policies={"fernhill": policy.model_copy(update={"courses": courses})})
    load_bundle(trust.organisation.id, less, "fernhill", at=clock.now() + timedelta(seconds=1))
    text = author_of(app, trust).get("/content/coverage").text
    gaps = text.partition('id="gaps"')[2].partition('id="covered"')[0]
    titles = {topic.id: topic.title for topic in whole.catalogue.topics}
    assert f"A situation covers it, but no course asks it. Topic: {titles['contact']}" in gaps
    before = author_of(app, make_organisation()).get("/content/coverage").text
    assert "no course asks it" not in before.partition('id="gaps"')[2].partition('id="covered"')[0]


def links_to_content(text: str) -> list[tuple[str, str]]:
    """The id and the words of each link to a situation or a position."""
    return re.findall(
        r'<a class="govuk-link" href="/content/(?:setup/)?(?:scenarios|situations|positions)/([^"/]+)">([^<]*)</a>',
        text,
    )


@pytest.mark.parametrize("address", ["/content", "/content/positions", "/content/coverage", "/content/check"])
def test_lists_name_situations_and_questions_in_words(client: FlaskClient, address: str) -> None:
    links = links_to_content(client.get(address).text)
    assert links
    assert not [name for name, words in links if words == name]


def test_the_check_says_first_what_a_finding_is_about_and_keeps_the_id_to_find_it_by(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = make_organisation()
    question = next(item.question for item in content().catalogue.positions if item.id == "report")
    found = Finding("hole", Level.ERROR, "report has no stance", "positions.yaml", 7, "Write it", "report")
    monkeypatch.setattr(
        content_routes, "report_of", lambda *_: replace(check_content(content()), findings=(found,))
    )
    text = author_of(app, trust).get("/content/check").text
    item = text.partition('<li class="app-checks__item">')[2].partition("</li>")[0]
    assert (
        item.index(str(escape(question))) < item.index("It has no stance. Write it.") < item.index("report (")
    )
    assert "<code>hole</code>" in item
    assert "(positions.yaml, line 7)" in item


def test_the_check_names_code_place_and_mending(client: FlaskClient) -> None:
    text = client.get("/content/check").text
    found = re.findall(r"<code>(\w+)</code>", text)
    assert set(found) <= ERRORS.keys() | WARNINGS.keys()
    assert found
    for code in set(found):
        assert escape((ERRORS | WARNINGS)[code]) in text
    assert "Clauses compared with" in text


def test_the_check_lists_accepted_warnings_with_their_reasons(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = make_organisation()
    client = author_of(app, trust)
    bundle = find_latest_bundle(trust.organisation.id)
    assert bundle is not None
    warning = authoring.report_of(bundle, None).warnings[0]
    files = replace(content(), overrides=(Override(code=warning.code, at=warning.at, reason="we tried it"),))
    kept = installed.Installed("another", files, {})
    monkeypatch.setattr(authoring, "installed_content", lambda: kept)
    text = client.get("/content/check").text
    assert "Why: we tried it" in text
    assert "Accepted warnings (0)" not in text
    assert re.search(r"\(\w[\w./-]*\.yaml, line \d+\)", text), "the files say the same, so lines are known"


def test_flags_and_a_late_review_are_shown_to_owners(app: Flask) -> None:
    trust = make_organisation(published=False)
    told = content()
    policy = told.policies["fernhill"]
    asked, left = told.catalogue.positions[0], told.catalogue.positions[1]
    flag = Flag(
        id="inner-number-1",
        kind=FlagKind.UNSAFE,
        refs=("2.1",),
        text="It asks for a password.",
        open=(left.id,),
        apart=(Apart(positions=(asked.id,), why="That one is about something else."),),
    )
    late = policy.policy.model_copy(update={"flags": (flag,), "review_due_on": "2020-01"})
    changed = policy.model_copy(update={"policy": late})
    load_bundle(
        trust.organisation.id,
        replace(told, policies={"fernhill": changed}),
        "fernhill",
        at=clock.now(),
    )
    text = author_of(app, trust).get("/content/flags").text
    assert "It asks for a password." in text
    assert "Unsafe" in text
    assert "past its own review date" in text
    assert "inner-number-1" not in text
    listed = '</p><ul class="govuk-list govuk-list--bullet app-small"><li>'
    assert f"Nobody is scored on:</strong>{listed}{escape(left.question)}</li>" in text
    reason = "Taught all the same:</strong> That one is about something else."
    assert f"{reason}{listed}{escape(asked.question)}</li>" in text


def test_owners_see_which_decisions_between_clauses_are_theirs_to_confirm(app: Flask) -> None:
    trust = make_organisation(published=False)
    told = content()
    policy = told.policies["fernhill"]
    name, position = next((item.id, item) for item in told.catalogue.positions if not item.cases)
    stance = policy.positions[name].default
    assert stance is not None
    for by, shown in (("the people committee", False), ("author", True)):
        resolved = Resolved(by=by, on="2026-11-21", why="The second clause is the specific one.")
        clashing = stance.model_copy(update={"but": ("2.1",), "despite": ("N1",), "resolved": resolved})
        positions = {**policy.positions, name: Stances.model_construct(default=clashing, exceptions=())}
        flag = Flag(id="N1", kind=FlagKind.AMBIGUOUS, refs=("2.1",), text="It can be read in two ways.")
        noted = policy.policy.model_copy(update={"flags": (flag,)})
        changed = policy.model_copy(update={"positions": positions, "policy": noted})
        load_bundle(
            trust.organisation.id,
            replace(told, policies={"fernhill": changed}),
            "fernhill",
            at=clock.now(),
        )
        text = author_of(app, trust).get("/content/flags").text
        assert ("Decisions for the trust to confirm (1)" in text) == shown
        assert ("leaves open, unless a decision below says so." in text) == shown
        assert (str(escape(position.question)) in text) == shown
        assert ("In spite of the note:</strong> It can be read in two ways." in text) == shown
        grid = author_of(app, trust).get(f"/content/positions/{name}").text
        assert ("has still to confirm it" in grid) == shown
        assert ("Decided by the people committee" in grid) != shown


def test_what_is_worked_out_from_a_bundle_is_kept(app: Flask) -> None:
    trust = make_organisation()
    bundle = find_latest_bundle(trust.organisation.id)
    assert bundle is not None
    assert authoring.cells_of(bundle.id) is authoring.cells_of(bundle.id)
    assert list(authoring.cells_of(bundle.id)) == cells(get_bundle(bundle.id))
    assert authoring.report_of(bundle, None) is authoring.report_of(bundle, None)
