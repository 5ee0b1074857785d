"""Policies made up at random come back with the references and texts they were built with."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from elearn.errors import InvalidInput
from elearn.policies.importing import read_policy

SUBJECTS = ("Staff", "Volunteers", "All employees", "Governors", "Line managers", "Contractors")
VERBS = (
    "must not share",
    "should keep",
    "may post",
    "must report",
    "should never quote",
    "are expected to check",
)
OBJECTS = (
    "pictures of pupils",
    "names of colleagues",
    "details of a complaint",
    "the office calendar",
    "exam results",
)
ENDS = (
    "without written consent",
    "on a personal account",
    "during lessons",
    "before the end of the day",
    "at any time",
)
TITLES = (
    "Scope",
    "Personal Accounts",
    "Pictures and Video",
    "Reporting a Concern",
    "Official Accounts",
    "Complaints",
)
UNNUMBERED = ("Background", "Our Approach", "Further Reading")
HOUSES = ("Northwood Learning Trust", "Harbour Federation", "Elm Tree Academies Trust")
BULLETS = ("-", "*", "•", "–", "o", "1.", "1)")
ROMANS = ("i", "ii", "iii", "iv", "v", "vi")


@dataclass
class Built:
    """A document under construction: its lines, and the clauses it should come back as."""

    chance: random.Random
    house: str
    paging: str
    lines: list[str] = field(default_factory=list)
    expected: list[tuple[str, str]] = field(default_factory=list)
    page: int = 1
    count: int = 0

    def sentence(self) -> str:
        self.count += 1
        pick = self.chance.choice
        said = f"{pick(SUBJECTS)} {pick(VERBS)} {pick(OBJECTS)} {pick(ENDS)}"
        return f"{said} under rule {self.count} of this document."

    def fragment(self) -> str:
        self.count += 1
        return f"{self.chance.choice(OBJECTS)} kept in cupboard {self.count};"

    def turn_page(self) -> None:
        header, footer = f"{self.house} Social Media Policy", f"Page {self.page} of 9"
        self.page += 1
        feed = "\f" if self.paging == "feed" else ""
        if self.paging == "bare":
            self.lines += ["", header, ""]
        else:
            self.lines += ["", footer, "", f"{feed}{header}", ""]

    def say(self, ref: str, printed: str, text: str, *, cut: bool = False) -> None:
        self.expected.append((ref, text))
        if cut and text.count(" ") > 6:
            parts = text.split(" ")
            half = len(parts) // 2
            if parts[half][0].islower() and not parts[half].startswith("cupboard"):
                self.lines.append(f"{printed}{' '.join(parts[:half])}")
                self.turn_page()
                self.lines.append(" ".join(parts[half:]))
                return
        self.lines.append(f"{printed}{text}")

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share


def build_bullets(built: Built, owner: str, joint: str = " ") -> None:
    mark = built.chance.choice(BULLETS)
    total = built.chance.randint(2, 5)
    built.lines.append("")
    for place in range(1, total + 1):
        printed = f"{place}{mark[1:]} " if mark[0] == "1" else f"{mark} "
        built.say(f"{owner}{joint}bullet {place}", printed, built.fragment())
        if built.maybe(0.15) and place < total:
            built.turn_page()
    built.lines.append("")


def build_letters(built: Built, owner: str) -> None:
    built.lines.append("")
    total = built.chance.randint(2, 11)
    for place in range(total):
        letter = "abcdefghijk"[place]
        if place == total - 2 and built.maybe(0.5):
            built.say(f"{owner}({letter})", f"({letter}) ", "the following things:")
            for roman in ROMANS[: built.chance.randint(2, 6)]:
                built.say(f"{owner}({letter})({roman})", f"  ({roman}) ", built.fragment())
            if built.maybe(0.5):
                built.lines.append("")
                built.say(
                    f"{owner}({letter}) closing words", "", "but only where the head teacher agrees first."
                )
                built.lines.append("")
            continue
        built.say(f"{owner}({letter})", f"({letter}) ", built.fragment())
        if built.maybe(0.1):
            built.turn_page()
    built.lines.append("")


def build_clause(built: Built, ref: str, dot: str) -> None:
    kind = built.chance.choice(("plain", "plain", "plain", "cut", "letters", "bullets", "words"))
    if kind in ("plain", "cut"):
        built.say(ref, f"{ref}{dot} ", built.sentence(), cut=kind == "cut")
        built.lines.append("")
        return
    built.say(ref, f"{ref}{dot} ", f"Under rule {ref} staff must not disclose:")
    if kind == "letters":
        build_letters(built, ref)
    else:
        build_bullets(built, ref)
    if kind == "words":
        built.say(f"{ref} closing words", "", "unless the head teacher has agreed to it in writing.")
        built.lines.append("")


def title_line(built: Built, number: str, title: str) -> str:
    shape = (
        built.chance.choice(("plain", "markdown", "bold", "bold_markdown"))
        if built.paging == "mixed"
        else built.paging
    )
    text = f"{number} {title}".strip()
    return {"markdown": f"## {text}", "bold": f"**{text}**", "bold_markdown": f"### **{text}**"}.get(
        shape, text
    )


def build_numbered(seed: int) -> Built:
    chance = random.Random(seed)
    built = Built(chance, chance.choice(HOUSES), chance.choice(("feed", "bare", "footers", "mixed")))
    dot = chance.choice(("", "."))
    sections = chance.sample(TITLES, chance.randint(4, 6))
    built.lines += [
        built.house,
        "",
        "Social Media Policy",
        "",
        "Approved by: Board of Trustees 3 March 2024",
        "",
    ]
    if built.maybe(0.7):
        built.lines += ["Contents", ""]
        built.lines += [f"{at}. {title} ........ {at + 1}" for at, title in enumerate(sections, start=1)]
    built.turn_page()
    if built.maybe(0.5):
        name = chance.choice(UNNUMBERED)
        built.lines += [name if built.maybe(0.5) else name.upper(), ""]
        for place in (1, 2):
            built.say(
                f"{built.lines[-2] if place == 1 else built.expected[-1][0][:-3]} ¶{place}",
                "",
                built.sentence(),
            )
            built.lines.append("")
    for at, title in enumerate(sections, start=1):
        built.lines += [title_line(built, f"{at}.", title), ""]
        if at > 1:
            built.turn_page()
        build_section(built, at, dot)
    return built


def build_section(built: Built, at: int, dot: str) -> None:
    shape = built.chance.choice(("clauses", "clauses", "deep", "paragraphs"))
    if shape == "paragraphs":
        for place in range(1, built.chance.randint(2, 5)):
            built.say(f"{at} ¶{place}", "", built.sentence(), cut=built.maybe(0.3))
            built.lines.append("")
            if built.maybe(0.3):
                built.expected[-1] = (
                    built.expected[-1][0],
                    f"Rule {at} number {place} is that staff should keep:",
                )
                while (built.lines and built.lines[-1] != "") or built.lines[-1] == "":
                    if built.lines.pop().startswith(tuple(SUBJECTS)):
                        break
                built.lines.append(built.expected[-1][1])
                build_bullets(built, f"{at} ¶{place}")
        return
    total = built.chance.randint(2, 5)
    for place in range(1, total + 1):
        if shape == "deep":
            built.lines += [f"{at}.{place}{dot} Particular Rules of Part {place}", ""]
            for third in range(1, built.chance.randint(2, 4)):
                build_clause(built, f"{at}.{place}.{third}", dot)
        else:
            build_clause(built, f"{at}.{place}", dot)
    if (
        built.maybe(0.2)
        and not built.expected[-1][0].endswith(("closing words",))
        and "bullet" not in built.expected[-1][0]
    ):
        built.say(f"{at} closing ¶", "", built.sentence())
        built.lines.append("")


def build_unnumbered(seed: int, lone: str = "") -> Built:
    """Titles without numbers; with `lone` the third of them has that number before it, and no other number counts."""
    chance = random.Random(seed)
    built = Built(chance, chance.choice(HOUSES), chance.choice(("feed", "footers")))
    built.lines += [built.house, "", "Social Media Policy", ""]
    built.turn_page()
    shape = chance.choice(("plain", "capitals", "markdown", "bold"))
    joint = " " if lone else " > "
    for at, title in enumerate(chance.sample(TITLES, 5), start=1):
        name = title.upper() if shape == "capitals" else title
        if lone and at == 3:
            built.lines += [f"{lone}. {title}", ""]
            name = lone
        else:
            built.lines += [{"markdown": f"## {name}", "bold": f"**{name}**"}.get(shape, name), ""]
        if built.maybe(0.3) and name != lone:
            build_bullets(built, name, joint)
        for place in range(1, chance.randint(2, 5)):
            ref = f"{name}{joint}¶{place}"
            if built.maybe(0.3):
                built.say(ref, "", f"Rule {place} of {title.lower()} is that staff must not publish:")
                build_bullets(built, ref)
            else:
                built.say(ref, "", built.sentence(), cut=built.maybe(0.4))
                built.lines.append("")
        if built.maybe(0.5):
            built.turn_page()
    return built


def build_steps(built: Built, owner: str) -> None:
    """A list of steps, each with the word before its number."""
    word, joint = built.chance.choice(("Step", "STEP")), built.chance.choice((":", ".", " –", ")"))
    bullet = built.chance.choice(("", "", "- "))
    built.lines.append("")
    for place in range(1, built.chance.randint(3, 6)):
        built.say(f"{owner} Step {place}", f"{bullet}{word} {place}{joint} ", built.fragment().capitalize())
        if built.maybe(0.15):
            built.turn_page()
    built.lines.append("")


def build_marked(seed: int) -> Built:
    """Clauses numbered in another way than 1.1: "A1" and "A1.1", "A.1", or "§ 1.1"; some have steps below them."""
    chance = random.Random(seed)
    built = Built(chance, chance.choice(HOUSES), chance.choice(("feed", "footers")))
    built.lines += [built.house, "", "Social Media Policy", ""]
    built.turn_page()
    way = chance.choice(("A", "A", "A.", "§", "§ "))
    dot = chance.choice(("", ".", ":", ")"))
    titled = chance.choice(("letter", "plain", "bold"))
    for at, title in enumerate(chance.sample(TITLES, chance.randint(2, 5)), start=1):
        letter = "ABCDE"[at - 1]
        head = {"plain": title, "letter": f"{letter}. {title}", "bold": f"**{title}**"}[titled]
        built.lines += [f"{way}{at} {title}" if way[0] == "§" else head, ""]
        base, sign = (f"{at}.", way) if way[0] == "§" else (f"{letter}{way[1:]}", "")
        for place in range(1, chance.randint(3, 5)):
            ref = f"{base}{place}"
            if built.maybe(0.25):
                built.say(ref, f"{sign}{ref}{dot} ", f"Under rule {place} staff must act like this:")
                build_steps(built, ref)
            elif built.maybe(0.25):
                built.say(ref, f"{sign}{ref}{dot} ", f"Under rule {place} staff must not disclose:")
                build_letters(built, ref)
            else:
                built.say(ref, f"{sign}{ref}{dot} ", built.sentence(), cut=built.maybe(0.2))
                deeper = range(1, chance.randint(2, 4)) if built.maybe(0.5) else ()
                for third in deeper:
                    built.say(f"{ref}.{third}", f"{sign}{ref}.{third}{dot} ", built.sentence())
            built.lines.append("")
    return built


def came_back(built: Built) -> list[tuple[str, str]]:
    policy = read_policy("\n".join(built.lines).encode(), "policy.txt")
    return [(clause.ref, clause.text) for clause in policy.clauses]


@pytest.mark.parametrize("seed", range(150))
def test_a_numbered_policy_comes_back_as_it_was_built(seed: int) -> None:
    built = build_numbered(seed)
    assert came_back(built) == built.expected


@pytest.mark.parametrize("seed", range(100))
def test_a_policy_without_numbers_comes_back_as_it_was_built(seed: int) -> None:
    built = build_unnumbered(seed)
    assert came_back(built) == built.expected


@pytest.mark.parametrize("seed", range(100))
def test_a_lone_numbered_title_among_titles_without_numbers_is_a_title(seed: int) -> None:
    built = build_unnumbered(seed, lone="9")
    policy = read_policy("\n".join(built.lines).encode(), "policy.txt")
    assert [(clause.ref, clause.text) for clause in policy.clauses] == built.expected
    assert [heading.ref for heading in policy.headings].count("9") == 1


@pytest.mark.parametrize("seed", range(150))
def test_a_policy_numbered_in_another_way_comes_back_as_it_was_built(seed: int) -> None:
    built = build_marked(seed)
    assert came_back(built) == built.expected


@pytest.mark.parametrize("seed", range(100))
def test_wrapped_lines_of_clauses_numbered_in_another_way_are_joined_again(seed: int) -> None:
    built = build_marked(seed)
    policy = read_policy(wrapped(built).encode(), "policy.txt")
    assert [(clause.ref, clause.text) for clause in policy.clauses] == built.expected


def test_a_lone_letter_with_a_number_is_no_reference() -> None:
    text = "# Policy\n\n## Rules\n\nPosters must be printed in\nA4 Format and hung up.\n\nA4 Sheets are in the hall.\n"
    policy = read_policy(text.encode(), "policy.md")
    assert [clause.ref for clause in policy.clauses] == ["Rules > ¶1", "Rules > ¶2"]


def test_a_numbered_section_goes_on_after_clauses_with_letters() -> None:
    text = (
        "# Policy\n\n## 1. Rules\n\n1.1 Staff must be kind.\n\n### Pupils\n\nA1 Staff must ask.\n\n"
        "A2 Staff must wait.\n\n## 2. Misuse\n\n2.1 Staff must report it.\n"
    )
    policy = read_policy(text.encode(), "policy.md")
    assert [clause.ref for clause in policy.clauses] == ["1.1", "A1", "A2", "2.1"]
    assert policy.warnings == ()


def wrapped(built: Built, width: int = 72) -> str:
    """The same document with long lines folded, as a conversion from PDF prints them."""
    lines: list[str] = []
    for line in built.lines:
        while len(line) > width and " " in line[:width].strip():
            at = line.rindex(" ", 0, width)
            lines.append(line[:at])
            line = line[at + 1 :]
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(100))
def test_wrapped_lines_are_joined_again(seed: int) -> None:
    built = build_numbered(seed)
    policy = read_policy(wrapped(built).encode(), "policy.txt")
    assert [(clause.ref, clause.text) for clause in policy.clauses] == built.expected


@pytest.mark.parametrize("seed", range(60))
def test_every_line_is_in_one_clause_or_a_heading_or_listed_as_left_out(seed: int) -> None:
    built = build_numbered(seed)
    policy = read_policy("\n".join(built.lines).encode(), "policy.txt")
    left_out = {row.line for row in policy.left_out}
    titles = {heading.line for heading in policy.headings}
    for number, line in enumerate("\n".join(built.lines).split("\n"), start=1):
        if not line.strip("\f "):
            continue
        holders = [clause for clause in policy.clauses if clause.line_start <= number <= clause.line_end]
        assert len(holders) + (number in titles) == 1 or number in left_out, line


@pytest.mark.parametrize("seed", range(40))
def test_a_change_of_words_in_one_clause_moves_no_reference(seed: int) -> None:
    built = build_numbered(seed)
    before = came_back(built)
    place = next(at for at, line in enumerate(built.lines) if line.endswith("of this document."))
    built.lines[place] = built.lines[place].replace(
        "of this document.", "of this very long and other document."
    )
    assert [ref for ref, _ in came_back(built)] == [ref for ref, _ in before]


@pytest.mark.parametrize("seed", range(200))
def test_no_text_makes_the_reader_fail_otherwise_than_by_saying_so(seed: int) -> None:
    chance = random.Random(seed)
    pieces = (
        "1.",
        "1.1",
        "(a)",
        "(i)",
        "- ",
        "\n",
        "\n\n",
        "\f",
        "Staff must",
        "not.",
        "#",
        "**",
        "\t",
        "|",
        "Page 1",
        "..",
        "Contents",
    )
    text = " ".join(chance.choice(pieces) for _ in range(chance.randint(1, 120)))
    try:
        policy = read_policy(text.encode(), "policy.md")
    except InvalidInput:
        return
    assert len({clause.ref for clause in policy.clauses}) == len(policy.clauses)
