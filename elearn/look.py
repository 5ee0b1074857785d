"""The organisation's colour, made safe to print and to read: no web framework, no database."""

from __future__ import annotations

import re

from elearn.errors import InvalidInput

LIGHT_TEXT = "#ffffff"
DARK_TEXT = "#0b0c0c"
LEAST_CONTRAST = 4.5
_HEX_COLOUR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def safe_colour(colour: str) -> str:
    """The colour as `#rrggbb`, darkened until white or black text on it reaches a contrast of 4.5.

    Takes `#abc`, `#aabbcc` and both without the hash. Raises InvalidInput for anything else, so that nothing
    but six hexadecimal digits ever reaches a stylesheet. Serves WCAG 2.2, 1.4.3.
    """
    found = _HEX_COLOUR.fullmatch(colour.strip())
    if not found:
        raise InvalidInput(f"{colour!r} is not a colour: write it like #1a5f7a")
    digits = found[1].lower()
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    channels = [int(digits[at : at + 2], 16) for at in (0, 2, 4)]
    safe = _as_hex(channels)
    while contrast(safe, readable_text_colour(safe)) < LEAST_CONTRAST:
        # A narrow band of middle greys suits neither white nor black; one step darker and white is readable.
        channels = [max(0, channel - 1) for channel in channels]
        safe = _as_hex(channels)
    return safe


def readable_text_colour(background: str) -> str:
    """`#ffffff` or `#0b0c0c`, whichever reads better on a background of the form `#rrggbb`."""
    if contrast(background, LIGHT_TEXT) >= LEAST_CONTRAST:
        return LIGHT_TEXT
    return max(LIGHT_TEXT, DARK_TEXT, key=lambda text: contrast(background, text))


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours of the form `#rrggbb`, from 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_relative_luminance(first), _relative_luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def organisation_stylesheet(colour: str) -> str:
    """The text of the stylesheet that gives the pages the organisation's colour.

    Raises InvalidInput when the colour is not one.
    """
    brand = safe_colour(colour)
    text = readable_text_colour(brand)
    return f":root{{--govuk-brand-colour:{brand};--app-brand-text-colour:{text}}}\n"


def _as_hex(channels: list[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _relative_luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
