"""What is kept of a file that names people is read again exactly as the file was, without the names."""

from __future__ import annotations

import re
from random import Random

import pytest

from tests.oracle.damaged_files import damaged_file
from tests.spec.paper import csv_of
from tests.spec.test_broken_files import DAMAGE, HEADER, Case, is_header
from transforms.parse.choose_columns import read_and_choose
from transforms.read import Reading, Unreadable, read_return
from transforms.redaction.unwanted_columns import as_bytes, emptied, mis_decoded_unknown, redacted, redacted_unreadable

DROPPED = 2


def outline(reading: Reading, dropped: int | None = None) -> tuple[object, ...]:
    """The roles of all lines and what the records say; of the dropped column its line breaks only."""
    records = [
        (r.line, r.last_line, *(re.sub(r"[^\n]", "", c) if i == dropped else c for i, c in enumerate(r.cells)))
        for r in reading.records.rows()
    ]
    return reading.role_names, records


@pytest.mark.parametrize("case", DAMAGE, ids=lambda case: case.name)
def test_the_copy_is_read_as_the_original(case: Case) -> None:
    original = read_return((";".join(HEADER) + "\n" + case.text).encode(), is_header)
    copy = redacted(original, [DROPPED])
    again = read_return(copy, is_header)
    assert outline(again) == outline(original, DROPPED)
    assert [(d.line, d.last_line, d.rule) for d in again.damaged] == [(d.line, d.last_line, d.rule) for d in original.damaged]
    for name in ("Alpha", "Bravo", "Charlie"):
        assert name.encode() not in copy


def test_the_copy_of_a_damaged_return_is_read_as_the_return() -> None:
    for seed in range(60):
        try:
            original = read_and_choose(damaged_file(Random(seed)))
        except Unreadable:
            continue
        left = emptied(original, original.matched.dropped)
        again = read_and_choose(as_bytes(left))
        assert (again.role_names, again.matched) == (original.role_names, original.matched)
        assert again.records.rows() == left.records.rows()
        assert [(d.line, d.last_line, d.rule) for d in again.damaged] == [(d.line, d.last_line, d.rule) for d in original.damaged]


@pytest.mark.parametrize(
    "file",
    [
        "sep=#\nsiret#debut#intitule#places\n1#2#Alpha#4\n",
        "Liste de Mme Alpha\n\nsiret;debut;intitule;places\n;;;\n1;2;Alpha;4\nsiret;debut;intitule;places\n1;2;;4",
        "siret|debut|intitule|places\n1|2|Al\u00a0pha|4|\n",
    ],
)
def test_layouts(file: str) -> None:
    original = read_return(file.encode(), is_header)
    copy = redacted(original, [DROPPED])
    assert outline(read_return(copy, is_header)) == outline(original, DROPPED)
    assert b"Alpha" not in copy


def test_what_is_left_of_a_record_is_read_as_that_record() -> None:
    """One that says nothing but a name is no blank line; that its text was damaged nobody is told, so no sign of it stays."""
    titles = csv_of("apprenants").decode().splitlines()[0].replace("siret", "nom", 1)
    none = ";" * titles.count(";")
    original = read_return(f'{titles}\nAlpha{none}\nFranÃ§ois;S1{none[1:]}\n"Ã‰tÃ©\n"{none}\n'.encode())
    (name,) = original.matched.identifiers
    again = read_return(redacted(original, [name]))
    assert again.role_names == original.role_names == ["header", *["record"] * 4]
    assert [record.cells[name] for record in again.records.rows()] == ["-", "", "-\n"]


def test_of_cells_in_columns_that_are_kept_a_sign_of_damaged_text_stays() -> None:
    header, row = csv_of("sessions").decode().splitlines()
    original = read_return("\n".join([f"{header};avis;note", f"{row};Ã©t;", f"{row};a;Ã©t", f"{row};Ã©t;", f"{row};b;"]).encode())
    assert mis_decoded_unknown(original).tolist() == [True, True, True, False]
    column = original.matched.unknown[0]
    copy = read_return(redacted(original, (), {(2, column), (5, column)}))
    assert mis_decoded_unknown(copy).tolist() == [True, True, True, False]
    assert [record.cells[column] for record in copy.records.rows()] == ["\N{REPLACEMENT CHARACTER}", "a", "Ã©t", ""]
    header, row = csv_of("apprenants").decode().splitlines()
    assert not mis_decoded_unknown(read_return(f"{header};avis\n{row};Ã©t".encode())).any(), "dropped at the door"


def test_of_a_return_about_people_that_was_not_read_only_a_notice_stays_where_it_has_columns_of_its_own() -> None:
    header, row = csv_of("apprenants").decode().splitlines()
    assert redacted_unreadable(csv_of("apprenants")) == csv_of("apprenants")
    for encoding in ("utf-8", "utf-16", "utf-16-le"):
        assert b"Alpha" not in redacted_unreadable(f"{header};avis\n{row};Alpha\n".encode(encoding)).replace(b"\0", b"")
    expenses = csv_of("depenses").replace(b"montant", b"montant;avis")
    assert redacted_unreadable(expenses) == expenses


def test_of_an_unreadable_file_with_names_only_a_notice_stays() -> None:
    assert b"Dupond" not in redacted_unreadable(b"Nom;Ville\nDupond;Lille\n")
    assert b"Dupond" not in redacted_unreadable("Nom\tVille\nDupond\tLille\n".encode("utf-16"))
    assert redacted_unreadable(b"a;b\n1;2\n") == b"a;b\n1;2\n"
    assert redacted_unreadable(b"\xff\xfe\x00") == b"\xff\xfe\x00"
