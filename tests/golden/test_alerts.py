"""Who is told what, night after night: each story a provider of its own, all in one home; and that nothing is told twice."""

from __future__ import annotations

import email
import email.policy
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from expectations.contract.checks import Severity
from expectations.findings import Finding
from flows import night as steps
from flows.mail.remind import remind
from flows.settings import load_settings
from tests.golden.nights import Home, sirets
from tests.spec.paper import csv_of
from tests.unit.store_builders import OTHER_SIRET, SIRET, day, submission
from warehouse.notifications.outbox import Mail, Outbox, PendingUpdates
from warehouse.notifications.updates import FindingUpdate
from warehouse.paris_days import PARIS
from warehouse.store.store import Store

STEWARD = "donnees@region.example"
FIRST = date(2018, 10, 2)
CANARIES = ("ZZCANARYREF", "ZZCANARYINE", "17/03/1991", "1991-03-17", "zz-no-such-sex")

#: a session that began on 2 September: its learners are late from 3 October on
LATE_SESSION = "numero_session=S2 & debut=02/09/2018 & fin=28/12/2018"
LEARNER = f"identifiant_national={CANARIES[1]} & naissance={CANARIES[2]}"
WRONG = f"id_apprenant={CANARIES[0]}2 & sexe={CANARIES[4]}"
ODD = f"id_apprenant={CANARIES[0]}3 & fin_de_parcours=ABANDON"


def learners(*rows: str) -> bytes:
    """A learner who is right, and these rows."""
    return csv_of("apprenants", *(f"{LEARNER} & {row}" for row in (f"id_apprenant={CANARIES[0]}1", *rows)))


@dataclass(frozen=True)
class Story:
    """A provider's files, night by night, beside its session; and after its name, the subject of its mail of each night."""

    nights: Sequence[Mapping[str, bytes]]
    told: Sequence[str | None]
    to: str = "{siret}@exemple.fr"
    action: str = ""
    session: Sequence[str] = ("",)


STORIES = {
    "all is right": Story([{"a": learners()}], [None]),
    "a new finding, then resolved": Story(
        [{"a": learners(WRONG)}, {"b": learners()}], ["1 ligne à corriger", "1 signalement réglé"]
    ),
    "two lines that clash, then the good one alone": Story(
        [{"a": learners("id_apprenant=L2", "id_apprenant=L2 & sexe=M", "id_apprenant=L3")}, {"b": learners("id_apprenant=L2")}],
        ["2 lignes à corriger", "2 signalements réglés"],
    ),
    "a warning sent again is no news": Story([{"a": learners(ODD)}, {"b": learners(ODD, "id_apprenant=L9")}], ["1 ligne à vérifier", None]),
    "an error sent again is the verdict that its sender waits for": Story(
        [{"a": learners(WRONG)}, {"b": learners(WRONG, "id_apprenant=L9")}], ["1 ligne à corriger", "1 ligne à corriger"]
    ),
    "what the same night mends is told as mended": Story([{"a": learners(WRONG), "b": learners()}], [None]),
    "a refusal, then all right": Story(
        [{"a": csv_of("apprenants", WRONG)}, {"b": learners()}],
        ["1 fichier refusé, 1 ligne à corriger, 1 retour en retard", "2 signalements réglés, 1 retour en retard est arrivé"],
    ),
    "a duplicate is no news": Story([{"a": learners()}, {"b": learners()}], [None, None]),
    "a return becomes overdue, and arrives": Story(
        [{"a": learners()}, {}, {"b": csv_of("apprenants", "numero_session=S2 & entree_le=05/09/2018 & sortie_le= & fin_de_parcours= & certification=")}],
        [None, "1 retour en retard", "1 retour en retard est arrivé"],
        session=("", LATE_SESSION),
    ),
    "a row that waits, until its parent comes": Story(
        [{"a": learners(), "s": csv_of("suivi", "id_apprenant=L5 & echeance=SORTIE & observe_le=29/09/2018")}, {"b": learners("id_apprenant=L5")}],
        ["1 ligne à vérifier", "1 signalement réglé"],
    ),
    "a provider without an action": Story(
        [{"a": learners()}], [None], action="none"
    ),
    "an address changes": Story(
        [{"a": learners(WRONG)}, {"b": learners()}], ["1 ligne à corriger", "1 signalement réglé, adresse de contact changée"], action="moves"
    ),
}  # fmt: skip
OWNERS = dict(zip(STORIES, sirets(len(STORIES) + 1)[1:], strict=True))
NIGHTS = 4


