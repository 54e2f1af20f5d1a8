"""What a release says of its files to programs: a Table Schema for each table, and the data package around all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from transforms.publication.files import DATA, FRENCH, PARQUET
from transforms.publication.grants import Publisher
from transforms.publication.table import FilledTable, Table

LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte / Open Licence, version 2.0 (Etalab)",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
TITLE = "École Régionale du Numérique : suivi des formations"
DESCRIPTION = (
    "Publics, fins de formation, certifications, sorties positives, argent et territoire du programme École Régionale du"
    " Numérique, cumulés depuis son début. Les nombres de personnes trop petits sont masqués (s : secret statistique)."
)
SOURCES = (
    {"title": "Retours des organismes de formation et de la Région, contrôlés et comptés chaque nuit"},
    {"title": "Populations municipales, INSEE", "path": "https://www.insee.fr/fr/information/2008354"},
    {"title": "Intercommunalités, DGCL", "path": "https://www.collectivites-locales.gouv.fr/"},
)
KEYWORDS = ("formation professionnelle", "numérique", "insertion", "subventions", "Hauts-de-France")


@dataclass(frozen=True)
class About:
    """What is said of a release as a whole: name, period and its last day, reference date, when it was made, and by whom.

    `earlier` are the releases before it: name and SHA-256 of the list of hashes of each.
    """

    name: str
    period: str
    first_day: date
    last_day: date
    as_of: date
    created_at: datetime
    publisher: Publisher
    suivi_version: str
    programme_version: str
    earlier: Sequence[tuple[str, str]]


def table_schema(table: Table, *, french: bool = False) -> dict[str, Any]:
    """The Table Schema of a table's CSV; `french` is that of the one for French spreadsheets."""
    schema: dict[str, Any] = {
        "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
        "name": table.name,
        "title": table.title,
        "description": table.description,
        **table.about,
        "fields": [
            {
                "name": column.name, "type": column.type, "title": column.title, "description": column.description,
                **({"constraints": dict(column.constraints)} if column.constraints else {}),
                **(_FRENCH.get(column.type, {}) if french else {}), **column.more,
            }
            for column in table.fields
        ],
        "missingValues": list(table.missing_values),
    }  # fmt: skip
    if table.primary_key:
        schema["primaryKey"] = list(table.primary_key)
    if table.foreign_keys:
        schema["foreignKeys"] = [
            {"fields": list(key.fields), "reference": {"resource": key.table, "fields": list(key.in_fields)}}
            for key in table.foreign_keys
        ]
    return schema


_FRENCH: dict[str, dict[str, Any]] = {
    "number": {"decimalChar": ","},
    "boolean": {"trueValues": ["VRAI"], "falseValues": ["FAUX"]},
    "date": {"format": "%d/%m/%Y"},
}


def data_package(about: About, tables: Mapping[str, FilledTable], files: Mapping[str, bytes]) -> dict[str, Any]:
    """The data package of a release (https://specs.frictionlessdata.io/data-package/).

    Args:
        about: the release.
        tables: its tables by name.
        files: its files by their paths in its folder; those of the tables are its resources, with their hashes.
    """
    resources = []
    for name, filled in tables.items():
        resources.append(_resource(filled.table, f"{DATA}/{name}.csv", name, files) | {
            "profile": "tabular-data-resource", "encoding": "utf-8",
            "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True}, "schema": f"schemas/{name}.json",
        })  # fmt: skip
    for name, filled in tables.items():
        # its keys lead to the tables above: foreign keys are theirs
        schema = {key: value for key, value in table_schema(filled.table, french=True).items() if key != "foreignKeys"}
        resources.append(_resource(filled.table, f"{FRENCH}/{name}.csv", f"{name}-fr", files) | {
            "profile": "tabular-data-resource", "encoding": "utf-8-sig",
            "dialect": {"delimiter": ";", "lineTerminator": "\r\n", "header": True}, "schema": schema,
        })  # fmt: skip
    # files to frictionless, whose hash and size it checks: of a Parquet that it reads as a table it knows no size
    resources += [
        _resource(filled.table, f"{PARQUET}/{name}.parquet", f"{name}-parquet", files) | {"type": "file"}
        for name, filled in tables.items()
    ]
    return {
        "profile": "data-package",
        "name": f"ecole-regionale-du-numerique-{about.name.lower()}",
        "id": f"ecole-regionale-du-numerique/{about.name}",
        "title": f"{TITLE}, {about.name}",
        "description": DESCRIPTION,
        "version": about.name,
        "created": about.created_at.isoformat(timespec="seconds"),
        "licenses": [LICENCE],
        "sources": list(SOURCES),
        "contributors": [{"title": about.publisher.name, "role": "publisher"}],
        "keywords": list(KEYWORDS),
        "period": about.period,
        "lastDay": about.last_day.isoformat(),
        "referenceDate": about.as_of.isoformat(),
        "publisherSiret": about.publisher.siret,
        "suiviVersion": about.suivi_version,
        "programmeVersion": about.programme_version,
        "earlierReleases": [{"name": name, "sha256sums": digest} for name, digest in about.earlier],
        "resources": resources,
    }


def _resource(table: Table, path: str, name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    ending = path.rpartition(".")[2]
    return {
        "name": name, "path": path, "title": table.title, "description": table.description, "format": ending,
        "mediatype": MEDIA_TYPES[ending], "bytes": len(files[path]), "hash": f"sha256:{sha256(files[path])}",
    }  # fmt: skip


MEDIA_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def sha256(content: bytes) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
