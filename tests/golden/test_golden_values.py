"""The golden values of indicators.md, from CSV files in an inbox through `suivi nightly` to the tables that analysts read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.golden.nights import Home, sirets
from tests.spec.paper import csv_of

pytestmark = pytest.mark.slow

ROUBAIX, GAPS, MIX_A, MIX_B, MIX_C, MIX_D = sirets(6)
LEFT, AT_M6 = "28/09/2018", "01/04/2019"


def learners(siret: str, priority: int, others: int, unknown: int = 0) -> bytes:
    """A session's learners: `priority` from a priority district, `others` from no audience, `unknown` with one NSP."""
    base = f"siret={siret} & sexe=M & eloigne_emploi=NON & mois_sans_emploi=0"
    rows = [f"{base} & id_apprenant=P{i} & qpv=OUI" for i in range(priority)]
    rows += [f"{base} & id_apprenant=O{i}" for i in range(others)]
    rows += [f"{base} & id_apprenant=U{i} & handicap=NSP" for i in range(unknown)]
    return csv_of("apprenants", *rows)


def followups(siret: str, refs: list[str], situations: list[str]) -> bytes:
    rows = [
        f"siret={siret} & id_apprenant={ref} & observe_le={AT_M6} & situation={situation}"
        for ref, situation in zip(refs, situations, strict=True)
    ]
    return csv_of("suivi", *rows)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("golden"))
    everyone = (ROUBAIX, GAPS, MIX_A, MIX_B, MIX_C, MIX_D)
    files = {"actions.csv": csv_of("actions", *(f"siret={s} & subvention=0" for s in everyone))}
    for siret in everyone:
        files[f"{siret}/sessions.csv"] = csv_of("sessions", f"siret={siret} & places=30")
    refs = [f"P{i}" for i in range(24)]
    for siret in (ROUBAIX, GAPS):
        files[f"{siret}/apprenants.csv"] = learners(siret, 24, 0)
    files[f"{ROUBAIX}/suivi.csv"] = followups(ROUBAIX, refs, ["CDI"] * 22 + ["RECHERCHE"] * 2)
    files[f"{GAPS}/suivi.csv"] = followups(GAPS, refs[:20], ["CDI"] * 10 + ["STAGE"] * 8 + ["RECHERCHE"] * 2)
    files[f"{MIX_A}/apprenants.csv"] = learners(MIX_A, 12, 12)
    files[f"{MIX_B}/apprenants.csv"] = learners(MIX_B, 12, 13)
    files[f"{MIX_C}/apprenants.csv"] = learners(MIX_C, 13, 12)
    files[f"{MIX_D}/apprenants.csv"] = learners(MIX_D, 11, 11, 2)
    home.command(files)
    return home


EXIT_COLUMNS = ("rate", "rate_known", "wilson_low", "wilson_high", "bound_low", "bound_high", "response_rate")


@pytest.mark.parametrize(
    ("siret", "expected"),
    [
        (ROUBAIX, (0.916667, 0.916667, 0.741512, 0.976841, 0.916667, 0.916667, 1.0)),
        (GAPS, (0.75, 0.9, None, None, 0.75, 0.916667, 0.833333)),
    ],
)
def test_positive_exits(home: Home, siret: str, expected: tuple[float | None, ...]) -> None:
    found = home.row(
        f"select {', '.join(EXIT_COLUMNS)} from indicators.positive_exit"
        " where level = 'session' and level_id = ? and cohort = 'all' and horizon = 'M6'",
        f"{siret}/S1",
    )
    for value, wanted in zip(found, expected, strict=True):
        assert wanted is None or value == pytest.approx(wanted, abs=5e-7)


@pytest.mark.parametrize(
    ("siret", "verdict"), [(MIX_A, "met"), (MIX_B, "not_met"), (MIX_C, "met"), (MIX_D, "undetermined")]
)
def test_audience_verdicts(home: Home, siret: str, verdict: str) -> None:
    where = "where level = 'session' and level_id = ? and cohort = 'all'"
    assert home.row(f"select verdict from indicators.audience_mix {where}", f"{siret}/S1") == (verdict,)


def test_skills_gap(home: Home) -> None:
    """32 employed M6 leavers in digital jobs here (22 of Roubaix, 10 of the other session); 22 in the golden value."""
    low, high = home.row("select share_low, share_high from indicators.skills_gap")
    assert (low * 3000, high * 500) == pytest.approx((32, 32))


def test_skills_gap_of_22(tmp_path: Path) -> None:
    home = Home(tmp_path)
    refs = [f"P{i}" for i in range(24)]
    home.command(
        {
            "actions.csv": csv_of("actions"),
            "sessions.csv": csv_of("sessions"),
            "apprenants.csv": learners(sirets(1)[0], 24, 0),
            "suivi.csv": followups(sirets(1)[0], refs, ["CDI"] * 22 + ["RECHERCHE"] * 2),
        }
    )
    low, high = home.row("select share_low, share_high from indicators.skills_gap")
    assert round(low, 4) == 0.0073
    assert round(high, 4) == 0.044


def test_caps_and_envelope(tmp_path: Path) -> None:
    home = Home(tmp_path)
    costs = {"A1": "50000", "A2": "250000", "A3": "250000,01", "A4": "400000"}
    home.command(
        {
            "actions.csv": csv_of(
                "actions",
                *(f"numero_action={a} & cout_total={c} & subvention=0" for a, c in costs.items()),
                *(f"numero_action=B{i} & cout_total=250000 & subvention=100000" for i in range(15)),
            )
        }
    )
    caps = home.rows("select action_id, cap from indicators.spend_by_action where action_id like 'A%' order by 1")
    assert caps == [("A1", Decimal(20000)), ("A2", Decimal(100000)), ("A3", Decimal(100000)), ("A4", Decimal(100000))]
    envelope = home.row("select committed, remaining, committed_share, actions_over_cap from indicators.envelope")
    assert envelope == (Decimal(1500000), Decimal(0), 1.0, 0)
