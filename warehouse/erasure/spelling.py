"""What makes two spellings one: references and national references without what a hand or a spreadsheet changes in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

#: in characters, once folded: a shorter reference is another person's by chance, in whatever text
SHORTEST_REFERENCE = 4
_LONGEST, _MOST_WORDS = 64, 8
_WORD = re.compile(r"[^\W_]+")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
#: the same for Arrow, which does not look ahead or behind
_LEADING_ZEROS_RE2 = "(^|[^0-9])0+([0-9])"
_NOT_COUNTED = bytes(byte for byte in range(256) if not bytes([byte]).isalnum()) + b"0"
#: what offices write where they have no national reference: such words, in any order
_NO_REFERENCE = frozenset(
    """A ABSENT ABSENTE ANONYME APPLICABLE ATTENTE ATTRIBUE ATTRIBUER AUCUN AUCUNE COMMUNIQUE COMMUNIQUER COMPLETER CONCERNE
    CONFIDENTIEL CONNU CONNUE D DE DEFINIR DEMANDE DEMANDER DISPONIBLE DU EN ETRANGER ETRANGERE FOURNI FOURNIR ID IDENTIFIANT
    INCONNU INCONNUE INE L LE MANQUANT N NA NAN NATIONAL NC ND NEANT NIL NIR NO NON NONE NR NSP NUL NULL NUMERO O OBJET OUI PAS
    PERDU REFERENCE REFUS RENSEIGNE RENSEIGNEE RENSEIGNER SAISI SAISIR SANS SO TEST TRANSMETTRE TRANSMIS UNKNOWN VENIR VIDE
    X""".split()  # noqa: SIM905
)
_SEQUENCE = "12345678901234567890"
_SHORTEST_NATIONAL = 5


def folded(text: str) -> str:
    """The text without case, accents, spaces, signs and leading zeros: `canari_0077` is `CANARI 77`. '' for signs alone."""
    return "".join(word for word, _, _ in _words(text))


def all_folded(texts: pa.StringArray) -> pa.StringArray:
    """Each of many texts folded; null for null."""
    zeros = pc.replace_substring_regex(pc.ascii_upper(texts), _LEADING_ZEROS_RE2, r"\1\2")
    of_ascii = pc.replace_substring_regex(zeros, "[^A-Z0-9]+", "")
    other = pc.invert(pc.string_is_ascii(texts))
    rest = texts.filter(other).to_pylist()
    return pc.replace_with_mask(of_ascii, other, pa.array(map(folded, rest), pa.string())) if rest else of_ascii


def spellings(text: str) -> Iterator[tuple[str, int, int]]:
    """Whatever in a text may be a reference in some spelling, folded, and from where to where.

    It has SHORTEST_REFERENCE characters or more: a shorter one would be there by chance.
    """
    words = list(_words(text))
    for first in range(len(words)):
        joined = ""
        for word, _, end in words[first : first + _MOST_WORDS]:
            joined += word
            if len(joined) > _LONGEST:
                break
            if len(joined) >= SHORTEST_REFERENCE:
                yield joined, words[first][1], end


def searchable_bytes(text: str) -> bytes:
    """What is left of a text for a first look: one that does not hold a searchable_bytes reference holds it in no spelling."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").upper().translate(None, _NOT_COUNTED)


def is_placeholder(text: str) -> bool:
    """Whether a national reference is none: `NULL`, `inconnu`, `non communiqué`, `0`, `xxxxxx`, `123456789`."""
    whole = folded(text)
    if len(whole) < _SHORTEST_NATIONAL or len(set(whole)) == 1 or whole in _SEQUENCE:
        return True
    return all(word in _NO_REFERENCE for word, _, _ in _words(text))


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    if text.isascii():
        plain, places = text.upper(), None
    else:
        kept = [
            (part, at) for at, character in enumerate(text)
            for part in unicodedata.normalize("NFKD", character).upper() if not unicodedata.combining(part)
        ]  # fmt: skip
        plain, places = "".join(part for part, _ in kept), [at for _, at in kept]
    for found in _WORD.finditer(plain):
        first, last = found.start(), found.end() - 1
        if places is not None:
            first, last = places[first], places[last]
        yield _LEADING_ZEROS.sub("", found[0]), first, last + 1
