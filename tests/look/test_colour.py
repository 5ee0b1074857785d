"""The organisation's colour is safe in a stylesheet and readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.errors import InvalidInput
from elearn.look import LEAST_CONTRAST, contrast, organisation_stylesheet, readable_text_colour, safe_colour

CHANNEL = st.integers(min_value=0, max_value=255)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("#1D70B8", "#1d70b8"),
        ("1d70b8", "#1d70b8"),
        ("#abc", "#aabbcc"),
        (" #000000 ", "#000000"),
        ("#ffffff", "#ffffff"),
    ],
)
def test_a_colour_is_written_as_six_lower_case_digits(written: str, expected: str) -> None:
    assert safe_colour(written) == expected


@pytest.mark.parametrize(
    "written", ["", "red", "#12345", "#1234567", "#12345g", "#fff;}body{display:none", "url(x)", "#fff\n#fff"]
)
def test_anything_but_a_hexadecimal_colour_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput, match="is not a colour"):
        safe_colour(written)


@pytest.mark.parametrize(
    ("background", "expected"),
    [("#000000", "#ffffff"), ("#1d70b8", "#ffffff"), ("#ffffff", "#0b0c0c"), ("#ffdd00", "#0b0c0c")],
)
def test_text_is_white_on_dark_and_black_on_light(background: str, expected: str) -> None:
    assert readable_text_colour(background) == expected


@given(CHANNEL, CHANNEL, CHANNEL)
def test_text_on_any_organisation_colour_reaches_the_contrast(red: int, green: int, blue: int) -> None:
    colour = safe_colour(f"#{red:02x}{green:02x}{blue:02x}")
    assert contrast(colour, readable_text_colour(colour)) >= LEAST_CONTRAST


@pytest.mark.parametrize("grey", [f"#{value:02x}{value:02x}{value:02x}" for value in range(100, 140)])
def test_the_middle_greys_that_suit_no_text_are_darkened(grey: str) -> None:
    colour = safe_colour(grey)
    assert contrast(colour, readable_text_colour(colour)) >= LEAST_CONTRAST
    assert int(grey[1:3], 16) - int(colour[1:3], 16) <= 5


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_the_stylesheet_holds_two_properties_and_nothing_else() -> None:
    assert (
        organisation_stylesheet("#FD0")
        == ":root{--govuk-brand-colour:#ffdd00;--app-brand-text-colour:#0b0c0c}\n"
    )
