"""The WSGI entry point: `gunicorn elearn.wsgi:app`."""

import gc
from contextlib import suppress

from sqlalchemy.exc import OperationalError

from elearn.app import create_app
from elearn.db import db
from elearn.terminal import check_version

COLLECT_AFTER = (5_000, 10, 100)
"""How often Python looks for garbage that refers to itself (`gc.set_threshold`).

A process keeps some 200,000 objects, content above all. Looking through them all takes a tenth of a second of
somebody's page, and frees nothing of what is kept; so it happens a hundred times more rarely than by default.
"""

gc.set_threshold(*COLLECT_AFTER)
app = create_app()

with app.app_context(), suppress(OperationalError):  # where it does not answer now, it may later
    check_version()
    db.engine.dispose()
