"""Who may speak for whom: what `senders.toml` says, what the steward has bound, and who spoke first.

A file's sender is the first folder below the inbox, '' for the inbox itself.
"""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stdnum.fr import siret as siret_number

from expectations.contract.returns import RETURNS
from warehouse.durable_files import sync_file, sync_folder
from warehouse.errors import SendersUnusable
from warehouse.query_results import read_sql

if TYPE_CHECKING:  # settings name the modes, and are read by commands that need no database
    import duckdb

#: learn: whoever spoke first, what senders.toml says first of all; strict: senders.toml alone; off: everybody for everybody
LEARN, STRICT, OFF = "learn", "strict", "off"
MODES = (LEARN, STRICT, OFF)
REGION_KINDS = tuple(kind for kind, contract in RETURNS.items() if contract.from_region)
#: for whom a sender speaks: a provider's SIRET, or None for the Region
SpokenFor = str | None

_KEYS = frozenset({"folder", "sirets", "kinds", "contact"})
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class SenderEntry:
    """One `[[sender]]` of senders.toml: a folder, for which providers and kinds of the Region it speaks, and its address."""

    folder: str
    sirets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    contact: str | None = None


def senders_path(home: Path) -> Path:
    """Where it is written down who may speak for whom."""
    return home / "senders.toml"


def sender_of(name: str) -> str:
    """The sender of a file of that path relative to the inbox, with '/'."""
    folder, slash, _ = name.partition("/")
    return unicodedata.normalize("NFC", folder) if slash else ""


def read_senders(home: Path) -> tuple[SenderEntry, ...]:
    """Who may speak for whom, as senders.toml says; nothing without it. SendersUnusable with one line where it cannot be read."""
    path = senders_path(home)
    written = _content(path).get("sender", [])
    return tuple(_entry(one, f"{path}, [[sender]] number {number}") for number, one in enumerate(written, start=1))


def read_staff(home: Path) -> tuple[str, ...]:
    """The addresses of the Region's staff, as senders.toml lists them. SendersUnusable as read_senders."""
    return tuple(_content(senders_path(home)).get("staff", []))


