"""`--debug` on every command: the traceback of an error that is one line otherwise."""

from __future__ import annotations

from typing import Any

import click

_KEY = "suivi.debug"


def _remember(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().meta[_KEY] = True


def _debug_option() -> click.Option:
    return click.Option(
        ["--debug"], is_flag=True, expose_value=False, callback=_remember, help="Show the traceback of an error."
    )


class DebugCommand(click.Command):
    """A command that also takes --debug."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(_debug_option())


class DebugGroup(click.Group):
    """The group, which takes --debug too: `suivi --debug nightly` and `suivi nightly --debug` are the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(_debug_option())


def wants_traceback(context: click.Context) -> bool:
    """True where --debug was given."""
    return bool(context.find_root().meta.get(_KEY))
