"""The worked changes of CONTRIBUTING.md: each is short, applies to this tree, and followed literally gives green tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command import ROOT, surroundings

MOST_LINES = 10


@dataclass(frozen=True)
class Change:
    """A heading, the change under it, and the commands under that."""

    title: str
    diff: str
    commands: tuple[str, ...]


def worked_changes() -> list[Change]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.findall(r"^### (.+?)$(?:(?!^### ).)*?```diff\n(.*?)```\n+```console\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    return [Change(title, diff, tuple(re.findall(r"^\$ (.+)$", commands, re.MULTILINE))) for title, diff, commands in found]


CHANGES = pytest.mark.parametrize("change", worked_changes(), ids=lambda change: change.title)


def applies(change: Change, *options: str, to: Path = ROOT) -> bool:
    """Whether git could apply the change, or with --reverse take it back; without --check it does."""
    command = ["git", "apply", *options, "-"]
    return subprocess.run(command, cwd=to, input=change.diff.encode(), capture_output=True, check=False).returncode == 0


def is_followed(change: Change) -> bool:
    return applies(change, "--check", "--reverse")


def test_there_is_a_change_for_a_rule_a_column_and_an_indicator() -> None:
    assert [change.title for change in worked_changes()] == ["A rule", "A column", "An indicator"]


@CHANGES
def test_a_worked_change_is_short(change: Change) -> None:
    added = re.findall(r"^\+(?!\+\+ )", change.diff, re.MULTILINE)
    removed = re.findall(r"^-(?!-- [ab/])", change.diff, re.MULTILINE)
    assert 0 < max(len(added), len(removed)) < MOST_LINES


@CHANGES
def test_a_worked_change_applies(change: Change) -> None:
    """Also where somebody has followed it already, as whoever reads it does."""
    assert applies(change, "--check") or is_followed(change)


@pytest.mark.guide
@CHANGES
def test_a_worked_change_followed_literally_gives_green_tests(change: Change, tmp_path: Path) -> None:
    if is_followed(change):
        pytest.skip("it has been followed in this tree: its tests are the tree's own")
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "var", "build", "__pycache__", "*.egg-info"))
    assert applies(change, to=copy)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = surroundings() | {"PATH": path, "PYTHONPATH": str(copy)}
    for command in change.commands:
        done = subprocess.run(command, cwd=copy, env=environ, shell=True, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
