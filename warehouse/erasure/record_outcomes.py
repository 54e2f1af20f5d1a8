"""What had become of each record of a file, from the store: what stands in the archive for an erased record must say it."""

from __future__ import annotations

from typing import Any

import duckdb

#: of a file that is refused for its rows so many findings are kept: they are for whoever corrects it, and five million damaged
#: lines fit into 10 MB
MOST_FINDINGS_OF_REFUSED = 10_000


class Outcomes:
    """The outcomes of all files of the store to which `con` is connected; read once."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        # of bytes that came several times the one that was taken counts, else the last
        rows = con.execute(
            "SELECT sha256, submission_id, kind, decision FROM submissions WHERE decision <> 'duplicate'"
            " QUALIFY row_number() OVER"
            " (PARTITION BY sha256 ORDER BY decision IN ('accepted', 'partial') DESC, submission_id DESC) = 1"
        ).fetchall()
        self._files: dict[str, tuple[int, str | None, str]] = {sha256: (number, kind, how) for sha256, number, kind, how in rows}
        self._in_error: dict[tuple[int, int], str] = {}
        of_refused = con.execute(
            "SELECT f.submission_id, f.line FROM findings AS f JOIN submissions AS s ON s.submission_id = f.submission_id"
            " WHERE f.severity = 'error' AND f.line IS NOT NULL AND s.decision = 'refused'"
        ).fetchall()
        self._in_error |= dict.fromkeys(of_refused, "R")
        cut = con.execute(
            "SELECT f.submission_id FROM findings AS f JOIN submissions AS s ON s.submission_id = f.submission_id"
            " WHERE s.decision = 'refused' GROUP BY f.submission_id HAVING count(*) >= ?",
            [MOST_FINDINGS_OF_REFUSED],
        ).fetchall()
        #: not all lines in error are known; the file stays refused if what is not known was in error
        self._is_cut = {number for (number,) in cut}
        quarantined: list[tuple[Any, ...]] = con.execute(
            "SELECT submission_id, line, row_key IS NULL FROM quarantined_rows"
        ).fetchall()
        self._in_error |= {(number, line): "U" if is_unclear else "R" for number, line, is_unclear in quarantined}
        self._too_large = {
            sha256
            for (sha256,) in con.execute(
                "SELECT s.sha256 FROM submissions AS s JOIN findings AS f ON f.submission_id = s.submission_id"
                " WHERE f.rule = 'FIC-09' AND f.line IS NULL"
            ).fetchall()
            if self._files[sha256][2] == "refused"
        }

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
