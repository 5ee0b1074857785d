"""`elearn content`: check what is written, see what covers a policy, see one scenario everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from elearn.config import data_folder
from elearn.scenarios.asked import Asked, Cell, Cited, NotAsked
from elearn.scenarios.checking import CheckReport, check_content
from elearn.scenarios.checking_cells import compile_all
from elearn.scenarios.checking_mutations import MutationCounts
from elearn.scenarios.content import Content
from elearn.scenarios.coverage import NOBODYS, RECOMMENDATIONS, Covered, Tally, coverage, tally
from elearn.scenarios.loader import ContentProblems, load_content
from elearn.scenarios.policy_content import Citation
from elearn.scenarios.rules import CompiledBundle, cells
from elearn.scenarios.vocabulary import NonAnswer

_folder = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The content folder; the one that comes with the program unless given.",
)
_json = click.option("--json", "as_json", is_flag=True, help="For a machine to read.")


@click.group("content")
def content_commands() -> None:
    """Check and look at the content: positions, scenarios and policies."""


@content_commands.command("check")
@click.option("--organisation", "slug", help="Check the policy of this organisation alone.")
@_folder
@_json
@click.pass_context
def check(context: click.Context, slug: str | None, folder: Path | None, as_json: bool) -> None:
    """Check all content. Exits with 0 when there is no error, and with 1 when there is one.

    Each stance is also flipped, and each cited clause taken away: what changes no key is an error.

    Example: elearn content check --organisation model
    """
    try:
        report = check_content(_load(folder, slug), mutations=True)
    except ContentProblems as error:
        _tell_problems(error, as_json)
        context.exit(1)
    if as_json:
        click.echo(json.dumps(_as_data(report), ensure_ascii=False, indent=2))
    else:
        _tell(report)
    context.exit(0 if report.is_clean else 1)


@content_commands.command("coverage")
@click.option("--organisation", "slug", required=True, help="The organisation whose policy is covered.")
@_folder
@_json
@click.pass_context
def show_coverage(context: click.Context, slug: str, folder: Path | None, as_json: bool) -> None:
    """Duty by duty, which scenarios cover it: gaps first, those that no member of staff can break last.

    Recommendations that are not covered follow, and are counted by themselves.

    Example: elearn content coverage --organisation model
    """
    content = _load_or_exit(context, folder, slug, as_json)
    compiled = CompiledBundle(content.bundle(slug))
    rows = sorted(coverage(compiled, cells(compiled)), key=_rank)
    counted, recommended = tally(rows), tally(rows, RECOMMENDATIONS)
    if as_json:
        data = [_row_as_data(row) for row in rows]
        told = {
            "organisation": slug,
            "tally": _tally_as_data(counted),
            "recommendations": _tally_as_data(recommended),
            "clauses": data,
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        if row.is_duty:
            click.echo(_coverage_line(row))
    for row in rows:
        if row.is_recommendation and not row.is_asked:
            click.echo(_coverage_line(row))
    _tell_tally(counted)
    click.echo(
        f"recommendations: {recommended.covered} of {recommended.total} are covered; gaps: {recommended.gaps}; "
        f"not quizable, with a reason: {recommended.left_out}; not counted: {recommended.nobodys}"
    )


@content_commands.command("show")
@click.argument("scenario")
@_folder
@click.pass_context
def show(context: click.Context, scenario: str, folder: Path | None) -> None:
    """Print one scenario over all organisations: stance, right option, clause, or why it is not asked.

    Where a policy is indirect or unclear, the clauses that bear on it stand beside the reason.

    Example: elearn content show ex-pupil-sibling
    """
    content = _load_or_exit(context, folder, None, as_json=False)
    if all(item.id != scenario for item in content.bank):
        raise click.ClickException(f"there is no scenario {scenario}")
    for slug, compiled in compile_all(content).items():
        for cell in cells(compiled):
            if cell.scenario == scenario:
                _show_cell(slug, compiled, cell)


def _load(folder: Path | None, slug: str | None) -> Content:
    return load_content(folder or data_folder("scenarios"), None if slug is None else [slug])


def _load_or_exit(context: click.Context, folder: Path | None, slug: str | None, as_json: bool) -> Content:
    try:
        return _load(folder, slug)
    except ContentProblems as error:
        _tell_problems(error, as_json)
        context.exit(1)


def _tell_problems(error: ContentProblems, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"problems": error.problems}, ensure_ascii=False, indent=2))
        return
    for problem in error.problems:
        click.echo(problem)
    click.echo(f"{len(error.problems)} problems: the content cannot be read")


def _as_data(report: CheckReport) -> dict[str, Any]:
    return {
        "counts": asdict(report.counts),
        "findings": [asdict(finding) for finding in report.findings],
        "overridden": [asdict(item) for item in report.overridden],
        "scenarios": [asdict(item) | {"differs": item.differs} for item in report.differences],
    }


def _tell(report: CheckReport) -> None:
    for finding in report.findings:
        click.echo(str(finding))
    for item in report.overridden:
        click.echo(f"overridden: {item.finding.code} at {item.finding.at}: {item.reason}")
    counts = report.counts
    differing = sum(1 for difference in report.differences if difference.differs)
    click.echo(
        f"{counts.organisations} organisations, {counts.positions} positions, {counts.scenarios} scenarios "
        f"({counts.distinct_scenarios} distinct, {differing} differ between organisations)"
    )
    click.echo(f"{counts.cells_asked} cells asked, {counts.cells_not_asked} not asked")
    if counts.mutations:
        _tell_mutations(counts.mutations)
    click.echo(
        f"{counts.to_confirm} decisions on clauses that clash or are flagged are for the trusts to confirm"
    )
    click.echo(f"{counts.errors} errors, {counts.warnings} warnings, {counts.overridden} overridden")


def _tell_mutations(counts: MutationCounts) -> None:
    click.echo(
        f"{counts.stances} stances flipped in {counts.flips} ways: {counts.flips_unseen} change no key; "
        f"{counts.clauses} cited clauses taken away: {counts.clauses_unseen} would not be missed"
    )


def _rank(row: Covered) -> int:
    if row.is_open:
        return 0
    if row.is_asked:
        return 1
    return 2 if row.not_quizable not in NOBODYS else 3


def _coverage_line(row: Covered) -> str:
    ref = f"{row.ref} part {row.part}" if row.part else row.ref
    if row.is_uncovered:
        state = "GAP"
    elif row.is_undrawn:
        state = f"GAP, no course puts {', '.join(row.scenarios)} to anybody ({', '.join(row.topics)})"
    elif row.is_asked:
        state = ", ".join(row.scenarios)
    else:
        counts = row.not_quizable not in NOBODYS
        state = f"not quizable: {row.not_quizable}" if counts else f"not counted: {row.not_quizable}"
    return f"{ref} ({row.force}): {state}: {row.summary}"


def _row_as_data(row: Covered) -> dict[str, Any]:
    return asdict(row) | {
        "is_duty": row.is_duty,
        "is_quizable": row.is_quizable,
        "is_gap": row.is_gap,
        "is_undrawn": row.is_undrawn,
    }


def _tally_as_data(counted: Tally) -> dict[str, Any]:
    return asdict(counted) | {"total": counted.total, "share_left_out": counted.share_left_out}


def _tell_tally(counted: Tally) -> None:
    click.echo(
        f"{counted.covered} of {counted.total} duties, prohibitions and procedures that staff can get right or wrong "
        f"are covered"
    )
    click.echo(
        f"gaps: {counted.gaps}; not quizable, with a reason: {counted.left_out} ({counted.share_left_out}%); "
        f"not counted, as headings or for the organisation: {counted.nobodys}"
    )


def _show_cell(slug: str, compiled: CompiledBundle, cell: Cell) -> None:
    head = f"{slug}, variant {cell.variant + 1}" + (f" ({cell.case})" if cell.case else "")
    for step, result in cell.steps:
        where = head if len(cell.steps) == 1 else f"{head}, step {step}"
        click.echo(f"{where}: {_told(compiled, result)}")


def _told(compiled: CompiledBundle, result: Asked | NotAsked) -> str:
    stances = ", ".join(f"{used.name} {used.answer}" for used in result.used)
    if isinstance(result, NotAsked):
        told = f"{stances or result.why}: not asked because {result.reason}"
        return " ".join((told, *_bracketed(_bearing(compiled, result))))
    texts = {option.id: option.text for option in result.options}
    right = " + ".join(texts[name] for name in result.right)
    return " ".join((f"{stances}: {right}", *_bracketed(result.citations)))


def _bearing(compiled: CompiledBundle, result: NotAsked) -> list[Citation]:
    """The clauses that bear on what is not asked, though they do not settle it."""
    read = dict.fromkeys((used.position, used.case) for used in result.used)
    stances = [stance for stance in (compiled.stance(*key) for key in read) if stance is not None]
    return [
        citation
        for stance in stances
        if stance.answer in {NonAnswer.INDIRECT, NonAnswer.UNCLEAR}
        for citation in stance.clauses
    ]


def _bracketed(clauses: Iterable[Cited | Citation]) -> list[str]:
    told = [f"{one.ref}{f' part {one.part}' if one.part else ''} ({one.force})" for one in clauses]
    return [f"[{', '.join(dict.fromkeys(told))}]"] if told else []
