"""The derived columns: what checks compare with, and what no cell says."""

from __future__ import annotations

LONGEST_SESSION_MONTHS = 18
FARTHEST_YEARS = 3

#: what each is, in French; missing where a cell that it is made of is empty or could not be read
DERIVED = {
    "received_on": "jour de réception",
    "age_at_entry": "âge à l'entrée (années révolues)",
    "farthest_day": f"jour de réception + {FARTHEST_YEARS} ans",
    "latest_end_on": f"debut + {LONGEST_SESSION_MONTHS} mois",
    # missing, too, where the total cost is not above zero: of such an action no share can be granted
    "grant_cap_eur": "plafond de la subvention (selon l'enveloppe, au jour de la convention)",
}
