"""Titles of columns: those that an office writes, those that announce names even when their accents are damaged."""

from typing import Any

import pytest

from expectations.contract.returns import RETURNS
from tests.spec.paper import csv_of
from transforms.read import Role, read_return
from transforms.read import match_columns as module
from transforms.read.match_columns import is_identifier, match_columns
from transforms.redaction.unwanted_columns import redacted_unreadable

OFFICE = {
    "actions": "N° de SIRET;Nom de l'OF;Adresse e-mail;N° d'action;Intitulé de la formation;Code RNCP;Code ROME;Date du label;"
    "Gratuité;Prérequis de diplôme;Appel à projets;Coût total (€);Subvention (€);Date de signature de la convention",
    "sessions": "SIRET de l’OF;N° d’action;N° de session;Code INSEE du site;Date de début de la session;Date fin session;"
    "Nombre de places ouvertes",
    "apprenants": "SIRET de l'organisme de formation;N° de la session;N° d'apprenant;INE;Sexe;Né(e) le;"
    "Code INSEE de la commune de résidence;Niveau de diplôme à l'entrée;Décrocheur;Éloigné de l'emploi;Résident en QPV;"
    "Résident en zone rurale;RQTH;Nb de mois sans emploi;Date d'entrée;Date de sortie;Motif de sortie;Résultat à la certification",
    "suivi": "SIRET;N° de session;Réf. apprenant;Échéance;Date d'enquête;Situation de l'apprenant;Emploi numérique;Source",
    "depenses": "SIRET;Action n°;N° de pièce;Date de la facture;Poste de dépenses;Montant en €",
    "financements": "SIRET;N° de l'action;N° de décision;Financeur;Nature du financement;Statut;Date de la décision;Montant (en €)",
}


@pytest.mark.parametrize("kind", OFFICE)
def test_titles_as_an_office_writes_them(kind):
    header = match_columns(OFFICE[kind].split(";"))
    assert header is not None
    assert header.kind == kind
    assert None not in header.columns
    assert not (header.missing or header.twice or header.mis_decoded)


HINTS = {
    "Date de naissance (jj/mm/aaaa)*": "born_on", "Né(e) le (jj/mm/aaaa)": "born_on", "* Sexe [F/M/X]": "sex", "Civilité": "sex",
    "Commune (code INSEE)": "commune_code", "Commune (nom)": "commune_code", "Commune(5 caractères)": "commune_code",
    "Apprenant(e)": "learner_ref", "N° SIRET * (14 chiffres) (obligatoire)": "provider_siret", "Niveau (à l'entrée) :": "diploma_level",
    "(Handicap)": None, "Remarque (siret)": None, "Date (siret": None,
}  # fmt: skip


@pytest.mark.parametrize(("title", "name"), HINTS.items())
def test_a_hint_in_brackets_and_asterisks_fall_away(title, name):
    header = match_columns([title, "numero_session", "entree_le", "decrocheur", "qpv", "zone_rurale", "eloigne_emploi", "niveau d'études"])
    assert header is not None
    assert header.titles[0] == title
    assert (header.columns[0] and header.columns[0].name) == name


def test_a_header_repeated_without_its_hints_is_a_header():
    header, row = csv_of("depenses").decode().splitlines()
    hinted = header.replace("date", "Date (jj/mm/aaaa)*").replace("montant", "Montant (€)")
    moved = ";".join(reversed(header.split(";")))
    reading = read_return("\n".join([hinted, row, header, row, moved, ";".join(reversed(row.split(";")))]).encode())
    assert reading.line_roles.tolist() == [Role.HEADER, Role.RECORD] * 3
    assert len({record.cells for record in reading.records.rows()}) == 1


@pytest.mark.parametrize("title", ["Prénom", "PRÉNOM", "Téléphone", "N° de sécurité sociale", "Prénom de l'élève", "Mél"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "mac_roman", "iso-8859-15"])
def test_a_title_with_damaged_accents_still_announces_a_person(title, encoding):
    damaged = title.encode(encoding).decode("cp1252", "replace")
    assert is_identifier(damaged)
    assert is_identifier(title.replace("é", "\ufffd").replace("É", "\ufffd"))
    unread = redacted_unreadable(f"N° dossier;{title}\n1;Zoé\n".encode(encoding))
    assert b"Zo" not in unread


FORMS = ["NOM2", "PRENOM1", "PRENOM2_APPRENANT", "TEL2_REPRESENTANT_LEGAL", "NOMNAI", "adre1 individu", "n° allocataire",
         "result_label", "Rue (n°)", "Identité * (état civil)", "result_housenumber", "latitude", "T?l?phone", "Pr??nom", "PrenomUsuel", "2e prénom", "E-mail 2"]  # fmt: skip


@pytest.mark.parametrize("title", FORMS)
def test_titles_that_forms_and_programs_write_announce_a_person(title):
    assert is_identifier(title)
    unread = redacted_unreadable(f"N° dossier;{title}\n1;Zoé\n".encode("utf-16"))
    assert b"Zo" not in unread


@pytest.mark.parametrize(
    "title", ["Nombre d'heures", "NOMBRE2", "Nomenclature", "Handicap ?", "QPV ?", "result_score", "Nom de la session 2", "Tellurique", "?", "2", "x"]
)
def test_other_titles_announce_nobody(title):
    assert not is_identifier(title)


@pytest.mark.parametrize("title", ["Numéro", "Décrocheur", "Éloigné", "Échéance", "Intitulé", "Niveau d'études", "Observations"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "mac_roman", "iso-8859-15"])
def test_other_titles_with_damaged_accents_announce_nobody(title, encoding):
    assert not is_identifier(title.encode(encoding).decode("cp1252", "replace"))


def test_titles_are_compared_within_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = 0
    real = module.get_close_matches

    def counted(word: str, possibilities: Any, **named: Any) -> list[str]:
        nonlocal pairs
        pairs += len(possibilities)
        return real(word, possibilities, **named)

    monkeypatch.setattr(module, "get_close_matches", counted)
    titles = [column.header for column in RETURNS["apprenants"].columns[:12]]
    header = match_columns([*titles, *(f"date d'entre {number}" for number in range(1_900))])
    assert header is not None and header.missing
    assert header.nearest_titles() == {}
    assert pairs == 0
    one = match_columns([*titles, "entre_lee"])
    assert one is not None
    assert "entre_lee" in one.nearest_titles().values()
    assert 0 < pairs <= 200
