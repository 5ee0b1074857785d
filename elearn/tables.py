"""Every table, for migrations and tests that look at all of them."""

from elearn.access import models as access
from elearn.acknowledgements import models as acknowledgements
from elearn.auth import models as auth
from elearn.courses import models as courses
from elearn.drafts import models as drafts
from elearn.ledger import models as ledger
from elearn.people import models as people
from elearn.policies import models as policies
from elearn.quizzes import models as quizzes
from elearn.scenarios import models as scenarios

__all__ = [
    "access",
    "acknowledgements",
    "auth",
    "courses",
    "drafts",
    "ledger",
    "people",
    "policies",
    "quizzes",
    "scenarios",
]
