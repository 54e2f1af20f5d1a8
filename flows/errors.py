"""What may go wrong for the person at the keyboard, each with its exit code and one line: what, where, what to do."""

from __future__ import annotations

import traceback

from warehouse.errors import WarehouseProblem
from warehouse.safe_text import safe_to_show


class Problem(Exception):
    """An error with a sentence for people. The sentence never holds a cell's value.

    `details` is the traceback of what is behind it, for --debug alone: unlike the sentence it may quote a cell.
    """

    exit_code = 1
    details = ""


class NightFailed(Problem):
    """A step of the night broke; yesterday's warehouse stays in place.

    `is_transient` says that trying again may help.
    """

    def __init__(self, step: str, cause: BaseException) -> None:
        # The cause's own text is left out on purpose: DuckDB and pandas quote cells in theirs.
        said = str(cause) if isinstance(cause, WarehouseProblem) else described(cause)
        super().__init__(f"the night failed at step {step}: {said}")
        self.details = "".join(traceback.format_exception(cause))
        self.is_transient = isinstance(cause, OSError) or type(cause).__name__ == "IOException"


class WrongUse(Problem):
    """A setting, an option or a file name that cannot be used."""

    exit_code = 2


class AnotherNight(Problem):
    """Another process holds the lock of this home."""

    exit_code = 3


def described(error: BaseException) -> str:
    """An exception as type and place, without its text, which may quote a cell.

    Only an operating system's error keeps its reason ("No space left on device") and path: neither comes from a cell.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    reason = f" ({error.strerror}: {safe_to_show(str(error.filename))})" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{reason}{place}"


def drop_frames(error: BaseException) -> None:
    """Forget the frames of an exception and of those behind it: they keep database connections open.

    Prefect keeps the exception that ended a flow to the end of the process, and DuckDB complains at exit of what is open.
    """
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__context__
