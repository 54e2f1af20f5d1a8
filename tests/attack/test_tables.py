"""What analysts, managers and other users of the machine can see: no way back to a person, and nothing that is not theirs."""

from __future__ import annotations

import stat
from collections.abc import Callable

import pytest

from tests.attack.homes import A, Home
from tests.attack.scenes import NAMES, TITLES
from tests.golden.dashboard_figures import Figure, Reader
from warehouse.store.pseudonyms import Pseudonyms, load_key

case = pytest.mark.case
Seen = Callable[[str], None]

#: what was 0755 and 0644, as anybody's may be read, is the home's owner's and group's alone
WIDEST_FOLDER, WIDEST_FILE = 0o750, 0o640


@case(7, "learners can be found in their original by file and line", "submission_id, line, birth_year, commune_code published")
def test_no_way_to_the_line(as_founded: Home, seen: Seen) -> None:
    forbidden = {"submission_id", "line", "birth_year", "commune_code", "born_on"}
    tables = as_founded.rows("SELECT schema_name, table_name, list(column_name) FROM duckdb_columns() WHERE table_name IN ('learners', 'followups') AND NOT internal GROUP BY ALL")
    found = {f"{schema}.{table}.{name}" for schema, table, names in tables for name in forbidden & set(names)}
    seen(", ".join(sorted(found)) or "none of them")
    assert {table for _, table, _ in tables} == {"learners", "followups"}
    assert found == set()


@case(7, "learners lie in the order of the lines of their file", "they did")
def test_no_order_of_lines(as_founded: Home, seen: Seen) -> None:
    pseudonyms = Pseudonyms(load_key(as_founded.folder, may_create=False))
    in_file = [pseudonyms.learner_key(A, "S1", f"L{number}") for number in range(1, 6)]
    published = [key for (key,) in as_founded.rows("SELECT learner_key FROM clean.learners ORDER BY rowid") if key in in_file]
    seen("as in the file" if published == in_file else "in another order")
    assert published != in_file


@case(7, "a home made under umask 000 is open to all", "warehouse 0644, a programme in the archive 0666")
def test_modes(as_founded: Home, seen: Seen) -> None:
    wide = {}
    for path in sorted(as_founded.folder.rglob("*")):
        name, state = path.relative_to(as_founded.folder), path.lstat()
        # what people put there themselves is theirs: the inbox, and the settings
        if name.parts[0] in ("inbox", "suivi.toml"):
            continue
        widest = WIDEST_FOLDER if stat.S_ISDIR(state.st_mode) else WIDEST_FILE
        if stat.S_IMODE(state.st_mode) & ~widest:
            wide[name.as_posix()] = stat.S_IMODE(state.st_mode)
    outer = stat.S_IMODE(as_founded.folder.stat().st_mode)
    shown = [name for name in wide if not name.startswith(".prefect/")][:4]
    seen(f"home {outer:04o}; {len(wide)} too wide{': ' + ', '.join(f'{name} {wide[name]:04o}' for name in shown) if wide else ''}")
    assert wide == {}


@case(7, "the dashboard counts one disabled person of a session", "« Handicap 1 » for sessions and providers, exits of one person")
def test_small_counts(as_founded: Home, seen: Seen) -> None:
    page = (as_founded.folder / "reports" / "index.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)
    reader.close()
    disabled = [figure for figure in reader.figures if "disabled" in figure.column and not _is_of_programme(figure)]
    exits = [
        figure for figure in reader.figures
        if figure.table == "indicators.positive_exit" and not _is_of_programme(figure) and figure.text in ("1", "2", "3", "4")
    ]  # fmt: skip
    marked = "Usage interne" in page.replace("\N{NO-BREAK SPACE}", " ")
    seen(f"{len(disabled)} counts of disabled people, {len(exits)} exit figures of 1 to 4 people, {'marked' if marked else 'not marked'} Usage interne")
    assert (disabled, exits, marked) == ([], [], True)


def _is_of_programme(figure: Figure) -> bool:
    return figure.key.startswith("programme")


@case(9, "names and addresses under titles that nobody foresaw", "ignored, and kept in the archive: all 12")
def test_unforeseen_titles(as_founded: Home, seen: Seen) -> None:
    texts = b"\n".join(path.read_bytes() for path in as_founded.folder.rglob("*") if path.is_file())
    kept = [title for title, name in zip(TITLES, NAMES, strict=True) if name.encode() in texts]
    seen(f"kept: {', '.join(kept) or 'none'}")
    assert as_founded.one("SELECT count(*) FROM clean.learners WHERE provider_siret = ? AND session_id = 'S3'", A) == 1
    assert kept == []

