"""Synthetic returns: the same for the same seed, and judged exactly as their truth says, clean or dirty."""

import csv
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from stdnum.fr import siren, siret

from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from flows.steps.check import judge_files
from tests.typed_rows import lines_in_error, rows_of
from transforms.synth import write
from transforms.synth.demo import demo_nights
from transforms.synth.dirt import BROKEN, HARMLESS, REFUSED
from transforms.synth.providers import fictional_siret, make_providers
from warehouse.reference import load_places

TODAY = date(2026, 11, 24)


def _bytes(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*.*")) if path.is_file()
    }


def _judged(directory: Path, names):
    files = [(name, (directory / name).read_bytes()) for name in names]
    return {judged.name: judged for judged in judge_files(files, TODAY, load_programme(), load_places())}


def _table(directory: Path, name: str) -> list[dict[str, str]]:
    with (directory / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        write(tmp_path / name, providers=3, learners=60, seed=seed, today=TODAY)
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")
    assert _bytes(tmp_path / "one") != _bytes(tmp_path / "three")


def test_the_numbers_asked_for_are_written(tmp_path):
    truth = write(tmp_path, providers=5, learners=137, today=TODAY)
    assert truth.rows["apprenants"] == len(_table(tmp_path, "learners")) == 137
    assert len({row["provider_siret"] for row in _table(tmp_path, "actions")}) == 5
    assert {path.parent.name for path in tmp_path.rglob("*.csv")} >= {"truth", "region-hauts-de-france"}
    assert len(truth.files) == 2 + 4 * 5


def test_no_learner_at_all_is_still_a_set_of_returns(tmp_path):
    truth = write(tmp_path, providers=2, learners=0, today=TODAY)
    assert truth.rows["apprenants"] == 0
    assert truth.rows["sessions"] == 2
    assert {judged.decision for judged in _judged(tmp_path, truth.files).values()} <= {"accepted", "partial"}


def _agrees(directory: Path, truth) -> None:
    dirt = Counter((row["file"], row["is_accepted"]) for row in _table(directory, "dirt"))
    found = _judged(directory, truth.files)
    for name, judged in found.items():
        told = truth.files[name]
        assert judged.decision == ("partial" if told.quarantined else "accepted"), name
        assert (judged.kind, judged.provider_siret) == (told.kind, told.provider_siret), name
        assert (judged.records, judged.accepted, judged.quarantined) == (
            told.records,
            told.accepted,
            told.quarantined,
        ), name
        assert (judged.blank_lines, len(judged.rows)) == (told.blank_lines, told.in_force), name
        spoilt = {
            int(row["line"])
            for row in _table(directory, "dirt")
            if (row["file"], row["is_accepted"]) == (name, "False")
        }
        assert set(lines_in_error(judged)) == spoilt, name
        assert dirt[name, "False"] == told.quarantined
    # every accepted row is read as it was meant, on the line where it was written
    for kind, contract in RETURNS.items():
        meant = {
            (row["file"], int(row["line"])): [row[column.name] for column in contract.columns]
            for row in _table(directory, contract.table)
            if row["is_accepted"] == "True"
        }
        read = {
            (name, row["line"]): ["" if row[c.name] is None else str(row[c.name]) for c in contract.columns]
            for name, judged in found.items()
            if judged.kind == kind
            for row in rows_of(judged)
        }
        assert read == meant, kind


def test_clean_returns_are_accepted_whole(tmp_path):
    truth = write(tmp_path, providers=4, learners=150, dirty=0, today=TODAY)
    _agrees(tmp_path, truth)
    assert all(told.quarantined == 0 and told.blank_lines == 0 and not told.sorts for told in truth.files.values())
    assert _table(tmp_path, "dirt") == []


@pytest.mark.parametrize(("seed", "dirty"), [(1, 0.05), (2, 0.2), (3, 0.5), (4, 1.0)])
def test_dirty_returns_are_judged_as_their_truth_says(tmp_path, seed, dirty):
    truth = write(tmp_path, providers=12, learners=400, seed=seed, dirty=dirty, today=TODAY)
    _agrees(tmp_path, truth)
    assert sum(told.quarantined for told in truth.files.values()) > 0


def test_every_sort_of_dirt_is_met(tmp_path):
    truth = write(tmp_path, providers=12, learners=1500, dirty=0.4, today=TODAY)
    met = set().union(*(told.sorts for told in truth.files.values()))
    around = {"blank_line", "separators_only", "repeated_header", "identical_copy", "quoted"}
    assert met == {*HARMLESS, *REFUSED, *BROKEN, *around, "line_break", "mis_decoded", "differing_copy"}
    styles = {told.style.encoding for told in truth.files.values()}
    assert {"utf-8", "utf-8-sig", "cp1252"} <= styles


def test_the_region_s_rows_stay_readable(tmp_path):
    truth = write(tmp_path, providers=12, learners=400, dirty=1, today=TODAY)
    for kind in ("actions", "financements"):
        told = truth.files[f"region-hauts-de-france/{kind}.csv"]
        assert told.quarantined == 0
        assert told.sorts


def test_the_truth_counts_what_counts(tmp_path):
    truth = write(tmp_path, providers=3, learners=200, dirty=0, today=TODAY)
    told = json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8"))["expected"]
    learners = _table(tmp_path, "learners")
    entrants = [row for row in learners if row["completion"] != "ANNULE"]
    assert told["entrants"] == len(entrants)
    assert told["leavers"] == sum(row["left_on"] != "" for row in entrants)
    assert told["women"] == sum(row["sex"] == "F" for row in entrants)
    for count in told["positive_exit"].values():
        assert count["mature"] == sum(count.get(name, 0) for name in ("neutralised", "known", "unknown"))
        assert count["durable"] <= count["employed"] <= count["positive"] <= count["known"]
    justified = sum(Decimal(row["amount_eur"]) for row in _table(tmp_path, "expenses"))
    assert told["eur"]["justified"] == f"{justified:.2f}"
    assert truth.expected.exits["M6"]["mature"] > 0


def test_sirets_are_valid_and_each_its_own():
    sirets = [fictional_siret(number) for number in range(2000)]
    assert len(set(sirets)) == len(sirets)
    assert all(siret.is_valid(number) and siren.is_valid(number[:9]) for number in sirets)
    assert len({provider.name for provider in make_providers(500, 1)}) == 500


def test_too_many_providers_are_refused():
    for count in (0, 100_001):
        with pytest.raises(ValueError, match="providers"):
            make_providers(count, 1)


@pytest.fixture(scope="module")
def nights():
    taken, nights = {}, []
    for files in demo_nights(TODAY):
        night = judge_files(list(files.items()), TODAY, load_programme(), load_places(), taken=taken)
        taken |= {j.sha256: (j.kind, j.provider_siret) for j in night if j.decision in ("accepted", "partial")}
        nights.append({judged.name: judged for judged in night})
    return nights


def test_the_demo_is_the_same_for_the_same_day():
    assert demo_nights(TODAY) == demo_nights(TODAY)


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 2, 28), date(2027, 7, 14), date(2028, 2, 29)])
def test_the_demo_works_on_any_day(today):
    first, second = demo_nights(today)
    judged = judge_files(list(first.items()), today, load_programme(), load_places())
    assert Counter(j.decision for j in judged)["refused"] == 2
    assert len(second) == 3


