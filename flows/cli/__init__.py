"""The command `suivi`: one small module a command, one line an error, heavy libraries only inside the command that needs them."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from flows.cli import (
    audit,
    backfill,
    chain,
    check,
    compute,
    demo,
    depot,
    dictionary,
    doctor,
    erase,
    export,
    held,
    mail_test,
    nightly,
    outbox,
    purge,
    rebuild,
    receipt,
    release,
    reminders,
    rules,
    serve,
    sql,
    status,
    synth,
    template,
    watch,
)
from flows.cli.debugging import DebugGroup, wants_traceback
from flows.errors import Problem, described, safe_to_show
from flows.version import version
from warehouse.errors import WarehouseProblem

MODULES = (
    demo, nightly, held, chain, receipt, reminders, check, template, rules, dictionary, sql, export, compute, synth, status,
    outbox, mail_test, serve, depot, watch, backfill, rebuild, release, audit, erase, purge, doctor,
)  # fmt: skip


@click.group(cls=DebugGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version() or "not installed", prog_name="suivi")
def suivi() -> None:
    """Follow-up of digital training: CSV returns in, checked, stored, indicators out."""


for module in MODULES:
    suivi.add_command(module.command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed or errors found, 2 wrong use, 3 another night.

    Without `arguments` it is the process's: it reads sys.argv, and after a night it ends the process itself.
    """
    if arguments is not None:
        return _run(arguments)
    # Imports make half a million objects that stay. By default each 700 of them set off a look for garbage: a fifth of the time.
    gc.set_threshold(100_000, 50, 100)
    code = _run(sys.argv[1:])
    if "prefect" in sys.modules:
        _leave(code)
    return code


def _leave(code: int) -> NoReturn:
    """End the process once everything registered for its end is done.

    Prefect's threads keep the flow, and through it DuckDB's types, alive past the interpreter's own end, and DuckDB then
    prints forty lines about leaks on stderr.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code)


def _run(arguments: Sequence[str]) -> int:
    _make_output_lenient()
    debug = False
    try:
        with suivi.make_context("suivi", list(arguments)) as context:
            debug = wants_traceback(context)
            try:
                result = suivi.invoke(context)
            finally:
                debug = wants_traceback(context)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        return _print_error(error, error.format_message(), 2, debug, hint=_help_hint(error))
    except Problem as error:
        return _print_error(error, str(error), error.exit_code, debug)
    except WarehouseProblem as error:  # its sentence is for people too, and holds no cell
        return _print_error(error, str(error), 1, debug)
    except (KeyboardInterrupt, click.Abort) as error:
        return _print_error(error, "interrupted: run the command again", 1, debug)
    except BrokenPipeError:
        # `suivi sql … | head`: the reader has what it wanted. Without this, Python complains again at exit.
        sys.stdout = None
        return 0
    except Exception as error:
        # Its own text is not shown: it may quote a cell.
        sentence = f"unexpected error, {described(error)}: run again with --debug and send what it says"
        return _print_error(error, sentence, 1, debug)


def _print_error(error: BaseException, sentence: str, code: int, debug: bool, hint: str = "") -> int:
    if debug:
        sys.stderr.write(getattr(error, "details", "") or "".join(traceback.format_exception(error)))
    one_line = " ".join(sentence.split())
    print(f"suivi: {safe_to_show(one_line)}{hint}", file=sys.stderr)
    return code


def _help_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see {context.command_path} --help)" if context is not None else ""


def _make_output_lenient() -> None:
    """A file name in odd bytes, or a terminal in an old encoding, must not end a command with a UnicodeEncodeError."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
