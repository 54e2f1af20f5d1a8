"""Reads the programme file, and says in one line, with the line in the file, what is wrong with it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from expectations.contract.codes import code_list
from expectations.programme.rules import (
    AUDIENCES,
    CENT,
    CLASSES,
    COMPARED_SHARES,
    MEASURES,
    SIGNAL_THRESHOLDS,
    AudienceRule,
    AwaitedRule,
    CallRule,
    FollowUpRule,
    PlausibilityRule,
    Programme,
    PublicationRule,
    ReportingRule,
    SignalRule,
    SituationRule,
    SkillsGapRule,
    TargetRule,
    Version,
)


class ProgrammeError(Exception):
    """The programme file cannot be used. One line: the file, the line in it where one can be named, and why."""

    def __init__(self, reason: str) -> None:
        # names out of the file may hold line breaks
        super().__init__(" ".join(reason.split()))


def load_programme(path: Path | None = None) -> Programme:
    """Read the programme's rules.

    Args:
        path: a file of the form of expectations/programme/programme.toml, which is read where path is None.

    Raises ProgrammeError, in one line, where the file is missing, is not TOML, or says something that cannot hold.
    """
    name = str(path) if path else "programme.toml"
    try:
        data = path.read_bytes() if path else _OUR_FILE.read_bytes()
    except OSError as error:
        raise ProgrammeError(f"{name}: cannot be read ({error.strerror}); see the setting programme_file") from None
    text, content = _parsed(name, data)
    rules = [_versions(name, text, content, section, read) for section, read in _SECTIONS.items()]
    fingerprint = hashlib.sha256(data).hexdigest()[:12]
    return Programme(*rules, fingerprint=fingerprint, source=data)  # type: ignore[arg-type, misc]


def _parsed(name: str, data: bytes) -> tuple[str, dict[str, Any]]:
    """The text of a programme file, and the blocks in it, all of rules that are known."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        content = tomllib.loads(text, parse_float=Decimal)
    except UnicodeDecodeError:
        raise ProgrammeError(f"{name}: is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ProgrammeError(f"{name}: is not valid TOML: {error}") from None
    for section in content:
        if section not in _SECTIONS:
            raise ProgrammeError(f"{name}, line {_line_of(text, section)}: [[{section}]] is no rule; "
                                 f"known are {', '.join(_SECTIONS)}")  # fmt: skip
    return text, content


class _Block:
    """One [[block]] of the file; each question either gives a checked value or raises ProgrammeError with its line."""

    def __init__(self, name: str, text: str, section: str, number: int, content: Any) -> None:
        self._name, self._text, self._section, self._number = name, text, section, number
        self._content: dict[str, Any] = content
        self._asked: set[str] = set()

    def refuse(self, key: str | None, reason: str) -> ProgrammeError:
        line = _line_of(self._text, self._section, self._number, key)
        return ProgrammeError(f"{self._name}, line {line}: [[{self._section}]] {key + ' ' if key else ''}{reason}")

    def ask(self, key: str, holds: Callable[[Any], bool], wanted: str) -> Any:
        self._asked.add(key)
        if key not in self._content:
            raise self.refuse(None, f"lacks {key}: {wanted}")
        if not holds(self._content[key]):
            raise self.refuse(key, f"must be {wanted}")
        return self._content[key]

    def nothing_else(self) -> None:
        for key in self._content.keys() - self._asked:
            raise self.refuse(key, "is not known here; check its spelling")

    def day(self, key: str) -> date:
        return self.ask(key, lambda v: isinstance(v, date) and not isinstance(v, datetime), "a date like 2017-09-25")

    def count(self, key: str) -> int:
        return self.ask(key, lambda v: _is_count(v) and v > 0, "a whole number above 0")

    def pair(self, key: str, *, share: bool) -> tuple[int, int]:
        wanted = "a share as two whole numbers, like [2, 5]" if share else "a range as two whole numbers, like [500, 3000]"
        low, high = self.ask(key, lambda v: _is_range(v) and v[1] > 0 and (share or v[0] > 0), wanted)
        return low, high

    def euros(self, key: str) -> Decimal:
        def is_money(value: Any) -> bool:
            number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
            return isinstance(number, Decimal) and number.is_finite() and 0 < number < 10**12 and number % CENT == 0

        return Decimal(self.ask(key, is_money, "an amount in euros above 0, with at most two decimals")).quantize(CENT)

    def numbers(self, key: str, names: Sequence[str], shares: Collection[str]) -> tuple[tuple[str, float], ...]:
        """A table with a whole number for each of these names, a share for those in `shares`."""
        found = self.ask(key, lambda v: isinstance(v, dict), "a table with a number for each name")
        for name in found.keys() - set(names):
            raise self.refuse(key, f"has {name!r}, which is none of {', '.join(names)}")
        for name in names:
            value = found.get(name)
            if not (_is_range(value) and value[1] > 0 if name in shares else _is_count(value) and value > 0):
                wanted = "a share as two whole numbers, like [1, 10]" if name in shares else "a whole number above 0"
                raise self.refuse(key, f"must give {name}: {wanted}")
        return tuple((name, found[name][0] / found[name][1] if name in shares else float(found[name])) for name in names)

    def names(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        found = self.ask(key, lambda v: isinstance(v, list) and all(isinstance(x, str) for x in v), "a list of codes")
        for code in found:
            if code not in known:
                raise self.refuse(key, f"has {code!r}, which is none of {', '.join(known)}")
        if len(set(found)) < len(found):
            raise self.refuse(key, "names a code twice")
        return tuple(found)


def _is_count(value: Any) -> bool:
    # the tables hold 32-bit numbers, and no rule needs more
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_count, value)) and value[0] <= value[1]


