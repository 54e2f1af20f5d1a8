"""The reader's particulars: what a damaged record still says, repeated headers, accounts, and time."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.spec.paper import titled
from transforms.read import Damaged, Miscount, Record, Records, Role, account, read_return

S = "12345678900012"
HEADER = "siret;session;entree_le;sortie_le;statut"


def is_header(cells):
    titles = [cell.strip().lower() for cell in cells]
    return titled("apprenants", titles) if {"siret", "session", "entree_le"} <= set(titles) or titles[:1] == ["autre"] else None


def read(text):
    return read_return(text.encode(), is_header)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (f'{S};S1;"x"y;b;c', "LIG-02"),
        (f'{S};S1;"xy;b;c', "LIG-03"),
        (f"{S};S1;\0;b;c", "LIG-04"),
        (f"{S};S1;\0;b", "LIG-04"),
        (f"{S};S1;a;b", "LIG-01"),
        (f'{S};a"b;"x"y;b;c', "LIG-02"),
    ],
)
def test_a_damaged_record_says_where_it_is_and_what_is_wrong(line, rule):
    assert read(f"{HEADER}\n{line}\n").damaged == [Damaged(2, 2, rule)]


def test_a_repeated_header_in_another_order_moves_the_cells_back():
    reading = read(
        f"{HEADER}\n{S};S1;a;b;c\nsiret;session;Sortie le;Entrée_le;statut\n{S};S1;b;a;c\n{HEADER}\n{S};S1;a;b;c"
    )
    assert [r.cells for r in reading.records.rows()] == [(S, "S1", "a", "b", "c")] * 3
    assert reading.line_roles.tolist() == [Role.HEADER, Role.RECORD] * 3


def test_under_another_header_nothing_is_guessed():
    reading = read(f"{HEADER}\nautre;siret;session;x;y\n{S};S1;a;b;c\n{HEADER}\n{S};S1;a;b;c")
    assert [(d.line, d.rule) for d in reading.damaged] == [(2, "LIG-01"), (3, "LIG-01")]
    assert [r.line for r in reading.records.rows()] == [5]


def test_what_could_be_a_record_or_a_cell_is_quarantined_whole():
    reading = read('siret;session;entree_le\n"a;b;c\nd;e;f\ng";h;i\nj;k;l\n')
    assert reading.damaged == [Damaged(2, 4, "LIG-03", True)]
    assert [r.line for r in reading.records.rows()] == [5]


def test_a_last_cell_that_lost_its_opening_quote_is_not_read_in_part():
    reading = read(f'{HEADER}\n{S};S1;a;b;c\n{S};S2;a;b;un\n\ndeux\ntrois"\n{S};S3;a;b;c\n')
    assert [r.cells[1] for r in reading.records.rows()] == ["S1", "S3"]
    assert reading.damaged == [Damaged(3, 6, "LIG-03")]


def test_a_damaged_record_that_ends_in_a_quote_leaves_the_one_above_alone():
    reading = read(f'{HEADER}\n{S};S1;a;b;c\n{S};S2"b"";a"\n{S};S3;a;b;c\n"')
    assert [r.cells[1] for r in reading.records.rows()] == ["S1", "S3"]
    assert [d.line for d in reading.damaged] == [3, 5]


def test_line_breaks_in_cells_are_one_character_each():
    reading = read(f'{HEADER}\r\n{S};S1;"a\r\nb\rc\nd\n\re";b;c\r\n{S};S2;a;b;c')
    assert reading.records.rows() == [
        Record(2, 7, (S, "S1", "a\nb\nc\nd\n\ne", "b", "c")),
        Record(8, 8, (S, "S2", "a", "b", "c")),
    ]


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("inserted", [b"", b"x"])
def test_a_byte_lost_or_added_in_utf_16_spoils_one_line(order, inserted):
    rows = [f"{S};S{n};a;b;c" for n in range(1, 6)]
    encoding = {"little": "utf-16-le", "big": "utf-16-be"}[order]
    bom = {"little": b"\xff\xfe", "big": b"\xfe\xff"}[order]
    before = "\n".join([HEADER, *rows[:2], rows[2][:9]]).encode(encoding)
    after = "\n".join([rows[2][9:], *rows[3:]]).encode(encoding)
    reading = read_return(bom + before + (inserted + after if inserted else after[1:]), is_header)
    assert [r.cells[1] for r in reading.records.rows()] == ["S1", "S2", "S4", "S5"]
    assert [(d.line, d.rule) for d in reading.damaged] == [(4, "LIG-04")]


def test_utf_16_cut_inside_its_last_line_break():
    data = f"{HEADER}\n{S};S1;a;b;c\n".encode("utf-16")[:-1]
    assert [r.line for r in read_return(data, is_header).records.rows()] == [2]


def test_the_accounts_refuse_lines_lost_shared_or_invented():
    good = read(f"{HEADER}\n{S};S1;a;b;c\n\n{S};x\n")
    (record,), damage = good.records.rows(), good.damaged[0]
    for wrong in (
        *(
            replace(good, records=Records.of_rows(rows, 5))
            for rows in ([], [record, record], [record._replace(last_line=3)], [record._replace(line=9, last_line=9)])
        ),
        replace(good, records=Records.of_rows([record._replace(cells=record.cells[1:])], 4)),
        replace(good, damaged=[]),
        replace(good, damaged=[replace(damage, line=2, last_line=2)]),
        replace(good, header_line=2),
        replace(good, header_line=0),
        replace(good, line_roles=np.append(good.line_roles, np.uint8(Role.RECORD))),
    ):
        with pytest.raises(Miscount):
            account(wrong)
    account(good)


HOSTILE = {
    "every quote opens": f'{S};"S1;a;b;c',
    "flips between quoted and not": 'a";"c;d;e;f',
    "escaped pairs": f'{S};"";"";"";""',
    "padded quotes": ' "x""; "x""; "x"";y;z',
    "closes at once": '";',
    "opens at the end": f'{S};a;b;c;"',
    "one open, then none": f"{S};a;b;c;d",
}


def calls(text: str) -> int:
    """How many functions reading this calls: the same number on any machine, unlike seconds (tests/bench/reading.py)."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_work_is_linear_in_hostile_files(name):
    """Ten times the lines are ten times the work; a quadratic reader would do a hundred times as much."""

    def work(lines):
        return calls(f'{HEADER}\n{S};S1;"a;b;c\n' + f"{HOSTILE[name]}\n" * lines)

    assert work(2_000) < 12 * work(200)


@pytest.mark.parametrize("piece", [';"a""', '; "x""', '""', ' "', ";"])
def test_work_is_linear_in_the_length_of_a_line(piece):
    def work(pieces):
        return calls(f"{HEADER}\n" + piece * pieces + "\n")

    assert work(20_000) < 12 * work(2_000)
