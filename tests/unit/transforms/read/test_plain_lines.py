"""Lines cut into columns at once are what the tokenizer makes of them, whatever stands between them."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.damaged_files import damaged_file
from transforms.read import Unreadable, account
from transforms.read.decode import decode
from transforms.read.find_header import find_header
from transforms.read.match_columns import match_columns
from transforms.read.tokenize import read_records

HEADER = "siret;numero_session;id_apprenant;echeance;observe_le;situation;numerique;source"
S = "12345678900012"
RECORD = f"{S};S1;A1;M3;01/02/2024;CDI;OUI;"

#: lines of which files are made here, with `;` between cells; where `#` ends one, no empty cells are added
LINES = [
    *(f"{S};S1;A{n};M3;0{n}/02/2024;CDI;OUI;DECLARATIF" for n in range(1, 6)), RECORD, f"123 456 789 00012{RECORD[14:]}",
    f"123\u00a0456\u00a0789\u00a000012{RECORD[14:]}", f" {S} {RECORD[14:]}", f"1,23457E+13{RECORD[14:]}", f";S1{RECORD[17:]}", f"{RECORD}écran",
    f"\ufeff{RECORD}", f"\ufeff\ufeff{RECORD}", f"{RECORD}\u2028", f"{RECORD}\U0001f600", f"{RECORD}\u0100", f"{RECORD}À valider",
    # more or fewer cells
    f"{RECORD};", f"{RECORD};;", f"{RECORD};;;", f"{RECORD};x", f"{RECORD}; ;", RECORD[:-1], f"{S};;S1;A1;M3;01/02/2024;CDI;OUI", f"x{RECORD}", f"{RECORD}X;y#",
    f"{RECORD}#", f"{RECORD};#",
    "mot", "x;y", ";" * 7, ";" * 9, "", " ", "\x1a", " ; ; ; ; ; ; ; ", f"{' ' * 30};;;;;;;",
    # quotes
    f'{RECORD}"', f'"{RECORD}', f'{S};"S1;A1;M3;01/02/2024;CDI;OUI;', f'{S};S1";A1;M3;01/02/2024;CDI;OUI;', f'{RECORD}"DECLARATIF"', f'{RECORD}écran 24"',
    '"' + '";"'.join(RECORD.split(";")) + '"', f'="{S}"{RECORD[14:]}', f'{S};"S1"x;A1;M3;01/02/2024;CDI;OUI;', '"', 'fin"', '1234"', 'a;b"',
    'x" y;S1;A1;M3;01/02/2024;CDI;OUI;', f'{RECORD}"à', 'rappeler"', f'{S};"S1\nS2";A1;M3;01/02/2024;CDI;OUI;', f'{S};"S1;;A1\n{RECORD}\n";M3;01/02/2024;CDI;OUI;',
    # control characters
    f"{RECORD}\0", f"{RECORD}\x85", f"{RECORD}\x7f", f"\x01{RECORD}",
    # other lines
    HEADER, f"{HEADER};", "sep=;", "numero_session;siret;id_apprenant;echeance;observe_le;situation;numerique;source",
    "siret;id_apprenant;sexe;naissance;commune;niveau;entree_le;sortie_le", "TOTAL;;;;;;;", f"{S};TOTAL;;;;;;", f"{S};S1;Exemple;M3;01/02/2024;CDI;OUI;",
    f"{RECORD}Sous-total", "Une phrase;qui dit;ce qui;est à;mettre;ici;;", "ici;la 123456789 et suivantes;une phrase;une autre;;;;", ";S1;A1;M3;01/02/2024;CDI;OUI;",
]  # fmt: skip


def outline(reading: Any) -> list[Any]:
    cells = [column.to_pylist() for column in reading.records.cells]
    return [reading.line_roles.tolist(), reading.records.lines.tolist(), reading.records.last_lines.tolist(), cells, reading.damaged]


def assert_read_alike(data: bytes) -> None:
    try:
        text = decode(data)
    except Unreadable:
        return
    header = find_header(text.lines, match_columns)
    if header is None:
        return
    by_columns, exactly = (read_records(text, header, match_columns, fewest) for fewest in (0, len(text.lines)))
    assert outline(by_columns) == outline(exactly)
    account(by_columns)
    for column in by_columns.records.cells:
        assert column.null_count == 0
        assert sorted(set(column.to_pylist())) == sorted(column.dictionary.to_pylist())


def file_of(rng: random.Random) -> bytes:
    """A file of plain lines and of a few others, each of which comes often."""
    some = rng.sample(LINES, rng.randrange(8))
    lines = [HEADER, *rng.choices(LINES[:5] + some * 2, k=rng.randrange(5, 40))]
    surplus, delimiter = rng.choice(["", "", ";", ";;"]), rng.choice(";;,\t|")
    lines = [line[:-1] if line.endswith("#") else line + surplus for line in lines]
    if rng.random() < 0.3:
        lines = [";".join(reversed(line.split(";"))) for line in lines]
    text = rng.choice(["\n", "\r\n", "\r"]).join(lines).replace(";", delimiter)
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-15", "mixed"])
    if encoding != "mixed":
        return text.encode(encoding, "replace")
    return b"\n".join(piece.encode(rng.choice(("utf-8", "cp1252")), "replace") for piece in text.split("\n"))


@settings(max_examples=20 * settings().max_examples)
@given(st.integers(0))
def test_plain_lines_are_read_as_the_tokenizer_reads_them(seed):
    assert_read_alike(file_of(random.Random(seed)))


@pytest.mark.attack
@pytest.mark.parametrize("tens", range(0, 2_000, 200))
def test_random_damaged_files_are_read_as_the_tokenizer_reads_them(tens: int) -> None:
    for seed in range(tens, tens + 200):
        assert_read_alike(damaged_file(random.Random(seed)))
        assert_read_alike(file_of(random.Random(seed)))
