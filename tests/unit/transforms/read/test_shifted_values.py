"""A separator too many or too few: on 2 000 lines of every sort of file, no record is taken with a value in another's column."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from tests.spec.paper import VALID
from transforms.read import account, read_return

LINES, DAMAGED = 400, 100
KINDS = ("apprenants", "suivi", "sessions", "depenses", "financements")

Row = Callable[[dict[str, str], random.Random], list[str]]


def plain(row: dict[str, str], chance: random.Random) -> list[str]:
    return list(row.values())


def quoted(row: dict[str, str], chance: random.Random) -> list[str]:
    return [f'"{cell}"' for cell in row.values()]


def quoted_texts(row: dict[str, str], chance: random.Random) -> list[str]:
    """Some cells quoted, some with a separator, a quote or a wrapper in them."""
    forms = ['{}', '"{}"', '"{}; x"', '"{} ""x"""', '="{}"', '{}"']
    cells = list(row.values())
    for at in chance.sample(range(len(cells)), 3):
        cells[at] = chance.choice(forms[:-1]).format(cells[at])
    if '"' not in "".join(cells) and chance.random() < 0.5:
        cells[-1] = forms[-1].format(cells[-1])
    return cells


def ragged(row: dict[str, str], chance: random.Random) -> list[str]:
    """The last cells are empty more often than not."""
    cells = list(row.values())
    for at in range(1, chance.randrange(5)):
        cells[-at] = ""
    return cells


#: how a row is written, how many separators stand at the end of the header, and of each row
FILES: dict[str, tuple[Row, int, int]] = {
    "plain": (plain, 0, 0),
    "the last cells empty": (ragged, 0, 0),
    "quoted": (quoted, 0, 0),
    "some cells quoted": (quoted_texts, 0, 0),
    "an empty column more": (ragged, 1, 1),
    "an empty column more, without a place in the header": (ragged, 0, 1),
    "an empty column more, in the header alone": (ragged, 1, 0),
    "five empty columns more": (ragged, 5, 5),
    "five empty columns more, in the header alone": (ragged, 5, 0),
}


def _outside_quotes(line: str) -> Iterator[int]:
    """The places in a line that are in no quoted cell."""
    inside = False
    for at, letter in enumerate(line):
        if not inside:
            yield at
        inside ^= letter == '"'
    yield len(line)


def damaged(line: str, chance: random.Random) -> str:
    """The line with a separator too many or too few, of those that part its cells."""
    places = list(_outside_quotes(line))
    if chance.random() < 0.5:
        at = chance.choice(places)
        return line[:at] + ";" + line[at:]
    at = chance.choice([at for at in places if line[at : at + 1] == ";"])
    return line[:at] + line[at + 1 :]


@pytest.mark.parametrize("name", FILES)
def test_no_value_is_taken_in_another_column(name: str) -> None:
    chance = random.Random(name)
    row, in_header, in_rows = FILES[name]
    hurt = 0
    for kind in KINDS:
        header = ";".join(VALID[kind]) + ";" * in_header
        lines = []
        for number in range(LINES):
            values = {**VALID[kind], **{name: f"{value}{number}" for name, value in VALID[kind].items() if name.startswith("id_")}}
            lines.append(";".join(row(values, chance)) + ";" * in_rows)
        clean = {record.line: record.cells for record in read_return("\n".join([header, *lines]).encode()).records.rows()}
        assert len(clean) == LINES
        places = chance.sample(range(LINES), DAMAGED)
        for at in places:
            lines[at] = damaged(lines[at], chance)
        reading = read_return("\n".join([header, *lines]).encode())
        account(reading)
        for record in reading.records.rows():
            assert record.cells == clean.get(record.line), (kind, lines[record.line - 2])
        missing = clean.keys() - set(reading.records.lines.tolist())
        assert missing <= {at + 2 for at in places}, "a neighbour was harmed"
        hurt += len(places)
    assert hurt >= 500
