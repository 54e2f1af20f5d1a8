"""The page itself: what was read, worded and drawn, put into its template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from expectations.contract.french import number, page_with_french_spaces
from transforms.pages.dashboard import answers, charts, comparison, tables, to_look_at
from transforms.pages.dashboard.download import downloads
from transforms.pages.dashboard.read import Action, Board, Provider, Row, Session, read_board
from transforms.pages.dashboard.small_counts import LEAST_PEOPLE, SUPPRESSED, instead_of, suppressed_columns
from transforms.pages.dashboard.tables import Line, quarter, rows_of
from transforms.pages.templating import SEVERITY_LABELS, euros, month, share, short_day, templates
from warehouse.reference.shapes import LABELS, VIEW_BOX, load_shapes

if TYPE_CHECKING:
    import duckdb

#: from pale to deep; the names in them are dark on the first three, white on the others
_STEPS = 5
#: so many late returns of a provider are listed one by one, the oldest first
LATE_SHOWN = 12
#: what returns are called
KINDS = {
    "apprenants": "apprenants", "suivi": "suivi", "depenses": "dépenses", "actions": "actions", "sessions": "sessions",
    "financements": "financements",
}  # fmt: skip
#: what was decided of a file, and of several
DECISIONS = {
    "accepted": ("pris en entier", "pris en entier"), "partial": ("pris en partie", "pris en partie"),
    "refused": ("refusé", "refusés"), "duplicate": ("déjà reçu", "déjà reçus"), "held": ("mis de côté", "mis de côté"),
}  # fmt: skip


@dataclass(frozen=True)
class MapArea:
    """A department on the map."""

    path: str
    place: Row
    step: int
    x: int
    y: int


def dashboard_files(con: duckdb.DuckDBPyConnection, sentences: Mapping[str, str]) -> dict[str, bytes]:
    """The dashboard, `index.html`, and the files beside it to which it links, by their names.

    Args:
        con: the published warehouse, which is only read.
        sentences: what each rule says, by its id.

    Raises duckdb.Error where that is no warehouse.
    """
    board = read_board(con)
    return {**downloads(board, labels_of(board)), "index.html": _page(board, sentences).encode()}


def _page(board: Board, sentences: Mapping[str, str]) -> str:
    row = answers.headline(board)
    departments = [(place.name or place.level_id, unit) for place, unit in board.places if place.level == "departement"]
    context: dict[str, Any] = {
        "board": board,
        "headline": row,
        "labels": labels_of(board),
        "short_labels": {row.horizon: row.label.removeprefix("à la ") for row in board.horizons},
        "exits": answers.exits(board),
        "years": answers.last_years(board),
        "proof": answers.proof(board),
        "total_unproven": answers.total_unproven,
        "sessions_met": answers.sessions_met,
        "standing": answers.standing,
        "changes": changes_of(board, row),
        "mix": answers.mix(board),
        "money": answers.money(board),
        "duties": answers.duties_today(board),
        "signals": to_look_at.signals(board),
        "signals_shown": to_look_at.SHOWN,
        "tests": to_look_at.tests(board),
        "orders": comparison.orders(board, row) if row else [],
        "outliers": comparison.outliers(board, row) if row else ([], []),
        "comparison": comparison,
        "charts": _charts(board, row),
        "areas": map_areas(place for place, _ in board.places),
        "view_box": VIEW_BOX,
        "sentences": sentences,
        "late_shown": LATE_SHOWN,
        "fragile_below": answers.FRAGILE_BELOW,
        "least_people": LEAST_PEOPLE,
        "suppressed": SUPPRESSED,
        "suppressed_columns": suppressed_columns,
        "instead_of": instead_of,
        "trend": answers.trend,
        "t": tables,
        "t_quarters": tables.by_horizon(board.horizons),
        "kinds": KINDS,
        "decisions": DECISIONS,
        "severities": SEVERITY_LABELS,
        "quarter": quarter,
        "month": month,
        "short": short,
        "rows_of": rows_of,
        "lines_of": lambda provider: lines_of(provider, board, row),
        "programme": Line(board.programme, "programme|", ""),
        "departments": [
            Line(unit, f"departement|{unit.level_id}", escape(name)) for name, unit in departments if rows_of(unit)
        ],
        "departments_of_entry": [
            (f"departement|{unit.level_id}|all", name, unit.entrants) for name, unit in departments if unit.entrants
        ],
        "quarters_of_entry": [
            (f"programme||{cohort}", "Tous" if cohort == "all" else quarter(cohort), mix)
            for cohort, mix in sorted(board.programme.mix.items())
        ],
        "money_lists": money_lists(board),
    }
    return page_with_french_spaces(templates().get_template("dashboard.html.j2").render(context))


@dataclass(frozen=True)
class Change:
    """A figure of the first screen that is not what it was: what it is called, where it is, and how it reads then and now."""

    words: str
    table: str
    key: str
    column: str
    before: str
    after: str


def changes_of(board: Board, headline: Row | None) -> list[Change]:
    """What changed since the earlier release in the figures of the first screen."""
    found = []
    for row in board.changes:
        known = _CHANGES.get((row.indicator, row.column_name))
        if known is None or (row.horizon is not None and (headline is None or row.horizon != headline.horizon)):
            continue
        words, write = known
        if row.horizon is not None:
            words, key = f"{words} {labels_of(board)[row.horizon]}", f"programme||all|{row.horizon}"
        else:
            words, key = (f"{words} ({row.level_id})", row.level_id) if row.level == "call" else (words, "programme||all")
        found.append(Change(words, f"indicators.{row.indicator}", key, row.column_name, write(row.before), write(row.after)))
    return found


_CHANGES: dict[tuple[str, str], tuple[str, Callable[[str], str]]] = {
    ("positive_exit", "leavers"): ("Sortis de formation", lambda text: number(int(text))),
    ("positive_exit", "known"): ("Réponses", lambda text: number(int(text))),
    ("reliability", "floor_rate"): ("Sorties positives, au moins", lambda text: share(float(text))),
    ("reliability", "coverage"): ("Couverture", lambda text: share(float(text))),
    ("positive_exit", "rate"): ("Sorties positives, dans les fichiers", lambda text: share(float(text))),
    ("audience_mix", "entrants"): ("Entrants", lambda text: number(int(text))),
    ("audience_mix", "priority_share"): ("Publics prioritaires", lambda text: share(float(text))),
    ("envelope", "committed"): ("Engagé", lambda text: euros(Decimal(text))),
    ("envelope", "paid"): ("Versé", lambda text: euros(Decimal(text))),
    ("envelope", "justified"): ("Justifié", lambda text: euros(Decimal(text))),
}


def labels_of(board: Board) -> dict[str, str]:
    """What each horizon is called: `à la sortie`, `à 6 mois`."""
    return {row.horizon: row.label if row.label.startswith("à ") else f"à {row.label}" for row in board.horizons}


def map_areas(places: Iterable[Row]) -> list[MapArea]:
    """The departments of the region, shaded by entrants for 10 000 inhabitants in equal steps up to the highest.

    Of places level, level_id, name and entrants_per_10000 (None is no shade) are asked.
    """
    shapes = load_shapes()
    shown = [place for place in places if place.level == "departement" and place.level_id in shapes]
    top = max((place.entrants_per_10000 or 0 for place in shown), default=0)
    return [
        MapArea(
            path=shapes[place.level_id],
            place=place,
            step=min(_STEPS, 1 + int(_STEPS * place.entrants_per_10000 / top)) if place.entrants_per_10000 else 0,
            x=LABELS[place.level_id][0],
            y=LABELS[place.level_id][1],
        )
        for place in shown
    ]


def short(name: str, longest: int = 60) -> str:
    """A name that may be very long, cut for a list, which links to where the whole name is."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


