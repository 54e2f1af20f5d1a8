"""What no linter proves of the repository: its promises about files, names, pins, documents and imports."""

import ast
import re
import stat
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.command import ROOT

PACKAGES = ("flows", "expectations", "transforms", "warehouse")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SQL = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.sql"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
#: what each extra adds to it
EXTRA_LOCKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "requirements").glob("*.txt"))}
LOCKS = {"requirements.txt": LOCK, **EXTRA_LOCKS}
README = (ROOT / "README.md").read_text(encoding="utf-8")
DECISIONS = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")

#: distributions whose import name differs from theirs
IMPORT_NAMES = {
    "css-inline": "css_inline", "great-expectations": "great_expectations", "python-stdnum": "stdnum",
    "vl-convert-python": "vl_convert", "python-calamine": "python_calamine", "python-multipart": "python_multipart",
    "prefect-dask": "prefect_dask",
}  # fmt: skip
#: declared, imported by nobody here, and why
NOT_IMPORTED = {"tzdata": "data of zoneinfo"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def requirement(text: str) -> tuple[str, str]:
    match = re.match(r"([A-Za-z0-9_.-]+)(?:\[[a-z0-9, -]+\])?(.*)", text)
    assert match
    return match[1].lower().replace("_", "-"), match[2]


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z0-9, -]+\])?==(\S+)", lock, re.MULTILINE))


DIRECT = dict(map(requirement, PROJECT["project"]["dependencies"]))
EXTRAS = {extra: dict(map(requirement, texts)) for extra, texts in PROJECT["project"]["optional-dependencies"].items()}
DEVELOPMENT = EXTRAS.pop("dev")
DECIDED = {**DIRECT, **DEVELOPMENT, **{name: wanted for extra in EXTRAS.values() for name, wanted in extra.items()}}
PINS = pins(LOCK)


# ---------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("path", SOURCES + TESTS + SQL, ids=named)
def test_no_file_is_over_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_opens_with_a_sentence_on_what_it_owns(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_bytes()))
    assert docstring
    assert docstring.splitlines()[0].rstrip().endswith((".", "?", ":", "»")), "the first line is one whole sentence"


@pytest.mark.parametrize("path", SOURCES + SQL, ids=named)
def test_no_module_is_named_after_nothing(path: Path) -> None:
    assert not {"utils", "util", "helpers", "helper", "common", "core", "misc", "manager"} & {*path.parts, path.stem}


@pytest.mark.parametrize("path", SOURCES + TESTS + SQL, ids=named)
def test_no_file_names_a_place_of_one_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"""["'(](/work|/tmp|/root|/opt|/home/[a-z])\b""", text) or path == Path(__file__)


def test_every_folder_of_code_is_a_package() -> None:
    """An installation from a wheel leaves out a folder without __init__.py, where the editable one hides it."""
    assert not [named(path.parent) for path in SOURCES if not (path.parent / "__init__.py").exists()]


def test_every_kind_of_data_file_is_in_the_package() -> None:
    globs = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    data = [p for package in PACKAGES for p in (ROOT / package).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert not [named(p) for p in data if p.suffix not in {".py", ".pyc"} and not any(p.match(glob) for glob in globs)]


def test_ci_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR


# -------------------------------------------------------------------------------------------------------------- imports


@pytest.mark.parametrize("path", sorted((ROOT / "expectations" / "contract").rglob("*.py")), ids=named)
def test_the_contract_imports_the_standard_library_alone(path: Path) -> None:
    others = {name for name in imports(path) if name.partition(".")[0] not in sys.stdlib_module_names}
    assert not {name for name in others if not f"{name}.".startswith("expectations.contract.")}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_the_environment_is_read_in_one_module(path: Path) -> None:
    """Setting a variable for a library is no reading; `flows.prefect_runtime.home` is the one that puts Prefect's aside."""
    if named(path) in {"flows/settings.py", "flows/prefect_runtime/home.py"}:
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"os\.getenv|environ\.get|environ\[[^\]]+\](?! *= )", text)


