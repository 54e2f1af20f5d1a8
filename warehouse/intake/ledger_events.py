"""What happened to a home, event by event, and how the ledger's copy writes each down as a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from warehouse.store.submission import NightRules

_RULES = ("suivi_version", "programme_version", "refuse_above", "max_file_mb")


@dataclass(frozen=True)
class NightBegan:
    """A night began; its rules are None where nobody wrote them down (before version 3 of the store)."""

    run_id: str
    started_at: datetime
    as_of: date
    rules: NightRules | None


@dataclass(frozen=True)
class ReasonHeld:
    """Why a file was held, which nothing but the moment can tell: the rule and its sentence, and for whom it wanted to speak."""

    rule: str
    message: str
    kind: str | None
    provider_siret: str | None


@dataclass(frozen=True)
class FileTaken:
    """A file got its number in the ledger. `kept` is the SHA-256 of what the archive holds of it, None for nothing.

    `sender` is None where nobody wrote it down (before version 4 of the store): then it stands in the name. `released_from`
    is the number of the held file that counts as this one.
    """

    number: int
    run_id: str
    name: str
    sha256: str
    received_at: datetime
    identity: str | None
    kept: str | None
    sender: str | None = None
    released_from: int | None = None
    held: ReasonHeld | None = None

    @property
    def size(self) -> int | None:
        """The bytes received, where the identity says it."""
        parts = (self.identity or "").split(":")
        return int(parts[2]) if len(parts) > 3 and parts[2].isdecimal() else None


@dataclass(frozen=True)
class NightExamined:
    """A night noted what it found across returns."""

    run_id: str
    noted_at: datetime


@dataclass(frozen=True)
class NightEnded:
    """A night ended."""

    run_id: str
    finished_at: datetime
    state: str


@dataclass(frozen=True)
class Rewritten:
    """What the archive holds of a file was replaced on purpose."""

    sha256: str
    kept: str
    reason: str


@dataclass(frozen=True)
class HeldAnswered:
    """The steward's answer about a held file: accepted or rejected."""

    number: int
    answer: str
    answered_at: datetime


@dataclass(frozen=True)
class SenderBound:
    """The steward bound a folder to a provider, or to the Region's kinds (None)."""

    sender: str
    provider_siret: str | None
    bound_at: datetime


Event = NightBegan | FileTaken | NightExamined | NightEnded | Rewritten | HeldAnswered | SenderBound


def as_line(content: Mapping[str, Any]) -> str:
    """The content of an event, or of the file's head, as a line of the ledger's copy."""
    # ASCII: names of files may hold what no encoding can
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")) + "\n"


def content_of(event: Event) -> dict[str, Any]:
    """The content of an event's line."""
    if isinstance(event, NightBegan):
        rules = vars(event.rules) if event.rules else {}
        return {"night": event.run_id, "at": _moment(event.started_at), "as_of": event.as_of.isoformat(), **rules}
    if isinstance(event, FileTaken):
        return {
            "file": event.number, "run": event.run_id, "name": event.name, "sha256": event.sha256,
            "at": _moment(event.received_at), "identity": event.identity, "kept": event.kept, "sender": event.sender,
            **({"released": event.released_from} if event.released_from is not None else {}),
            **({"held": vars(event.held)} if event.held else {}),
        }  # fmt: skip
    if isinstance(event, HeldAnswered):
        return {"answered": event.number, "answer": event.answer, "at": _moment(event.answered_at)}
    if isinstance(event, SenderBound):
        return {"bound": event.sender, "provider_siret": event.provider_siret, "at": _moment(event.bound_at)}
    if isinstance(event, NightExamined):
        return {"examined": event.run_id, "at": _moment(event.noted_at)}
    if isinstance(event, NightEnded):
        return {"ended": event.run_id, "at": _moment(event.finished_at), "state": event.state}
    return {"rewritten": event.sha256, "kept": event.kept, "reason": event.reason}


def read_event(content: Mapping[str, Any]) -> Event:
    """The event of a line. KeyError, TypeError or ValueError where it is none."""
    if "night" in content:
        rules = NightRules(*(content[name] for name in _RULES)) if _RULES[0] in content else None
        as_of = date.fromisoformat(content["as_of"])
        return NightBegan(content["night"], datetime.fromisoformat(content["at"]), as_of, rules)
    if "file" in content:
        return FileTaken(
            int(content["file"]), content["run"], content["name"], content["sha256"],
            datetime.fromisoformat(content["at"]), content["identity"], content["kept"], content.get("sender"),
            content.get("released"), ReasonHeld(**content["held"]) if "held" in content else None,
        )  # fmt: skip
    if "answered" in content:
        return HeldAnswered(int(content["answered"]), content["answer"], datetime.fromisoformat(content["at"]))
    if "bound" in content:
        return SenderBound(content["bound"], content["provider_siret"], datetime.fromisoformat(content["at"]))
    if "examined" in content:
        return NightExamined(content["examined"], datetime.fromisoformat(content["at"]))
    if "ended" in content:
        return NightEnded(content["ended"], datetime.fromisoformat(content["at"]), content["state"])
    return Rewritten(content["rewritten"], content["kept"], content["reason"])


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
