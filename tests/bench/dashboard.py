"""The dashboard's size, and the CPU seconds that it takes: python -m tests.bench.dashboard [--providers N] [--learners N].

Of synthetic returns (500 providers and 100 000 learners make a night of some two minutes first), or with `--home DIR` of the
warehouse that is there.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from tests.golden.nights import Home
from transforms.synth import write
from warehouse.paris_days import PARIS

#: what the commission allows at 500 providers and 100 000 learners
MOST_BYTES, MOST_SECONDS = 10_000_000, 15


def main() -> None:
    """Print the figures; exit 1 where one is above what is allowed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--providers", type=int, default=500)
    parser.add_argument("--learners", type=int, default=100_000)
    parser.add_argument("--home", type=Path, help="a home with a warehouse, instead")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = asked.home or made(Path(scratch), asked.providers, asked.learners)
        # In a process of its own, imports included: what a night pays that has none of the libraries yet.
        code = "import sys; from pathlib import Path; from flows.settings import load_settings; from flows.pages.dashboard import" \
               " write_dashboard; write_dashboard(load_settings(Path(sys.argv[1])))"  # fmt: skip
        subprocess.run([sys.executable, "-c", code, str(home)], check=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        size = (home / "reports" / "index.html").stat().st_size
    seconds = used.ru_utime + used.ru_stime
    print(f"{size / 1e6:.2f} MB, {seconds:.1f} s of CPU, {used.ru_maxrss / 1024:.0f} MB of memory at most")
    sys.exit(size > MOST_BYTES or seconds > MOST_SECONDS)


def made(folder: Path, providers: int, learners: int) -> Path:
    """A home after a night on synthetic returns of that size."""
    returns = folder / "returns"
    truth = write(returns, providers=providers, learners=learners, seed=2026, dirty=0.05, today=datetime.now(PARIS).date())
    home = Home(folder / "home")
    home.night({name: (returns / name).read_bytes() for name in truth.files})
    return home.folder


if __name__ == "__main__":
    main()