def test_most_files_of_the_demo_are_fine(nights):
    first, _ = nights
    decisions = Counter(judged.decision for judged in first.values())
    assert decisions["refused"] == 2
    assert 2 <= decisions["partial"] <= 4
    assert decisions["accepted"] >= 40
    assert not [judged.crash for judged in first.values() if judged.crash]
    assert 950 <= sum(judged.accepted for judged in first.values() if judged.kind == "apprenants") <= 1050
    assert len({judged.provider_siret for judged in first.values()} - {None}) == 12


def test_the_demo_shows_each_thing_it_promises(nights):
    first, second = nights
    found = {finding.rule for judged in first.values() for finding in judged.findings}
    assert {"FIC-26", "FIC-08", "FIC-10", "FIC-14", "LIG-05", "ACT-34", "APP-07A"} <= found
    assert Counter(judged.decision for judged in second.values()) == {"accepted": 2, "duplicate": 1}
    rows = [row for judged in first.values() if judged.kind == "suivi" for row in rows_of(judged)]
    roubaix = [row for row in rows if (row["session_id"], row["horizon"]) == ("ROUBAIX-1", "M6")]
    assert len(roubaix) == 24
    assert sum(row["situation"] == "RECHERCHE" for row in roubaix) == 2
    assert sum(row["is_digital_job"] == "OUI" for row in roubaix) == 22
    learners = [row for judged in first.values() if judged.kind == "apprenants" for row in rows_of(judged)]
    flags = ("is_dropout", "is_far_from_employment", "is_qpv_resident", "is_rural_resident", "is_disabled")
    douai = [row for row in learners if row["session_id"] == "DOUAI-MIXITE"]
    assert len(douai) == 25
    assert sum(row["sex"] == "F" or "OUI" in [row[flag] for flag in flags] for row in douai) == 12
    assert not any("NSP" in [row[flag] for flag in flags] for row in douai)
    sessions = {
        row["session_id"] for judged in first.values() if judged.kind == "sessions" for row in rows_of(judged)
    }
    assert "CALAIS-7" not in sessions
    assert "COMPIEGNE-OUBLI" in sessions
    assert "COMPIEGNE-OUBLI" not in {row["session_id"] for row in learners}


def test_two_providers_of_the_demo_send_workbooks(nights):
    """All their returns are taken; one cell, in error, is what their receipts have to tell."""
    first, _ = nights
    in_workbooks = [judged for judged in first.values() if judged.name.partition("#")[0].endswith((".xlsx", ".ods"))]
    kinds = ["apprenants", "depenses", "sessions", "suivi"]
    for ending in (".xlsx", ".ods"):
        sent = [judged for judged in in_workbooks if judged.name.partition("#")[0].endswith(ending)]
        assert sorted(judged.kind for judged in sent) == kinds
        assert len({judged.provider_siret for judged in sent}) == 1
    assert [judged.decision for judged in in_workbooks].count("partial") == 1
    assert sum(judged.quarantined for judged in in_workbooks) == 1
    (cell,) = [finding for judged in in_workbooks for finding in judged.findings if finding.severity == "error"]
    assert (cell.rule, cell.column) == ("DEP-06I", "amount_eur")
    assert not [judged.name for judged in in_workbooks if b"LEPINOY" in judged.archive_bytes], "the notes are not kept"


def test_no_name_of_the_demo_is_kept(nights):
    first, _ = nights
    with_names = next(judged for judged in first.values() if "FIC-10" in {finding.rule for finding in judged.findings})
    assert b"DEVAUCHEL" not in with_names.archive_bytes


def test_the_correction_has_one_learner_fewer_and_no_error(nights):
    first, second = nights
    corrected = next(judged for name, judged in second.items() if "corrigé" in name)
    session = rows_of(corrected)[0]["session_id"]
    before = next(j for n, j in first.items() if n.startswith(corrected.name.split("/")[0]) and j.kind == "apprenants")
    assert before.quarantined > 0
    assert {row["session_id"] for row in rows_of(corrected)} == {session}
    assert corrected.quarantined == 0
