"""Returns on paper: a valid row of each kind, changed where an example needs it, written as a CSV file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expectations.contract.returns import RETURNS
from transforms.read.match_columns import MatchedHeader

SIRET = "90012000700019"

VALID: dict[str, dict[str, str]] = {
    "actions": {
        "siret": SIRET, "organisme": "Numérique pour tous", "courriel": "contact@exemple.fr", "numero_action": "A1",
        "intitule": "Développeur web", "certification": "RNCP37674", "rome": "M1805", "label_gen_le": "15/01/2018",
        "gratuite": "OUI", "prerequis_diplome": "NON", "enveloppe": "ERN-2017", "cout_total": "50000",
        "subvention": "20000", "convention_le": "01/03/2018",
    },
    "sessions": {
        "siret": SIRET, "numero_action": "A1", "numero_session": "S1", "commune": "59512", "debut": "05/03/2018",
        "fin": "28/09/2018", "places": "24",
    },
    "apprenants": {
        "siret": SIRET, "numero_session": "S1", "id_apprenant": "L1", "identifiant_national": "", "sexe": "F",
        "naissance": "14/07/1994", "commune": "59512", "niveau": "3", "decrocheur": "NON", "eloigne_emploi": "OUI",
        "qpv": "NON", "zone_rurale": "NON", "handicap": "NON", "mois_sans_emploi": "8", "entree_le": "05/03/2018",
        "sortie_le": "28/09/2018", "fin_de_parcours": "TERMINE", "certification": "OBTENUE",
    },
    "suivi": {
        "siret": SIRET, "numero_session": "S1", "id_apprenant": "L1", "echeance": "M6", "observe_le": "01/04/2019",
        "situation": "CDI", "numerique": "OUI", "source": "DECLARATIF",
    },
    "depenses": {
        "siret": SIRET, "numero_action": "A1", "piece": "F1", "date": "30/04/2018", "poste": "PERSONNEL",
        "montant": "1000,00",
    },
    "financements": {
        "siret": SIRET, "numero_action": "A1", "reference": "V1", "financeur": "Région", "nature": "REGION",
        "etat": "VERSE", "date": "15/06/2018", "montant": "10000",
    },
}  # fmt: skip


def titled(kind: str, titles: Sequence[str]) -> MatchedHeader:
    """A header of these titles; those that are headers of this return name its columns."""
    columns = {column.header: column for column in RETURNS[kind].columns}
    return MatchedHeader(kind, tuple(titles), tuple(map(columns.get, titles)), (), (), (), ())


def changes(text: str) -> dict[str, str]:
    """`a=1 & b=2` as a dictionary; the examples are written like that to be read as a line."""
    return {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in text.split("&") if "=" in part)}


def csv_of(kind: str, *rows: Mapping[str, str] | str) -> bytes:
    """A `;` file of this kind with one row for each change of the valid row (none: one valid row)."""
    header = list(VALID[kind])
    lines = [";".join(header)]
    for row in rows or ("",):
        changed = {**VALID[kind], **(changes(row) if isinstance(row, str) else row)}
        unknown = set(changed) - set(header)
        if unknown:
            raise KeyError(f"{kind} has no column {unknown}")
        lines.append(";".join(changed[name] for name in header))
    return ("\n".join(lines) + "\n").encode()
