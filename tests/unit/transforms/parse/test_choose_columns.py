"""Two titles for one field: which column is taken, and where none can be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.spec.paper import VALID, csv_of
from transforms.parse.choose_columns import read_and_choose
from transforms.read.match_columns import match_columns

#: of which return, the second title, the cells under the header's own and under it, and which is taken (0, 1; None: neither)
CASES = [
    ("apprenants", "Commune (Code INSEE)", ["Lille", "Roubaix"], ["59350", "59512"], 1),
    ("apprenants", "Commune (nom)", ["59350", "59512"], ["Lille", "Roubaix"], 0),
    ("apprenants", "Commune (Code INSEE)", ["59350", "59512"], ["59350", "59512"], 0),
    ("apprenants", "Commune (Code INSEE)", ["59350", "59512"], ["59512", "59350"], None),
    ("apprenants", "Commune (Code INSEE)", ["59000", "59800"], ["59350", "59512"], 1),
    ("apprenants", "Civilité", ["F", "M"], ["Mme", "M."], 0),
    ("apprenants", "Civilité", ["F", "M"], ["Madame", "Monsieur"], 0),
    ("apprenants", "Civilité", ["", ""], ["Mme", "M."], 1),
    ("apprenants", "Civilité", ["F", "M"], [" ", "-"], 0),
    ("apprenants", "Civilité", ["", ""], ["", ""], 0),
    ("apprenants", "Civilité", ["F", "M"], ["Mme", "Mme"], None),
    ("apprenants", "Civilité", ["F", ""], ["Mme", "M."], None),
    ("apprenants", "Civilité", ["F", "z"], ["Mme", "M."], 0),
    ("apprenants", "Civilité", ["y", "z"], ["y", " z"], 0),
    ("apprenants", "Civilité", ["y", "z"], ["z", "y"], None),
    ("apprenants", "date de sortie", ["28/09/2018", ""], ["2018-09-28", ""], 0),
    ("apprenants", "date de sortie", ["28/09/2018", ""], ["28/09/2018", "28/09/2018"], None),
    ("suivi", "Emploi numérique", ["NSP", "OUI"], ["", "x"], 0),
    ("actions", "Intitulé de la formation", ["Web", "Data"], ["Web ", "Data"], 0),
    ("actions", "Appel à projets", ["ERN-2017", "ERN-2017"], ["ERN-2017", "ERN-2018"], None),
    ("depenses", "N° SIRET", ["90012000700019"] * 2, ["900 120 007 00019"] * 2, 0),
    ("depenses", "siret", ["90012000700019"] * 2, ["90012000700019"] * 2, None),
]  # fmt: skip


def doubled(kind: str, title: str, own: Sequence[str], other: Sequence[str], after: bool) -> bytes:
    """A file of two rows in which a second title names a field, behind all others or before them."""
    (name,) = {column for column in VALID[kind] if _names(kind, column) == _names(kind, title)}
    header, *rows = csv_of(kind, *({name: cell} for cell in own)).decode().splitlines()
    more = (title, *other)
    return "\n".join(f"{a};{b}" if after else f"{b};{a}" for a, b in zip((header, *rows), more, strict=True)).encode()


def _names(kind: str, title: str) -> str | None:
    header = match_columns([*VALID[kind], title])
    assert header is not None
    return header.columns[-1].name if header.columns[-1] else None


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize(("kind", "title", "own", "other", "taken"), CASES)
def test_the_column_whose_cells_read_as_the_field_is_taken(kind, title, own, other, taken, after):
    header = read_and_choose(doubled(kind, title, own, other, after)).matched
    mine = {column.header for column in header.columns if column}
    assert mine == set(VALID[kind])
    if taken is None:
        assert not header.ignored
        assert header.refusal().rule == "FIC-05"
        return
    assert header.refusal() is None
    ((ignored, kept),) = header.ignored
    assert header.titles[kept if taken else ignored] == title
    assert header.ignored_titles == f"« {header.titles[kept]} » est lue, « {header.titles[ignored]} » ignorée."
    assert ignored in header.dropped or not header.contract.refuses_identifiers
    assert ignored not in header.unknown


def test_of_three_titles_one_is_taken():
    header, row = csv_of("apprenants").decode().splitlines()
    reading = read_and_choose(f"{header};Civilité;Genre\n{row};Madame;F\n".encode())
    assert [reading.matched.titles[at] for at, _ in reading.matched.ignored] == ["Civilité", "Genre"]
    assert reading.matched.refusal() is None


def test_a_file_without_rows_has_the_template_s_column():
    header = csv_of("apprenants").decode().splitlines()[0]
    assert read_and_choose(f"Civilité;{header}\n".encode()).matched.ignored == ((0, 5),)
