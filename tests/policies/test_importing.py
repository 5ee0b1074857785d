"""Reading policy documents: files refused, references, dates, force, and the five published policies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from elearn.errors import InvalidInput
from elearn.policies.importing import (
    DateRole,
    Force,
    ImportedPolicy,
    Kind,
    clause_fingerprint,
    read_policy,
)
from tests.cost import cost

NORMATIVE = re.compile(r"\b(must|should|never|not)\b", re.IGNORECASE)


def read(text: str, filename: str = "policy.txt") -> ImportedPolicy:
    return read_policy(text.encode(), filename)


def refs(text: str, filename: str = "policy.txt") -> list[str]:
    return [clause.ref for clause in read(text, filename).clauses]


def texts(policy: ImportedPolicy) -> dict[str, str]:
    return {clause.ref: clause.text for clause in policy.clauses}


# Files


@pytest.mark.parametrize(
    ("data", "filename", "words"),
    [
        (b"", "policy.txt", "empty"),
        (b" \n\n\t\n", "policy.txt", "empty"),
        (b"\x00\x01\x02\x03" * 50, "policy.txt", "binary"),
        (b"ok \x01\x02\x03\x04\x05\x06\x07" * 30, "policy.txt", "binary"),
        (b"%PDF-1.7 1.1 Staff must", "policy.txt", "PDF"),
        (b"PK\x03\x04 1.1 Staff must", "policy.md", "Word"),
        (b"\xff\xfe1\x00.\x00\xd8", "policy.txt", "UTF-16"),
        ("1.1 Staff must ask.".encode("utf-16-le"), "policy.txt", "UTF-16"),
        (b"1.1 Staff must ask \x81\x8d.", "policy.txt", "neither"),
        (b"1.1 Staff must ask.", "policy.rtf", ".rtf"),
        (b"1.1 Staff must ask.", "policy", "without extension"),
        (b"Contents\nScope .... 2\n", "policy.txt", "no clause"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name_and_the_reason(
    data: bytes, filename: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(words)) as refused:
        read_policy(data, filename)
    assert filename in str(refused.value)


def test_a_file_of_twenty_megabytes_is_refused_at_once() -> None:
    data, small = b"a" * 20_000_000, b"1.1 Staff must ask.\n" * 1000

    def refuse() -> None:
        with pytest.raises(InvalidInput, match="10 MB"):
            read_policy(data, "policy.txt")

    assert cost(refuse) < cost(lambda: read_policy(small, "policy.txt"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_its_mark_is_read_without_warning(encoding: str) -> None:
    policy = read_policy("Title Policy\n\n1. Scope\n\n1.1 Pay £5 – “soon”.\n".encode(encoding), "p.txt")
    assert texts(policy) == {"1.1": "Pay £5 – “soon”."}
    assert policy.warnings == ()


def test_windows_text_is_read_with_a_warning() -> None:
    policy = read_policy("Media Policy\n\n1.1 Staff’s £5 must be kept.".encode("cp1252"), "p.txt")
    assert texts(policy) == {"1.1": "Staff’s £5 must be kept."}
    assert "Windows-1252" in policy.warnings[0]


def test_line_ends_of_any_system_give_the_same_clauses() -> None:
    text = "Media Policy\n\n1. Scope\n\n1.1 Staff must ask.\n\n1.2 They may post.\n"
    assert refs(text) == refs(text.replace("\n", "\r\n")) == refs(text.replace("\n", "\r")) == ["1.1", "1.2"]


def test_the_fingerprint_does_not_depend_on_white_space() -> None:
    assert (
        clause_fingerprint("Staff  must\n ask. ")
        == clause_fingerprint("Staff must ask.")
        == "4d51281625a0393b"
    )


# References


def test_a_letter_i_after_h_is_a_letter_and_one_before_ii_is_a_roman() -> None:
    lettered = "\n".join(f"({letter}) item {letter};" for letter in "abcdefghi")
    assert refs(f"1. Scope\n\n1.1 Staff must not:\n\n{lettered}\n\n1.2 End here.\n")[-2:] == ["1.1(i)", "1.2"]
    nested = lettered.replace("(i) item i;", "(i) one;\n(ii) two;")
    assert refs(f"1. Scope\n\n1.1 Staff must not:\n\n{nested}\n\n1.2 End.\n")[-3:] == [
        "1.1(h)(i)",
        "1.1(h)(ii)",
        "1.2",
    ]


def test_depth_comes_from_the_number_and_not_from_the_mark_up() -> None:
    text = "# Media Policy\n\n#### **1. Scope**\n\n- 1.1 Staff must ask.\n\n## 2. Use\n\n  - 2.1 May post.\n"
    policy = read(text, "p.md")
    assert [(clause.ref, clause.parent, clause.heading) for clause in policy.clauses] == [
        ("1.1", "1", "Scope"),
        ("2.1", "2", "Use"),
    ]


def test_letters_with_a_full_stop_under_a_title_stand_after_a_space() -> None:
    assert refs("4. Conduct\n\n4.6 Partners:\n\n- a. Staff must ask.\n- b. Staff may post.\n") == [
        "4.6 a",
        "4.6 b",
    ]


def test_nested_bullets_count_below_their_bullet() -> None:
    text = "Purpose\n\nAims are:\n\n- one\n- two\n  - inner\n  - other\n- three\n\n1. Scope\n\n1.1 Ask.\n"
    assert refs(text)[1:6] == [f"Purpose ¶1 bullet {n}" for n in ("1", "2", "2.1", "2.2", "3")]


@pytest.mark.parametrize(
    ("items", "last"),
    [
        ("- name pupils\n- tag pupils", "tag pupils"),
        ("- name pupils;\n- tag pupils", "tag pupils"),
        ("- name pupils.\n- write to them", "write to them"),
        ("- name pupils; or\n- tag pupils;", "tag pupils;"),
    ],
)
def test_a_condition_set_apart_after_a_list_closes_it_however_the_items_end(items: str, last: str) -> None:
    found = read(f"Policy\n\n1.1 Staff must not:\n\n{items}\n\nunless the head has agreed\n\n1.2 Ask.\n")
    assert [(clause.ref, clause.text) for clause in found.clauses[2:4]] == [
        ("1.1 bullet 2", last),
        ("1.1 closing words", "unless the head has agreed"),
    ]


def test_an_item_cut_by_a_blank_line_is_one() -> None:
    found = read(
        "Policy\n\n1.1 Staff must not:\n\n- name pupils;\n- tag pupils or\n\nparents who are here.\n"
    )
    assert found.clauses[-1].text == "tag pupils or parents who are here."


def test_a_numbered_list_inside_a_section_is_no_section() -> None:
    text = "1. Reporting\n\nStaff should:\n\n1. tell the lead;\n2. write it;\n\n2. Review\n\nIt is new.\n"
    assert refs(text) == ["1 ¶1", "1 ¶1 bullet 1", "1 ¶1 bullet 2", "2 ¶1"]


def test_numbers_that_begin_again_under_an_appendix_keep_references_apart() -> None:
    text = "1. Scope\n\n1.1 Staff must ask.\n\nAppendix A\n\n1. Forms\n\n1.1 Staff must sign.\n"
    assert refs(text) == ["1.1", "Appendix A 1.1"]


def test_a_number_printed_twice_is_kept_apart_with_a_warning() -> None:
    policy = read("1. Scope\n\n1.1 Staff must ask.\n\n1.1 Staff must answer.\n")
    assert [clause.ref for clause in policy.clauses] == ["1.1", "1.1 (2)"]
    assert policy.warnings


def test_a_number_inside_wrapped_text_is_text() -> None:
    text = "1. Scope\n\n1.1 Staff must act in line with section\n4.2 Privacy of another.\n\n1.2 May post.\n"
    assert refs(text) == ["1.1", "1.2"]


BETWEEN_TITLES = """Hill Policy

