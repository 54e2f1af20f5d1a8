"""Takes a workbook of Office Open XML (.xlsx, .xlsm) apart, and makes of it one that holds nothing but cells."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal
from transforms.workbooks.office_cells import SharedStrings, cells_alone, scan_cells
from transforms.workbooks.sheet_scan import MOST_SHEETS, SheetScan, refuse_too_large
from transforms.workbooks.unpack import part_name
from transforms.workbooks.xml_events import XmlWalk, as_utf_8, attribute, local

ROOT_RELATIONS = "_rels/.rels"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def is_wanted(name: str) -> bool:
    """Whether a part may say something of cells: pictures, macros, comments and properties do not."""
    return name.endswith((".xml", ".rels")) and not name.startswith(("docprops/", "customxml/")) and "comment" not in name


def workbook_part(parts: Mapping[str, bytes]) -> str | None:
    """The name of the part that lists the sheets, None where the archive has none."""
    root = _related(parts.get(ROOT_RELATIONS, b""), "") if ROOT_RELATIONS in parts else {}
    related = [target for kind, target in root.values() if kind == "officeDocument"]
    return next((name for name in related or ("xl/workbook.xml", "xl/workbook.bin") if name in parts), None)


def take_apart(parts: dict[str, bytes], workbook: str) -> tuple[bytes, list[SheetScan]]:
    """The same cells as a workbook of our own making, and what is known of its sheets, in its order.

    The reader of cells sees only what was counted here: no second directory, no other encoding, no path but ours.

    Args:
        parts: of the archive, by name; given up as they are copied.
        workbook: which of them lists the sheets.

    Raises:
        RefusedWorkbook: it is damaged, too large, or no workbook.
    """
    listed = _Sheets()
    listed.walk(as_utf_8(parts[workbook]))
    if listed.root != "workbook":  # that of a text, or of a presentation
        raise RefusedWorkbook(WorkbookRefusal.NO_WORKBOOK)
    folder = posixpath.dirname(workbook)
    relations = _related(parts.get(f"{folder}/_rels/{posixpath.basename(workbook)}.rels".lstrip("/"), b""), folder)
    sheets = [
        (name, hidden, target)
        for name, hidden, number in listed.found
        for kind, target in [relations.get(number, ("", ""))]
        if kind == "worksheet"
    ]
    if len(sheets) > MOST_SHEETS:
        raise RefusedWorkbook(WorkbookRefusal.SHEETS)
    of_kind = {kind: target for kind, target in relations.values()}
    strings = SharedStrings()
    packed, scans = io.BytesIO(), list[SheetScan]()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for kind, name in (("sharedStrings", "xl/sharedStrings.xml"), ("styles", "xl/styles.xml")):
            if (part := parts.pop(of_kind.get(kind, ""), None)) is not None:
                part = as_utf_8(part)
                (strings if kind == "sharedStrings" else _Checked()).walk(part)
                archive.writestr(name, part)
        for number, (name, is_hidden, target) in enumerate(sheets, start=1):
            if (part := parts.get(target)) is None:
                raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
            part = as_utf_8(part)
            scans.append(SheetScan(name, is_hidden))
            scan_cells(part, strings, scans[-1])
            refuse_too_large(scans)
            archive.writestr(f"xl/worksheets/sheet{number}.xml", cells_alone(part))
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_TYPES}"/>')
        archive.writestr(ROOT_RELATIONS, _relations([("officeDocument", "xl/workbook.xml")]))
        targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
        more = [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
        archive.writestr("xl/_rels/workbook.xml.rels", _relations([*targets, *more]))
        archive.writestr("xl/workbook.xml", _workbook(len(sheets), is_1904=listed.is_1904))
    return packed.getvalue(), scans


class _Checked(XmlWalk):
    """Goes through a part of which nothing is to be known but that it is well-formed and has no document type."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Nothing."""


class _Sheets(XmlWalk):
    """The list of sheets: name, whether it is hidden, number of its relation. And from which year days are counted.

    Extensions have elements of the same names, which mean something else; their prefix is not that of the first element.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool, str]] = []
        self.is_1904 = False
        self.root = ""
        self._prefix = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Note a sheet, or the date system."""
        if not self.root:
            self.root = local(name)
            self._prefix = name.removesuffix(self.root)
        elif name == f"{self._prefix}sheet":
            is_hidden = attribute(attributes, "state") in ("hidden", "veryHidden")
            self.found.append((attribute(attributes, "name"), is_hidden, attribute(attributes, "id")))
        elif name == f"{self._prefix}workbookPr":
            self.is_1904 = attribute(attributes, "date1904") in ("1", "true", "on")


class _Relations(XmlWalk):
    """The relations of a part: the last word of their kind, and their target, by number."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}
        self._folder = folder

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Note a relation to another part."""
        if local(name) == "Relationship" and attribute(attributes, "TargetMode") != "External":
            target = attribute(attributes, "Target").replace("\\", "/")
            path = target if target.startswith("/") else posixpath.join("/", self._folder, target)
            kind = attribute(attributes, "Type").rpartition("/")[2]
            self.found[attribute(attributes, "Id")] = (kind, part_name(posixpath.normpath(path)))


def _related(part: bytes, folder: str) -> dict[str, tuple[str, str]]:
    if not part:
        return {}
    relations = _Relations(folder)
    relations.walk(as_utf_8(part))
    return relations.found


def _relations(targets: list[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target={quoteattr(target)}/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{each}</Relationships>'


def _workbook(sheets: int, *, is_1904: bool) -> str:
    each = "".join(f'<sheet name="{number}" sheetId="{number}" r:id="rId{number}"/>' for number in range(1, sheets + 1))
    system = '<workbookPr date1904="1"/>' if is_1904 else ""
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{system}<sheets>{each}</sheets></workbook>'
