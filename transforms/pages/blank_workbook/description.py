"""What a blank workbook holds, told from the contract alone: its sheets, the formats, lists and prompts of their columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from expectations.contract import Column, ValueType
from expectations.contract.codes import code_list
from expectations.contract.french import with_french_spaces
from expectations.contract.returns import RETURNS

#: what a prompt may hold: Excel cannot open a workbook with a longer one
LONGEST_PROMPT = 255
#: what a list may hold where it is written out, its commas included; a longer one is a range of the sheet of lists
LONGEST_LIST = 255
#: beside the title of a column that must be filled; the reader leaves it out of titles
REQUIRED_SIGN = "*"
_NARROWEST, _WIDEST = 12, 28


class CellFormat(StrEnum):
    """How the cells of a column are shown, and with it how a spreadsheet keeps what is typed there."""

    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    WHOLE_NUMBER = "whole_number"


class Limit(StrEnum):
    """What a spreadsheet asks of a cell as it is typed; a list comes before any."""

    DATE = "date"
    AMOUNT = "amount"
    COUNT = "count"
    SIRET = "siret"
    COMMUNE = "commune"
    ID = "id"


_FORMATS = {
    ValueType.DATE: CellFormat.DATE,
    ValueType.AMOUNT: CellFormat.AMOUNT,
    ValueType.WHOLE_NUMBER: CellFormat.WHOLE_NUMBER,
}
_LIMITS = {
    ValueType.DATE: Limit.DATE,
    ValueType.AMOUNT: Limit.AMOUNT,
    ValueType.WHOLE_NUMBER: Limit.COUNT,
    ValueType.SIRET: Limit.SIRET,
    ValueType.COMMUNE: Limit.COMMUNE,
    ValueType.ID: Limit.ID,
}
#: fewest and most characters; more or fewer are asked about, not refused: a SIRET may have spaces in it
TEXT_LENGTHS = {Limit.SIRET: (14, 18), Limit.COMMUNE: (5, 5), Limit.ID: (1, 64)}
_ACCEPTED = {
    ValueType.DATE: "jour, mois et année à quatre chiffres : JJ/MM/AAAA",
    ValueType.AMOUNT: "euros et centimes",
    ValueType.WHOLE_NUMBER: "nombre entier",
    ValueType.YES_NO: "OUI ou NON",
    ValueType.YES_NO_UNKNOWN: "OUI, NON ou NSP (ne sait pas)",
    ValueType.SIRET: "14 chiffres",
    ValueType.COMMUNE: "code INSEE à cinq caractères, pas le code postal",
    ValueType.DIPLOMA: "une valeur de la liste",
    ValueType.SEX: "une valeur de la liste",
    ValueType.CODE: "une valeur de la liste",
    ValueType.ID: "64 caractères au plus",
    ValueType.TEXT: "texte",
    ValueType.EMAIL: "une adresse de courriel",
    ValueType.CERTIFICATION_CODE: "RNCP ou RS, puis le numéro",
    ValueType.ROME: "une lettre et quatre chiffres",
    ValueType.CALL: "code de l'appel à projets",
}
_ABROAD = " ; à l'étranger, 99 et les trois chiffres du pays"
#: the codes by which a list says that something is not known
_UNKNOWN_CODES = ("NSP", "INCONNU", "X")


@dataclass(frozen=True)
class TemplateColumn:
    """A column of a sheet: its title, how its cells are kept, what may be typed there, and what is said when one is chosen.

    `choices` are the codes to choose from and `labels` what each means; none where the column has no list. `width` is in
    characters. `accepted`, `example` and `if_unknown` are for the sheet of guidance.
    """

    title: str
    is_required: bool
    format: CellFormat
    limit: Limit | None
    choices: tuple[str, ...]
    labels: tuple[str, ...]
    list_name: str | None
    width: int
    prompt: str
    meaning: str
    accepted: str
    example: str
    if_unknown: str

    @property
    def has_long_list(self) -> bool:
        """Whether its list is too long to be written out in a cell's rule."""
        return len(",".join(self.choices)) > LONGEST_LIST


@dataclass(frozen=True)
class TemplateSheet:
    """The sheet of a return, named as it is."""

    kind: str
    row_is: str
    columns: tuple[TemplateColumn, ...]
    refuses_identifiers: bool
    from_region: bool


def template_sheets(kinds: Iterable[str]) -> tuple[TemplateSheet, ...]:
    """The sheets of these returns. KeyError for an unknown one."""
    contracts = [RETURNS[kind] for kind in kinds]
    return tuple(
        TemplateSheet(one.kind, one.description, tuple(map(_described, one.columns)), one.refuses_identifiers, one.from_region)
        for one in contracts
    )


def _described(column: Column) -> TemplateColumn:
    codes = column.codes or (code_list("yes_no") if column.type is ValueType.YES_NO else None)
    # An empty cell reads as NSP there: it may stay empty, though the column must be in the file.
    is_required = not column.optional and not column.empty_means_unknown
    accepted = _ACCEPTED[column.type] + (_ABROAD if column.may_be_abroad else "")
    title = f"{column.header}{REQUIRED_SIGN}" if is_required else column.header
    if_unknown = _if_unknown(column, is_required, codes.codes if codes else ())
    said = [_sentence(column.description)]
    if column.type is not ValueType.TEXT and accepted not in column.description:
        said.append(_sentence(accepted))
    if column.example:
        said.append(_sentence(f"exemple : {column.example}"))
    said.append("Obligatoire." if is_required else "Peut rester vide.")
    return TemplateColumn(
        title=title,
        is_required=is_required,
        format=_FORMATS.get(column.type, CellFormat.TEXT),
        limit=None if codes else _LIMITS.get(column.type),
        choices=codes.codes if codes else (),
        labels=tuple(codes.labels.values()) if codes else (),
        list_name=codes.name if codes else None,
        width=min(max(len(title) + 2, len(column.example) + 2, _NARROWEST), _WIDEST),
        prompt=with_french_spaces(" ".join(said)),
        meaning=with_french_spaces(_sentence(column.description)),
        accepted=with_french_spaces(_sentence(accepted)),
        example=column.example,
        if_unknown=with_french_spaces(if_unknown),
    )


def _if_unknown(column: Column, is_required: bool, codes: tuple[str, ...]) -> str:
    unknown = next((code for code in _UNKNOWN_CODES if code in codes), None)
    if unknown and is_required:
        return f"Choisissez {unknown}."
    if unknown:
        return f"Choisissez {unknown}, ou laissez vide."
    return "Sans cette valeur, la ligne est rejetée." if is_required else "Laissez vide."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
