"""One organisation's content as data that can be stored and hashed, and back."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from elearn.db import canonical_json
from elearn.scenarios.content import Bundle, Content


def content_to_json(content: Content, slug: str) -> dict[str, Any]:
    """The bundle of one organisation: catalogue, whole bank, its policy. Raises KeyError for an unknown slug.

    What equals its default is left out, so equal bundles have equal data.
    """
    return bundle_to_json(content.bundle(slug))


def bundle_to_json(bundle: Bundle) -> dict[str, Any]:
    """A bundle as JSON-able data; `content_from_json` gives the same bundle back."""
    return bundle.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def content_from_json(data: Mapping[str, Any]) -> Bundle:
    """The bundle that this data describes. Raises pydantic.ValidationError where it has another shape."""
    return Bundle.model_validate(frozen(data))


def bundle_sha256(data: Mapping[str, Any]) -> str:
    """The SHA-256 of the bundle's canonical JSON, as 64 hex digits."""
    return sha256(canonical_json(data).encode("utf-8")).hexdigest()


def frozen(value: Any) -> Any:
    """JSON lists as tuples, as the strict models want them."""
    if isinstance(value, Mapping):
        return {key: frozen(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    return value
