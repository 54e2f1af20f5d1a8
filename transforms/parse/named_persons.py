"""Knows references of learners that tell who they are: a name, an address, a number of the social security."""

from __future__ import annotations

import re

_WORD = r"[^\W\d_]"
#: words of letters alone, one of them of some length (`DUPONT Marie`, `m.dupont`, `Jean-Paul`); or one (`Dupont`, `Léa`). Codes
#: of few letters (`AB`, `GRP-A`) are none.
_NAME = re.compile(
    rf"(?=.*{_WORD}{{3}}){_WORD}+(?:[ .,'’]+{_WORD}+)+\.?|{_WORD}{{4,}}"
    rf"|{_WORD}{{3,}}(?:[-_]{_WORD}{{3,}})+|[A-ZÀ-Þ][a-zà-ÿ]{{2,}}"
)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
#: 15 digits, or the 13 without the key where the month and the sex are possible; Corsica's departments have a letter
_GAP = re.compile(r"[ .-]")
_NUMBER = re.compile(r"[0-9]{6}[0-9AB][0-9]{8}|[1-478][0-9]{2}(?:0[1-9]|1[0-2])[0-9](?:[0-9]|[AB])[0-9]{6}")
#: whatever may be such a number is as long and like this, so that of a million plain references only those are looked at
SHORTEST_NUMBER, LIKE_A_NUMBER = 13, r"^[^A-Za-z0-9]*[0-9](?:[ .-]*[0-9AB]){12,14}[^A-Za-z0-9]*$"


def names_a_person(reference: str) -> bool:
    """Whether a learner's reference looks like the name, e-mail address or social security number of a person."""
    return bool(_NAME.fullmatch(reference) or _ADDRESS.fullmatch(reference) or _NUMBER.fullmatch(_GAP.sub("", reference)))
