"""Mails: headers that nothing breaks out of, both parts and the CSV inert and without values, each to the right address."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.rule_registry import all_rules
from tests.browser.homes import HOSTILE
from tests.unit.store_builders import OTHER_SIRET, SIRET
from transforms.pages.mail import mime
from transforms.pages.mail.compose import LONGEST_CSV, MailContext, findings_csv, recipients
from transforms.pages.mail.provider_mails import night_mail, reminder_mail
from transforms.pages.mail.steward_mails import digest_mail, failure_mail, reminders_mail
from transforms.pages.mail.wording import awaited_return, one_line
from warehouse.notifications.contacts import Contact
from warehouse.notifications.making_good import LaterFile, MadeGood
from warehouse.notifications.outbox import Mail, PendingUpdates, QueuedMail
from warehouse.notifications.signals import SignalUpdate
from warehouse.notifications.updates import (
    FileUpdate,
    FindingUpdate,
    OverdueUpdate,
    RuleFigures,
    SenderUpdates,
    SettledUpdate,
)

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
STEWARD = "donnees@region.example"
CONTEXT = MailContext("run", AT, "suivi@region.example", STEWARD, all_rules(), lambda thread: [])
FILE = FileUpdate(1, "suivi.csv", "suivi", AT, "partial", 24, 20, 4, True)
ERROR = FindingUpdate(1, "suivi.csv", "suivi", 3, "observed_on", "SUI-05I", "error", all_rules()["SUI-05I"].sentence, True)
UPDATES = SenderUpdates(SIRET, "Numérique pour tous", ("contact@exemple.fr",), [FILE], [ERROR], open_findings=1)
LATE = OverdueUpdate("suivi", "session", "S-2026-001", "M6", "RET-02", date(2026, 11, 20))
FORMULA = re.compile(r"^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def one(mails: Sequence[Mail] | Mail | None) -> Mail:
    """The one mail that was made."""
    (mail,) = [mails] if isinstance(mails, Mail) else mails or []
    return mail


def opened(mail: Mail) -> EmailMessage:
    message = email.message_from_bytes(mail.content, EmailMessage, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parts(mail: Mail) -> tuple[str, str]:
    """The text, and what the HTML shows: its own text, with every tag gone."""
    message = opened(mail)
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and page is not None
    return plain.get_content(), page.get_content()


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def rows_of(mail: Mail) -> list[list[str]]:
    (attached,) = opened(mail).iter_attachments()
    return list(csv.reader(io.StringIO(attached.get_content().removeprefix("\ufeff")), delimiter=";"))


def pending(*senders: SenderUpdates, **more: Any) -> PendingUpdates:
    given = {"figures": (), "last_figures": None, "failed_nights": (), "given_up": (), "waiting": 0, **more}
    return PendingUpdates(senders, **given)


# ------------------------------------------------------------------------------------------------------------- the envelope


def message(subject: str = "Objet", text: str = "Bonjour", **more: Any) -> bytes:
    given: dict[str, Any] = {
        "message_id": "<a@region.example>", "topic": "night", "sender": "suivi@region.example", "to": "contact@exemple.fr",
        "reply_to": None, "at": AT, "earlier": [], "html": f"<p>{text}</p>", **more,
    }  # fmt: skip
    return mime.mime_message(subject=subject, text=text, **given)


@given(st.text(max_size=300), st.text(max_size=2_000))
def test_any_name_stays_in_its_place(name: str, text: str) -> None:
    subject = one_line(name, 300)
    raw = message(subject, text.encode("utf-8", "replace").decode())
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert read["Subject"] == subject.replace("=?", "= ?")
    assert read.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "X-Auto-Response-Suppress", "X-Suivi-Topic",
        "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert not read.defects


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("retour.csv\r\nBcc: tous@exemple.fr", "retour.csv Bcc: tous@exemple.fr"),
        ("a\u2028b\x00c\td", "a b\ufffdc d"),
        ("retour \N{RIGHT-TO-LEFT OVERRIDE}fdp.exe", "retour \ufffdfdp.exe"),
        ("École 👩‍💻", "École 👩‍💻"),
        ("mal\udce9e", "mal\ufffde"),
        (" \n ", "(sans nom)"),
        ("m" * 100, "m" * 79 + "…"),
    ],
)
def test_a_name_is_put_on_one_line(name: str, shown: str) -> None:
    assert one_line(name) == shown


@pytest.mark.parametrize(
    ("address", "is_usable"),
    [
        ("contact@exemple.fr", True), ("a.b+c@d-e.fr", True), ("suivi@localhost", True), ("a@région.example", True),
        (None, False), ("", False), ("contact", False), ("@exemple.fr", False), ("a b@exemple.fr", False), ("é@exemple.fr", False),
        ("Nom <a@exemple.fr>", False), ("a@exemple.fr, b@exemple.fr", False), ("a@exemple.fr\r\nBcc: b@exemple.fr", False),
        ("a@exemple.fr ", False), ("a@exemple..fr", False), ("a@[127.0.0.1]", False), (f"{'x' * 65}@exemple.fr", False),
        ('"a b"@exemple.fr', False), ("a@-exemple.fr", False),
    ],
)  # fmt: skip
def test_only_a_plain_address_is_written_to(address: str | None, is_usable: bool) -> None:
    assert (mime.usable_address(address) is not None) is is_usable


def test_headers_say_what_kind_of_mail_it_is() -> None:
    earlier = [f"<{number}@{'d' * 60}.example>" for number in range(20)]
    raw = message(sender=f"suivi@{'d' * 60}.example", reply_to=STEWARD, earlier=earlier)
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["List-Id"].endswith(f"<suivi.{'d' * 60}.example>")
    assert read["Reply-To"] == STEWARD
    assert read["Date"].datetime == AT
    assert read["In-Reply-To"] == earlier[-1]
    assert read["References"].split() == [earlier[0], *earlier[-8:]]


def test_a_message_id_is_the_senders_and_the_same_again() -> None:
    mail = one(night_mail(CONTEXT, UPDATES))
    assert re.fullmatch(r"<[0-9a-f]{24}@region\.example>", mail.message_id)
    assert opened(mail)["Message-ID"] == mail.message_id == opened(one(night_mail(CONTEXT, UPDATES)))["Message-ID"]
    soon = [awaited_return("suivi", "session", "S1", "M6", date(2026, 12, 1))]
    others = [
        *night_mail(replace(CONTEXT, run_id="other"), UPDATES), *night_mail(CONTEXT, replace(UPDATES, siret=OTHER_SIRET)),
        *reminder_mail(CONTEXT, SIRET, Contact("x", ("a@b.fr",)), [], soon, AT.date()),
    ]  # fmt: skip
    assert len({each.message_id for each in (mail, *others)}) == 4


# ------------------------------------------------------------------------------------------------------------- the contents


def test_a_nights_mail_says_what_where_why_and_what_to_do() -> None:
    mail = one(night_mail(CONTEXT, replace(UPDATES, late=[LATE], settled=[SettledUpdate("suivi", "situation", "SUI-06V", 2)])))
    assert mail.subject == "Numérique pour tous : 1 ligne à corriger, 1 retour en retard, 2 signalements réglés"
    assert (mail.recipient, mail.thread, mail.covered_senders, mail.asks_for_returns) == ("contact@exemple.fr", SIRET, (SIRET,), True)
    text, page = parts(mail)
    for said in (text, _Page(page).text):
        flat = " ".join(said.split())
        for expected in (
            "20 lignes sur 24 sont prises", "La cellule « observe_le » n'est pas lisible.", "ligne 3", "SUI-05I",
            "Écrivez une date au format JJ/MM/AAAA.", "la nuit suivante, vers 4 h", "retour « suivi après la sortie »", "session S-2026-001",
            "20 novembre 2026", "2 signalements", "1 signalement reste ouvert", STEWARD,
        ):  # fmt: skip
            assert " ".join(expected.split()) in flat, expected
    assert all(len(line) <= 76 for line in text.splitlines())
    titles, *rows = rows_of(mail)
    assert [dict(zip(titles, row, strict=True))["règle"] for row in rows] == ["SUI-05I", "RET-02"]
    assert dict(zip(titles, rows[0], strict=True))["ligne"] == "3"
    assert dict(zip(titles, rows[0], strict=True))["colonne"] == "observe_le"


def test_the_attached_list_has_what_is_still_open_of_earlier_mails() -> None:
    older = [ERROR._replace(submission_id=1, file_name="avant.csv", line=line, is_new=False) for line in range(2, 2 + LONGEST_CSV)]
    mail = one(night_mail(CONTEXT, replace(UPDATES, told_before=older, open_findings=LONGEST_CSV + 5)))
    said = " ".join(parts(mail)[0].split())
    assert "reprend chaque signalement encore ouvert dans vos retours, déjà signalé ou non, avec sa ligne et sa colonne" in said
    assert "Il s'arrête à 10 000 lignes ; il y en a 5 de plus." in said.replace("\u202f", " ").replace("\xa0", " ")
    titles, *rows = rows_of(mail)
    at = titles.index("déjà signalé")
    assert [row[at] for row in rows[:3]] == ["", "oui", "oui"] and len(rows) == LONGEST_CSV
    settled = replace(UPDATES, files=[], findings=[], told_before=older[:1], settled=[SettledUpdate("suivi", "situation", "SUI-06V", 2)])
    assert len(rows_of(one(night_mail(CONTEXT, settled)))) == 2


@pytest.mark.parametrize("name", [*HOSTILE, "a\r\nBcc: tous@exemple.fr\r\n\r\n<b>", "=?utf-8?q?Alerte?="])
def test_hostile_names_are_inert(name: str) -> None:
    file = replace(FILE, file_name=name)
    about = ERROR._replace(file_name=name)
    late = LATE._replace(number=name[:64])
    refused = replace(FILE, submission_id=2, file_name=f"@{name}", decision="refused", kind=None)
    updates = replace(UPDATES, name=name, files=[file, refused], findings=[about], late=[late], arrived=[late])
    calm = replace(FILE, submission_id=3, file_name=name, decision="accepted")
    unknown = replace(updates, siret=OTHER_SIRET, addresses=())
    for made in (
        night_mail(CONTEXT, updates), night_mail(CONTEXT, replace(updates, files=[file, calm])), digest_mail(CONTEXT, pending(updates), AT.date()),
        digest_mail(CONTEXT, pending(replace(updates, siret=None, name=None, addresses=()), unknown), AT.date()),
    ):  # fmt: skip
        mail = one(made)
        read = opened(mail)
        assert read.get_all("Bcc") is None and len(read.get_all("To", [])) == 1
        page = _Page(parts(mail)[1])
        assert page.tags <= {
            "html", "head", "meta", "title", "style", "body", "table", "thead", "tbody", "tr", "th", "td", "div", "p", "h1", "h2", "h3",
            "h4", "ul", "li", "a", "bdi", "strong", "span", "code", "br",
        }  # fmt: skip
        assert all(not key.startswith("on") for key, _ in page.attributes)
        assert {value for key, value in page.attributes if key == "href"} <= {f"mailto:{STEWARD}"}
        assert not [cell for row in rows_of(mail) for cell in row if FORMULA.match(cell)]


def test_a_mail_of_very_much_stays_small_and_says_so() -> None:
    files = [replace(FILE, submission_id=number, file_name=f"{number}.csv") for number in range(200)]
    findings = [ERROR._replace(submission_id=number % 200, line=number) for number in range(LONGEST_CSV + 234)]
    late = [LATE._replace(number=f"S{number}") for number in range(300)]
    mail = one(night_mail(CONTEXT, replace(UPDATES, files=files, findings=findings, late=late)))
    text, page = parts(mail)
    assert len(mail.content) < 5_000_000
    assert len(page) < 300_000
    assert "180 autres fichiers" in " ".join(text.split()) and "260 autres" in text
    said = " ".join(text.replace("\u202f", " ").split())
    assert "chaque retour en retard. Il s'arrête à 10 000 lignes ; il y en a 534 de plus." in said
    assert "Les reçus entiers nomment toutes les lignes : demandez-les en répondant à ce message." in said
    assert len(rows_of(mail)) == 1 + LONGEST_CSV


def test_what_was_said_before_is_not_said_as_new() -> None:
    warning = ERROR._replace(severity="warning", rule="SUI-51", message=all_rules()["SUI-51"].sentence, is_new=False)
    text, _ = parts(one(night_mail(CONTEXT, replace(UPDATES, findings=[ERROR, warning]))))
    assert "DÉJÀ SIGNALÉ, ET TOUJOURS LÀ" in text
    assert "Règle SUI-51" not in text


def test_a_fault_that_the_same_night_mended_asks_for_nothing() -> None:
    mended = replace(FILE, made_good=MadeGood((LaterFile("suivi 2.csv", AT, 24),), withdrawn=0))
    text, _ = parts(one(night_mail(CONTEXT, replace(UPDATES, files=[mended], findings=[], settled=[SettledUpdate("suivi", None, "LIG-04", 1)]))))
    assert "Un envoi plus récent, « suivi 2.csv », l'a corrigé : rien à faire." in " ".join(text.split())
    assert "renvoyez" not in text.partition("RÉGLÉ")[0]

    warning = ERROR._replace(severity="warning", rule="SUI-51", message=all_rules()["SUI-51"].sentence)
    flat = " ".join(parts(one(night_mail(CONTEXT, replace(UPDATES, files=[mended], findings=[warning]))))[0].split())
    assert "a corrigé ce qui était en erreur. Relisez 1 point à vérifier" in flat
    assert "rien à faire" not in flat


def test_a_mail_about_late_returns_alone_says_that_and_no_more() -> None:
    text, _ = parts(one(night_mail(CONTEXT, replace(UPDATES, files=[], findings=[], late=[LATE], open_findings=0))))
    flat = " ".join(text.split())
    assert "Aucun signalement n'est ouvert dans vos retours, mais 1 retour est en retard." in flat
    assert "reprend chaque retour en retard." in flat
    assert "chaque signalement" not in flat


@pytest.mark.parametrize(("count", "size", "page", "attached", "said"), [
    (1, 9, None, 1, "1 reçu est joint : il s'ouvre dans un navigateur."),
    (13, 9, None, 10, "3 autres reçus ne sont pas joints : demandez ce qui vous manque en répondant à ce message."),
    (12, 9, "https://depot.example", 10, "2 autres reçus ne sont pas joints : voyez https://depot.example."),
    (1, 300_001, None, 0, "1 autre reçu n'est pas joint"),
    (8, 250_000, None, 6, "2 autres reçus ne sont pas joints"),
])  # fmt: skip
def test_receipts_are_attached_as_far_as_a_mail_can_carry(count: int, size: int, page: str | None, attached: int, said: str) -> None:
    context = replace(CONTEXT, deposit_url=page, read_receipt=lambda siret, file: b"x" * size)
    mail = one(night_mail(context, replace(UPDATES, files=[replace(FILE, submission_id=number) for number in range(count)])))
    receipts = [part for part in opened(mail).iter_attachments() if str(part.get_filename()).startswith("recu-0000")]
    assert [(part.get_content_type(), len(part.get_content())) for part in receipts] == [("text/html", size)] * attached
    assert said in " ".join(parts(mail)[0].split())


def test_nothing_in_a_csv_is_a_formula_or_a_value() -> None:
    assert findings_csv("x.csv", [replace(UPDATES, findings=[], late=[])]) == ((), 0)
    (attached,), left = findings_csv("x.csv", [replace(UPDATES, name="=1+1", late=[LATE])])
    assert left == 0
    assert "'=1+1" in attached.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("addresses", "to"),
    [
        (["contact@exemple.fr"], ("contact@exemple.fr",)),
        (["nouveau@exemple.fr", "contact@exemple.fr", "Nouveau@exemple.fr"], ("nouveau@exemple.fr", "contact@exemple.fr")),
        (["pas une adresse", "contact@exemple.fr"], ("contact@exemple.fr",)),
        (["pas une adresse"], ()),
        ([], ()),
        # whatever somebody writes as an address, the steward gets one mail a night
        ([STEWARD, STEWARD.upper()], ()),
    ],
)
def test_who_gets_a_mail(addresses: list[str], to: tuple[str, ...]) -> None:
    assert recipients(CONTEXT, addresses) == to
    mails = night_mail(CONTEXT, replace(UPDATES, addresses=tuple(addresses)))
    assert tuple(mail.recipient for mail in mails) == to
    assert [mail.covered_senders for mail in mails] == [(SIRET,), ()][: len(to)]
    # one message to all of them, under a name for each, so that what becomes of one is known of that one
    assert {opened(mail)["To"] for mail in mails} <= {", ".join(to)}
    assert len({opened(mail)["Message-ID"] for mail in mails}) == len(to)


def test_a_reminder_says_what_is_late_and_what_is_due_and_until_when_to_ask() -> None:
    late = [awaited_return("apprenants", "session", "S-1", None, date(2026, 11, 1))]
    soon = [awaited_return("suivi", "session", "S-2", "M6", date(2026, 12, 28), date(2026, 11, 28))]
    contact = Contact("Numérique pour tous", ("contact@exemple.fr",))
    mail = one(reminder_mail(CONTEXT, SIRET, contact, late, soon, date(2026, 11, 24)))
    assert mail.subject == "Numérique pour tous : 1 retour en retard, 1 retour attendu d'ici au 28 décembre 2026"
    assert (mail.topic, mail.thread, mail.asks_for_returns, mail.covered_senders) == ("reminder", SIRET, True, ())
    text, page = parts(mail)
    for said in (text, _Page(page).text):
        for expected in (
            "Retour « apprenants »", "session S-1", "1ᵉʳ novembre 2026", "Retour « suivi après la sortie », échéance M6 (6 mois)", "28 décembre 2026",
            "à interroger jusqu'au 28 novembre 2026", "modele-apprenants.xlsx",
        ):  # fmt: skip
            assert expected in " ".join(said.split())
    closed = [replace(soon[0], closes_on=date(2026, 11, 23))]
    assert "à interroger" not in parts(one(reminder_mail(CONTEXT, SIRET, contact, [], closed, date(2026, 11, 24))))[0]
    assert reminder_mail(CONTEXT, SIRET, None, late, soon, date(2026, 11, 24)) == ()


def test_what_is_awaited_of_all_who_have_no_address_is_one_mail() -> None:
    late = [awaited_return("apprenants", "session", "S-1", None, date(2026, 11, 1))]
    soon = [awaited_return("suivi", "session", "S-2", "M6", date(2026, 12, 28))]
    mail = one(reminders_mail(CONTEXT, [(SIRET, "Numérique pour tous", late, []), (OTHER_SIRET, None, late, soon)], date(2026, 11, 24)))
    assert mail.subject == "Organismes sans adresse : 2 organismes, 3 retours attendus"
    assert (mail.recipient, mail.thread, mail.asks_for_returns) == (STEWARD, "steward", True)
    text, page = parts(mail)
    for said in (text, _Page(page).text):
        for expected in (f"SIRET {OTHER_SIRET}", "Numérique pour tous (SIRET", "session S-2", "28 décembre 2026", "(en retard)"):
            assert expected in " ".join(said.split())
    assert [row[1] for row in rows_of(mail)] == ["siret", SIRET, OTHER_SIRET, OTHER_SIRET]
    assert len(rows_of(one(reminders_mail(CONTEXT, [(SIRET, "=1+1", late * 300, [])], date(2026, 11, 24))))) == 301
    assert reminders_mail(replace(CONTEXT, steward=None), [(SIRET, None, late, [])], date(2026, 11, 24)) is None


def test_the_digest_says_what_is_broken_and_how_it_moves() -> None:
    figures = (RuleFigures("SUI-05I", 2, 40, 41), RuleFigures("RET-02", 1, 3, 3))
    last = {"SUI-05I": RuleFigures("SUI-05I", 2, 52), "LIG-04": RuleFigures("LIG-04", 1, 1)}
    lost = QueuedMail("<x@y.fr>", "run", "night", "a@b.fr", "Un\r\nobjet", AT, "given_up", 3, 550, "no", None)
    mail = one(digest_mail(CONTEXT, pending(UPDATES, figures=figures, last_figures=last, given_up=(lost,), waiting=2), date(2026, 11, 24)))
    assert mail.subject == "Résumé du 24 novembre 2026 : 41 erreurs, 3 retours en retard"
    assert (mail.recipient, mail.figures, mail.given_up) == (STEWARD, figures, ("<x@y.fr>",))
    text = " ".join(parts(mail)[0].split())
    for said in (
        "SUI-05I, erreur : 40 signalements, 2 organismes, −12.", "RET-02, alerte : 3 signalements, 1 organisme, +3.", "LIG-04, erreur : réglé.",
        "Numérique pour tous (SIRET", "« Un objet (550) »", "2 messages de nuits passées attendent",
    ):  # fmt: skip
        assert " ".join(said.split()) in text, said
    assert digest_mail(replace(CONTEXT, steward=None), pending(UPDATES), AT.date()) is None


def test_the_digest_says_what_to_look_at_and_what_to_ask() -> None:
    def signal(name: str, of: str, notice: int, *, has_grown: bool = False, sentence: str = "On en voit 9.") -> SignalUpdate:
        return SignalUpdate(name, "session", of, "Les <b> & Cie", sentence, f"Pourquoi ({name}) ?", date(2026, 10, 3), has_grown, [notice])

    seen = (signal("SIG-01", f"{SIRET}/S1", 1, has_grown=True), *(signal("SIG-02", f"{SIRET}/S{n}", n) for n in range(2, 43)))
    mail = one(digest_mail(CONTEXT, pending(signals=seen), date(2026, 11, 24)))
    assert mail.subject == "Résumé du 24 novembre 2026 : 42 points à regarder"
    assert mail.signals == tuple(range(1, 43)), "those that are left out too: the table has them"
    text, html = parts(mail)
    for said in (" ".join(part.split()) for part in (text, _Page(html).text)):
        assert f"Les <b> & Cie (SIRET {SIRET}), session S1 : On en voit 9. (a grandi, depuis le 3 octobre 2026)" in said
        assert "session S2 : On en voit 9. (depuis le 3 octobre 2026)" in said
        assert said.index("session S1 ") < said.index("Pourquoi (SIG-01) ?") < said.index("session S2 ") < said.index("Pourquoi (SIG-02) ?")
        assert said.count("Pourquoi (SIG-02)") == 1 and "session S40" in said and "session S41" not in said and "et 2 autres" in said


def test_a_failure_says_what_still_holds_and_why() -> None:
    mail = one(failure_mail(CONTEXT, [("run", AT, "failed")], "the night failed at step publish: OSError <b>", 3))
    assert mail.nights == ("run",)
    assert mail.subject == "Suivi : la nuit du 24 novembre 2026 a échoué (3 de suite)"
    assert "OSError <b>" in parts(mail)[0] and "OSError &lt;b&gt;" in parts(mail)[1]
    two = one(failure_mail(CONTEXT, [("a", AT, "failed"), ("b", AT, "running")]))
    assert two.subject == "Suivi : 2 nuits n'ont pas abouti"
    assert "interrompue avant sa fin" in " ".join(parts(two)[0].split())
