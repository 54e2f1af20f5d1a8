"""What the rows of a file hold where it lacks a column."""

from __future__ import annotations

import numpy as np

from tests.spec.paper import csv_of
from transforms.parse.columns import parse_columns, text_columns
from transforms.read import read_return
from warehouse.reference.places import load_places


def test_whether_a_job_is_digital_is_not_known_where_the_column_is_absent_or_the_cell_empty() -> None:
    whole = csv_of("suivi", "numerique=", "id_apprenant=L2")
    without = "\n".join(";".join(line.split(";")[:6]) for line in whole.decode().splitlines()).encode()
    readings = [read_return(whole), read_return(without)]
    files = [text_columns(reading, np.arange(len(reading.records))) for reading in readings]
    column = parse_columns(readings[0].matched.contract, files, load_places(), ()).columns["is_digital_job"]
    assert column.values().to_pylist() == ["NSP", "OUI", "NSP", "NSP"]
    assert not column.problems().any()
