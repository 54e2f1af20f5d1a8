"""A titled list of tables, written as text, Markdown, HTML or JSON."""

from __future__ import annotations

import html
import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from expectations.contract.french import NO_BREAK_SPACE, with_french_spaces

FORMATS = ("text", "md", "html", "json")
_WIDTH = 110

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ddd}th{background:#f3f5f7}
td:first-child{white-space:nowrap;font-family:ui-monospace,monospace}.scroll{overflow-x:auto}
a{color:#00449e}a:focus-visible,.scroll:focus-visible{outline:3px solid #00449e;outline-offset:2px}
@media print{.scroll{overflow:visible}td,th{overflow-wrap:anywhere}td:first-child{white-space:normal}}"""


@dataclass(frozen=True)
class Section:
    """A table with its title. `columns` are (key, title for people); the first column names the row.

    The rows may hold more keys than are shown; JSON has them all, but those that end in `_shown`.
    """

    name: str
    title: str
    intro: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[dict[str, Any], ...]
    group: str = ""  # JSON only, and so is what follows
    about: dict[str, Any] = field(default_factory=dict)


def shown(value: Any) -> str:
    """A value as people read it: oui and non for booleans, lists with commas, nothing for None; French spaces."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if value is None:
        return ""
    return with_french_spaces(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def render(title: str, intro: str, sections: Sequence[Section], fmt: str) -> str:
    """The whole document. Raises ValueError for a format that is none of FORMATS."""
    if fmt not in FORMATS:
        raise ValueError(f"unknown format {fmt}: one of {', '.join(FORMATS)}")
    writers = {"text": _text, "md": _markdown, "html": _html}
    if fmt == "json":
        content: dict[str, dict[str, Any]] = {}
        for section in sections:
            about = {"title": section.title, **section.about, "rows": plain_rows(section)}
            content.setdefault(section.group, {})[section.name] = about
        return as_json(content)
    said = [replace(one, title=shown(one.title), intro=shown(one.intro)) for one in sections]
    return writers[fmt](title, shown(intro), said)


def plain_rows(section: Section) -> list[dict[str, Any]]:
    """The rows as programs read them."""
    return [{key: value for key, value in row.items() if not key.endswith("_shown")} for row in section.rows]


def as_json(content: Any) -> str:
    """JSON as every command prints it: readable, accents kept."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _text(title: str, intro: str, sections: Sequence[Section]) -> str:
    lines = [title, "=" * len(title), "", *textwrap.wrap(intro, _WIDTH)]
    for section in sections:
        lines += ["", section.title, "-" * len(section.title), *textwrap.wrap(section.intro, _WIDTH), ""]
        (first, _), *others = section.columns
        for row in section.rows:
            lines.append(shown(row[first]))
            for key, label in others:
                if text := shown(row[key]):
                    said = f"{label}{NO_BREAK_SPACE}: {text}"
                    lines += textwrap.wrap(said, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _markdown(title: str, intro: str, sections: Sequence[Section]) -> str:
    lines = [f"# {title}", "", intro]
    for section in sections:
        labels = [label for _, label in section.columns]
        lines += (
            ["", f"## {section.title}", "", section.intro, ""] if section.intro else ["", f"## {section.title}", ""]
        )
        lines += ["| " + " | ".join(labels) + " |", "|" + "---|" * len(labels)]
        lines += [
            "| " + " | ".join(_cell(shown(row[key])) for key, _ in section.columns) + " |" for row in section.rows
        ]
    return "\n".join(lines) + "\n"


def _html(title: str, intro: str, sections: Sequence[Section]) -> str:
    parts = [
        "<!doctype html>", '<html lang="fr">', "<head>", '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{html.escape(title)}</title>", f"<style>{_STYLE}</style>", "</head>", "<body>",
        f"<h1>{html.escape(title)}</h1>", f"<p>{html.escape(intro)}</p>",
    ]  # fmt: skip
    for section in sections:
        parts.append(f'<h2 id="{html.escape(section.name)}">{html.escape(section.title)}</h2>')
        parts.append(f"<p>{html.escape(section.intro)}</p>")
        heads = "".join(f'<th scope="col">{html.escape(label)}</th>' for _, label in section.columns)
        # scrolled sideways on a phone, by keyboard too
        parts.append(f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(section.title)}">')
        parts += ["<table>", f"<thead><tr>{heads}</tr></thead>", "<tbody>"]
        for row in section.rows:
            cells = "".join(f"<td>{html.escape(shown(row[key]))}</td>" for key, _ in section.columns)
            parts.append(f"<tr>{cells}</tr>")
        parts += ["</tbody>", "</table>", "</div>"]
    return "\n".join([*parts, "</body>", "</html>"]) + "\n"
