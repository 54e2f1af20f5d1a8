"""The parts that any .ods has, written by hand: elements, documents in their namespaces, the archive and its list of parts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
#: a zip tells no time before; always the same one, so that the same content has the same bytes
_MADE_AT = (1980, 1, 1, 0, 0, 0)
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMESPACES = {
    "office": f"{_OFFICE}office:1.0",
    "table": f"{_OFFICE}table:1.0",
    "text": f"{_OFFICE}text:1.0",
    "style": f"{_OFFICE}style:1.0",
    "number": f"{_OFFICE}datastyle:1.0",
    "fo": f"{_OFFICE}xsl-fo-compatible:1.0",
    "config": f"{_OFFICE}config:1.0",
    "meta": f"{_OFFICE}meta:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "of": f"{_OFFICE}of:1.2",
    "ooo": "http://openoffice.org/2004/office",
}
#: how a day is shown, a style of the name N-date: 31/03/2026
DATE_STYLE = (
    "<number:date-style style:name='N-date' number:language='fr' number:country='FR'><number:day number:style='long'/>"
    "<number:text>/</number:text><number:month number:style='long'/><number:text>/</number:text>"
    "<number:year number:style='long'/></number:date-style>"
)


def element(name: str, attributes: Mapping[str, str] | None = None, *children: str) -> str:
    """An element; `children` are XML already."""
    said = "".join(f" {key}={quoteattr(value)}" for key, value in (attributes or {}).items())
    return f"<{name}{said}>{''.join(children)}</{name}>" if children else f"<{name}{said}/>"


def paragraph(text: str) -> str:
    """A text as it stands in a cell."""
    return element("text:p", {}, escape(text))


def document(name: str, *children: str) -> str:
    """A part of the package: `document-content`, `document-styles`, `document-meta`, `document-settings`."""
    names = {f"xmlns:{short}": long for short, long in _NAMESPACES.items()}
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element(f"office:{name}", {**names, "office:version": "1.3"}, *children)}'


def ods_package(parts: Mapping[str, str]) -> bytes:
    """The .ods of these parts, XML by name; the same bytes for the same parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        # First, and not compressed: by its first bytes the file is known to be a table.
        _put(file, "mimetype", _TYPE, zipfile.ZIP_STORED)
        for name, text in parts.items():
            _put(file, name, text)
        _put(file, "META-INF/manifest.xml", _manifest(parts))
    return content.getvalue()


def _put(file: zipfile.ZipFile, name: str, text: str, compression: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(name, _MADE_AT)
    entry.compress_type, entry.create_system = compression, 0  # whatever system it is written on
    file.writestr(entry, text.encode())


def _manifest(parts: Iterable[str]) -> str:
    named = {"/": _TYPE, **dict.fromkeys(parts, "text/xml")}
    entries = [
        element("manifest:file-entry", {"manifest:full-path": name, "manifest:media-type": of}) for name, of in named.items()
    ]
    attributes = {"xmlns:manifest": f"{_OFFICE}manifest:1.0", "manifest:version": "1.3"}
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element("manifest:manifest", attributes, *entries)}'