@dataclass(frozen=True)
class Told:
    """The home after all nights, and what each night said of its mails."""

    home: Home
    alerts: Sequence[Sequence[dict[str, Any]]]
    mails: Mapping[str, EmailMessage] = field(default_factory=dict)


def files_of(night: int) -> dict[str, bytes]:
    files = {}
    if night == 0:
        files["0 actions.csv"] = csv_of("actions", *(
            f"siret={siret} & organisme={story} & courriel={siret}@exemple.fr & subvention={25_000 if 'resolved' in story else 20_000}"
            for story, siret in OWNERS.items() if STORIES[story].action != "none"
        ))  # fmt: skip
    if night == 1:
        moved = OWNERS["an address changes"]
        files["0 action.csv"] = csv_of("actions", f"siret={moved} & organisme=an address changes & courriel=nouveau@exemple.fr & numero_action=A2")
    for story, siret in OWNERS.items():
        own = {"sessions": csv_of("sessions", *STORIES[story].session)} if night == 0 else {}
        own |= STORIES[story].nights[night] if night < len(STORIES[story].nights) else {}
        for name, data in own.items():
            files[f"{siret}/{'1' if name == 'sessions' else '2'} {name}.csv"] = data.replace(b"90012000700019", siret.encode())
    return files


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    home = Home(tmp_path_factory.mktemp("alerts"))
    (home.folder / "suivi.toml").write_text(f'steward_email = "{STEWARD}"\nsender = "suivi@region.example"\nsettle_seconds = 0\n')
    alerts = [home.night(files_of(night), on=FIRST + timedelta(days=night))["alerts"] for night in range(NIGHTS)]
    return Told(home, alerts, mails_of(home))


def mails_of(home: Home) -> dict[str, EmailMessage]:
    found = {}
    for path in (home.folder / "outbox").glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), EmailMessage, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        found[mail["Message-ID"]] = mail
    return found


def mail_of(told: Told, night: int, story: str) -> EmailMessage | None:
    """The mail of a night that is about a provider, for whichever of its addresses: its CSV, or its body, names it."""
    siret = OWNERS[story]
    found = [
        told.mails[alert["message_id"]] for alert in told.alerts[night]
        if told.mails[alert["message_id"]]["X-Suivi-Topic"] == "night" and siret in whole_text(told.mails[alert["message_id"]])
    ]  # fmt: skip
    assert len({(mail["Subject"], mail["To"]) for mail in found}) <= 1
    return found[0] if found else None


def whole_text(mail: EmailMessage) -> str:
    return "\n".join(_text_of(part) for part in mail.walk() if not part.is_multipart())


def _text_of(part: EmailMessage) -> str:
    """The text of a part; of a workbook that of all its cells."""
    content = part.get_content()
    if isinstance(content, str):
        return content
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return "\n".join(str(cell) for name in workbook.sheet_names for row in workbook.get_sheet_by_name(name).to_python() for cell in row)


@pytest.mark.parametrize("story", STORIES)
def test_each_is_told_what_changed_for_it(told: Told, story: str) -> None:
    name = f"SIRET {OWNERS[story]}" if STORIES[story].action == "none" else story
    subjects = [mail["Subject"] if (mail := mail_of(told, night, story)) else None for night in range(NIGHTS)]
    expected = [f"{name} : {subject}" if subject else None for subject in STORIES[story].told]
    assert subjects == [*expected, *[None] * (NIGHTS - len(expected))]
    first = next((mail for night in range(NIGHTS) if (mail := mail_of(told, night, story))), None)
    if first is not None:
        assert first["To"] == STORIES[story].to.format(siret=OWNERS[story])


