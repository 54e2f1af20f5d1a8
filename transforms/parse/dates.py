"""Reads a date: a day as people write it, or the instant that a program wrote for it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from expectations.contract import CellProblemKind
from transforms.parse.cells import SEVERAL_GAPS, Parsed, unreadable
from warehouse.paris_days import PARIS

_MIDNIGHT = r"(?:[ T]0?0:00(?::00(?:\.0{1,9})?)?)?"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2([0-9]{{4}}){_MIDNIGHT}")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){_MIDNIGHT}")
#: how programs write a moment, in universal time
_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.0{1,9})?Z")
#: forms that are refused, each with what is said of it; the first that fits
_NO_DATES = [
    (re.compile(rf"[0-9]{{1,2}}[/.-][0-9]{{1,2}}[/.-][0-9]{{2}}{_MIDNIGHT}"),
     "l'année n'a que deux chiffres : donnez à la colonne le format JJ/MM/AAAA dans votre tableur"),
    (re.compile(r"[0-9]{5}([.,][0-9]+)?"), "c'est un numéro de série d'Excel : mettez la colonne au format date"),
    (re.compile(rf"[0-9]{{4}}[/.][0-9]{{1,2}}[/.][0-9]{{1,2}}{_MIDNIGHT}"),
     "une date qui commence par l'année s'écrit avec des tirets"),
    # What is said of these keeps people from cutting the hour off: the day at Paris may be the next one.
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[ T][0-9]{1,2}:[0-9:.]+ ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"),
     "c'est une date avec une heure et un fuseau horaire, dont le jour n'est pas sûr : exportez la date seule"),
    (re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}[ T]2[23]:00(?::00(?:\.0{1,9})?)?"),
     "22 h ou 23 h est sans doute minuit à Paris, donc le jour suivant : exportez la date seule"),
    (re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}[ T][0-9]{1,2}[:hH].*"), "une date s'écrit sans heure"),
    (re.compile(r"([^\W\d_]+\.?,? )?[0-9]{1,2}(er)?[ -][^\W\d_]{3,9}\.?[ -][0-9]{2,4}"), "le mois s'écrit en chiffres"),
]  # fmt: skip
#: a year outside is a slip of the hand: strptime would read 0026 for 26
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def read_date(text: str) -> Parsed:
    """The day; with a problem, that it was repaired, where the cell holds an instant that is midnight at Paris."""
    text = SEVERAL_GAPS.sub(" ", text)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif (found := _INSTANT.fullmatch(text)) and (midnight := _day_that_begins(found[1] + "T" + found[2] + (found[3] or ""))):
        return Parsed(midnight, CellProblemKind.REPAIRED)
    else:
        return unreadable(next((hint for form, hint in _NO_DATES if form.fullmatch(text)), None))
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return unreadable("l'année est invraisemblable")
    try:
        return Parsed(date(year, month, day))
    except ValueError:
        return unreadable("le jour vient avant le mois" if month > 12 >= day > 0 else "ce jour n'existe pas")


def _day_that_begins(moment: str) -> date | None:
    """The day that begins at Paris at that moment of universal time, if one does."""
    try:
        there = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(PARIS)
    except (ValueError, OverflowError):  # 30 February; the year 9999 has no day after it
        return None
    is_midnight = (there.hour, there.minute, there.second) == (0, 0, 0)
    return there.date() if is_midnight and _FIRST_YEAR <= there.year <= _LAST_YEAR else None
