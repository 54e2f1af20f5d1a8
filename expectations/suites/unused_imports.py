"""What Great Expectations imports for expectations that we do not have is imported when it is used: a third of its time."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

#: statistics of distributions, and the charts of its reports (and of our dashboard, which uses them)
RARELY_USED = frozenset({"scipy.stats", "altair"})


class WhenUsed:
    """A finder for sys.meta_path: modules that are rarely used run at the first look at one of their names."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec with the standard library's lazy loader; None for every other module."""
        spec = PathFinder.find_spec(name, path, target) if name in RARELY_USED else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec
