"""What a server process of the tests runs."""

from __future__ import annotations

import os
from pathlib import Path

import waitress

from elearn.app import create_app
from tests.conftest import settings_for


def serve_installation(folder: Path, database_url: str, port: int, secret: str) -> None:
    """Serve the installation in this folder until the process is killed, without a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    app = create_app(settings_for(folder, database_url, secret_key=secret))
    waitress.serve(app, host="127.0.0.1", port=port, threads=8, backlog=1024, connection_limit=500)
