"""The Region's grants in the national format: the essential data of grant agreements (arrêté of 17 November 2017).

The columns, their order and their constraints are those of the schema `scdl/subventions` 2.1.1 of schema.data.gouv.fr, written by
OpenDataFrance and published under the Licence Ouverte 2.0 (https://schema.data.gouv.fr/scdl/subventions/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from transforms.publication.table import Field, FilledTable, Table
from warehouse.query_results import read_sql, rows_as_dicts

if TYPE_CHECKING:
    import duckdb

_REQUIRED = {"required": True}
_LONGEST = 256
_DAY = r"[0-9]{4}\-[0-9]{2}\-[0-9]{2}"

GRANTS = Table(
    "subventions",
    "Subventions",
    "Données essentielles des conventions de subvention, au format national (arrêté du 17 novembre 2017).",
    (
        Field(
            "nomAttribuant", "Nom de l'attribuant", "Nom officiel de la collectivité qui attribue la subvention",
            constraints=_REQUIRED,
        ),
        Field(
            "idAttribuant", "Identification de l'attribuant", "SIRET de la collectivité qui attribue la subvention",
            constraints={**_REQUIRED, "pattern": r"^\d{14}$"},
        ),
        Field("dateConvention", "Date de la convention de subvention", "Date de la convention (ISO 8601)", "date", _REQUIRED),
        Field("referenceDecision", "Référence de la décision", "Identifiant interne de l'acte qui attribue la subvention"),
        Field("nomBeneficiaire", "Nom du bénéficiaire", "Nom officiel ou raison sociale du bénéficiaire", constraints=_REQUIRED),
        Field(
            "idBeneficiaire", "Identification SIRET du bénéficiaire", "SIRET du bénéficiaire",
            constraints={"pattern": r"^\d{14}$"},
        ),
        Field(
            "rnaBeneficiaire", "Identification RNA du bénéficiaire", "Numéro au répertoire national des associations",
            constraints={"pattern": r"^W\d{9}$"},
        ),
        Field(
            "objet", "Objet de la subvention", "Description de l'objet de la subvention, en 256 caractères au plus",
            constraints={**_REQUIRED, "maxLength": _LONGEST},
        ),
        Field("montant", "Montant total de la subvention", "Montant total de la subvention, en euros", "number", _REQUIRED),
        Field(
            "nature", "Nature de la subvention", "En numéraire, en nature, ou les deux",
            constraints={
                **_REQUIRED,
                "enum": [
                    "aide en numéraire", "aide en nature", "aide en numéraire;aide en nature", "aide en nature;aide en numéraire",
                ],
            },
        ),
        Field(
            "conditionsVersement", "Conditions de versement de la subvention", "unique, échelonné, ou une description libre",
            constraints={**_REQUIRED, "maxLength": _LONGEST},
        ),
        Field(
            "datesPeriodeVersement", "Date ou période de versement", "Un jour, ou une période jour/jour (ISO 8601)",
            constraints={**_REQUIRED, "pattern": rf"^{_DAY}(\/{_DAY})?$"},
        ),
        Field(
            "idRAE", "Identifiant RAE de l'aide", "Numéro au répertoire des aides aux entreprises", constraints={"maxLength": 5}
        ),
        Field(
            "notificationUE", "Aide d'État notifiée à la Commission européenne", "oui ou non", "boolean", _REQUIRED,
            more={"trueValues": ["oui"], "falseValues": ["non"]},
        ),
        Field(
            "pourcentageSubvention", "Pourcentage du montant total attribué au bénéficiaire",
            "Part du montant attribuée au bénéficiaire : 1.00 quand il est seul", "number",
            {**_REQUIRED, "minimum": 0.01, "maximum": 1},
        ),
        Field("dispositifAide", "Dispositif d'aide", "Identifiant du dispositif d'aide à l'origine de la subvention"),
    ),
    (),
    about={
        "homepage": "https://schema.data.gouv.fr/scdl/subventions/",
        "version": "2.1.1",
        "licenses": [
            {"name": "etalab-2.0", "title": "Licence Ouverte 2.0", "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"}
        ],
        "sources": [
            {
                "title": "Schéma scdl/subventions 2.1.1, OpenDataFrance",
                "path": "https://schema.data.gouv.fr/scdl/subventions/",
            },
            {
                "title": "Arrêté du 17 novembre 2017 relatif aux conditions de mises à disposition des données essentielles des"
                " conventions de subvention",
                "path": "https://www.legifrance.gouv.fr/jo_pdf.do?id=JORFTEXT000036040528",
            },
        ],
    },
)  # fmt: skip


@dataclass(frozen=True)
class Publisher:
    """Who grants and who publishes: its official name and its SIRET."""

    name: str
    siret: str


def read_grants(con: duckdb.DuckDBPyConnection, publisher: Publisher) -> FilledTable:
    """The grants of all actions in force, in the national format.

    What the warehouse does not know stays empty where the format lets it be; an aid that was notified to the Commission would be
    known, so that it is `non` everywhere.
    """
    rows = rows_as_dicts(con.execute(read_sql("transforms.publication", "grants")))
    return FilledTable(GRANTS, [_grant(row, publisher) for row in rows])


def _grant(row: Mapping[str, Any], publisher: Publisher) -> tuple[Any, ...]:
    conditions, period = _payment(row)
    return (
        publisher.name, publisher.siret, row["agreed_on"], row["decision"], row["provider_name"], row["provider_siret"], None,
        f"{row['title']} (action {row['action_id']})"[:_LONGEST], row["grant_eur"], "aide en numéraire", conditions, period, None,
        False, Decimal("1.00"), None,
    )  # fmt: skip


def _payment(row: Mapping[str, Any]) -> tuple[str, str]:
    """How a grant is paid and when: of the days on which the Region's fundings are planned, notified or paid.

    Where none is known yet the period is from the agreement to the end of the last session.
    """
    if row["days"] == 1:
        return "unique", row["first_on"].isoformat()
    if row["days"]:
        return "échelonné", f"{row['first_on'].isoformat()}/{row['last_on'].isoformat()}"
    start: date = row["agreed_on"]
    end: date | None = row["ends_on"]
    period = f"{start.isoformat()}/{end.isoformat()}" if end is not None and end > start else start.isoformat()
    return "autre : aucun versement n'est encore décidé", period
