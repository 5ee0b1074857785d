"""How tests type the commands of access: who, and which account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from click.testing import Result

Run = Callable[..., Result]


def person(ready: Any, name: str) -> str:
    found = getattr(ready, name)
    return f"{ready.trust.slug}/{found.payroll_number}"


def account_of(ready: Any) -> str:
    return f"{ready.trust.slug}/millroad"
