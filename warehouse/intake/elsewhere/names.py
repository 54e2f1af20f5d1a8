"""Names there and here: none leads out of the folder that files are brought to; a taken file keeps its name for people."""

from __future__ import annotations

import secrets
from pathlib import Path, PurePosixPath

from warehouse.intake.inbox import UNFINISHED_ENDINGS, UNFINISHED_STARTS

#: how the name of a file begins that a night has taken: a dot, so that nobody else lists it, who took it, and chance
_TAKEN, _CHANCE = ".suivi-", 12
_LONGEST_NAME, _LONGEST_PATH = 255, 1_000

UNUSABLE_NAME = "nom inutilisable (« .. », caractère de contrôle, nom trop long) : renommez le fichier"
NAME_OF_FOLDER = "un dossier et un fichier ont le même nom : renommez l'un des deux"


def taken_name(name: str) -> str | None:
    """The name under which a night takes a file of that name; None where it would be too long for a file system."""
    taken = f"{_TAKEN}{secrets.token_hex(_CHANCE // 2)}.{name}"
    return taken if len(_encoded(taken)) <= _LONGEST_NAME else None


def probe_name() -> str:
    """A name for an empty file with which rights are tried: no night takes what begins with a dot."""
    return f"{_TAKEN}essai-{secrets.token_hex(_CHANCE // 2)}"


def original_path(path: str) -> str:
    """The path under which a file was sent, whether a night has taken it or not."""
    folder, slash, name = path.rpartition("/")
    end = len(_TAKEN) + _CHANCE
    if name.startswith(_TAKEN) and name[end : end + 1] == "." and len(name) > end + 1:
        chance = name[len(_TAKEN) : end]
        if all(digit in "0123456789abcdef" for digit in chance):
            name = name[end + 1 :]
    return f"{folder}{slash}{name}"


def is_usable(path: str) -> bool:
    """Whether a path there may be one below a folder here: relative, every part of it a name, no control character.

    A server may answer whatever it likes, and a key on S3 may hold anything.
    """
    parts = path.split("/")
    return (
        all(part not in ("", ".", "..") and len(_encoded(part)) <= _LONGEST_NAME for part in parts)
        and len(_encoded(path)) <= _LONGEST_PATH
        and not any(character < " " or "\x7f" <= character < "\xa0" for character in path)
    )


def is_unfinished(path: str) -> bool:
    """Whether the name is one under which programs write a file until it is whole."""
    name = path.rpartition("/")[2]
    return name.startswith(UNFINISHED_STARTS) or name.lower().endswith(UNFINISHED_ENDINGS)


def free_path(inbox: Path, path: str) -> Path:
    """Where a file of that path goes below the inbox: there, or under the next free number where one of that name waits."""
    wanted = inbox / PurePosixPath(path)
    number, free = 1, wanted
    while free.exists() or free.is_symlink():
        number += 1
        free = wanted.with_name(_numbered(wanted.stem, wanted.suffix, number))
    return free


def _numbered(stem: str, suffix: str, number: int) -> str:
    end = f" ({number}){suffix}"
    while len(_encoded(stem + end)) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + end


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
