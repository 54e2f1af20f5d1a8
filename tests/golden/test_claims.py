"""No contradiction: what receipts, mails, dashboard, status and the night say of every file is what the warehouse says."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from expectations.rule_registry import all_rules
from flows.cli.status import status_of
from flows.settings import load_settings
from tests.golden.claims import (
    Fault,
    MailClaims,
    Receipt,
    counts_in,
    mail_claims,
    plain_spaces,
    provider_states,
    receipts,
)
from tests.golden.random_homes import ADDRESSES, RandomHome
from transforms.pages.receipt.page import what_is_wrong

_FILES = """SELECT submission_id, file_name, kind, provider_siret, sha256, decision, records, accepted, quarantined
FROM quality.files"""
_COUNTS = ("records", "accepted", "quarantined")
_FINDINGS = "SELECT submission_id, provider_siret, line, rule, severity, resolved_at IS NULL FROM quality.findings"


class Truth:
    """What the warehouse says after a night: files by number, what stands of each, what is settled."""

    def __init__(self, home: RandomHome) -> None:
        names = ("number", "name", "kind", "siret", "sha256", "decision", "records", "accepted", "quarantined")
        self.files: dict[int, dict[str, Any]] = {row[0]: dict(zip(names, row, strict=True)) for row in home.rows(_FILES)}
        #: of each file, each fault with its severity
        self.standing, self.settled = (defaultdict[int, list[tuple[Fault, str]]](list) for _ in range(2))
        self.errors_of, self.signals_of = Counter[str](), Counter[str | None]()
        # what is found across returns in a file of the Region has the provider that it is about, and is told to the Region
        for number, siret, line, rule, severity, stands in home.rows(_FINDINGS):
            (self.standing if stands else self.settled)[number].append(((line, rule), severity))
            if stands and severity != "info" and self.files[number]["decision"] != "held":
                self.signals_of[self.files[number]["siret"]] += 1
                self.errors_of[siret] += severity == "error"
        known = {siret for (siret,) in home.rows("SELECT DISTINCT provider_siret FROM clean.actions")}
        #: the providers that have an address, from their action
        self.addressed = {siret for siret in known if ADDRESSES.get(siret)}
        self.overdue = Counter(siret for (siret,) in home.rows("SELECT provider_siret FROM quality.overdue"))

    def signals(self, number: int) -> list[Fault]:
        """The errors and warnings of a file that stand."""
        return [fault for fault, severity in self.standing[number] if severity != "info"]

    def open_refusals(self, siret: str) -> int:
        """How many files of a provider were refused, with a reason that stands."""
        return sum(
            file["decision"] == "refused" and any(line is None for line, _ in self.signals(number))
            for number, file in self.files.items() if file["siret"] == siret
        )  # fmt: skip


class Night:
    """A night of a home, and what every channel says after it; `contradictions` are found by the methods below."""

    def __init__(self, home: RandomHome, before: dict[int, Receipt]) -> None:
        outbox = home.folder / "outbox"
        known = set(outbox.glob("*.eml"))
        home.live()
        self.home, self.report, self.truth, self.before = home, home.report, Truth(home), before
        self.mails = [mail_claims(path.read_bytes()) for path in sorted(set(outbox.glob("*.eml")) - known)]
        self.receipts = {one.number: one for one in receipts(home.folder)}
        self.dashboard = (home.folder / "reports" / "index.html").read_text()
        self.new = {file["name"] for file in self.report["files"]}

    def contradictions(self) -> list[str]:
        """All that one channel says and another denies."""
        return [
            *self._night_and_ledger(), *self._receipts_and_findings(), *self._mails_and_receipts(), *self._digest(),
            *self._dashboard(), *self._status(),
        ]  # fmt: skip

    def _night_and_ledger(self) -> list[str]:
        by_name = {file["name"]: file for file in self.truth.files.values()}
        fields = ("decision", "records", "accepted", "quarantined", "sha256", "kind")
        return [
            f"night: {file['name']}: {field} {file[field]}, warehouse {by_name[file['name']][field]}"
            for file in self.report["files"] for field in fields if file[field] != by_name[file["name"]][field]
        ]  # fmt: skip

    def _receipts_and_findings(self) -> list[str]:
        found = []
        for number, file in self.truth.files.items():
            said, where = self.receipts.get(number), f"receipt {number} {file['name']} ({file['decision']})"
            if said is None:
                found.append(f"{where}: there is none")
                continue
            counts, standing = tuple(file[field] for field in _COUNTS), self.truth.signals(number)
            if said.decision != file["decision"]:
                found.append(f"{where}: says {said.decision}")
            if said.counts and any(one not in (-1, other) for one, other in zip(said.counts, counts, strict=True)):
                found.append(f"{where}: counts {said.counts}, warehouse {counts}")
            if any(said.fields[field] != file[field] for field in ("decision", *_COUNTS)):
                found.append(f"{where}: its JSON has other counts")
            if file["decision"] == "held":
                continue
            in_verdict = {(None, said.verdict_rule)}
            missing = {fault for fault in standing if fault[1] not in said.abridged} - said.standing - in_verdict
            too_many = said.standing - set(standing)
            if missing or too_many:
                found.append(f"{where}: lists {too_many} that do not stand, not {missing} that do")
            if said.fields["open_findings"] != len(standing):
                found.append(f"{where}: its JSON has {said.fields['open_findings']} open findings, warehouse {len(standing)}")
            settled = {fault for fault, _ in self.truth.settled[number]}
            if untrue := said.faults.get("Réglé depuis", set()) - settled:
                found.append(f"{where}: says to be settled {untrue}")
            if said.says_nothing_to_do and standing:
                found.append(f"{where}: nothing to do, but {standing[:3]} stands")
            if not standing and not said.says_nothing_to_do and not (said.since == "remplacé" or file["records"] == 0):
                found.append(f"{where}: nothing stands, but it does not say that nothing is to be done")
            if said.since and any(severity == "error" for _, severity in self.truth.standing[number]):
                found.append(f"{where}: {said.since} since, but errors stand")
            if file["decision"] == "duplicate" and said.says_nothing_to_do:
                found += [
                    f"{where}: nothing to do, but {self.truth.signals(other)[:3]} stands in {other}, which it repeats"
                    for other, one in self.truth.files.items()
                    if one["sha256"] == file["sha256"] and one["decision"] in ("accepted", "partial")
                    and self.truth.signals(other)
                ]
        return found

    def _listed(self, mail: MailClaims) -> dict[str, Counter[tuple[str, str, str]]]:
        listed = defaultdict[str, Counter[tuple[str, str, str]]](Counter)
        for row in mail.rows:
            if row["gravité"] not in ("retard", "mis de côté"):
                listed[row["fichier"]][row["ligne"], row["règle"], row["gravité"]] += 1
        return listed

    def _mails_and_receipts(self) -> list[str]:
        found = []
        words = {"error": "erreur", "warning": "alerte"}
        of_provider = {mail.siret: mail for mail in self.mails if mail.topic == "night"}
        digest = next((mail for mail in self.mails if mail.topic == "digest"), None)
        # a file that was set aside and is accepted has two numbers
        for number in {file["name"]: number for number, file in self.truth.files.items()}.values():
            file = self.truth.files[number]
            mail = of_provider.get(file["siret"]) if file["siret"] in self.truth.addressed else digest
            where = f"mail on {file['siret']}, file {number} {file['name']} ({file['decision']})"
            stands = Counter(
                (str(line or ""), rule, words[severity])
                for (line, rule), severity in self.truth.standing[number] if severity in words
            )  # fmt: skip
            if mail is None:
                if file["name"] in self.new and file["decision"] != "held" and stands:
                    found.append(f"{where}: no mail, but {list(stands)[:3]} stands")
                continue
            listed = self._listed(mail)[file["name"]]
            if file["name"] in self.new and file["decision"] != "held" and listed != stands:
                found.append(f"{where}: lists {dict(listed - stands)} that do not stand, not {dict(stands - listed)} that do")
            if untrue := listed - stands:
                found.append(f"{where}: lists {dict(untrue)}, settled in the warehouse")
        for mail in self.mails:
            for number, content in mail.receipts.items():
                if content != self.receipts[number].html:
                    found.append(f"mail to {mail.to}: receipt {number} is not the one that lies in receipts/")
            found += self._provider_mail(mail) if mail.topic == "night" else []
        return found

    def _provider_mail(self, mail: MailClaims) -> list[str]:
        found, where = [], f"mail to {mail.to}"
        siret = mail.siret
        if mail.stands is not None and mail.stands != self.truth.signals_of[siret]:
            found.append(f"{where}: {mail.stands} stand, warehouse {self.truth.signals_of[siret]}")
        listed = sum(of_file.total() for of_file in self._listed(mail).values())
        if mail.stands is not None and mail.stands != listed:
            found.append(f"{where}: {mail.stands} stand, and its list has {listed}")
        late = sum(row["gravité"] == "retard" for row in mail.rows)
        if late != self.truth.overdue[siret]:
            found.append(f"{where}: {late} late, warehouse {self.truth.overdue[siret]}")
        rules = defaultdict[str, set[str]](set)
        for rule in all_rules().values():
            rules[plain_spaces(what_is_wrong(rule))].add(rule.id)
        own = [number for number, file in self.truth.files.items() if file["siret"] == siret]
        for what, count in mail.settled.items():
            settled = sum(rule in rules[what] for number in own for (_, rule), _ in self.truth.settled[number])
            if count > settled:
                found.append(f"{where}: {count} settled of {what!r} {rules[what]}, warehouse {settled}")
        replaced = {
            number for number in own
            if self.receipts[number].since == "remplacé" and (number in self.before and self.before[number].since != "remplacé")
        }  # fmt: skip
        told = mail.part("Corrigé en partie, à vérifier")
        names = {number: self.truth.files[number]["name"] for number in own}
        found += [
            f"{where}: {names[number]} is replaced, by its receipt, and the mail does not say so"
            for number in replaced if names[number].partition("/")[2].split()[0] not in told
        ]  # fmt: skip
        if told and "Réglé depuis notre dernier message, merci" in mail.titles:
            found.append(f"{where}: thanks for what is to be verified")
        for name in re.split(", ", re.sub(r"\.$", "", _after(mail.text, "Acceptés, rien à signaler : "))):
            number = next((n for n, one in names.items() if one == name), None)
            if number and self.truth.signals(number):
                found.append(f"{where}: {name} accepted without remarks, {self.truth.signals(number)[:3]} stands")
        return found

    def _digest(self) -> list[str]:
        digest = next((mail for mail in self.mails if mail.topic == "digest"), None)
        if digest is None:
            return []
        found, says = [], counts_in(digest.text.partition(" : ")[2].partition(".")[0])
        held = {number for number, file in self.truth.files.items() if file["decision"] == "held"}
        stand = Counter(
            severity for number, faults in self.truth.standing.items() if number not in held for _, severity in faults
        )
        truth = {
            "erreur": stand["error"], "alerte": stand["warning"], "retour": self.truth.overdue.total(),
            "fichier": sum(bool(self.truth.signals(number)) for number in held),
        }  # fmt: skip
        found += [
            f"digest: {says.get(what, 0)} {what}, warehouse {count}"
            for what, count in truth.items() if says.get(what, 0) != count
        ]
        files = re.search(r"(\d+) fichiers? reçus?", digest.text)
        if int(files[1] if files else 0) != len(self.new):
            found.append(f"digest: {files and files[0]}, the night {len(self.new)}")
        return found

    def _dashboard(self) -> list[str]:
        found, states = [], provider_states(self.dashboard)
        for siret in ADDRESSES:
            late, refused, errors = self.truth.overdue[siret], self.truth.open_refusals(siret), self.truth.errors_of[siret]
            truth = {word: count for word, count in (("retard", late), ("refusé", refused), ("erreur", errors)) if count}
            says = {
                word: int(count) for word in ("retard", "refusé", "erreur")
                for count in re.findall(rf"(\d+) (?:envois? )?{word}", states[siret])
            }  # fmt: skip
            if (states[siret] == "à jour") != (not truth) or says != truth:
                found.append(f"dashboard: {siret} is {states[siret]!r}, warehouse {truth}")
            own = [one for number, one in self.receipts.items() if self.truth.files[number]["siret"] == siret]
            asks = [one.number for one in own if one.faults.get("À corriger") or (one.decision == "refused" and not one.since)]
            if states[siret] == "à jour" and asks:
                found.append(f"dashboard: {siret} is à jour, but receipts {asks} ask for a correction")
            if not asks and re.search("erreur|refusé", states[siret]):
                found.append(f"dashboard: {siret} is {states[siret]!r}, but none of its receipts asks for a correction")
        return found

    def _status(self) -> list[str]:
        status = status_of(load_settings(self.home.folder))
        stand = Counter(severity for all_of in self.truth.standing.values() for _, severity in all_of)
        truth = {
            "files": Counter(file["decision"] for file in self.truth.files.values()), "open_findings": stand,
            "last_night": Counter(file["decision"] for file in self.report["files"]), "overdue": self.truth.overdue.total(),
        }  # fmt: skip
        says = {
            "files": Counter(status["files"]), "open_findings": Counter(status["open_findings"]),
            "last_night": Counter(status["last_night"]["files"]),
            "overdue": sum(row["returns"] for row in status["overdue"].values()),
        }  # fmt: skip
        return [f"status: {name} {says[name]}, warehouse {truth[name]}" for name in truth if says[name] != truth[name]]


def _after(text: str, start: str) -> str:
    return re.split(r" Déjà reçus| [A-ZÀÉ']{4,}| --", text.partition(start)[2])[0]


def contradictions(folder: Path, seed: int, nights: int) -> list[str]:
    """What is said in two ways after each of so many nights of a random home."""
    home, before, found = RandomHome(folder, seed), dict[int, Receipt](), list[str]()
    for number in range(nights):
        night = Night(home, before)
        found += [f"seed {seed}, night {number}: {one}" for one in night.contradictions()]
        before = night.receipts
    return found


@pytest.mark.slow
def test_no_channel_contradicts_another(tmp_path: Path) -> None:
    assert contradictions(tmp_path / "home", 38, 2) == []


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(6))
def test_no_channel_contradicts_another_in_six_homes(tmp_path: Path, seed: int) -> None:
    assert contradictions(tmp_path / "home", seed, 6) == []
