"""The return `actions`: one row per funded training action, sent by the Region."""

from __future__ import annotations

from expectations.contract.checks import RowCheck, Severity
from expectations.contract.column import Column, ValueType
from expectations.contract.kinds import AtLeast, AtMost, Between, OneOf
from expectations.contract.return_type import Return
from expectations.contract.returns.date_checks import calendar_checks
from expectations.contract.returns.shared_columns import action_id, siret

ACTIONS = Return(
    kind="actions",
    prefix="ACT",
    table="actions",
    title="Actions financées",
    description="une ligne par action de formation financée",
    key=("provider_siret", "action_id"),
    scope=("provider_siret", "action_id"),
    from_region=True,
    columns=(
        siret(1),
        Column(2, "provider_name", "organisme", ValueType.TEXT, "nom de l'organisme de formation", "Numérique pour tous",
               ("nom organisme", "nom de l'organisme", "organisme de formation", "raison sociale", "OF",
                "nom de l'OF")),
        Column(3, "contact_email", "courriel", ValueType.EMAIL, "adresse à laquelle l'organisme reçoit ses courriels",
               "contact@exemple.fr",
               ("email", "e-mail", "mail", "courriel contact", "adresse courriel", "adresse mail", "contact",
                "courriel de contact", "adresse électronique", "adresse e-mail", "courriel de l'organisme")),
        action_id(4),
        Column(5, "title", "intitule", ValueType.TEXT, "intitulé de l'action", "Développeur web",
               ("intitulé action", "intitulé de l'action", "titre", "libellé", "nom de l'action", "formation",
                "intitulé de la formation", "intitulé formation")),
        Column(6, "certification_code", "certification", ValueType.CERTIFICATION_CODE,
               "fiche du répertoire national visée (RNCP ou RS, puis le numéro)", "RNCP37674",
               ("code certification", "certification visée", "RNCP", "code RNCP", "fiche RNCP", "N° RNCP"),
               optional=True),
        Column(7, "rome_code", "rome", ValueType.ROME, "code ROME du métier visé (une lettre et quatre chiffres)", "M1805",
               ("code ROME", "métier ROME", "ROME visé"), optional=True),
        Column(8, "gen_labelled_on", "label_gen_le", ValueType.DATE,
               "date du label national Grande École du Numérique", "15/01/2018",
               ("date label GEN", "label GEN", "date du label GEN", "date label", "labellisée le", "date de labellisation",
                "labellisation GEN", "date de label", "date du label")),
        Column(9, "free_of_charge", "gratuite", ValueType.YES_NO, "formation gratuite pour l'apprenant", "OUI",
               ("gratuit", "gratuité", "formation gratuite")),
        Column(10, "diploma_required", "prerequis_diplome", ValueType.YES_NO, "un diplôme est exigé à l'entrée", "NON",
               ("prérequis de diplôme", "diplôme requis", "diplôme exigé", "prérequis")),
        Column(11, "call_id", "enveloppe", ValueType.CALL, "appel à projets qui finance l'action", "ERN-2017",
               ("appel à projets", "appel à projet", "AAP", "programme", "code enveloppe")),
        Column(12, "total_cost_eur", "cout_total", ValueType.AMOUNT, "coût total de l'action, en euros", "50000,00",
               ("coût", "coût total €", "coût total (€)", "coût total en euros", "coût de l'action", "budget",
                "budget total", "montant total")),
        Column(13, "grant_eur", "subvention", ValueType.AMOUNT, "subvention accordée par la Région, en euros", "20000,00",
               ("subvention €", "subvention (€)", "montant subvention", "montant de la subvention",
                "subvention accordée", "subvention Région", "subvention en euros")),
        Column(14, "agreed_on", "convention_le", ValueType.DATE, "date de la convention", "01/03/2018",
               ("date convention", "date de convention", "date de la convention", "convention du",
                "date de signature", "date de signature de la convention", "convention signée le")),
    ),
    row_checks=(
        RowCheck("ACT-31", "total_cost_eur", Severity.ERROR,
                 "Le coût total doit être supérieur à zéro : indiquez le coût prévu de l'action.", "cout_total = 0",
                 Between("total_cost_eur", above=0)),
        RowCheck("ACT-32", "grant_eur", Severity.ERROR,
                 "La subvention ne peut pas être négative : indiquez le montant accordé, 0 s'il n'y en a pas.",
                 "subvention = -100", Between("grant_eur", at_least=0)),
        RowCheck("ACT-33", "grant_eur", Severity.ERROR,
                 "La subvention dépasse le coût total : vérifiez que les deux montants ne sont pas intervertis.",
                 "subvention = 60 000 pour cout_total = 50 000",
                 AtMost("grant_eur", "total_cost_eur"), where=Between("total_cost_eur", above=0)),
        RowCheck("ACT-34", "grant_eur", Severity.WARNING,
                 "La subvention dépasse le plafond (40 % du coût total, et 100 000 € au plus) : corrigez-la ou "
                 "confirmez-la par un avenant ; elle est comptée et signalée.",
                 "subvention = 25 000 pour cout_total = 50 000",
                 AtMost("grant_eur", "grant_cap_eur"), where=AtMost("grant_eur", "total_cost_eur")),
        RowCheck("ACT-35", "free_of_charge", Severity.WARNING,
                 "L'action n'est pas gratuite pour l'apprenant, ce que le label exige : corrigez la colonne ou "
                 "rapprochez-vous de la Région.", "gratuite = NON", OneOf("free_of_charge", (True,))),
        RowCheck("ACT-36", "diploma_required", Severity.WARNING,
                 "L'action exige un diplôme à l'entrée, ce que le label exclut : corrigez la colonne ou rapprochez-vous "
                 "de la Région.", "prerequis_diplome = OUI", OneOf("diploma_required", (False,))),
        RowCheck("ACT-37", "agreed_on", Severity.WARNING,
                 "Le label Grande École du Numérique est postérieur à la convention, alors qu'il en est la condition : "
                 "vérifiez les deux dates.", "label_gen_le = 15/06/2018, convention_le = 01/03/2018",
                 AtLeast("agreed_on", "gen_labelled_on")),
        *calendar_checks("ACT", 38, "gen_labelled_on", "label_gen_le"),
        *calendar_checks("ACT", 40, "agreed_on", "convention_le"),
    ),
    cross_checks=(),
)  # fmt: skip
