"""The one door of the reader: bytes in, a Reading with proven accounts out."""

from __future__ import annotations

from transforms.read.decode import blank_lines, decode, is_binary, is_mis_decoded
from transforms.read.find_header import Match, find_header, has_wide_line, is_quoted_by_line
from transforms.read.line_accounting import account
from transforms.read.match_columns import match_columns
from transforms.read.record_limits import is_oversized_line
from transforms.read.records import Reading, Unreadable
from transforms.read.tokenize import read_records

_LINES_SHOWN = 12


def read_return(data: bytes, match: Match = match_columns) -> Reading:
    """Read one file.

    Args:
        data: the bytes received.
        match: says of the cells of one row which columns they are; that of the six returns, but in tests of the reader alone.

    Raises:
        Unreadable: FIC-01 empty, FIC-02 not text, FIC-03 no header recognised, FIC-19 perhaps one, of too many columns,
            FIC-22 one that is a single quoted cell.
        Miscount: the accounts do not add up, which is a defect of the reader.
    """
    text = decode(data)
    found = find_header(text.lines, match)
    if found is None:
        if is_binary(text):
            raise Unreadable("FIC-02", "c'est un fichier binaire")
        if has_wide_line(text.lines):
            raise Unreadable("FIC-19", "aucune ligne moins large ne porte les titres d'un modèle", blank_lines(text))
        if is_quoted_by_line(text.lines, match):
            raise Unreadable("FIC-22", "c'est aussi le cas de la ligne de titres", blank_lines(text))
        damaged = any(is_mis_decoded(line) for line in text.lines[:_LINES_SHOWN] if not is_oversized_line(line))
        why = "aucune des premières lignes ne porte les titres d'un modèle"
        if damaged:
            why += " ; leurs accents sont abîmés : corrigez-les, ou enregistrez l'original en classeur ou en « CSV UTF-8 »"
        raise Unreadable("FIC-03", why, blank_lines(text))
    reading = read_records(text, found, match)
    account(reading)
    return reading
