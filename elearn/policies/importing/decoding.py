"""From the bytes of a file to text, refusing what is not a text document."""

from __future__ import annotations

import codecs

from elearn.errors import InvalidInput

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_LEGACY_WARNING = (
    "The file is not UTF-8; it was read as Windows-1252. Check quotation marks, dashes and £ signs."
)


def read_text(data: bytes, filename: str) -> tuple[str, list[str]]:
    """The document's text and warnings about how it was read. Raises InvalidInput naming the file."""
    text, warnings = _decode(data, filename)
    if not text.strip():
        raise InvalidInput(f"{filename}: the file is empty")
    if _looks_binary(text):
        raise InvalidInput(f"{filename}: this is not a text file (it holds binary data)")
    return text.replace("\r\n", "\n").replace("\r", "\n"), warnings


def _decode(data: bytes, filename: str) -> tuple[str, list[str]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                # The codec drops the mark of UTF-16 and UTF-32 by itself.
                return data.decode(encoding), []
            except UnicodeDecodeError as error:
                name = encoding.removesuffix("-sig").upper()
                problem = (
                    f"{filename}: the file says it is {name} but cannot be read as such; save it as UTF-8"
                )
                raise InvalidInput(problem) from error
    if data.count(0) > len(data) // 4:
        raise InvalidInput(
            f"{filename}: this looks like UTF-16 without its mark, or binary data; save it as UTF-8"
        )
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        return _decode_legacy(data, filename), [_LEGACY_WARNING]


def _decode_legacy(data: bytes, filename: str) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{filename}: the text is neither UTF-8 nor Windows-1252; save it as UTF-8"
        ) from error


def _looks_binary(text: str) -> bool:
    if "\x00" in text:
        return True
    sample = text[:20_000]
    odd = sum(1 for letter in sample if ord(letter) < 32 and letter not in "\n\r\t\f\v\x1a")
    return odd * 100 > len(sample)
