"""Titles of columns that identify a person directly; their values are dropped at the door."""

from __future__ import annotations

IDENTIFIER_HEADERS = (
    "nom", "prénom", "prénoms", "nom prénom", "nom et prénom", "prénom nom", "noms", "nom de famille",
    "nom de naissance", "nom d'usage", "nom marital", "nom de jeune fille", "nom apprenant", "prénom apprenant",
    "nom de l'apprenant", "prénom de l'apprenant", "nom stagiaire", "prénom stagiaire", "nom du stagiaire",
    "prénom du stagiaire", "nom complet", "identité", "patronyme", "adresse", "adresse postale", "adresse 1",
    "adresse 2", "adresse complète", "rue", "voie", "numéro de rue", "complément d'adresse", "adresse de résidence", "domicile",
    "téléphone", "tél", "tel fixe", "téléphone fixe", "portable", "tél portable", "téléphone portable", "mobile",
    "numéro de téléphone", "N° de téléphone", "N° téléphone", "téléphone mobile", "e-mail", "email", "mail",
    "courriel", "adresse mail", "adresse e-mail", "adresse électronique", "adresse courriel", "mél", "courriel apprenant",
    "mail apprenant", "NIR", "N° NIR", "numéro NIR", "numéro de sécurité sociale", "N° sécurité sociale",
    "n° de sécurité sociale", "sécurité sociale", "numéro sécu", "N° sécu", "numéro INSEE", "N° INSEE", "NSS",
    "numéro de sécu", "identifiant pôle emploi", "identifiant france travail", "numéro de pièce d'identité", "IBAN", "RIB",
    "lieu de naissance", "commune de naissance", "ville de naissance", "photo", "name", "first name", "last name",
    "phone", "address", "contact", "personne à contacter",
    # what a geocoder adds to an address
    "result_label", "result_name", "result_street", "result_housenumber", "result_id",
)  # fmt: skip
#: a header with one of these words (folded) in it names a person's identity too: "Tél. du stagiaire"
IDENTIFIER_WORDS = frozenset(
    {
        "NOM", "NOMS", "PRENOM", "PRENOMS", "PATRONYME", "ADRESSE", "TELEPHONE", "TEL", "PORTABLE", "MOBILE", "MAIL",
        "EMAIL", "COURRIEL", "MEL", "NIR", "SECU", "SECURITE", "IBAN", "RIB", "ADRE", "ADR", "ALLOCATAIRE", "REPRESENTANT",
        "TUTEUR", "LATITUDE", "LONGITUDE", "HOUSENUMBER",
    }
)  # fmt: skip
#: and so does one with a word that begins so: "PRENOMUSUEL", "NOMNAI" (but not "NOMBRE")
IDENTIFIER_BEGINNINGS = ("PRENOM", "NOMNAI", "NOMUS", "NOMFAM", "NOMJF", "NOMPAT", "ADRESSE", "TELEPHONE")
