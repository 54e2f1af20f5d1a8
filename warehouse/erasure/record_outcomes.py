"""What had become of each record of a file, from the store: what stands in the archive for an erased record must say it."""

from __future__ import annotations

import duckdb

from warehouse.query_results import read_sql

#: of a file that is refused for its rows so many findings are kept: they are for whoever corrects it, and five million damaged
#: lines fit into 10 MB
MOST_FINDINGS_OF_REFUSED = 10_000

_SQL_PACKAGE = "warehouse.erasure"


class RecordOutcomes:
    """What had become of the records of all files of the store to which `con` is connected; read once."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        files = con.execute(read_sql(_SQL_PACKAGE, "last_files_by_bytes")).fetchall()
        self._files: dict[str, tuple[int, str | None, str]] = {sha256: (number, kind, how) for sha256, number, kind, how in files}
        refused = con.execute(read_sql(_SQL_PACKAGE, "lines_in_error_of_refused_files")).fetchall()
        quarantined = con.execute("SELECT submission_id, line, row_key IS NULL FROM quarantined_rows").fetchall()
        self._in_error: dict[tuple[int, int], str] = {
            **dict.fromkeys(refused, "R"),
            **{(number, line): "U" if is_unclear else "R" for number, line, is_unclear in quarantined},
        }
        most = {"most": MOST_FINDINGS_OF_REFUSED}
        cut = con.execute(read_sql(_SQL_PACKAGE, "refused_files_with_many_findings"), most).fetchall()
        #: not all lines in error are known; the file stays refused if what is not known was in error
        self._is_cut = {number for (number,) in cut}
        too_large = con.execute(read_sql(_SQL_PACKAGE, "files_found_too_large")).fetchall()
        self._too_large = {sha256 for (sha256,) in too_large if self._files[sha256][2] == "refused"}

    def of(self, sha256: str, line: int) -> str:
        """A accepted, R rejected, U rejected with a key that could not be read."""
        if sha256 not in self._files:
            return "R"
        number, kind, _ = self._files[sha256]
        return "R" if kind is None else self._in_error.get((number, line), "R" if number in self._is_cut else "A")

    def is_read(self, sha256: str) -> bool:
        """Whether the file's kind was known, so that it could be read line by line."""
        return sha256 in self._files and self._files[sha256][1] is not None

    def is_taken(self, sha256: str) -> bool:
        """Whether anything was taken of the file."""
        return sha256 in self._files and self._files[sha256][2] in ("accepted", "partial")

    def is_too_large(self, sha256: str) -> bool:
        """Whether the file was refused unread because of its size."""
        return sha256 in self._too_large
