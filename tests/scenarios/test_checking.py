"""Every kind of fault is seeded into sound content and must be found by its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from elearn.policies.importing import clause_fingerprint
from elearn.scenarios.bank_content import Variant
from elearn.scenarios.checking import changed_cells, check_content
from elearn.scenarios.checking_names import check_names
from elearn.scenarios.content import Content
from elearn.scenarios.findings import ERRORS, WARNINGS, Findings, Level
from elearn.scenarios.loader import load_content

CATALOGUE = "catalogue.yaml"
CONTACT = "bank/contact.yaml"
SPEAKING = "bank/speaking.yaml"
NORTH = "policies/north/"
SOUTH = "policies/south/"
NEW = "\n- {id: extra, topic: contact, type: choose, difficulty: easy, story: STORY, ask: What now?, "
FILL = "The rain came down on the yard and the bell went for the end of the day. " * 5

FOLLOW_DECLINE = "{when: {friend: [not_allowed]}, right: [decline]}"
FOLLOW_THINK = "{when: {friend: [judgement]}, right: [think]}"
PRESS_NO = "{when: {ok: [no]}, right: [other], drop: [train]}"
NORTH_SPEAK = '{is: ask_first, who: {any: [head, ceo]}, clauses: [{ref: "3.1", force: must}]}'

FLAG = '{id: N1, kind: contradictory, refs: ["3.2", "3.3"], text: Training is due and may be due.}'
FAULTS = [
    # ids and words
    ("duplicate_id", CATALOGUE, "{id: speaking, title", "{id: contact, title"),
    ("duplicate_id", CATALOGUE, "{id: log, title: safeguarding log}", "{id: dsl, title: safeguarding log}"),
    ("duplicate_id", CONTACT, "- id: worry\n", "- id: follow\n"),
    ("duplicate_id", CONTACT, "- {id: keep, text", "- {id: copy, text"),
    ("duplicate_id", CONTACT, "    - id: hint\n", "    - id: request\n"),
    ("duplicate_id", NORTH + "clauses.yaml", '{ref: "3.2", force', '{ref: "3.1", force'),
    ("duplicate_id", NORTH + "key_rules.yaml", "id: rule-2", "id: rule-1"),
    ("answer_reserved", CATALOGUE, "answers: [required, may_be_required]", "answers: [required, yes]"),
    ("unknown_topic", CONTACT, "- id: worry\n  topic: contact", "- id: worry\n  topic: contacts"),
    ("unknown_topic", CATALOGUE, "- id: friend\n    topic: contact", "- id: friend\n    topic: contacts"),
    ("unknown_topic", NORTH + "courses.yaml", "{contact: 2,", "{contacts: 2,"),
    ("unknown_office", CONTACT, "office: ceo", "office: chief"),
    ("unknown_office", NORTH + "positions.yaml", "{any: [head, ceo]}", "{any: [head, chief]}"),
    ("unknown_office", SPEAKING, "speak?line_manager", "speak?manager"),
    ("unknown_channel", NORTH + "positions.yaml", "how: [log]", "how: [diary]"),
    ("unknown_word_group", CATALOGUE, "id: head, title", 'id: head, words: "chief | @boss", title'),
    # decide
    ("decide_unreadable", SPEAKING, 'ok: "speak?line_manager"', 'ok: "speak or training"'),
    ("unknown_position", SPEAKING, "decide: {ok: speak}", "decide: {ok: speaks}"),
    ("unknown_position", NORTH + "positions.yaml", "training:\n", "trainings:\n"),
    ("case_missing", CONTACT, 'decide: {friend: "friend[{case}]", tellwho', "decide: {friend: friend, tellwho"),
    ("case_missing", CONTACT, "- {case: adult, platform", "- {platform"),
    ("unknown_case", CONTACT, "- {case: adult, platform", "- {case: grown, platform"),
    ("unknown_case", SPEAKING, "decide: {ok: speak}", 'decide: {ok: "speak[adult]"}'),
    ("unknown_case", NORTH + "positions.yaml", "cases: [adult]", "cases: [adult, old]"),
    ("office_never_named", SPEAKING, "train: training}\n  may", 'train: "training?head"}\n  may'),
    ("unknown_decide_name", SPEAKING, "may_be_silent: [train]", "may_be_silent: [trained]"),
    ("unknown_decide_name", CONTACT, FOLLOW_THINK, "{when: {fried: [judgement]}, right: [think]}"),
    ("unknown_answer", CONTACT, FOLLOW_THINK, "{when: {friend: [judgment]}, right: [think]}"),
    ("unknown_answer", NORTH + "positions.yaml", "is: ask_first", "is: ask_firstly"),
    # table
    ("hole", CONTACT, f"    - {FOLLOW_THINK}\n", ""),
    ("hole", CATALOGUE, "answers: [not_barred, allowed,", "answers: [not_barred, allowed, ask_first,"),
    ("hole", SPEAKING, "[may_be_required, silent]", "[may_be_required]"),
    ("overlap", CONTACT, FOLLOW_THINK, "{when: {friend: [judgement, allowed]}, right: [think]}"),
    ("unknown_option", CONTACT, FOLLOW_THINK, "{when: {friend: [judgement]}, right: [thinking]}"),
    ("unknown_option", SPEAKING, PRESS_NO, "{when: {ok: [no]}, right: [other], drop: [trained]}"),
    ("right_dropped", CONTACT, FOLLOW_THINK, "{when: {friend: [judgement]}, right: [think], drop: [think]}"),
    ("right_count", CONTACT, FOLLOW_THINK, "{when: {friend: [judgement]}, right: [think, ask]}"),
    ("right_count", CONTACT, "right: [tell, listen]", "right: [tell, listen, keep, copy]"),
    ("not_a_permutation", SPEAKING, "right: [course, consent, post]", "right: [course, post]"),
    ("too_few_options", CONTACT, FOLLOW_THINK, "{when: {friend: [judgement]}, right: [think], drop: [ask, accept]}"),
    ("does_disagrees", CONTACT, FOLLOW_DECLINE, "{when: {friend: [not_allowed]}, right: [accept]}"),
    ("does_missing", SPEAKING, "from your own page, does: do,", "from your own page,"),
    ("consequence_missing", SPEAKING, "at six., then: This part is fine. It says when.}", "at six.}"),
    ("consequence_one_sided", CONTACT, "{right: She feels heard. She talks on., wrong: She goes quiet. You miss a "
     "lot.}", "She feels heard. She talks on."),
    ("consequence_one_sided", CONTACT, "{right: He is glad. All is well., wrong: He can see it all. You are asked "
     "about it.}", "He is glad. All is well."),
    # slots
    ("unknown_slot", CONTACT, "Kacper, aged {age}, left", "Kacper, aged {ages}, left"),
    ("unknown_slot", CONTACT, "platform: TikTok, age: \"19\"", "platform: TikTok"),
    ("unknown_slot", CONTACT, '"{tellwho.Who} acts."', '"{tellwho.whom} acts."'),
    ("slot_without_who", CONTACT, "Leave it and tell {tellwho.who}", "Leave it and tell {friend.who}"),
    ("slot_empty", SOUTH + "positions.yaml", "how: [log], clauses", "clauses"),
    ("slot_empty", NORTH + "positions.yaml", '"3.1", force: must', '"3.1", force: says'),
    # branches
    ("unknown_step", CONTACT, "else: hint", "else: hints"),
    ("next_missing", CONTACT, "wrong: It lingers.}, next: end}", "wrong: It lingers.}}"),
    ("loop", CONTACT, "wrong: Days go by.}, next: end}", "wrong: Days go by.}, next: request}"),
    ("unreachable_step", CONTACT, "    - id: hint\n", "    - id: hints\n"),
    # positions of a policy
    ("position_unanswered", SOUTH + "positions.yaml", "training:\n  default: {is: silent, seen_by: [HR]}\n", ""),
    ("case_unanswered", SOUTH + "positions.yaml", "cases: [under_18], is", "cases: [adult], is"),
    ("case_twice", SOUTH + "positions.yaml", "cases: [under_18], is", "cases: [under_18, adult], is"),
    ("clauses_missing", NORTH + "positions.yaml", ', clauses: [{ref: "3.1", force: must}]', ""),
    ("clauses_missing", SOUTH + "positions.yaml", "{is: silent, seen_by: [HR]}", "{is: indirect}"),
    ("silent_with_clauses", SOUTH + "positions.yaml", "{is: silent,",
     "{is: silent, clauses: [{ref: Contact > ¶2, force: says}],"),
    ("unknown_clause", NORTH + "positions.yaml", '{ref: "3.1", force', '{ref: "3.10", force'),
    ("unknown_clause", NORTH + "positions.yaml", 'but: ["3.3"]', 'but: ["3.4"]'),
    ("unknown_clause", NORTH + "policy.yaml", '{employee: ["1.1"]', '{employee: ["1.2"]'),
    ("unknown_clause", NORTH + "policy.yaml", 'refs: ["3.2", "3.3"]', 'refs: ["3.2", "3.4"]'),
    ("unknown_clause", NORTH + "clauses.yaml", "duplicate_of_3.2", "duplicate_of_3.5"),
    ("unknown_part", NORTH + "positions.yaml", 'part: "1"', 'part: "3"'),
    ("part_not_named", NORTH + "positions.yaml", ', part: "1"', ""),
    ("force_too_weak", NORTH + "positions.yaml", '"3.1", force: must', '"3.1", force: may'),
    ("force_too_weak", NORTH + "positions.yaml", "is: ask_first", "is: allowed"),
    ("who_missing", NORTH + "positions.yaml", "is: tell, who: {any: [dsl]}, ", "is: tell, "),
    ("who_unwanted", NORTH + "positions.yaml", "{is: not_allowed,", "{is: not_allowed, who: {any: [head]},"),
    ("who_unwanted", SOUTH + "positions.yaml", "{is: silent,", "{is: silent, who: {any: [head]},"),
    ("name_missing", NORTH + "policy.yaml", "ceo: the Chief Executive, ", ""),
    ("name_missing", NORTH + "policy.yaml", ", log: the Care Log", ""),
    ("unknown_name", NORTH + "policy.yaml", "log: the Care Log", "log: the Care Log, diary: the Diary"),
    ("clash_unresolved", NORTH + "positions.yaml",
     "    resolved: {by: IT lead, on: 2026-11-20, why: the training section is specific}\n", ""),
    ("flag_one_sided", NORTH + "positions.yaml",
     '    but: ["3.3"]\n    resolved: {by: IT lead, on: 2026-11-20, why: the training section is specific}\n', ""),
    ("clash_unresolved", NORTH + "positions.yaml", "is: ask_first", "is: ask_first, despite: [N1]"),
    ("unknown_flag", NORTH + "positions.yaml", "is: ask_first", "is: ask_first, despite: [N9]"),
    ("flag_names_nothing", NORTH + "positions.yaml", "is: ask_first", "is: ask_first, despite: [N1]"),
    ("flag_unsettled", NORTH + "policy.yaml", FLAG, FLAG + ', {id: N2, kind: ambiguous, refs: ["3.1"], text: Vague.}'),
    ("unsafe_basis", NORTH + "policy.yaml", FLAG, FLAG + ', {id: N2, kind: unsafe, refs: ["2.1"], text: Bad.}'),
    ("flag_open", NORTH + "policy.yaml", FLAG, FLAG + ', {id: N2, kind: gap, refs: [], text: None., open: [speak]}'),
    ("flag_word_told", NORTH + "policy.yaml", FLAG, FLAG + ", {id: N2, kind: outdated, refs: [], text: Old., "
     "never_say: [new hall]}"),
    ("resolved_without_clash", NORTH + "positions.yaml", '    but: ["3.3"]\n', ""),
    # the rest of a policy
    ("covers_missing", NORTH + "policy.yaml", "governor: silent, ", ""),
    ("key_rule_count", NORTH + "key_rules.yaml", "- {id: rule-6", "# {id: rule-6"),
    ("key_rule_position", NORTH + "key_rules.yaml", "friend[under_18]", "friends[under_18]"),
    ("key_rule_position", SOUTH + "key_rules.yaml", '"friend[under_18]"', "training"),
    ("key_rule_length", NORTH + "key_rules.yaml", "title: Rule number 1, clauses: [\"2.1\"], position: "
     '"friend[under_18]", why: "', "title: Rule number 1, clauses: [\"2.1\"], why: \"" + "Because. " * 30),
    ("statement_slot", NORTH + "policy.yaml", "dated {dated}", "dated {date}"),
    ("access_position", NORTH + "access.yaml", "{from: speak}", "{from: speaks}"),
    ("access_position", NORTH + "access.yaml", "from: training, on", "from: friend, on"),
    ("access_clause", NORTH + "access.yaml", "from: training, on", 'from: training, only: ["9.9"], on'),
    ("access_approver", NORTH + "access.yaml", "{from: speak}", "{from: training}"),
    ("access_course", NORTH + "access.yaml", "course: induction", "course: refresher"),
    ("unknown_answer", NORTH + "access.yaml", "may_be_required]", "may_be]"),
    ("course_too_short", NORTH + "courses.yaml", "questions: 4", "questions: 40"),
    ("course_too_short", NORTH + "courses.yaml", "{contact: 2, speaking: 1}", "{contact: 2, speaking: 4}"),
    ("course_leaves_out", NORTH + "courses.yaml", "must_get_right: [contact]", "must_get_right: [speaking]"),
    ("course_short_for_some", NORTH + "courses.yaml", "{contact: 2,", "{contact: 3,"),
    ("course_pass", NORTH + "courses.yaml", "pass: 3", "pass: 5"),
    ("course_topics", NORTH + "courses.yaml", "{contact: 2, speaking: 1}", "{contact: 2, speaking: 3}"),
    ("course_must", NORTH + "courses.yaml", "{contact: 2, speaking: 1}", "{speaking: 3}"),
    ("unknown_parent", NORTH + "clauses.yaml", 'parent: "2.1"', 'parent: "2"'),
    # cells
    ("right_names_wrong_office", CONTACT, "      text: Leave it and tell {tellwho.who}\n      does: avoid",
     "      text: Leave it and tell the head\n      does: avoid\n      office: head"),
    ("options_alike", SPEAKING, "text: Put it up from your own page", "text: START on it this same - afternoon."),
    ("rule_of_one_policy", SPEAKING, "{when: {ok: [yes], train: [may_be_required, silent]}, not_asked: nothing is "
     "left to do}", "{when: {ok: [yes], train: [may_be_required, silent]}, right: [own], drop: [other]}"),
    ("office_unmarked", CONTACT, "text: Accept it and say well done", "text: Accept it and tell the DSL of it"),
    ("never_asked", SPEAKING, "{when: {train: [required]}, right: [course, consent, post]}",
     "{when: {train: [required]}, not_asked: it is plain}"),
    ("uncovered_clause", SPEAKING, "{when: {train: [required]}, right: [course, consent, post]}",
     "{when: {train: [required]}, not_asked: it is plain}"),
    ("uncovered_recommendation", "policies/north/clauses.yaml", '{ref: "3.3", force: information',
     '{ref: "3.4", force: recommendation, summary: Think., fingerprint: "0000000000000034"}\n'
     '- {ref: "3.3", force: information'),
    ("names_one_trust", SPEAKING, 'text: "{organisation} will fund', 'text: "Northfield will fund'),
    ("clause_never_drawn", NORTH + "courses.yaml", "{contact: 2, speaking: 1}", "{contact: 3}"),
    ("situation_never_drawn", NORTH + "courses.yaml", "{contact: 2, speaking: 1}", "{contact: 3}"),
    ("situation_never_drawn", SOUTH + "courses.yaml", "job_groups: everyone", "job_groups: [kitchen]"),
    # mutations
    ("flip_changes_no_key", SPEAKING, "    - {when: {ok: [ask_first]}, right: [promise, blame]}\n"
     "    - {when: {ok: [not_allowed]}, right: [blame], drop: [promise]}\n",
     "    - {when: {ok: [ask_first, not_allowed]}, right: [promise, blame]}\n"),
    # proposals
    ("not_confirmed", NORTH + "positions.yaml", "is: ask_first", "is: ask_first, proposed: yes"),
    ("not_confirmed", NORTH + "key_rules.yaml", "id: rule-1", "id: rule-1, proposed: yes"),
    ("not_confirmed", NORTH + "policy.yaml", "slug: north", "proposed: yes\nslug: north"),
    ("real_name", SPEAKING, 'text: "{organisation} will fund', 'text: "Tom Hardy of {organisation} will fund'),
    # writing
    ("story_far_off", CONTACT, "It is late on a wet day in term", FILL + FILL + "It is late"),
    ("story_length", CONTACT, "It is late on a wet day in term", FILL[:150] + "It is late on a wet day in term"),
    ("reading_age", CONTACT, "ask: What do you do now?", "ask: " + "Considering confidentiality obligations, which "
     "organisational representatives necessitate immediate notification regarding unacceptable communications "
     "concerning vulnerable individuals attending educational establishments, notwithstanding reassurances?"),
    ("right_longest", CONTACT, "text: Weigh it up and then decide",
     "text: Weigh it up with care over a night or two and then decide what seems best to you on the whole"),
    ("all_of_the_above", CONTACT, "text: Accept it and say well done", "text: None of the above"),
    ("absolute_word", CONTACT, "text: Accept it and say well done", "text: You must never say well done"),
    ("negative_stem", CONTACT, "  ask: What do you do?", "  ask: What should you not do?"),
    ("stem_words_in_right", CONTACT, "text: Weigh it up and then decide",
     "text: Send him your holiday shots and family jokes"),
]  # fmt: skip


def _codes(content: Content) -> set[str]:
    return {finding.code for finding in check_content(content, mutations=True).findings}


def test_sound_content_has_no_findings(sound: Content) -> None:
    report = check_content(sound)
    assert [str(finding) for finding in report.findings] == []
    assert report.is_clean


@pytest.mark.parametrize(("code", "file", "old", "new"), FAULTS)
def test_a_seeded_fault_is_found_by_its_code(
    code: str, file: str, old: str, new: str, edited: Callable[..., Content]
) -> None:
    assert code in _codes(edited((file, old, new)))


def test_every_code_has_a_seeded_fault() -> None:
    seeded = {fault[0] for fault in FAULTS}
    elsewhere = {
        "dead_row",
        "key_without_clause",
        "near_duplicate",
        "unused_override",
        "fingerprint_differs",
        "clause_not_in_text",
        "clause_unlisted",
        "right_not_offered",
        "removal_changes_nothing",
    }
    assert seeded | elsewhere == ERRORS.keys() | WARNINGS.keys()


def test_a_finding_says_file_line_and_how_to_mend_it(edited: Callable[..., Content]) -> None:
    report = check_content(edited((CONTACT, FOLLOW_DECLINE, FOLLOW_DECLINE.replace("decline", "accept"))))
    (finding,) = (item for item in report.findings if item.code == "does_disagrees")
    assert (finding.file, finding.line, finding.at) == (CONTACT, 33, "follow")
    assert finding.level is Level.ERROR
    assert str(finding).startswith("bank/contact.yaml:33: error does_disagrees: accept (do) is right")
    assert finding.mend


def test_a_situation_that_is_asked_and_never_drawn_is_told_with_its_place(
    edited: Callable[..., Content],
) -> None:
    """`worry` is for teachers, and those who take the course work in the kitchen; others are drawn as before."""
    report = check_content(
        edited(
            (NORTH + "courses.yaml", "job_groups: everyone", "job_groups: [kitchen]"),
            (NORTH + "courses.yaml", "{contact: 2, speaking: 1}", "{contact: 1, speaking: 1}"),
        )
    )
    [found] = [item for item in report.findings if item.code == "situation_never_drawn"]
    assert (found.at, found.policy, found.level) == ("worry", "north", Level.WARNING)
    assert (found.file, found.line) == (NORTH + "courses.yaml", 1)


def test_a_fault_of_one_policy_names_it(edited: Callable[..., Content]) -> None:
    report = check_content(edited((NORTH + "positions.yaml", '{ref: "3.1", force', '{ref: "3.10", force')))
    found = [item for item in report.findings if item.code == "unknown_clause"]
    assert [(item.policy, item.at, item.line) for item in found] == [("north", "speak", 8)]


NAMED = [
    ("A note from Keir Starmer is on your desk.", ["Keir Starmer"]),
    ("Kerry O'Neill rings you.", ["Kerry O'Neill"]),
    ("Will Young rings you.", ["Will Young"]),
    ("He likes Zadie Smith’s new book.", ["Zadie Smith"]),
    ("You write to Mr Rashford and to Mr Marcus Rashford.", ["Marcus Rashford"]),
    ("{child} Campbell is in your class.", ["Ayesha Campbell"]),
    ("A boy from Trentham waves.", ["Trentham"]),
    ("On Monday Ayesha rings. In June Meera does.", []),
    ("Ask Gary. He has read Kerry's Instagram post on World Book Day.", []),
    ("You are with Mrs Ali, Aunt Rosa and Tom.", []),
]


@pytest.mark.parametrize(("text", "names"), NAMED)
def test_a_whole_name_is_found_and_a_forename_is_let_be(text: str, names: list[str], sound: Content) -> None:
    """In a story whose variant gives the child a forename; the bank says `ask`, `on`, `in` and `will` elsewhere."""
    [follow] = [scenario for scenario in sound.bank if scenario.id == "follow"]
    telling = Variant.model_validate({"child": "Ayesha", "word": "you ask on a day in May and will"})
    told = follow.model_copy(update={"story": text, "variants": (telling,)})
    findings = Findings(replace(sound, bank=(told,)))
    check_names(findings)
    assert [(item.code, item.at) for item in findings.found] == [("real_name", "follow")] * len(names)
    assert [item.sentence for item in findings.found] == [
        f"the text says {name}, which may be a real name" for name in names
    ]


def test_a_real_name_is_told_with_its_place_and_how_to_mend_it(edited: Callable[..., Content]) -> None:
    report = check_content(edited((CONTACT, "Kacper, aged", "Kacper Nowak, aged")))
    [found] = [item for item in report.findings if item.code == "real_name"]
    assert (found.at, found.level, found.file) == ("follow", Level.WARNING, CONTACT)
    assert found.line == 1 + (Path(__file__).parent / "content" / CONTACT).read_text().splitlines().index(
        "  story: >-"
    )
    assert "Use a forename alone" in str(found)


SETTLED = """    but: ["3.3"]
    resolved: {by: IT lead, on: 2026-11-20, why: the training section is specific}
