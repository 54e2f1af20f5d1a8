"""Every signal by example: what a provider sends in up to four nights, and what the steward is asked to look at in the end.

What each one means: docs/signals.md.
"""

from __future__ import annotations

from datetime import date

import pytest

from expectations.signals.catalogue import all_signals
from tests.golden.nights import Home, sent_by, sirets
from tests.spec.paper import csv_of

pytestmark = pytest.mark.slow

#: the session ended on 28/09/2018 (tests/spec/paper.py); the window of M6 is from 25/02/2019 to 26/05/2019
NIGHTS = (date(2018, 11, 2), date(2019, 5, 5), date(2019, 5, 20), date(2019, 7, 1))
SITUATIONS = ("CDI", "RECHERCHE", "CDD_6P", "FORMATION_QUALIF", "CDD_6M")
SIDES = ("seen", "unseen")
Files = dict[str, bytes | None]


def learners(count: int = 0, change: str = "", people: int = 10) -> bytes:
    """A list of so many people, no two alike, two of whom failed at the end; the first `count` are changed so."""
    return csv_of("apprenants", *(
        f"id_apprenant=L{n} & naissance={n:02}/07/1994 & sexe={'FM'[n % 2]} & certification={'NON_OBTENUE' if n > 8 else 'OBTENUE'}"
        f" & {change if n <= count else ''}" for n in range(1, people + 1)
    ))  # fmt: skip


def answers(count: int = 0, change: str = "") -> bytes:
    """Ten answers at M6, no two of one day, in five situations; the first `count` are changed so."""
    return csv_of("suivi", *(
        f"id_apprenant=L{n} & observe_le={n:02}/04/2019 & situation={SITUATIONS[n % 5]} & source=ADMINISTRATIF"
        f" & {change if n <= count else ''}" for n in range(1, 11)
    ))  # fmt: skip


#: what everybody sends, where an example says nothing else (None: does not send it)
ORDINARY: tuple[Files, ...] = (
    {"a.csv": csv_of("actions"), "b.csv": csv_of("sessions", "places=12"), "c.csv": learners()}, {"d.csv": answers()}, {}, {},
)  # fmt: skip
ANNULE = "fin_de_parcours=ANNULE & sortie_le= & certification="
OPEN = "fin_de_parcours= & sortie_le= & certification="
ONLY_MONEY: Files = {"b.csv": None, "c.csv": None, "e.csv": csv_of("depenses")}

