"""The floor: one DuckDB statement over the same files as text, cast, one aggregate: `python floor.py INBOX SPELLINGS`.

Nothing is checked that is not needed to read, nothing is kept: what any way of doing the job must pay.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
from inbox_files import KINDS, columns_of, files_by_encoding


def main() -> None:
    """Print the figures."""
    inbox, spellings = Path(sys.argv[1]), sys.argv[2]
    con = duckdb.connect()
    for kind in KINDS:
        found = files_by_encoding(inbox, kind)
        columns = {name: "VARCHAR" for name in columns_of(next(iter(found.values()))[0])}
        # Without quoting every line is a record: a stray quote swallows no neighbour. Lines of another width fall away.
        readers = (
            f"from read_csv({paths}, encoding = '{encoding}', columns = {columns}, delim = ';', quote = '', escape = '',"
            " header = true, auto_detect = false, ignore_errors = true)" for encoding, paths in found.items()
        )
        con.execute(f"create view {kind}_text as {' union all '.join(readers)}")
    con.execute(f"create view spellings as from read_csv('{spellings}', header = true, all_varchar = true, delim = ',')")
    con.execute((Path(__file__).parent / "floor_macros.sql").read_text(encoding="utf-8"))
    answer = con.execute((Path(__file__).parent / "floor.sql").read_text(encoding="utf-8"))
    names = [column[0] for column in answer.description]
    print(json.dumps(dict(zip(names, map(float, answer.fetchone()), strict=True))))


if __name__ == "__main__":
    main()
