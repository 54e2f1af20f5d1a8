"""Every table that a night would publish now, as Parquet files, computed on the engine chosen; nothing is published."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from flows.errors import WrongUse
from flows.lock import night_lock
from flows.night import new_run_id
from flows.settings import Settings, engine_of, programme_of
from flows.steps.compute import compute_warehouse
from transforms.models.build import models_in_order
from warehouse.paris_days import day_of
from warehouse.published.meta_tables import table_names, view_names
from warehouse.published.unfinished_file import remove_unfinished, unfinished_path
from warehouse.query_results import quoted
from warehouse.store.store import Store


def compute_tables(settings: Settings, folder: Path, as_of: date | None = None) -> list[str]:
    """Write each table and view of the warehouse to `folder`, as `<schema>.<table>.parquet`; what is published stays.

    Args:
        settings: of the home; its engine computes.
        folder: made if need be. Files of the same names are replaced.
        as_of: the reference date, today in Paris if None.

    Returns: the names. Raises WrongUse where the folder cannot be written; AnotherNight, WarehouseProblem.
    """
    run_id, now = new_run_id(), datetime.now(UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder.absolute() / ".warehouse.duckdb"
        with night_lock(settings.home, run_id), Store.open(settings.home) as store:
            try:
                compute_warehouse(
                    settings.home, store, as_of or day_of(now), programme_of(settings), run_id, target=target, now=now,
                    with_detail=settings.analysts_detail, engine=engine_of(settings),
                )  # fmt: skip
                return _written(unfinished_path(target), folder)
            finally:
                remove_unfinished(target)
    except OSError as error:
        raise WrongUse(f"{folder} cannot be written ({error.strerror}): choose another place") from None


def _written(warehouse: Path, folder: Path) -> list[str]:
    with contextlib.closing(duckdb.connect(str(warehouse), read_only=True)) as con:
        names = sorted([*table_names(con), *view_names(con)])
        # tables lie in the order of their keys already
        order = {model.table: f" ORDER BY {', '.join(model.key)}" for model in models_in_order() if model.is_published_view}
        for name in names:
            path = quoted(str(folder / f"{name}.parquet"))
            con.execute(f"COPY (FROM {name}{order.get(name, '')}) TO {path} (FORMAT parquet)")
        return names
