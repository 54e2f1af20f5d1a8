"""Recognises a return by its header: which column is which, which are missing, unknown or not wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from itertools import chain

from expectations.contract import Column, Return
from expectations.contract.codes import fold
from expectations.contract.personal_columns import IDENTIFIER_BEGINNINGS, IDENTIFIER_HEADERS, IDENTIFIER_WORDS
from expectations.contract.rejected import REJECTED_LINE, REJECTED_REASONS
from expectations.contract.returns import RETURNS
from transforms.read.decode import is_mis_decoded
from warehouse.safe_text import safe_to_quote

#: an accented letter that became one or two question marks (`T?l?phone`); it was nearly always an é
_LOST_LETTER = re.compile(r"(?<=\w)\?{1,2}(?=\w)")
#: words that tell that a title with "nom" in it names a thing, not a person
_THINGS = frozenset({"SESSION", "COMMUNE", "ORGANISME", "ACTION", "FORMATION", "VILLE", "FINANCEUR"})
#: words by which no column is known
_SAYS_LITTLE = frozenset({"DATE", "NUMERO", "NUM", "CODE", "REF", "REFERENCE", "IDENTIFIANT", "NOMBRE", "DES", "LES", "DANS"})
_WORD = re.compile(r"[A-Z0-9]+")
_LONGEST_TITLE, _SHOWN_TWICE = 40, 3
#: what people add to a title: `(jj/mm/aaaa)`; brackets that are part of a word (`Né(e) le`) are only then left out when the title
#: means nothing with them
_HINT, _BRACKETS = re.compile(r"(?<![^\W_])[(\[][^()\[\]]*[)\]]|\*"), re.compile(r"[(\[][^()\[\]]*[)\]]|\*")
#: At most so many pairs of titles of one file are compared letter by letter: each comparison costs as much as reading ten cells.
_COMPARED = 200


def header_key(text: str) -> str:
    """A title as it is compared: no case, accents, spaces, underscores, hyphens, apostrophes or final punctuation."""
    return fold(text).replace("_", "").strip("?*:")


def header_keys(title: str) -> tuple[str, ...]:
    """A title as it is compared: whole, and without what is a hint in it; what names a column first, names it."""
    if not _BRACKETS.search(title):
        return (header_key(title),)
    return tuple(dict.fromkeys(header_key(said) for said in (title, _HINT.sub(" ", title), without_brackets(title))))


def without_brackets(title: str) -> str:
    """A title without its asterisks, and without whatever stands in brackets."""
    return _BRACKETS.sub(" ", title)


def shown_title(title: str) -> str:
    """A title of the file as it may be shown in « »: short, on one line, nothing that a terminal or a page would obey."""
    text = safe_to_quote(" ".join(title.split()))
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"


@cache
def _names(kind: str) -> dict[str, Column]:
    names: dict[str, Column] = {}
    for column in RETURNS[kind].columns:
        for title in (column.header, column.name, *column.aliases):
            if names.setdefault(header_key(title), column) is not column:
                raise ValueError(f"{kind}: the title {title!r} means two columns")
    return names


@cache
def _all_names() -> frozenset[str]:
    return frozenset(name for kind in RETURNS for name in _names(kind))


@cache
def _identifiers() -> frozenset[str]:
    return frozenset(header_key(title) for title in IDENTIFIER_HEADERS)


def is_identifier(title: str) -> bool:
    """True where a column of this title would identify a person directly (name, address, telephone, NIR ...).

    A title with damaged accents (`Pr‚nom`) still announces names, so that it is asked as it was meant too.
    """
    return any(map(_names_a_person, {title, *_meant(title)}))


def _names_a_person(title: str) -> bool:
    # Forms number the columns that they have twice: `NOM2`, `adre1`.
    words = {word.strip("0123456789") for word in _WORD.findall(fold(title))}
    is_named = words & IDENTIFIER_WORDS or any(word.startswith(IDENTIFIER_BEGINNINGS) for word in words)
    if header_key(title) in _identifiers():
        return True
    return not words & _THINGS and bool(is_named or not _identifiers().isdisjoint(header_keys(title)))


def _head(title: str) -> str:
    """The first word of a title that says what stands in the column, not that it is a date or a number."""
    return next((word for word in _WORD.findall(fold(title)) if len(word) > 2 and word not in _SAYS_LITTLE), "")


def _is_short_for(word: str, heads: set[str]) -> bool:
    return bool(word) and any(head.startswith(word) for head in heads)


def _meant(title: str) -> Iterator[str]:
    """What a title may have said before its encoding was mistaken; the lost letter of U+FFFD is nearly always an é."""
    yield _LOST_LETTER.sub("e", title)
    if title.isascii():
        return
    yield title.replace("\ufffd", "e")
    data = title.replace("\ufffd", "?").encode("cp1252", "replace")
    for encoding in ("cp850", "mac_roman", "utf-8"):
        yield data.decode(encoding, "replace").replace("?", "e").replace("\ufffd", "e")


_DAMAGED_TITLES = "Les accents des titres sont abîmés : corrigez-les, ou enregistrez l'original en classeur ou en « CSV UTF-8 »."


@dataclass(frozen=True)
class Refusal:
    """Why a file is refused whole: the rule of the file, what completes its French sentence, and how many lines are blank.

    The blank lines are counted here for a file without a header, of which nothing else is known.
    """

    rule: str
    detail: str | None = None
    blank_lines: int = 0


@dataclass(frozen=True)
class MatchedHeader:
    """A recognised header. `columns` has, for each cell of the file's header, the contract's column or None.

    `twice` are the columns of the contract that several titles name. `ignored` are columns of the file in whose place another was
    taken, each with that other.
    """

    kind: str
    titles: tuple[str, ...]
    columns: tuple[Column | None, ...]
    missing: tuple[Column, ...]
    twice: tuple[Column, ...]
    identifiers: tuple[int, ...]
    unknown: tuple[int, ...]
    ignored: tuple[tuple[int, int], ...] = ()

    @property
    def dropped(self) -> tuple[int, ...]:
        """The columns whose values are not kept: in a return about people all that the contract does not know, titled or not."""
        if not self.contract.refuses_identifiers:
            return ()
        return self.unwanted

    @property
    def unwanted(self) -> tuple[int, ...]:
        """The columns that nobody asked for, titled or not."""
        return tuple(i for i, column in enumerate(self.columns) if column is None)

    @property
    def mis_decoded(self) -> bool:
        """True where the accents of a title are damaged."""
        return any(map(is_mis_decoded, self.titles))

    @property
    def is_rejected_lines(self) -> bool:
        """True for the list of rejected lines that goes with a receipt: taken for a return it would retire all other rows."""
        return {header_key(REJECTED_LINE), header_key(REJECTED_REASONS)} <= set(map(header_key, self.titles))

    @property
    def contract(self) -> Return:
        """The return that this header belongs to."""
        return RETURNS[self.kind]

    @property
    def identifier_titles(self) -> tuple[str, ...]:
        """The titles of columns that identify a person."""
        return tuple(self.titles[i].strip() for i in self.identifiers)

    @property
    def unknown_titles(self) -> tuple[str, ...]:
        """The titles of the other columns that the return does not have."""
        return tuple(self.titles[i].strip() for i in self.unknown)

    @property
    def ignored_titles(self) -> str | None:
        """Which columns were ignored, and which taken in their place: completes the sentence of FIC-21, None where none was."""
        shown = [(shown_title(self.titles[taken]), shown_title(self.titles[at])) for at, taken in self.ignored]
        return " ; ".join(f"« {taken} » est lue, « {ignored} » ignorée" for taken, ignored in shown) + "." if shown else None

    def places(self, column: Column) -> tuple[int, ...]:
        """The columns of the file whose titles name this one of the contract; one that has its own header comes first."""
        own = header_key(column.header)
        found = (at for at, named in enumerate(self.columns) if named == column)
        return tuple(sorted(found, key=lambda at: header_key(self.titles[at]) != own))

    def own_title(self, column: Column) -> str | None:
        """The file's title of a column where it is another than the contract's, as it may be shown; None where it is not."""
        places = self.places(column)[:1]
        is_other = any(header_key(column.header) not in header_keys(self.titles[at]) for at in places)
        return self._known_title(places[0]) if is_other else None

    def _known_title(self, at: int) -> str:
        """A recognised title as it may be shown: a hint in brackets, which may say anything, only where the contract has it."""
        title = self.titles[at]
        return shown_title(title if header_key(title) in _names(self.kind) else without_brackets(title))

    def taking(self, at: int) -> MatchedHeader:
        """The same header where of the columns that name one field that at `at` is taken, and the others are ignored."""
        column = self.columns[at]
        others = [other for other, named in enumerate(self.columns) if named == column and other != at]
        columns = tuple(None if place in others else named for place, named in enumerate(self.columns))
        twice = tuple(named for named in self.twice if named != column)
        return replace(self, columns=columns, twice=twice, ignored=(*self.ignored, *((other, at) for other in others)))

    def refusal(self) -> Refusal | None:
        """Why a file with this header is refused, None where it is not."""
        if self.is_rejected_lines:
            return Refusal("FIC-15")
        if self.missing:
            names, nearest = [], self.nearest_titles()
            for column in self.missing:
                near = nearest.get(column)
                names.append(f"« {column.header} »" + (f" (est-ce « {near} » ?)" if near else ""))
            damaged = f" {_DAMAGED_TITLES}" if self.mis_decoded else ""
            return Refusal("FIC-04", "Il manque " + ", ".join(names) + "." + damaged)
        if self.twice:
            return Refusal("FIC-05", "En double : " + ", ".join(map(self._named_twice, self.twice)) + ".")
        return None

    def _named_twice(self, column: Column) -> str:
        titles = [f"« {self._known_title(at)} »" for at in self.places(column)[:_SHOWN_TWICE]]
        return f"« {column.header} » (dans votre fichier : {', '.join(titles)})"

    def nearest_titles(self) -> dict[Column, str]:
        """For missing columns the unknown title of the file that looks most like each, as far as the file's budget goes.

        By its letters (`montent`), or by the word that it begins with, which may be cut short (`Niv. scolaire`).
        """
        titles = {header_key(self.titles[i]): self.titles[i] for i in self.unknown}
        found: dict[Column, str] = {}
        left = _COMPARED
        for column in self.missing:
            for wanted in (column.header, *column.aliases):
                left -= len(titles)
                if left < 0:
                    return found
                close = get_close_matches(header_key(wanted), titles, n=1, cutoff=0.7)
                if close:
                    found[column] = shown_title(titles[close[0]])
                    break
            else:
                heads = {_head(wanted) for wanted in (column.header, *column.aliases)}
                if alike := next((title for title in titles.values() if _is_short_for(_head(title), heads)), None):
                    found[column] = shown_title(alike)
        return found


def match_columns(titles: Sequence[str]) -> MatchedHeader | None:
    """The header that these cells are, or None where they are no header of any return.

    A row is a header where it has at least half of the columns that some return requires, and three of its columns.
    Of several returns the one with the fewest missing and the most matched columns is taken.
    """
    keys = [header_keys(title) for title in titles]
    # This is asked of every line that may be a header, and most are none: so the cheap test comes first.
    if len(_all_names().intersection(chain.from_iterable(keys))) < 3:
        return None
    best: tuple[tuple[int, float, int], MatchedHeader] | None = None
    for kind, contract in RETURNS.items():
        names = _names(kind)
        columns = tuple(next((names[key] for key in forms if key in names), None) for forms in keys)
        found = [c.name for c in columns if c is not None]  # whole columns are slow to compare
        required = [c for c in contract.columns if not c.optional]
        missing = tuple(c for c in required if c.name not in found)
        if len(set(found)) < 3 or 2 * (len(required) - len(missing)) < len(required):
            continue
        identifiers = tuple(
            i for i, c in enumerate(columns) if c is None and contract.refuses_identifiers and is_identifier(titles[i])
        )
        unknown = tuple(i for i, c in enumerate(columns) if c is None and i not in identifiers and keys[i][0])
        twice = tuple(c for c in contract.columns if found.count(c.name) > 1)
        header = MatchedHeader(kind, tuple(titles), columns, missing, twice, identifiers, unknown)
        rank = (0 if missing else 1, -len(missing) / len(required), len(found))
        if best is None or rank > best[0]:
            best = (rank, header)
    return best[1] if best else None
