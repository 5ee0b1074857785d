"""The parts of a .docx file: opened with bounds, so that no small file can become a huge one."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import Any
from xml.etree import ElementTree

from elearn.errors import InvalidInput

Element = ElementTree.Element

MOST_ENTRIES = 5_000
MOST_PART_BYTES = 20 * 1024 * 1024
DEEPEST = 150
_PIECE = 64 * 1024
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", _OFFICE.encode()),
)  # fmt: skip
_OTHERS = {
    "xl/workbook.xml": "an Excel workbook",
    "ppt/presentation.xml": "a PowerPoint file",
    "content.xml": "an OpenDocument file",
}


class WordPackage:
    """The parts that hold text. Raises InvalidInput where this is no Word document, or one out of bounds."""

    def __init__(self, data: bytes, filename: str) -> None:
        self._filename = filename
        self._zip = self._open(data)
        self.document_name = self._find_document()
        self.folder = dirname(self.document_name)
        name = self.document_name[len(self.folder) :].lstrip("/")
        self._related = self._relations(join(self.folder, "_rels", f"{name}.rels"), self.folder)

    def document(self) -> Element:
        """The main part."""
        return self._read(self.document_name)

    def related(self, kind: str) -> list[Element]:
        """The parts of a kind ("styles", "header"), each once, in the order of their names."""
        names = sorted({target for of, target in self._related if of == kind and target in self._names})
        return [self._read(name) for name in names]

    def _open(self, data: bytes) -> zipfile.ZipFile:
        try:
            opened = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise self.damaged() from error
        self._names = frozenset(opened.namelist())
        if len(opened.infolist()) > MOST_ENTRIES:
            raise InvalidInput(
                f"{self._filename}: it holds more than {MOST_ENTRIES} parts, so it is not read"
            )
        if any(entry.flag_bits & 1 for entry in opened.infolist()):
            raise InvalidInput(
                f"{self._filename}: it is protected with a password. Take the password off and save it again"
            )
        return opened

    def _find_document(self) -> str:
        for of, target in self._relations("_rels/.rels", ""):
            if of == "officeDocument" and target in self._names and target not in _OTHERS:
                return target
        if "word/document.xml" in self._names:
            return "word/document.xml"
        what = next((words for name, words in _OTHERS.items() if name in self._names), "a zip file")
        raise InvalidInput(f"{self._filename}: this is {what}, not a Word document (.docx)")

    def _relations(self, name: str, folder: str) -> list[tuple[str, str]]:
        if name not in self._names:
            return []
        return [
            (entry.get("Type", "").rsplit("/", 1)[-1], _target(folder, entry.get("Target", "")))
            for entry in self._read(name)
            if entry.get("TargetMode") != "External"
        ]

    def _read(self, name: str) -> Element:
        data = self._bytes(name)
        for strict, usual in _STRICT:
            data = data.replace(strict, usual)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise self.damaged()
        # No entity can be declared (above), and the depth is watched as the file is read.
        parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(("start", "end"))
        root: Element | None = None
        depth = 0
        try:
            for start in range(0, len(data), _PIECE):
                parser.feed(data[start : start + _PIECE])
                events: Iterator[Any] = parser.read_events()
                for event, element in events:
                    depth += 1 if event == "start" else -1
                    root = element if root is None else root
                    if depth > DEEPEST:
                        raise self.damaged()
            parser.close()
        except ElementTree.ParseError as error:
            raise self.damaged() from error
        if root is None:
            raise self.damaged()
        return root

    def _bytes(self, name: str) -> bytes:
        if self._zip.getinfo(name).file_size > MOST_PART_BYTES:
            size = MOST_PART_BYTES // 1024 // 1024
            raise InvalidInput(
                f"{self._filename}: unpacked, its text is larger than {size} MB, so it is not read"
            )
        try:
            return self._zip.read(name)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as error:
            raise self.damaged() from error

    def damaged(self) -> InvalidInput:
        """What to say of a file that is not as Word writes it."""
        return InvalidInput(
            f"{self._filename}: the Word file is damaged. Open it in Word, save it again as .docx, and try that"
        )


def _target(folder: str, target: str) -> str:
    return normpath(target.lstrip("/") if target.startswith("/") else join(folder, target))
