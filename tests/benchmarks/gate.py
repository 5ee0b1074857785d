"""The gate over the API against one key SELECT in a bare Flask route, and how it grows with a hundred times the people.

python -m tests.benchmarks.gate [--database sqlite|postgresql] [--people 1000 100000] [--seconds 6] [--runs 3]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from tests.benchmarks.installation import Installation, installed
from tests.benchmarks.load import compare, load, median, served

TARGET = 0.35
FLAT_WITHIN = 0.20


@dataclass(frozen=True)
class Rates:
    """Requests a second of one size, floor and product in turn."""

    floor: list[float]
    product: list[float]


def measure(installation: Installation, floor_database: str, *, seconds: float, runs: int) -> Rates:
    """Both servers in turn, `runs` times."""
    lines = [decision_request(installation, person_id) for person_id in installation.granted]
    key = ["GET\t/pk/core\t\t"] * 2
    rates = Rates([], [])
    for _ in range(runs):
        with served("tests.benchmarks.floor:app", {"BENCH_DB": floor_database}) as address:
            rates.floor.append(load(address, key, seconds=seconds, warm_up=key))
        with served("elearn.wsgi:app", installation.environment) as address:
            rates.product.append(load(address, lines, seconds=seconds, warm_up=lines))
    return rates


def decision_request(installation: Installation, person_id: UUID) -> str:
    """One request line for `load`."""
    path = f"/api/v1/access/decision?person={person_id}&account={installation.account_id}"
    return f"GET\t{path}\tAuthorization: Bearer {installation.token}\t"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the ratio at each size, and the growth from the first to the last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--people", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args(arguments)
    rates = []
    for people in asked.people:
        with tempfile.TemporaryDirectory() as folder:
            installation = installed(Path(folder), asked.database, people=people)
            rates.append(
                measure(installation, installation.floor_database, seconds=asked.seconds, runs=asked.runs)
            )
            name = f"gate, {asked.database}, {people:,} people"
            print(compare(name, rates[-1].floor, rates[-1].product, TARGET), flush=True)
    growth = median(rates[-1].product) / median(rates[0].product)
    verdict = "flat" if abs(growth - 1) <= FLAT_WITHIN else "NOT FLAT"
    print(f"from {asked.people[0]:,} to {asked.people[-1]:,} people: {growth:.2f} times the rate ({verdict})")


if __name__ == "__main__":
    main()
