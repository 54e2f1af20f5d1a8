"""`suivi audit`: leavers drawn to have what was reported of them verified, and what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import Problem, WrongUse, safe_to_show
from flows.settings import load_settings

if TYPE_CHECKING:
    from flows.verification.audits import Drawn, Taken
    from flows.verification.read_sheet import Fault

#: how many faults of a sheet are said one by one
_SHOWN = 30


@click.command("audit", cls=DebugCommand)
@home_option
@click.option("--quarter", metavar="QUARTER", help="Draw leavers of this quarter of leaving, like 2026-Q1.")
@click.option("--n", "size", type=click.IntRange(min=1), help="How many leavers to draw.")
@click.option("--seed", help="What the draw hangs on: a number thrown by dice before witnesses, for instance.")
@click.option("--horizon", type=click.Choice(("SORTIE", "M3", "M6", "M12")), help="Of the situation to verify.  [default: M6]")
@click.option("--out", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), help="Write the sheet there.")
@click.option("--results", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Take what was found from this sheet, a workbook or a CSV.")
@format_option("text", "json", default="text")
def command(
    home: str | None, quarter: str | None, size: int | None, seed: str | None, horizon: str | None, out: Path | None,
    results: Path | None, output_format: str,
) -> None:  # fmt: skip
    """Draw leavers whose situation is to be verified by their employers' word, and take back what was found.

    Without options: list the audits and how each stands. What they measure is in indicators.audited from the next day's night
    on. See docs/audit.md.
    """
    draws = quarter is not None and size is not None and seed is not None
    if not draws and (quarter, size, seed, horizon, out) != (None,) * 5:
        raise WrongUse("to draw, say --quarter, --n and --seed together")
    if draws and results:
        raise WrongUse("--results is about an audit that was drawn: give it alone")
    from flows.verification.audits import audits, draw_audit, take_results

    settings = load_settings(home)
    if results:
        taken = take_results(settings, results)
        _say(_taken_fields(taken), _taken_lines(taken), output_format)
        if taken.faults:
            raise Problem(f"nothing of {safe_to_show(str(results))} was taken: {len(taken.faults)} things are wrong with it")
    elif quarter is not None and size is not None and seed is not None:
        drawn = draw_audit(settings, quarter, size, seed, horizon=horizon or "M6", folder=out)
        _say(_drawn_fields(drawn), _drawn_lines(drawn), output_format)
    else:
        states = audits(settings)
        _say([_fields(state) for state in states], _listed(states), output_format)


def _say(fields: Any, lines: Iterator[str], output_format: str) -> None:
    click.echo(json.dumps(fields, ensure_ascii=False, indent=2) if output_format == "json" else "\n".join(lines))


def _fields(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in state.items()}


def _drawn_fields(drawn: Drawn) -> dict[str, Any]:
    files = {"written": [str(path) for path in drawn.written], "left": [str(path) for path in drawn.left]}
    return {**_fields(drawn.state), "is_new": drawn.is_new, "not_mature": drawn.not_mature, **files}


def _taken_fields(taken: Taken) -> dict[str, Any]:
    state = _fields(taken.state) if taken.state else None
    return {"state": state, "faults": [asdict(fault) for fault in taken.faults], "removed": list(taken.removed)}


def _drawn_lines(drawn: Drawn) -> Iterator[str]:
    state = drawn.state
    yield _state_line(state) if drawn.is_new else f"drawn before with these options: {_state_line(state)}"
    if drawn.not_mature:
        yield f"look: {drawn.not_mature} leavers of {state['quarter']} are not mature yet and could not be drawn"
    if not state["signalled"]:
        why = "nothing is known of signals" if state["signalled"] is None else "no provider has a signal"
        yield f"the whole was drawn by chance: {why}"
    else:
        yield f"half was drawn by chance, half by the signals of {state['signalled']} providers"
    for path in drawn.written:
        yield f"  {safe_to_show(str(path))}   (names learners: for whoever verifies, and nobody else)"
    for path in drawn.left:
        yield f"look: {safe_to_show(str(path))} was there already and is left as it is"


def _taken_lines(taken: Taken) -> Iterator[str]:
    yield from map(_fault_line, taken.faults[:_SHOWN])
    if len(taken.faults) > _SHOWN:
        yield f"… et {len(taken.faults) - _SHOWN} de plus"
    if taken.state:
        yield f"taken: {_state_line(taken.state)}"
        yield "it counts in indicators.audited from tomorrow's night on"
    for name in taken.removed:
        yield f"  {safe_to_show(name)} was removed: everybody is accounted for, and it names learners"


def _fault_line(fault: Fault) -> str:
    where = f"ligne {fault.line}" if fault.line else "la feuille"
    return f"{where}{f', colonne {fault.column}' if fault.column else ''} : {fault.sentence}"


def _listed(states: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from map(_state_line, states)
    if not states:
        yield "no audit was drawn: suivi audit --quarter 2026-Q1 --n 40 --seed TEXT"


def _state_line(state: Mapping[str, Any]) -> str:
    said = [f"{state['confirmed']} confirmed", f"{state['other']} found otherwise", f"{state['unreachable']} out of reach"]
    said += [f"{state['pending']} to verify"] if state["pending"] else []
    said += [f"{state['erased']} erased since"] if state["erased"] else []
    return (
        f"audit {state['audit']}: {state['drawn']} of {state['population']} leavers of {state['quarter']} at {state['horizon']},"
        f" of {state['providers']} providers, as reported by {state['as_of']}, drawn on {state['drawn_on']} with seed"
        f" {safe_to_show(state['seed'])}: {', '.join(said)}"
    )
