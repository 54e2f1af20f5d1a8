"""What a night costs that finds 10 MB of hostile bytes, over a night with an ordinary file of the same size: `python -m tests.bench.hostile`.

A ratio of processor time within one run carries over from machine to machine where seconds do not. Exits with 1 where a form costs
more than 5 times the ordinary file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from stdnum import luhn

from tests.golden.nights import Home
from tests.spec.paper import VALID

_NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")
ROOT = Path(__file__).resolve().parent.parent.parent
#: at most so many times the ordinary file
BOUND = 5.0
#: a form that costs so many times as much is stopped
GIVEN_UP = 12.0
_MOST_MEMORY = 4_000_000_000

Files = Mapping[str, bytes]
_WORDS = ("siret", "numero_session", "nom", "commune", "debut", "fin", "places", "piece", "montant", "date")


def _header(kind: str) -> str:
    return ";".join(VALID[kind])


def _row(kind: str, **changes: str) -> str:
    return ";".join({**VALID[kind], **changes}.values())


def _filled(size: int, first: str, lines: Iterator[str]) -> bytes:
    """The first line, then as many of the others as fit."""
    kept, length = [first], len(first) + 1
    for line in lines:
        length += len(line.encode()) + 1
        if length > size:
            break
        kept.append(line)
    return ("\n".join(kept) + "\n").encode()


def _one(data: bytes) -> Files:
    return {"a.csv": data}


def _learners(size: int, line: Callable[[int], str]) -> Files:
    return _one(_filled(size, _header("apprenants"), map(line, count(1))))


def _tiny(number: int, size: int) -> Files:
    """Files of SIRETs that nobody knows, each valid."""
    files = {}
    for n in range(number):
        siren = f"80{n:06d}"
        siren += luhn.calc_check_digit(siren)
        siret = f"{siren}0001" + luhn.calc_check_digit(f"{siren}0001")
        rows = (_row("depenses", siret=siret, piece=f"F{k}") for k in count(1))
        files[f"{n}.csv"] = _filled(size, _header("depenses"), rows)
    return files


def _wide(size: int, columns: int) -> Files:
    titles = ";".join([_header("apprenants"), *(f"colonne {n}" for n in range(columns))])
    rows = (";".join([_row("apprenants", id_apprenant=f"L{n}"), *(["x"] * columns)]) for n in count(1))
    return _one(_filled(size, titles, rows))


def _title(n: int, k: int) -> str:
    """A title without a digit: only such a line may be a header."""
    return f"{_WORDS[(n + k) % len(_WORDS)]} {f'{n:x}'.translate(_NO_DIGITS)}"


FORMS: dict[str, Callable[[int], Files]] = {
    "one line": lambda size: _one(b"a" * size),
    "one line of separators": lambda size: _one(b"a;" * (size // 2)),
    "one line of short distinct titles": lambda size: _one(";".join(f"nom{n:x}" for n in range(size // 9)).encode()),
    "all quotes": lambda size: _one(b'"' * size),
    "all quotes below a header": lambda size: _one(f"{_header('apprenants')}\n".encode() + b'"' * size),
    "a quote a line": lambda size: _one(f"{_header('apprenants')}\n".encode() + b'"\n' * (size // 2)),
    "a quote a line, no header": lambda size: _one(b'"\n' * (size // 2)),
    "a letter a line": lambda size: _one(f"{_header('apprenants')}\n".encode() + b"x\n" * (size // 2)),
    "a letter a line, 1 900 columns": lambda size: _one(
        ";".join([_header("apprenants"), *(f"c{n}" for n in range(1_880))]).encode() + b"\n" + b"x\n" * (size // 2)
    ),
    "empty lines": lambda size: _one(f"{_header('apprenants')}\n".encode() + b"\n" * size),
    "a wide header": lambda size: _one((_header("apprenants") + ";c" * (size // 2)).encode()),
    "1 900 unknown columns": lambda size: _wide(size, 1_880),
    "wide records": lambda size: _learners(size, lambda n: _row("apprenants") + ";x" * 400_000),
    "one quoted cell of many lines": lambda size: _one(
        f'{_header("apprenants")}\n{_row("apprenants")[:-7]}"'.encode() + b"abc\n" * (size // 4) + b'"\n'
    ),
    "quoted cells of 30 lines": lambda size: _learners(
        size, lambda n: _row("apprenants", id_apprenant=f"L{n}", certification='"' + "OBTENUE\n" * 30 + '"')
    ),
    "distinct unknown codes": lambda size: _learners(
        size, lambda n: _row("apprenants", id_apprenant=f"L{n}", fin_de_parcours=f"TERMINA{n:x}", certification=f"OBTENU{n:x}")
    ),
    "distinct unknown codes, hardly more": lambda size: _one(
        _filled(size, _header("suivi"), (_row("suivi", id_apprenant=f"L{n}", situation=f"CDD_6{n:x}") for n in count(1)))
    ),
    "everything distinct": lambda size: _learners(
        size, lambda n: ";".join(f"{k}{n:x}" for k in "abcdefghijklmnopqr")
    ),
    "NULs": lambda size: _one(f"{_header('apprenants')}\n".encode() + b"\0" * size),
    "a NUL a line": lambda size: _learners(size, lambda n: _row("apprenants", id_apprenant=f"L{n}\0")),
    "one huge cell": lambda size: _learners(size, lambda n: _row("apprenants", mois_sans_emploi="1" + " " * (size - 1000) + "1")),
    "large cells": lambda size: _one(_filled(
        size, _header("depenses"), (_row("depenses", piece=f"F{n}", montant="1" + " " * 32_000 + "1") for n in count(1))
    )),
    "lines like titles": lambda size: _learners(size, lambda n: ";".join(_title(n, k) for k in range(18))),
    "the header again and again": lambda size: _learners(size, lambda n: _header("apprenants")),
    "titles above the header": lambda size: _one(
        ("\n".join(";".join(_title(n, k) for k in range(size // 600)) for n in range(50)) + "\n" + _header("suivi")).encode()
    ),
    "mis-decoded": lambda size: _learners(size, lambda n: _row("apprenants", id_apprenant=f"L{n}Ã©Ž")),
    "2 000 tiny files": lambda size: _tiny(2_000, 200),
    "2 000 files, the same bytes": lambda size: _tiny(2_000, size // 2_000),
}  # fmt: skip


def ordinary(size: int) -> Files:
    """A file as it should be."""
    return _learners(size, lambda n: _row("apprenants", id_apprenant=f"L{n}"))


@dataclass(frozen=True)
class Cost:
    """What a night took: seconds of processor time, and megabytes at most; `is_done` is False where it was stopped or failed."""

    seconds: float
    megabytes: float
    is_done: bool


def cost_of(files: Files, most: float | None = None) -> Cost:
    """Run a night over these files in a process of its own, which is stopped after `most` seconds of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        home.drop(files)
        command = [sys.executable, "-W", "ignore", "-m", "tests.bench.hostile", "--night", str(home.folder)]
        limits = f"ulimit -d {_MOST_MEMORY // 1000}{f' -t {int(most) + 1}' if most else ''}; exec \"$@\""
        process = subprocess.Popen(["bash", "-c", limits, "-", *command], cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, process.returncode == 0)


