"""The register of accounts: names, mailboxes, contacts and inductions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from elearn.access import accounts, inducting
from elearn.access.facts import Platform
from elearn.errors import ActionRefused, InvalidInput, NotFound
from tests.access.asked import codes, statements


def test_an_account_is_found_by_its_short_name_handle_or_id(ready: Any) -> None:
    slug = ready.trust.slug
    for reference in (f"{slug}/millroad", f"{slug}/@millroad", f"{slug}/@MillRoad", str(ready.account.id)):
        assert accounts.find_account(reference).id == ready.account.id
    for reference in (f"{slug}/nothing", "no-such-trust/millroad", "nonsense", str(uuid4())):
        with pytest.raises(NotFound):
            accounts.find_account(reference)


def test_a_personal_mailbox_and_a_taken_name_are_refused(ready: Any) -> None:
    trust = ready.trust
    given: dict[str, Any] = {
        "academy_id": trust.school.id,
        "platform": Platform.X,
        "handle": "@millroad",
        "purpose": "News",
        "at": trust.now,
    }
    with pytest.raises(InvalidInput, match="personal mailbox"):
        accounts.register_account(trust.id, slug="x", work_email_address="kim@gmail.com", **given)
    with pytest.raises(InvalidInput, match="already an account"):
        accounts.register_account(trust.id, work_email_address="office@millroad.example", **given)


def test_the_register_shows_contacts_rights_and_holds_in_few_statements(ready: Any) -> None:
    ready.granted()
    with statements() as seen:
        (line,) = accounts.list_accounts(ready.trust.id, day=ready.trust.now.date(), at=ready.trust.now)
    assert len(seen) == 4
    assert [contact.name for contact in line.contacts] == ["Kim Shah", "Sam Okafor"]
    assert (line.reachable_contacts, line.live_grants, line.on_hold) == (2, 1, False)


def test_nobody_is_a_contact_twice_or_inducts_themselves(ready: Any) -> None:
    trust = ready.trust
    with pytest.raises(ActionRefused) as twice:
        trust.contacts(ready.account, ready.kim)
    assert codes(twice) == ["contact_already"]
    with pytest.raises(ActionRefused) as own:
        inducting.record_induction(
            ready.account.id,
            ready.kim.id,
            organisation_id=trust.id,
            given_by_id=ready.kim.id,
            given_on=trust.now.date(),
            at=trust.now,
        )
    assert codes(own) == ["own_induction"]
