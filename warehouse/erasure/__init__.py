"""Persons who were erased: known again without being named, and taken out of every database."""
