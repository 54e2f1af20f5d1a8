"""What the steward is told of an inbox on another machine: that it could not be read, and what had to stay there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from expectations.contract.french import counted
from transforms.pages.mail.wording import first_names, safe_file_name
from warehouse.intake.elsewhere.bring import Visit
from warehouse.intake.elsewhere.names import NAME_OF_FOLDER, UNUSABLE_NAME
from warehouse.intake.elsewhere.remote import InboxUnreachable
from warehouse.intake.inbox import UNFINISHED_NAME

_SHOWN = 5
_NOT_REMOVED = "déjà pris, mais le serveur refuse de les retirer"


def visits_in_words(visits: Sequence[Visit]) -> tuple[str, ...]:
    """A sentence for each thing that the steward should know of a night's visits; none where all went well."""
    said = []
    stayed: dict[str, list[str]] = defaultdict(list)
    for visit in visits:
        if isinstance(visit.broken_off, InboxUnreachable):
            said.append(
                f"La boîte de dépôt distante n'a pas été lue, ou pas jusqu'au bout : {visit.broken_off.cause.value[1]}. La nuit a"
                " continué avec ce qu'elle avait ; rien n'est perdu. L'équipe technique peut vérifier : suivi doctor."
            )
        elif visit.broken_off is not None:
            said.append(
                "Des fichiers de la boîte de dépôt distante n'ont pas été copiés, et y restent : le disque de suivi les refuse."
            )
        for name, reason in visit.deferred:
            if reason != UNFINISHED_NAME:
                stayed[reason].append(name)
        for name, reason in visit.ignored:
            if reason in (UNUSABLE_NAME, NAME_OF_FOLDER):
                stayed[reason].append(name)
        stayed[_NOT_REMOVED] += visit.not_removed
    for reason, names in stayed.items():
        if names:
            what = counted(len(names), "fichier est resté", "fichiers sont restés")
            shown = first_names([f"« {safe_file_name(name)} »" for name in names], _SHOWN)
            said.append(f"{what} dans la boîte de dépôt distante ({reason}) : {shown}.")
    return tuple(dict.fromkeys(said))
