"""What the programme's rules say on a day, as the truth counts with it."""

from __future__ import annotations

from datetime import date

from transforms.synth.truth import Meaning


def programme_meaning(day: date) -> Meaning:
    durable = frozenset(("CDI", "CDD_6P", "INTERIM_6P", "FONCTION_PUBLIQUE", "CREATION"))
    employed = durable | {"CDD_6M", "INTERIM_6M", "CONTRAT_AIDE", "APPRENTISSAGE", "PROFESSIONNALISATION"}
    return Meaning(
        {"SORTIE": (0, 28), "M3": (75, 120), "M6": (150, 240), "M12": (330, 420)},
        employed,
        durable,
        employed | {"FORMATION_QUALIF", "STAGE", "INCUBATION"},
        frozenset({"NEUTRALISE"}),
        frozenset({"INCONNU"}),
    )
