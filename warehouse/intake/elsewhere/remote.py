"""What an inbox elsewhere can be asked, whatever it is on, and why it may not answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from warehouse.errors import WarehouseProblem


class Cause(Enum):
    """Why an inbox elsewhere cannot be used: for operators, who get what to do, and in French for the steward."""

    AWAY = ("it cannot be reached", "le serveur est injoignable")
    SLOW = ("it does not answer in time", "le serveur ne répond pas à temps")
    LOST = ("the connection was lost", "la connexion a été coupée")
    LONG = ("the time for bringing files is used up", "le temps prévu est écoulé")
    LOGIN = ("it refuses the login", "le serveur refuse l'accès")
    HOST_UNKNOWN = ("its host key is not known", "l'identité du serveur n'est pas connue")
    HOST_CHANGED = ("its host key is another than the known one", "l'identité du serveur a changé")
    NO_FOLDER = ("there is no such folder or bucket", "le dossier n'existe pas")
    NOT_LISTED = ("it does not let its files be listed", "le serveur refuse de donner la liste des fichiers")
    SET_UP = ("it is not set up", "le réglage est incomplet")
    ODD = ("it answers what cannot be understood", "le serveur répond de manière inattendue")


class InboxUnreachable(WarehouseProblem):
    """An inbox elsewhere cannot be used, or not to the end. `todo` says what an operator does; neither holds a secret."""

    def __init__(self, cause: Cause, todo: str = "") -> None:
        super().__init__(f"{cause.value[0]}{f': {todo}' if todo else ''}")
        self.cause = cause
        self.todo = todo


@dataclass(frozen=True)
class RemoteFile:
    """A file there. `path` is relative to the inbox, with '/'; what is no UTF-8 in it are surrogates, as in our own paths.

    `modified` is in whole seconds since 1970, by the clock there. `mark` is what else tells one content from another: the ETag
    on S3, the owner on SFTP.
    """

    path: str
    size: int
    modified: int
    mark: str = ""

    def is_unchanged(self, other: RemoteFile | None) -> bool:
        """Whether the other is in the same state, under whatever name."""
        return other is not None and (self.size, self.modified, self.mark) == (other.size, other.modified, other.mark)


@dataclass
class Listing:
    """What lies there. `ignored` are no files, each with the reason in French; `is_whole` is False where more lies there."""

    files: list[RemoteFile] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)
    is_whole: bool = True


class Removal(Enum):
    """What became of a file that was to be removed: gone; another one lies there now, which stays; it may not be removed."""

    GONE = "gone"
    ANOTHER = "another"
    REFUSED = "refused"


@dataclass(frozen=True)
class Patience:
    """In seconds: for a connection, for the answer to one request, for all that is asked in one go."""

    connect: float = 20.0
    request: float = 60.0
    whole: float = 1800.0


class RemoteInbox(Protocol):
    """An open inbox elsewhere. Every method raises InboxUnreachable where there is no answer, or none in time."""

    def listing(self, most: int) -> Listing:
        """What lies there in any folder, at most so many entries; no link is followed."""

    def take(self, file: RemoteFile, name: str) -> RemoteFile | None:
        """Give the file this last name, so that nobody writes to it or replaces it; the file as it is where that cannot be done.

        None where it is not there any more.
        """

    def give_back(self, file: RemoteFile, path: str) -> None:
        """Give a taken file its name again, unless another one has it by now."""

    def blocks(self, file: RemoteFile) -> Iterator[bytes]:
        """The content of the file while it is in this state, piece by piece; it ends early, or late, where it is not."""

    def state(self, file: RemoteFile) -> RemoteFile | None:
        """In which state the file is now; None where it is not there or no file."""

    def remove(self, file: RemoteFile) -> Removal:
        """Remove the file if it is in this state."""

    def try_rights(self, folders: Sequence[str]) -> tuple[list[str], float | None]:
        """The folders out of which nothing can be taken, and the seconds by which the clock there is ahead, if it can be told."""
