"""Workbooks that cannot be taken: each is refused with its cause, nothing of it is kept, and what is kept says the same again."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from expectations.programme import load_programme
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.typed_rows import comparable
from tests.workbooks import MAIN, by_hand, open_document, repacked, typed, with_hidden, with_openpyxl, with_xlsxwriter
from transforms.read.formula_errors import NOT_COMPUTED
from transforms.read.workbook_refusals import WorkbookRefusal
from transforms.workbooks.binary_cells import scan_binary
from warehouse.reference.places import load_places

FILES = Path(__file__).parent / "files"
#: what does not get smaller when it is packed: with it no file unpacks to many times its size
NOISE = random.Random(0).randbytes(300_000)
CANARY = "ZZCANARY"
RETURN = {"depenses": typed("depenses")}


def sheet(data: str) -> bytes:
    """A workbook whose one sheet has this XML inside its `sheetData`."""
    return sheet_part(f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>'.encode())


def sheet_part(part: bytes) -> bytes:
    """A workbook whose one sheet is this part."""
    return repacked(by_hand(RETURN), {"xl/worksheets/sheet1.xml": part})


def lying(data: bytes, size: int) -> bytes:
    """The same archive, of which the directory says that each part is so small once unpacked."""
    changed, at = bytearray(data), 0
    while (at := changed.find(b"PK\x01\x02", at)) >= 0:
        struct.pack_into("<I", changed, at + 24, size)
        at += 46
    return bytes(changed)


def overlapping(copies: int) -> bytes:
    """An archive whose entries are all the same bytes: a few of them unpack to more than all of it may."""
    packed = zlib.compressobj(9, wbits=-15)
    data = packed.compress(b" " * 20_000_000) + packed.flush()
    entry = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(data), 20_000_000, 1, 0) + b"x"
    directory = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(data), 20_000_000, 5, 0, 0, 0, 0, 0, 0) + b"%05d" % n for n in range(copies)
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), len(entry) + len(data), 0)
    return entry + data + directory + end


def compound(streams: dict[str, bytes]) -> bytes:
    """An OLE compound file with these streams, each of 4096 bytes or more."""
    sectors: list[bytes] = []
    table: list[int] = []

    def put(data: bytes) -> int:
        first = len(sectors)
        pieces = [data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512)]
        table.extend([*range(first + 1, first + len(pieces)), 0xFFFFFFFE])
        sectors.extend(pieces)
        return first

    entries = b""
    for name, kind, start, size in [("Root Entry", 5, 0xFFFFFFFE, 0), *((name, 2, put(data), len(data)) for name, data in streams.items())]:
        label = name.encode("utf-16-le") + b"\0\0"
        entries += label.ljust(64, b"\0") + struct.pack("<HBB3I", len(label), kind, 1, *[0xFFFFFFFF] * 3) + b"\0" * 36 + struct.pack("<2I", start, size) + b"\0" * 4
    directory = put(entries)
    table.append(0xFFFFFFFD)
    allocation = len(sectors)
    sectors.append(b"".join(struct.pack("<I", number) for number in table).ljust(512, b"\xff"))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<6H", 0x3E, 3, 0xFFFE, 9, 6, 0) + b"\0" * 8
    head += struct.pack("<9I", 1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, allocation)
    return head.ljust(512, b"\xff") + b"".join(sectors)


def with_main(name: str, part: bytes) -> bytes:
    """An archive whose relations say that this is its main part."""
    root = zipfile.ZipFile(io.BytesIO(WHOLE)).read("_rels/.rels").replace(b"xl/workbook.xml", name.encode())
    assert name.encode() in root
    return repacked(WHOLE, {"xl/workbook.xml": None, "_rels/.rels": root, name: part})


def hidden(state: str) -> bytes:
    return with_hidden({"Feuil1": [[CANARY]]}, {CANARY: typed("depenses", f"piece={CANARY}")}, state)


LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
WHOLE = with_openpyxl({"depenses": typed("depenses", f"piece={CANARY}")})
#: what is wrong, the file, and the reason that it is refused for
CASES: list[tuple[str, Callable[[], bytes], WorkbookRefusal]] = [
    ("protected, .xls", lambda: (FILES / "protected.xls").read_bytes(), WorkbookRefusal.PROTECTED),
    ("protected, .ods", lambda: (FILES / "protected.ods").read_bytes(), WorkbookRefusal.PROTECTED),
    ("protected, .xlsx", lambda: compound({"EncryptionInfo": b"x" * 5000, "EncryptedPackage": b"y" * 9000}), WorkbookRefusal.PROTECTED),
    ("cut off", lambda: WHOLE[: len(WHOLE) // 2], WorkbookRefusal.DAMAGED),
    ("cut off near its end", lambda: WHOLE[:-30], WorkbookRefusal.DAMAGED),
    ("cut off, .xls", lambda: (FILES / "libreoffice.xls").read_bytes()[:3000], WorkbookRefusal.DAMAGED),
    ("the beginning of an OLE file", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4000, WorkbookRefusal.DAMAGED),
    ("the beginning of a zip", lambda: b"PK\x03\x04", WorkbookRefusal.DAMAGED),
    ("a part that does not inflate", lambda: WHOLE.replace(WHOLE[60:90], b"\xff" * 30, 1), WorkbookRefusal.DAMAGED),
    ("XML that is not whole", lambda: sheet_part(b"<worksheet><sheetData><row>"), WorkbookRefusal.DAMAGED),
    ("no XML", lambda: repacked(WHOLE, {"xl/workbook.xml": b"siret;numero_action"}), WorkbookRefusal.DAMAGED),
    ("a list of sheets that are not there", lambda: repacked(by_hand(RETURN), {"xl/worksheets/sheet1.xml": None}), WorkbookRefusal.DAMAGED),
    ("a shared text that is not there", lambda: sheet('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'), WorkbookRefusal.DAMAGED),
    ("billion laughs", lambda: sheet_part(f'<?xml version="1.0"?>{LAUGHS}<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="str"><v>&b;</v></c></row></sheetData></worksheet>'.encode()), WorkbookRefusal.DAMAGED),
    ("billion laughs in the shared texts", lambda: repacked(with_xlsxwriter(RETURN), {"xl/sharedStrings.xml": f"{LAUGHS}<sst><si><t>&b;</t></si></sst>"}), WorkbookRefusal.DAMAGED),
    ("billion laughs, .ods", lambda: repacked(open_document(""), {"content.xml": f"{LAUGHS}<a>&b;</a>"}), WorkbookRefusal.DAMAGED),
    ("a row beyond the last one", lambda: sheet('<row r="1048577"><c r="A1048577"><v>1</v></c></row>'), WorkbookRefusal.DAMAGED),
    ("a cell where there is none", lambda: sheet('<row r="1"><c r="ZZZZZZ99999999999999"><v>1</v></c></row>'), WorkbookRefusal.DAMAGED),
    ("a column beyond the last one", lambda: sheet('<row r="1"><c r="XFE1"><v>1</v></c></row>'), WorkbookRefusal.DAMAGED),
    ("a cell far from the others", lambda: sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), WorkbookRefusal.AREA),
    ("a cell far from the others, .ods", lambda: open_document('<table:table table:name="a"><table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row><table:table-row><table:table-cell table:number-columns-repeated="16383"/><table:table-cell office:value-type="float" office:value="1"/></table:table-row></table:table>'), WorkbookRefusal.AREA),
    ("2 million cells", lambda: repacked(sheet("".join(f'<row r="{r}">' + "<c><v>1</v></c>" * 2_100 + "</row>" for r in range(1, 1_001))), {"xl/media/noise": NOISE}), WorkbookRefusal.CELLS),
    ("2 million cells by repetition, .ods", lambda: open_document('<table:table table:name="a"><table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="100" office:value-type="float" office:value="1"/></table:table-row></table:table>'), WorkbookRefusal.CELLS),
    ("a long text in every cell", lambda: repacked(with_xlsxwriter({"a": [["x"] * 100] * 100}), {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{"x" * 60_000}</t></si></sst>', "xl/media/noise": NOISE}), WorkbookRefusal.UNPACKED),
    ("a high ratio", lambda: sheet("<row/>" * 2_000_000), WorkbookRefusal.RATIO),
    ("a high ratio that the directory hides", lambda: lying(sheet("<row/>" * 2_000_000), 10), WorkbookRefusal.RATIO),
    ("a high ratio in a part that nobody reads", lambda: repacked(WHOLE, {"xl/media/image1.png": b"\0" * 20_000_000}), WorkbookRefusal.RATIO),
    ("100 sheets", lambda: with_openpyxl({f"S{n}": [["x"]] for n in range(100)}), WorkbookRefusal.SHEETS),
    ("100 sheets, .ods", lambda: open_document("".join(f'<table:table table:name="{n}"/>' for n in range(100))), WorkbookRefusal.SHEETS),
    ("empty", lambda: with_openpyxl({"Feuil1": []}), WorkbookRefusal.NO_RETURN),
    ("no titles", lambda: with_openpyxl({CANARY: [["Nom", "Prénom"], [CANARY, CANARY]]}), WorkbookRefusal.NO_RETURN),
    ("no sheet at all", lambda: open_document(""), WorkbookRefusal.NO_RETURN),
    ("titles below more rows than are looked at", lambda: with_openpyxl({"a": [*[["x"]] * 60, *typed("depenses")]}), WorkbookRefusal.NO_RETURN),
    (".xlsb", lambda: repacked(WHOLE, {"xl/workbook.xml": None, "_rels/.rels": None, "xl/workbook.bin": b"x"}), WorkbookRefusal.BINARY),
    (".xlsb, as programs write it", lambda: with_main("xl/workbook.bin", b"\x83\x01\x00"), WorkbookRefusal.BINARY),
    (".docx, as programs write it", lambda: with_main("word/document.xml", b'<w:document xmlns:w="w"><w:body/></w:document>'), WorkbookRefusal.NO_WORKBOOK),
    (".docx", lambda: repacked(WHOLE, {"xl/workbook.xml": None, "_rels/.rels": None, "word/document.xml": "<w/>"}), WorkbookRefusal.NO_WORKBOOK),
    (".odt", lambda: open_document("", mimetype="application/vnd.oasis.opendocument.text"), WorkbookRefusal.NO_WORKBOOK),
    (".doc", lambda: compound({"WordDocument": b"x" * 5000}), WorkbookRefusal.NO_WORKBOOK),
    (".zip", lambda: repacked(WHOLE, dict.fromkeys(zipfile.ZipFile(io.BytesIO(WHOLE)).namelist()) | {"retour.csv": "siret;nom\n1;2"}), WorkbookRefusal.NO_WORKBOOK),
    ("a hidden return", lambda: hidden("hidden"), WorkbookRefusal.HIDDEN),
    ("a very hidden return", lambda: hidden("veryHidden"), WorkbookRefusal.HIDDEN),
]  # fmt: skip


def judged(files: list[tuple[str, bytes]], hashes: list[str] | None = None) -> list[FileVerdict]:
    return judge_files(files, date(2026, 11, 24), load_programme(), load_places(), hashes=hashes)


@pytest.fixture(scope="module")
def answers() -> dict[str, FileVerdict]:
    """What is said of each; all in one go, as a night does."""
    files = [(f"{name}.csv", make()) for name, make, _ in CASES]
    return dict(zip([name for name, *_ in CASES], judged(files), strict=True))


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, _, reason in CASES], ids=[name for name, *_ in CASES])
def test_it_is_refused_for_its_cause_and_not_kept(name: str, reason: WorkbookRefusal, answers: dict[str, FileVerdict]) -> None:
    file = answers[name]
    (finding,) = file.findings
    assert (file.decision, finding.rule, file.records) == ("refused", reason.rule, 0)
    assert reason.detail.casefold() in finding.message.casefold()
    assert file.archive_bytes == reason.notice
    assert not file.crash
    assert CANARY not in finding.message


def test_what_is_kept_says_the_same_again(answers: dict[str, FileVerdict]) -> None:
    again = judged([(file.name, file.archive_bytes) for file in answers.values()], [file.sha256 for file in answers.values()])
    assert [comparable(file) for file in again] == [comparable(file) for file in answers.values()]


def test_entries_that_share_their_bytes_count_each() -> None:
    (file,) = judged([("x", overlapping(40))])
    assert file.findings[0].rule in ("FIC-24", "FIC-25")


def test_a_hostile_workbook_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """As the reader's, which is written in Rust."""

    def panic(*_: object) -> None:
        raise PanicException(CANARY)

    monkeypatch.setattr("transforms.workbooks.read_workbook._rows", panic)
    files = judged([("a.xlsx", WHOLE), ("b.csv", b"siret\n")])
    assert [file.findings[0].rule for file in files] == ["FIC-24", "FIC-03"]


