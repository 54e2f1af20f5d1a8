"""The same job with dbt and DuckDB, as one writes it in a day: `python dbt_duckdb.py INBOX SPELLINGS`, figures as JSON.

Models (`dbt_project/`) read the files as text, cast them and keep the rows that can be read; dbt's tests look at these; a last
model has the indicators.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from dbt.cli.main import dbtRunner
from inbox_files import KINDS, columns_of, files_by_encoding

PROJECT = Path(__file__).parent / "dbt_project"


def main() -> None:
    """Print the figures; exit 1 where dbt says that something failed."""
    inbox = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["BENCH_DATABASE"] = f"{scratch}/returns.duckdb"
        figures = Path(scratch) / "figures.json"
        files = {kind: files_by_encoding(inbox, kind) for kind in KINDS}
        columns = {kind: columns_of(next(iter(found.values()))[0]) for kind, found in files.items()}
        said = {"files": files, "columns": columns, "spellings": sys.argv[2], "figures": str(figures)}
        done = dbtRunner().invoke([
            "--quiet", "build", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
            "--target-path", f"{scratch}/target", "--log-path", f"{scratch}/logs", "--vars", json.dumps(said),
        ])  # fmt: skip
        if not done.success:
            sys.exit(f"dbt failed: {done.exception or [one.message for one in done.result if one.status in ('error', 'fail')]}")
        print(figures.read_text(encoding="utf-8").strip())


if __name__ == "__main__":
    main()
