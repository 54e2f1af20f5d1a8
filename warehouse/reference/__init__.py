"""Reference data: the places of France, with their source, and how they are loaded."""

from warehouse.reference.places import Places, load_places
from warehouse.reference.tables import REFERENCE_TABLES, ReferenceTable, load_reference, reference_sources

__all__ = ["REFERENCE_TABLES", "Places", "ReferenceTable", "load_places", "load_reference", "reference_sources"]
