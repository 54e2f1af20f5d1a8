"""The French of the two sheets beside those to fill in: how to fill them in, and the lists of codes with what each means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from expectations.contract.french import with_french_spaces
from transforms.pages.blank_workbook.description import REQUIRED_SIGN, TemplateSheet

#: neither is the name of a return, and no row of either is a header of one: nothing there is ever read as data
GUIDANCE, LISTS = "Mode d'emploi", "Listes"
TABLE_TITLES = ("Colonne", "Obligatoire", "Ce qu'elle contient", "Ce qui est accepté", "Exemple", "Si vous ne savez pas")
GUIDANCE_WIDTHS = (24, 13, 60, 60, 24, 46)
LIST_TITLES = ("Valeurs des colonnes", "Valeur à choisir", "Ce qu'elle veut dire")
LIST_WIDTHS = (60, 24, 48)


@dataclass(frozen=True)
class GuidanceRow:
    """A row of the sheet of guidance: its cells, and how it is shown (`title`, `text`, `heading`, `titles`, `column`)."""

    shown_as: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ListOfCodes:
    """A list as it stands on its sheet: for which columns it is, its codes with what they mean, and its first row (from 1)."""

    name: str
    columns: str
    entries: tuple[tuple[str, str], ...]
    first_row: int

    @property
    def last_row(self) -> int:
        """The row of its last code."""
        return self.first_row + len(self.entries) - 1


def guidance_rows(sheets: Sequence[TemplateSheet], deposit_url: str | None) -> list[GuidanceRow]:
    """What the sheet of guidance says of these sheets, row by row.

    `deposit_url` is the page on which files are checked and sent, if there is one.
    """
    rows = [GuidanceRow("title", (GUIDANCE,))]
    rows += [GuidanceRow("text", (with_french_spaces(said),)) for said in _how_to(sheets, deposit_url)]
    for sheet in sheets:
        rows += [GuidanceRow("text", ()), GuidanceRow("heading", (f"{sheet.kind} : {sheet.row_is}",))]
        rows.append(GuidanceRow("titles", TABLE_TITLES))
        rows += [
            GuidanceRow("column", (
                one.title.removesuffix(REQUIRED_SIGN), "oui" if one.is_required else "non", one.meaning, one.accepted,
                one.example, one.if_unknown,
            ))
            for one in sheet.columns
        ]  # fmt: skip
    return rows


def _how_to(sheets: Sequence[TemplateSheet], deposit_url: str | None) -> list[str]:
    named = f"la feuille « {sheets[0].kind} »" if len(sheets) == 1 else "chaque feuille"
    said = [
        f"Remplissez {named} à partir de sa deuxième ligne, sans changer les titres ni ajouter de colonne.",
        f"L'astérisque ({REQUIRED_SIGN}) d'un titre dit que la colonne est obligatoire ; les autres peuvent rester vides.",
        "Les exemples ne sont que sur cette feuille, qui n'est jamais lue comme des données : n'ajoutez ni exemple, ni total.",
        "Pour coller depuis un autre tableau, choisissez Collage spécial, Valeurs seules : les formats et les listes restent.",
        "Écrivez des valeurs, pas de formules. Une cellule d'un format Texte garde les zéros au début : laissez-le ainsi.",
    ]
    if any(sheet.refuses_identifiers for sheet in sheets):
        said.append(
            "N'écrivez ni nom, ni adresse, ni téléphone, ni numéro de sécurité sociale : id_apprenant est votre propre référence."
        )
    if len(sheets) > 1:
        said.append("Une feuille laissée vide, ou supprimée, ne remplace rien.")
    if any(sheet.from_region for sheet in sheets) and not all(sheet.from_region for sheet in sheets):
        own = " et ".join(f"« {sheet.kind} »" for sheet in sheets if sheet.from_region)
        said.append(f"Les feuilles {own} sont remplies par la Région : les organismes les suppriment.")
    where = (
        f"Vérifiez et déposez le fichier sur {deposit_url}."
        if deposit_url
        else "Déposez-le là où la Région vous l'a indiqué, dans le dossier de votre organisme : il est lu la nuit suivante."
    )
    said.append(f"Enregistrez au format .xlsx ou .ods ; le nom du fichier est libre, le retour est reconnu à ses titres. {where}")
    said.append("Un envoi remplace le précédent : renvoyez toujours le tableau entier, pas les seules lignes corrigées.")
    return said


def lists_of_codes(sheets: Sequence[TemplateSheet]) -> list[ListOfCodes]:
    """Every list of these sheets once, under each other on the sheet of lists, below the row of titles."""
    columns: dict[str, list[str]] = {}
    entries: dict[str, tuple[tuple[str, str], ...]] = {}
    for sheet in sheets:
        for one in sheet.columns:
            if one.list_name:
                columns.setdefault(one.list_name, []).append(one.title.removesuffix(REQUIRED_SIGN))
                entries[one.list_name] = tuple(zip(one.choices, one.labels, strict=True))
    lists, row = list[ListOfCodes](), 2
    for name, titles in columns.items():
        lists.append(ListOfCodes(name, ", ".join(dict.fromkeys(titles)), entries[name], row))
        row = lists[-1].last_row + 1
    return lists
