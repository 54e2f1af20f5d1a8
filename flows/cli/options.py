"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

from flows.settings import HOLD, TO_STEWARD
from transforms.engines.choice import ENGINES


class Day(click.ParamType):
    """A day written 2026-03-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error (exit 2)."""
        if isinstance(value, date):
            return value
        try:
            # strptime, not fromisoformat, which also takes 20260331 and 2026-W14-2.
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is not a day: write it as 2026-03-31", param, ctx)


def home_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """--home DIR."""
    return click.option(
        "--home", metavar="DIR", type=click.Path(file_okay=False), help="The home folder (else SUIVI_HOME, else ./var)."
    )(function)


def format_option(*choices: str, default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--format, one of `choices`."""
    return click.option(
        "--format", "output_format", type=click.Choice(choices), default=default, show_default=True, help="How to write it."
    )


def mail_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--no-mail and --all-to-steward: `mail` as flows.settings.with_options takes it; None where neither is given."""
    hold = click.option("--no-mail", "mail", flag_value=HOLD, help="Hold every mail back: it waits, and goes out later.")
    steward = click.option(
        "--all-to-steward", "mail", flag_value=TO_STEWARD, help="A trial run: every mail goes to the data steward instead."
    )
    return hold(steward(function))


def engine_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--engine and --spark-master, as flows.settings.with_options takes them; None where they are not given."""
    engine = click.option("--engine", type=click.Choice(ENGINES), help="What computes (default: the setting engine).")
    master = click.option(
        "--spark-master", metavar="URL", help="spark://host:port, sc://host:port or local[2] (default: the setting spark_master)."
    )
    return engine(master(function))
