"""The two rules on duplicate keys, which every return has under its own ids."""

from __future__ import annotations

from collections.abc import Sequence

from expectations.contract.checks import Check, Severity

IDENTICAL = "21"
DIFFERING = "22"


def duplicate_checks(prefix: str, column: str, key: Sequence[str]) -> dict[str, Check]:
    """The checks `{prefix}-21` (identical rows, info) and `{prefix}-22` (differing rows, error) by id.

    Both are about the whole key; `column` is the last of it, `key` names it as files do.
    """
    return {
        c.id: c
        for c in (
            Check(
                f"{prefix}-{IDENTICAL}", column, Severity.INFO,
                "Cette ligne figure plusieurs fois à l'identique dans le fichier : elle est comptée une seule fois, "
                "vous pouvez supprimer les copies.",
                "deux fois la même ligne, toutes valeurs égales",
            ),
            Check(
                f"{prefix}-{DIFFERING}", column, Severity.ERROR,
                f"Plusieurs lignes du fichier ont les mêmes {', '.join(key[:-1])} et {key[-1]}, mais diffèrent par le reste : "
                "aucune n'est retenue, gardez seulement la bonne.",
                "deux lignes de même identifiant dont une valeur diffère",
            ),
        )
    }  # fmt: skip
