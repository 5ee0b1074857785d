"""A trust that nobody knows sets up its content by pages alone: from the file of its policy to a course.

The policy is our model policy, and the hand-written positions of `model` are what its author means. The product is told
neither: it proposes, and the author changes what is not what they mean.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from elearn import clock
from elearn.assignments.learning import get_learning
from elearn.people.service import PersonView
from elearn.permissions import Role
from elearn.quizzes import service as quizzes
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import Stance, Stances
from elearn.scenarios.service import find_latest_bundle, get_bundle
from tests.drafts.forms import Author, Found, Values, changes, form_of
from tests.factories import Trust, make_organisation, make_person
from tests.staff_world import browser

SCENARIOS = Path(__file__).parents[2] / "scenarios"
POLICY = SCENARIOS / "policies" / "model" / "policy.md"
MOST_CHOICES = 130


def upload(author: Author) -> None:
    """Import the policy's file as a version."""
    address = "/policy/versions/upload"
    found = form_of(author.client.get(address))
    file = (io.BytesIO(POLICY.read_bytes()), "policy.md")
    shown = author.client.post(address, data=found.values | {"file": file})
    author.choices += 2
    answer = author.send(address, form_of(shown))
    assert answer.status_code == 303, answer.text


def wanted(stance: Stance, prefix: str, found: Found) -> Values:
    """What to change in one part of a position's form so that it says this.

    The answer, whom it names and how are to be the same, and one of its clauses is to be cited and no other.
    """
    has = {
        name: found.values.get(prefix + name, []) for name in ("answer", "clauses", "who", "joined", "how")
    }
    values: Values = {prefix + "answer": [stance.answer]}
    refs = [citation.ref for citation in stance.clauses]
    kept = [ref for ref in has["clauses"] if ref in refs]
    offered = [ref for ref in refs if ref in found.offered.get(prefix + "clauses", [])]
    if refs and not kept and not offered:
        values[prefix + "other"] = [refs[0]]
    values[prefix + "clauses"] = kept or offered[:1]
    if refs:
        chosen = (kept or offered or refs)[0]
        values[prefix + "force"] = [next(c.force.value for c in stance.clauses if c.ref == chosen)]
    if prefix + "who" in found.offered:
        values[prefix + "who"] = [name for name in found.offered[prefix + "who"] if name in stance.offices]
        if len(stance.offices) > 1:
            values[prefix + "joined"] = ["all" if stance.who and stance.who.all else "any"]
    values[prefix + "how"] = [name for name in found.offered[prefix + "how"] if name in stance.how]
    return values


def cost(found: Found, values: Values) -> int:
    return sum(changes(found.values.get(name, []), value) for name, value in values.items())


def corrections(stances: Stances, cases: list[str], found: Found) -> Values:
    """The fewest changes of the form that make it say what the author means in every case."""
    if not cases:
        stance = stances.stance(None)
        assert stance is not None
        return wanted(stance, "", found)
    meant = {case: stance for case in cases if (stance := stances.stance(case)) is not None}
    return min(
        (_with_default(default, meant, found) for default in [None, *meant.values()]),
        key=lambda values: cost(found, values),
    )


def _with_default(default: Stance | None, meant: dict[str, Stance], found: Found) -> Values:
    """The changes with this answer for every case (None: as it is shown), and others where a case is not so."""
    values = {} if default is None else wanted(default, "", found)
    shown = found.values | values
    for case, stance in meant.items():
        prefix = f"{case}-"
        if says(stance, prefix, shown) or (shown[prefix + "answer"] == ["same"] and says(stance, "", shown)):
            continue
        values |= {prefix + "answer": ["same"]} if says(stance, "", shown) else wanted(stance, prefix, found)
    return values


def says(stance: Stance, prefix: str, shown: Values) -> bool:
    """Whether a part of the form says what the author means, with one of the clauses and none that is not."""
    refs = {citation.ref for citation in stance.clauses}
    cited = set(shown.get(prefix + "clauses", [])) | set(shown.get(prefix + "other", [])) - {""}
    return (
        shown[prefix + "answer"] == [stance.answer]
        and cited <= refs
        and bool(cited) == bool(refs)
        and set(shown.get(prefix + "who", [])) == set(stance.offices)
        and set(shown.get(prefix + "how", [])) == set(stance.how)
    )


