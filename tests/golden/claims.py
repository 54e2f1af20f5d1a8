"""What receipts, mails and the dashboard claim of files and providers, read off them by what seldom changes with wording."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

#: a line and the rule that it breaks; None for the file as a whole
Fault = tuple[int | None, str]
_DECISIONS = {
    "accepté": "accepted", "accepté en partie": "partial", "refusé": "refused", "déjà reçu": "duplicate", "mis de côté": "held",
    "rejeté": "held", "accepté depuis": "held",
}  # fmt: skip
_COUNTS = re.compile(r"(\d+) lignes? de données(?: : (\d+) prises?, (\d+) rejetées?)?")


def plain(html: str) -> str:
    """The text of a piece of a page, on one line, its spaces plain."""
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)).split())


@dataclass(frozen=True)
class Receipt:
    """What a receipt says: `decision`, what became of it since, its counts (None where it says none), and what stands.

    `faults` are by section (À corriger, À vérifier, Pour information, Réglé depuis); a rule whose lines are not all named is in
    `abridged`. `verdict_rule` is the rule in which the verdict rests. `says_nothing_to_do` is that it says so, without a
    condition. `fields` is the JSON beside the page.
    """

    number: int
    decision: str
    since: str
    counts: tuple[int, int, int] | None
    says_nothing_to_do: bool
    verdict_rule: str | None
    faults: dict[str, set[Fault]]
    abridged: set[str]
    html: bytes
    fields: dict[str, Any]

    @property
    def standing(self) -> set[Fault]:
        """The errors and warnings that stand, less the one in the verdict."""
        return self.faults.get("À corriger", set()) | self.faults.get("À vérifier", set())


def receipts(home: Path) -> Iterator[Receipt]:
    """The receipts of a home."""
    for path in sorted((home / "receipts").glob("*/*.html")):
        yield _receipt(path.read_bytes(), json.loads(path.with_suffix(".json").read_text()))


def _receipt(content: bytes, fields: dict[str, Any]) -> Receipt:
    html = plain_spaces(content.decode())
    title = re.search(r"<title>Reçu : (.*?)(?:, (corrigé|remplacé) depuis)?, ", html)
    main = html.partition('<main id="main">')[2].partition("</main>")[0]
    number = re.search(r"<dt>N° du reçu</dt><dd>(\d+)</dd>", main)
    assert title is not None and number is not None
    counts = _COUNTS.search(plain(main))
    faults, abridged = _sections(main)
    reason = re.search(r"<dt>N° du reçu</dt><dd>\d+</dd>\s*<dt>Règle</dt><dd>(.*?)</dd>", main)
    return Receipt(
        number=int(number[1]),
        decision=_DECISIONS[title[1]],
        since=title[2] or "",
        counts=(int(counts[1]), int(counts[2] or -1), int(counts[3] or -1)) if counts else None,
        says_nothing_to_do="rien à faire" in plain(main).replace("sinon, vous n'avez rien à faire", ""),
        verdict_rule=reason[1] if reason else None,
        faults=faults,
        abridged=abridged,
        html=content,
        fields=fields,
    )


def plain_spaces(text: str) -> str:
    """The text with plain spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _sections(main: str) -> tuple[dict[str, set[Fault]], set[str]]:
    found, abridged = dict[str, set[Fault]](), set[str]()
    for section in re.split(r"<h[23]>", main)[1:]:
        title = section.partition("<")[0]
        if title in ("À corriger", "À vérifier", "Pour information", "Réglé depuis"):
            current = found.setdefault(title, set())
        elif "<dt>Où</dt>" in section:
            rule = re.search(r'<dt class="soft">Règle</dt><dd class="soft">(.*?)</dd>', section)[1]  # type: ignore[index]
            where = plain(re.search(r"<dt>Où</dt><dd>(.*?)</dd>", section, re.DOTALL)[1])  # type: ignore[index]
            if " autre" in where:
                abridged.add(rule)
            current |= {(line, rule) for line in _lines(where)}
    return found, abridged


