"""What root is warned of before it makes a venv that a service user could not run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT


def test_a_program_or_a_python_that_others_cannot_read_is_named(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("root alone makes programs for others")
    folder = Path("/srv") / f"suivi-{tmp_path.name}-{os.getpid()}"
    (folder / "closed").mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    try:
        said = [
            subprocess.run(
                [sys.executable, str(ROOT / "deploy" / "readable_by_all.py"), str(place)], capture_output=True, text=True, check=True
            ).stderr
            for place in (folder / "closed", tmp_path)
        ]
    finally:
        shutil.rmtree(folder)
    assert f"cannot read {folder / 'closed'}," in said[0]
    assert "PYTHON=/usr/bin/python3" in said[0]
    assert said[1] == "", "a clone elsewhere is root's own"