def set_up(author: Author) -> None:
    """From the overview to the last page: what is proposed is confirmed or corrected, one page after the other."""
    model = load_content(SCENARIOS, ["model"])
    positions = {position.id: position for position in model.catalogue.positions}
    hand = model.policies["model"].positions
    author.confirm("/content/setup/covers")
    address = author.confirm("/content/setup/names").location
    while "/content/setup/topics/" in address or "/content/setup/positions/" in address:
        path = urlsplit(address).path
        name = path.rpartition("/")[2]
        found = form_of(author.client.get(path))
        if "/topics/" in path:
            waiting = found.offered.get("silent", [])
            silent = [n for n in waiting if all(s.answer == "silent" for s in _all(hand[n]))]
            plain = [v for v in found.offered.get("plain", []) if _is_meant(author, v, hand)]
            if silent or plain:
                address = author.send(path, found, {"silent": silent, "plain": plain}).location
                continue
            unticked = [v.partition(".")[0] for v in found.offered.get("plain", [])]
            if not (waiting or unticked):
                address = _link(author.client.get(path).text, "Go on")
                continue
            name = [*unticked, *waiting][0]
            path = f"/content/setup/positions/{name}"
            found = form_of(author.client.get(path))
        else:
            path = address
        fix = corrections(hand[name], [*positions[name].cases], found)
        answer = author.send(path, found, fix)
        assert answer.status_code == 303, answer.text
        address = answer.location
    author.confirm("/content/setup/key-rules")
    author.confirm("/content/setup/signing")


def _is_meant(author: Author, value: str, hand: Mapping[str, Stances]) -> bool:
    """Whether an answer offered beside others is what the author means: its own page would need no change."""
    name = value.partition(".")[0]
    found = form_of(author.client.get(f"/content/setup/positions/{name}"))
    cases = [key.removesuffix("-answer") for key in found.offered if key.endswith("-answer")]
    return cost(found, corrections(hand[name], cases, found)) == 0


def _all(stances: Stances) -> list[Stance]:
    return [*([stances.default] if stances.default else []), *stances.exceptions]


def _link(page: str, words: str) -> str:
    return page[: page.index(f">{words}<")].rpartition('href="')[2].partition('"')[0]


@pytest.fixture
def trust(app: Flask) -> Trust:
    return make_organisation(published=False)


def people_of(trust: Trust) -> tuple[PersonView, PersonView]:
    return make_person(trust, "Ada Author", roles=[Role.AUTHOR]), make_person(
        trust, "Sam Second", roles=[Role.AUTHOR]
    )


def test_an_unknown_trust_gets_a_course_from_at_most_130_choices_in_the_pages(
    app: Flask, trust: Trust
) -> None:
    first, second = people_of(trust)
    author = Author(browser(app, first))
    upload(author)
    set_up(author)
    proposal = author.confirm("/content/setup/review").location
    assert find_latest_bundle(trust.organisation.id) is None
    own = author.client.get(proposal)
    assert "Somebody else who manages policies has to say yes" in own.text

    other = Author(browser(app, second))
    other.confirm(proposal)
    bundle = find_latest_bundle(trust.organisation.id)
    assert bundle is not None
    assert bundle.slug == trust.organisation.slug
    versions = other.client.get("/policy/versions").text
    other.confirm(_link(versions, "Publish").replace("&amp;", "&"), {"change": ["major"]})

    learner = make_person(trust, "Łukasz O'Neill")
    learning = get_learning(learner, clock.today())
    attempt = quizzes.start_round(learning.course, learning.learner, at=clock.now())
    catalogue = get_bundle(bundle.id).bundle.catalogue
    topics = {scenario.id: scenario.topic for scenario in get_bundle(bundle.id).bundle.bank}
    drawn = {topics[item.scenario] for item in attempt.paper}
    assert {topic.id for topic in catalogue.topics if topic.must_get_right} <= drawn
    print(f"{author.choices} choices of the author, {other.choices} of the second person")
    assert author.choices + other.choices <= MOST_CHOICES
