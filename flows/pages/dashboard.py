"""Writes the dashboard and its figures as files, from the warehouse that the night has published and nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path

from expectations.rule_registry import all_rules
from flows.settings import Settings
from transforms.pages.dashboard import dashboard_files
from warehouse.durable_files import sync_folder, write_shared
from warehouse.published.publish import open_read_only


def write_dashboard(settings: Settings) -> Path:
    """Write it and the files beside it, each whole or not at all, in the place of yesterday's, the page last; return its path.

    Raises OSError if one cannot be written, duckdb.Error without a warehouse.
    """
    with contextlib.closing(open_read_only(settings.home)) as con:
        contents = dashboard_files(con, {rule: check.sentence for rule, check in all_rules().items()})
    path = settings.dashboard
    for name, content in contents.items():
        write_shared(path.parent, name, content)
    sync_folder(path.parent)
    return path
