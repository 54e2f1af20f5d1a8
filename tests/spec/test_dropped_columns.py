"""What the contract does not know of people is not kept, under whatever title, in whatever becomes of the file.

Documented in docs/spec/returns.md, "Columns that are not wanted".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from typing import Any

import pytest

from expectations.programme import load_programme
from expectations.verdict.checked_file import RefusalLimits
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.golden.nights import sirets
from tests.spec.paper import SIRET, csv_of
from tests.typed_rows import comparable
from transforms.read import read_return
from warehouse.reference.places import load_places

CANARY = "ZZCANARI"
ANOTHER = sirets(2)[1]
TITLES = [
    "NOM2", "PRENOM1", "PRENOM2_APPRENANT", "TEL2_REPRESENTANT_LEGAL", "NOMNAI", "adre1 individu", "n° allocataire", "result_label",
    "result_housenumber", "latitude", "T?l?phone", "Observations", "x", "", "?", "Colonne1",
]  # fmt: skip


def with_columns(kind: str, titles: list[str]) -> str:
    """A file of two rows with these columns first, amid and last, each with a canary; and a damaged record that has one too."""
    header, *rows = csv_of(kind, "", "id_apprenant = L2").decode().splitlines()
    names = header.split(";")
    cells = [row.split(";") for row in rows]
    for number, title in enumerate(titles):
        at = (0, len(names) // 2, len(names))[number % 3] if title else 3
        names.insert(at, title)
        for row in cells:
            row.insert(at, f"{CANARY}{number}")
    return "\n".join(";".join(row) for row in [names, *cells, [CANARY, "coupée"]]) + "\n"


#: what is done to the file, and what becomes of it
CIRCUMSTANCES: dict[str, tuple[Callable[[str], str], str]] = {
    "taken": (lambda text: text, "partial"),
    "a column missing": (lambda text: text.replace("siret", "autre", 1), "refused"),
    "a column twice": (lambda text: text.replace("numero_session", "siret", 1), "refused"),
    "two SIRETs": (lambda text: text.replace(SIRET, ANOTHER, 1), "refused"),
    "rows in error": (lambda text: text.replace(";L1;", ";;").replace(";L2;", ";;"), "refused"),
    "a title above": (lambda text: f"Liste de Mme {CANARY};;\n\n{text}", "partial"),
    "a line that says nothing else": (lambda text: text + f"{CANARY}" + ";" * text.partition("\n")[0].count(";") + "\n", "partial"),
    "the header again": (lambda text: text + text, "partial"),
}


def judged(data: bytes, sha256: str | None = None, limits: RefusalLimits | None = None) -> FileVerdict:
    (file,) = judge_files(
        [("x.csv", data)], date(2026, 11, 24), load_programme(), load_places(), hashes=[sha256] if sha256 else None, limits=limits
    )  # fmt: skip
    return file


def judged_at_once(files: Mapping[Any, bytes], hashes: Sequence[str] | None = None) -> dict[Any, FileVerdict]:
    """What becomes of each of these files; judging costs the same for one as for all."""
    named = [(str(name), data) for name, data in files.items()]
    verdicts = judge_files(named, date(2026, 11, 24), load_programme(), load_places(), hashes=hashes)
    return {name: replace(verdict, name="x.csv") for name, verdict in zip(files, verdicts, strict=True)}


SHAPES = list(product(["utf-8", "cp1252", "utf-16"], ["apprenants", "suivi"], CIRCUMSTANCES))


@cache
def in_all_shapes() -> tuple[dict[Any, FileVerdict], dict[Any, FileVerdict]]:
    """What becomes of a file in each encoding, kind and circumstance, and of what is kept of it."""
    first = judged_at_once({shape: CIRCUMSTANCES[shape[2]][0](with_columns(shape[1], TITLES)).encode(shape[0]) for shape in SHAPES})
    kept = {shape: file.archive_bytes for shape, file in first.items()}
    return first, judged_at_once(kept, [file.sha256 for file in first.values()])


@pytest.mark.parametrize("shape", SHAPES, ids="-".join)
def test_nothing_of_it_is_kept_and_all_else_is_read_again_as_it_was(shape: tuple[str, str, str]) -> None:
    file, again = (verdicts[shape] for verdicts in in_all_shapes())
    said = {finding.rule for finding in file.findings}
    assert file.decision == CIRCUMSTANCES[shape[2]][1]
    assert {"FIC-10", "FIC-20"} <= said
    assert "FIC-11" not in said
    assert CANARY.encode() not in file.archive_bytes.replace(b"\0", b"")
    assert CANARY not in repr(replace(file, archive_bytes=b""))
    assert comparable(again) == comparable(file)
    assert again.archive_bytes == file.archive_bytes


@cache
def with_one_column() -> dict[str, FileVerdict]:
    """What becomes of a file with one such column, by its title."""
    return judged_at_once({title: with_columns("apprenants", [title]).encode() for title in TITLES})


@pytest.mark.parametrize("title", TITLES)
def test_one_such_column_is_enough(title: str) -> None:
    file = with_one_column()[title]
    assert file.accepted == 2
    assert CANARY.encode() not in file.archive_bytes
    rule = {"FIC-10", "FIC-20"} & {finding.rule for finding in file.findings}
    assert len(rule) == (1 if title.strip("?") else 0), "a column without a title cannot be named"


def test_values_beyond_the_last_title_are_not_kept_either() -> None:
    header, first, second = csv_of("apprenants", "", "id_apprenant = L2").decode().splitlines()
    for wide in (f"{second};{CANARY}", f"{second};;;{CANARY};", f'{second};"{CANARY}"x', f'{second};"{CANARY}', f"{second};\x01{CANARY}"):
        file = judged(f"{header}\n{first}\n{wide}\n".encode())
        assert (file.decision, file.accepted, file.quarantined) == ("partial", 1, 1), wide
        assert CANARY.encode() not in file.archive_bytes, wide
        again = judged(file.archive_bytes, file.sha256)
        assert comparable(again) == comparable(file)


def test_a_return_that_has_no_column_of_its_own_is_kept_as_it_came() -> None:
    for text in (csv_of("apprenants"), csv_of("apprenants") + b"coupee;ici\n", csv_of("suivi") + b";;;\n"):
        assert judged(text).archive_bytes == text


def test_other_returns_are_kept_as_they_came() -> None:
    header, row = csv_of("depenses").decode().splitlines()
    text = f"{header};remarque\n{row};réglée\n".encode()
    assert judged(text).archive_bytes == text


def test_a_file_too_large_or_without_a_header_is_looked_at_too() -> None:
    from transforms.redaction.unwanted_columns import redacted_unreadable

    text = with_columns("apprenants", ["Observations"]).encode()
    assert judged(text, limits=RefusalLimits(max_file_mb=0.00001)).archive_bytes == b""
    assert CANARY.encode() not in redacted_unreadable(text)
    assert read_return(judged(text).archive_bytes).header[-1] != ""
