"""The derived columns: what checks compare with, and what no cell says."""

from __future__ import annotations

LONGEST_SESSION_MONTHS = 18

#: what each is, in French; empty where a cell that it is made of is empty or could not be read
DERIVED = {
    "received_on": "jour de réception du fichier (heure de Paris)",
    "age_at_entry": "âge à l'entrée, en années révolues",
    "latest_end_on": f"{LONGEST_SESSION_MONTHS} mois après le début, jour pour jour ou fin du mois",
    "grant_cap_eur": "plafond de la subvention selon l'appel à projets au jour de la convention ; sans objet si le coût total "
    "n'est pas supérieur à zéro",
}
