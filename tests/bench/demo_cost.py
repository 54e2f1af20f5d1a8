"""How long `suivi demo` takes, as a ratio to importing its libraries: `python tests/bench/demo_cost.py [--write]`.

A ratio of two measurements of one run carries over from machine to machine where seconds do not.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
IMPORTS = ("-c", "import prefect.main, great_expectations, pandas, duckdb")
DEMO = ("-m", "flows.cli", "demo", "--home")
SECTION = re.compile(r"(?<=--write -->\n).*?(?=\n<!-- demo-cost: end)", re.DOTALL)


def seconds(*arguments: str) -> float:
    """Wall time of a fresh Python with these arguments. Raises CalledProcessError if it fails."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "SUIVI_"))}
    environ |= {"PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "1"}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            env=environ | {"PREFECT_HOME": folder},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return time.perf_counter() - began


def measure(rounds: int) -> tuple[float, float, float]:
    """Best of `rounds`, alternating: importing the libraries, the demo on a new home, the demo on that home again."""
    seconds(*IMPORTS)  # compiled and in the page cache, for both
    imports, first, again = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as home:
            imports.append(seconds(*IMPORTS))
            first.append(seconds(*DEMO, f"{home}/home"))
            again.append(seconds(*DEMO, f"{home}/home"))
    return min(imports), min(first), min(again)


def main() -> None:
    """Measure, print, and with --write put the sentence into the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the sentence into README.md")
    options = parser.parse_args()
    imports, first, again = measure(options.rounds)
    print(f"imports {imports:.1f} s · demo {first:.1f} s, ratio {first / imports:.1f} · again {again:.1f} s, {again / imports:.1f}")
    sentence = (
        f"The whole demo takes {first / imports:.1f} times as long as importing its libraries on a new home, and"
        f" {again / imports:.1f} times on a home that has Prefect's\ndatabase already (measured {date.today()}, best of"
        f" {options.rounds}, Python {sys.version_info.major}.{sys.version_info.minor}, {os.cpu_count()} cores)."
    )
    print(sentence)
    if options.write:
        readme = ROOT / "README.md"
        text, times = SECTION.subn(sentence, readme.read_text(encoding="utf-8"))
        if times != 1:
            sys.exit("README.md has no demo-cost section")
        readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
