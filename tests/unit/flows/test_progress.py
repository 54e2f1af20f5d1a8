"""What the person at the keyboard sees of a night, and that a night does not hang on it."""

from __future__ import annotations

import contextlib
import os

from flows.progress import current, progress_shown


def test_a_reader_that_goes_away_ends_no_night() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    with progress_shown(stream):
        current().ended("load", "3 files", 0.2)
        current().note("inbox/lien.csv: a link")
    with contextlib.suppress(BrokenPipeError):
        stream.close()
