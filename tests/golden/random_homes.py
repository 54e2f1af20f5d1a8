"""Homes whose files are drawn by chance: nights of returns right, wrong, corrected, cut short, sent twice or unreadable."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from flows.errors import WrongUse
from flows.held_answers import accept, held, reject
from flows.settings import load_settings
from tests.golden.nights import Home, sirets
from tests.oracle.damaged_files import damaged_file
from tests.spec.paper import SIRET, csv_of
from warehouse.paris_days import PARIS
from warehouse.store.store import Store

STEWARD = "donnees@region.example"
#: the providers' folders, SIRETs and addresses; the third has none
PROVIDERS = dict(zip(("nord", "sud", "est"), sirets(3), strict=True))
ADDRESSES = {PROVIDERS["nord"]: "nord@exemple.fr", PROVIDERS["sud"]: "sud@exemple.fr", PROVIDERS["est"]: ""}
_FIRST, _LEARNERS = date(2018, 10, 2), 6
#: days between nights: within one pass waiting rows, between others returns become due
_STEPS = (1, 1, 1, 30, 120)
_WRONG = ("sexe=pas-un-sexe", "naissance=hier", "commune=ABC", "niveau=bac", "entree_le=31/02/2018", "sortie_le=01/01/2018")
_DOUBTFUL = ("commune=1004", "naissance=14/07/1930")
_AT_THE_END = "echeance=SORTIE & observe_le=29/09/2018"
_EVERYBODY = [f"id_apprenant=L{number}" for number in range(_LEARNERS + 2)]
#: all that is awaited of a provider, without a fault
_MENDED = (
    ("sessions juste.csv", csv_of("sessions", "", "numero_session=S2")),
    ("S1 juste.csv", csv_of("apprenants", *_EVERYBODY)),
    ("S2 juste.csv", csv_of("apprenants", *(f"{one} & numero_session=S2" for one in _EVERYBODY))),
    ("suivi juste.csv", csv_of("suivi", *(f"{one} & {_AT_THE_END}" for one in _EVERYBODY))),
    ("dépenses justes.csv", csv_of("depenses", "", "piece=F2", "piece=F3", "piece=F4")),
)


class RandomHome(Home):
    """A home with three providers and the Region, that lives through nights of files drawn by chance.

    `report` is the last night's; `seed` decides what comes.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder)
        self._rng, self._sent = Random(seed), dict[str, list[bytes]]()
        self.day, self._number, self.report = _FIRST, 0, dict[str, Any]()
        (folder / "suivi.toml").write_text(f'steward_email = "{STEWARD}"\nsettle_seconds = 0\n', encoding="utf-8")
        entries = [f'[[sender]]\nfolder = "{name}"\nsirets = ["{siret}"]\n' for name, siret in PROVIDERS.items()]
        (folder / "senders.toml").write_text("\n".join(entries), encoding="utf-8")

    def live(self) -> None:
        """One more night."""
        rng, files = self._rng, dict[str, bytes]()
        if not self._number or rng.random() < 0.3:
            files[self._name("region", "actions.csv")] = self._actions()
        if self._number and rng.random() < 0.5:
            second = f"reference=V2 & montant={rng.choice(('x', '5'))}"
            files[self._name("region", "financements.csv")] = csv_of("financements", "", second)
        for folder, siret in PROVIDERS.items():
            drawn = [self._return(folder) for _ in range(rng.choice((1, 2, 3, 4) if not self._number else (0, 1, 2, 3)))]
            for name, data in [*drawn, *(_MENDED if self._number and rng.random() < 0.3 else ())]:
                files[self._name(folder, name)] = data.replace(SIRET.encode(), siret.encode())
        for name, data in files.items():
            self._sent.setdefault(name.split("/")[0], []).append(data)
        self._answer()
        self.report = self.night(files, on=self.day)
        self.day += timedelta(days=rng.choice(_STEPS))
        self._number += 1

    def _name(self, folder: str, name: str) -> str:
        """A name that no other file of the home has."""
        return f"{folder}/{self._number}-{self._rng.randrange(10_000):04d} {name}"

    def _answer(self) -> None:
        """The steward answers some of the files that wait."""
        settings = load_settings(self.folder)
        for file in held(settings) if self._number else ():
            if file.is_waiting and self._rng.random() < 0.5:
                with contextlib.suppress(WrongUse):  # the answer before settled it too
                    self._rng.choice((accept, reject))(settings, file.number)
        # Answers are dated by the clock, nights by their day.
        before = datetime.combine(self.day, time(), PARIS)
        if self._number:
            with Store.open(self.folder) as store, store.transaction("date the answers") as con:
                con.execute("UPDATE held_answers SET answered_at = $at WHERE answered_at > $at", {"at": before})

    def _actions(self) -> bytes:
        right = [f"siret={siret} & courriel={ADDRESSES[siret]}" for siret in PROVIDERS.values()]
        wrong = self._some(("numero_action=A2 & subvention=-1", "numero_action=A3 & subvention=90000"))
        return csv_of("actions", *right, *wrong)

    def _return(self, folder: str) -> tuple[str, bytes]:
        draws: tuple[Callable[[str], tuple[str, bytes]], ...] = (
            self._sessions, self._learners, self._learners, self._learners, self._followups, self._followups, self._expenses,
            self._unreadable, self._again, self._of_another, self._damaged,
        )  # fmt: skip
        return self._rng.choice(draws)(folder)

    def _sessions(self, folder: str) -> tuple[str, bytes]:
        others = ("numero_session=S2", "numero_session=S3 & commune=ABC", "numero_session=S4 & numero_action=A9")
        return "sessions.csv", csv_of("sessions", "", *self._some(others))

    def _learners(self, folder: str) -> tuple[str, bytes]:
        """A list of a session: whole or cut short, right or with faults."""
        rng = self._rng
        session, known = rng.choice(("S1", "S1", "S2")), range(rng.choice((1, 3, _LEARNERS)))
        danger, faults = rng.choice((0, 0, 0.3)), _WRONG + _DOUBTFUL
        rows = [
            f"numero_session={session} & id_apprenant=L{number}{f' & {rng.choice(faults)}' if rng.random() < danger else ''}"
            for number in known
        ]
        return "apprenants.csv", csv_of("apprenants", *rows)

    def _followups(self, folder: str) -> tuple[str, bytes]:
        """Answers of learners, some of whom nobody knows yet."""
        rng = self._rng
        rows = [
            f"id_apprenant=L{n} & {_AT_THE_END} & situation={rng.choice(('CDI', 'RECHERCHE', 'peut-être'))}"
            for n in rng.sample(range(_LEARNERS + 2), rng.choice((1, 3)))
        ]
        return "suivi.csv", csv_of("suivi", *rows)

    def _expenses(self, folder: str) -> tuple[str, bytes]:
        others = ("piece=F2 & montant=mille", "piece=F3 & montant=900000", "piece=F4 & date=01/01/2031")
        return "dépenses.csv", csv_of("depenses", "", *self._some(others))

    def _unreadable(self, folder: str) -> tuple[str, bytes]:
        header = csv_of("apprenants").splitlines()[0]
        return self._rng.choice((
            ("Dépenses.xlsx", b"PK\x03\x04 a workbook of nobody"), ("vide.csv", b""),
            ("lettre.csv", b"Bonjour,\nvoici nos listes\n"), ("titres.csv", header + b"\n"), ("sans titres.csv", csv_of("sessions").splitlines()[1]),
            ("colonne en moins.csv", csv_of("suivi", "").replace(b"echeance", b"etape")),
        ))  # fmt: skip

    def _again(self, folder: str) -> tuple[str, bytes]:
        return "encore.csv", self._rng.choice(self._sent.get(folder) or [csv_of("sessions", "")])

    def _of_another(self, folder: str) -> tuple[str, bytes]:
        other = self._rng.choice([siret for name, siret in PROVIDERS.items() if name != folder])
        return "au nom d'un autre.csv", csv_of("sessions", f"siret={other} & numero_session=S7")

    def _damaged(self, folder: str) -> tuple[str, bytes]:
        return "abîmé.csv", damaged_file(self._rng)

    def _some(self, changes: tuple[str, ...]) -> list[str]:
        return [change for change in changes if self._rng.random() < 0.3]
