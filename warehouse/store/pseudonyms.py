"""The key of the pseudonyms and what is made with it: learner keys, and hashes of national references."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from warehouse.durable_files import sync_folder
from warehouse.errors import KeyLost, KeyUnusable

_KEY_BYTES, _BLOCK_BYTES = 32, 64
_HASH_CHARACTERS = 32  # 128 bits: no two of a billion learners meet
#: Joins the parts of what is hashed. Identifiers hold no control character, so no two lists of parts join alike.
SEPARATOR = "\x1f"
_WAY_ON = "put it back from your backup; if no backup has it, see docs/operations.md, then run `suivi rebuild --new-key`"


def key_path(home: Path) -> Path:
    """Where the key of a home lies."""
    return home / "secrets" / "pseudonym.key"


def load_key(home: Path, *, may_create: bool) -> bytes:
    """The key of this home, made on first use.

    Args:
        home: the home folder.
        may_create: False once a store was written with a key: a new one would make strangers of known learners.

    Raises KeyLost if it is missing and may not be made, or damaged; KeyUnusable if it cannot be read.
    """
    path = key_path(home)
    try:
        return _read(path)
    except FileNotFoundError:
        if not may_create:
            raise KeyLost(f"{path} is missing although the store exists: {_WAY_ON}") from None
        return _write(path, secrets.token_bytes(_KEY_BYTES))


def next_key(home: Path) -> tuple[bytes, bool]:
    """The key that is to take the place of one that is lost, and whether it is noted already, by a run that was cut off."""
    try:
        return _read(_next_path(home)), True
    except (FileNotFoundError, KeyLost):
        return secrets.token_bytes(_KEY_BYTES), False


def note_next_key(home: Path, key: bytes) -> None:
    """Note the key that is to take the place of the lost one, beside it. OSError if it cannot be written."""
    _write(_next_path(home), key)


def put_next_key_in_place(home: Path) -> None:
    """Put the noted key in the place of the lost one; what is left of that one is kept beside. OSError if it cannot be."""
    path = key_path(home)
    with contextlib.suppress(FileNotFoundError, FileExistsError):
        os.link(path, path.with_name(path.name + ".damaged"))
    os.replace(_next_path(home), path)
    sync_folder(path.parent)


def _next_path(home: Path) -> Path:
    return key_path(home).with_suffix(".next")


def _read(path: Path) -> bytes:
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyUnusable(
            f"{path} cannot be read ({error.strerror}): mend its permissions or put it back from your backup"
        ) from None
    except UnicodeDecodeError:
        text = ""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise KeyLost(f"{path} is damaged: {_WAY_ON}")
    return key


def _write(path: Path, key: bytes) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        os.fchmod(descriptor, 0o400)
        os.write(descriptor, f"{key.hex()}\n".encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(new, path)
    sync_folder(path.parent)
    return key


class Pseudonyms:
    """Makes keyed hashes. Each use has its own domain, so that a hash of one never equals a hash of another."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart without revealing either."""
        return self._hash("fingerprint")

    def learner_key(self, provider_siret: str, session_id: str, learner_ref: str) -> str:
        """The pseudonym of a learner in a session: the same in every return, 32 hexadecimal digits."""
        return self._hash("learner", provider_siret, session_id, learner_ref)

    def national_hash(self, national_ref: str | None) -> str | None:
        """The keyed hash of a national reference; None for none."""
        return None if national_ref is None else self._hash("national", national_ref)

    def learner_keys(self, learners: pa.StringArray) -> pa.StringArray:
        """The pseudonyms of learners (learner_key), whose siret, session and reference are joined by U+001F; one each."""
        return self._each_distinct(learners, "learner")

    def national_hashes(self, national_refs: pa.StringArray) -> pa.StringArray:
        """The keyed hashes of national references (national_hash); null for null."""
        return self._each_distinct(national_refs, "national")

    def reference_hash(self, learner_ref: str) -> str:
        """What is kept of an erased person's reference: it is known again by it, and not named."""
        return self._hash("reference", learner_ref)

    def folded_hash(self, what: str, *parts: str) -> str:
        """What is kept of an erased person's reference, number or identity in any spelling; `parts` are folded already."""
        return self._hash("erased", what, *parts)

    def seal(self, text: str) -> str:
        """What proves that a line of an original was put there by us and not by its sender."""
        return self._hash("seal", text)

    def each(self, texts: pa.StringArray, *domain: str) -> Iterator[str | None]:
        """The hash of each text, which may be several parts joined by SEPARATOR; None for null.

        `domain` is what the hashes are for: the names of the methods above say it of one text.
        """
        # An HMAC is two hashes that begin with the key (RFC 2104). Begun once, they take half the time of the library's for short
        # texts, and a night makes one or more a learner.
        padded = self._key.ljust(_BLOCK_BYTES, b"\0")
        begun, ending = (hashlib.sha256(bytes(byte ^ sign for byte in padded)) for sign in (0x36, 0x5C))
        begun.update(SEPARATOR.join((*domain, "")).encode("utf-8"))
        for text in texts.cast(pa.binary()).to_pylist():
            if text is None:
                yield None
                continue
            inner, outer = begun.copy(), ending.copy()
            inner.update(text)
            outer.update(inner.digest())
            yield outer.hexdigest()[:_HASH_CHARACTERS]

    def _each_distinct(self, texts: pa.StringArray, domain: str) -> pa.StringArray:
        distinct = texts.dictionary_encode()
        return pa.array(self.each(distinct.dictionary, domain), pa.string()).take(distinct.indices)

    def _hash(self, *parts: str) -> str:
        message = SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()[:_HASH_CHARACTERS]
