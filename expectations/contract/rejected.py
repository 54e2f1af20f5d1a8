"""The titles that mark a file of rejected lines: it goes out with a receipt and must never be taken for a return."""

from __future__ import annotations

REJECTED_LINE = "ligne du fichier"
REJECTED_RULES = "règles non respectées"
REJECTED_REASONS = "raisons du rejet"
REJECTED_TEXT = "texte de la ligne"
