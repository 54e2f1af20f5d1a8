"""The return `suivi`: one row per learner and follow-up horizon."""

from __future__ import annotations

from expectations.contract.checks import CrossCheck, RowCheck, Severity
from expectations.contract.codes import code_list
from expectations.contract.column import Column, ValueType
from expectations.contract.kinds import AtMost
from expectations.contract.return_type import Return
from expectations.contract.returns.shared_columns import learner_ref, session_id, siret

SUIVI = Return(
    kind="suivi",
    prefix="SUI",
    table="followups",
    title="Suivi après la sortie",
    description="une ligne par apprenant et échéance de suivi",
    key=("provider_siret", "session_id", "learner_ref", "horizon"),
    scope=("provider_siret", "session_id", "horizon"),
    from_region=False,
    refuses_identifiers=True,
    columns=(
        siret(1),
        session_id(2),
        learner_ref(3),
        Column(4, "horizon", "echeance", ValueType.CODE, "échéance du suivi : SORTIE, M3, M6 ou M12", "M6",
               ("échéance de suivi", "échéance du suivi", "horizon", "moment du suivi", "période"),
               codes=code_list("horizon")),
        Column(5, "observed_on", "observe_le", ValueType.DATE, "date à laquelle la situation a été constatée", "01/04/2019",
               ("date d'observation", "date observation", "observée le", "date de suivi", "date du suivi",
                "date de l'observation", "date de constat", "date du constat", "date enquête", "date d'enquête",
                "date de l'enquête")),
        Column(6, "situation", "situation", ValueType.CODE, "situation de l'apprenant à cette date", "CDI",
               ("situation professionnelle", "situation actuelle", "situation à l'échéance", "code situation",
                "situation observée", "situation de l'apprenant"), codes=code_list("situation")),
        Column(7, "is_digital_job", "numerique", ValueType.YES_NO_UNKNOWN, "emploi dans un métier du numérique", "OUI",
               ("emploi numérique", "métier du numérique", "métier numérique", "emploi dans le numérique"),
               optional=True, codes=code_list("yes_no_unknown")),
        Column(8, "source", "source", ValueType.CODE, "d'où vient l'information", "DECLARATIF",
               ("source de l'information", "origine", "source information"), optional=True, codes=code_list("source")),
    ),
    row_checks=(
        RowCheck("SUI-31", "observed_on", Severity.ERROR,
                 "La date d'observation est postérieure à la réception du fichier : indiquez la date où la situation a été "
                 "constatée.", "observe_le = 01/01/2030 dans un fichier reçu en 2026",
                 AtMost("observed_on", "received_on")),
    ),
    cross_checks=(
        CrossCheck("SUI-51", "learner_ref", Severity.WARNING,
                   "L'apprenant de ce suivi, ou sa session, n'est pas encore connu : la ligne est gardée et comptera quand le "
                   "retour qui manque arrivera ; vérifiez la référence de l'apprenant et le numéro de session.",
                   "un suivi dont l'apprenant ne figure dans aucun retour apprenants", sql="followup_of_unknown_learner",
                   waits=True),
        CrossCheck("SUI-52", "learner_ref", Severity.WARNING,
                   "L'apprenant de ce suivi n'est pas sorti de formation, ou son inscription est annulée : la ligne est gardée "
                   "et comptera quand sa sortie sera connue ; complétez le retour apprenants.",
                   "un suivi M3 pour un apprenant dont sortie_le est vide", sql="followup_before_exit_known", waits=True),
        CrossCheck("SUI-53", "observed_on", Severity.ERROR,
                   "La situation aurait été observée avant la sortie de l'apprenant : vérifiez la date d'observation et la "
                   "date de sortie ; la ligne ne compte pas d'ici là.", "observe_le = 01/09/2018, sortie_le = 28/09/2018",
                   sql="observed_before_exit"),
        CrossCheck("SUI-54", "observed_on", Severity.WARNING,
                   "La date d'observation est trop loin de l'échéance indiquée : vérifiez l'une et l'autre ; la ligne est "
                   "comptée.", "une situation M6 observée 100 jours après la sortie", sql="observed_outside_window"),
        CrossCheck("SUI-71", "situation", Severity.WARNING,
                   "Une situation connue est redevenue INCONNU dans ce nouvel envoi : redonnez la dernière situation connue, "
                   "chaque envoi remplace le précédent.", "CDI, puis INCONNU dans le fichier suivant",
                   sql="situation_became_unknown"),
        CrossCheck("SUI-72", "situation", Severity.WARNING,
                   "Vingt apprenants ou plus de la session ont tous la même situation à cette échéance : vérifiez que la "
                   "colonne n'a pas été recopiée.", "24 lignes M6, toutes en CDI", sql="one_situation_for_all"),
    ),
)  # fmt: skip
