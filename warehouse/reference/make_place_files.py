"""Makes the reference files from unpacked `@etalab/decoupage-administratif` packages; run by hand, once a vintage.

    python -m warehouse.reference.make_place_files PACKAGE [EARLIER ...]

The youngest package is the one described; the EARLIER ones give the days on which communes began and
ended (one of them carries INSEE's history since 1943). docs/reference-data.md says what is kept and what is left out.
"""

import argparse
import csv
import datetime as dt
import gzip
import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

VINTAGES = {
    "0.7.0": 2019, "0.8.0": 2019, "1.1.1": 2021, "2.3.1": 2022,
    "3.1.1": 2023, "4.1.0": 2024, "5.3.0": 2025, "6.0.0": 2026,
}  # fmt: skip
KINDS = {
    "commune-actuelle": "COMMUNE",
    "arrondissement-municipal": "ARRONDISSEMENT",
    "commune-deleguee": "DELEGUEE",
    "commune-associee": "ASSOCIEE",
}
REGION = "32"  # Hauts-de-France
# The programme's first day: no return speaks of a day before it.
SINCE = "2017-09-25"
#: A postcode is more likely meant than the commune with that code where one that it serves is so many times larger. Any larger
#: one would question every inhabitant of Wattrelos (59650, the postcode of Villeneuve-d'Ascq), whose sender can correct nothing.
MANY_TIMES = 10

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """The last stretch of days during which a code was that of a commune; `end` is the first day it no longer was."""

    name: str = ""
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class Commune:
    """One line of communes.csv.gz, its columns in order; the name last, as it alone may need quotes."""

    commune_code: str
    current_commune_code: str
    is_current: bool
    kind: str
    valid_from: str | None
    valid_to: str | None
    department_code: str
    region_code: str
    epci_code: str | None
    population: int | None
    name: str


@dataclass(frozen=True)
class Package:
    """An unpacked vintage: its year and its lists."""

    version: str
    year: int
    communes: Sequence[Json]
    epci: Sequence[Json]
    departements: Sequence[Json]
    history: Sequence[Json]

    @property
    def current(self) -> list[Json]:
        """The communes of that year, without the former ones and the arrondissements."""
        return [commune for commune in self.communes if commune["type"] == "commune-actuelle"]


def read_package(folder: Path) -> Package:
    """Reads an unpacked package; OSError or KeyError if the folder is none, ValueError if its vintage is not known."""

    def listed(name: str) -> Sequence[Json]:
        path = folder / "data" / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else ()

    version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    if version not in VINTAGES:
        raise ValueError(f"version {version} is not in VINTAGES: add it with its year")
    lists = (listed(name) for name in ("communes", "epci", "departements", "historique-communes"))
    return Package(version, VINTAGES[version], *lists)


def department_of(code: str) -> str:
    """A commune code's department: its first two characters, three overseas."""
    return code[:3] if code[:2] in ("97", "98") else code[:2]


def history_spans(history: Sequence[Json]) -> dict[str, Span]:
    """The last span of every code in INSEE's history; a change of name alone does not start a new one."""
    periods = defaultdict(list)
    for entry in history:
        if entry["type"] == "COM":
            periods[entry["code"]].append(Span(entry["nom"], entry.get("dateDebut"), entry.get("dateFin")))
    # A few codes were given to delegated communes that had never been communes under them: their name is all there is.
    spans = {entry["code"]: Span(entry["nom"]) for entry in history if entry["code"] not in periods}
    for code, found in periods.items():
        found.sort(key=lambda span: (span.start or "", span.end or "9999"))
        last = found[0]
        for span in found[1:]:
            last = replace(span, start=last.start) if span.start == last.end else span
        spans[code] = last
    return spans


def spans_by_code(packages: Sequence[Package]) -> dict[str, Span]:
    """The last span of every code, from the history up to its vintage and from comparing the vintages after it.

    `packages` in order of year. Comparing gives 1 January of the first vintage with the change: a commune that ended
    in a year without a vintage (2020) ends a year late.
    """
    spans = history_spans([entry for package in packages for entry in package.history])
    for before, after in pairwise(packages):
        day = f"{after.year}-01-01"
        old = {commune["code"]: commune["nom"] for commune in before.current}
        new = {commune["code"]: commune["nom"] for commune in after.current}
        # Overseas collectivities came into the package late: that is no beginning of their communes.
        known_departments = {department_of(code) for code in old}
        for code in old.keys() - new.keys():
            spans[code] = replace(spans.get(code, Span(old[code])), end=day)
        for code in new.keys() - old.keys():
            spans[code] = Span(new[code], day if department_of(code) in known_departments else None)
    return spans


