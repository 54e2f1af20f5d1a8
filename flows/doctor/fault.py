"""What a check has to say, and what it is given to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.settings import Settings


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it should be: where, what, what to do. Advice is no fault: nothing breaks if it is not taken."""

    where: str
    what: str
    todo: str
    is_advice: bool = False


@dataclass(frozen=True)
class HomeToCheck:
    """The home that is looked at, and when. `holder` is who holds its lock: what it has in hand is no fault then."""

    settings: Settings
    now: datetime
    holder: str | None = None

    @property
    def home(self) -> Path:
        """Its folder."""
        return self.settings.home


Check = Callable[[HomeToCheck], Iterator[Fault]]
