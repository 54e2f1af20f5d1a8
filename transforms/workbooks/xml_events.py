"""Walks through the XML of a workbook's parts with expat: as UTF-8, without document types, so that nothing in it expands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal

_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}\?>")
_DECLARATION_IN_TEXT = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PLAIN = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def as_utf_8(part: bytes) -> bytes:
    """A part as UTF-8 whatever encoding it declares: the reader of cells knows no other. RefusedWorkbook."""
    try:
        if part.startswith(_UTF_16):
            text = part.decode("utf-16")
            return text[said.end() if (said := _DECLARATION_IN_TEXT.match(text)) else 0 :].encode()
        if (declared := _DECLARATION.match(part)) and (encoding := _ENCODING.search(declared[0])):
            name = encoding[1].decode("ascii").lower()
            if name not in _PLAIN:
                return part[declared.end() :].decode(name).encode()
    except (UnicodeError, LookupError) as error:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error
    return part


class XmlWalk:
    """What is seen of one part, element by element. A subclass says what it makes of each; names come without their prefix."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self.begin

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        raise NotImplementedError

    def walk(self, part: bytes) -> None:
        """Go through the whole part. RefusedWorkbook where it is no well-formed XML, or has a document type."""
        try:
            self.parser.Parse(part, True)
        except (expat.ExpatError, ValueError, OverflowError) as error:
            raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error

    @staticmethod
    def _refuse(*_: object) -> None:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def attribute(attributes: Mapping[str, str], name: str) -> str:
    """The attribute of that local name, '' where there is none."""
    return next((value for key, value in attributes.items() if local(key) == name), "")
