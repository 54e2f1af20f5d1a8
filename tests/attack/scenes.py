"""What is done to the one home, in this order: it is founded, impersonated, somebody is erased in it, and sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.attack.homes import OF_A, OF_B, STEWARD, STRANGER, A, B, C, Home, NightSeen, Ran
from tests.attack.traces import traces
from tests.spec.paper import csv_of

#: the person who will be erased, as the provider writes it, and what is known of it
REF, NATIONAL, BORN = "CANARI-7731", "CNRINE77310001", "17/03/1991"
#: somebody else who will be erased, whose provider writes a word in the place of the national reference
NOBODY, UNKNOWN_NATIONAL = "PLACE-0001", "inconnu"
_PERSON = f"identifiant_national={NATIONAL} & naissance={BORN}"
LEARNERS = [f"id_apprenant=L{number}" for number in range(1, 6)]
#: titles under which people stood in real files, and a value of each
TITLES = (
    "NOM2", "PRENOM1", "PRENOM2_APPRENANT", "TEL2_REPRESENTANT_LEGAL", "NOMNAI", "adre1 individu", "n° allocataire",
    "result_label", "result_housenumber", "latitude", "T?l?phone", "observation",
)  # fmt: skip
NAMES = tuple(f"ZZNOM{number:02d}X" for number in range(len(TITLES)))


def learners(*changes: str) -> bytes:
    """A's list of session S1, with these learners too."""
    return csv_of("apprenants", *LEARNERS, *changes)


def _answers(situation: str, *more: str) -> bytes:
    return csv_of("suivi", *(f"{one} & situation={situation}" for one in (*LEARNERS, *more)))


def _with_names() -> bytes:
    header, row = csv_of("apprenants", "numero_session=S3 & id_apprenant=N1").decode().splitlines()
    return f"{header};{';'.join(TITLES)}\n{row};{';'.join(NAMES)}\n".encode()


def _with_title(file: bytes, title: str) -> bytes:
    header, *rows = file.decode().splitlines()
    return "\n".join([f"{header};{title}", *(f"{row};oui" for row in rows)]).encode() + b"\n"


def founded(folder: Path) -> Home:
    """Providers A (in `opale/`) and B (in `boreal/`), the Region (in `region/`). All is right but for one damaged line of A's."""
    home = Home(folder)
    (folder / "suivi.toml").write_text(f'steward_email = "{STEWARD}"\nsender = "suivi@region.example"\n', encoding="utf-8")
    damaged = f'{A};S1;"L9"x;;F;01/01/1990\n'.encode()
    of_a = f"courriel={OF_A} & siret={A}"
    night = home.nightly(
        {
            "region/actions.csv": csv_of(
                "actions", f"{of_a} & intitule=Parcours {REF}", f"{of_a} & numero_action=A2",
                f"courriel={OF_B} & siret={B} & numero_action=B1 & subvention=10000",
            ),
            "region/financements.csv": csv_of("financements", f"siret={B} & numero_action=B1 & reference=V9 & montant=1000"),
            "opale/sessions.csv": _with_title(csv_of("sessions", "", "numero_session=S2", "numero_session=S3", "numero_session=S4"), REF),
            "opale/apprenants.csv": learners(
                f"id_apprenant={REF} & {_PERSON}", f"id_apprenant={NOBODY} & identifiant_national={UNKNOWN_NATIONAL} & handicap=OUI"
            ) + damaged,
            "opale/identite.csv": _with_names(),
            "opale/suivi.csv": _answers("CDI", f"id_apprenant={REF}", f"id_apprenant={NOBODY}", "numero_session=S3 & id_apprenant=N1"),
            "opale/depenses.csv": csv_of("depenses", f"piece={REF} & montant=50000"),
            "opale/depenses-a2.csv": csv_of("depenses", "numero_action=A2 & montant=40000"),
            "boreal/sessions.csv": csv_of("sessions", f"siret={B} & numero_action=B1"),
            "boreal/apprenants.csv": csv_of("apprenants", f"siret={B} & handicap=OUI"),
            "boreal/suivi.csv": csv_of("suivi", f"siret={B}"),
        },
        umask=0,
    )  # fmt: skip
    assert night.code == 0, night.err
    assert {file["decision"] for file in night.report["files"]} == {"accepted", "partial"}, night.report["files"]
    return home