def present_communes(package: Package) -> dict[str, Commune]:
    """The communes of the vintage by code, with their EPCI; population 0 where nobody lives."""
    epci_of = {member["code"]: epci["code"] for epci in package.epci for member in epci["membres"]}
    return {
        commune["code"]: Commune(
            commune_code=commune["code"],
            current_commune_code=commune["code"],
            is_current=True,
            kind="COMMUNE",
            valid_from=None,
            valid_to=None,
            department_code=department_of(commune["code"]),
            region_code=commune["region"],
            epci_code=epci_of.get(commune["code"]),
            population=commune.get("population", 0),
            name=commune["nom"],
        )
        for commune in package.current
    }


def other_codes(package: Package) -> dict[str, tuple[str, str, str | None]]:
    """Codes that people still write and that are no commune's today: (present commune's code, kind, name if known)."""
    others: dict[str, tuple[str, str, str | None]] = {}
    for commune in package.current:
        for code in commune.get("anciensCodes", ()):
            others[code] = (commune["code"], "ANCIENNE", None)
    # Second, since a delegated commune's own entry is fresher than the list of a commune that it has left.
    for commune in package.communes:
        if commune["type"] != "commune-actuelle":
            parent = commune.get("chefLieu") or commune["commune"]
            others[commune["code"]] = (parent, KINDS[commune["type"]], commune["nom"])
    return others


def is_kept(commune: Commune, postcodes: Mapping[str, object]) -> bool:
    """Whether a code that is no commune's today is worth knowing.

    Not one that is a postcode today: 62110 is Hénin-Beaumont's postcode before it is Berguette, a commune until 1996,
    and reading it as Berguette would be a guess. Nor one that moved to another department before the programme (20004,
    now 2A004).
    """
    if commune.kind == "ARRONDISSEMENT":
        return True
    has_moved = commune.kind == "ANCIENNE" and department_of(commune.commune_code) != commune.department_code
    is_old = commune.valid_to is None or commune.valid_to <= SINCE
    return not (has_moved and is_old) and commune.commune_code not in postcodes


def postcodes_of(package: Package) -> dict[str, list[str]]:
    """Every postcode with the present communes that it serves, in order of their codes."""
    served: dict[str, set[str]] = defaultdict(set)
    for commune in package.current:
        for postcode in commune.get("codesPostaux", ()):
            served[postcode].add(commune["code"])
    return {postcode: sorted(codes) for postcode, codes in sorted(served.items())}


def is_told(postcode: str, served: Sequence[str], present: Mapping[str, str], population: Mapping[str, int]) -> bool:
    """Whether a postcode is worth telling: no commune has this code, or it serves one that is many times larger.

    `present` is the present commune's code of each code, `population` that of each present commune.
    """
    own = present.get(postcode)
    return own is None or any(code != own and population[code] > MANY_TIMES * population[own] for code in served)


def make_communes(packages: Sequence[Package]) -> list[Commune]:
    """All known codes in order, from the vintages in order of year; each resolves to a present commune."""
    package = packages[-1]
    spans = spans_by_code(packages)
    present = present_communes(package)
    postcodes = postcodes_of(package)
    rows = [replace(row, valid_from=spans.get(code, Span()).start) for code, row in present.items()]
    for code, (parent, kind, name) in other_codes(package).items():
        if code in present:  # a new commune often takes over the code of its main member
            continue
        span = spans.get(code, Span())
        row = replace(
            present[parent],
            commune_code=code,
            is_current=False,
            kind=kind,
            valid_from=span.start,
            valid_to=span.end,
            population=None,
            name=name or span.name,
        )
        if is_kept(row, postcodes):
            rows.append(row)
    return sorted(rows, key=lambda row: row.commune_code)