def test_a_later_action_says_the_address_and_the_one_of_before_is_told_too(told: Told) -> None:
    siret = OWNERS["an address changes"]
    mail = mail_of(told, 1, "an address changes")
    assert mail is not None and mail["To"] == f"nouveau@exemple.fr, {siret}@exemple.fr"
    text = " ".join(whole_text(mail).split())
    assert "Votre adresse de contact a changé dans un fichier de la Région reçu le 3 octobre 2018." in text
    to = [alert["to"] for alert in told.alerts[1] if alert["to"] in mail["To"]]
    assert sorted(to) == sorted(mail["To"].split(", "))
    (digest,) = digests(told, 1)
    assert f"suivi held contact {siret}" in whole_text(digest)


def digests(told: Told, night: int) -> list[EmailMessage]:
    """The mails to the steward of a night."""
    return [told.mails[alert["message_id"]] for alert in told.alerts[night] if alert["to"] == STEWARD]


def test_what_is_wrong_in_the_regions_files_and_of_whom_nobody_can_reach_is_in_the_stewards_one_mail(told: Told) -> None:
    (mail,) = digests(told, 0)
    text = " ".join(whole_text(mail).split())
    assert "FICHIERS DE LA RÉGION ET ENVOIS NON RECONNUS" in text and "0 actions.csv" in text
    assert f"SIRET {OWNERS['a provider without an action']}, «" in text.replace("\u00a0", " ")
    (attached,) = mail.iter_attachments()
    rows = attached.get_content().splitlines()
    assert OWNERS["a provider without an action"] in "\n".join(rows[:6])  # those whom nobody else tells come first


def test_the_steward_has_one_mail_of_each_night_that_changed_something(told: Told) -> None:
    mails = [[a for a in night if a["to"] == STEWARD] for night in told.alerts]
    assert [len(night) for night in mails] == [1, 1, 1, 0]
    digests = [[a for a in night if a["subject"].startswith("Résumé")] for night in told.alerts]
    assert digests == mails
    rows = told.mails[digests[1][0]["message_id"]].get_body(("plain",))
    assert rows is not None and "réglé." in rows.get_content()


def test_a_night_without_changes_writes_to_nobody(told: Told) -> None:
    assert told.alerts[-1] == []


def test_the_nights_report_names_each_mail_with_its_state(told: Told) -> None:
    for night in told.alerts:
        for alert in night:
            assert set(alert) == {"to", "subject", "message_id", "state"}
            mail = told.mails[alert["message_id"]]
            assert (alert["subject"], alert["state"]) == (mail["Subject"], "file")
            assert alert["to"] in mail["To"].split(", ")


def test_conversations_are_by_provider(told: Told) -> None:
    first, second = (mail_of(told, night, "a new finding, then resolved") for night in (0, 1))
    assert first is not None and second is not None
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == first["Message-ID"] == second["References"]


def test_no_mail_holds_a_value_or_a_learners_reference(told: Told) -> None:
    assert len(told.mails) > 10
    for mail in told.mails.values():
        said = str(mail.items()) + whole_text(mail)
        assert not [canary for canary in CANARIES if canary.lower() in said.lower()]


