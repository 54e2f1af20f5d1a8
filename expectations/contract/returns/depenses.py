"""The return `depenses`: one row per supporting document of an action's spending."""

from __future__ import annotations

from expectations.contract.checks import CrossCheck, Severity
from expectations.contract.codes import code_list
from expectations.contract.column import Column, ValueType
from expectations.contract.return_type import Return
from expectations.contract.returns.date_checks import date_checks
from expectations.contract.returns.shared_columns import AMOUNT_ALIASES, action_id, siret

DEPENSES = Return(
    kind="depenses",
    prefix="DEP",
    table="expenses",
    title="Dépenses justifiées",
    description="une ligne par pièce justificative",
    key=("provider_siret", "action_id", "document_ref"),
    scope=("provider_siret", "action_id"),
    from_region=False,
    columns=(
        siret(1),
        action_id(2),
        Column(3, "document_ref", "piece", ValueType.ID, "numéro de la pièce justificative", "F-2018-0042",
               ("N° pièce", "no pièce", "numéro de pièce", "numéro pièce", "pièce justificative", "justificatif",
                "facture", "N° facture", "numéro de facture", "N° de pièce", "N° de facture", "pièce n°")),
        Column(4, "spent_on", "date", ValueType.DATE, "date de la pièce", "30/04/2018",
               ("date de dépense", "date dépense", "date de la dépense", "date de la pièce", "date pièce",
                "date facture", "date de facture", "date de la facture")),
        Column(5, "cost_category", "poste", ValueType.CODE, "poste de dépense", "PERSONNEL",
               ("poste de dépense", "poste de dépenses", "poste dépense", "catégorie", "nature de la dépense", "type de dépense"),
               codes=code_list("cost_category")),
        Column(6, "amount_eur", "montant", ValueType.AMOUNT, "montant en euros, négatif pour un avoir", "1234,50",
               (*AMOUNT_ALIASES, "montant dépense", "montant de la dépense")),
    ),
    row_checks=date_checks("DEP", "spent_on"),
    cross_checks=(
        CrossCheck("DEP-51", "action_id", Severity.WARNING,
                   "L'action de cette dépense n'est pas encore connue de la Région : la ligne est gardée et comptera quand "
                   "l'action arrivera ; vérifiez le numéro d'action.",
                   "une dépense dont le numéro d'action ne figure dans aucun retour actions",
                   sql="expense_of_unknown_action", waits=True),
        CrossCheck("DEP-52", "document_ref", Severity.WARNING,
                   "La même pièce, du même montant, est donnée pour deux actions : gardez-la dans une seule, ou donnez à chacune "
                   "sa part du montant.",
                   "la pièce F1 de 1 250,00 € dans les actions A1 et A2", sql="document_in_two_actions"),
    ),
)  # fmt: skip