"""


def test_a_stance_on_one_side_of_a_flagged_contradiction_says_which_and_where(
    edited: Callable[..., Content],
) -> None:
    report = check_content(edited((NORTH + "positions.yaml", SETTLED, "")))
    [found] = report.findings
    assert (found.code, found.policy, found.at, found.line) == ("flag_one_sided", "north", "training", 12)
    assert found.sentence == "training rests on 3.2: N1 says 3.3 contradicts it"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("policy.yaml", "kind: contradictory", "kind: ambiguous"),
        ("positions.yaml", "is: required", "is: unclear"),
        ("positions.yaml", "is: required", "is: indirect"),
        (
            "positions.yaml",
            '{ref: "3.2", force: must}',
            '{ref: "3.2", force: must}, {ref: "3.3", force: says}',
        ),
    ],
)
def test_a_stance_that_takes_no_side_of_a_flag_is_let_be(
    file: str, old: str, new: str, edited: Callable[..., Content]
) -> None:
    content = edited((NORTH + "positions.yaml", SETTLED, ""), (NORTH + file, old, new))
    assert "flag_one_sided" not in _codes(content)


def test_two_scenarios_that_tell_the_same_count_once(edited_folder: Callable[..., Path]) -> None:
    folder = edited_folder()
    speaking = (folder / SPEAKING).read_text(encoding="utf-8")
    copy = speaking[: speaking.index("- id: risky-post")].replace("- id: press", "- id: press-again")
    (folder / "bank/zcopy.yaml").write_text(copy.replace("the new hall", "the old hall"), encoding="utf-8")
    report = check_content(load_content(folder))
    assert {item.at for item in report.findings if item.code == "near_duplicate"} == {"press-again"}
    assert (report.counts.scenarios, report.counts.distinct_scenarios) == (7, 6)


def test_an_override_accepts_a_warning_with_its_reason(edited: Callable[..., Content]) -> None:
    fault = (CONTACT, "text: Accept it and say well done", "text: You must never say well done")
    override = "- {code: absolute_word, at: follow, reason: the story turns on the word}\n"
    report = check_content(edited(fault, ("overrides.yaml", "", override)))
    assert report.findings == ()
    assert [item.reason for item in report.overridden] == ["the story turns on the word"]


def test_an_override_does_not_accept_an_error(edited: Callable[..., Content]) -> None:
    fault = (CONTACT, FOLLOW_DECLINE, FOLLOW_DECLINE.replace("decline", "accept"))
    override = "- {code: does_disagrees, at: follow, reason: because}\n"
    codes = _codes(edited(fault, ("overrides.yaml", "", override)))
    assert {"does_disagrees", "unused_override"} <= codes


def test_an_override_for_one_policy_leaves_the_others_warned(edited: Callable[..., Content]) -> None:
    fault = (
        CONTACT,
        "text: Leave it and tell {tellwho.who}",
        "text: Leave it as it is for now with all your care and tell {tellwho.who} about it today",
    )
    override = "- {code: right_longest, at: follow, policy: north, reason: said so}\n"
    report = check_content(edited(fault, ("overrides.yaml", "", override)))
    assert {item.policy for item in report.findings if item.code == "right_longest"} == {"south"}


def test_an_override_that_fits_nothing_is_told(edited: Callable[..., Content]) -> None:
    assert "unused_override" in _codes(
        edited(("overrides.yaml", "", "- {code: reading_age, at: follow, reason: once long}\n"))
    )


def test_a_clause_whose_imported_text_changed_is_found(edited: Callable[..., Content]) -> None:
    text = "Staff ask  before\nthey post."
    content = edited(
        (NORTH + "clauses.yaml", "0000000000000031", clause_fingerprint("Staff ask before they post."))
    )
    refs = {clause.ref: text for clause in content.policies["north"].clauses}
    differing = {
        item.at
        for item in check_content(content, {"north": refs}).findings
        if item.code == "fingerprint_differs"
    }
    assert differing == {"1.1", "2.1", "2.2", "2.3", "3.2", "3.3"}


def test_clauses_missing_on_either_side_of_an_import_are_found(sound: Content) -> None:
    texts = {"south": {"Contact > ¶1": "x", "Contact > ¶9": "y"}, "elsewhere": {"1": "z"}}
    findings = check_content(sound, texts).findings
    assert {item.at for item in findings if item.code == "clause_unlisted"} == {"Contact > ¶9"}
    assert "Contact > ¶2" in {item.at for item in findings if item.code == "clause_not_in_text"}


def _written(content: Content, code: str) -> set[tuple[str, str, str]]:
    """Where findings of this code are, under which policy, and what they say."""
    found = check_content(content).findings
    return {(item.at, item.policy, item.sentence) for item in found if item.code == code}


def test_a_story_is_counted_with_its_words_where_it_is_told(edited: Callable[..., Content]) -> None:
    """The variant with the long name is asked in one of the two policies alone."""
    content = edited((CONTACT, "platform: TikTok", f'platform: "TikTok{" and so on" * 10}"'))
    assert _written(content, "story_length") == {("follow", "north", "the story has 104 words")}


def test_a_story_is_counted_under_every_policy_with_what_it_calls_itself(
    edited: Callable[..., Content],
) -> None:
    content = edited(
        (SPEAKING, "Sam from the art room has", "Sam from the art room of {organisation} has"),
        (NORTH + "policy.yaml", "organisation: Northfield Academies Trust",
         f"organisation: Northfield Academies Trust{' and Sixth Form' * 6}"),
    )  # fmt: skip
    assert _written(content, "story_length") == {("risky-post", "north", "the story has 95 words")}


def test_a_story_that_nobody_is_asked_is_counted_as_written(edited: Callable[..., Content]) -> None:
    content = edited((SPEAKING, "Sam from the art room", FILL[:150] + "Sam from the art room"))
    nowhere = replace(content, policies={}, is_whole=False)
    assert _written(nowhere, "story_length") == {("risky-post", "", "the story has 108 words")}


def test_an_option_is_read_by_itself(edited: Callable[..., Content]) -> None:
    content = edited(
        (CONTACT, "text: Weigh it up and then decide", "text: Consider every professional obligation")
    )
    assert _written(content, "reading_age") == {
        ("follow", slug, "option think reads at grade 28") for slug in ("north", "south")
    }


def test_what_a_trust_calls_its_offices_is_its_own_and_what_we_call_them_is_ours(
    edited: Callable[..., Content],
) -> None:
    content = edited(
        (NORTH + "policy.yaml", "dsl: the Safeguarding Lead", "dsl: the Designated Safeguarding Officer")
    )
    assert _written(content, "reading_age") == set()
    adopted = replace(content, policies={"model": content.policies["north"]}, is_whole=False)
    assert {item[:2] for item in _written(adopted, "reading_age")} == {
        ("follow", "model"),
        ("worry", "model"),
    }


def test_counts_say_how_much_is_asked_and_what_differs(sound: Content) -> None:
    report = check_content(sound)
    assert report.counts.organisations == 2
    assert (report.counts.cells_asked, report.counts.cells_not_asked) == (13, 3)
    differences = {item.scenario: item for item in report.differences}
    follow = differences["follow"]
    assert (follow.right_option, follow.people, follow.not_asked_everywhere) == (False, True, True)
    assert not differences["risky-post"].differs


def test_a_changed_stance_lists_the_cells_that_change(sound: Content, edited: Callable[..., Content]) -> None:
    after = edited(
        (NORTH + "positions.yaml", "cases: [adult], is: judgement", "cases: [adult], is: not_allowed")
    )
    before = check_content(sound).cells["north"]
    changed = changed_cells(before, check_content(after).cells["north"])
    assert changed == [("follow", 1), ("night-message", 1)]


def test_two_readings_of_one_position_are_not_combined_against_each_other(
    edited: Callable[..., Content],
) -> None:
    content = edited(
        (SPEAKING, 'decide: {ok: "speak?line_manager", train',
         'decide: {ok: "speak?line_manager", boss: "speak?head", train'),
        (SPEAKING, "{when: {ok: [unnamed]}, not_asked", "{when: {ok: [unnamed], boss: [unnamed]}, not_asked"),
    )  # fmt: skip
    assert "hole" not in _codes(content)


def test_a_row_that_no_policy_could_meet_is_dead(edited: Callable[..., Content]) -> None:
    content = edited(
        (SPEAKING, "decide: {ok: speak}", 'decide: {ok: speak, boss: "speak?head", manager: "speak?line_manager"}'),
        (SPEAKING, "- {when: {ok: [allowed]},", "- {when: {boss: [yes], manager: [unnamed]}, not_asked: never}\n"
         "    - {when: {ok: [allowed]},"),
    )  # fmt: skip
    assert "dead_row" in _codes(content)


def test_a_key_that_rests_on_silence_alone_is_found(edited: Callable[..., Content]) -> None:
    content = edited(
        (SPEAKING, "decide: {ok: speak}\n", "decide: {ok: training}\n  may_be_silent: [ok]\n"),
        (SPEAKING, "{when: {ok: [ask_first]}", "{when: {ok: [silent]}"),
        (SPEAKING, "{when: {ok: [not_allowed]}", "{when: {ok: [required]}"),
        (SPEAKING, "{when: {ok: [allowed]}", "{when: {ok: [may_be_required]}"),
    )
    found = [item for item in check_content(content).findings if item.code == "key_without_clause"]
    assert [(item.at, item.policy) for item in found] == [("risky-post", "south")]


def test_options_dropped_for_their_office_may_leave_too_few(edited: Callable[..., Content]) -> None:
    content = edited(
        (CONTACT, "office: ceo", "office: dsl"),
        (CONTACT, FOLLOW_DECLINE, FOLLOW_DECLINE.replace("[decline]}", "[decline], drop: [think]}")),
    )
    found = [item for item in check_content(content).findings if item.code == "too_few_options"]
    assert {(item.at, item.policy) for item in found} == {("follow", "north"), ("follow", "south")}


def test_half_of_a_bank_is_not_called_unasked(sound: Content) -> None:
    report = check_content(load_content(Path(__file__).parent / "content", ["south"]))
    assert [finding.code for finding in report.findings] == []


def test_a_scenario_with_unreadable_positions_is_one_fault(edited: Callable[..., Content]) -> None:
    report = check_content(edited((SPEAKING, "decide: {ok: speak}", "decide: {ok: speaks}")))
    assert [finding.code for finding in report.errors] == ["unknown_position"]