def test_reminders_ask_each_provider_once_a_week(told: Told) -> None:
    """The window of the first horizon closes on 26 October: of all who sent learners, follow-ups are then awaited."""
    own = load_settings(told.home.folder)

    def run(on: date) -> dict[str, Any]:
        return remind(own, now=datetime.combine(on, datetime.min.time().replace(hour=9), PARIS))

    overdue = OWNERS["a return becomes overdue, and arrives"]
    asked = [alert for on in (date(2018, 11, 20), date(2018, 11, 26), date(2018, 11, 27)) for alert in run(on)["alerts"]]
    mine = [alert for alert in asked if alert["to"] == f"{overdue}@exemple.fr"]
    assert len(mine) == 2, [alert["subject"] for alert in asked]
    assert "retour" in mine[0]["subject"]
    text = mails_of(told.home)[mine[0]["message_id"]].get_body(("plain",))
    assert text is not None and "échéance SORTIE (à la sortie), session S1" in " ".join(text.get_content().split())
    assert run(date(2018, 11, 28))["alerts"] == []


# ------------------------------------------------------------------------------------------------------------ broken nights


def test_nights_that_fail_or_are_killed_are_told_once_and_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    (tmp_path / "suivi.toml").write_text(f'steward_email = "{STEWARD}"\nsettle_seconds = 0\n')
    files = {"a.csv": csv_of("actions"), "b.csv": csv_of("sessions"), "c.csv": learners(WRONG)}

    def broken(error: BaseException) -> Any:
        def publish(*arguments: object, **more: object) -> None:
            raise error

        return publish

    monkeypatch.setattr("flows.steps.publish.put_in_place", broken(OSError(28, "No space left on device", "warehouse.duckdb.new")))
    with pytest.raises(steps.NightFailed):
        home.night(files, on=FIRST)
    assert not list(tmp_path.glob("warehouse.duckdb*"))  # what was computed and could not be published
    (told_at_once,) = mails_of(home).values()
    assert told_at_once["Subject"] == "Suivi : la nuit du 2 octobre 2018 a échoué"
    assert "No space left on device" in whole_text(told_at_once)
    monkeypatch.undo()
    # killed after its mails were made, before they were committed
    monkeypatch.setattr("warehouse.notifications.outbox._insert", broken(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        home.night(on=FIRST + timedelta(days=1))
    assert len(mails_of(home)) == 1
    monkeypatch.undo()
    subjects = [alert["subject"] for alert in home.night(on=FIRST + timedelta(days=2))["alerts"]]
    assert sorted(subjects) == [
        "Numérique pour tous : 1 ligne à corriger", "Résumé du 4 octobre 2018 : 1 erreur, 1 point à regarder (1 nuit en échec)",
    ]  # fmt: skip
    digest = next(mail for mail in mails_of(home).values() if mail["X-Suivi-Topic"] == "digest")
    assert "La nuit du 3 octobre 2018 a échoué (2 de suite)" in " ".join(whole_text(digest).split())
    assert home.night(on=FIRST + timedelta(days=3))["alerts"] == []


# --------------------------------------------------------------------------------------------------- every finding, exactly once

#: of each learner in a file: right, with an error, or with a warning
_ROWS = st.dictionaries(st.sampled_from(("L1", "L2", "L3")), st.sampled_from(("right", "error", "warning")), min_size=1)
_FILE = st.tuples(st.sampled_from((SIRET, OTHER_SIRET)), _ROWS)
#: files; whether learners wait for their session; whether the night dies while it writes its mails
_NIGHTS = st.lists(st.tuples(st.lists(_FILE, max_size=3), st.booleans(), st.booleans()), min_size=2, max_size=4)


def sent(siret: str, rows: Mapping[str, str], number: int) -> Any:
    right = [{"provider_siret": siret, "learner_ref": ref} for ref, state in rows.items() if state != "error"]
    warned = [ref for ref, state in rows.items() if state != "error"]
    wrong = [(siret, "S1", ref) for ref, state in rows.items() if state == "error"]
    findings = [
        *(Finding(2 + at, "certification", "APP-38", Severity.WARNING, "Une phrase.") for at, ref in enumerate(warned) if rows[ref] == "warning"),
        *(Finding(2 + len(right) + at, "sex", "APP-05L", Severity.ERROR, "Une phrase.") for at in range(len(wrong))),
    ]  # fmt: skip
    return submission("apprenants", right, at=day(number), unread=wrong, findings=findings, siret=siret)


def look(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.transaction("look") as con:
        return con.execute(query).fetchall()


def waiting(store: Store, waits: bool) -> pa.Table:
    """Every learner in force, as waiting for its session; none where sessions are known."""
    rows = look(store, (
        "SELECT r.submission_id, r.line, 'apprenants', r.provider_siret, 'session_id', 'APP-51', 'warning', 'Une phrase.'"
        " FROM rows_learners AS r ANTI JOIN closings AS c ON c.submission_id = r.submission_id AND c.line = r.line"
    )) if waits else []  # fmt: skip
    names = ("submission_id", "line", "kind", "provider_siret", "column_name", "rule", "severity", "message")
    types = (pa.int64(), pa.int32(), *[pa.string()] * 6)
    return pa.table({name: pa.array([row[at] for row in rows], types[at]) for at, name in enumerate(names)})


@settings(max_examples=max(4, settings.default.max_examples // 10))
@given(_NIGHTS)
def test_every_finding_is_told_exactly_once_in_any_order(tmp_path_factory: pytest.TempPathFactory, nights: list[Any]) -> None:
    with Store.open(tmp_path_factory.mktemp("store")) as store:
        outbox, mailed = Outbox(store), Counter[tuple[Any, ...]]()

        def tell(number: int, dies: bool) -> list[str]:
            heard: list[FindingUpdate] = []

            def make(pending: PendingUpdates, earlier_ids: object) -> list[Mail]:
                changed = [sender for sender in pending.senders if sender.deserves_a_mail]
                heard.extend(finding for sender in changed for finding in sender.findings if finding.is_new)
                mails = [
                    Mail(f"<{number}.{sender.siret}@x>", "night", str(sender.siret), "a@b.fr", "Objet", b"", covered_senders=(sender.siret,)) for sender in changed
                ]  # fmt: skip
                if dies:
                    raise KeyboardInterrupt
                return mails

            names = outbox.write_night_mails(f"night {number}", day(number), day(number).date(), None, make)
            mailed.update((f.submission_id, f.line, f.rule, f.column) for f in heard)
            return names

        for number, (files, waits, dies) in enumerate([*nights, ([], False, False)]):
            store.load(f"night {number}", [sent(siret, rows, number) for siret, rows in files])
            if store.submissions():
                store.note_cross_findings(f"night {number}", day(number), waiting(store, waits))
            try:
                tell(number, dies)
            except KeyboardInterrupt:
                continue
        assert tell(len(nights) + 1, False) == []
        # a row that waits again after it did not is found, and told, again
        found = Counter(look(store, "SELECT submission_id, line, rule, column_name FROM findings UNION ALL"
                                   " SELECT submission_id, line, rule, column_name FROM cross_findings"))  # fmt: skip
        assert mailed <= found
        # each thing is noted once, whether a mail told it or nothing had to be said
        assert look(store, "SELECT what, number FROM notified WHERE number IS NOT NULL GROUP BY ALL HAVING count(*) > 1") == []
        everything = look(store, "SELECT 'finding', finding_id FROM findings UNION ALL SELECT 'cross_finding', finding_id FROM cross_findings")
        assert set(everything) <= set(look(store, "SELECT what, number FROM notified"))
        # and what stands was told by a mail: itself, or the same thing said of the same row in an earlier file
        silent = look(store, (
            "SELECT f.row_key, f.rule FROM findings AS f JOIN notified AS t ON t.what = 'finding' AND t.number = f.finding_id"
            " ANTI JOIN resolutions AS r ON r.finding_id = f.finding_id WHERE t.message_id IS NULL"
        ))  # fmt: skip
        told_before = look(store, (
            "SELECT f.row_key, f.rule FROM findings AS f JOIN notified AS t ON t.what = 'finding' AND t.number = f.finding_id"
            " WHERE t.message_id IS NOT NULL"
        ))  # fmt: skip
        assert set(silent) <= set(told_before)