Scope

{above}

3. Rules

{beneath}

Reporting

Staff must report a concern to the head without delay.
"""


@pytest.mark.parametrize(
    ("above", "beneath", "is_title"),
    [
        ("This is for all staff of the trust.", "Staff must not tag a pupil in a post at any time.", True),
        ("Staff must follow these two things:", "Staff must not tag a pupil in a post at any time.", False),
        ("This is for all staff of the trust.", "4. Names", False),
        ("2. Ages", "Staff must not tag a pupil in a post at any time.", False),
    ],
)
def test_a_lone_number_before_words_is_a_title_where_it_stands_like_one(
    above: str, beneath: str, is_title: bool
) -> None:
    policy = read(BETWEEN_TITLES.format(above=above, beneath=beneath))
    assert ("Rules" in [heading.text for heading in policy.headings]) is is_title
    assert ("Rules" in [clause.text for clause in policy.clauses]) is not is_title
    if is_title:
        assert [clause.ref for clause in policy.clauses] == ["Scope ¶1", "3 ¶1", "Reporting ¶1"]


def test_importing_the_same_bytes_twice_gives_the_same() -> None:
    text = "1. Scope\n\n1.1 Staff must not:\n\n(a) post;\n(b) share,\n\nbut they may read.\n"
    assert read(text) == read(text)
    assert refs(text)[-1] == "1.1 closing words"


def test_a_title_that_makes_a_rule_is_a_clause_too() -> None:
    policy = read(
        "1. What staff must not do\n\nThis lists what is barred.\n\n2. Rest\n\nNothing else is here.\n"
    )
    assert (policy.clauses[0].ref, policy.clauses[0].kind) == ("1", Kind.HEADING)
    assert [heading.ref for heading in policy.headings] == ["1", "2"]


def test_a_rule_in_a_table_row_is_not_left_out() -> None:
    policy = read(
        "Media Policy\n\nOwner\tHR\nNote\tStaff must not share this\n\n1. Scope\n\n1.1 Staff may post.\n"
    )
    assert any("must not share" in clause.text for clause in policy.clauses)
    assert [row.why for row in policy.left_out if row.line == 3] == ["metadata table"]


def test_a_file_without_title_is_called_by_its_name() -> None:
    policy = read("1. Scope\n\n1.1 Staff must ask.\n", "our_rules.txt")
    assert policy.title == "our rules"
    assert policy.warnings


# Dates


@pytest.mark.parametrize(
    ("printed", "role", "on"),
    [
        ("Approved by: Governors 01.03.2021", DateRole.APPROVED, "2021-03-01"),
        ("Approval date: 03/04/2021", DateRole.APPROVED, "2021-04-03"),
        ("Date Ratified\t22/3/21", DateRole.RATIFIED, "2021-03-22"),
        ("Board ratification: 03.2021", DateRole.RATIFIED, "2021-03"),
        ("Next review due by: March 2022", DateRole.REVIEW_DUE, "2022-03"),
        ("Review Date – Jan 2026", DateRole.REVIEW_DUE, "2026-01"),
        ("Last reviewed on: 14th December 2020", DateRole.LAST_REVIEWED, "2020-12-14"),
        ("Published: 2024-01-31", DateRole.PUBLISHED, "2024-01-31"),
        ("Effective from: Sept 2020", DateRole.EFFECTIVE, "2020-09"),
        ("Signed:", DateRole.SIGNED, None),
        ("Signature of Chair\t", DateRole.SIGNED, None),
    ],
)
def test_dates_are_read_day_first_with_their_role_and_precision(
    printed: str, role: DateRole, on: str | None
) -> None:
    policy = read(f"Media Policy\n\n{printed}\n\n1. Scope\n\n1.1 Staff must ask.\n")
    assert [(date.role, date.on) for date in policy.dates] == [(role, on)]


@pytest.mark.parametrize(
    "line", ["Review: April 2027", "**Review: April 2027**", "Due for review: April 2027"]
)
def test_a_date_with_its_label_under_the_title_is_no_title(line: str) -> None:
    policy = read(f"# Policy\n\n{line}\n\n## Contact\n\nStaff must ask.\n", "policy.md")
    assert [heading.ref for heading in policy.headings] == ["Contact"]
    assert [(date.role, date.on) for date in policy.dates] == [(DateRole.REVIEW_DUE, "2027-04")]


def test_a_date_that_cannot_be_day_first_is_unknown_and_warned_about() -> None:
    policy = read("Media Policy\n\nApproved on: 12/25/2021\n\n1. Scope\n\n1.1 Staff must ask.\n")
    assert not any(date.on for date in policy.dates)
    assert "12/25/2021" in policy.warnings[0]


# Force


@pytest.mark.parametrize(
    ("text", "force"),
    [
        ("Staff must not post pictures.", Force.PROHIBITION),
        ("Never name a pupil.", Force.PROHIBITION),
        ("Posting in lessons is not permitted.", Force.PROHIBITION),
        ("Staff must report it.", Force.DUTY),
        ("Managers are required to answer.", Force.DUTY),
        ("Staff should not befriend parents.", Force.RECOMMENDATION),
        ("Consider a second name.", Force.RECOMMENDATION),
        ("Staff may use it at lunch.", Force.PERMISSION),
        ("A breach may result in disciplinary action.", Force.CONSEQUENCE),
        ("Contact the safeguarding lead.", Force.PROCEDURE),
        ("Social media means any site for sharing.", Force.DEFINITION),
        ("The trust was founded in a school hall.", Force.INFORMATION),
        ("“You must not register under 13.”", Force.INFORMATION),
    ],
)
def test_force_is_proposed_from_the_words(text: str, force: Force) -> None:
    assert read(f"1. Scope\n\n1.1 {text}\n").clauses[-1].force is force


def test_items_take_the_force_of_their_lead_in() -> None:
    policy = read("1. Scope\n\n1.1 Staff must not:\n\n(a) post pictures;\n(b) name pupils.\n")
    assert {clause.force for clause in policy.clauses} == {Force.PROHIBITION}


@pytest.mark.parametrize(
    ("lead_in", "force"),
    [
        ("Staff shall", Force.DUTY),
        ("Staff must not", Force.PROHIBITION),
        ("Before they post, staff should ask", Force.RECOMMENDATION),
    ],
)
def test_items_take_the_force_of_a_lead_in_that_stops_short(lead_in: str, force: Force) -> None:
    policy = read(f"1. Scope\n\n1.1 {lead_in}\n\n(i) the head;\n(ii) the trust.\n\nunless away.\n")
    assert [(clause.ref, clause.force) for clause in policy.clauses] == [
        ("1.1", force),
        ("1.1(i)", force),
        ("1.1(ii)", force),
        ("1.1 closing words", force),
    ]


def test_items_below_a_whole_sentence_keep_their_own_force() -> None:
    policy = read("Contact\n\nStaff must follow the code\n\n- Staff may read news\n- The code is online\n")
    assert [clause.force for clause in policy.clauses] == [Force.DUTY, Force.PERMISSION, Force.INFORMATION]


def test_a_list_right_under_a_lead_in_that_stops_short_begins_there() -> None:
    text = "1. Scope\n\n1.1 Staff shall\n(i) ask;\n(ii) tell.\n\n1.2 Staff shall use section\n(i) with\n(ii) for it.\n"
    assert refs(text) == ["1.1", "1.1(i)", "1.1(ii)", "1.2"]


# The five published policies


def published(name: str) -> ImportedPolicy:
    for folder in Path(__file__).resolve().parents:
        for place in (folder / "shared" / "policies", folder.parent / "shared" / "policies"):
            if place.is_dir():
                return read_policy((place / f"{name}.txt").read_bytes(), f"{name}.txt")
    pytest.skip("the published policies are not here (../shared/policies)")


APP = "Social Networking applications and their use"
GUIDANCE = "Guidance/protection for staff using social networking sites"
GOLDEN = {
    "raleigh": {
        "1.3": "adversary impact",
        "3.3": "purpose of committing",
        "5.1(h)": "Data Protection Policy",
        "5.1(i)": "laws or ethical",
        "5.2": "provide references",
        "7.2": "keystroke capturing",
        "7.3": "successor legislation",
        "9.1": "Equal opportunities policy",
        "10.3(a)": "CPOMS",
        "10.4(a)(ii)": "students or their parents",
        "10.4(a)(v)": "other affiliates",
        "10.4(a) closing words": "misconstrued",
        "10.4(b)": "own behalf",
        "10.4(g)": "print out",
        "10.6(b)": "written permission",
        "11.1": "every 2 years",
    },
    "voyage": {
        "1 ¶6": "fixed-term employees",
        "2 ¶1 bullet 4": "If in doubt",
        "2 ¶2 bullet 2": "standards of behaviour",
        "2 ¶3 bullet 2": "implementing and reviewing",
        "3 ¶2": "Flickr",
        "4 ¶2 bullet 9": "any other way",
        "4 ¶3": "ex-pupils",
        "4 ¶4": "lesson time",
        "5 ¶3 bullet 1": "locate or meet",
        "5 ¶5": "Line Manger",
        "6 ¶2": "screen prints",
        "7 ¶1 bullet 12": "anonymously",
        "7 ¶1 bullet 18": "whistle blow",
        "8 ¶1 bullet 1": "login details",
        "8 ¶5": "the police",
    },
    "creating_tomorrow": {
        "Purpose ¶1": "acceptable use",
        "Wellbeing in our Trust ¶4 bullet 4.2": "Education Support Line",
        "Related policies and guidance bullet 3": "E-Safety",
        "2.1.3": "Third parties",
        "3.3.1 bullet 7": "Records Retention",
        "4.2.1": "may require",
        "4.4.2 bullet 3": "administrative contacts",
        "5 ¶1": "common sense",
        "5.1 bullet 7": "made private",
        "5.1 bullet 15": "only trust owned",
        "5.2 bullet 6": "the press",
        "5.3 bullet 7": "written permission",
        "5.4.2": "What's App",
        "5 closing ¶": "uncertain or concerned",
        "6.2 bullet 3": "sixth form",
        "7.1.1": "will require",
        "8.1.2 bullet 2": "CEO",
        "9.1": "recommendations for change",
    },
    "clt": {
        "1 a": "Non statutory",
        "2 a": "City Learning Trust",
        "3 b": "identified as personal",
        "3 c": "agreed authority",
        "4.1 a": "strictly forbidden",
        "4.2 b": "especially cautious",
        "4.3 a": "short excerpts",
        "4.4 a": "real name",
        "4.5 b": "yours alone",
        "4.6 c": "6th form",
        "4.7 d": "prominent disclaimer",
        "4.8 b": "lunch times",
        "4.9 b": "contract of employment",
        "5 a": "bi-annual",
    },
    "lead": {
        "Our vision > ¶1": "outstanding leadership",
        "Introduction to the Policy > ¶2": "social networking sites",
        "Purpose > ¶1 bullet 3": "clearly distinguish",
        "Purpose > ¶4": "delete that information",
        "Purpose > ¶7": "accusations",
        "SCOPE > ¶3 bullet 2": "Twitter",
        "Use of Social networking sites in worktime > ¶1": "Director of schools",
        "Social Networking as part of School Service > ¶2": "wiki",
        f"{APP} > bullet 4": "conduct or policies",
        f"{APP} > bullet 8": "identify themselves",
        f"{APP} > bullet 10": "out-of-work activity",
        f"{APP} > ¶1": "gross misconduct",
        f"{GUIDANCE} > bullet 4": "in writing",
        "Child protection guidance > ¶1 bullet 7": "contact with the police",
        "Child protection guidance > ¶1 bullet 8": "from a child",
        "Monitoring > ¶6": "school's name",
    },
}


@pytest.mark.shared
@pytest.mark.parametrize("name", GOLDEN)
def test_references_of_the_published_policies_are_those_printed(name: str) -> None:
    found = texts(published(name))
    for ref, words in GOLDEN[name].items():
        assert words.casefold() in found.get(ref, "").casefold(), f"{name} {ref}: {found.get(ref)!r}"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "clauses", "organisation", "version"),
    [
        ("raleigh", 61, "RALEIGH LEARNING TRUST", None),
        ("voyage", 72, "Voyage Education Partnership", None),
        ("creating_tomorrow", 115, "Creating Tomorrow Trust", "2024"),
        ("clt", 27, "City Learning Trust", "V1.0"),
        ("lead", 67, "L.E.A.D. Academy Trust", None),
    ],
)
def test_the_published_policies_are_read_whole(
    name: str, clauses: int, organisation: str, version: str | None
) -> None:
    policy = published(name)
    assert len(policy.clauses) == len({clause.ref for clause in policy.clauses}) == clauses
    assert (policy.organisation, policy.title.casefold(), policy.version) == (
        organisation,
        "social media policy",
        version,
    )
    assert policy.warnings == ()


@pytest.mark.shared
@pytest.mark.parametrize("name", GOLDEN)
def test_no_normative_line_of_the_published_policies_is_left_out(name: str) -> None:
    assert [row for row in published(name).left_out if NORMATIVE.search(row.text)] == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "role", "on"),
    [
        ("raleigh", DateRole.RATIFIED, "2021-03"),
        ("raleigh", DateRole.REVIEW_DUE, "2023-03-01"),
        ("voyage", DateRole.RATIFIED, "2021-03-22"),
        ("voyage", DateRole.SIGNED, None),
        ("voyage", DateRole.REVIEW_DUE, "2022-03"),
        ("creating_tomorrow", DateRole.APPROVED, "2024-01"),
        ("creating_tomorrow", DateRole.SIGNED, None),
        ("creating_tomorrow", DateRole.REVIEW_DUE, "2026-01"),
        ("clt", DateRole.APPROVED, "2020-12-14"),
        ("clt", DateRole.REVIEW_DUE, "2022-02"),
        ("lead", DateRole.WRITTEN, "2017-01"),
        ("lead", DateRole.REVIEW_DUE, "2018-01"),
    ],
)
def test_dates_of_the_published_policies_are_found(name: str, role: DateRole, on: str | None) -> None:
    assert on in [date.on for date in published(name).dates if date.role is role]


def pages(sections: int) -> str:
    """A document of two pages a section."""
    clause = (
        "{0}.{1} Staff must not share the names of pupils, parents or colleagues with anyone else at all.\n\n"
    )
    return "".join(
        f"{s}. Section Title\n\n" + "".join(clause.format(s, c) for c in range(1, 41))
        for s in range(1, sections + 1)
    )


def test_ten_times_the_pages_cost_ten_times_as_much_to_read() -> None:
    ten, hundred = pages(5), pages(50)
    assert len(read(hundred).clauses) == 2000
    assert cost(lambda: read(hundred)) < 13 * cost(lambda: read(ten), times=5)


def test_blank_lines_cost_less_than_lines_with_words() -> None:
    words, blanks = "1.1 Staff must ask.\n" * 2000, "1.1 Staff must ask.\n" + "\n" * 100_000
    assert cost(lambda: read(blanks)) < cost(lambda: read(words))


@pytest.mark.parametrize(
    ("title", "marks", "refs"),
    [
        ("Use of accounts", ("1.", "2.", "3."), ["1", "2", "3"]),
        ("Use of accounts", ("1", "2", "3"), [f"Use of accounts > bullet {n}" for n in (1, 2, 3)]),
        ("Use of accounts", ("(a)", "(b)", "(c)"), [f"Use of accounts > ({n})" for n in "abc"]),
        ("Use of accounts", ("i.", "ii.", "iii."), [f"Use of accounts > {n}" for n in ("i", "ii", "iii")]),
    ],
)
def test_numbered_lines_right_under_a_title_are_clauses_of_their_own(
    title: str, marks: tuple[str, str, str], refs: list[str]
) -> None:
    texts = ("Staff must ask first.", "Staff must not tag pupils.", "Staff may post.")
    lines = "\n".join(f"{mark} {text}" for mark, text in zip(marks, texts, strict=True))
    found = read(f"Social media policy\n\n{title}\n{lines}\n").clauses
    assert [(clause.ref, clause.text) for clause in found] == list(zip(refs, texts, strict=True))


def test_numbers_in_the_middle_of_a_text_begin_no_clause() -> None:
    found = read(
        "Social media policy\n\nStaff who read section\n1. of the code\n2. of the handbook must sign.\n"
    )
    assert len(found.clauses) == 1


def test_a_lettered_title_after_a_list_is_a_title() -> None:
    text = "Policy\n\n3.1 Staff must not:\n\n(a) tag;\n\n(b) name.\n\nA. Further points\n\nStaff must sign.\n"
    found = read(text)
    assert [clause.ref for clause in found.clauses] == ["3.1", "3.1(a)", "3.1(b)", "A. Further points ¶1"]
    assert [heading.ref for heading in found.headings] == ["A. Further points"]


def test_capital_letters_that_count_on_are_still_a_list() -> None:
    found = read("Policy\n\n3.1 Staff must not:\n\nA. tag pupils\n\nB. name pupils\n")
    assert [clause.ref for clause in found.clauses] == ["3.1", "3.1(A)", "3.1(B)"]


@pytest.mark.parametrize(
    "row",
    [
        "| Head | May approve an account of the school |",
        "| Status | Staff may post news of the school |",
        "| Date | Report a breach to HR on the same day |",
        "| Audience | All staff are expected to read this |",
    ],
)
def test_a_row_of_a_table_that_makes_a_rule_is_kept_by_itself(row: str) -> None:
    table = (
        f"| Version | 1 |\n|---|---|\n| Owner | HR |\n{row.replace('May', 'may')}\n| Date | 1 May 2024 |\n"
    )
    found = read_policy(f"# Policy\n\n{table}\n1.1 Staff must sign.\n".encode(), "p.md")
    assert [clause.text for clause in found.clauses] == [
        row.replace("May", "may").strip("| "),
        "Staff must sign.",
    ]
    assert [left.text for left in found.left_out if left.why == "metadata table"] == [
        "| Version | 1 |",
        "| Owner | HR |",
        "| Date | 1 May 2024 |",
    ]


def test_lists_and_titles_are_told_apart_where_no_blank_lines_are_printed() -> None:
    text = (
        "Hill School\nSocial Media Policy\n\nAims\nThe school aims to keep everyone safe.\n\nPersonal Use\n"
        "Staff must not:\n• post pictures of pupils\n• name pupils\n\nHill School - Policy     Page 1 of 2\n"
        "• share passwords.\nStaff report a breach to the head.\n\nPupils\nPupils must not be\n"
        "Hill School - Policy     Page 2 of 2\ncontacted by staff.\n"
    )
    assert refs(text) == [
        "Aims > ¶1",
        "Personal Use > ¶1",
        "Personal Use > ¶1 bullet 1",
        "Personal Use > ¶1 bullet 2",
        "Personal Use > ¶1 bullet 3",
        "Personal Use > ¶2",
        "Pupils > ¶1",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("* post;\n* tag pupils,\nunless they are family.", "1) keep;\n2) ask."),
        ("* post;\n* tag pupils,\nunless they are family.", "* keep;\n* ask."),
        ("- post;\n- tag pupils, unless they are family.", "• keep;\n• ask."),
        ("(a) post;\n(b) tag pupils,\nunless they are family.", "(a) keep;\n(b) ask."),
        ("(i) post;\n(ii) tag pupils, unless they are family.", "(i) keep;\n(ii) ask."),
    ],
)
@pytest.mark.parametrize("lead_in", ["Staff should:", "Staff who work with pupils\nof any age should:"])
def test_a_sentence_above_a_second_list_is_no_part_of_the_first_where_no_blank_line_is_printed(
    first: str, second: str, lead_in: str
) -> None:
    found = read(f"Policy\n\n1.1 Staff must not:\n{first}\n{lead_in}\n{second}\n\n1.2 Staff must ask.\n")
    assert [(clause.text, clause.force) for clause in found.clauses[2:5]] == [
        ("tag pupils, unless they are family.", Force.PROHIBITION),
        (lead_in.replace("\n", " "), Force.RECOMMENDATION),
        ("keep;", Force.RECOMMENDATION),
    ]
    assert [clause.ref[:17] for clause in found.clauses[3:6]] == ["1.1 closing words"] * 3


@pytest.mark.parametrize(
    ("items", "inner"),
    [
        ("* post.\n* tag pupils here.\nThis means:\n1) one\n2) two\n* name.", "1.1 bullet 2.1"),
        ("* post.\n* tag pupils here.\nThis means:\n   - one\n   - two", "1.1 bullet 2.1"),
        ("(a) post.\n(b) tag pupils here.\nThis means:\n(i) one\n(ii) two\n(c) name.", "1.1(b)(i)"),
        ("(g) post.\n(h) tag pupils here.\nThis means:\n(i) one\n(ii) two", "1.1(h)(i)"),
    ],
)
def test_a_sentence_above_a_list_inside_an_item_stays_in_it(items: str, inner: str) -> None:
    found = read(f"Policy\n\n1.1 Staff must not:\n{items}\n\n1.2 Staff must ask.\n")
    assert found.clauses[2].text == "tag pupils here. This means:"
    assert found.clauses[3].ref == inner


def test_a_layout_with_set_in_lists_and_page_numbers_keeps_its_references() -> None:
    text = (
        "1   Personal use\n1.1   Staff must not:\n      (a)   accept pupils;\n      (b)   post, except\n"
        "            (i)   in need; or\n            (ii)   with leave; and\n      (c)   name colleagues.\n"
        "                   1\nOak Academy Policy\n1.2   Staff may read\n                   2\n"
        "Oak Academy Policy\n"
        "      at lunch.\n                   3\nOak Academy Policy\n"
    )
    assert refs(text) == ["1.1", "1.1(a)", "1.1(b)", "1.1(b)(i)", "1.1(b)(ii)", "1.1(c)", "1.2"]