@dataclass(frozen=True)
class Figures:
    """What the warehouse says of A and B where an attacker would change it."""

    learners_of_a: int
    rate_of_a: float
    due_to_a: float
    due_for_a2: float
    grant_of_b: float
    paid_to_b: float
    files_of_a: int


def figures(home: Home) -> Figures:
    """The figures now."""
    money = "SELECT CAST({} AS DOUBLE) FROM indicators.spend_by_action WHERE provider_siret = ? AND action_id = ?"
    rate = "SELECT rate FROM indicators.positive_exit WHERE level = 'session' AND level_id = ? AND cohort = 'all' AND horizon = 'M6'"
    return Figures(
        home.one("SELECT count(*) FROM clean.learners WHERE provider_siret = ? AND session_id = 'S1'", A),
        home.one(rate, f"{A}/S1"),
        home.one(money.format("settlement_due"), A, "A1"),
        home.one(money.format("settlement_due"), A, "A2"),
        home.one(money.format('"grant"'), B, "B1"),
        home.one(money.format("paid"), B, "B1"),
        home.one("SELECT files FROM quality.provider_scores WHERE provider_siret = ?", A),
    )


@dataclass(frozen=True)
class Impersonated:
    """After the night in which others wrote in A's name: what it said, its mails by address, what was and is, what `held` lists."""

    home: Home
    night: NightSeen
    mails: Mapping[str, str]
    before: Figures
    after: Figures
    listed: Ran
    rejected: Ran


def impersonated(home: Home) -> Impersonated:
    """B writes in A's name and in the Region's, somebody does from the inbox itself and from folders with like names.

    The same night A corrects the expenses of its second action, and sends files that are wrong.
    """
    before = figures(home)
    worse = _answers("RECHERCHE", f"id_apprenant={REF}", f"id_apprenant={NOBODY}")
    night = home.nightly(
        {
            "boreal/suivi.csv": worse,
            "boreal/apprenants.csv": csv_of("apprenants", LEARNERS[0]),
            "boreal/depenses.csv": csv_of("depenses", "piece=F9 & montant=1,00"),
            "boreal/actions.csv": csv_of(
                "actions", f"siret={B} & courriel={OF_B} & numero_action=B1 & cout_total=250000 & subvention=100000",
                f"courriel={STRANGER}", f"siret={C}",
            ),
            "zeta/depenses.csv": csv_of("depenses", f"siret={C}"),
            "boreal/financements.csv": csv_of("financements", f"siret={B} & numero_action=B1 & reference=V9 & montant=100000"),
            "depot.csv": worse + b"\n",
            "Opale/suivi.csv": worse + b"\n\n",
            "boreal/opale/suivi.csv": worse + b"\n\n\n",
            "opale /suivi.csv": worse + b"\n\n\n\n",
            "opale/depenses-a2-corrige.csv": csv_of("depenses", "numero_action=A2 & montant=4000"),
            f"opale/{REF}.csv": csv_of(
                "suivi", f"id_apprenant={REF} & echeance=M12 & observe_le=hier", *(f"{one} & echeance=M12 & observe_le=01/10/2019" for one in LEARNERS)
            ),
            "opale/refuse.csv": csv_of("suivi", f"id_apprenant={REF} & situation=??"),
        }
    )  # fmt: skip
    number = _number(home, "boreal/suivi.csv")
    return Impersonated(home, night, home.mails(night), before, figures(home), home.run("held"), home.run("held", "reject", number))