def _line_of(text: str, section: str, number: int = 0, key: str | None = None) -> int:
    """The line of a block's key, else of the block, else 1 (tomllib keeps no lines, so they are looked for)."""
    seen, found = -1, 1
    for line, content in enumerate(text.split("\n"), 1):
        if re.match(rf"\s*\[*\s*{re.escape(section)}\s*[\].=]", content):
            seen += 1
            if seen == number:
                found = line
        elif re.match(r"\s*\[\[", content):
            continue
        elif seen == number and key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", content):
            return line
    return found


def _call(block: _Block) -> CallRule:
    call_id = block.ask("call_id", lambda v: isinstance(v, str) and v.strip() == v != "" and v.isprintable(), "a code")
    return CallRule(
        block.day("from"), call_id, block.euros("envelope_eur"), block.pair("cap_share", share=True), block.euros("cap_eur")
    )


def _audience(block: _Block) -> AudienceRule:
    return AudienceRule(
        block.day("from"),
        block.pair("target", share=True),
        block.names("priority", AUDIENCES),
        block.count("far_from_employment_months"),
    )


def _followup(block: _Block) -> FollowUpRule:
    known = code_list("horizon").codes
    windows = block.ask(
        "windows",
        lambda v: isinstance(v, dict) and bool(v) and set(v) <= set(known) and all(map(_is_range, v.values())),
        f"a window [first day, last day] for horizons out of {', '.join(known)}",
    )
    return FollowUpRule(block.day("from"), tuple((name, (first, last)) for name, (first, last) in windows.items()))


def _situation(block: _Block) -> SituationRule:
    known = code_list("situation").codes
    classes: dict[str, str] = {}
    for name in CLASSES:
        for code in block.names(name, known):
            if code in classes:
                raise block.refuse(name, f"has {code}, which is in {classes[code]} already")
            classes[code] = name
    for code in known:
        if code not in classes:
            raise block.refuse(None, f"puts {code} in no class")
    rule = SituationRule(
        block.day("from"),
        tuple(classes.items()),
        frozenset(block.names("positive", known)),
        frozenset(block.names("positive_strict", known)),
    )
    for code in sorted(rule.positive | rule.positive_strict):
        if classes[code] in ("neutralised", "unknown"):
            raise block.refuse("positive", f"has {code}, which is {classes[code]}")
    if not rule.positive_strict <= rule.positive:
        raise block.refuse("positive_strict", "has a code that is not in positive")
    return rule


