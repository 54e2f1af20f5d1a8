"""The tables of a release, column by column, as their schemas tell of them; that of the grants is in grants.py."""

from __future__ import annotations

from typing import Any

from transforms.publication.table import Field, ForeignKey, Table

_LEVELS = ("programme", "departement", "epci", "provider", "action", "session")
_SIRET = {"pattern": r"\d{14}"}


def _count(name: str, title: str, description: str) -> Field:
    return Field(name, title, description, "integer", {"minimum": 0}, can_be_hidden=True)


def _rate(name: str, title: str, description: str) -> Field:
    more = " Vide quand le dénominateur publié est inférieur au seuil de la publication."
    return Field(name, title, description + more, "number", {"minimum": 0, "maximum": 1}, can_be_hidden=True)


def _euros(name: str, title: str, description: str, **constraints: Any) -> Field:
    return Field(name, title, f"{description}, en euros", "number", constraints)


def _cost(name: str, title: str, description: str) -> Field:
    return Field(name, title, description, "number", can_be_hidden=True)


_LEVEL = Field(
    "level", "Niveau", "programme, departement, epci (intercommunalité), provider (organisme), action ou session",
    constraints={"required": True, "enum": list(_LEVELS)},
)  # fmt: skip
_LEVEL_ID = Field(
    "level_id", "Identifiant",
    "Vide pour le programme ; sinon code du département, SIREN de l'intercommunalité, SIRET, SIRET/action ou SIRET/session",
)  # fmt: skip
_OF_UNIT = (ForeignKey(("level", "level_id"), "units", ("level", "level_id")),)
_KEY = ("level", "level_id")

UNITS = Table(
    "units",
    "Unités",
    "Les unités dont des chiffres sont publiés, et les unités auxquelles chacune appartient. Le lieu est celui de la session.",
    (
        _LEVEL,
        _LEVEL_ID,
        Field("label", "Nom", "Nom de l'unité ; pour une session, commune et premier jour", constraints={"required": True}),
        Field("departement", "Département", "Code du département auquel appartient l'unité"),
        Field("epci", "Intercommunalité", "SIREN de l'intercommunalité à laquelle appartient la session"),
        Field("provider", "Organisme", "SIRET de l'organisme auquel appartient l'unité"),
        Field("action", "Action", "SIRET/action à laquelle appartient la session"),
    ),
    _KEY,
)

AUDIENCES = Table(
    "audiences",
    "Publics",
    "Les personnes entrées en formation depuis le début du programme jusqu'au dernier jour de la période, et leurs publics.",
    (
        _LEVEL,
        _LEVEL_ID,
        _count("entrants", "Entrants", "Personnes entrées en formation"),
        _count("women", "Femmes", "Entrants de sexe féminin"),
        _count("dropouts", "Décrocheurs", "Entrants décrocheurs scolaires"),
        _count("far_from_employment", "Éloignés de l'emploi", "Entrants qui le déclarent, ou sans emploi depuis un an"),
        _count("qpv_residents", "Quartiers prioritaires", "Entrants d'un quartier prioritaire de la ville"),
        _count("rural_residents", "Zone rurale", "Entrants résidant en zone rurale"),
        _count("disabled", "Handicap", "Entrants en situation de handicap"),
        _count("disabled_qpv", "Handicap et quartier prioritaire", "Entrants des deux publics à la fois"),
        _count("priority", "Publics prioritaires", "Entrants d'au moins un public prioritaire, chacun compté une fois"),
        _rate("women_share", "Part des femmes", "women / entrants."),
        _rate("priority_share", "Part des publics prioritaires", "priority / entrants."),
    ),
    _KEY,
    _OF_UNIT,
)

VERDICTS = Table(
    "verdicts",
    "Objectif de mixité des sessions",
    "Si chaque session atteint la part de publics prioritaires que la règle demande.",
    (
        Field("level_id", "Session", "SIRET/session", constraints={"required": True}),
        Field(
            "target", "Objectif", "Part des entrants qui doivent être d'un public prioritaire", "number",
            {"minimum": 0, "maximum": 1},
        ),
        Field(
            "verdict", "Verdict", "met : atteint ; not_met : non atteint ; undetermined : des réponses inconnues en décideraient",
            constraints={"enum": ["met", "not_met", "undetermined"]}, can_be_hidden=True,
        ),
    ),
    ("level_id",),
    (ForeignKey(("level_id",), "units", ("level_id",)),),
)  # fmt: skip

CERTIFICATION = Table(
    "certification",
    "Fin de formation et certification",
    "Comment la formation s'est terminée pour les personnes sorties jusqu'au dernier jour de la période.",
    (
        _LEVEL,
        _LEVEL_ID,
        _count("leavers", "Sortis", "Personnes sorties de formation"),
        _count("completed", "Jusqu'au bout", "Sortis qui ont suivi la formation jusqu'à son terme"),
        _count("dropped_out", "Abandons", "Sortis qui ont abandonné, pour un emploi ou non"),
        _count("presented", "Présentés", "Sortis présentés à la certification"),
        _count("certified", "Certifiés", "Sortis qui ont obtenu la certification entière"),
        _rate("completion_rate", "Taux d'achèvement", "completed / leavers."),
        _rate("dropout_rate", "Taux d'abandon", "dropped_out / leavers."),
        _rate("certified_of_presented", "Certifiés parmi les présentés", "certified / presented."),
        _rate("certified_of_leavers", "Certifiés parmi les sortis", "certified / leavers."),
    ),
    _KEY,
    _OF_UNIT,
)