def make_epci(package: Package, communes: Iterable[Commune]) -> list[tuple[object, ...]]:
    """Rows of epci.csv: populations are sums of the communes', the department is where most of the people live."""
    by_department: dict[str, Counter[str]] = defaultdict(Counter)
    in_region = set()
    for row in communes:
        if row.is_current and row.epci_code is not None:
            by_department[row.epci_code][row.department_code] += row.population or 0
            if row.region_code == REGION:
                in_region.add(row.epci_code)
    return [
        (
            epci["code"],
            epci["nom"],
            epci["type"],
            by_department[epci["code"]].total(),
            max(sorted(by_department[epci["code"]].items()), key=lambda item: item[1])[0],
            epci["code"] in in_region,
        )
        for epci in sorted(package.epci, key=lambda epci: epci["code"])
    ]


def make_departements(package: Package, communes: Iterable[Commune]) -> list[tuple[object, ...]]:
    """Rows of departements.csv, with the sum of their communes' populations."""
    population: Counter[str] = Counter()
    for row in communes:
        population[row.department_code] += row.population or 0
    departements = sorted(package.departements, key=lambda departement: departement["code"])
    return [(item["code"], item["nom"], item["region"], population[item["code"]]) for item in departements]


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 CSV with LF, so that files made anywhere are the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def make_files(packages: Sequence[Package]) -> dict[str, bytes]:
    """The reference files by name, from the vintages in any order; the youngest is the one described."""
    packages = sorted(packages, key=lambda package: package.year)
    package = packages[-1]
    communes = make_communes(packages)
    present = {row.commune_code: row.current_commune_code for row in communes}
    population = {row.commune_code: row.population or 0 for row in communes}
    served_by = postcodes_of(package).items()
    postcodes = ((code, " ".join(served)) for code, served in served_by if is_told(code, served, present, population))
    columns = tuple(Commune.__dataclass_fields__)
    commune_rows = ([getattr(row, column) for column in columns] for row in communes)
    epci_columns = ("epci_code", "name", "kind", "population", "department_code", "is_in_region")
    departement_columns = ("department_code", "name", "region_code", "population")
    return {
        # Compressed to stay small in git's history, without a time stamp.
        "communes.csv.gz": gzip.compress(csv_bytes(columns, commune_rows), 9, mtime=0),
        "epci.csv": csv_bytes(epci_columns, make_epci(package, communes)),
        "departements.csv": csv_bytes(departement_columns, make_departements(package, communes)),
        "postcodes.csv": csv_bytes(("postcode", "commune_codes"), postcodes),
    }


def source_toml(packages: Sequence[Package], files: Mapping[str, bytes], made_on: dt.date) -> str:
    """What SOURCE.toml says: where the files come from, and their hashes."""
    versions = [package.version for package in sorted(packages, key=lambda package: package.year)]
    lines = [
        "# Written by make_place_files.py: where the files beside it come from. See docs/reference-data.md.",
        'source = "npm package @etalab/decoupage-administratif"',
        f'version = "{versions[-1]}"',
        f"vintage = {VINTAGES[versions[-1]]}",
        f"earlier_versions = {json.dumps(versions[:-1])}  # for the days on which communes began and ended",
        'upstream = "INSEE (code officiel géographique, populations légales), DGCL (EPCI), La Poste (codes postaux)"',
        'licence_of_the_data = "Licence Ouverte / Open Licence (Etalab)"',
        'licence_of_the_package_code = "MIT (none of it is copied here)"',
        'script = "warehouse/reference/make_place_files.py"',
        f"made_on = {made_on.isoformat()}",
        "",
        "[sha256]",
        *(f'"{name}" = "{hashlib.sha256(data).hexdigest()}"' for name, data in files.items()),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the files and SOURCE.toml into --to (default: beside this script)."""
    parser = argparse.ArgumentParser(description="Makes the reference files from unpacked packages.")
    parser.add_argument("packages", nargs="+", type=Path, help="folders of unpacked packages; the youngest counts")
    parser.add_argument("--to", type=Path, default=Path(__file__).parent, help="where to write")
    parser.add_argument("--date", type=dt.date.fromisoformat, default=None, help="the day to note (default: today)")
    options = parser.parse_args(arguments)
    packages = [read_package(folder) for folder in options.packages]
    files = make_files(packages)
    for name, data in files.items():
        (options.to / name).write_bytes(data)
    made_on = options.date or dt.datetime.now(dt.UTC).date()
    (options.to / "SOURCE.toml").write_text(source_toml(packages, files, made_on), encoding="utf-8")


if __name__ == "__main__":
    main()