@dataclass(frozen=True)
class Lines:
    """The units in each table of a provider: itself, its actions and its sessions, where there is something to say of them."""

    exits: list[Line]
    quarters: list[Line]
    mix: list[Line]


def lines_of(provider: Provider, board: Board, headline: Row | None) -> Lines:
    """The lines of a provider's tables, each session after its action. Sessions have no quarters: each is a cohort itself.

    How the rate of each came about is told at the headline's horizon.
    """
    lines = [Line(provider.unit, f"provider|{provider.siret}", "Tout l'organisme")]
    for action in provider.actions:
        name = action.money.action_id
        lines.append(Line(action.unit, f"action|/{name}", f"Action <bdi>{escape(name)}</bdi>"))
        lines += [
            _session_line(session, board.ledgers.get((session.unit.level_id, headline.horizon), ()) if headline else ())
            for session in action.sessions
        ]
    exits = [line for line in lines if rows_of(line.unit)]
    return Lines(
        exits=exits,
        quarters=[line for line in exits if line.unit.level != "session"],
        mix=[line for line in lines if line.unit.entrants is not None and line.unit.entrants.entrants],
    )


def money_lists(board: Board) -> list[tuple[str, str, list[tuple[Provider, Action]]]]:
    """What the section on money lists: title, what it means, and the actions, the gravest first."""
    pairs = [(provider, action) for provider in board.providers for action in provider.actions]
    over = [pair for pair in pairs if pair[1].money.over_cap]
    return [
        (
            "Subventions au-dessus du plafond",
            "La convention accorde plus que la règle ne le permet : la marge est négative.",
            sorted(over, key=lambda pair: pair[1].money.cap_headroom),
        ),
        (
            "Versé au-delà de ce qui est justifié",
            "Le solde est négatif : à récupérer si rien d'autre n'est justifié. En cours d'action, c'est souvent une avance.",
            answers.unproven(board),
        ),
    ]


def _session_line(session: Session, ledger: Sequence[Row]) -> Line:
    row = session.row
    where = f", {escape(row.commune)}" if row.commune else ""
    days = f"{short_day(row.starts_on)} – {short_day(row.ends_on)}"
    return Line(
        session.unit, f"session|/{row.session_id}", f"Session <bdi>{escape(row.session_id)}</bdi>", f"{where}, {days}",
        to_look_at.ledger(ledger),
    )  # fmt: skip


def _charts(board: Board, headline: Row | None) -> dict[str, Any]:
    return {
        "exits_by_horizon": charts.exits_by_horizon(board.programme, labels_of(board)),
        "exits_by_cohort": charts.exits_by_cohort(board.programme, headline.horizon) if headline else "",
        "funnel": charts.funnel(
            [found for _, found in comparison.in_funnel(board, headline.horizon)], headline, to_look_at.with_signals(board)
        ) if headline and headline.known else "",
        "mix_by_cohort": charts.mix_by_cohort(
            board.programme, board.target.target_numerator / board.target.target_denominator
        ),
        "payments": {
            row.call_id: charts.payments(row, board.payments.get(row.call_id, ()), board.release.as_of)
            for row in board.envelopes
        },
    }
