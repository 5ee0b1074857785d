"""Organisations from the command line."""

from __future__ import annotations

import json

from flask import Flask

from tests.command_line import done
from tests.factories import make_organisation


def test_organisations_are_listed_with_their_academies(app: Flask) -> None:
    slug = make_organisation(published=False).organisation.slug
    assert slug in done("organisation", "list")
    listed = {each["slug"]: each for each in json.loads(done("organisation", "list", "--json"))}
    assert listed[slug]["academies"] == [{"slug": "mill-road", "name": "Mill Road Academy", "central": False}]
