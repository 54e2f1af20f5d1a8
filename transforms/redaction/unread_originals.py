"""An original that is no return, without the persons who were erased, or a notice in its place; refused for the same reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from transforms.read import Unreadable, read_return
from transforms.read.decode import decode
from transforms.read.workbook_refusals import refusal_told
from transforms.redaction.unwanted_columns import SAME_REFUSAL
from warehouse.erasure.erased_persons import ErasedPersons

#: what stands for an original in which nobody can look for a person
NOTICE = b"contenu efface : une personne a demande l'effacement de ses donnees\n"


def is_withheld(kept: bytes) -> bool:
    """Whether a notice stands for the original."""
    return NOTICE in kept


def notice_instead_of(kept: bytes) -> bytes:
    """The notice that stands for an original that nobody can look into, refused for the same reason as the original."""
    if refusal_told(kept):
        return kept
    try:
        read_return(kept)
    except Unreadable as refusal:
        return _notice(kept, refusal)
    except Exception:  # see without_erased() of erase_records
        return NOTICE
    return NOTICE


def without_header(kept: bytes, erased: ErasedPersons, refusal: Unreadable) -> bytes:
    """What is kept of an original that is refused for that reason, without the persons who were erased."""
    if refusal.rule == "FIC-01" or refusal_told(kept):
        return kept
    if refusal.rule == "FIC-02":
        return kept if is_withheld(kept) else _notice(kept, refusal)
    lines = decode(kept).lines
    if not any(map(erased.mentions, lines)):
        return kept
    copy = patched(lines, {number: "-" for number, line in enumerate(lines, start=1) if erased.mentions(line)})
    return copy if _refused(copy) == _said(refusal) else _notice(kept, refusal)


def patched(lines: Iterable[str], changed: Mapping[int, str]) -> bytes:
    """The lines of a file as UTF-8, with others in the place of some, by their number."""
    text = "\n".join(changed.get(number, line) for number, line in enumerate(lines, start=1))
    return text.encode("utf-8") + b"\n"


def _notice(kept: bytes, refusal: Unreadable) -> bytes:
    blank = b"\n" * refusal.blank_lines
    for start in (b"", *(kept[:length] for length in (2, 4, 6, 8, 16)), b"<html>", b"\x01" * 40, *SAME_REFUSAL.values()):
        if _refused(start + NOTICE + blank) == _said(refusal):
            return start + NOTICE + blank
    return NOTICE


def _refused(data: bytes) -> tuple[str, str, int] | None:
    try:
        read_return(data)
    except Unreadable as refusal:
        return _said(refusal)
    return None


def _said(refusal: Unreadable) -> tuple[str, str, int]:
    return refusal.rule, refusal.detail, refusal.blank_lines
