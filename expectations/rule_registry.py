"""The French sentence of every rule: what is wrong, what to write instead; never a value of the file."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from expectations.contract import CellProblemKind, Check, Column, Return, Severity, ValueType
from expectations.contract.file_rules import FILE_RULES
from expectations.contract.returns import RETURNS
from expectations.contract.returns.duplicates import duplicate_checks
from warehouse.table_declarations import REFERENCE_RULES, comment_statements, create_table

if TYPE_CHECKING:
    import duckdb

#: how a value of each type is written, completing "Écrivez ..."
FORMS = {
    ValueType.DATE: "une date au format JJ/MM/AAAA",
    ValueType.AMOUNT: "un montant en euros comme 1234,50, sans séparateur de milliers",
    ValueType.WHOLE_NUMBER: "un nombre entier comme 12",
    ValueType.YES_NO: "OUI ou NON",
    ValueType.YES_NO_UNKNOWN: "OUI, NON ou NSP",
    ValueType.SIRET: "les 14 chiffres du SIRET, en format texte",
    ValueType.COMMUNE: "le code INSEE de la commune (5 caractères), pas le code postal",
    ValueType.DIPLOMA: "un niveau de diplôme : SANS, 3, 4, 5, 6, 7, 8 ou NSP",
    ValueType.SEX: "F, M ou X",
    ValueType.EMAIL: "une adresse de courriel",
    ValueType.CERTIFICATION_CODE: "RNCP ou RS suivi du numéro de la fiche",
    ValueType.ROME: "un code ROME : une lettre et quatre chiffres",
    ValueType.CALL: "le code de l'appel à projets, comme ERN-2017",
}
#: of the words that descriptions begin with; others begin with a vowel
_ARTICLES = {"numéro": "le ", "nom": "le ", "référence": "la "}
_LISTED = {
    ValueType.CODE, ValueType.SEX, ValueType.DIPLOMA, ValueType.YES_NO, ValueType.YES_NO_UNKNOWN, ValueType.CALL,
}  # fmt: skip

#: of the types whose cells are read all the same: what was seen and what to do, completing "La cellule « ... »"
_REPAIRED = {
    ValueType.DATE: "contient une date avec une heure ; le jour en a été pris, à l'heure de Paris : vérifiez-le, et écrivez la "
                    "date seule, au format JJ/MM/AAAA.",
    ValueType.COMMUNE: "est lue, mais un zéro manquait au début, ou ce code INSEE est aussi un code postal : vérifiez que c'est "
                       "le code INSEE de la commune, et mettez la colonne au format texte.",
}  # fmt: skip
#: and of references of persons that tell who they are
_NAMES_A_PERSON = (
    "est lue, mais ressemble à un nom, à une adresse de courriel ou à un numéro de sécurité sociale : remplacez-la, dans vos "
    "retours apprenants et suivi, par une référence qui ne dit rien de la personne, comme {example} ; la ligne est comptée."
)


def column_problems(column: Column) -> tuple[CellProblemKind, ...]:
    """The kinds of problem that a cell of this column can have."""
    kinds = []
    if not column.optional and not column.empty_means_unknown:
        kinds.append(CellProblemKind.EMPTY)
    kinds.append(CellProblemKind.UNLISTED if column.type in _LISTED else CellProblemKind.UNREADABLE)
    if column.must_name_nobody or column.type in _REPAIRED:
        kinds.append(CellProblemKind.REPAIRED)
    return tuple(kinds)


def column_rule(contract: Return, column: Column, problem: CellProblemKind) -> str:
    """The id of the rule that this kind of problem breaks, such as `APP-06I`."""
    return f"{contract.prefix}-{column.number:02d}{problem}"


def _form(column: Column) -> str:
    if column.type is ValueType.CODE and column.codes is not None:
        codes = ", ".join(column.codes.codes)
        return f"un code de la liste ({codes})" if len(codes) <= 120 else f"un code de la liste, comme {column.example}"
    if column.type in (ValueType.ID, ValueType.TEXT):
        article = _ARTICLES.get(column.description.split()[0], "l'")
        return article + column.description + (", en 64 caractères au plus" if column.type is ValueType.ID else "")
    return FORMS[column.type] + (", ou 99 et trois chiffres à l'étranger" if column.may_be_abroad else "")


def column_check(contract: Return, column: Column, problem: CellProblemKind) -> Check:
    """The rule that a cell of this column breaks with this problem."""
    title, form = f"La cellule « {column.header} »", _form(column)
    severity, example = Severity.ERROR, column.example
    if problem is CellProblemKind.EMPTY:
        sentence = f"{title} est vide alors qu'elle est obligatoire : écrivez {form}."
    elif problem is CellProblemKind.UNREADABLE:
        sentence = f"{title} n'est pas lisible : écrivez {form}."
    elif problem is CellProblemKind.UNLISTED:
        sentence = f"{title} n'est pas dans la liste des valeurs admises : écrivez {form}."
    else:
        told = _NAMES_A_PERSON.format(example=example) if column.must_name_nobody else _REPAIRED[column.type]
        severity, sentence = Severity.WARNING, f"{title} {told}"
        if column.type is ValueType.COMMUNE:
            example = "01004"  # Ambérieu-en-Bugey: a code with a zero to lose
    return Check(column_rule(contract, column, problem), column.name, severity, sentence, f"{column.header} = {example}")


@cache
def rules_of(kind: str) -> dict[str, Check]:
    """Every rule of one return by id: columns, rows, duplicates, across returns."""
    contract = RETURNS[kind]
    headers = [contract.column(name).header for name in contract.key]
    checks = [column_check(contract, c, p) for c in contract.columns for p in column_problems(c)]
    checks += duplicate_checks(contract.prefix, contract.key[-1], headers).values()
    checks += [*contract.row_checks, *contract.cross_checks]
    by_id = {check.id: check for check in checks}
    if len(by_id) != len(checks):
        raise ValueError(f"{kind}: a rule id is used twice")
    return by_id


@cache
def all_rules() -> dict[str, Check]:
    """Every rule of the project by id."""
    return {**FILE_RULES, **{id_: check for kind in RETURNS for id_, check in rules_of(kind).items()}}


def write_rules(con: duckdb.DuckDBPyConnection) -> None:
    """Make reference.rules."""
    checks = all_rules().values()
    con.execute(create_table(REFERENCE_RULES))
    con.execute(
        "insert into reference.rules select unnest($ids), unnest($severities), unnest($sentences)",
        {
            "ids": [check.id for check in checks], "severities": [check.severity.value for check in checks],
            "sentences": [check.sentence for check in checks],
        },
    )  # fmt: skip
    con.execute(";\n".join(comment_statements(REFERENCE_RULES)))


def sentence(rule: str, detail: str | None = None) -> str:
    """The rule's sentence, completed by a detail that holds no value of the file."""
    return all_rules()[rule].sentence + (f" {detail}" if detail else "")
