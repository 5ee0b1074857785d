"""The register of accounts from the command line."""

from __future__ import annotations

import json
from typing import Any

from elearn.access.account_commands import account
from tests.access.typed import Run, account_of, person


def test_a_contact_can_be_ended(run: Run, ready: Any) -> None:
    ended = run(account, "contact", account_of(ready), person(ready, "sam"), "--end", "2026-09-10")
    assert ended.exit_code == 0, ended.output
    strange = run(account, "contact", account_of(ready), person(ready, "it"), "--end", "2026-09-10")
    assert strange.exit_code == 2
    (listed,) = json.loads(run(account, "list", "--organisation", ready.trust.slug, "--json").stdout)
    assert listed["contacts"] == ["Kim Shah", "Sam Okafor"]


def test_a_closed_account_leaves_the_list(run: Run, ready: Any) -> None:
    assert run(account, "close", account_of(ready), "--reason", "Merged").exit_code == 0
    assert "0 accounts" in run(account, "list", "--organisation", ready.trust.slug).stdout
