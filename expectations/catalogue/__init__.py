"""What people read of the contract, all derived from it: blank templates, the rule catalogue, the data dictionary."""

from expectations.catalogue.dictionary import dictionary_text
from expectations.catalogue.rules_document import all_rules, rules_text
from expectations.catalogue.template import template

__all__ = ["all_rules", "dictionary_text", "rules_text", "template"]
