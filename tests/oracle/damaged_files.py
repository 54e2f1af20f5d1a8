"""Returns in every state that a spreadsheet can leave them in, drawn by chance: cells from the tables of forms, lines broken in every way."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from expectations.contract import Column
from expectations.contract.returns import RETURNS
from tests.spec.paper import VALID
from tests.spec.values_on_paper import CODE_TABLES, TABLES, examples

_FORMS = {kind: [example.text for example in examples(table)] for kind, table in TABLES.items()}
_CODE_FORMS = {name: [example.text for example in examples(table)] for name, table in CODE_TABLES.items()}
_MOJIBAKE = ("FranÃ§ois", "n\ufffdant", "d‚but", "cÅ“ur")
_UNKNOWN = ("commentaire", "nom", "téléphone", "NOM2", "")
_KEYS = {"numero_session": "S{}", "numero_action": "A{}", "id_apprenant": "L{}", "piece": "F{}", "reference": "V{}"}


def _insert(text: str) -> Callable[[Random, str], str]:
    def damaged(rng: Random, line: str) -> str:
        at = rng.randrange(len(line) + 1)
        return line[:at] + text + line[at:]

    return damaged


def _without_separator(rng: Random, line: str) -> str:
    at = [place for place, sign in enumerate(line) if sign == ";"]
    return line if not at else line[: (cut := rng.choice(at))] + line[cut + 1 :]


#: what may befall a line
_DAMAGE: list[Callable[[Random, str], str]] = [
    _insert(";"), _insert('"'), _insert("\x00"), _insert("\x85"), _insert("\n"), _insert('";"'), _insert('"a";'), _without_separator,
    lambda rng, line: line + ";", lambda rng, line: line + '"', lambda rng, line: '"' + line, lambda rng, line: ";" * line.count(";"),
    lambda rng, line: "TOTAL" + line[line.find(";") :], lambda rng, line: "", lambda rng, line: "\x1a", lambda rng, line: "sep=;",
    lambda rng, line: "Une phrase qui explique comment remplir." + ";" * line.count(";"), lambda rng, line: line + "\n" + line,
    lambda rng, line: ";".join(f'"{cell}"' for cell in line.split(";")), lambda rng, line: line.replace(";", ";;", 1),
    lambda rng, line: ";".join(f'="{cell}"' if cell.isdigit() else cell for cell in line.split(";")),
]  # fmt: skip


def damaged_file(rng: Random, kind: str | None = None) -> bytes:
    """One file of a kind (drawn if None) with up to 60 records, some of the same key, some cells and lines of which are damaged."""
    kind = kind or rng.choice(list(RETURNS))
    contract = RETURNS[kind]
    columns = [column for column in contract.columns if not column.optional or rng.random() < 0.8]
    if rng.random() < 0.3:
        rng.shuffle(columns)
    unknown = rng.sample(_UNKNOWN, rng.choice((0, 0, 0, 1, 2)))
    header = ";".join([column.header for column in columns] + unknown)
    cells_in_danger, lines_in_danger = rng.choice((0.0, 0.02, 0.1)), rng.choice((0.0, 0.03, 0.15))
    surplus = ";" * rng.choice((0, 0, 0, 0, 1, 3))
    lines = ["Suivi des formations"] * rng.choice((0, 0, 0, 1)) + [header + surplus * rng.choice((0, 1))]
    for _ in range(rng.randrange(60)):
        cells = [_cell(rng, kind, column, cells_in_danger) for column in columns]
        cells += [rng.choice(("", "mot", *_MOJIBAKE)) for _ in unknown]
        line = ";".join(cells) + surplus
        if rng.random() < lines_in_danger:
            line = rng.choice(_DAMAGE)(rng, line)
        lines.append(line)
        if rng.random() < 0.01:
            lines.append(header)
    return _as_bytes(rng, lines)


def _cell(rng: Random, kind: str, column: Column, danger: float) -> str:
    if rng.random() < danger:
        if rng.random() < 0.1:
            return rng.choice(_MOJIBAKE)
        forms = _CODE_FORMS[column.codes.name] if column.codes and column.codes.name in _CODE_FORMS else _FORMS[column.type]
        text = rng.choice(forms)
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ';"\n\r') else text
    if column.header in _KEYS:
        return _KEYS[column.header].format(rng.randrange(12))
    return VALID[kind][column.header]


def _as_bytes(rng: Random, lines: list[str]) -> bytes:
    delimiter = rng.choice((";", ";", ";", ",", "\t", "|"))
    text = rng.choice(("\n", "\n", "\r\n", "\r")).join(lines) + rng.choice(("\n", ""))
    if delimiter != ";" and delimiter not in text:
        text = text.replace(";", delimiter)
    encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16"))
    return text.encode(encoding, "replace")
