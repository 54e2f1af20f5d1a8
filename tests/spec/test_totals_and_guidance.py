"""Rows of total, of guidance and of examples as people leave them in a return, and records that resemble them: LIG-09 or not.

Documented in docs/spec/returns.md, "Reading a file".
"""

from __future__ import annotations

import pytest

from tests.spec.paper import SIRET, VALID, csv_of
from transforms.read import read_return
from transforms.read.totals_and_guidance import MARK

NOBODY = [
    ("apprenants", "TOTAL;;;;;;;;;;;;;;;;;"),
    ("apprenants", ";;;24 apprenants;;;;;;;;;;;;;;"),
    ("apprenants", f"{SIRET};TOTAL;24;;;;;;;;;;;;;;;"),
    ("apprenants", f"{SIRET};S1;Sous-total S1;;;;;;;;;;;24;;;;"),
    ("apprenants", f"{SIRET};S1;EXEMPLE;;F;14/07/1994;59512;3;NON;OUI;NON;NON;NON;8;05/03/2018;28/09/2018;TERMINE;OBTENUE"),
    ("apprenants", "14 chiffres;n° de la session;votre référence;facultatif;F / M / X;jj/mm/aaaa;code INSEE (5 caractères);SANS, 3 à 8;"
                   "OUI/NON/NSP;OUI/NON/NSP;OUI/NON/NSP;OUI/NON/NSP;OUI/NON/NSP;nombre;jj/mm/aaaa;jj/mm/aaaa;voir la liste;voir la liste"),
    ("apprenants", "obligatoire;obligatoire;obligatoire;facultatif;obligatoire;obligatoire;obligatoire;obligatoire;obligatoire;"
                   "obligatoire;obligatoire;obligatoire;obligatoire;facultatif;obligatoire;facultatif;facultatif;facultatif"),
    ("suivi", "Merci de remplir une ligne par échéance;;;;;;;"),
    ("suivi", "SIRET de l'organisme;numéro;référence;SORTIE, M3, M6 ou M12;date;code de la liste;OUI ou NON;"),
    ("suivi", "Total général : 24;;;;;;12;"),
    ("depenses", "TOTAL;;;;;24000,00"),
    ("depenses", ";;Sous-total;;;24000,00"),
    ("depenses", ";;;;S/Total PERSONNEL;24000,00"),
    ("depenses", ";;;;;24000,00"),
    ("depenses", f"{SIRET};A1;Total;;;24000,00"),
    ("depenses", "Exemple;A1;F1;30/04/2018;PERSONNEL;1000,00"),
    ("sessions", "Totaux;;;;;;48"),
    ("financements", "Total des subventions;;;;;;;24000,00"),
    ("actions", "Exemples :;Numérique pour tous;;A1;;;;;;;;;;"),
]  # fmt: skip

SOMEBODY = [
    ("actions", "intitule=Exemple de cours"),
    ("actions", "intitule=EXEMPLE"),
    ("actions", "organisme=Total Formation"),
    ("actions", "siret= & intitule=Exemple de cours"),
    ("financements", "financeur=TOTAL"),
    ("financements", "financeur=Total Direction & siret=9,00120007E+13"),
    ("apprenants", "id_apprenant=TOTALE"),
    ("apprenants", "id_apprenant=EXEMPLE-1"),
    ("apprenants", "siret= & numero_session=DWWM & id_apprenant=Alpha"),
    ("suivi", "siret= & numero_session=DWWM & id_apprenant=Alpha & echeance=SORTIE & situation= & numerique= & source="),
    ("suivi", "situation= & numerique= & source= & observe_le="),
    ("sessions", "siret=#N/A & numero_session=#N/A & numero_action=#N/A & commune=#N/A & debut=#N/A & fin=#N/A"),
    ("depenses", "siret="),
    ("depenses", "siret=à compléter"),
]


@pytest.mark.parametrize(("kind", "row"), NOBODY, ids=lambda said: said[:40])
def test_a_row_that_nobody_means_to_count(kind: str, row: str) -> None:
    reading = read_return(csv_of(kind) + row.encode() + b"\n" + csv_of(kind).partition(b"\n")[2])
    assert reading.records.lines.tolist() == [2, 4]
    assert [(damaged.line, damaged.rule) for damaged in reading.damaged] == [(3, "LIG-09")]


@pytest.mark.parametrize(("kind", "change"), SOMEBODY, ids=lambda said: said[:40])
def test_a_record_that_resembles_one(kind: str, change: str) -> None:
    assert len(read_return(csv_of(kind, change)).records) == 1


def test_a_first_column_of_no_title_of_ours() -> None:
    """An action's title may stand there, so that beside a SIRET only the word alone tells."""
    header, row = csv_of("depenses").decode().splitlines()
    for said, is_record in (("TOTAL", False), ("Exemple :", False), ("Exemple 1", False), ("Exemple de cours", True), ("Totale", True)):
        reading = read_return(f"x;{header}\n{said};{row}\n".encode())
        assert len(reading.records) == is_record, said
    assert [damaged.rule for damaged in read_return(f"x;{header}\nTotal de tout;;;;;;1000\n".encode()).damaged] == ["LIG-09"]


def test_columns_that_are_not_kept_decide_nothing() -> None:
    """Read again from the archive, where they are empty, the row must be what it was."""
    header, row = csv_of("suivi").decode().splitlines()
    for cell in ("", "Delacroix", "0612345678", "Fin du tableau"):
        reading = read_return(f"{header};x\n{row};\n;;;;;;;;{cell}\n;;;;;Fin;;;{cell}\n".encode())
        assert [damaged.line for damaged in reading.damaged] == ([3, 4] if cell else [4])


@pytest.mark.parametrize("titles", [list(VALID["suivi"]), ["x", *VALID["suivi"]], ["id_apprenant", "siret", *list(VALID["suivi"])[3:], "numero_session"]])
def test_the_mark_of_somebody_erased_is_a_record(titles: list[str]) -> None:
    mark = f"{MARK} A {SIRET}/S1/M6 {'ab' * 16}"
    assert len(read_return(f"{';'.join(titles)}\n{mark}{';' * (len(titles) - 1)}\n".encode()).records) == 1