#: signal -> what is sent, night by night, that is seen, and that is not
EXAMPLES: dict[str, tuple[list[Files], list[Files]]] = {
    # shares: each provider is compared with all the others
    "vanished": ([{}, {"c.csv": learners(people=4)}], [{}, {"c.csv": learners(people=9)}]),
    "cancelled": ([{"c.csv": learners(6, ANNULE)}], [{"c.csv": learners(1, ANNULE)}]),
    "neutralised": ([{}, {"d.csv": answers(6, "situation=NEUTRALISE")}], [{}, {"d.csv": answers(1, "situation=NEUTRALISE")}]),
    "neutralised_after_search": (
        [{}, {"d.csv": answers(6, "situation=RECHERCHE")}, {"d.csv": answers(6, "situation=NEUTRALISE")}, {"d.csv": answers()}],
        [{}, {"d.csv": answers(6, "situation=INACTIF")}, {"d.csv": answers(6, "situation=NEUTRALISE")}],
    ),
    "known_gone_unknown": (
        [{}, {}, {"d.csv": answers(6, "situation=INCONNU")}, {"d.csv": answers()}], [{}, {"d.csv": answers(6, "situation=INCONNU")}, {"d.csv": answers()}],
    ),
    "one_situation": ([{}, {"d.csv": answers(10, "situation=CDI")}], [{}, {"d.csv": answers(5, "situation=CDI")}]),
    "stage_or_incubation": ([{}, {"d.csv": answers(6, "situation=STAGE")}], [{}, {"d.csv": answers(2, "situation=INCUBATION")}]),
    "not_presented": (
        [{"c.csv": learners(10, "certification=NON_PRESENTEE")}], [{"c.csv": learners(2, "certification=NON_PRESENTEE")}],
    ),
    "sex_not_stated": ([{"c.csv": learners(6, "sexe=X")}], [{"c.csv": learners(3, "sexe=X")}]),
    "qpv_residents": ([{"c.csv": learners(8, "qpv=OUI")}], [{"c.csv": learners(5, "qpv=OUI")}]),
    "rural_residents": ([{"c.csv": learners(8, "zone_rurale=OUI")}], [{"c.csv": learners(5, "zone_rurale=OUI")}]),
    "answers_before_window": ([{}, {"d.csv": answers(6, "observe_le=24/02/2019")}], [{}, {"d.csv": answers(6, "observe_le=25/02/2019")}]),
    "declared_only": ([{}, {"d.csv": answers(10, "source=DECLARATIF")}], [{}, {"d.csv": answers(4, "source=DECLARATIF")}]),
    "one_observation_date": ([{}, {"d.csv": answers(10, "observe_le=02/04/2019")}], [{}, {"d.csv": answers(5, "observe_le=02/04/2019")}]),
    # thresholds
    "late_exit": ([{"c.csv": learners(3, "sortie_le=29/10/2018")}], [{"c.csv": learners(3, "sortie_le=28/10/2018")}]),
    "unexited": (
        [{"b.csv": csv_of("sessions", "places=12 & fin=31/05/2019"), "c.csv": learners(3, OPEN)}],
        [{"b.csv": csv_of("sessions", "places=12 & fin=01/06/2019"), "c.csv": learners(3, OPEN)}],
    ),
    "moved_end": (
        [{}, {"b.csv": csv_of("sessions", "places=12 & fin=29/10/2018")}, {"b.csv": csv_of("sessions", "places=12")}],
        [{}, {"b.csv": csv_of("sessions", "places=12 & fin=28/10/2018")}],
    ),
    "same_person": ([{"c.csv": learners(3, "naissance=01/02/1990 & sexe=F")}], [{"c.csv": learners(2, "naissance=01/02/1990 & sexe=F")}]),
    "unreadable": ([{"c.csv": learners(5, "id_apprenant=", people=15)}], [{"c.csv": learners(4, "id_apprenant=", people=15)}]),
    "repeated_expenses": (
        [{"e.csv": csv_of("depenses", "piece=F12", "piece=F12 bis")}], [{"e.csv": csv_of("depenses", "piece=F12", "piece=F12 bis & montant=900")}],
    ),
    "justified_over_cost": ([{"e.csv": csv_of("depenses", "montant=50000,01")}], [{"e.csv": csv_of("depenses", "montant=50000")}]),
    "money_without_learners": (
        [{**ONLY_MONEY, "a.csv": csv_of("actions", "convention_le=30/06/2018")}, {"d.csv": None}],
        [{**ONLY_MONEY, "a.csv": csv_of("actions", "convention_le=01/07/2018")}, {"d.csv": None}],
    ),
    "seats": ([{"b.csv": csv_of("sessions", "places=9")}], [{"b.csv": csv_of("sessions", "places=19")}]),
    "diploma_of_dropouts": (
        [{"c.csv": learners(3, "decrocheur=OUI & niveau=4")}], [{"c.csv": learners(3, "decrocheur=OUI & niveau=3")}],
    ),
    "waiting": (
        [{"f.csv": learners(3, "numero_session=S9", people=3)}], [{"f.csv": learners(2, "numero_session=S9", people=2)}],
    ),
    "shortened_list": (
        [{}, *({"c.csv": learners(people=people)} for people in (9, 8, 7))], [{}, *({"c.csv": learners(people=people)} for people in (9, 8))],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], set[str]]:
    """The signals after the last night, by signal and side; each has a provider of its own."""
    home = Home(tmp_path_factory.mktemp("signals"), tells=False)
    sides = [(name, side, nights) for name, both in EXAMPLES.items() for side, nights in zip(SIDES, both, strict=True)]
    senders = sirets(len(sides))
    for number, day in enumerate(NIGHTS):
        files: dict[str, bytes] = {}
        for siret, (_, _, nights) in zip(senders, sides, strict=True):
            sent = ORDINARY[number] | (nights[number] if number < len(nights) else {})
            files |= sent_by(siret, {name: data for name, data in sent.items() if data is not None})
        home.night(files, on=day)
    signals = home.rows("select split_part(level_id, '/', 1), signal from quality.signals")
    return {
        (name, side): {all_signals()[signal].name for of, signal in signals if of == siret}
        for siret, (name, side, _) in zip(senders, sides, strict=True)
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_signal(name: str, found: dict[tuple[str, str], set[str]]) -> None:
    assert name in found[name, "seen"]
    assert name not in found[name, "unseen"]


def test_no_signal_lacks_an_example() -> None:
    assert set(EXAMPLES) == {signal.name for signal in all_signals().values()}


def test_no_signal_lacks_a_word() -> None:
    for signal in all_signals().values():
        assert all((signal.sentence, signal.question, signal.definition, signal.innocent)), signal.id
