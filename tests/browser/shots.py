"""Pictures of every kind of page at the width of a phone and of a desk, for people: python -m tests.browser.shots FOLDER.

`make shots` does it. With `--all` every page is drawn, not one of each kind; with `--home DIR` those of that home, which is
otherwise the demo's: then the pictures of README.md are made anew, too.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.browser.chromium import Browser
from tests.browser.homes import full_home, one_of_each, pages_of
from tests.golden.nights import Home

WIDTHS = (360, 1280)
#: the pictures of README.md, and of which page, window and height each is
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SHOWN = {"dashboard": ("dashboard", 1280, 1010), "receipt": ("receipt-partial", 900, 900), "mail": ("mail-night", 900, 900)}


def main() -> None:
    """Draw them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, help="a home with its receipts and mails (default: the demo's and a hostile one)")
    parser.add_argument("--all", action="store_true", help="every page, not one of each kind")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        if asked.home:
            homes = {"": Home(asked.home)}
        else:
            homes = {f"{name}-": full_home(name, Path(scratch) / name) for name in ("demo", "hostile")}
        for prefix, home in homes.items():
            pages = pages_of(home, Path(scratch) / f"{prefix}mails")
            if prefix == "demo-":
                draw_for_readme(pages)
            draw({f"{prefix}{name}": path for name, path in (pages if asked.all else one_of_each(pages)).items()}, asked.folder)


def draw_for_readme(pages: dict[str, Path]) -> None:
    """Draw the top of the dashboard, a receipt and a mail of the demo into docs/pictures."""
    of_kind = one_of_each(pages)
    PICTURES.mkdir(exist_ok=True)
    with Browser() as browser, browser.page() as page:
        for name, (kind, width, height) in SHOWN.items():
            page.open(of_kind[kind], width, height)
            page.screenshot(PICTURES / f"{name}.webp", whole=False)
            print(PICTURES / f"{name}.webp")


def draw(pages: dict[str, Path], folder: Path) -> None:
    """Draw these pages into PNGs `<name>-<width>.png` of the folder; those that are not there are named."""
    with Browser() as browser, browser.page() as page:
        for name, path in pages.items():
            if not path.is_file():
                print(f"{name}: there is no {path}")
                continue
            for width in WIDTHS:
                page.open(path, width)
                picture = folder / f"{name.replace('/', '-')}-{width}.png"
                page.screenshot(picture)
                print(picture)


if __name__ == "__main__":
    main()
