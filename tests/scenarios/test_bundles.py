"""A bundle goes to stored data and back without a difference."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from pydantic import ValidationError

from elearn.db import canonical_json
from elearn.scenarios.bundles import bundle_sha256, content_from_json, content_to_json
from elearn.scenarios.content import Content
from elearn.scenarios.service import find_latest_bundle, get_bundle
from tests.factories import make_organisation


@pytest.mark.parametrize("slug", ["north", "south"])
def test_a_bundle_round_trips_through_its_canonical_text(slug: str, sound: Content) -> None:
    data = content_to_json(sound, slug)
    stored = json.loads(canonical_json(data))
    assert content_from_json(stored) == sound.bundle(slug)
    assert canonical_json(content_to_json(sound, slug)) == canonical_json(stored)


def test_a_bundle_holds_the_whole_bank_and_one_policy(sound: Content) -> None:
    data = content_to_json(sound, "north")
    assert data.keys() == {"catalogue", "bank", "policy"}
    assert len(data["bank"]) == 6
    assert data["policy"]["policy"]["slug"] == "north"
    with pytest.raises(KeyError):
        content_to_json(sound, "nowhere")


def test_the_hash_tells_bundles_apart(sound: Content) -> None:
    north, south = (content_to_json(sound, slug) for slug in ("north", "south"))
    assert bundle_sha256(north) == bundle_sha256(json.loads(json.dumps(north)))
    assert bundle_sha256(north) != bundle_sha256(south)
    assert len(bundle_sha256(north)) == 64


def test_data_of_another_shape_is_refused(sound: Content) -> None:
    data: dict[str, Any] = content_to_json(sound, "north")
    with pytest.raises(ValidationError):
        content_from_json(data | {"extra": 1})


def test_organisations_with_the_same_content_share_what_is_ready_to_use(app: Flask) -> None:
    one, other = (find_latest_bundle(make_organisation().organisation.id) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.id != other.id
    assert get_bundle(one.id) is get_bundle(other.id)
