"""Columns that several returns have, declared once (each return gives its own number)."""

from __future__ import annotations

from expectations.contract.column import Column, ValueType

SIRET_ALIASES = (
    "N° SIRET", "no siret", "numéro SIRET", "numéro de SIRET", "siret organisme", "siret de l'organisme",
    "siret de l'organisme de formation", "SIRET OF", "siret de l'OF", "siret organisme de formation", "code siret",
    "num siret", "N° de SIRET",
)  # fmt: skip
ACTION_ALIASES = (
    "N° action", "no action", "num action", "numéro de l'action", "numéro d'action", "action", "id action",
    "code action", "référence action", "identifiant action", "N° d'action", "N° de l'action", "action n°",
)  # fmt: skip
SESSION_ALIASES = (
    "N° session", "no session", "num session", "numéro de session", "numéro de la session", "session",
    "id session", "code session", "référence session", "identifiant session", "N° de session", "N° de la session",
    "session n°",
)  # fmt: skip
LEARNER_ALIASES = (
    "N° apprenant", "no apprenant", "num apprenant", "numéro apprenant", "numéro d'apprenant",
    "identifiant apprenant", "identifiant de l'apprenant", "id stagiaire", "identifiant stagiaire",
    "numéro stagiaire", "N° stagiaire", "code apprenant", "référence apprenant", "apprenant", "N° d'apprenant",
    "N° de l'apprenant", "réf apprenant",
)  # fmt: skip
COMMUNE_ALIASES = (
    "code commune", "code INSEE", "commune INSEE", "code INSEE commune", "code commune INSEE", "INSEE",
    "INSEE commune", "code INSEE de la commune", "commune (code INSEE)", "code commune (INSEE)",
)  # fmt: skip
AMOUNT_ALIASES = (
    "montant €", "montant en euros", "montant euros", "montant (€)", "montant EUR", "montant TTC", "somme",
    "montant en €", "montant (en €)", "montant (euros)",
)  # fmt: skip


def siret(number: int) -> Column:
    """The provider's SIRET."""
    return Column(
        number, "provider_siret", "siret", ValueType.SIRET, "SIRET de l'organisme de formation", "90012000700019",
        SIRET_ALIASES,
    )  # fmt: skip


def action_id(number: int) -> Column:
    """The number of the funded action."""
    return Column(
        number, "action_id", "numero_action", ValueType.ID, "numéro de l'action financée, tel que dans la convention",
        "A-2018-001", ACTION_ALIASES,
    )  # fmt: skip


def session_id(number: int) -> Column:
    """The provider's number of the session."""
    return Column(
        number, "session_id", "numero_session", ValueType.ID, "numéro de la session, choisi par l'organisme",
        "S-2018-001", SESSION_ALIASES,
    )  # fmt: skip


def learner_ref(number: int) -> Column:
    """The provider's own reference of the learner."""
    return Column(
        number, "learner_ref", "id_apprenant", ValueType.ID,
        "référence de l'apprenant chez l'organisme (ni nom, ni NIR)", "APP-0001", LEARNER_ALIASES, personal=True,
    )  # fmt: skip
