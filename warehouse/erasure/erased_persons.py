"""Recognises erased persons in whatever arrives, in any spelling, and learners of sessions whose time of keeping is over."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from warehouse.erasure.ask_once import rows_where
from warehouse.erasure.spelling import SHORTEST_REFERENCE, all_folded, folded, is_placeholder, spellings
from warehouse.erasure.tombstones import Person, Tombstone, Tombstones, read_all
from warehouse.store.pseudonyms import SEPARATOR, Pseudonyms, load_key

#: the key of a learner, in every return about learners
KEY = ("provider_siret", "session_id", "learner_ref")
#: rows by columns: by field name the typed values, null where a cell is empty or unreadable
Columns = Mapping[str, pa.DictionaryArray]

_CELL_BORDERS = re.compile('[;,\t|"]')
_WORD = re.compile("[^\\s;,\t|\"']+")


class ErasedPersons:
    """Recognises an erased person when rows about it come again.

    Args:
        pseudonyms: of the home's key.
        tombstones: the erasures, begun ones too.
        purged: provider and session of the sessions that were purged.
        wanted: one more person, whose tombstone may still be missing.
        noted: learner keys of somebody else after all (spared), and those under which an erased person seems to have come
            again (resembling), each with the last file of before the erasure.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, tombstones: Iterable[Tombstone] = (), purged: Iterable[tuple[str, str]] = (),
        wanted: Person | None = None, noted: Tombstones | None = None,
    ) -> None:  # fmt: skip
        self.tombstones = (*tombstones, *([tombstone_of(pseudonyms, wanted)] if wanted else ()))
        self.purged = frozenset(purged)
        #: whether people who resemble an erased person are looked for: in files that arrive, not in those taken before
        self.watches_for_likeness = False
        #: learner keys under which an erased person seems to have come since this was made
        self.returned_keys: dict[str, int] = {}
        self._pseudonyms = pseudonyms
        self._noted = noted or Tombstones()
        self._spared = {key for one in self.tombstones for key in one.spared} | self._noted.spared
        self._resembling: dict[str, int] = {}
        self._references = {one.reference for one in self.tombstones}
        self._texts = {text for one in self.tombstones for text in (one.folded, *one.nationals) if text}
        self._after = {
            known_hash: one.after
            for one in self.tombstones for known_hash in (one.place, *one.nationals, *one.identities) if known_hash
        }
        self.learner_keys = frozenset(one.learner_key for one in self.tombstones)

    @classmethod
    def of(cls, home: Path, more: Iterable[Tombstone] = (), purged: Iterable[tuple[str, str]] = ()) -> ErasedPersons:
        """Those of a home, and more. KeyUnusable without its key, TombstonesDamaged where a line cannot be read."""
        noted = read_all(home)
        pseudonyms = Pseudonyms(load_key(home, may_create=False))
        return cls(pseudonyms, (*noted.tombstones, *more), {*noted.purged, *purged}, noted=noted)

    def __bool__(self) -> bool:
        # Also where the hashes of erased persons are of no use any more: what nobody can look into is still not to be kept.
        return bool(self.learner_keys or self.purged or self._noted.unrecognised)

    def as_kind(self, kind: type[ErasedPersons]) -> ErasedPersons:
        """The same persons, as an object of a class that takes more people for one of them."""
        return kind(self._pseudonyms, self.tombstones, self.purged, noted=self._noted)

    def watching_for_likeness(self) -> ErasedPersons:
        """The same, which also looks for whoever resembles somebody erased."""
        same = self.as_kind(type(self))
        same.watches_for_likeness = True
        same._resembling = dict(self._noted.resembling)
        return same

    # ------------------------------------------------------------------------------------------------- the very person

    def is_person(self, provider_siret: str, session_id: str, learner_ref: str) -> bool:
        """Whether these are the key of somebody erased."""
        if (provider_siret, session_id) in self.purged:
            return True
        keys = self.learner_keys
        return bool(keys) and self._pseudonyms.learner_key(provider_siret, session_id, learner_ref) in keys

    def may_be_persons(self, rows: Columns) -> NDArray[np.bool_]:
        """Which rows may have the key of somebody erased; of all others is_person would say no."""
        references = rows["learner_ref"]
        may_be = self._are_known(references.dictionary, self._references, "reference")[references.indices.to_numpy()]
        if self.purged:
            sirets, sessions = map(set, zip(*self.purged, strict=True))
            is_of_one = rows_where(rows["provider_siret"], sirets.__contains__)
            may_be |= is_of_one & rows_where(rows["session_id"], sessions.__contains__)
        return may_be

    def is_reference(self, text: str) -> bool:
        """Whether this is the reference of somebody erased, in whatever session."""
        return bool(text) and bool(self._references) and self._pseudonyms.reference_hash(text) in self._references

    def mentions(self, text: str, least: int = 1) -> bool:
        """Whether a text that cannot be read as cells names somebody erased.

        That is by the very reference, of so many characters at least, or by a spelling of the reference or of the national
        one that is long enough not to be there by chance.
        """
        if self._references:
            pieces = {piece.strip() for piece in _CELL_BORDERS.split(text)} | set(_WORD.findall(text))
            if any(self.is_reference(piece) for piece in pieces if len(piece) >= least):
                return True
        return next(self.places(text), None) is not None

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a text names somebody erased, in whatever spelling: from, to."""
        if not self._texts:
            return
        known: dict[str, bool] = {}
        for joined, first, end in spellings(text):
            if joined not in known:
                known[joined] = self._pseudonyms.folded_hash("text", joined) in self._texts
            if known[joined]:
                yield first, end

    # ----------------------------------------------------------------------------------------- whoever resembles somebody

    def match_resembling(self, values: Mapping[str, Any], shared: Iterable[str] = ()) -> int | None:
        """Whether a row seems to be about somebody erased under another key: the last file of before, None if it does not.

        Args:
            values: the row's, as parsed.
            shared: the national references, folded, that several people of the file have: they are nobody's.
        """
        if not self.watches_for_likeness:
            return None
        keys = self._pseudonyms
        siret, session, reference = (values.get(name) for name in KEY)
        if siret and session and reference and keys.learner_key(siret, session, reference) in self._spared:
            return None
        if (after := self.match_returned_key(values)) is not None:
            return after
        for known_hash in self._hashes(values, shared):
            if (after := self._after.get(known_hash)) is not None:
                return after
        return None

    def may_resemble(self, rows: Columns) -> NDArray[np.bool_]:
        """Which rows may be about somebody erased under another key; of all others match_resembling would say None."""
        may = self.may_have_returned(rows)
        if not self.watches_for_likeness:
            return may
        references = rows["learner_ref"]
        spelled, codes = all_folded(references.dictionary), references.indices
        if any(one.place for one in self.tombstones):
            known = self._are_known(spelled, self._texts, "erased", "text")
            if any(one.place and not one.folded for one in self.tombstones):
                known |= pc.less(pc.utf8_length(spelled), SHORTEST_REFERENCE).fill_null(False).to_numpy(zero_copy_only=False)
            may |= known[codes.to_numpy()]
        if any(one.nationals for one in self.tombstones) and "national_ref" in rows:
            nationals = rows["national_ref"]
            known = self._are_known(nationals.dictionary, self._after, "national")
            known |= self._are_known(all_folded(nationals.dictionary), self._after, "erased", "text")
            may |= known[nationals.indices.to_numpy()]
        if any(one.identities for one in self.tombstones) and {"born_on", "sex"} <= rows.keys():
            identities = _joined(pa.DictionaryArray.from_arrays(codes, spelled), rows["born_on"], rows["sex"])
            may |= self._are_known(identities, self._after, "erased", "identity")
        return may

    def may_have_returned(self, rows: Columns) -> NDArray[np.bool_]:
        """Which rows may have a key under which somebody erased seems to have come again (match_returned_key)."""
        if not self._resembling:
            return np.zeros(len(rows["learner_ref"]), np.bool_)
        return self._are_known(_joined(*(rows[name] for name in KEY)), self._resembling, "learner")

    def _are_known(self, texts: pa.StringArray, known: Container[str | None], *domain: str) -> NDArray[np.bool_]:
        """Which texts have one of the known hashes; null has none."""
        coded = texts.dictionary_encode()
        passes = [one in known for one in self._pseudonyms.each(coded.dictionary, *domain)]
        return np.array([*passes, False])[coded.indices.fill_null(-1).to_numpy()]

    def match_returned_key(self, values: Mapping[str, Any]) -> int | None:
        """Whether a row has a key under which somebody erased seems to have come again: as match_resembling, by the key alone."""
        siret, session, reference = (values.get(name) for name in KEY)
        if not (self._resembling and siret and session and reference):
            return None
        key = self._pseudonyms.learner_key(siret, session, reference)
        return None if key in self._spared else self._resembling.get(key)

    def note_returned_key(self, provider_siret: str, session_id: str, learner_ref: str, after: int) -> None:
        """Note a key under which an erased person seems to have come again: whatever comes under it, follow-ups too, is about it.

        `after` is the number of the last file of before the erasure.
        """
        key = self._pseudonyms.learner_key(provider_siret, session_id, learner_ref)
        if key not in self._resembling:
            self._resembling[key] = self.returned_keys[key] = after

    def _hashes(self, values: Mapping[str, Any], shared: Iterable[str]) -> Iterator[str]:
        national = values.get("national_ref")
        if national and not is_placeholder(national) and folded(national) not in shared:
            yield from national_hashes(self._pseudonyms, national)
        yield from key_hashes(self._pseudonyms, values)

    def seal(self, text: str) -> str:
        """See Pseudonyms.seal."""
        return self._pseudonyms.seal(text)


class ErasedOrUnattributable(ErasedPersons):
    """Whoever was erased, and besides, in a file that was kept long enough, whoever is in lines that cannot be attributed."""

    def __bool__(self) -> bool:
        return True

    def may_be_persons(self, rows: Columns) -> NDArray[np.bool_]:
        """All."""
        return np.ones(len(rows["learner_ref"]), np.bool_)

    def is_reference(self, text: str) -> bool:
        """Yes: that record has no readable key."""
        return True

    def mentions(self, text: str, least: int = 1) -> bool:
        """Yes: that text cannot be read as cells."""
        return True


class EveryPerson(ErasedOrUnattributable):
    """All persons of a file of which nothing was taken and which was kept long enough."""

    def is_person(self, provider_siret: str, session_id: str, learner_ref: str) -> bool:
        """Yes."""
        return True


def _joined(*columns: pa.DictionaryArray) -> pa.StringArray:
    """The values of each row as the parts of what is hashed; null where one is."""
    texts = (column.dictionary.cast(pa.string()).take(column.indices) for column in columns)
    return pc.binary_join_element_wise(*texts, SEPARATOR)


def national_hashes(keys: Pseudonyms, national_ref: str) -> Iterator[str]:
    """The hashes by which a national reference is known again, in this spelling as the store has it, and in any."""
    if known := keys.national_hash(national_ref):
        yield known
    yield keys.folded_hash("text", folded(national_ref))


def key_hashes(keys: Pseudonyms, values: Mapping[str, Any]) -> Iterator[str]:
    """The hashes by which a reference in any spelling is known again: in its session, and with birth date and sex anywhere."""
    reference = folded(values.get("learner_ref") or "")
    siret, session, born_on, sex = (values.get(name) for name in ("provider_siret", "session_id", "born_on", "sex"))
    if reference and siret and session:
        yield keys.folded_hash("place", siret, session, reference)
    if reference and isinstance(born_on, date) and sex:
        yield keys.folded_hash("identity", reference, born_on.isoformat(), sex)


def tombstone_of(keys: Pseudonyms, person: Person, **known: Any) -> Tombstone:
    """The tombstone of a person; `known` is what else it is to say."""
    reference = folded(person.learner_ref)
    (place,) = key_hashes(keys, vars(person)) if reference else ("",)
    new = Tombstone(
        "", None, keys.learner_key(person.provider_siret, person.session_id, person.learner_ref),
        keys.reference_hash(person.learner_ref), place=place,
        folded=keys.folded_hash("text", reference) if len(reference) >= SHORTEST_REFERENCE else "",
    )  # fmt: skip
    return replace(new, **known)
