"""Permission roles, what each may do, and the mark that every route carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])


class Permission(StrEnum):
    """One thing that a route lets somebody do."""

    PUBLIC = "public"
    """Anybody, signed in or not."""
    TAKE_TRAINING = "take_training"
    """Their own training, signature and records: everyone who is signed in."""
    SEE_STAFF = "see_staff"
    """Whether the people they manage are done, and whether they may use an account."""
    REQUEST_ACCESS = "request_access"
    """Ask for access to an account for somebody."""
    APPROVE_ACCESS = "approve_access"
    """Decide a request; which requests, and never for themselves, is the gate's rule."""
    ANSWER_QUESTIONS = "answer_questions"
    """Read what staff ask about the policy, and why somebody does not sign."""
    MANAGE_PEOPLE = "manage_people"
    """Add people and placements, issue and void slips, see everyone of the organisation."""
    MANAGE_ROLES = "manage_roles"
    """Give and take permission roles and offices."""
    MANAGE_ACCOUNTS = "manage_accounts"
    """Register accounts, name contacts, record inductions, start and lift holds."""
    MANAGE_POLICIES = "manage_policies"
    """Import and publish policy versions, see content and its checks."""
    SEE_EVIDENCE = "see_evidence"
    """Read-only sight of records and of the ledger's verification."""
    USE_API = "use_api"
    """A bearer token's own right; never given to a person's session."""


class Role(StrEnum):
    """A permission role. Offices (Principal, DSL …) are something else: they approve and are named."""

    LEARNER = "learner"
    MANAGER = "manager"
    HR = "hr"
    APPROVER = "approver"
    IT = "it"
    AUTHOR = "author"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


_P = Permission
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LEARNER: frozenset({_P.TAKE_TRAINING}),
    Role.MANAGER: frozenset({_P.SEE_STAFF, _P.REQUEST_ACCESS}),
    Role.HR: frozenset({_P.SEE_STAFF, _P.MANAGE_PEOPLE, _P.REQUEST_ACCESS, _P.ANSWER_QUESTIONS}),
    Role.APPROVER: frozenset({_P.APPROVE_ACCESS}),
    Role.IT: frozenset({_P.MANAGE_ACCOUNTS, _P.SEE_STAFF}),
    Role.AUTHOR: frozenset({_P.MANAGE_POLICIES}),
    Role.AUDITOR: frozenset({_P.SEE_EVIDENCE}),
    Role.ADMINISTRATOR: frozenset(
        {_P.MANAGE_PEOPLE, _P.MANAGE_ROLES, _P.MANAGE_ACCOUNTS, _P.MANAGE_POLICIES, _P.ANSWER_QUESTIONS}
    ),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything these roles may do. Being signed in at all gives a learner's rights."""
    granted = set(ROLE_PERMISSIONS[Role.LEARNER])
    for role in roles:
        granted |= ROLE_PERMISSIONS[role]
    return frozenset(granted)


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view with the permission it needs. `elearn.app` refuses a request to an unmarked view."""

    def mark(view: View) -> View:
        view.required_permission = permission  # type: ignore[attr-defined]
        return view

    return mark
