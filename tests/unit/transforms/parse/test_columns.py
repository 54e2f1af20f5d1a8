"""Columns are what parse_cell says of each of their cells, however many rows and files share a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from tests.spec.paper import csv_of
from tests.spec.test_values import CALLS
from tests.spec.test_values_properties import ANYTHING
from tests.spec.values_on_paper import CODE_TABLES, TABLES, examples
from transforms.parse.columns import PROBLEMS, FileTexts, TypedRows, parse_columns, text_columns
from transforms.parse.values import parse_cell
from transforms.read import read_return
from transforms.read.decode import is_mis_decoded
from warehouse.reference.places import load_places
from warehouse.store.stage import row_key

#: near to what is plain, and to what only looks plain
REFERENCES = st.text(alphabet=list("AE10-_/ ,.'=#é\u00ad+févrmai\""), max_size=12) | st.from_regex(r"[0-9]E[+-]?[0-9]{2,3}", fullmatch=True)
TEXTS = st.sampled_from([e.text for table in (*TABLES.values(), *CODE_TABLES.values()) for e in examples(table)]) | REFERENCES | ANYTHING


def stacked(kind: str, files: Sequence[Mapping[str, pa.DictionaryArray]], lengths: Sequence[int]) -> TypedRows:
    texts: list[FileTexts] = [(np.arange(2, n + 2, dtype=np.int32), file) for n, file in zip(lengths, files, strict=True)]
    return parse_columns(RETURNS[kind], texts, load_places(), CALLS)


def encoded(texts: Sequence[str], more: Sequence[str] = ()) -> pa.DictionaryArray:
    """The texts as a reader gives them; its dictionary also has texts that no row holds."""
    known = sorted({*texts, *more})
    return pa.DictionaryArray.from_arrays(pa.array([known.index(text) for text in texts], pa.int32()), pa.array(known, pa.string()))


@st.composite
def files_of(draw: st.DrawFn, contract: Return) -> tuple[list[dict[str, list[str]]], list[int]]:
    """Some files of a return, each with other rows; each lacks some columns."""
    pool = draw(st.lists(TEXTS, min_size=1, max_size=12))
    lengths = draw(st.lists(st.integers(0, 4), max_size=3))
    files = []
    for length in lengths:
        there = draw(st.sets(st.sampled_from(contract.columns), min_size=1))
        files.append({c.name: draw(st.lists(st.sampled_from(pool), min_size=length, max_size=length)) for c in there})
    return files, lengths


@pytest.mark.parametrize("kind", RETURNS)
@given(data=st.data())
def test_each_cell_is_what_it_is_alone(kind: str, data: st.DataObject) -> None:
    files, lengths = data.draw(files_of(RETURNS[kind]))
    unused = data.draw(st.lists(TEXTS, max_size=2))
    rows = stacked(kind, [{name: encoded(texts, unused) for name, texts in file.items()} for file in files], lengths)
    assert rows.lines.tolist() == [line for n in lengths for line in range(2, n + 2)]
    for column in RETURNS[kind].columns:
        texts = [text for file, n in zip(files, lengths, strict=True) for text in file.get(column.name, [None] * n)]
        alone = [parse_cell(column, text or "", load_places(), CALLS) for text in texts]
        found = rows.columns[column.name]
        assert found.codes.dtype == np.int32
        assert found.cells.texts.take(pa.array(found.codes)).to_pylist() == texts
        assert found.values().to_pylist() == [cell.value for cell in alone]
        is_there = [text is not None for text in texts]
        assert [PROBLEMS[n] for n in found.problems()] == [c.problem if there else None for c, there in zip(alone, is_there, strict=True)]
        assert found.cells.hints.take(pa.array(found.codes)).to_pylist() == [cell.suggestion for cell in alone]
        assert found.cells.mis_decoded[found.codes].tolist() == [text is not None and is_mis_decoded(text) for text in texts]


def test_a_text_of_many_files_is_read_once() -> None:
    rows = stacked("suivi", [{"situation": encoded(["CDI", "cdi"])}, {"situation": encoded(["cdi", "CDI", "CDI"])}, {}], [2, 3, 1])
    assert sorted(rows.columns["situation"].cells.texts.to_pylist(), key=str) == ["CDI", None, "cdi"]
    assert rows.columns["situation"].values().to_pylist() == ["CDI"] * 5 + [None]


def test_no_files_are_no_rows() -> None:
    rows = stacked("apprenants", [], [])
    assert len(rows) == 0
    assert rows.columns["born_on"].values().type == pa.date32()


@given(data=st.data())
def test_keys_are_those_of_the_store(data: st.DataObject) -> None:
    texts = [
        data.draw(st.lists(st.sampled_from(["90012000700019", "S 1", "S-2018-001", "", "M6", "6 mois", "04/03/2018", "nd"]), min_size=6, max_size=6))
        for _ in range(5)
    ]
    names = ["provider_siret", "session_id", "learner_ref", "horizon", "observed_on"]
    rows = stacked("suivi", [{name: encoded(column) for name, column in zip(names, texts, strict=True)}], [6])
    values = [rows.columns[name].values().to_pylist() for name in names]
    for count in (1, 2, 4, 5):
        parts = list(zip(*values[:count], strict=True))
        assert rows.keys(names[:count]).to_pylist() == [None if None in part else row_key(part) for part in parts]
    assert row_key([date(2018, 3, 4)]) == "2018-03-04"


def test_rows_are_taken_by_place_mask_or_slice() -> None:
    rows = stacked("suivi", [{"session_id": encoded(["S1", "S2", "S3"])}], [3])
    for at, lines in ((np.array([2, 0]), [4, 2]), (np.array([True, False, True]), [2, 4]), (slice(1, None), [3, 4])):
        taken = rows.take(at)
        assert taken.lines.tolist() == lines
        assert taken.columns["session_id"].values().to_pylist() == [f"S{line - 1}" for line in lines]


def test_whether_a_job_is_digital_is_not_known_where_the_column_is_absent_or_the_cell_empty() -> None:
    whole = csv_of("suivi", "numerique=", "id_apprenant=L2")
    without = "\n".join(";".join(line.split(";")[:6]) for line in whole.decode().splitlines()).encode()
    readings = [read_return(whole), read_return(without)]
    files = [text_columns(reading, np.arange(len(reading.records))) for reading in readings]
    column = parse_columns(readings[0].matched.contract, files, load_places(), ()).columns["is_digital_job"]
    assert column.values().to_pylist() == ["NSP", "OUI", "NSP", "NSP"]
    assert not column.problems().any()