def test_a_defect_of_ours_refuses_the_workbook_alone(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("transforms.workbooks.read_workbook.sheet_text", lambda *_: {}[CANARY])
    (file,) = judged([("a.xlsx", WHOLE)])
    assert file.findings[0].rule == "FIC-12"
    assert file.archive_bytes == WorkbookRefusal.CRASHED.notice
    assert "opening it crashed: KeyError" in caplog.text and CANARY not in caplog.text


def test_any_bytes_of_a_workbook_may_be_damaged() -> None:
    for data, places in ((WHOLE, 60), ((FILES / "libreoffice.xls").read_bytes(), 5)):  # the latter in a process each time
        for at in range(0, len(data), len(data) // places):
            assert judged_quickly(data[:at] + b"\xff\x00\x80" + data[at + 3 :])


@pytest.mark.parametrize("size", [b"\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00\xff\xff", b"\xff\xff\xff\x7f\x00\x00\x00\x00\xff\x7f\x00\x00"])
def test_an_xls_that_asks_for_more_memory_than_there_is_ends_no_night(size: bytes) -> None:
    """How large a sheet is stands in a record (0x200), which the reader believes."""
    data = (FILES / "libreoffice.xls").read_bytes()
    at = data.index(b"\x00\x02\x0e\x00") + 4
    assert judged_quickly(data[:at] + size + data[at + 12 :]) in (["FIC-24"], judged_quickly(data))


#: records before those of a sheet: that they are texts since Excel 97, a list of shared texts that goes on, first with nothing
BEGIN_97 = struct.pack("<2H2H12x", 0x809, 16, 0x600, 5)


def test_shared_texts_that_go_on_with_nothing_are_counted() -> None:
    stream = BEGIN_97 + struct.pack("<2H2IHB2s", 0xFC, 13, 1, 1, 4, 0, b"ab") + struct.pack("<2H", 0x3C, 0) + struct.pack("<2HB2s", 0x3C, 3, 0, b"cd")
    assert scan_binary(stream + struct.pack("<2H", 0x0A, 0)) == []


def test_a_formula_in_a_record_that_the_reader_does_not_know_counts_as_one_without_a_value() -> None:
    sheet = struct.pack("<2H2H12x", 0x809, 16, 0x600, 0x10) + struct.pack("<2H3Hd", 0x406, 14, 3, 2, 0, 7.0) + struct.pack("<2H", 0x0A, 0)
    listed = BEGIN_97 + struct.pack("<2HIHBB1s", 0x85, 9, 37, 0, 1, 0, b"a") + struct.pack("<2H", 0x0A, 0)
    (scan,) = scan_binary(listed + sheet)
    assert (scan.instead, scan.cells, scan.rows, scan.columns) == ({(3, 2): NOT_COMPUTED}, 1, 4, 3)


def judged_quickly(data: bytes) -> list[str]:
    """Whether it is read or refused, without judging what is read."""
    from transforms.read.workbook_refusals import RefusedWorkbook
    from transforms.workbooks.read_workbook import read_workbook

    try:
        return [one.name for one in read_workbook(data)]
    except RefusedWorkbook as refused:
        return [refused.reason.rule]
