"""The rule catalogue: every rule of the returns and of the files, with its sentence and an example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from expectations.catalogue.expected import expectations_by_rule, in_words
from expectations.catalogue.layout import Section, as_json, plain_rows, render
from expectations.contract import Check, Return, Severity
from expectations.contract.file_rules import FILE_RULES
from expectations.contract.returns import RETURNS
from expectations.rule_registry import all_rules, rules_of

__all__ = ["all_rules", "rules_text"]

_SEVERITIES = {Severity.ERROR: "erreur", Severity.WARNING: "alerte", Severity.INFO: "information"}
_COLUMNS = (
    ("id", "règle"), ("severity_shown", "gravité"), ("header_shown", "colonne"), ("expected", "ce qui est attendu"),
    ("sentence", "ce qui ne va pas et que faire"), ("example", "exemple"),
)  # fmt: skip
_INTRO = (
    "Une erreur met la ligne de côté : elle est gardée et signalée, mais pas comptée. Une alerte laisse compter la ligne. "
    "Une information ne demande rien. Les identifiants ne changent jamais de sens."
)
_FILE_SECTIONS = (
    ("fichiers", "FIC", "Le fichier dans son ensemble", "Une erreur ici refuse tout le fichier : rien n'en est pris."),
    ("lignes", "LIG", "Les lignes abîmées", "La ligne est mise de côté, ses voisines sont lues normalement."),
    ("retards", "RET", "Les retours attendus", "Ce qui aurait dû arriver et n'est pas là."),
)


def _section(
    name: str, title: str, intro: str, checks: Iterable[Check], headers: dict[str, str], expected: Mapping[str, str]
) -> Section:
    """A table of checks; `expected` has the words for those that are in a suite."""
    columns = _COLUMNS if expected else tuple(column for column in _COLUMNS if column[0] != "expected")
    rows = tuple(
        {
            "id": check.id,
            "kind": name if name in RETURNS else None,
            "severity": str(check.severity),
            "severity_shown": _SEVERITIES[check.severity],
            "column": check.column,
            "header_shown": headers.get(check.column or ""),
            "expected": expected.get(check.id),
            "sentence": check.sentence,
            "example": check.example,
        }
        for check in checks
    )
    return Section(name, title, intro, columns, rows)


def _section_of_return(contract: Return) -> Section:
    """Its rules; of those that a suite asks, the sentence, the severity and what is expected are the suite's."""
    suite = expectations_by_rule(contract)
    severities = {"critical": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO}
    checks = [
        replace(check, sentence=suite[id_]["description"], severity=severities[suite[id_]["severity"]]) if id_ in suite else check
        for id_, check in rules_of(contract.kind).items()
    ]
    return _section(
        contract.kind, f"{contract.title} ({contract.kind})", f"Retour « {contract.kind} » : {contract.description}.", checks,
        {column.name: column.header for column in contract.columns},
        {id_: in_words(contract, one) for id_, one in suite.items()},
    )  # fmt: skip


def rules_text(kind: str | None = None, fmt: str = "text") -> str:
    """The rules of one return, or all of them with those of files; as JSON a plain list.

    KeyError for an unknown kind, ValueError for an unknown format (text, md, html, json).
    """
    sections = [_section_of_return(RETURNS[k]) for k in ([kind] if kind else RETURNS)]
    if kind is None:
        for name, prefix, title, intro in _FILE_SECTIONS:
            checks = [check for id_, check in FILE_RULES.items() if id_.startswith(prefix)]
            sections.append(_section(name, title, intro, checks, {"provider_siret": "siret"}, {}))
    if fmt == "json":
        return as_json([row for section in sections for row in plain_rows(section)])
    return render("Catalogue des règles", _INTRO, sections, fmt)
