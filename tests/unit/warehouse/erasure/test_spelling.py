"""What makes two spellings one person, and what makes a number nobody's."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.programme import load_programme
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.spec.paper import SIRET, csv_of
from tests.typed_rows import comparable
from transforms.redaction.quick_search import QuickSearch
from warehouse.erasure.erased_persons import ErasedPersons, key_hashes, national_hashes, tombstone_of
from warehouse.erasure.spelling import all_folded, folded, is_placeholder, searchable_bytes, spellings
from warehouse.erasure.tombstones import Person
from warehouse.reference.places import load_places
from warehouse.store.pseudonyms import Pseudonyms

KEYS = Pseudonyms(b"\x05" * 32)
PERSON = Person(SIRET, "S1", "CANARI-7731")


@pytest.mark.parametrize("text", ["CANARI 7731", "canari_7731", "Cânari.07731", " CANARI\u00a07731 ", "ＣＡＮＡＲＩ–7731", "C A N A R I 7731"])
def test_spellings_of_one_reference(text: str) -> None:
    assert folded(text) == folded(PERSON.learner_ref) == "CANARI7731"
    assert searchable_bytes(text) == searchable_bytes(PERSON.learner_ref)
    assert [said[first:end] for said in [f"(voir {text}, absent)"] for joined, first, end in spellings(said) if joined == "CANARI7731"] == [text.strip()]


@given(st.lists(st.one_of(st.none(), st.text(st.sampled_from("0 00a1Bé-_\n\u0130٣"), max_size=9)), max_size=6))
def test_many_texts_are_folded_as_each_is(texts: list[str | None]) -> None:
    assert all_folded(pa.array(texts, pa.string())).to_pylist() == [None if text is None else folded(text) for text in texts]


@pytest.mark.parametrize("text", ["CANARI-7732", "CANARI-77310", "XCANARI-7731", "7731", ""])
def test_another_reference(text: str) -> None:
    assert folded(text) != "CANARI7731"
    assert "CANARI7731" not in [joined for joined, _, _ in spellings(text)]


@pytest.mark.parametrize("text", ["0017", "17", "A-007", "A-7"])
def test_zeros_in_front_are_a_spreadsheets(text: str) -> None:
    assert folded(text) in ("17", "A7")


PLACEHOLDERS = ["NULL", "inconnu", "ine", "0", "xxx", "non communiqué", "123456789", "PAS D'INE", "???", "0000000000", "en attente", "n'a pas d'INE"]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_no_national_reference(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["1234567890A", "0987654321B", "2 84 05 59 350 123 45", "ZZCANARYINE"])
def test_a_national_reference(text: str) -> None:
    assert not is_placeholder(text)


def erased_with(national: str) -> ErasedPersons:
    prints = tuple(key_hashes(KEYS, {"learner_ref": PERSON.learner_ref, "born_on": date(1991, 3, 17), "sex": "F"}))
    tombstone = tombstone_of(KEYS, PERSON, nationals=tuple(national_hashes(KEYS, national)), identities=prints)
    return ErasedPersons(KEYS, [tombstone]).watching_for_likeness()


def judged(erased: ErasedPersons, *rows: str) -> FileVerdict:
    (file,) = judge_files([("x.csv", csv_of("apprenants", *rows))], date(2026, 11, 24), load_programme(), load_places(), erased=erased)
    return file


@pytest.mark.attack
def test_nobody_is_set_aside_for_a_placeholder() -> None:
    """Even if one had got into a tombstone; nor for a number that stands for three people of the file."""
    for placeholder in PLACEHOLDERS:
        assert judged(erased_with(placeholder), f"id_apprenant=L1 & identifiant_national={placeholder}").decision == "accepted"
    rows = [f"id_apprenant=M{n} & identifiant_national=DOSSIER 12 & naissance=0{n}/01/1990" for n in (1, 2, 3)]
    assert judged(erased_with("DOSSIER 12"), *rows).decision == "accepted"
    assert judged(erased_with("DOSSIER 12"), *rows[:2], "id_apprenant=L1", "id_apprenant=L2").quarantined == 2


def test_nobody_is_looked_for_where_the_file_was_decided_before() -> None:
    tombstones = erased_with("1357924680K").tombstones
    row = "id_apprenant=X1 & identifiant_national=1357924680K"
    assert judged(ErasedPersons(KEYS, tombstones), row, "id_apprenant=L1").decision == "accepted"
    assert judged(ErasedPersons(KEYS, tombstones).watching_for_likeness(), row, "id_apprenant=L1").decision == "partial"


def test_rows_of_one_key_share_its_fate() -> None:
    """Else the one that is left would pass where two that differ do not."""
    rows = ("id_apprenant=X1 & identifiant_national=1357924680K", "id_apprenant=X1 & sexe=M")
    file = judged(erased_with("1357924680K"), *rows, "id_apprenant=L1", "id_apprenant=L2")
    assert [(finding.line, finding.rule) for finding in file.findings] == [(2, "LIG-08"), (3, "LIG-08")]
    again = judge_files([("x.csv", file.archive_bytes)], date(2026, 11, 24), load_programme(), load_places(), erased=erased_with("1357924680K"))
    assert [comparable(again[0])[name] for name in ("findings", "accepted", "rows")] == [comparable(file)[name] for name in ("findings", "accepted", "rows")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-15"])
def test_a_first_look_misses_nothing(encoding: str) -> None:
    look = QuickSearch([PERSON.learner_ref])
    assert look.may_be_in_file(csv_of("suivi", "id_apprenant=canari 7731").decode().encode(encoding))
    assert not look.may_be_in_file(csv_of("suivi", "id_apprenant=L1").decode().encode(encoding))
    assert look.may_be_in_file(b"PK\x03\x04"), "nobody can say"
    assert QuickSearch(["L1"]).may_be_in("nothing"), "too short to tell"
