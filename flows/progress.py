"""What the person at the keyboard sees of a running night: live steps on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import Console


class Progress(Protocol):
    """Told of each step of the night."""

    def began(self, step: str) -> None:
        """A step begins."""
        ...

    def ended(self, step: str, outcome: str, seconds: float) -> None:
        """A step ended well; `outcome` says in a few words what came of it, without any value of a file."""
        ...

    def failed(self, step: str) -> None:
        """A step failed."""
        ...

    def note(self, text: str) -> None:
        """Something worth a line; text that is safe to show."""
        ...


class Silent:
    """Nobody looks."""

    def began(self, step: str) -> None:
        """Nothing."""

    def ended(self, step: str, outcome: str, seconds: float) -> None:
        """Nothing."""

    def failed(self, step: str) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


class PlainLines:
    """One line a step: for cron, pipes and logs."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout

    def began(self, step: str) -> None:
        """Nothing yet: one line a step is enough."""

    def ended(self, step: str, outcome: str, seconds: float) -> None:
        """`load       3 files (0.2 s)`."""
        self._write(f"{step:<10} {outcome} ({seconds:.1f} s)")

    def failed(self, step: str) -> None:
        """`load       failed`."""
        self._write(f"{step:<10} failed")

    def note(self, text: str) -> None:
        """`           inbox/link.csv: …`."""
        self._write(f"{'':<10} {text}")

    def _write(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # `suivi nightly | head`: a reader that goes away ends no night
            print(line, file=self.stream, flush=True)


class LiveSteps:
    """A spinner beside the running step, on a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._status = console.status("")
        self._began = time.monotonic()

    def __enter__(self) -> LiveSteps:
        self._status.start()
        self._share_console_with_prefect()
        return self

    def __exit__(self, *exception: object) -> None:
        self._status.stop()

    def _share_console_with_prefect(self) -> None:
        # Two consoles on one terminal overwrite each other's lines: Prefect's handlers write through ours.
        loggers = [logging.getLogger(), *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
        for handler in {handler for logger in loggers for handler in logger.handlers}:
            if type(handler).__name__ == "PrefectConsoleHandler":
                handler.console = self.console  # type: ignore[attr-defined]

    def began(self, step: str) -> None:
        """The spinner names the step."""
        self._share_console_with_prefect()
        self._status.update(f"[bold]{step}[/bold] …")

    def ended(self, step: str, outcome: str, seconds: float) -> None:
        """The step's line stays above the spinner."""
        self.console.print(f"[green]✓[/green] {step:<10} {outcome} [dim]({seconds:.1f} s)[/dim]", highlight=False)

    def failed(self, step: str) -> None:
        """The step's line, in red."""
        self.console.print(f"[red]✗[/red] {step:<10} failed", highlight=False)

    def note(self, text: str) -> None:
        """A line above the spinner."""
        self.console.print(f"  {'':<10} {text}", markup=False, highlight=False)


#: Who is told. A context variable, because a flow's parameters are stored by Prefect and must stay plain.
_current: ContextVar[Progress | None] = ContextVar("suivi_progress", default=None)


def current() -> Progress:
    """Who is told of the running night's steps."""
    return _current.get() or Silent()


@contextlib.contextmanager
def progress_shown_to(progress: Progress) -> Iterator[None]:
    """Within the block, nights tell `progress`."""
    token = _current.set(progress)
    try:
        yield
    finally:
        _current.reset(token)


@contextlib.contextmanager
def progress_shown(stream: TextIO | None = None) -> Iterator[None]:
    """Within the block nights show their steps on `stream` (stdout): live on a terminal, lines elsewhere."""
    stream = stream or sys.stdout
    if not stream.isatty():
        with progress_shown_to(PlainLines(stream)):
            yield
        return
    from rich.console import Console

    with LiveSteps(Console(file=stream)) as live, progress_shown_to(live):
        yield
