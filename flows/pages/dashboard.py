"""Writes the dashboard, from the warehouse that the night has published and nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path

from expectations.rule_registry import all_rules
from flows.settings import Settings
from transforms.pages.dashboard import dashboard_page
from warehouse.durable_files import sync_folder, write_shared
from warehouse.published.publish import open_read_only


def write_dashboard(settings: Settings) -> Path:
    """Write it whole or not at all, in the place of yesterday's, and return its path.

    Raises OSError if it cannot be written, duckdb.Error without a warehouse.
    """
    with contextlib.closing(open_read_only(settings.home)) as con:
        content = dashboard_page(con, {rule: check.sentence for rule, check in all_rules().items()}).encode()
    path = write_shared(settings.dashboard.parent, settings.dashboard.name, content)
    sync_folder(path.parent)
    return path