def test_third_parties_are_declared_and_declared_ones_are_used() -> None:
    used = {name.partition(".")[0] for path in SOURCES for name in imports(path)}
    third = used - set(sys.stdlib_module_names) - set(PACKAGES)
    names = {*DIRECT, *(name for extra in EXTRAS.values() for name in extra)}
    declared = {IMPORT_NAMES.get(name, name) for name in names if name not in NOT_IMPORTED}
    assert third == declared


# ----------------------------------------------------------------------------------------------------------------- pins


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_requirements_is_a_pin_or_a_hash(lock: str) -> None:
    for line in LOCKS[lock].splitlines():
        assert re.fullmatch(
            r"[a-z0-9.-]+(\[[a-z0-9, -]+\])?==[A-Za-z0-9.+]+( ; [^/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    # .*", line
        ), line
    assert not re.search(r"://|--index|--extra|--find|--trusted|@ ", LOCKS[lock]), "no index or host is named"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    blocks = re.split(r"^(?=\S)", LOCKS[lock], flags=re.MULTILINE)[1:]
    assert {re.match(r"[a-z0-9.-]+", block)[0] for block in blocks} == set(pins(LOCKS[lock]))  # type: ignore[index]
    assert all("--hash=sha256:" in block for block in blocks)


def test_extras_that_a_pin_asks_for_are_in_the_pins() -> None:
    """Pip before 23.3 does not apply the pin of `coverage` to `coverage[toml]`: it takes the newest, which has no hash here."""
    pinned = {name: set(extras.split(", ")) for name, extras in re.findall(r"^([a-z0-9.-]+)\[([a-z0-9, -]+)\]==", LOCK, re.MULTILINE)}
    for name in PINS:
        try:
            wanted = map(Requirement, metadata.requires(name) or ())
        except metadata.PackageNotFoundError:
            continue  # for another platform
        for one in wanted:
            if one.extras and (one.marker is None or one.marker.evaluate({"extra": ""})):
                assert one.extras <= pinned.get(one.name.lower().replace("_", "-"), set()), f"{name} wants {one}"


def test_an_extra_moves_no_pin_and_has_its_own() -> None:
    assert EXTRAS.keys() == EXTRA_LOCKS.keys()
    for extra, lock in EXTRA_LOCKS.items():
        assert pins(lock) == {name: PINS.get(name, version) for name, version in pins(lock).items()}
        assert EXTRAS[extra].items() <= {(name, f"=={version}") for name, version in pins(lock).items()}


@pytest.mark.parametrize("name", sorted(DIRECT | DEVELOPMENT))
def test_a_direct_dependency_is_pinned_as_declared(name: str) -> None:
    wanted = DECIDED[name]
    assert name in PINS
    assert wanted == f"=={PINS[name]}" or not wanted.startswith("==")


@pytest.mark.parametrize("name", sorted(DECIDED))
def test_a_direct_dependency_has_a_decision_that_names_its_version(name: str) -> None:
    wanted = DECIDED[name]
    version = wanted.removeprefix("==").replace("<", "< ")
    assert re.search(rf"\*\*{re.escape(name)} {re.escape(version)}\*\* \(", DECISIONS)


# ------------------------------------------------------------------------------------------------------------ documents


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", DECISIONS, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_readme_lists_the_settings_with_their_defaults() -> None:
    from flows.settings import KEYS, Settings

    rows = re.findall(r"^\| `(\w+)` \| `(SUIVI_\w+)` \| (.+?) \|", README, re.MULTILINE)
    assert {key for key, _, _ in rows} == set(KEYS)
    assert all(variable == f"SUIVI_{key.upper()}" for key, variable, _ in rows)
    written = {key: default.strip("`") for key, _, default in rows}
    for key in ("settle_seconds", "refuse_above", "max_file_mb", "smtp_security"):
        default = Settings.__dataclass_fields__[key].default
        assert written[key] == (f"{default:g}" if isinstance(default, float) else default), key


def test_the_readme_lists_the_commands_that_exist() -> None:
    from flows.cli import suivi

    assert set(re.findall(r"^\| `suivi ([\w-]+)", README, re.MULTILINE)) == set(suivi.commands)


@pytest.mark.parametrize("document", ["README.md", "CHANGELOG.md", "docs/decisions.md"])
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        assert "://" in target or (path.parent / target).exists(), target


def test_the_targets_that_the_readme_names_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", README.replace("make python3-venv", ""))) <= targets
