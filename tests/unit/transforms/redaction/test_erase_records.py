"""Of a file without a person every other line is read as before, whatever is wrong in it; and nothing of the person is in it."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.paper import SIRET, VALID, csv_of
from transforms.read import Reading, Unreadable, read_return
from transforms.redaction.erase_records import (
    RecordOutcome,
    lines_about_erased,
    marked_lines,
    marks_in,
    without_erased,
)
from transforms.redaction.unread_originals import is_withheld, notice_instead_of
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.erasure.tombstones import Person, Tombstone
from warehouse.store.pseudonyms import Pseudonyms

REF = "ZZ-CANARY 1é"
PSEUDONYMS = Pseudonyms(b"\x05" * 32)
TOMBSTONE = Tombstone(
    "x", datetime(2026, 1, 1, tzinfo=UTC), PSEUDONYMS.learner_key(SIRET, "S1", REF), PSEUDONYMS.reference_hash(REF)
)
ERASED = ErasedPersons(PSEUDONYMS, [TOMBSTONE], wanted=Person(SIRET, "S1", REF))
TITLES = [*VALID["suivi"], "commentaire"]


def row(ref: str, note: str = "", session: str = "S1", **changes: str) -> str:
    cells = {**VALID["suivi"], "numero_session": session, "id_apprenant": ref, "commentaire": note, **changes}
    return ";".join(cells[title] for title in TITLES)


HEADER = ";".join(TITLES)
OTHERS = [
    row("L1"), row("L2", '"deux\nlignes"'), row("L3", session="S2"), row("L4", "é" * 3),
    row("L5").replace(";M6", '";M6'), row("L6").replace("L6", '"L6"x'), row("L7") + ";", "cut;short", "", ";;;", row("L8", "\x01"),
    row("L9", '"ouvert'), HEADER, ";".join(reversed(TITLES)), 'reste"', row("L0", 'dit "cela" ici'),
    row("", siret="TOTAL"), "TOTAL",
]  # fmt: skip
MINE = [
    row(REF), row(REF, '"deux\n\nlignes"'), row(f" {REF} "), row(f'"{REF}"'), row(REF, session=""), row(REF, siret="12"),
    row(f'"{REF}"x'), row(REF) + ";x", f"cut;{REF}", row(REF, "\x01"), row(REF, '"ouvert'),
    row(REF, siret="TOTAL"), row(REF, siret="Exemple", session='"\n"'), f"Total;{REF}",
]  # fmt: skip


def outcome_of(line: int) -> RecordOutcome:
    return RecordOutcome.ACCEPTED if line % 2 else RecordOutcome.REJECTED


def outline(reading: Reading, without_lines: set[int]) -> object:
    # of what others' records say of the person in a column of their own, the line breaks stay
    rows = reading.records.rows()
    cells = [["\n" * c.count("\n") if REF in c else c for c in r.cells] for r in rows]
    records = [(r.line, r.last_line, c) for r, c in zip(rows, cells, strict=True) if r.line not in without_lines]
    return reading.role_names, records, [(d.line, d.rule) for d in reading.damaged]


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(st.sampled_from([*OTHERS, *MINE]), max_size=9),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    above=st.sampled_from(["", f"Suivi de {REF}\n", "sep=;\n"]),
)
def test_everybody_else_is_read_as_before(lines: list[str], encoding: str, newline: str, above: str) -> None:
    data = (above + "\n".join([HEADER, *lines]) + "\n").replace("\n", newline).encode(encoding)
    before = read_return(data)
    header = before.matched
    about = lines_about_erased(before, header, ERASED)
    copy = without_erased(data, ERASED, outcome_of, came_after_erasure=False)
    after = read_return(copy)
    assert outline(after, about) == outline(before, about)
    marks = {mark.line: mark for mark in marks_in(after, ERASED)}
    assert set(marks) == about
    assert all(mark.outcome is outcome_of(line) for line, mark in marks.items())
    needles = [REF.encode(each) for each in ("utf-8", "cp1252", "utf-16-le", "utf-16-be")]
    assert not [needle for needle in needles if needle in copy]
    assert without_erased(copy, ERASED, outcome_of, came_after_erasure=False) == copy
    assert copy is data or any(needle in data for needle in needles)


def test_in_another_session_the_same_reference_is_somebody_else() -> None:
    data = csv_of("suivi", f"id_apprenant={REF} & numero_session=S2")
    assert without_erased(data, ERASED, outcome_of, came_after_erasure=False) is data


def test_what_another_record_says_of_the_person_goes() -> None:
    data = f"{HEADER}\n{row('L1', f'remplace {REF}')}\n{row('L2', 'rien')}\n".encode()
    copy = without_erased(data, ERASED, outcome_of, came_after_erasure=False)
    assert [record.cells[-1] for record in read_return(copy).records.rows()] == ["", "rien"]


def test_a_mark_says_what_had_become_of_the_record_and_its_scope() -> None:
    data = csv_of("suivi", f"id_apprenant={REF}", "id_apprenant=L1", f"id_apprenant={REF} & echeance=", f"id_apprenant={REF} & numero_session=")
    copy = without_erased(data, ERASED, lambda line: {2: RecordOutcome.ACCEPTED, 4: RecordOutcome.REJECTED}.get(line, RecordOutcome.UNCLEAR), came_after_erasure=True)
    marks = marks_in(read_return(copy), ERASED)
    assert [(m.line, m.outcome, m.scope, m.came_after_erasure) for m in marks] == [
        (2, "A", (SIRET, "S1", "M6"), True), (4, "R", (SIRET, "S1", ""), True), (5, "U", (SIRET, "", "M6"), True),
    ]  # fmt: skip
    assert marked_lines(copy, ERASED) == []
    assert marked_lines(without_erased(data, ERASED, outcome_of, came_after_erasure=False), ERASED) == [(2, None), (4, None), (5, None)]


def test_a_mark_that_we_did_not_write_is_a_record_like_any_other() -> None:
    copy = without_erased(csv_of("suivi", f"id_apprenant={REF}"), ERASED, outcome_of, came_after_erasure=False)
    reading = read_return(copy)
    assert marks_in(reading, ErasedPersons(Pseudonyms(b"\x06" * 32))) == []
    assert marks_in(read_return(copy.replace(b"EFFACE A", b"EFFACE R").replace(b"R ", b"A ", 1)), ERASED) == []


def test_a_file_that_lacks_the_columns_loses_every_line_with_the_reference() -> None:
    data = csv_of("suivi", f"id_apprenant={REF}", "id_apprenant=L1").replace(b"echeance", b"quand")
    copy = without_erased(data, ERASED, outcome_of, came_after_erasure=False)
    assert REF not in copy.decode()
    assert b"L1" in copy
    assert without_erased(csv_of("sessions"), ERASED, outcome_of, came_after_erasure=False) == csv_of("sessions")


def _workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        book.writestr("xl/workbook.xml", REF)
    return packed.getvalue()


UNREAD = [
    _workbook(), b"%PDF-1.7 " + REF.encode(), b"<html>" + REF.encode(), b"\x01\x02\x03" * 99 + REF.encode(), b"\x1f\x8b\x08",
    f"Liste\n{REF};x\n\nautre;ligne\n".encode(), f"Liste\r\n{REF}\r\n".encode("utf-16"), f"Pr\u201anom;{REF}\n\n".encode("cp1252"),
]  # fmt: skip


@pytest.mark.parametrize("data", UNREAD)
def test_a_file_that_was_not_read_is_refused_for_the_same_reason(data: bytes) -> None:
    copy = without_erased(data, ERASED, outcome_of, came_after_erasure=False)
    for needle in (REF.encode(), REF.encode("cp1252"), REF.encode("utf-16-le")):
        assert needle not in copy
    assert refusal(copy) == refusal(data)
    assert without_erased(copy, ERASED, outcome_of, came_after_erasure=False) == copy
    assert notice_instead_of(notice_instead_of(data)) == notice_instead_of(data)
    assert is_withheld(notice_instead_of(data))


def refusal(data: bytes) -> tuple[str, str, int]:
    with pytest.raises(Unreadable) as raised:
        read_return(data)
    return raised.value.rule, raised.value.detail, raised.value.blank_lines


def test_nobody_erased_nothing_changes() -> None:
    assert without_erased(UNREAD[0], ErasedPersons(PSEUDONYMS), outcome_of, came_after_erasure=False) is UNREAD[0]
    assert without_erased(b"", ERASED, outcome_of, came_after_erasure=False) == b""
    assert "ZZ" not in repr(Person(SIRET, "S1", REF))