def _number(home: Home, name: str) -> int:
    """The number of the last file of that name."""
    return int(home.one("SELECT max(submission_id) FROM quality.files WHERE file_name = ?", name))


@dataclass(frozen=True)
class Erased:
    """After two persons were erased: what the command said of each, and where the first one's reference still stands."""

    home: Home
    told: Ran
    left: Sequence[str]
    told_of_nobody: Ran


def erased(home: Home) -> Erased:
    """Erase the person, who stands in rows, quarantine, a refused and a held file, file names, titles, and mails; and another."""
    who = ("erase", "--siret", A, "--session", "S1", "--learner")
    told = home.run(*who, REF)
    return Erased(home, told, traces(home.folder), home.run(*who, NOBODY))


#: file -> the encoding, the session whose list it is, and how the person stands in it
SENT_AGAIN: dict[str, tuple[str, str, str]] = {
    "opale/revient-1.csv": ("utf-8", "numero_session=S1", f"id_apprenant=CANARI 7731 & {_PERSON}"),
    "opale/revient-2.csv": ("utf-16", "numero_session=S1", f"id_apprenant=CANARI_7731 & {_PERSON}"),
    "opale/revient-3.csv": ("utf-16-be", "numero_session=S1", f"id_apprenant=canari.7731 & {_PERSON}"),
    "opale/revient-4.csv": ("cp1252", "numero_session=S1", f"id_apprenant=Canâri 7731 & {_PERSON}"),
    "opale/revient-5.csv": ("utf-8-sig", "numero_session=S2", f"id_apprenant={REF} & {_PERSON}"),
    "opale/revient-6.csv": ("iso-8859-15", "numero_session=S4", f"id_apprenant=AUTRE-1 & {_PERSON}"),
    "boreal/revient-7.csv": ("utf-8", f"siret={B} & numero_session=S2", f"id_apprenant=canari7731 & naissance={BORN}"),
}


def _sent_again(encoding: str, session: str, person: str) -> bytes:
    text = csv_of("apprenants", *(f"{session} & {one}" for one in LEARNERS), f"{session} & {person}").decode()
    return (("\ufeff" if encoding == "utf-16-be" else "") + text).encode(encoding)


@dataclass(frozen=True)
class Returned:
    """After the night in which the person was sent again, where it stands then, the steward's answer, and the night after that."""

    home: Home
    night: NightSeen
    mails: Mapping[str, str]
    left: Sequence[str]
    resent: str
    after: Figures
    accepted: Ran
    night_after: NightSeen
    at_last: Figures
    chain: Ran
    proof: Ran


def returned(home: Home) -> Returned:
    """A sends the person under other spellings, in another session, under another reference; innocent people; and an original again."""
    files = {name: _sent_again(*how) for name, how in SENT_AGAIN.items()}
    innocent = [f"siret={B} & id_apprenant=I{n} & identifiant_national={text} & naissance=0{n}/02/1992"
                for n, text in enumerate(("inconnu", "INCONNU", "ine", "NULL", "xxx"), start=1)]  # fmt: skip
    innocent.append(f"siret={B} & id_apprenant=PLACE 0001 & naissance=05/06/1993")
    files["boreal/innocents.csv"] = csv_of("apprenants", f"siret={B}", *innocent)
    files["opale/depenses-a2-encore.csv"] = csv_of("depenses", "numero_action=A2 & montant=40000")
    night = home.nightly(files)
    after, mails, left = figures(home), home.mails(night), traces(home.folder)
    number = _number(home, "opale/depenses-a2-encore.csv")
    accepted = home.run("held", "accept", number)
    night_after = home.nightly()
    return Returned(
        home, night, mails, left, night.decision("opale/depenses-a2-encore.csv"), after, accepted, night_after, figures(home),
        home.run("chain", A), home.run("rebuild", "--verify"),
    )  # fmt: skip
