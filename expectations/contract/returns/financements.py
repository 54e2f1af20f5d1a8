"""The return `financements`: one row per funding decision or payment, sent by the Region."""

from __future__ import annotations

from expectations.contract.checks import CrossCheck, Severity
from expectations.contract.codes import code_list
from expectations.contract.column import Column, ValueType
from expectations.contract.return_type import Return
from expectations.contract.returns.date_checks import date_checks
from expectations.contract.returns.shared_columns import AMOUNT_ALIASES, action_id, siret

FINANCEMENTS = Return(
    kind="financements",
    prefix="FIN",
    table="fundings",
    title="Financements",
    description="une ligne par décision de financement ou versement",
    key=("provider_siret", "action_id", "reference"),
    scope=("provider_siret", "action_id"),
    from_region=True,
    columns=(
        siret(1),
        action_id(2),
        Column(3, "reference", "reference", ValueType.ID, "référence de la décision ou du versement", "V-2018-007",
               ("référence du financement", "référence financement", "réf", "N° référence", "numéro de décision",
                "référence décision", "N° décision", "référence versement", "numéro de mandat", "N° de décision",
                "N° de référence")),
        Column(4, "funder", "financeur", ValueType.TEXT, "nom du financeur", "Région Hauts-de-France",
               ("nom du financeur", "nom financeur", "organisme financeur")),
        Column(5, "funder_type", "nature", ValueType.CODE, "nature du financeur", "REGION",
               ("nature du financeur", "nature financeur", "type de financeur", "type financeur", "nature du financement"),
               codes=code_list("funder_type")),
        Column(6, "status", "etat", ValueType.CODE, "état : prévu, notifié ou versé", "VERSE",
               ("statut", "état du financement", "état du versement", "avancement"), codes=code_list("funding_status")),
        Column(7, "decided_on", "date", ValueType.DATE, "date de la décision ou du versement", "15/06/2018",
               ("date de décision", "date de la décision", "date décision", "date du versement", "date de versement",
                "date versement", "date financement", "décidé le")),
        Column(8, "amount_eur", "montant", ValueType.AMOUNT, "montant en euros", "10000,00",
               (*AMOUNT_ALIASES, "montant financement", "montant du financement", "montant versé")),
    ),
    row_checks=date_checks("FIN", "decided_on"),
    cross_checks=(
        CrossCheck("FIN-51", "action_id", Severity.WARNING,
                   "L'action de ce financement n'est pas encore connue : la ligne est gardée et comptera quand l'action "
                   "arrivera ; vérifiez le numéro d'action.",
                   "un financement dont le numéro d'action ne figure dans aucun retour actions",
                   sql="funding_of_unknown_action", waits=True),
    ),
)  # fmt: skip
