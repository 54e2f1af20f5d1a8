"""The same job with pandas and Great Expectations, as one writes it in a day: `python pandas_gx.py INBOX SPELLINGS`.

Each file is read as text, cast column by column, and validated as a batch of its own; rows that an expectation names are dropped;
the indicators are plain pandas, and printed as JSON.
"""

from __future__ import annotations

import csv
import json
import logging
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from inbox_files import KINDS, columns_of, files_by_encoding

POSITIVE = ["CDI", "CDD_6P", "INTERIM_6P", "FONCTION_PUBLIQUE", "CREATION", "CDD_6M", "INTERIM_6M", "CONTRAT_AIDE",
            "APPRENTISSAGE", "PROFESSIONNALISATION", "FORMATION_QUALIF", "STAGE", "INCUBATION"]  # fmt: skip
FLAGS = ["decrocheur", "eloigne_emploi", "qpv", "zone_rurale", "handicap"]
#: kind -> column -> code list
CODES = {
    "apprenants": {"sexe": "sex", "niveau": "diploma_level", **dict.fromkeys(FLAGS, "yes_no_unknown"),
                   "fin_de_parcours": "completion", "certification": "certification"},
    "suivi": {"echeance": "horizon", "situation": "situation", "numerique": "yes_no_unknown", "source": "source"},
    "depenses": {"poste": "cost_category"},
    "financements": {"nature": "funder_type", "etat": "funding_status"},
}  # fmt: skip
DATES = {
    "actions": ["convention_le", "label_gen_le"], "sessions": ["debut", "fin"], "suivi": ["observe_le"], "depenses": ["date"],
    "apprenants": ["naissance", "entree_le", "sortie_le"], "financements": ["date"],
}  # fmt: skip
AMOUNTS = {"actions": ["cout_total", "subvention"], "depenses": ["montant"], "financements": ["montant"]}
KEYS = {
    "actions": ["siret", "numero_action"], "sessions": ["siret", "numero_session"],
    "apprenants": ["siret", "numero_session", "id_apprenant"], "suivi": ["siret", "numero_session", "id_apprenant", "echeance"],
    "depenses": ["siret", "numero_action", "piece"], "financements": ["siret", "numero_action", "reference"],
}  # fmt: skip
PAIRS = {"sessions": [("fin", "debut")], "apprenants": [("sortie_le", "entree_le")], "actions": [("cout_total", "subvention")]}
OPTIONAL = {"identifiant_national", "mois_sans_emploi", "sortie_le", "fin_de_parcours", "certification", "rome", "source"}
UNREADABLE = "unreadable"


def main() -> None:
    """Print the figures."""
    logging.disable(logging.WARNING)
    inbox = Path(sys.argv[1])
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lists[row["list"]][row["spelling"]] = row["code"]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("returns")
    tables = {}
    for kind in KINDS:
        found = [(path, encoding) for encoding, paths in files_by_encoding(inbox, kind).items() for path in paths]
        suite = gx.ExpectationSuite(kind, expectations=expectations(kind, columns_of(found[0][0]), lists))
        batch = source.add_dataframe_asset(kind).add_batch_definition_whole_dataframe(kind)
        validation = gx.ValidationDefinition(name=kind, data=batch, suite=context.suites.add(suite))
        context.validation_definitions.add(validation)
        files = (accepted(read(path, encoding, kind, lists), validation) for path, encoding in found)
        tables[kind] = pd.concat(files, ignore_index=True)
    print(json.dumps(figures(tables)))


