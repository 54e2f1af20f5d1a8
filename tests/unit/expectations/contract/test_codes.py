"""Code lists: what is compared as equal, what is not, and that every list says one thing."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.contract.codes import as_kept, code_list, fold
from expectations.contract.returns import RETURNS
from flows.verification.sheet import SHEET
from transforms.parse.cells import EMPTY
from transforms.parse.values import _SEXES, _YES_NO, _YES_NO_UNKNOWN, parse_cell
from warehouse.reference.places import load_places

#: of the returns, and of the sheet of an audit, which comes back like one
COLUMNS = [column for table in (*RETURNS.values(), SHEET) for column in table.columns]
LISTS = sorted(
    entry.name.removesuffix(".csv") for entry in (files("expectations.contract") / "code_lists").iterdir() if entry.name.endswith(".csv")
)
#: read by the letter in transforms.parse.values, so that nothing but the specification's forms is read
BY_THE_LETTER = {"yes_no": _YES_NO, "yes_no_unknown": _YES_NO_UNKNOWN, "sex": _SEXES}

SAME = """
    Recherche d'emploi | recherche d’emploi
    RECHERCHE_D_EMPLOI | recherche d'emploi
    Élève              | eleve
    e\u0301leve        | élève
    pré-qualifiante    | PRE QUALIFIANTE
    M + 3              | M+3
    CDD ≥ 6 mois       | cdd >=6 mois
    N° SIRET           | n siret
    A\u00a0B           | A_B
    A\u2011B           | a-b
    A – B              | a b
    A\u2212B           | a-b
    sta\u00adge         | stage
"""
DIFFERENT = """
    BAC+2  | BAC 2
    < 6    | > 6
    M3     | M 3
    CDI    | CD I
    V      | VI
"""


def pairs(table: str) -> list[tuple[str, ...]]:
    return [tuple(part.strip() for part in line.split("|")) for line in table.strip().splitlines()]


@pytest.mark.parametrize(("one", "other"), pairs(SAME))
def test_compared_as_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), pairs(DIFFERENT))
def test_not_compared_as_equal(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=list("e\u0301\u0316 aé–\u2212\u00ad\u1100\u1161\u11a8"), max_size=1_200))
def test_a_text_is_kept_in_nfc_with_plain_hyphens(text: str) -> None:
    kept = as_kept(text + " ")
    assert kept == as_kept(kept)
    assert not {"–", "\u2212", "\u00ad"} & set(kept)
    whole = unicodedata.normalize("NFC", kept)
    assert kept == whole or max(map(len, re.split(r"[\x00-\x7f]", text))) >= 500


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_used_and_holds_no_form_of_an_empty_cell(name: str) -> None:
    used = {column.codes.name for column in COLUMNS if column.codes}
    assert name in used | {"yes_no"}
    codes = code_list(name)
    assert not {fold(form) for form in EMPTY} & set(codes.lookup)
    assert set(codes.lookup.values()) == set(codes.codes)
    assert all(codes.labels.values())


@pytest.mark.parametrize("name", LISTS)
def test_every_written_variant_is_read(name: str) -> None:
    columns = [c for c in COLUMNS if (c.codes.name if c.codes else c.type.value) == name]
    for line in (files("expectations.contract") / "code_lists" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[1:]:
        code, label, variants = line.split(";")
        for form in (code, label, *filter(None, variants.split("|"))):
            for text in (form, form.upper(), form.lower()):
                value = parse_cell(columns[0], text, load_places(), ()).value
                assert value == ({"OUI": True, "NON": False}[code] if name == "yes_no" else code), (name, form)


@pytest.mark.parametrize("name", BY_THE_LETTER)
def test_the_lists_read_by_the_letter_say_what_their_files_say(name: str) -> None:
    assert {fold(form): code for form, code in BY_THE_LETTER[name].items()} == code_list(name).lookup


def test_a_form_that_means_two_codes_is_found_on_loading(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    (tmp_path / "code_lists").mkdir()
    (tmp_path / "code_lists" / "clash.csv").write_text("code;label;variants\nA;un;x|y\nB;deux;Y\n", encoding="utf-8")
    monkeypatch.setattr("expectations.contract.codes.files", lambda package: tmp_path)
    with pytest.raises(ValueError, match="means both A and B"):
        code_list("clash")
