"""What is noted as wrong with the policies: which answers it bears on, and that nobody is scored on it unawares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from elearn.drafts.carrying import Worded
from elearn.drafts.renumbering import compare_content, renumbered
from elearn.scenarios.checking import check_content
from elearn.scenarios.checking_flags import check_flags
from elearn.scenarios.clashes import clashes_to_confirm
from elearn.scenarios.content import Content
from elearn.scenarios.findings import Finding, Findings
from elearn.scenarios.flags import is_open, questions, resting, stances_by_case
from elearn.scenarios.grids import Teaching, position_grid
from elearn.scenarios.policy_content import Flag, PolicyContent, Stance, Stances
from elearn.scenarios.rules import CompiledBundle, cells
from elearn.scenarios.vocabulary import FlagKind, NonAnswer
from tests.content.courses import compiled, taught

PUBLISHED = [slug for slug in taught().policies if slug != "model"]
POSITIONS = {position.id: position for position in taught().catalogue.positions}
NORTH = "policies/north/"
FLAG = '{id: N1, kind: contradictory, refs: ["3.2", "3.3"], text: Training is due and may be due.}'
DECIDED = "resolved: {by: author, on: 2026-11-27, why: It is plain enough.}"


def flagged(kind: str, more: str = "", refs: str = '"2.1"') -> tuple[str, str, str]:
    """An edit that adds a flag on the ban on links with young people to the small policy."""
    return (
        NORTH + "policy.yaml",
        FLAG,
        f"{FLAG}, {{id: N2, kind: {kind}, refs: [{refs}], text: Odd.{more}}}",
    )


def found(content: Content) -> list[tuple[str, str, int, str]]:
    return [(item.code, item.at, item.line, item.sentence) for item in check_content(content).findings]


# The check, on the small policies


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("ambiguous", "is ambiguous"),
        ("unsafe", "is unsafe"),
        ("outdated", "is outdated"),
        ("gap", "leaves a gap"),
    ],
)
def test_an_answer_that_rests_on_a_flagged_clause_without_a_word_about_it_is_told_with_its_place(
    kind: str, says: str, edited: Callable[..., Content]
) -> None:
    sentence = f"friend rests on 2.1, which N2 says {says}"
    told = [item for item in found(edited(flagged(kind))) if item[1] == "friend"]
    assert told == [("flag_unsettled", "friend", 2, sentence)]


ASIDE = ", apart: [{positions: [%s], why: It is about something else.}]"


def test_a_flag_sets_answers_apart_by_position_or_by_case(edited: Callable[..., Content]) -> None:
    assert found(edited(flagged("ambiguous", ASIDE % "friend"))) == []
    assert found(edited(flagged("ambiguous", ASIDE % '"friend[under_18]"'))) == []
    both = edited(flagged("ambiguous", ASIDE % '"friend[under_18]"', '"2.1", "2.2"'))
    assert [item[:3] for item in found(both)] == [("flag_unsettled", "friend", 4)]
    contradictory = edited(flagged("contradictory", ASIDE % "friend", '"2.1", "2.3"'))
    assert [item[1] for item in found(contradictory)] == ["report"]


def test_a_non_answer_needs_no_word_about_a_flag(edited: Callable[..., Content]) -> None:
    unclear = (NORTH + "positions.yaml", "is: ask_first, who: {any: [head, ceo]}", "is: unclear")
    codes = {item[0] for item in found(edited(flagged("ambiguous", refs='"3.1"'), unclear))}
    assert "flag_unsettled" not in codes


def test_an_answer_stands_in_spite_of_a_flag_where_somebody_has_decided_so(
    edited: Callable[..., Content],
) -> None:
    answer = '{is: not_allowed, clauses: [{ref: "2.1", force: must}]'
    despite = (NORTH + "positions.yaml", answer, f"{answer}, despite: [N2], {DECIDED}")
    content = edited(flagged("ambiguous"), despite)
    assert found(content) == []
    [clash] = clashes_to_confirm(
        content.policies["north"], {item.id: item for item in content.catalogue.positions}
    )
    assert (clash.position, clash.flags, clash.against) == ("friend", ("Odd.",), ())
    undecided = (NORTH + "positions.yaml", answer, f"{answer}, despite: [N2]")
    assert [item[:2] for item in found(edited(flagged("ambiguous"), undecided))] == [
        ("clash_unresolved", "friend")
    ]


def test_a_decision_on_one_flag_is_none_on_another(edited: Callable[..., Content]) -> None:
    content = edited(flagged("ambiguous", refs='"3.2"'))
    assert [item[:2] for item in found(content)] == [("flag_unsettled", "training")]


def test_a_flag_on_a_part_of_a_clause_lets_what_rests_on_other_parts_be(
    edited: Callable[..., Content],
) -> None:
    first = flagged("ambiguous", ', parts: [{ref: "2.3", part: "1"}]', '"2.3"')
    second = flagged("ambiguous", ', parts: [{ref: "2.3", part: "2"}]', '"2.3"')
    assert [item[:2] for item in found(edited(first))] == [("flag_unsettled", "report")]
    assert found(edited(second)) == []


def test_what_a_flag_says_is_open_has_no_answer(edited: Callable[..., Content]) -> None:
    opened = flagged("gap", ', open: ["friend[adult]"]', "")
    sentence = "friend[adult] is judgement, and N2 says that it is open"
    assert found(edited(opened)) == [("flag_open", "friend", 4, sentence)]
    unclear = (NORTH + "positions.yaml", "is: judgement", "is: unclear")
    assert "flag_open" not in {item[0] for item in found(edited(opened, unclear))}


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (", open: [frend]", "unknown_position", "there is no position frend"),
        (', open: ["friend[adult"]', "unknown_position", "there is no position friend[adult"),
        (', apart: [{positions: "friend[old]", why: No.}]', "unknown_case", "friend has no case old"),
        (', parts: [{ref: "2.1", part: "1"}]', "unknown_part", "N2 is about no part 1 of clause 2.1"),
        (', parts: [{ref: "2.3", part: "1"}]', "unknown_part", "N2 is about no part 1 of clause 2.3"),
        (
            ", apart: [{positions: speak, why: No.}]",
            "flag_names_nothing",
            "N2 sets speak apart, and no answer there rests on its clauses",
        ),
    ],
)
def test_a_flag_names_what_there_is(
    more: str, code: str, sentence: str, edited: Callable[..., Content]
) -> None:
    told = [(item[0], item[1], item[3]) for item in found(edited(flagged("ambiguous", more)))]
    assert (code, "N2", sentence) in told


def test_words_that_are_right_no_more_are_told_in_no_situation_and_in_no_key_rule(
    edited: Callable[..., Content],
) -> None:
    [told] = found(edited(flagged("outdated", ", never_say: [New Hall]", "")))
    assert (told[0], told[3]) == ("flag_word_told", "it says New Hall, and N2 rules that out")
    rules = found(edited(flagged("outdated", ", never_say: [rule number 1]", "")))
    assert [item[:2] for item in rules] == [("flag_word_told", "rule-1")]


def test_no_key_rule_and_nothing_that_the_gate_asks_for_rests_on_what_is_unsafe(
    edited: Callable[..., Content],
) -> None:
    unsafe = flagged("unsafe", refs='"3.3"')
    assert found(edited(unsafe)) == []
    cited = (NORTH + "key_rules.yaml", 'Rule number 1, clauses: ["2.1"]', 'Rule number 1, clauses: ["3.3"]')
    assert [item[:2] for item in found(edited(unsafe, cited))] == [("unsafe_basis", "rule-1")]
    gate = (
        NORTH + "access.yaml",
        'two_contacts, basis: {clauses: ["3.1"]}',
        'two_contacts, basis: {clauses: ["3.3"]}',
    )
    assert [item[:3] for item in found(edited(unsafe, gate))] == [("unsafe_basis", "two_contacts", 5)]


def test_a_position_s_page_shows_the_flags_that_bear_on_it_and_no_other(
    edited: Callable[..., Content],
) -> None:
    content = edited(flagged("ambiguous", (ASIDE % "friend") + ", open: [speak]"))
    teachings = [Teaching("North", True, CompiledBundle(content.bundle("north")))]

    def shown(position: str) -> list[str]:
        return [flag.id for case in position_grid(teachings, position) for flag in case.rows[0].flags]

    assert (shown("friend"), shown("speak"), shown("training")) == ([], ["N2"], ["N1"])


# The five published policies


def flags() -> list[tuple[str, Flag]]:
    return [(slug, flag) for slug in PUBLISHED for flag in taught().policies[slug].policy.flags]


def findings(slug: str, policy: PolicyContent) -> list[Finding]:
    gathered = Findings(replace(taught(), policies={slug: policy}))
    check_flags(gathered)
    return gathered.found


def with_flag(policy: PolicyContent, flag: Flag) -> PolicyContent:
    others = tuple(flag if item.id == flag.id else item for item in policy.policy.flags)
    return policy.model_copy(update={"policy": policy.policy.model_copy(update={"flags": others})})


def with_stance(policy: PolicyContent, name: str, old: Stance, new: Stance) -> PolicyContent:
    stances = policy.positions[name]
    changed = Stances.model_construct(
        default=new if stances.default is old else stances.default,
        exceptions=tuple(new if item is old else item for item in stances.exceptions),
    )
    return policy.model_copy(update={"positions": {**policy.positions, name: changed}})


def asides() -> Iterator[tuple[str, Flag, str]]:
    for slug, flag in flags():
        for apart in flag.apart:
            yield from ((slug, flag, name) for name in apart.positions)


@pytest.mark.parametrize(
    ("slug", "flag", "name"), list(asides()), ids=lambda value: getattr(value, "id", value)
)
def test_without_its_reason_each_answer_that_a_flag_sets_apart_is_found(
    slug: str, flag: Flag, name: str
) -> None:
    policy = taught().policies[slug]
    before = findings(slug, policy)
    left = tuple(
        apart.model_copy(update={"positions": tuple(each for each in apart.positions if each != name)})
        for apart in flag.apart
    )
    after = findings(slug, with_flag(policy, flag.model_copy(update={"apart": left})))
    new = [(item.code, item.at) for item in after if item not in before]
    assert set(new) == {("flag_unsettled", name.partition("[")[0])}


def spites() -> Iterator[tuple[str, str, Stance]]:
    for slug in PUBLISHED:
        for name, stances in taught().policies[slug].positions.items():
            for stance, _ in stances_by_case(POSITIONS[name], stances):
                if stance.despite:
                    yield slug, name, stance


@pytest.mark.parametrize(
    ("slug", "name", "stance"), list(spites()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_without_the_decision_each_answer_that_stands_in_spite_of_a_flag_is_found(
    slug: str, name: str, stance: Stance
) -> None:
    policy = taught().policies[slug]
    bare = with_stance(policy, name, stance, stance.model_copy(update={"despite": ()}))
    assert ("flag_unsettled", name) in {(item.code, item.at) for item in findings(slug, bare)}
    assert stance.resolved is not None


def test_handing_over_a_password_is_told_to_the_owners_of_the_three_policies_that_ask_for_it() -> None:
    for slug in ("raleigh", "voyage", "creating_tomorrow"):
        clashes = {clash.position: clash for clash in clashes_to_confirm(taught().policies[slug], POSITIONS)}
        assert len(clashes["hand_over_passwords"].flags) == 1


@pytest.mark.parametrize("slug", PUBLISHED)
def test_an_answer_to_anything_that_a_flag_says_is_open_is_found(slug: str) -> None:
    policy = taught().policies[slug]
    names = 0
    for name, stances in policy.positions.items():
        for stance, cases in stances_by_case(POSITIONS[name], stances):
            if any(is_open(flag, name, case) for flag in policy.policy.flags for case in cases):
                answered = stance.model_copy(update={"answer": POSITIONS[name].answers[0]})
                told = findings(slug, with_stance(policy, name, stance, answered))
                assert ("flag_open", name) in {(item.code, item.at) for item in told}, name
                names += 1
    assert names >= 6


def test_nobody_is_scored_on_what_a_flag_says_is_open() -> None:
    for slug in PUBLISHED:
        answers = {
            (used.position, used.case): used.answer
            for cell in cells(compiled(slug))
            for asked in cell.asked
            for used in asked.used
        }
        for flag in taught().policies[slug].policy.flags:
            asked = {key: answer for key, answer in answers.items() if is_open(flag, *key)}
            assert set(asked.values()) <= {NonAnswer.SILENT}, (slug, flag.id, asked)


@pytest.mark.parametrize(
    ("slug", "flag"),
    [(slug, flag) for slug, flag in flags() if flag.never_say],
    ids=lambda value: getattr(value, "id", value),
)
def test_words_of_the_policies_that_are_right_no_more_are_found_wherever_staff_would_read_them(
    slug: str, flag: Flag
) -> None:
    content = taught()
    policy = content.policies[slug]
    name = next(cell.scenario for cell in cells(compiled(slug)) if cell.asked and "-" in cell.scenario)
    for words in flag.never_say:
        bank = tuple(
            each.model_copy(update={"ask": f"{each.ask} {words}"}) if each.id == name and each.ask else each
            for each in content.bank
        )
        told = check_content(replace(content, bank=bank, policies={slug: policy}, is_whole=False)).findings
        assert ("flag_word_told", name) in {(item.code, item.at) for item in told}


def test_every_kind_of_flag_is_respected_somewhere() -> None:
    """By reasons, decisions, or what nobody is scored on: the rules are used, and not for one kind alone."""
    kinds = {flag.kind for _, flag in flags() if flag.apart or flag.open}
    assert kinds == set(FlagKind)
    assert len({(slug, flag.id) for slug, flag, _ in asides()}) >= 12


@pytest.mark.parametrize("scenario", ["img-full-name-caption", "img-tag-the-artist", "tag-in-post"])
def test_asking_for_consent_is_never_wrong_at_voyage_where_official_posts_with_consent_are_in_doubt(
    scenario: str,
) -> None:
    asked = [step for cell in cells(compiled("voyage")) if cell.scenario == scenario for step in cell.asked]
    assert asked
    wrong = {option.id for step in asked for option in step.options if not option.is_right}
    assert wrong.isdisjoint({"permit", "permission", "asked"})


def test_an_event_without_people_is_silent_at_voyage_and_bordered_on_at_creating_tomorrow() -> None:
    answers = {
        slug: taught().policies[slug].positions["school_event_personal"].stance(None) for slug in PUBLISHED
    }
    assert {slug: stance.answer for slug, stance in answers.items() if stance} == {
        "raleigh": "silent",
        "voyage": "silent",
        "creating_tomorrow": "indirect",
        "clt": "unclear",
        "lead": "ask_first",
    }


def test_a_flag_s_part_goes_with_its_clause_when_a_new_text_has_other_numbers() -> None:
    policy = taught().policies["raleigh"]
    now = {
        ("6.2" if clause.ref == "6.1" else clause.ref): Worded(clause.fingerprint, clause.summary)
        for clause in policy.clauses
    }
    [flag] = [
        item for item in renumbered(policy, compare_content(policy, now, {})).policy.flags if item.id == "J16"
    ]
    assert (flag.refs, flag.parts[0].ref, flag.parts[0].part) == (("6.2",), "6.2", "3")


def test_flags_are_told_in_the_words_of_the_questions() -> None:
    [told] = questions(["ex_pupil_friend[adult]"], list(POSITIONS.values()))
    position = POSITIONS["ex_pupil_friend"]
    assert told == f"{position.question} ({position.cases['adult']})"
    assert questions(["hand_over_passwords"], list(POSITIONS.values())) == [
        POSITIONS["hand_over_passwords"].question
    ]


def test_a_flag_rests_on_nothing_that_cites_another_clause() -> None:
    flag = Flag.model_validate({"id": "X", "kind": "ambiguous", "refs": ("9.9",), "text": "Odd."})
    stance = taught().policies["raleigh"].positions["hand_over_passwords"].default
    assert stance is not None
    assert resting(flag, stance) == []


# The table of problems that were found in the policies, kept beside the repository

_SLUGS = {"R": "raleigh", "V": "voyage", "CTA": "creating_tomorrow", "C": "clt", "L": "lead"}
_HEADINGS = {
    "App": "Social Networking applications and their use",
    "Guid": "Guidance/protection for staff using social networking sites",
    "Serv": "Social Networking as part of School Service",
    "Work": "Use of Social networking sites in worktime",
    "Mon": "Monitoring",
    "SCOPE": "SCOPE",
    "Purpose": "Purpose",
}
_ITEM = r"(?:b|¶)\d+"


def rows_of(text: str) -> dict[str, dict[str, list[str]]]:
    """Each row of section J: its id, and for each policy it names the clauses, as this repository writes them."""
    section = text.split("\n## J.", 1)[1].split("\n## ", 1)[0]
    found: dict[str, dict[str, list[str]]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"J\d+", cells[0]):
            names = list(_SLUGS) if cells[1] == "all" else re.split(r",\s*", cells[1])
            column = cells[3] if len(cells) > 3 else ""
            each = (
                column.split(";")
                if len(names) > 1 and column.count(";") == len(names) - 1
                else [column] * len(names)
            )
            found[cells[0]] = {_SLUGS[name]: refs_of(refs) for name, refs in zip(names, each, strict=True)}
    return found


def refs_of(column: str) -> list[str]:
    """The clauses of one cell. Lines of the file (`l.26`) are no clauses; `b2` alone goes on from the one before."""
    found: list[str] = []
    base, lines = "", False
    for piece in re.split(r"\s+vs\s+|,\s*", column.strip()):
        if not piece or piece.startswith("l.") or (lines and piece.isdigit()):
            lines = lines or piece.startswith("l.")
            continue
        lines = False
        first, _, last = (part.strip() for part in piece.partition("–"))
        if not re.match(_ITEM, first):
            base = re.sub(rf"\s+{_ITEM}$", "", first)
        else:
            first = f"{base} {first}"
        refs = [first]
        if last:
            stem, start = first.rstrip("0123456789"), int(re.split(r"\D+", first)[-1])
            refs = [f"{stem}{number}" for number in range(start, int(last.lstrip("b¶")) + 1)]
        found += [_spelled(ref) for ref in refs]
    return found


def _spelled(ref: str) -> str:
    head, _, rest = ref.partition(" ")
    if head in _HEADINGS:
        ref = f"{_HEADINGS[head]} > {rest}"
    return re.sub(r"\bb(\d+)", r"bullet \1", ref)


def _reaches(ref: str, flagged: Iterable[str]) -> bool:
    """Whether a flag has this clause, or one below it where the row names a whole section."""
    return any(other == ref or re.match(rf"{re.escape(ref)}[ .(]", other) for other in flagged)


def test_the_cells_of_the_table_are_read_as_clauses() -> None:
    assert refs_of("5.1 b1–b3 vs b7") == ["5.1 bullet 1", "5.1 bullet 2", "5.1 bullet 3", "5.1 bullet 7"]
    assert refs_of("l.26–27, 36, 5 a") == ["5 a"]
    assert refs_of("7 ¶1 b12 vs 4 ¶2 b4, b6") == ["7 ¶1 bullet 12", "4 ¶2 bullet 4", "4 ¶2 bullet 6"]
    assert refs_of("Purpose ¶2–¶4") == ["Purpose > ¶2", "Purpose > ¶3", "Purpose > ¶4"]
    assert refs_of("App b8 vs Purpose ¶1 b3")[1] == "Purpose > ¶1 bullet 3"
    assert refs_of("10.6(b) vs 10.6(a)") == ["10.6(b)", "10.6(a)"]
    assert refs_of("") == []


@pytest.mark.shared
def test_each_problem_of_the_table_is_a_flag_of_each_policy_it_names_with_its_clauses(
    policy_texts: Path,
) -> None:
    table = policy_texts.parent / "guide" / "policy-workflows.md"
    if not table.is_file():
        pytest.skip(
            "../shared/guide/policy-workflows.md is not here, and this test reads its table of problems"
        )
    rows = rows_of(table.read_text(encoding="utf-8"))
    assert sorted(rows, key=lambda name: int(name[1:])) == [f"J{number}" for number in range(1, 44)]
    missing = []
    for name, policies in rows.items():
        for slug, refs in policies.items():
            policy = taught().policies[slug]
            known = {clause.ref for clause in policy.clauses}
            assert [ref for ref in refs if not _reaches(ref, known)] == [], name
            flagged = next((flag.refs for flag in policy.policy.flags if flag.id == name), None)
            if flagged is None:
                missing.append(f"{slug} has no flag {name}")
            else:
                missing += [
                    f"{name} of {slug} leaves out {ref}" for ref in refs if not _reaches(ref, flagged)
                ]
    assert missing == []
    written = {(flag.id, slug) for slug, flag in flags() if re.fullmatch(r"J\d+", flag.id)}
    assert written == {(name, slug) for name, policies in rows.items() for slug in policies}
    assert sum(len(refs) for policies in rows.values() for refs in policies.values()) > 60