POSITIVE_EXITS = Table(
    "positive_exits",
    "Sorties positives",
    "Ce que sont devenues, six mois après, les personnes sorties jusqu'au dernier jour de la période et dont le délai est passé.",
    (
        _LEVEL,
        _LEVEL_ID,
        Field("horizon", "Échéance", "M6 : de 150 à 240 jours après la sortie", constraints={"required": True, "enum": ["M6"]}),
        _count("eligible", "Comptés", "Sortis dont le délai est passé, connus ou non, hors personnes neutralisées"),
        _count("known", "Réponses", "Comptés dont la situation est connue"),
        _count("positive", "Positives", "Comptés dont la sortie est positive : emploi, formation qualifiante, stage, incubation"),
        _rate("rate", "Taux, au moins", "positive / eligible : sans réponse, une sortie n'est pas positive."),
        _rate("bound_high", "Taux, au plus", "(positive + eligible - known) / eligible : si toute sortie sans réponse l'était."),
        _rate("response_rate", "Couverture", "known / eligible : part des personnes dont la situation est connue."),
    ),
    ("level", "level_id", "horizon"),
    _OF_UNIT,
)

COVERAGE = Table(
    "coverage",
    "Couverture du territoire",
    "Départements et intercommunalités de la région, avec ou sans session, et d'ailleurs s'il y en a une. Lieu de la session.",
    (
        Field("level", "Niveau", "departement ou epci", constraints={"required": True, "enum": ["departement", "epci"]}),
        Field("level_id", "Identifiant", "Code du département, SIREN de l'intercommunalité", constraints={"required": True}),
        Field("label", "Nom", "Nom du département ou de l'intercommunalité"),
        Field("sessions", "Sessions", "Sessions où quelqu'un est entré", "integer", {"required": True, "minimum": 0}),
        _count("entrants", "Entrants", "Personnes entrées en formation dans ces sessions"),
        Field("inhabitants", "Habitants", "Population municipale", "integer", {"minimum": 0}),
        Field(
            "entrants_per_10000", "Entrants pour 10 000 habitants", "entrants * 10 000 / inhabitants",
            "number", {"minimum": 0}, can_be_hidden=True,
        ),
    ),
    _KEY,
)  # fmt: skip

_ACTION_MONEY = (
    Field("provider", "Organisme", "SIRET de l'organisme", constraints={"required": True, **_SIRET}),
    Field("action", "Action", "SIRET/action", constraints={"required": True}),
    Field("call_id", "Appel à projets", "Appel à projets qui finance l'action"),
    _euros("total_cost", "Coût total", "Coût total de l'action"),
    _euros("grant", "Subvention", "Subvention accordée par la Région"),
    _euros("cap", "Plafond", "Le plus que la règle de l'appel à projets permet d'accorder"),
    Field("over_cap", "Plafond dépassé", "Si la subvention dépasse le plafond", "boolean"),
    _euros("paid", "Versé", "Versé par la Région"),
    _euros("notified", "Notifié", "Notifié par la Région et pas encore versé"),
    _euros("cofinancing_public", "Cofinancement public", "Versé par l'État, les collectivités et l'Europe"),
    _euros("cofinancing_private", "Cofinancement privé", "Versé par les OPCO, les entreprises et d'autres"),
    _euros("justified", "Justifié", "Somme des dépenses justifiées"),
    _euros("settlement_due", "Solde", "Ce qui reste dû d'après les dépenses justifiées ; négatif, il est à récupérer"),
    Field(
        "state", "État des dépenses", "nothing_justified : aucune ; incomplete : en retard ou refusées ; complete : complètes",
        constraints={"enum": ["nothing_justified", "incomplete", "complete"]},
    ),
    _cost("cost_per_entrant", "Coût par entrant", "justified / entrants publiés de l'action, en euros"),
    _cost("cost_per_positive_exit", "Coût par sortie positive", "justified / positive publié, en euros"),
)  # fmt: skip

SPEND = Table(
    "spend",
    "Argent par action",
    "Coûts, subventions, versements et dépenses de chaque action conventionnée, à la date de référence de la publication.",
    _ACTION_MONEY,
    ("action",),
)

ENVELOPES = Table(
    "envelopes",
    "Enveloppes des appels à projets",
    "Ce que chaque appel à projets a accordé, versé et peut encore accorder, à la date de référence de la publication.",
    (
        Field("call_id", "Appel à projets", "Appel à projets", constraints={"required": True}),
        _euros("envelope", "Enveloppe", "Montant total de l'appel à projets"),
        Field("actions", "Actions", "Actions conventionnées", "integer", {"required": True, "minimum": 0}),
        _euros("committed", "Engagé", "Somme des subventions accordées"),
        _euros("paid", "Versé", "Versé par la Région"),
        _euros("justified", "Justifié", "Somme des dépenses justifiées"),
        _euros("remaining", "Reste", "Enveloppe moins engagé"),
        Field("committed_share", "Part engagée", "committed / envelope", "number"),
        Field("paid_share", "Part versée", "paid / envelope", "number"),
        Field("actions_over_cap", "Plafonds dépassés", "Actions au-dessus du plafond", "integer", {"minimum": 0}),
        Field("exhausted_low", "Épuisement au plus tôt", "Mois (premier jour) où rien ne resterait", "date"),
        Field("exhausted_mid", "Épuisement probable", "Mois le plus probable (premier jour)", "date"),
        Field("exhausted_high", "Épuisement au plus tard", "Mois au plus tard (premier jour)", "date"),
    ),
    ("call_id",),
)
