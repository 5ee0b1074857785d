"""Who gives the short induction to an account. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from elearn.access.requirements import Need
from elearn.people.rules import OfficeView, office_reaches


def gives_induction(
    offices: Iterable[OfficeView], need: Need | None, *, academy_id: UUID, person_id: UUID, day: date
) -> bool:
    """Whether a holder of these offices may give somebody the induction to an account of an academy on a day.

    Where the policy names who gives it, a holder of one of its offices that reaches them; where not, anybody.
    """
    if need is None or not need.offices:
        return True
    return any(
        office.office in need.offices
        and office_reaches(office, academy_id=academy_id, person_id=person_id, day=day)
        for office in offices
    )
