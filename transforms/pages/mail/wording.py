"""The French of mails: names on one line, what has changed in a few words, and lines of text that fit a window."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from expectations.contract import Severity
from expectations.contract.french import counted, with_french_spaces
from expectations.contract.returns import RETURNS
from transforms.pages.templating import return_name
from warehouse.notifications.updates import SenderUpdates
from warehouse.safe_text import safe_to_quote, safe_to_show

_WIDTH = 76
_LONGEST_NAME = 80
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = {"R", "AL"}
#: what mail programs make links of: `www.exemple.fr`, `https://…`, `a@b.fr`; the ending of a table's name is none
_LINKED = re.compile(r"[.:@](?=[^\s»])(?!(?:csv|tsv|txt|xlsx?|ods)\b(?!\.))", re.IGNORECASE)
_ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True)
class AwaitedReturn:
    """A return that is awaited, or was until it came: what, of which session or action, when it is due.

    `closes_on` is until when learners can be asked, where that is known.
    """

    kind: str
    what: str
    of: str
    due_on: date
    closes_on: date | None = None
    is_new: bool = True


def one_line(text: str, longest: int = _LONGEST_NAME) -> str:
    """A name given by a stranger as it can stand in a sentence or a header: on one line, no control characters, not too long."""
    line = safe_to_show(" ".join(text.split())) or "(sans nom)"
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def safe_file_name(name: str, longest: int = 120) -> str:
    """The name of a file or folder as it can stand between « » in a mail: on one line, no link, no end of the quotation."""
    return bidi_isolated(without_links(safe_to_quote(one_line(name, longest))))


def without_links(text: str) -> str:
    """The text with zero-width spaces in it, so that mail programs make no link of names that strangers gave."""
    return _LINKED.sub(lambda found: found[0] + _ZERO_WIDTH_SPACE, text)


def origin_folder(sender: str) -> str:
    """In which folder of the inbox a file lay, completing "déposé"."""
    return f"dans le dossier « {safe_file_name(sender, 60)} »" if sender else "à la racine du dépôt, sans dossier"


def bidi_isolated(line: str) -> str:
    """The name; one with right-to-left letters between marks that keep it from reordering the text around it."""
    is_right_to_left = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in line)
    return f"{_ISOLATE}{line}{_END_OF_ISOLATE}" if is_right_to_left else line


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """The text in lines that fit a window. `first` begins the first line, `rest` the others; words are never broken."""
    rest = " " * len(first) if rest is None else rest
    text = with_french_spaces(text)
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def changes_in_words(updates: SenderUpdates) -> list[str]:
    """What has changed for a sender, the gravest first: `1 fichier refusé`, `12 lignes à corriger`."""
    new = [finding for finding in updates.findings if finding.is_new]
    errors = {(f.submission_id, f.line) for f in new if f.severity == Severity.ERROR and f.line is not None}
    warnings = {(f.submission_id, f.line) for f in new if f.severity == Severity.WARNING}
    files = [submission for submission, line in warnings if line is None]
    late = sum(late.is_new for late in updates.late)
    replaced = sum(before.lines for file in updates.replaced for before in file.replaced)
    counts = (
        (len(updates.held), "fichier mis de côté", "fichiers mis de côté"),
        (replaced, "ligne remplacée", "lignes remplacées"),
        (len(updates.refused), "fichier refusé", "fichiers refusés"),
        (len(errors), "ligne à corriger", "lignes à corriger"),
        (late, "retour en retard", "retours en retard"),
        (len(warnings) - len(files), "ligne à vérifier", "lignes à vérifier"),
        (len(files), "fichier à vérifier", "fichiers à vérifier"),
        (sum(one.rows for one in updates.settled), "signalement réglé", "signalements réglés"),
        (len(updates.arrived), "retour en retard est arrivé", "retours en retard sont arrivés"),
        (len(updates.released) + len(updates.rejected), "réponse de la Région", "réponses de la Région"),
    )
    new_address = ["adresse de contact changée"] if updates.new_address_change else []
    return [counted(count, one, many) for count, one, many in counts if count] + new_address


def tone(updates: SenderUpdates) -> str:
    """`bad`, `wait` or `good`: a class of the style sheet."""
    if updates.refused or any(f.is_new and f.severity == Severity.ERROR for f in updates.findings):
        return "bad"
    return "wait" if updates.findings or updates.late or updates.held or updates.replaced else "good"


def awaited_return(
    kind: str, level: str, number: str, horizon: str | None, due_on: date, closes_on: date | None = None, is_new: bool = True
) -> AwaitedReturn:
    """An awaited return in words."""
    what = return_name(kind).capitalize()
    if horizon:
        label = horizon_labels().get(horizon, horizon)
        what += f", échéance {horizon}" + (f" ({label})" if label.lower() != horizon.lower() else "")
    return AwaitedReturn(kind, what, f"{level} {one_line(number, 64)}", due_on, closes_on, is_new)


def horizon_labels() -> Mapping[str, str]:
    """The French names of the horizons, by code."""
    codes = RETURNS["suivi"].column("horizon").codes
    return codes.labels if codes else {}


def first_names(names: Sequence[str], shown: int) -> str:
    """`a, b et 3 autres`: the first `shown` names, and how many more there are."""
    text = ", ".join(names[:shown])
    return text + (f" et {counted(len(names) - shown, 'autre', 'autres')}" if len(names) > shown else "")
