"""Releases validated by frictionless itself, in a venv of its own (marker `frictionless`, `make test-open`)."""
