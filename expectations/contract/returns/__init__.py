"""The six returns by kind, in the order in which they depend on each other."""

from expectations.contract.return_type import Return
from expectations.contract.returns.actions import ACTIONS
from expectations.contract.returns.apprenants import APPRENANTS
from expectations.contract.returns.depenses import DEPENSES
from expectations.contract.returns.financements import FINANCEMENTS
from expectations.contract.returns.sessions import SESSIONS
from expectations.contract.returns.suivi import SUIVI

RETURNS: dict[str, Return] = {r.kind: r for r in (ACTIONS, SESSIONS, APPRENANTS, SUIVI, DEPENSES, FINANCEMENTS)}

__all__ = ["RETURNS"]