def read(path: str, encoding: str, kind: str, lists: dict[str, dict[str, str]]) -> pd.DataFrame:
    """A file's typed rows; lines of another width are left out."""
    frame = pd.read_csv(path, sep=";", dtype=str, encoding="utf-8-sig" if encoding == "utf-8" else encoding,
                        quoting=csv.QUOTE_NONE, keep_default_na=False, on_bad_lines="skip", index_col=False)  # fmt: skip
    for name in frame.columns:
        frame[name] = frame[name].str.replace(r'^"(.*)"$', r"\1", regex=True).str.strip()
    frame["siret"] = frame["siret"].str.replace(" ", "")
    for name in DATES[kind]:
        days = pd.to_datetime(frame[name], format="%d/%m/%Y", errors="coerce")
        for other in ("%Y-%m-%d", "%d-%m-%Y"):
            days = days.fillna(pd.to_datetime(frame[name], format=other, errors="coerce"))
        frame[name] = days
    for name, listed in CODES.get(kind, {}).items():
        admitted = {**lists[listed], **({"": None} if name in OPTIONAL else {})}
        frame[name] = frame[name].map(lambda cell, admitted=admitted: admitted.get(cell, UNREADABLE))
    for name in AMOUNTS.get(kind, []):
        frame[name] = pd.to_numeric(frame[name].str.replace(" ", "").str.replace(",", "."), errors="coerce")
    if kind == "apprenants":
        frame["mois_sans_emploi"] = pd.to_numeric(frame["mois_sans_emploi"], errors="coerce")
    return frame


def expectations(kind: str, columns: list[str], lists: dict[str, dict[str, str]]) -> list[Any]:
    """What the rows of a kind must fulfil."""
    codes, dates = CODES.get(kind, {}), DATES[kind]
    return [
        *(gxe.ExpectColumnValuesToNotBeNull(column=name) for name in columns if name not in OPTIONAL),
        *(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=sorted(set(lists[listed].values())))
          for name, listed in codes.items()),
        *(gxe.ExpectColumnValuesToBeBetween(column=name, max_value=datetime.now()) for name in dates),
        *(gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A=later, column_B=earlier, or_equal=True,
                                                      ignore_row_if="either_value_is_missing")
          for later, earlier in PAIRS.get(kind, [])),
        gxe.ExpectColumnValuesToMatchRegex(column="siret", regex=r"^[0-9]{14}$"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=KEYS[kind]),
    ]  # fmt: skip


def accepted(frame: pd.DataFrame, validation: gx.ValidationDefinition) -> pd.DataFrame:
    """The rows that no expectation names."""
    result = validation.run(batch_parameters={"dataframe": frame}, result_format={
        "result_format": "COMPLETE", "return_unexpected_index_query": False, "partial_unexpected_count": 0
    })  # fmt: skip
    named: set[int] = set()
    for one in result.results:
        if one.exception_info.get("raised_exception"):
            raise RuntimeError(one.exception_info)
        named.update(one.result.get("unexpected_index_list") or ())
    return frame.drop(index=sorted(named))


def figures(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """The indicators of the programme."""
    actions = tables["actions"][["siret", "numero_action"]]
    sessions = tables["sessions"].merge(actions, on=["siret", "numero_action"])[["siret", "numero_session"]]
    learners = tables["apprenants"].merge(sessions, on=["siret", "numero_session"])
    entrants = learners[learners["fin_de_parcours"] != "ANNULE"]
    priority = (entrants["sexe"] == "F") | (entrants["mois_sans_emploi"] >= 12) | (entrants[FLAGS] == "OUI").any(axis=1)
    leavers = entrants[entrants["sortie_le"].notna()]
    at_six_months = tables["suivi"][tables["suivi"]["echeance"] == "M6"]
    situations = leavers.merge(at_six_months, on=["siret", "numero_session", "id_apprenant"])["situation"]
    neutralised = int((situations == "NEUTRALISE").sum())
    positive = int(situations.isin(POSITIVE).sum())
    fundings = tables["financements"]
    paid = fundings[(fundings["nature"] == "REGION") & (fundings["etat"] == "VERSE")]
    return {
        "entrants": len(entrants),
        "priority": int(priority.sum()),
        "leavers": len(leavers),
        "known": len(situations) - neutralised - int((situations == "INCONNU").sum()),
        "positive": positive,
        "rate": positive / (len(leavers) - neutralised),
        "priority_share": float(priority.mean()),
        "justified": round(float(tables["depenses"]["montant"].sum()), 2),
        "paid": round(float(paid["montant"].sum()), 2),
    }


if __name__ == "__main__":
    main()
