"""The programme's rules, data with validity dates: programme.toml read, answered from, and put into tables."""

from expectations.programme.reading import ProgrammeError, load_programme
from expectations.programme.rules import Programme, in_force
from expectations.programme.tables import RULE_TABLES, load_rules

__all__ = ["RULE_TABLES", "Programme", "ProgrammeError", "in_force", "load_programme", "load_rules"]
