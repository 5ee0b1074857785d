"""One browser and one served demonstration for all journeys of a file."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from elearn.app import create_app
from elearn.config import Settings
from elearn.db import db, let_go
from elearn.demo.commands import prepare
from tests.conftest import Databases
from tests.journeys.browsing import Site, chromium, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def free_port() -> int:
    """A port that nothing uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Chromium; without it the test is skipped or, where it is required, fails."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(chrome: Browser, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The model policy with its situations, published and served on each database, for all journeys of a file."""
    url, port = databases.empty("site"), free_port()

    def create(settings: Settings) -> Flask:
        return create_app(replace(settings, database_url=url))

    app, made = prepare(create, tmp_path_factory.mktemp("site"), port, None, only=("model",))
    with serve(app, port) as address:
        yield Site(app, address, made)
    with app.app_context():
        let_go()
        db.engine.dispose()
