"""The independent audit of open figures: what anyone could work out of a release and all earlier ones, from CSV files alone.

It shares no code with what hides counts and writes releases, and writes down anew what an outsider knows (docs/disclosure.md).
"""

from transforms.disclosure_audit.audit import audit, intervals
from transforms.disclosure_audit.report import AuditReport, Figures, Violation
from transforms.disclosure_audit.thresholds import Thresholds

__all__ = ["AuditReport", "Figures", "Thresholds", "Violation", "audit", "intervals"]
