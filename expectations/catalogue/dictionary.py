"""The data dictionary: each return column by column, its code lists, and the tables that analysts open."""

from __future__ import annotations

from expectations.catalogue.dictionary_tables import table_sections
from expectations.catalogue.layout import Section, render
from expectations.contract import Column, Return, ValueType
from expectations.contract.returns import RETURNS

_TYPES = {
    ValueType.DATE: "date",
    ValueType.AMOUNT: "montant",
    ValueType.WHOLE_NUMBER: "nombre entier",
    ValueType.YES_NO: "OUI/NON",
    ValueType.YES_NO_UNKNOWN: "OUI/NON/NSP",
    ValueType.SIRET: "SIRET",
    ValueType.COMMUNE: "code INSEE de commune",
    ValueType.DIPLOMA: "niveau de diplôme",
    ValueType.SEX: "sexe",
    ValueType.ID: "identifiant",
    ValueType.TEXT: "texte",
    ValueType.EMAIL: "courriel",
    ValueType.CODE: "code",
    ValueType.CERTIFICATION_CODE: "RNCP ou RS et chiffres",
    ValueType.ROME: "code ROME",
    ValueType.CALL: "appel à projets",
}
_COLUMNS = (
    ("header", "en-tête"), ("name", "champ"), ("type_shown", "type"), ("required_shown", "obligatoire"),
    ("is_personal", "personnelle"), ("codes", "codes"), ("description", "description"), ("example", "exemple"),
    ("aliases", "titres également reconnus"),
)  # fmt: skip
_INTRO = (
    "Les retours que les organismes et la Région envoient, les listes de codes, et les tables de l'entrepôt. La casse, les "
    "accents, les espaces, tirets et apostrophes des titres ne comptent pas, l'ordre des colonnes non plus. Une valeur "
    "personnelle ne quitte jamais l'espace privé : ni courriel, ni rapport, ni entrepôt."
)


def _row(column: Column) -> dict[str, object]:
    return {
        "header": column.header,
        "name": column.name,
        "type": str(column.type),
        "type_shown": _TYPES[column.type],
        "is_required": not column.optional,
        "required_shown": "oui, vide = NSP" if column.empty_means_unknown else not column.optional,
        "is_personal": column.personal,
        "codes": column.codes.name if column.codes else None,
        "description": column.description,
        "example": column.example,
        "aliases": list(column.aliases),
    }


def _return_section(contract: Return) -> Section:
    headers = {c.name: c.header for c in contract.columns}
    key = ", ".join(headers[name] for name in contract.key)
    scope = ", ".join(headers[name] for name in contract.scope)
    sender = "la Région" if contract.from_region else "les organismes de formation"
    intro = (
        f"{contract.description[0].upper()}{contract.description[1:]} ; retour envoyé par {sender}. "
        f"Une ligne se reconnaît à : {key}. Un nouveau fichier remplace ce qui a été envoyé pour : {scope}."
    )
    about = {"key": list(contract.key), "scope": list(contract.scope), "table": f"clean.{contract.table}"}
    rows = tuple(_row(column) for column in contract.columns)
    return Section(contract.kind, f"{contract.title} ({contract.kind})", intro, _COLUMNS, rows, "returns", about)


def _code_sections() -> list[Section]:
    lists = {c.codes.name: c.codes for r in RETURNS.values() for c in r.columns if c.codes}
    columns = (("code", "code"), ("label", "libellé"), ("variants", "formes également lues"))
    sections = []
    for name, codes in lists.items():
        rows = []
        for code, label in codes.labels.items():
            variants = [
                text.replace("_", " ").lower() for text, found in codes.lookup.items() if found == code and text != code
            ]
            rows.append({"code": code, "label": label, "variants": variants})
        intro = "Casse et accents ne comptent pas ; une espace vaut un tiret bas."
        sections.append(Section(name, f"Codes : {name}", intro, columns, tuple(rows), "codes"))
    return sections


def dictionary_text(fmt: str = "text") -> str:
    """The whole dictionary as text, md, html or json. ValueError for another format."""
    sections = [*map(_return_section, RETURNS.values()), *_code_sections(), *table_sections()]
    return render("Dictionnaire des données", _INTRO, sections, fmt)
