"""Which suivi this is."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The version of suivi that runs; empty where it runs without being installed."""
    try:
        return metadata.version("suivi")
    except metadata.PackageNotFoundError:
        return ""