def _lines(where: str) -> list[int | None]:
    """The lines of `lignes 2 à 40, 45 et 47 (12 lignes)`; [None] for the whole file."""
    if where == "tout le fichier":
        return [None]
    named = re.sub(r"\([^)]*\)|\d+ autres?", "", where)
    runs = re.findall(r"(\d+)(?: à (\d+))?", named)
    return [line for first, last in runs for line in range(int(first), int(last or first) + 1)]


@dataclass(frozen=True)
class MailClaims:
    """What a mail says. `rows` are those of its attached list, by title; `receipts` its attached receipts, by number.

    `stands` is how many signals it says to stand, None where it does not speak of that.
    """

    topic: str
    to: str
    text: str
    rows: list[dict[str, str]]
    receipts: dict[int, bytes]
    siret: str | None
    stands: int | None
    titles: list[str]
    settled: Counter[str]
    html: str

    def part(self, title: str) -> str:
        """The text below the title, up to the next one; nothing where there is no such title."""
        return plain(re.split(r"<h[12]\b", self.html.partition(f">{title}</h2>")[2])[0])


def mail_claims(content: bytes) -> MailClaims:
    """What this mail says."""
    mail = email.message_from_bytes(content, EmailMessage, policy=email.policy.default)
    attached = {str(part.get_filename()): bytes(part.get_payload(decode=True)) for part in mail.iter_attachments()}
    body, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None and page is not None
    text, html = plain(body.get_content()), plain_spaces(page.get_content())
    lists = [data.decode("utf-8-sig") for name, data in attached.items() if re.fullmatch(r"suivi-[\d-]+(-tous)?\.csv", name)]
    stands = re.search(r"En tout, (\d+) signalement", text)
    none = re.search(r"(?:Plus aucun|Aucun) signalement n'est ouvert", text)
    settled = Counter[str]()
    for title in ("N'est plus signalé", "Réglé depuis notre dernier message, merci"):
        below = re.split(r"<h[12]\b", html.partition(f">{title}</h2>")[2])[0]
        for what, count in re.findall(r"<li[^>]*>(.*?)<span[^>]*>\((\d+) signalement", below):
            settled[plain(what)] += int(count)
    return MailClaims(
        topic=mail["X-Suivi-Topic"], to=str(mail["To"]), text=text,
        rows=[row for one in lists for row in csv.DictReader(io.StringIO(one), delimiter=";")],
        receipts={int(name.split("-")[1]): data for name, data in attached.items() if name.startswith("recu-")},
        siret=(named[1] if (named := re.search(r"\(SIRET (\d{14})\), nuit du", text)) else None),
        stands=int(stands[1]) if stands else 0 if none else None,
        titles=[plain(one) for one in re.findall(r"<h2[^>]*>(.*?)</h2>", html)], settled=settled, html=html,
    )  # fmt: skip


def provider_states(dashboard: str) -> dict[str, str]:
    """What the dashboard says of each provider at the end of its line: `à jour`, `1 retard, 2 erreurs à corriger`."""
    of_provider = re.compile(r'<details class="provider">(.*?)<div id="o\w+" data-siret="(\d+)"', re.DOTALL)
    return {
        siret: plain(spans[-1])
        for summary, siret in of_provider.findall(plain_spaces(dashboard))
        if (spans := re.findall(r"<span>(.*?)</span>(?=\s*(?:<span>|</summary>))", summary, re.DOTALL))
    }


def counts_in(text: str) -> dict[str, int]:
    """`2 erreurs, 1 retour en retard` by the first word in the singular: what a digest says to be open."""
    counts = re.findall(r"(\d[\d ]*) (erreur|alerte|retour|fichier)", text)
    return {word: int(count.replace(" ", "")) for count, word in counts}
