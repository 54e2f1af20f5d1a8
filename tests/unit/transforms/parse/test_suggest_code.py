"""A code is proposed where the text says the same with other signs, and never for its likeness."""

from __future__ import annotations

import pytest

from expectations.contract.codes import code_list
from tests.spec.values_on_paper import CODE_TABLES, examples
from transforms.parse.suggest_code import closed_up, suggest_code

PROPOSED = """
    situation | CDI.                 | CDI
    situation | -  stage             | STAGE
    situation | cdd6p                | CDD_6P
    situation | interim 6 m          | INTERIM_6M
    situation | service civique !    | SERVICE_CIVIQUE
    situation | CDD < 6 mois,        | CDD_6M
    horizon   | « M12 »              | M12
    horizon   | 6mois                | M6
    diploma_level | Niveau-5         | 5
"""
NOT_PROPOSED = """
    situation | CDDI | Fin de CDI | Alternance | CDD - 6 mois | CDD 6 mois | apprenti(e) | fonctionnair | interim | Stage rémunéré | ! |
    horizon   | C12 | M9 | 1 2 | -3 | -3 mois | 18 mois
    diploma_level | infra niveau V | NV5 | Bac -2 | I/V | V I | 3.0 | 1
    yes_no    | n° | -1 | oui/non | ouii
"""


def suggested(name: str, text: str) -> str | None:
    forms = code_list(name).lookup
    return suggest_code(text, forms, closed_up(forms))


def lines(table: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in table.strip().splitlines()]


@pytest.mark.parametrize(("name", "text", "code"), lines(PROPOSED))
def test_what_says_the_same_is_proposed(name: str, text: str, code: str) -> None:
    assert suggested(name, text) == code


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, *texts in lines(NOT_PROPOSED) for text in texts])
def test_what_is_only_alike_is_not(name: str, text: str) -> None:
    assert suggested(name, text) is None


@pytest.mark.parametrize("name", CODE_TABLES)
def test_a_form_between_marks_means_its_code(name: str) -> None:
    for example in examples(CODE_TABLES[name]):
        if example.value:
            assert suggested(name, f"« {example.text} ».") == example.value