def _skills_gap(block: _Block) -> SkillsGapRule:
    return SkillsGapRule(block.day("from"), block.pair("unfilled_posts", share=False))


def _reporting(block: _Block) -> ReportingRule:
    return ReportingRule(block.day("from"), block.count("fewest_heads"), block.count("fewest_payments"))


def _publication(block: _Block) -> PublicationRule:
    names = ("smallest_count", "smallest_disabled_in_district", "smallest_denominator")
    return PublicationRule(block.day("from"), *map(block.count, names))


def _awaited(block: _Block) -> AwaitedRule:
    names = ("learners_days", "answers_days", "expenses_days", "announced_days")
    return AwaitedRule(block.day("from"), *map(block.count, names))


def _plausibility(block: _Block) -> PlausibilityRule:
    return PlausibilityRule(
        block.day("from"),
        block.count("entry_outside_session_days"),
        block.pair("headcount_drop", share=True),
        block.count("learners_of_one_situation"),
    )


def _target(block: _Block) -> TargetRule:
    measure = block.ask("measure", lambda v: v in MEASURES, f"one of {', '.join(MEASURES)}")
    return TargetRule(block.day("from"), measure, block.pair("share", share=True))


def _signal(block: _Block) -> SignalRule:
    rate, fewest = block.pair("false_discovery_rate", share=True), block.count("fewest")
    shares = frozenset(name for name in SIGNAL_THRESHOLDS if name.endswith("_share"))
    differences = block.numbers("least_difference", COMPARED_SHARES, frozenset(COMPARED_SHARES))
    thresholds = block.numbers("threshold", SIGNAL_THRESHOLDS, shares)
    return SignalRule(block.day("from"), rate[0] / rate[1], fewest, differences, thresholds)


_OUR_FILE = files("expectations.programme") / "programme.toml"
#: in the order of Programme's fields
_SECTIONS: dict[str, Callable[[_Block], Version]] = {
    "calls": _call,
    "audiences": _audience,
    "followup": _followup,
    "situations": _situation,
    "skills_gap": _skills_gap,
    "reporting": _reporting,
    "publication": _publication,
    "awaited": _awaited,
    "plausibility": _plausibility,
    "targets": _target,
    "signals": _signal,
}
#: What programme files did not say at first. Those of old nights are read again by a rebuild, and a home may still have one of
#: its own: the first version in our file is what held while it stood in the code.
_MAY_BE_LEFT_OUT = ("publication", "awaited", "plausibility", "signals")


def _versions(
    name: str, text: str, content: dict[str, Any], section: str, read: Callable[[_Block], Version]
) -> tuple[Version, ...]:
    """The versions of one rule, oldest first; none of targets where none is set."""
    if section == "targets" and section not in content:
        return ()
    if section in _MAY_BE_LEFT_OUT and section not in content:
        our_text, ours = _parsed("programme.toml", _OUR_FILE.read_bytes())
        return _versions("programme.toml", our_text, ours, section, read)[:1]
    blocks = content.get(section, [])
    if not isinstance(blocks, list) or not blocks or not all(isinstance(block, dict) for block in blocks):
        line = _line_of(text, section)
        raise ProgrammeError(f"{name}, line {line}: at least one block [[{section}]] is needed")
    found: list[Version] = []
    taken: set[tuple[date, str | None]] = set()
    for number, block_content in enumerate(blocks):
        block = _Block(name, text, section, number, block_content)
        version = read(block)
        block.nothing_else()
        identity = (version.adopted_on, getattr(version, "call_id", None) or getattr(version, "measure", None))
        if identity in taken:
            raise block.refuse("from", "is the date of another version of this rule")
        taken.add(identity)
        found.append(version)
    return tuple(sorted(found, key=lambda version: version.adopted_on))
