"""The French of mails: names on one line, what has changed in a few words, and lines of text that fit a window."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from expectations.contract import Severity
from expectations.contract.returns import RETURNS
from transforms.pages.receipt.wording import typographic
from transforms.pages.templating import counted
from warehouse.notifications.updates import News
from warehouse.safe_text import safe_to_quote, safe_to_show

_WIDTH = 76
_LONGEST_NAME = 80
_FIRST_STRONG, _END = "\u2068", "\u2069"
_RIGHT_TO_LEFT = {"R", "AL"}
#: what mail programs make links of: `www.exemple.fr`, `https://…`, `a@b.fr`; the ending of a table's name is none
_LINKED = re.compile(r"[.:@](?=[^\s»])(?!(?:csv|tsv|txt|xlsx?|ods)\b(?!\.))", re.IGNORECASE)
_ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True)
class Awaited:
    """A return that is awaited, or has come: what, of which session or action, when it is due."""

    kind: str
    what: str
    of: str
    due_on: date
    closes_on: date | None = None
    is_new: bool = True


def one_line(text: str, longest: int = _LONGEST_NAME) -> str:
    """A name given by someone else, so that it can stand in a sentence or a header: one line, nothing to obey, not too long."""
    line = safe_to_show(" ".join(text.split())) or "(sans nom)"
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def inert(name: str, longest: int = 120) -> str:
    """A name of a file or folder, which may be a stranger's: on one line, no link, and no end of the « » around it."""
    return isolated(unlinked(safe_to_quote(one_line(name, longest))))


def unlinked(text: str) -> str:
    """A text that holds names given by strangers, none of which a mail program makes a link of."""
    return _LINKED.sub(lambda found: found[0] + _ZERO_WIDTH_SPACE, text)


def folder(sender: str) -> str:
    """Where a file came from, completing "déposé"."""
    return f"dans le dossier « {inert(sender, 60)} »" if sender else "à la racine du dépôt, sans dossier"


def isolated(line: str) -> str:
    """A name that may hold right-to-left letters, so that in plain text it does not turn what stands around it."""
    turns = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in line)
    return f"{_FIRST_STRONG}{line}{_END}" if turns else line


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """The text in lines that fit a window, each begun so; words are never broken."""
    rest = " " * len(first) if rest is None else rest
    return textwrap.fill(
        typographic(text), _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def changes(news: News) -> list[str]:
    """What has changed for a sender, the gravest first: `1 fichier refusé`, `12 lignes à corriger`."""
    new = [finding for finding in news.findings if finding.is_new]
    errors = {(f.submission_id, f.line) for f in new if f.severity == Severity.ERROR and f.line is not None}
    warnings = {(f.submission_id, f.line) for f in new if f.severity == Severity.WARNING}
    files = [submission for submission, line in warnings if line is None]
    late = sum(late.is_new for late in news.late)
    replaced = sum(before.lines for file in news.replaced for before in file.replaced)
    said = (
        (len(news.held), "fichier mis de côté", "fichiers mis de côté"),
        (replaced, "ligne remplacée", "lignes remplacées"),
        (len(news.refused), "fichier refusé", "fichiers refusés"),
        (len(errors), "ligne à corriger", "lignes à corriger"),
        (late, "retour en retard", "retours en retard"),
        (len(warnings) - len(files), "ligne à vérifier", "lignes à vérifier"),
        (len(files), "fichier à vérifier", "fichiers à vérifier"),
        (sum(one.rows for one in news.settled), "signalement réglé", "signalements réglés"),
        (len(news.arrived), "retour en retard est arrivé", "retours en retard sont arrivés"),
        (len(news.released) + len(news.rejected), "réponse de la Région", "réponses de la Région"),
    )
    moved = ["adresse de contact changée"] if news.changed is not None and news.changed.is_new else []
    return [counted(count, one, many) for count, one, many in said if count] + moved


def tone(news: News) -> str:
    """`bad`, `wait` or `good`: a class of the style sheet."""
    if news.refused or any(f.is_new and f.severity == Severity.ERROR for f in news.findings):
        return "bad"
    return "wait" if news.findings or news.late or news.held or news.replaced else "good"


def awaited(
    kind: str, level: str, number: str, horizon: str | None, due_on: date, closes_on: date | None = None, is_new: bool = True
) -> Awaited:
    """An awaited return in words."""
    what = f"Retour {kind}"
    if horizon:
        label = horizon_labels().get(horizon, horizon)
        what += f", échéance {horizon}" + (f" ({label})" if label.lower() != horizon.lower() else "")
    return Awaited(kind, what, f"{level} {one_line(number, 64)}", due_on, closes_on, is_new)


def horizon_labels() -> Mapping[str, str]:
    """The French names of the horizons, by code."""
    codes = RETURNS["suivi"].column("horizon").codes
    return codes.labels if codes else {}


def header_of(kind: str | None, column: str | None) -> str | None:
    """The title of a column in the file, for its English name."""
    contract = RETURNS.get(kind or "")
    return next((c.header for c in contract.columns if c.name == column), None) if contract else None


def listed(names: Sequence[str], shown: int) -> str:
    """`a, b et 3 autres`."""
    text = ", ".join(names[:shown])
    return text + (f" et {counted(len(names) - shown, 'autre', 'autres')}" if len(names) > shown else "")
