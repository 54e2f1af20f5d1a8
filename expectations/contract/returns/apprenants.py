"""The return `apprenants`: one row per learner of a session."""

from __future__ import annotations

from expectations.contract.checks import CrossCheck, RowCheck, Severity
from expectations.contract.codes import code_list
from expectations.contract.column import Column, ValueType
from expectations.contract.kinds import AtLeast, AtMost, Between, Empty, Given, NoneOf, OneOf
from expectations.contract.return_type import Return
from expectations.contract.returns.shared_columns import COMMUNE_ALIASES, learner_ref, session_id, siret


def _flag(number: int, name: str, header: str, description: str, *aliases: str) -> Column:
    return Column(number, name, header, ValueType.YES_NO_UNKNOWN, description, "NON", aliases,
                  codes=code_list("yes_no_unknown"))  # fmt: skip


APPRENANTS = Return(
    kind="apprenants",
    prefix="APP",
    table="learners",
    title="Apprenants",
    description="une ligne par apprenant d'une session",
    key=("provider_siret", "session_id", "learner_ref"),
    scope=("provider_siret", "session_id"),
    from_region=False,
    refuses_identifiers=True,
    columns=(
        siret(1),
        session_id(2),
        learner_ref(3),
        Column(4, "national_ref", "identifiant_national", ValueType.TEXT,
               "identifiant national, conservé seulement sous forme hachée", "", ("INE", "identifiant national apprenant",
               "id national", "numéro national", "N° national"), optional=True, personal=True),
        Column(5, "sex", "sexe", ValueType.SEX, "sexe : F, M ou X (non précisé)", "F", ("genre", "civilité", "sexe (F/M)"),
               codes=code_list("sex")),
        Column(6, "born_on", "naissance", ValueType.DATE, "date de naissance", "14/07/1994",
               ("date de naissance", "date naissance", "né(e) le", "né le", "née le", "DDN"), personal=True),
        Column(7, "commune_code", "commune", ValueType.COMMUNE, "code INSEE de la commune de résidence", "59512",
               (*COMMUNE_ALIASES, "commune de résidence", "commune résidence", "code commune de résidence",
                "code INSEE de résidence", "code INSEE de la commune de résidence", "commune du domicile"), may_be_abroad=True),
        Column(8, "diploma_level", "niveau", ValueType.DIPLOMA, "niveau de diplôme à l'entrée", "3",
               ("niveau de diplôme", "niveau diplôme", "diplôme", "niveau à l'entrée", "niveau d'études",
                "niveau de formation", "niveau d'entrée", "niveau de diplôme à l'entrée"), codes=code_list("diploma_level")),
        _flag(9, "is_dropout", "decrocheur", "sorti du système scolaire sans diplôme", "décrocheur scolaire",
              "décrochage", "décrochage scolaire"),
        _flag(10, "is_far_from_employment", "eloigne_emploi", "éloigné de l'emploi", "éloigné de l'emploi",
              "éloignement emploi", "éloignement de l'emploi", "éloigné d'emploi"),
        _flag(11, "is_qpv_resident", "qpv", "habite un quartier prioritaire de la politique de la ville",
              "résident QPV", "habitant QPV", "quartier prioritaire", "réside en QPV", "résident en QPV", "habite en QPV"),
        _flag(12, "is_rural_resident", "zone_rurale", "habite une zone rurale", "rural", "zone rurale ZRR", "ZRR",
              "résident zone rurale", "réside en zone rurale", "résident en zone rurale"),
        _flag(13, "is_disabled", "handicap", "en situation de handicap", "TH", "RQTH", "situation de handicap",
              "travailleur handicapé", "personne handicapée"),
        Column(14, "months_without_job", "mois_sans_emploi", ValueType.WHOLE_NUMBER,
               "nombre de mois sans emploi à l'entrée", "8",
               ("nombre de mois sans emploi", "nb mois sans emploi", "mois sans travail", "durée sans emploi",
                "durée de chômage en mois", "mois de chômage", "nb de mois sans emploi",
                "durée sans emploi (mois)"), optional=True),
        Column(15, "entered_on", "entree_le", ValueType.DATE, "date d'entrée en formation", "05/03/2018",
               ("date d'entrée", "date entrée", "entrée", "entré le", "entrée en formation", "date d'entrée en formation")),
        Column(16, "left_on", "sortie_le", ValueType.DATE, "date de sortie de formation", "28/09/2018",
               ("date de sortie", "date sortie", "sortie", "sorti le", "sortie de formation",
                "date de sortie de formation"), optional=True),
        Column(17, "completion", "fin_de_parcours", ValueType.CODE, "façon dont la formation s'est terminée", "TERMINE",
               ("motif de sortie", "fin parcours", "motif de fin", "motif de fin de parcours", "issue", "statut de fin"),
               optional=True, codes=code_list("completion")),
        Column(18, "certification", "certification", ValueType.CODE, "résultat à la certification", "OBTENUE",
               ("résultat certification", "certification obtenue", "résultat de la certification", "résultat à la certification",
                "diplôme obtenu"),
               optional=True, codes=code_list("certification")),
    ),
    row_checks=(
        RowCheck("APP-31", "left_on", Severity.ERROR,
                 "La date de sortie précède la date d'entrée : vérifiez les deux dates.",
                 "entree_le = 05/03/2018, sortie_le = 01/03/2018", AtLeast("left_on", "entered_on")),
        RowCheck("APP-32", "entered_on", Severity.ERROR,
                 "L'apprenant aurait moins de 14 ans ou plus de 80 ans à l'entrée : vérifiez la date de naissance et la "
                 "date d'entrée.", "naissance = 14/07/2010, entree_le = 05/03/2018",
                 Between("age_at_entry", at_least=14, at_most=80)),
        RowCheck("APP-33", "entered_on", Severity.ERROR,
                 "La date d'entrée est postérieure à la réception du fichier : n'envoyez que des entrées effectives.",
                 "entree_le = 01/01/2030 dans un fichier reçu en 2026",
                 AtMost("entered_on", "received_on")),
        RowCheck("APP-34", "completion", Severity.ERROR,
                 "La date de sortie est donnée sans fin de parcours : indiquez comment la formation s'est terminée "
                 "(TERMINE, ABANDON, ABANDON_EMPLOI, EXCLUSION).", "sortie_le = 28/09/2018, fin_de_parcours vide",
                 Given("completion"), where=Given("left_on")),
        RowCheck("APP-35", "completion", Severity.ERROR,
                 "La fin de parcours est donnée sans date de sortie : indiquez la date de sortie, ou ANNULE si l'apprenant "
                 "n'est jamais entré.", "fin_de_parcours = TERMINE, sortie_le vide",
                 OneOf("completion", ("ANNULE",)), where=Empty("left_on")),
        RowCheck("APP-36", "certification", Severity.WARNING,
                 "La certification est OBTENUE après un ABANDON : vérifiez la fin de parcours et le résultat.",
                 "fin_de_parcours = ABANDON, certification = OBTENUE",
                 NoneOf("certification", ("OBTENUE",)), where=OneOf("completion", ("ABANDON",))),
        RowCheck("APP-37", "entered_on", Severity.WARNING,
                 "L'apprenant aurait moins de 16 ans ou plus de 65 ans à l'entrée : vérifiez la date de naissance ; la "
                 "ligne est comptée.", "naissance = 14/07/1950, entree_le = 05/03/2018",
                 Between("age_at_entry", at_least=16, at_most=65), where=Between("age_at_entry", at_least=14, at_most=80)),
        RowCheck("APP-38", "left_on", Severity.ERROR,
                 "La date de sortie est postérieure à la réception du fichier : la fin de parcours n'est donnée qu'une fois la "
                 "formation finie ; vérifiez la date, ou laissez les deux cellules vides d'ici là.",
                 "sortie_le = 01/01/2030, fin_de_parcours = TERMINE dans un fichier reçu en 2026",
                 AtMost("left_on", "received_on"), where=NoneOf("completion", ("ANNULE",))),
    ),
    cross_checks=(
        CrossCheck("APP-51", "session_id", Severity.WARNING,
                   "La session de cet apprenant, ou son action, n'est pas encore connue : la ligne est gardée et comptera quand "
                   "le retour qui manque arrivera ; vérifiez le numéro de session.",
                   "un apprenant d'une session qui ne figure dans aucun retour sessions", sql="learner_of_unknown_session",
                   waits=True),
        CrossCheck("APP-52", "entered_on", Severity.WARNING,
                   "L'entrée est à plus de 30 jours des dates de la session : vérifiez la date d'entrée et le numéro de "
                   "session.", "entree_le = 01/06/2018 pour une session du 05/03/2018 au 27/04/2018",
                   sql="entry_outside_session"),
        CrossCheck("APP-71", "learner_ref", Severity.WARNING,
                   "La session compte plus de 20 % d'apprenants de moins que dans l'envoi précédent : vérifiez que la liste "
                   "est complète, chaque envoi remplace le précédent.", "24 apprenants, puis 18 dans le fichier suivant",
                   sql="headcount_down"),
    ),
)  # fmt: skip
