"""The files of a release: what they hold, that each is what its schema says, and that they can be read back."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.table_schema import faults, lost
from tests.unit.transforms.publication.releases import PERIOD, Made, make
from transforms.publication.filled_tables import TABLES
from transforms.publication.read_release import ReleaseName, read_published_counts, read_table, release_name
from transforms.publication.table import HIDDEN

NAMES = [table.name for table in TABLES]


@pytest.fixture(scope="module")
def made() -> Made:
    return make()


@pytest.fixture(scope="module")
def files(made: Made) -> dict[str, bytes]:
    return made.files()


@pytest.fixture
def folder(files: Mapping[str, bytes], tmp_path: Path) -> Path:
    return written(files, tmp_path / PERIOD)


def written(files: Mapping[str, bytes], release: Path) -> Path:
    for path, content in files.items():
        (release / path).parent.mkdir(parents=True, exist_ok=True)
        (release / path).write_bytes(content)
    return release


def unit(folder: Path, table: str, level: str, level_id: str = "") -> dict[str, str]:
    (row,) = (row for row in read_table(folder, table) if (row["level"], row["level_id"]) == (level, level_id))
    return row


def package(files: Mapping[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["datapackage.json"])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_what_its_schema_says(name: str, files: Mapping[str, bytes]) -> None:
    schema = json.loads(files[f"schemas/{name}.json"])
    assert faults(files[f"data/{name}.csv"], schema) == []
    assert lost(files[f"data/{name}.csv"], schema, {one: files[f"data/{one}.csv"] for one in NAMES}) == []
    (french,) = (one["schema"] for one in package(files)["resources"] if one["path"] == f"csv-fr/{name}.csv")
    assert faults(files[f"csv-fr/{name}.csv"], french, delimiter=";") == []


def test_the_schemas_see_what_is_wrong(files: Mapping[str, bytes]) -> None:
    schema, content = json.loads(files["schemas/audiences.json"]), files["data/audiences.csv"].decode()
    for old, new in ((",27,", ",-27,"), (",27,", ",27.5,"), ("programme,", "region,"), (",0.888889", ",1.888889")):
        assert old in content
        assert faults(content.replace(old, new, 1).encode(), schema), (old, new)
    assert faults(content.replace("level,", "levels,", 1).encode(), schema)
    assert faults((content + content.splitlines(keepends=True)[-1]).encode(), schema) == ["primary key: twice"]


@pytest.mark.parametrize("name", NAMES)
def test_csv_for_programs_and_for_french_spreadsheets(name: str, files: Mapping[str, bytes]) -> None:
    plain, french = files[f"data/{name}.csv"], files[f"csv-fr/{name}.csv"]
    assert not plain.startswith(b"\xef\xbb\xbf")
    assert french.startswith(b"\xef\xbb\xbf")
    for content in (plain, french):
        assert content.endswith(b"\r\n")
        assert content.count(b"\n") == content.count(b"\r\n")
    assert plain.splitlines()[0].replace(b",", b";") == french.removeprefix(b"\xef\xbb\xbf").splitlines()[0]


def test_counts_are_shown_or_hidden_and_rates_follow(folder: Path) -> None:
    whole = unit(folder, "audiences", "programme")
    assert (whole["entrants"], whole["women"], whole["rural_residents"], whole["disabled"]) == ("27", "24", "24", "s")
    assert (whole["women_share"], whole["priority_share"]) == ("0.888889", "0.888889")
    few = unit(folder, "audiences", "session", "20003456500013/S2")
    assert {few[name] for name in few if name not in ("level", "level_id")} == {"s"}
    exits = unit(folder, "positive_exits", "programme")
    assert (exits["eligible"], exits["known"], exits["positive"]) == ("24", "21", "18")
    assert (exits["rate"], exits["bound_high"], exits["response_rate"]) == ("0.75", "0.875", "0.875")
    verdicts = {row["level_id"][-2:]: (row["target"], row["verdict"]) for row in read_table(folder, "verdicts")}
    assert verdicts == {"S1": ("0.5", "met"), "S2": ("0.5", "s")}


def test_no_rate_of_a_hidden_count(made: Made) -> None:
    of = {
        "audiences": {"women_share": ("women", "entrants"), "priority_share": ("priority", "entrants")},
        "certification": {
            "completion_rate": ("completed", "leavers"), "dropout_rate": ("dropped_out", "leavers"),
            "certified_of_presented": ("certified", "presented"), "certified_of_leavers": ("certified", "leavers"),
        },
        "positive_exits": {
            "rate": ("positive", "eligible"), "bound_high": ("positive", "eligible", "known"), "response_rate": ("known", "eligible"),
        },
        "coverage": {"entrants_per_10000": ("entrants",)},
    }  # fmt: skip
    for table, rates in of.items():
        for row in made.filled[table].records():
            for rate, counts in rates.items():
                assert (row[rate] is HIDDEN) == any(row[name] is HIDDEN for name in counts), (table, rate, row)


def test_costs_are_of_published_counts_and_places_without_a_session_have_nobody(folder: Path) -> None:
    spend = {row["action"][-2:]: row for row in read_table(folder, "spend")}
    assert (spend["A1"]["justified"], spend["A1"]["cost_per_entrant"], spend["A1"]["cost_per_positive_exit"]) == ("48000.00", "2000.00", "")
    assert (spend["A2"]["cost_per_entrant"], spend["A2"]["cost_per_positive_exit"]) == ("s", "s")
    places = {row["level_id"]: (row["sessions"], row["entrants"]) for row in read_table(folder, "coverage")}
    assert (places["59"], places["245900410"], places["200044618"], places["02"]) == (("2", "27"), ("1", "24"), ("1", "s"), ("0", "0"))


def test_what_is_written_is_read_back(made: Made, folder: Path) -> None:
    read = read_published_counts(folder)
    pd.testing.assert_frame_equal(read.counts, made.published.counts)
    # of a name that a spreadsheet would run, the text is read back
    units = made.published.units.assign(label=made.published.units["label"].str.replace("=1+1", "'=1+1"))
    pd.testing.assert_frame_equal(read.units, units, check_dtype=False)
    assert read.verdicts.equals(made.published.verdicts.astype(read.verdicts.dtypes))
    assert (read.release, read.period) == (PERIOD, PERIOD)


def test_in_parquet_what_is_hidden_is_null_and_columns_are_typed(made: Made, files: Mapping[str, bytes]) -> None:
    table = pq.read_table(io.BytesIO(files["parquet/audiences.parquet"]))
    assert table["entrants"].to_pylist() == [None if pd.isna(value) else value for value in made.published.counts["entrants"]]
    assert table.schema.field("entrants").metadata[b"title"].decode() == "Entrants"
    spend = pq.read_table(io.BytesIO(files["parquet/spend.parquet"])).to_pylist()
    assert (spend[0]["over_cap"], spend[0]["justified"]) == (False, 48000.0)
    assert [row["notificationUE"] for row in pq.read_table(io.BytesIO(files["parquet/subventions.parquet"])).to_pylist()] == [False, False]


def test_the_package_has_the_hash_and_size_of_each_file(files: Mapping[str, bytes]) -> None:
    described = package(files)
    paths = {path for path in files if path.partition("/")[0] in ("data", "csv-fr", "parquet")}
    assert {one["path"] for one in described["resources"]} == paths
    for one in described["resources"]:
        assert one["hash"] == f"sha256:{hashlib.sha256(files[one['path']]).hexdigest()}"
        assert one["bytes"] == len(files[one["path"]])
    assert described["licenses"][0]["name"] == "etalab-2.0"
    assert described["contributors"] == [{"title": "Région Hauts-de-France", "role": "publisher"}]


def test_dcat_names_every_file_and_what_it_may_be_used_for(files: Mapping[str, bytes]) -> None:
    described = json.loads(files["dcat.jsonld"])
    found = {one["dcat:downloadURL"]["@id"]: one for one in described["dcat:distribution"]}
    assert found.keys() == {path for path in files if path.partition("/")[0] in ("data", "csv-fr", "parquet")}
    for path, one in found.items():
        assert one["spdx:checksum"]["spdx:checksumValue"]["@value"] == hashlib.sha256(files[path]).hexdigest()
        assert one["dct:license"]["@id"].startswith("https://www.etalab.gouv.fr/")
    assert described["dct:temporal"]["dcat:endDate"]["@value"] == "2018-12-31"
    assert "http://data.europa.eu/nuts/code/FRE" in {place["@id"] for place in described["dct:spatial"]}


@pytest.mark.parametrize("page", ["index.html", "methode.html", "differences.html"])
def test_the_pages_lead_to_files_that_are_there_and_fetch_nothing(page: str, files: Mapping[str, bytes]) -> None:
    text = files[page].decode()
    links = set(re.findall(r'href="([^"]*)"', text))
    inside = {link.partition("#")[0] for link in links if "://" not in link} - {""}
    assert inside <= {*files, "SHA256SUMS", "../index.html"}
    assert {link for link in links if link.startswith("#")} <= {f"#{name}" for name in re.findall(r'\bid="([^"]*)"', text)}
    assert not re.findall(r"<(?:script|link|img|iframe)\b|\bsrc=|url\(|@import", text)


def test_a_name_is_text_on_the_page_and_in_a_spreadsheet(files: Mapping[str, bytes]) -> None:
    assert b"&lt;script&gt;alert(1)" in files["index.html"]
    assert b"\"'=1+1<script>" in files["data/units.csv"] or b",'=1+1<script>" in files["data/units.csv"]


def test_hidden_values_have_one_symbol_and_a_legend(files: Mapping[str, bytes]) -> None:
    text = files["index.html"].decode()
    assert '<abbr title="valeur masquée : secret statistique">s</abbr>' in text
    assert "moins de 5 personnes" in text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("text", "name"),
    [("2026-Q3", ReleaseName("2026-Q3")), ("2026-Q3-v2", ReleaseName("2026-Q3", 2)), ("2026-Q3-v12", ReleaseName("2026-Q3", 12)),
     ("2026-Q3-v1", None), ("2026-Q3-v0", None), ("2026-Q5", None), (".unfinished", None), ("2026-Q3-v02", None), ("index.html", None)],
)  # fmt: skip
def test_names_of_releases(text: str, name: ReleaseName | None) -> None:
    assert release_name(text) == name
    assert name is None or str(name) == text


def test_names_are_in_the_order_of_what_they_count() -> None:
    names = ["2026-Q3-v10", "2026-Q3", "2027-Q1", "2026-Q2-v2", "2026-Q3-v2"]
    ordered = sorted(name for name in map(release_name, names) if name)
    assert [str(name) for name in ordered] == ["2026-Q2-v2", "2026-Q3", "2026-Q3-v2", "2026-Q3-v10", "2027-Q1"]
