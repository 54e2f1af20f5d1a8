"""The secret of a home's deposit page, made at its first start: what signs links and forms, and hides addresses."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from flows.errors import WrongUse
from warehouse.durable_files import sync_folder

_BYTES = 32


def secret_path(home: Path) -> Path:
    """Where it lies, beside the other secrets of the home."""
    return home / "secrets" / "deposit.key"


class Secret:
    """A home's secret. Lost, it costs nothing but the links and sessions of the day: a new one is made."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, home: Path) -> Secret:
        """That of a home, made if need be, for its owner's eyes alone. WrongUse where it cannot be read or written."""
        path = secret_path(home)
        try:
            if not path.exists():
                _write(path, secrets.token_bytes(_BYTES))
            key = path.read_bytes()
        except OSError as error:
            raise WrongUse(f"{path} cannot be used ({error.strerror}): give its owner the right to read it") from None
        if len(key) != _BYTES:
            raise WrongUse(f"{path} is damaged: remove it, and a new one is made at the next start")
        return cls(key)

    def hidden(self, what: str, text: str) -> str:
        """A keyed hash of a text: the same for the same, and of no use to whoever has no key. `what` says what the text is."""
        return hmac.new(self._key, f"{what}\x1f{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def signed(self, what: str, text: str) -> str:
        """The text with its time and a signature, as it can stand in an address."""
        return str(self._signer(what).dumps(text))

    def text_of(self, what: str, token: str, longest: float) -> str | None:
        """The text that was signed at most that many seconds ago as a `what`; None for anything else."""
        try:
            text = self._signer(what).loads(token, max_age=int(longest))
        except (BadData, UnicodeError, ValueError, OverflowError):
            return None
        return text if isinstance(text, str) else None

    def _signer(self, what: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key, salt=f"suivi deposit {what}", signer_kwargs={"digest_method": hashlib.sha256})


def _write(path: Path, key: bytes) -> None:
    """Write it whole or not at all; where two start at once, that of the first counts."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(descriptor)
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
    sync_folder(path.parent)
