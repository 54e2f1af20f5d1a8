"""The return `sessions`: one row per session of an action."""

from __future__ import annotations

from expectations.contract.checks import CrossCheck, RowCheck, Severity
from expectations.contract.column import Column, ValueType
from expectations.contract.kinds import AtLeast, AtMost, Between
from expectations.contract.return_type import Return
from expectations.contract.returns.date_checks import calendar_checks
from expectations.contract.returns.shared_columns import COMMUNE_ALIASES, action_id, session_id, siret

SESSIONS = Return(
    kind="sessions",
    prefix="SES",
    table="sessions",
    title="Sessions de formation",
    description="une ligne par session d'une action",
    key=("provider_siret", "session_id"),
    scope=("provider_siret", "session_id"),
    from_region=False,
    columns=(
        siret(1),
        action_id(2),
        session_id(3),
        Column(4, "commune_code", "commune", ValueType.COMMUNE, "code INSEE de la commune où se tient la session", "59512",
               (*COMMUNE_ALIASES, "commune du site", "code commune du site", "lieu", "commune de la session",
                "code INSEE du site")),
        Column(5, "starts_on", "debut", ValueType.DATE, "premier jour de la session", "05/03/2018",
               ("date de début", "date début", "début le", "date de début de session", "date de début de la session",
                "début de session", "début session", "date début session", "date d'ouverture")),
        Column(6, "ends_on", "fin", ValueType.DATE, "dernier jour de la session", "28/09/2018",
               ("date de fin", "date fin", "fin le", "date de fin de session", "date de fin de la session", "fin de session",
                "fin session", "date fin session")),
        Column(7, "seats", "places", ValueType.WHOLE_NUMBER, "nombre de places ouvertes", "24",
               ("nombre de places", "nb places", "nb de places", "effectif prévu", "capacité", "places ouvertes",
                "nombre de places ouvertes")),
    ),
    row_checks=(
        RowCheck("SES-31", "ends_on", Severity.ERROR,
                 "La session finit avant de commencer : vérifiez la date de début et la date de fin.",
                 "debut = 05/03/2018, fin = 01/03/2018", AtLeast("ends_on", "starts_on")),
        RowCheck("SES-32", "ends_on", Severity.WARNING,
                 "La session dure plus de 18 mois : vérifiez les dates, les formations du label sont courtes.",
                 "debut = 05/03/2018, fin = 06/09/2019", AtMost("ends_on", "latest_end_on")),
        *calendar_checks("SES", 35, "starts_on", "debut"),
        *calendar_checks("SES", 37, "ends_on", "fin"),
        RowCheck("SES-33", "seats", Severity.ERROR,
                 "Le nombre de places doit être supérieur à zéro : indiquez les places ouvertes.", "places = 0",
                 Between("seats", above=0)),
    ),
    cross_checks=(
        CrossCheck("SES-51", "action_id", Severity.WARNING,
                   "L'action de cette session n'est pas encore connue de la Région : la session est gardée et comptera "
                   "quand l'action arrivera ; vérifiez le numéro d'action.",
                   "une session dont le numéro d'action ne figure dans aucun retour actions", sql="session_of_unknown_action",
                   waits=True),
        CrossCheck("SES-52", "seats", Severity.WARNING,
                   "Plus d'apprenants sont entrés que la session n'a de places : vérifiez les places ou la liste des "
                   "apprenants.", "25 apprenants entrés pour places = 24", sql="more_learners_than_seats"),
    ),
)  # fmt: skip
