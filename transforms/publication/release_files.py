"""All files of a release by their paths in its folder: data in three formats, schemas, descriptions, pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expectations.programme.rules import PublicationRule
from transforms.publication.dcat import dcat
from transforms.publication.differences import differences
from transforms.publication.files import DATA, FRENCH, PARQUET, csv_file, french_csv_file, parquet_file
from transforms.publication.pages import differences_page, method_page, release_page
from transforms.publication.schemas import About, data_package, table_schema
from transforms.publication.table import FilledTable


def data_files(filled: Mapping[str, FilledTable]) -> dict[str, bytes]:
    """The tables in their three formats, and the schema of each."""
    found: dict[str, bytes] = {}
    for name, table in filled.items():
        found[f"{DATA}/{name}.csv"] = csv_file(table)
        found[f"{FRENCH}/{name}.csv"] = french_csv_file(table)
        found[f"{PARQUET}/{name}.parquet"] = parquet_file(table)
        found[f"schemas/{name}.json"] = _json(table_schema(table.table))
    return found


def other_files(
    about: About, rule: PublicationRule, filled: Mapping[str, FilledTable], data: Mapping[str, bytes], earlier: Path | None,
    titles: Mapping[str, str],
) -> dict[str, bytes]:
    """What goes with the data: data package, DCAT, and the pages.

    Args:
        about: the release.
        rule: how few people are not told.
        filled: its tables by name.
        data: their files, as data_files gives them.
        earlier: the folder of the release before it, with which it is compared; None where there is none.
        titles: the title of each action by its level_id.

    Raises OSError where the earlier release cannot be read.
    """
    found = differences(earlier, filled) if earlier else None
    pages = {
        "index.html": release_page(about, rule, filled, data, titles),
        "methode.html": method_page(about, rule, filled),
        "differences.html": differences_page(about, earlier.name if earlier else None, found, filled),
    }
    return {
        "datapackage.json": _json(data_package(about, filled, data)),
        "dcat.jsonld": _json(dcat(about, filled, data)),
        **{name: page.encode() for name, page in pages.items()},
    }


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
