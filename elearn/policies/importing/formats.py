"""Which kind of file this is, by what is in it as well as by its name, and its text."""

from __future__ import annotations

from pathlib import PurePath

from elearn.errors import InvalidInput
from elearn.policies.importing.decoding import read_text
from elearn.policies.importing.extracted import Extracted

MAX_BYTES = 10 * 1024 * 1024
EXTENSIONS = (".txt", ".md", ".docx", ".pdf")
ONE_OF_EXTENSIONS = ".txt, .md, .docx or .pdf"
_PDF, _ZIP, _OLD_OFFICE, _RTF, _HTML = "PDF", "zip", "old Office", "RTF", "HTML"
_OF_EXTENSION = {".docx": _ZIP, ".pdf": _PDF}
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_HTML_STARTS = (b"<!doctype html", b"<html", b"<?xml version", b"<head", b"<body", b"<!doctype")
_ADVICE = {
    _PDF: "this is a PDF; give it a name that ends in .pdf",
    _ZIP: "this is a Word or zip file; if it is a Word document, give it a name that ends in .docx",
    _OLD_OFFICE: "this is an old Word file (.doc). Open it in Word, save it as .docx, and try that",
    _RTF: "this is a rich text file (.rtf). Open it in Word, save it as .docx, and try that",
    _HTML: "this is a web page. Ask for the document itself, or save the page's text as .txt",
}


def read_file(data: bytes, filename: str) -> Extracted:
    """The text of a policy's file. Raises InvalidInput, naming the file, where it cannot be used."""
    extension = PurePath(filename).suffix.lower()
    if extension not in EXTENSIONS:
        raise InvalidInput(
            f"{filename}: cannot read {extension or 'a file without extension'}; use {ONE_OF_EXTENSIONS}"
        )
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"{filename}: the file is larger than 10 MB")
    if not data:
        raise InvalidInput(f"{filename}: the file is empty")
    _refuse_other_kind(data, filename, extension)
    if extension == ".docx":
        # Most imports are of text; what reads Word and PDF takes a third of a second to load.
        from elearn.policies.importing.word import read_word

        return read_word(data, filename)
    if extension == ".pdf":
        from elearn.policies.importing.pdf import read_pdf

        return read_pdf(data, filename)
    text, warnings = read_text(data, filename)
    return Extracted(text, tuple(warnings))


def _refuse_other_kind(data: bytes, filename: str, extension: str) -> None:
    """A name that says one thing over content that is another is refused, not guessed at."""
    found, named = _kind(data), _OF_EXTENSION.get(extension)
    if found == _OLD_OFFICE and _PROTECTED in data:
        raise InvalidInput(
            f"{filename}: it is protected with a password. Take the password off in Word and save it again"
        )
    if found == named or (found == _HTML and named is None):
        return
    if found is not None:
        raise InvalidInput(f"{filename}: {_ADVICE[found]}")
    if named is not None:
        what = "a Word document" if named == _ZIP else "a PDF"
        raise InvalidInput(
            f"{filename}: the name says {what}, but it is not one, or it is damaged. Open it, and save it again"
        )


def _kind(data: bytes) -> str | None:
    """The kind of file that the first bytes show; None for text and for whatever else."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _ZIP
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _OLD_OFFICE
    if start.startswith(b"{\\rtf"):
        return _RTF
    if start.lower().startswith(_HTML_STARTS):
        return _HTML
    return _PDF if b"%PDF-" in data[:1024] else None
