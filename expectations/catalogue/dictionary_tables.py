"""The tables of the warehouse, as sections of the data dictionary."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.catalogue.layout import Section
from expectations.programme import RULE_TABLES
from warehouse import table_declarations
from warehouse.published.published_tables import DETAIL, clean_tables
from warehouse.reference import REFERENCE_TABLES

_COLUMNS = (("name", "colonne"), ("type", "type"), ("is_nullable", "peut être vide"), ("description", "description"))
_COMPUTED = (("name", "colonne"), ("is_key", "clé"), ("description", "description"))


def _section(name: str, comment: str, columns: Iterable[tuple[str, str, bool | None, str]]) -> Section:
    rows = tuple(
        {"name": n, "type": t, "is_nullable": nullable, "description": text} for n, t, nullable, text in columns
    )
    return Section(name, f"Table {name}", comment + ("" if comment.endswith(".") else "."), _COLUMNS, rows, "tables")


def table_sections() -> list[Section]:
    """A section for each table that analysts see."""
    declared = [
        *clean_tables(), DETAIL, table_declarations.QUALITY_FILES, table_declarations.QUALITY_FINDINGS,
        table_declarations.QUALITY_OVERDUE, table_declarations.QUALITY_DUE_SOON, table_declarations.QUALITY_WAITING,
        table_declarations.QUALITY_PROVIDER_SCORES, table_declarations.QUALITY_CHANGES, table_declarations.QUALITY_RATE_LEDGER,
        table_declarations.QUALITY_SIGNALS, table_declarations.REFERENCE_RULES, table_declarations.REFERENCE_SIGNALS,
        table_declarations.META_RELEASE, table_declarations.META_ROW_COUNTS,
    ]  # fmt: skip
    sections = [
        _section(t.name, t.comment, ((c.name, c.sql_type, not c.required, c.comment) for c in t.columns))
        for t in declared
    ]
    sections += [
        _section(f"reference.{t.name}", t.comment, ((name, kind, None, text) for name, kind, text in t.columns))
        for t in (*REFERENCE_TABLES, *RULE_TABLES)
    ]
    return [*_indicators(), *sections]


def _indicators() -> list[Section]:
    """The tables that SQL makes, from the headers of their files."""
    from transforms.models.build import PUBLISHED_SCHEMAS, models_in_order  # sqlglot takes its time

    sections = []
    for model in sorted(models_in_order(), key=lambda model: model.table):
        if model.table.partition(".")[0] in PUBLISHED_SCHEMAS:
            rows = tuple({"name": n, "is_key": n in model.key, "description": text} for n, text in model.columns)
            sections.append(Section(model.table, f"Table {model.table}", model.comment, _COMPUTED, rows, "tables"))
    return sections
