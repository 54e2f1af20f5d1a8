"""The README's pictures are there, one for each that `make shots` draws, and small enough for a page."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.shots import PICTURES, SHOWN

README = Path(__file__).parents[2] / "README.md"


def test_readme_shows_dashboard_receipt_and_mail() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(docs/pictures/(\w+)\.webp\)", README.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(SHOWN) == sorted(path.stem for path in PICTURES.iterdir())
    assert all(0 < path.stat().st_size < 300_000 for path in PICTURES.iterdir())