def _content(path: Path) -> dict[str, Any]:
    """What is written there: a list of tables as `sender`, one of addresses as `staff`, each where it is written at all."""
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SendersUnusable(f"{path} cannot be read ({error.strerror}): give its owner the right to read it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SendersUnusable(f"{path} is not valid TOML ({error}): mend that line") from None
    senders, staff = content.get("sender", []), content.get("staff", [])
    if set(content) - {"sender", "staff"} or not isinstance(senders, list) or not all(isinstance(one, dict) for one in senders):
        raise SendersUnusable(f"{path} must hold nothing but staff, and then [[sender]] tables: mend it")
    if not isinstance(staff, list) or not all(isinstance(one, str) and _ADDRESS.fullmatch(one) for one in staff):
        raise SendersUnusable(f'{path} must have a list of mail addresses as staff: staff = ["name@region.example"]')
    return content


def _entry(written: Mapping[str, Any], where: str) -> SenderEntry:
    if unknown := sorted(set(written) - _KEYS):
        raise SendersUnusable(f"{where} has an unknown key {unknown[0]}: keys are {', '.join(sorted(_KEYS))}")
    folder, contact = written.get("folder"), written.get("contact")
    if not isinstance(folder, str) or "/" in folder:
        raise SendersUnusable(f'{where} must name a folder of the inbox: folder = "name", or "" for the inbox itself')
    if contact is not None and not (isinstance(contact, str) and _ADDRESS.fullmatch(contact)):
        raise SendersUnusable(f"{where} has a contact that is no mail address: write it without a name around it")
    lists = {key: written.get(key, []) for key in ("sirets", "kinds")}
    for key, values in lists.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise SendersUnusable(f'{where} must have a list of texts as {key}: {key} = ["…"]')
    if wrong := [siret for siret in lists["sirets"] if not siret_number.is_valid(siret)]:
        raise SendersUnusable(f"{where} names {wrong[0]}, which is no SIRET: mend it")
    if wrong := [kind for kind in lists["kinds"] if kind not in REGION_KINDS]:
        raise SendersUnusable(f"{where} names the kind {wrong[0]}: only {' and '.join(REGION_KINDS)} are the Region's")
    sirets = tuple(siret_number.compact(siret) for siret in lists["sirets"])
    return SenderEntry(unicodedata.normalize("NFC", folder), sirets, tuple(lists["kinds"]), contact)


def provider_of_folder(entries: Sequence[SenderEntry], sender: str) -> str | None:
    """The provider for which alone senders.toml lets a folder speak; None where it may for several, the Region or nobody."""
    of_folder = [entry for entry in entries if entry.folder == sender]
    sirets = {siret for entry in of_folder for siret in entry.sirets}
    return sirets.pop() if len(sirets) == 1 and not any(entry.kinds for entry in of_folder) else None


def write_sender(home: Path, sender: str, whom: SpokenFor, said: str) -> None:
    """Append to senders.toml that a folder speaks for a provider, or for the Region (None); `said` is a remark of one line.

    OSError where it cannot be written.
    """
    path = senders_path(home)
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    what = f'sirets = ["{whom}"]' if whom else f"kinds = [{', '.join(_quoted(kind) for kind in REGION_KINDS)}]"
    gap = "\n" if before and not before.endswith("\n") else ""
    text = f"{before}{gap}\n# {said}\n[[sender]]\nfolder = {_quoted(sender)}\n{what}\n"
    unfinished = path.with_name(f".part-{path.name}")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o640
    unfinished.write_text(text.lstrip("\n"), encoding="utf-8")
    unfinished.chmod(mode)
    sync_file(unfinished)
    os.replace(unfinished, path)
    sync_folder(path.parent)


def _quoted(text: str) -> str:
    """The text as a basic string of TOML."""
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


class Senders:
    """Who may speak for whom, as far as one night knows: what it accepts teaches it.

    Args:
        mode: one of MODES.
        entries: what senders.toml says.
        spoken: the folders that spoke, or were bound, for each provider, and under None for the Region.
    """

    def __init__(
        self, mode: str = LEARN, entries: Sequence[SenderEntry] = (), spoken: Mapping[SpokenFor, Collection[str]] | None = None
    ) -> None:
        self.mode = mode
        self.entries = tuple(entries)
        self._spoken = {whom: set(folders) for whom, folders in (spoken or {}).items()}

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, mode: str, entries: Sequence[SenderEntry]) -> Senders:
        """What a store, to which `con` is connected, knows of who spoke."""
        spoken: dict[SpokenFor, set[str]] = {}
        for whom, sender in con.execute(read_sql("warehouse.intake", "who_spoke_for_whom")).fetchall():
            spoken.setdefault(whom, set()).add(sender)
        return cls(mode, entries, spoken)

    @property
    def spoken(self) -> Mapping[SpokenFor, Collection[str]]:
        """The folders that spoke, or were bound, for each provider, and under None for the Region."""
        return self._spoken

    @property
    def holds_everything(self) -> bool:
        """Whether nobody may speak for anybody: strict, and nothing is written."""
        return self.mode == STRICT and not any(entry.sirets or entry.kinds for entry in self.entries)

    def usual_senders(self, kind: str | None, whom: SpokenFor) -> frozenset[str]:
        """The folders that may speak for a provider, or for a kind of the Region; empty where nobody does yet."""
        written = {
            entry.folder for entry in self.entries if (whom in entry.sirets if whom else kind is not None and kind in entry.kinds)
        }
        if written or self.mode == STRICT:
            return frozenset(written)
        return frozenset(self._spoken.get(whom, ()))

    def may_not_speak_for(self, sender: str, kind: str, sirets: Iterable[str]) -> list[SpokenFor]:
        """Those of the named for whom this sender may not speak; empty where it may for all.

        Args:
            sender: of the file.
            kind: of the file: one of the Region's is spoken for the Region, whomever it names.
            sirets: that the file names.
        """
        if self.mode == OFF:
            return []
        asked: list[SpokenFor] = [None] if kind in REGION_KINDS else list(sirets)
        return [whom for whom in asked if not self._may_speak(sender, self.usual_senders(kind, whom))]

    def _may_speak(self, sender: str, usual: Collection[str]) -> bool:
        return sender in usual or (not usual and self.mode != STRICT)

    def note_spoken(self, sender: str, kind: str, siret: str | None) -> None:
        """A file of this sender was taken: who speaks first for somebody is the usual one from then on."""
        whom = None if kind in REGION_KINDS else siret
        if kind in REGION_KINDS or siret:
            self._spoken.setdefault(whom, {sender})
