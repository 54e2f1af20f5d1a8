"""The suites as documents: one JSON file a return beside the module that makes them."""

from __future__ import annotations

from pathlib import Path

from expectations.contract.returns import RETURNS
from tests.command import ROOT


def suite_files() -> dict[Path, str]:
    """The files and what each must hold today. Imports Great Expectations, which costs seconds."""
    from expectations.suites.build import suite_json

    return {ROOT / "expectations" / "suites" / f"{kind}.json": suite_json(contract) for kind, contract in RETURNS.items()}


def write_suites() -> list[str]:
    """Bring the files up to date, and which of them have changed."""
    changed = []
    for path, text in suite_files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(str(path.relative_to(ROOT)))
    return changed
