"""How the cost of reading grows with a file: ratios within one run (python -m tests.bench.reading), near 10 where linear."""

from __future__ import annotations

import time

from tests.unit.transforms.read.test_read_bytes import HEADER, HOSTILE, S, read


def _seconds(text: str) -> float:
    began = time.process_time()
    read(text)
    return time.process_time() - began


def main() -> None:
    """Print, for a clean file and for each hostile one, the time of 50 000 lines over that of 5 000."""
    shapes = {"clean": f"{S};S1;a;b;c", **HOSTILE}
    for name, line in shapes.items():
        first = "" if name == "clean" else f'{S};S1;"a;b;c\n'
        small, large = (_seconds(f"{HEADER}\n{first}" + f"{line}\n" * n) for n in (5_000, 50_000))
        print(f"{name:32} {large / small:5.1f}")


if __name__ == "__main__":
    main()
