"""The WSGI entry point: `gunicorn elearn.wsgi:app`."""

import gc

from elearn.app import create_app

COLLECT_AFTER = (5_000, 10, 100)
"""How often Python looks for garbage that refers to itself (`gc.set_threshold`).

A process keeps some 200,000 objects, content above all. Looking through them all takes a tenth of a second of
somebody's page, and frees nothing of what is kept; so it happens a hundred times more rarely than by default.
"""

gc.set_threshold(*COLLECT_AFTER)
app = create_app()
