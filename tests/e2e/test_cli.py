"""The command line without Prefect: help, exit codes, errors of one line, check, sql, and what they leave alone."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from expectations.contract.returns import RETURNS
from flows.cli import MODULES, main

COMMANDS = [module.command.name for module in MODULES]


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """The error: one line on stderr, nothing on stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "--debug" in capsys.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {command}" in out for command in COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from flows.cli import main; main(['--help']); print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for library in ("prefect", "pandas", "pyarrow", "duckdb", "great_expectations", "rich"):
        assert f"'{library}'" not in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope"], "No such command 'nope'"),
        (["nightly", "--as-of", "31/03/2026"], "is not a day: write it as 2026-03-31"),
        (["nightly", "--as-of", "20260331"], "is not a day"),
        (["nightly", "--as-of", "2026-02-30"], "is not a day"),
        (["nightly", "--format", "xml"], "Invalid value for '--format'"),
        (["nightly", "extra"], "unexpected extra argument"),
        (["check"], "Missing argument 'FILE...'"),
        (["check", "absent.csv"], "does not exist"),
        (["check", "."], "is a directory"),
        (["template", "stagiaires"], "Invalid value for '[KIND]'"),
        (["template"], "name one return, or --all FILE for all of them"),
        (["template", "suivi", "--all", "tout.xlsx"], "name one return, or --all FILE for all of them"),
        (["template", "suivi", "--format", "xlsx"], "xlsx is not for a terminal: name a file with --out"),
        (["template", "suivi", "--format", "ods"], "ods is not for a terminal: name a file with --out"),
        (["template", "suivi", "--format", "ods", "--out", "suivi.xlsx"], "suivi.xlsx would hold ods"),
        (["template", "suivi", "--out", "suivi.xlsx", "--example"], "a workbook has its examples on a sheet of its own"),
        (["template", "--all", "tout.csv"], "a CSV holds one return"),
        (["template", "--all", "tout.xlsx", "--out", "x.xlsx"], "leave out --out"),
        (["template", "suivi", "--out", "absent/suivi.xlsx"], "absent/suivi.xlsx cannot be written"),
        (["synth", "x", "--dirty", "2"], "Invalid value for '--dirty'"),
        (["sql"], "Missing argument 'QUERY'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert sentence in told(capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["nightly", "demo", "status", "sql"])
def test_a_home_that_cannot_be_is_wrong_use(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUIVI_SETTLE_SECONDS", "0")
    (tmp_path / "suivi.toml").write_text("refuse_above = 7\n")
    extra = ["SELECT 1"] if command == "sql" else []
    assert main([command, *extra, "--home", str(tmp_path)]) == 2
    assert "refuse_above must be a number from 0 to 1" in told(capsys)


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["sql", "SELECT 1", "--home", str(tmp_path), "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err
    assert main(["--debug", "sql", "SELECT 1", "--home", str(tmp_path)]) == 2
    assert "Traceback" in capsys.readouterr().err


# ---------------------------------------------------------------------------------------------------------------- check


def template(kind: str, example: bool, capsys: pytest.CaptureFixture[str]) -> bytes:
    assert main(["template", kind, *(["--example"] if example else [])]) == 0
    return capsys.readouterr().out.encode("utf-8")


@pytest.mark.parametrize("kind", RETURNS)
def test_the_example_of_every_template_is_accepted(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{kind}.csv"
    assert main(["template", kind, "--example", "--output", str(path)]) == 0
    assert path.read_bytes() == template(kind, True, capsys)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert main(["check", "--format", "json", str(path)]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert (file["kind"], file["decision"], file["quarantined"]) == (kind, "accepted", 0)
    assert file["records"] > 0


ALL_RETURNS = ["sessions", "apprenants", "suivi", "depenses", "actions", "financements"]


@pytest.mark.parametrize(("arguments", "sheets"), [
    (["suivi", "--out", "modele.xlsx"], ["suivi"]),
    (["suivi", "-o", "modele.ods"], ["suivi"]),
    (["suivi", "--output", "modele", "--format", "ods"], ["suivi"]),
    (["--all", "modele.xlsx"], ALL_RETURNS),
    (["--all", "modele.ods"], ALL_RETURNS),
    (["--all", "modele"], ALL_RETURNS),
])  # fmt: skip
def test_a_template_can_be_a_workbook(
    arguments: list[str], sheets: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["template", *arguments]) == 0
    (path,) = tmp_path.iterdir()
    is_ods = any("ods" in argument for argument in arguments)
    assert path.read_bytes().startswith(b"PK") and (b"opendocument" in path.read_bytes()[:100]) == is_ods
    assert CalamineWorkbook.from_path(str(path)).sheet_names == [*sheets, "Mode d'emploi", "Listes"]


def test_check_names_every_line_in_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    titles, row = template("depenses", True, capsys).decode("utf-8-sig").splitlines()
    rows = [row.replace("F-2018-0042", f"F{number}").replace("PERSONNEL", "?" if number % 3 else "AUTRE") for number in range(45)]
    path = tmp_path / "retour.csv"
    path.write_text("\n".join([titles, *rows, *(row.replace("F-2018-0042", f"G{number}") for number in range(20))]), encoding="utf-8")
    main(["check", str(path)])
    (said,) = [line for line in capsys.readouterr().out.splitlines() if "erreur DEP-05L" in line]
    wrong = [number + 2 for number in range(45) if number % 3]
    assert said.strip().startswith(f"lignes {', '.join(map(str, wrong[:-1]))} et {wrong[-1]}, colonne poste")


def test_check_finds_an_error_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "retour.csv"
    example = template("sessions", True, capsys).decode("utf-8-sig").splitlines()
    broken = example[1].split(";")
    broken[example[0].split(";").index("debut")] = "CANARI-31/02/2026"
    path.write_text("\n".join([*example, ";".join(broken)]), encoding="utf-8")

    assert main(["check", str(path)]) == 1
    text = capsys.readouterr().out
    assert f"ligne {len(example) + 1}, colonne debut\u00a0: erreur SES-" in text
    assert "CANARI" not in text

    assert main(["check", str(path), "--format", "json"]) == 1
    out = capsys.readouterr().out
    assert "CANARI" not in out
    (file,) = json.loads(out)["files"]
    assert set(file) == {
        "name", "sha256", "kind", "provider_siret", "decision", "records", "accepted", "quarantined", "blank_lines",
        "reasons", "findings",
    }  # fmt: skip
    assert file["records"] == file["accepted"] + file["quarantined"]
    assert all(set(finding) == {"line", "column", "rule", "severity", "message"} for finding in file["findings"])
    assert {"starts_on"} <= {finding["column"] for finding in file["findings"] if finding["severity"] == "error"}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04rest", b"%PDF-1.7", b"a;b;c\n1;2;3\n", b"\x00" * 50, b'"', b"\xff\xfe"])
def test_check_of_a_hopeless_file_is_a_refusal_in_french(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fichier.csv"
    path.write_bytes(data)
    assert main(["check", str(path)]) == 1
    out, err = capsys.readouterr()
    assert "refusé" in out
    assert err == ""


@pytest.mark.parametrize("has_rows", [False, True])
def test_check_writes_nothing_and_imports_what_it_needs(
    has_rows: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(template("sessions", True, capsys) if has_rows else b"")
    code = f"import sys; from flows.cli import main; main(['check', {str(path)!r}]); print(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env={"PYTHONPATH": str(Path.cwd())}
    ).stdout
    imported = set(out.splitlines()[-1].split())
    # What Great Expectations has for expectations of others, and the dashboard's charts: half a second each (suites/unused_imports.py).
    assert not imported & {"prefect", "scipy.special", "altair.vegalite", "vl_convert"}
    assert ("great_expectations" in imported) == has_rows
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_a_hostile_file_name_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "[red]\x1b[31m\u202e<b>.csv"
    path.write_bytes(b"")
    assert main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]" in out


# ------------------------------------------------------------------------------------------------------------------ sql


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1, '=1+1', DATE '2026-03-31', 1.50::DECIMAL(14,2)),"
                    " (2, NULL, NULL, NULL)) AS v(n, text, day, amount)")  # fmt: skip
        con.execute("CREATE VIEW seen AS SELECT n / 100000 AS small FROM t")
    return tmp_path


def test_sql_table(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT n, text FROM t ORDER BY n", "--home", str(home)]) == 0
    out = capsys.readouterr().out
    assert "=1+1" in out
    assert out.endswith("2 rows\n")


def test_sql_csv_escapes_formulas(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT *, -n AS below, '@x' AS \"=head\" FROM t ORDER BY n"
    assert main(["sql", query, "--home", str(home), "--format", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [
        ["n", "text", "day", "amount", "below", "'=head"],
        ["1", "'=1+1", "2026-03-31", "1.50", "-1", "'@x"],
        ["2", "", "", "", "-2", "'@x"],
    ]


def test_sql_csv_for_a_french_spreadsheet(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "t.csv"
    query = "SELECT *, -amount AS below, n = 1 AS is_first, TIMESTAMP '2026-03-31 04:00' AS at FROM t ORDER BY n"
    assert main(["sql", query, "--home", str(home), "--format", "csv-fr", "-o", str(path)]) == 0
    assert path.read_bytes().decode("utf-8").split("\r\n") == [
        "\ufeffn;text;day;amount;below;is_first;at",
        "1;'=1+1;31/03/2026;1,50;-1,50;VRAI;31/03/2026 04:00:00",
        "2;;;;;FAUX;31/03/2026 04:00:00",
        "",
    ]


def cells(workbook: Path) -> list[tuple[str | None, ...]]:
    """Of each cell with a value: where, how it is stored (n: number, b: truth, inlineStr), and what."""
    sheet = zipfile.ZipFile(workbook).read("xl/worksheets/sheet1.xml")
    return [(cell.get("r"), cell.get("t", "n"), "".join(cell.itertext())) for cell in ElementTree.fromstring(sheet).iter() if cell.tag.endswith("}c")]


def test_sql_xlsx_keeps_numbers_dates_and_texts_apart(home: Path) -> None:
    path = home / "t.xlsx"
    query = "SELECT *, n = 1 AS is_first, TIMESTAMP '2026-03-31 06:00' AS at, 90012000700019123 AS long FROM t ORDER BY n LIMIT 1"
    assert main(["sql", query, "--home", str(home), "--format", "xlsx", "-o", str(path)]) == 0
    assert cells(path) == [
        *[(f"{column}1", "inlineStr", title) for column, title in zip("ABCDEFG", ("n", "text", "day", "amount", "is_first", "at", "long"), strict=True)],
        ("A2", "n", "1"), ("B2", "inlineStr", "=1+1"), ("C2", "n", "46112"), ("D2", "n", "1.5"), ("E2", "b", "1"), ("F2", "n", "46112.25"),
        ("G2", "inlineStr", "90012000700019123"),
    ]  # fmt: skip


@pytest.mark.parametrize(("query", "said"), [("SELECT repeat('x', 32768)", "32 767 signs"), (f"SELECT {'1, ' * 16385}", "16 384 columns")])
def test_sql_xlsx_cuts_nothing(query: str, said: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", query, "--home", str(home), "--format", "xlsx", "-o", str(home / "t.xlsx")]) == 2
    assert said in capsys.readouterr().err
    assert not (home / "t.xlsx").exists()


def test_export_writes_every_table(home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for output_format, ending in (("parquet", "parquet"), ("csv", "csv"), ("csv-fr", "csv"), ("xlsx", "xlsx")):
        folder = tmp_path / output_format / "of today"
        assert main(["export", str(folder), "--home", str(home), "--format", output_format]) == 0
        assert sorted(path.name for path in folder.iterdir()) == [f"main.seen.{ending}", f"main.t.{ending}"]
    found = duckdb.execute(f"SELECT sum(n) FROM read_parquet('{tmp_path}/parquet/of today/main.t.parquet')").fetchone()
    assert found == (3,)
    assert b"1;'=1+1;31/03/2026;1,50" in (tmp_path / "csv-fr/of today/main.t.csv").read_bytes()
    assert b"\r\n0,00001\r\n" in (tmp_path / "csv-fr/of today/main.seen.csv").read_bytes()


def test_sql_json_and_parquet(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT n, n, day, amount FROM t ORDER BY n", "--home", str(home), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"n": 1, "n_2": 1, "day": "2026-03-31", "amount": 1.5},
        {"n": 2, "n_2": 2, "day": None, "amount": None},
    ]
    path = home / "t.parquet"
    assert main(["sql", "SELECT n, amount FROM t", "--home", str(home), "--format", "parquet", "-o", str(path)]) == 0
    assert duckdb.execute(f"SELECT sum(n) FROM read_parquet('{path}')").fetchone() == (3,)


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE t",
        "INSERT INTO t VALUES (3, '', NULL, NULL)",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY t TO 'stolen.csv'",
        "ATTACH 'other.duckdb'",
        "SET enable_external_access = true",
        "SELEC 1",
        "SELECT * FROM absent",
        "INSTALL httpfs",
    ],
)
def test_sql_can_only_read_the_warehouse(
    query: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    before = sorted(path.name for path in home.iterdir())
    assert main(["sql", query, "--home", str(home)]) == 2
    assert told(capsys).startswith("suivi: the query cannot be run: ")
    assert sorted(path.name for path in home.iterdir()) == before


def test_sql_without_a_result_is_no_crash(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT n FROM t WHERE false", "--home", str(home)]) == 0
    assert "0 rows" in capsys.readouterr().out


# ------------------------------------------------------------------------------------------------- rules, words, synth


@pytest.mark.parametrize("output_format", ["text", "md", "html", "json"])
@pytest.mark.parametrize("command", ["rules", "dictionary"])
def test_catalogue_in_every_format(command: str, output_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--format", output_format]) == 0
    out = capsys.readouterr().out
    assert "naissance" in out
    if output_format == "json":
        json.loads(out)


def test_synth_writes_the_same_files_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--providers", "2", "--learners", "20", "--seed", "7", "--dirty", "0.1"]
    for name in ("a", "b"):
        assert main(["synth", str(tmp_path / name), *arguments]) == 0
    capsys.readouterr()
    files = {p.relative_to(tmp_path / "a"): p.read_bytes() for p in (tmp_path / "a").rglob("*.csv")}
    assert files == {p.relative_to(tmp_path / "b"): p.read_bytes() for p in (tmp_path / "b").rglob("*.csv")}
    assert any("truth" in path.parts for path in files)
    assert main(["synth", str(tmp_path / "home" / "inbox"), *arguments]) == 0, "a night would take the truth for returns"
    assert [path.parent for path in (tmp_path / "home").rglob("truth.json")] == [tmp_path / "home" / "truth"]