def main() -> None:
    """Measure and print a table, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=10, help="megabytes")
    parser.add_argument("--night", type=Path, help="run a night of this home, and nothing else")
    parser.add_argument("forms", nargs="*", help="all if none is named")
    options = parser.parse_args()
    if options.night:
        Home(options.night).night()
        return
    size = int(options.size * 1_000_000)
    began = time.monotonic()
    standard = cost_of(ordinary(size))
    print(f"| {options.size:g} MB of | processor time | over an ordinary file | memory |\n|---|---|---|---|")
    print(f"| an ordinary file | {standard.seconds:.1f} s | 1.0 | {standard.megabytes:.0f} MB |", flush=True)
    too_slow = []
    for name in options.forms or FORMS:
        cost = cost_of(FORMS[name](size), standard.seconds * GIVEN_UP)
        ratio = cost.seconds / standard.seconds
        if ratio > BOUND or not cost.is_done:
            too_slow.append(name)
        shown = f"{ratio:.1f}" if cost.is_done else f"{ratio:.1f}, and not done"
        print(f"| {name} | {cost.seconds:.1f} s | {shown} | {cost.megabytes:.0f} MB |", flush=True)
    print(f"\n{time.monotonic() - began:.0f} s in all; over {BOUND:g}: {', '.join(too_slow) or 'none'}")
    sys.exit(bool(too_slow))


if __name__ == "__main__":
    main()
