"""What little costs: a small night and a check over their own imports, and 24 rows more over a full home and an empty one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.contest.contenders import Night, Outcome, dropped
from tests.bench.contest.measure import measured
from tests.bench.contest.returns import Returns, write
from tests.bench.contest.truth import Truth

#: runs the command given after a path, and leaves there the names of the modules that it imported, in order
_LISTED = """
import atexit, pathlib, sys
path, *sys.argv[1:] = sys.argv[1:]
atexit.register(lambda: pathlib.Path(path).write_text("\\n".join(list(sys.modules))))
from flows.cli import main
sys.exit(main())
"""
#: imports them and does nothing else; a few are made by others and cannot be imported by name
_IMPORTED = """
import importlib, pathlib, sys
for name in pathlib.Path(sys.argv[1]).read_text().split("\\n"):
    if name != "__main__":
        try:
            importlib.import_module(name)
        except Exception:
            pass
"""


class SmallRuns:
    """Homes made ready once, and measured as often as wished, each time from a copy.

    Args:
        small: returns of some 1 000 rows.
        full: the returns that a full home has, with one file more; and `full_home`, the home after a night on them.
        scratch: a folder for homes.
        tree: the code that is measured.
    """

    def __init__(self, small: Returns, full: Returns, full_home: Path, scratch: Path, tree: Path) -> None:
        self._small, self._full, self._full_home = small, full, full_home
        self._scratch, self._night = scratch, Night(tree)
        self._earlier = write(scratch / "earlier", small.truth.rows, seed=2027)
        self._used_home, self._empty_home = scratch / "used", scratch / "empty"
        self._night.run(dropped(self._used_home, self._earlier.folder / "inbox"), self._earlier.truth)
        (self._empty_home / "inbox").mkdir(parents=True)
        self._night.run(self._empty_home, Truth(0, small.truth.as_of))
        self._checked = str(min((small.folder / "inbox").rglob("apprenants*.csv")))
        home = dropped(self._copy(self._used_home), small.folder / "inbox")
        self._imports = {
            "night": self._list_imports("night", "nightly", "--home", str(home), "--as-of", str(small.truth.as_of)),
            "check": self._list_imports("check", "check", self._checked),
        }

    def run(self) -> Iterator[tuple[str, Outcome]]:
        """Each measurement once, by name."""
        yield "imports of a night", self._import("night")
        both = self._earlier.truth.with_more(self._small.truth)
        yield "small night, home used before", self._night.run(
            dropped(self._copy(self._used_home), self._small.folder / "inbox"), self._small.truth, both
        )
        yield "imports of a check", self._import("check")
        check = self._night.command("check", self._checked)
        yield "check of a small file", Outcome(measured(check, self._night.tree, codes=(0, 1))[0])
        extra = self._full.folder / "extra"
        came, nothing = self._full.truth_of_extra, Truth(0, self._full.truth.as_of)  # alone its rows wait for their session
        yield "24 rows more, empty home", self._night.run(dropped(self._copy(self._empty_home), extra), came, nothing)
        everything = self._full.truth.with_more(came)
        yield "24 rows more, full home", self._night.run(dropped(self._copy(self._full_home), extra), came, everything)

    def _copy(self, home: Path) -> Path:
        copy = self._scratch / "home"
        shutil.rmtree(copy, ignore_errors=True)
        return shutil.copytree(home, copy, symlinks=True)

    def _list_imports(self, name: str, *arguments: str) -> Path:
        path = self._scratch / f"imports of {name}"
        measured([sys.executable, "-c", _LISTED, str(path), *arguments], self._night.tree, codes=(0, 1))
        return path

    def _import(self, name: str) -> Outcome:
        return Outcome(measured([sys.executable, "-c", _IMPORTED, str(self._imports[name])], self._night.tree)[0])
