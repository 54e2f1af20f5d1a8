"""The audit log says who ran what and with which outcome, and shows when a line was taken out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows import audit
from flows.audit import audit_path, audited, broken_at, user


def lines(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in audit_path(home).read_text().splitlines()]


def test_a_command_has_a_line_as_it_begins_and_one_as_it_ends(home: Path) -> None:
    with audited(home, "erase") as entry:
        entry.counts["rows"] = 3
        entry.files = [f"{number}.csv" for number in range(300)] + ["a\x1b[2J.csv"]
    with pytest.raises(KeyError), audited(home, "rebuild"):
        raise KeyError("ZZCANARY")
    said = lines(home)
    assert [(line["command"], line["state"]) for line in said] == [
        ("erase", "begun"), ("erase", "done"), ("rebuild", "begun"), ("rebuild", "failed"),
    ]  # fmt: skip
    assert said[1]["counts"] == {"rows": 3}
    assert said[1]["files"][-1] == "… and 101 more"
    assert {line["user"] for line in said} == {user()}
    assert "ZZCANARY" not in audit_path(home).read_text()
    assert audit_path(home).stat().st_mode & 0o777 == 0o600
    assert broken_at(home) is None


def written(home: Path) -> list[str]:
    for command in ("a", "b", "c"):
        with audited(home, command):
            pass
    return audit_path(home).read_text().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda six: six[1:], 1),
        (lambda six: [*six[:2], *six[3:]], 3),
        (lambda six: [*six[:2], six[2].replace('"b"', '"x"'), *six[3:]], 3),
        (lambda six: [*six[:2], "rubbish\n", *six[3:]], 4),
        (lambda six: [*six[:3], six[4], six[3], six[5]], 4),
        (lambda six: [*six, '["no", "line"]\n'], 7),
        (lambda six: six, None),
        (lambda six: [*six, '{"at":"2026'], None),
    ],
)
def test_a_line_that_is_gone_or_changed_shows(home: Path, change: Any, line: int | None) -> None:
    audit_path(home).write_text("".join(change(written(home))))
    assert broken_at(home) == line


def test_after_a_line_that_a_power_cut_tore_the_log_goes_on(home: Path) -> None:
    text = "".join(written(home))
    audit_path(home).write_text(f'{text}{{"at":"2026')
    with audited(home, "d"):
        pass
    assert broken_at(home) is None
    assert len(audit_path(home).read_text().splitlines()) == 9


def test_a_long_line_before_is_found(home: Path) -> None:
    with audited(home, "a") as entry:
        entry.files = ["x" * 1000] * 200
    with audited(home, "b"):
        pass
    assert broken_at(home) is None


def test_who_became_another_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    login = tmp_path / "loginuid"
    monkeypatch.setattr(audit, "_LOGIN", login)
    alone = user()
    login.write_text("4294967295")
    assert user() == alone
    login.write_text("4294967294")
    assert user() == f"4294967294 as {alone}"


def test_without_its_log_a_command_does_not_begin(home: Path) -> None:
    audit_path(home).mkdir()
    with pytest.raises(OSError, match="directory"), audited(home, "erase"):
        pytest.fail("it began")
