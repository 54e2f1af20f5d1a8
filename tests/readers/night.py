"""A night by Prefect, of so many readers, however little there is to read (python -m tests.readers.night HOME READERS)."""

from __future__ import annotations

import json
import sys

from flows.prefect_runtime.run_once import nights_of
from flows.settings import load_settings, with_options


def main(home: str, readers: str) -> None:
    """Print what became of each file."""
    with nights_of(with_options(load_settings(home), mail="hold", readers=int(readers))) as run_night:
        from flows.prefect_runtime import reading_processes
        from tests.readers.hostile import make_hostile

        reading_processes.LEAST_BYTES = 0
        make_hostile(is_night=True)
        print(json.dumps(run_night(None)["files"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
