"""Lays a file that was sent to the page into a folder of the inbox: whole or not at all, over no other, under a safe name."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warehouse.durable_files import SHARED_FOLDER, private_folder, shared_folder
from warehouse.intake.inbox import UNFINISHED_ENDINGS, UNFINISHED_STARTS

_BLOCK = 1 << 20
#: file systems end a name at 255 bytes; ours gets a number and a provisional ending more
_LONGEST_NAME, _LONGEST_ENDING = 120, 10
_NO_NAME = "fichier.csv"
#: control and format characters, surrogates, what is private or unassigned, ends of lines
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class NotLaid(Exception):
    """The file could not be laid into the inbox. One sentence for the operator, without the file's name."""


@dataclass(frozen=True)
class Laid:
    """A file that lies in the inbox: its path there, with '/', its bytes' number and SHA-256."""

    name: str
    size: int
    sha256: str


def clean_name(name: str) -> str:
    """The name as a file of the inbox may have it: without folders, on one line, not too long, not one that the inbox ignores."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(" " if unicodedata.category(character) in _HIDDEN else character for character in last)
    shown = " ".join(shown.split()).lstrip("".join(UNFINISHED_STARTS) + "- ")
    while shown.lower().endswith((*UNFINISHED_ENDINGS, ".", " ")):
        shown = shown.rpartition(".")[0]
    stem, dot, ending = shown.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = shown, "", ""
    room = _LONGEST_NAME - len(f"{dot}{ending}".encode())
    cleaned = f"{stem.encode()[:room].decode(errors='ignore').strip()}{dot}{ending}" if stem.strip() else _NO_NAME
    return cleaned if cleaned == name else clean_name(cleaned)  # what was cut off may have hidden an ending


def lay(inbox: Path, folder: str, name: str, content: BinaryIO, *, is_private: bool = False) -> Laid:
    """Copy an open file into a folder of the inbox, which is made if need be; no link below the inbox is followed.

    `is_private` says that the inbox is the folder to which files are brought from elsewhere: it is its owner's alone, as is all
    that is made in it.

    It has a name that the inbox leaves alone until it is whole and on the disk; then it gets its own (see clean_name), with a
    number where there is a file of that name. NotLaid where it cannot be done: then nothing of it is there.
    """
    try:
        with _opened(inbox, folder, is_private=is_private) as at:
            provisional = f".{secrets.token_hex(8)}.part"
            try:
                size, sha256 = _written(provisional, at, content)
                final = _renamed(provisional, at, clean_name(name))
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(provisional, dir_fd=at)
                raise
            os.fsync(at)
    except OSError as error:
        raise NotLaid(f"a file cannot be laid into {inbox / folder} ({error.strerror})") from None
    return Laid(f"{folder}/{final}" if folder else final, size, sha256)


@contextlib.contextmanager
def _opened(inbox: Path, folder: str, *, is_private: bool) -> Iterator[int]:
    if is_private:
        private_folder(inbox.parent)
        private_folder(inbox)
    else:
        shared_folder(inbox)
    with contextlib.ExitStack() as held:
        at = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        held.callback(os.close, at)
        if folder:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, 0o700 if is_private else SHARED_FOLDER, dir_fd=at)
            at = os.open(folder, _FOLDER, dir_fd=at)
            held.callback(os.close, at)
        yield at


def _written(provisional: str, at: int, content: BinaryIO) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(provisional, _NEW, 0o600, dir_fd=at), "wb") as file:
        content.seek(0)
        while block := content.read(_BLOCK):
            file.write(block)
            digest.update(block)
            size += len(block)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _renamed(provisional: str, at: int, name: str) -> str:
    """Give a file its name, or that with the first free number. A link refuses a name that is taken, which a rename would not."""
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    for number in range(1, 10_000):
        free = name if number == 1 else f"{stem} ({number}){dot}{ending}"
        try:
            os.link(provisional, free, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                raise
            # A file system without links (CIFS): chance alone keeps two names apart.
            free = f"{stem} ({secrets.token_hex(6)}){dot}{ending}"
            os.rename(provisional, free, src_dir_fd=at, dst_dir_fd=at)
            return free
        os.unlink(provisional, dir_fd=at)
        return free
    raise OSError(errno.EEXIST, "too many files of that name")
