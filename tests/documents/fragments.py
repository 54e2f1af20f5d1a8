"""The generated parts of the documents: what each says, and where they stand (`<!-- generated: NAME -->` to `<!-- end -->`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from expectations.contract import Column
from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from expectations.signals.catalogue import Signal, all_signals
from expectations.signals.run import thresholds_of
from expectations.verdict.decide import FileVerdict
from flows.pages.report_json import check_file, file_fields, night_report
from flows.settings import MAX_FILE_MB, REFUSE_ABOVE
from flows.steps.check import judge_files
from tests.command import ROOT
from tests.documents.layers import picture
from transforms.read.record_limits import LARGEST_CELL, LARGEST_RECORD, MOST_COLUMNS
from warehouse.erasure.record_outcomes import MOST_FINDINGS_OF_REFUSED
from warehouse.reference.places import load_places

DOCUMENTS = ("CONTRIBUTING.md", "docs/signals.md", *(f"docs/spec/{page}.md" for page in ("returns", "indicators", "interfaces", "trust")))
_BLOCK = re.compile(r"(<!-- generated: ([^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_fragments(text: str) -> str:
    """The document with all its generated parts as they must be today. KeyError for a part that nobody generates."""
    return _BLOCK.sub(lambda block: f"{block[1]}{FRAGMENTS[block[2]]().rstrip()}\n{block[3]}", text)


def write(root: Path = ROOT) -> list[str]:
    """Bring the documents up to date, and which of them have changed."""
    changed = []
    for document in DOCUMENTS:
        path = root / document
        before = path.read_text(encoding="utf-8")
        after = with_fragments(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(document)
    return changed


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _returns() -> str:
    def code(names: Iterable[str]) -> str:
        return ", ".join(f"`{name}`" for name in names)

    def marked(column: Column) -> str:
        return f"`{column.header}`{'?' if column.optional else ''}{'*' if column.personal else ''}"

    rows = []
    for contract in RETURNS.values():
        headers = {column.name: column.header for column in contract.columns}
        rows.append((
            f"`{contract.kind}`", f"`{contract.table}`", contract.prefix,
            "the Region" if contract.from_region else "providers",
            code(headers[name] for name in contract.key), code(headers[name] for name in contract.scope),
            ", ".join(map(marked, contract.columns)),
        ))  # fmt: skip
    return _table(("return", "table", "rules", "sent by", "key", "scope", "columns"), rows)


def _limits() -> str:
    def number(value: float) -> str:
        return f"{value:,.10g}".replace(",", " ")

    return _table(
        ("limit", "value", "beyond"),
        (
            ("characters of a cell", number(LARGEST_CELL), "LIG-07"),
            ("characters of a record, separators included", number(LARGEST_RECORD), "LIG-07"),
            ("columns of a header, empty ones at its end not counted", number(MOST_COLUMNS), "FIC-19"),
            ("megabytes of a file: setting `max_file_mb`", number(MAX_FILE_MB), "FIC-09"),
            ("share of records in error: setting `refuse_above`", number(REFUSE_ABOVE), "FIC-08"),
            ("findings kept of a file refused for its rows", number(MOST_FINDINGS_OF_REFUSED), "the first ones"),
        ),
    )


def _programme() -> str:
    def shown(value: Any) -> str:
        if isinstance(value, Mapping):
            return " · ".join(f"{key} {shown(part)}" for key, part in value.items())
        if isinstance(value, list):
            return f"[{', '.join(map(shown, value))}]"
        return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)

    file = tomllib.loads(load_programme().source.decode("utf-8"))
    rows = [
        (f"`{section}`", str(block["from"]), f"`{key}`", shown(value))
        for section, blocks in file.items() for block in blocks for key, value in block.items() if key != "from"
    ]  # fmt: skip
    return _table(("rule", "in force from", "key", "value"), rows)


#: value and denominator of the examples in docs/signals.md, where 12 of 40 people would be none
_FIGURES = {
    "moved_end": (45, None), "repeated_expenses": (4_000, 50_000), "justified_over_cost": (62_000, 50_000),
    "money_without_learners": (20_000, None), "seats": (12, 24), "shortened_list": (4, None),
}  # fmt: skip


def _signals(*, are_shares: bool) -> str:
    def shown(name: str, value: float) -> str:
        return f"{100 * value:g} %" if are_shares or name.endswith("_share") else f"{value:g}"

    def section(signal: Signal) -> str:
        rules = load_programme().signal_rules
        value, of = _FIGURES.get(signal.name, (12, 40))
        threshold = next((days for name, days in thresholds_of(signal, rules[-1]).items() if name.endswith("_days")), None)
        versions = [
            f"from {rule.adopted_on}: " + ", ".join(f"`{name}` {shown(name, one)}" for name, one in thresholds_of(signal, rule).items())
            for rule in rules
        ]
        return "\n".join((
            f"### {signal.id}: `{signal.name}` ({signal.severity.value}, weight {signal.weight})", "",
            f"- Counted: {signal.definition}",
            f"- Told, for example: « {signal.told(value=value, of=of, programme_value=0.02, threshold=threshold)} »",
            f"- To ask: « {signal.question} »",
            f"- {'Least difference' if are_shares else 'Threshold'}: {'; '.join(versions)}.",
            f"- Honest, and alike: {signal.innocent}", "",
        ))  # fmt: skip

    return "\n".join(section(signal) for signal in all_signals().values() if signal.is_share == are_shares)


def _verdict() -> FileVerdict:
    """A file with a finding: an empty one."""
    (file,) = judge_files([("example.csv", b"")], date(2026, 11, 24), load_programme(), load_places())
    return file


def _keys(*objects: Mapping[str, Any]) -> str:
    return "\n".join(f"`{{{', '.join(one)}}}`" for one in objects)


FRAGMENTS: Mapping[str, Callable[[], str]] = {
    "layers": picture,
    "returns": _returns,
    "limits": _limits,
    "programme": _programme,
    "signals by share": lambda: _signals(are_shares=True),
    "signals by threshold": lambda: _signals(are_shares=False),
    "json of a file": lambda: _keys(file_fields(_verdict())),
    "json of a finding": lambda: _keys(check_file(_verdict())["findings"][0]),
    "json of a night": lambda: _keys({**night_report("", date(2026, 11, 24), [], [], []), "seconds": {}}),
}
