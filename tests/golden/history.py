"""A home with a few nights behind it: corrections, a file sent twice, a refused one, names of people, new rules, mails told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

import duckdb

from tests.golden.nights import Home
from tests.spec.paper import csv_of
from warehouse.notifications.outbox import EarlierMessageIds, Mail, Outbox, PendingUpdates
from warehouse.query_results import arrow_table, read_sql
from warehouse.store.store import Store

#: L1 and L2 leave on 28/09/2018: their M6 window ends on 26/05/2019
BASE = {
    "a.csv": csv_of("actions"),
    "b.csv": csv_of("sessions"),
    "c.csv": csv_of("apprenants", "", "id_apprenant=L2 & sexe=M", "id_apprenant=L3 & naissance=hier"),
    "d.csv": csv_of("suivi", "id_apprenant=L7"),  # waits for its learner
}
NAMED = csv_of("depenses").replace(b"montant", b"montant;nom").replace(b"1000,00", b"1000,00;Dupont")
CORRECTION = {
    "c2.csv": csv_of("apprenants", "sexe=M", "id_apprenant=L2 & sexe=M"),
    "again.csv": BASE["b.csv"],
    "refused.csv": b"nom;prenom\n\n\nDupont;Jean\n",
    "named.csv": NAMED,
}
FOLLOWUPS = {"d2.csv": csv_of("suivi", "")}
#: the nights: their days, and what comes
NIGHTS: Sequence[tuple[date, dict[str, bytes]]] = (
    (date(2019, 5, 24), BASE),
    (date(2019, 5, 26), CORRECTION),
    (date(2019, 5, 27), {}),
    (date(2019, 5, 28), FOLLOWUPS),
)


def new_rules(home: Home) -> None:
    """From now on the home has a programme file of its own, with other unfilled posts."""
    text = (files("expectations.programme") / "programme.toml").read_text(encoding="utf-8")
    (home.folder / "programme.toml").write_text(text.replace("[500, 3_000]", "[400, 3_000]"), encoding="utf-8")
    (home.folder / "suivi.toml").write_text('programme_file = "programme.toml"\n', encoding="utf-8")


def tell(home: Home, at: datetime, name: str) -> list[str]:
    """Write one mail that tells everybody everything that is new; its Message-ID."""

    def make(pending: PendingUpdates, earlier_ids: EarlierMessageIds) -> list[Mail]:
        told = tuple(one.siret for one in pending.senders if one.deserves_a_mail)
        signals = tuple(notice for one in pending.signals for notice in one.notices)
        mail = Mail(f"<{name}@suivi>", "night", "all", "a@exemple.fr", name, b"content", covered_senders=told, signals=signals)
        return [mail] if told or signals else []

    with duckdb.connect(str(home.folder / "warehouse.duckdb"), read_only=True) as con:
        as_of = con.execute("SELECT as_of FROM meta.release").fetchall()[0][0]
        late, seen = arrow_table(con, "FROM quality.overdue"), arrow_table(con, read_sql("flows.mail", "signals_to_tell"))
    with Store.open(home.folder) as store:
        return Outbox(store).write_night_mails(name, at, as_of, late, make, seen)


def lived(folder: Path) -> Home:
    """The home after these nights. The last one ended before it told anybody."""
    home = Home(folder)
    for day, came in NIGHTS[:-1]:
        home.night(came, on=day)
    new_rules(home)
    day, came = NIGHTS[-1]
    Home(folder, tells=False).night(came, on=day)
    return home
