"""The WSGI entry point: `gunicorn elearn.wsgi:app`."""

from elearn.app import create_app

app = create_app()
