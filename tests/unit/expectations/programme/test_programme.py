"""The programme's rules: what the file says, what holds on a day, and what a wrong file is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.contract.codes import code_list
from expectations.programme import Programme, ProgrammeError, in_force, load_programme, load_rules
from expectations.rule_registry import sentence

TEXT = (files("expectations.programme") / "programme.toml").read_text(encoding="utf-8")
DAY = date(2018, 3, 1)


def changed(tmp_path: Path, text: str) -> Programme:
    path = tmp_path / "regles.toml"
    path.write_text(text, encoding="utf-8")
    return load_programme(path)


def test_what_the_programme_says() -> None:
    programme = load_programme()
    assert programme.calls() == ("ERN-2017",)
    assert programme.call_rules[0].envelope_eur == Decimal(1500000)
    assert programme.horizons == code_list("horizon").codes
    windows = {horizon: programme.window(horizon, DAY) for horizon in programme.horizons}
    assert windows == {"SORTIE": (0, 28), "M3": (75, 120), "M6": (150, 240), "M12": (330, 420)}
    assert programme.target_rules == ()  # the Region has set none
    assert programme.skills_gap_rules[0].unfilled_posts == (500, 3000)
    versions = [rule for name, rule in vars(programme).items() if name not in ("fingerprint", "source", "target_rules")]
    assert {rule[0].adopted_on for rule in versions} == {date(2017, 9, 25)}


@pytest.mark.parametrize(
    ("cost", "cap"),
    [("50000", "20000"), ("250000", "100000"), ("250000.01", "100000"), ("400000", "100000"), ("0.01", "0"), ("0.03", "0.01")],
)
def test_grant_cap(cost: str, cap: str) -> None:
    assert load_programme().grant_cap("ERN-2017", Decimal(cost), DAY) == Decimal(cap)


@given(st.decimals("0.01", 10**9, places=2), st.decimals("0.01", 10**6, places=2))
def test_a_grant_is_within_its_cap_where_the_rule_in_whole_cents_says_so(cost: Decimal, grant: Decimal) -> None:
    within = 5 * grant <= 2 * cost and grant <= 100000
    assert (grant <= load_programme().grant_cap("ERN-2017", cost, DAY)) == within


def test_an_unknown_call_has_no_cap() -> None:
    with pytest.raises(KeyError):
        load_programme().grant_cap("ERN-1999", Decimal(1), DAY)


NEW = '\n[[calls]]\nfrom = 2027-01-01\ncall_id = "ERN-2027"\nenvelope_eur = 10.50\ncap_share = [1, 2]\ncap_eur = 5\n'
RAISED = NEW.replace("ERN-2027", "ERN-2017")


def test_versions(tmp_path: Path) -> None:
    programme = changed(tmp_path, TEXT + NEW + RAISED)
    assert programme.calls() == ("ERN-2017", "ERN-2027")
    assert programme.grant_cap("ERN-2017", Decimal(8), date(2026, 12, 31)) == Decimal("3.20")
    assert programme.grant_cap("ERN-2017", Decimal(8), date(2027, 1, 1)) == Decimal(4)
    # the first version counts for what was before it, too
    assert programme.grant_cap("ERN-2027", Decimal(8), date(2015, 1, 1)) == Decimal(4)
    assert in_force(programme.audience_rules, date(1990, 1, 1)).target == (1, 2)


def without_delays(text: str = TEXT) -> str:
    """The programme file as it was when delays and thresholds stood in the code."""
    return text[: text.index("[[awaited]]")]


def test_files_of_before_have_the_delays_of_before(tmp_path: Path) -> None:
    later = "\n[[awaited]]\nfrom = 2027-01-01\nlearners_days = 1\nanswers_days = 2\nexpenses_days = 3\nannounced_days = 4\n"
    now = changed(tmp_path, TEXT + later)
    before = changed(tmp_path, without_delays())
    assert before.awaited_rules == now.awaited_rules[:1] == load_programme().awaited_rules[:1]
    assert before.plausibility_rules == load_programme().plausibility_rules[:1]
    (delays,), (plausible,) = before.awaited_rules, before.plausibility_rules
    assert (delays.learners_days, delays.answers_days, delays.expenses_days, delays.announced_days) == (30, 30, 90, 14)
    assert (plausible.entry_outside_session_days, plausible.headcount_drop, plausible.learners_of_one_situation) == (30, (1, 5), 20)


def test_files_of_before_open_figures_have_the_first_thresholds(tmp_path: Path) -> None:
    block = TEXT[TEXT.index("[[publication]]") : TEXT.index("# What the Region wants")]
    (before,) = changed(tmp_path, TEXT.replace(block, "")).publication_rules
    assert before == load_programme().publication_rules[0]
    assert (before.smallest_count, before.smallest_disabled_in_district, before.smallest_denominator) == (5, 11, 20)


def test_the_sentences_of_rules_name_the_days_of_the_programme() -> None:
    """Where this fails, the programme file has a new version: write its number into the sentence of the rule, too."""
    programme = load_programme()
    delays, plausible = programme.awaited_rules[-1], programme.plausibility_rules[-1]
    lost, of = plausible.headcount_drop
    for rule, said in {
        "RET-01": f"{delays.learners_days} jours", "RET-02": f"{delays.answers_days} jours", "RET-03": f"{delays.expenses_days} jours",
        "APP-52": f"{plausible.entry_outside_session_days} jours", "APP-71": f"{100 * lost // of} %",
    }.items():  # fmt: skip
        assert said in sentence(rule), rule


def test_the_order_of_blocks_is_free_and_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    first = changed(tmp_path, TEXT + RAISED)
    assert changed(tmp_path, RAISED + TEXT) == first
    assert changed(tmp_path, "\ufeff" + (TEXT + RAISED).replace("\n", "\r\n")) == first


def test_the_fingerprint_is_that_of_the_bytes(tmp_path: Path) -> None:
    prints = {changed(tmp_path, text).fingerprint for text in (TEXT, TEXT, TEXT + "\n", TEXT + RAISED)}
    assert prints == {hashlib.sha256(text.encode()).hexdigest()[:12] for text in (TEXT, TEXT + "\n", TEXT + RAISED)}


def line_of(fragment: str, text: str = TEXT) -> int:
    return text[: text.index(fragment)].count("\n") + 1


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (("cap_eur = 100_000", "cap_eur = -1"), "cap_eur", "cap_eur must be an amount"),
        (("cap_eur = 100_000", "cap_eur = 1.005"), "cap_eur", "cap_eur must be an amount"),
        (("cap_eur = 100_000", "cap_eur = true"), "cap_eur", "cap_eur must be an amount"),
        (("cap_eur = 100_000", "cap = 100_000"), "[[calls]]", "lacks cap_eur"),
        (("cap_share = [2, 5]", "cap_share = 0.4"), "cap_share", "a share as two whole numbers"),
        (("cap_share = [2, 5]", "cap_share = [5, 2]"), "cap_share", "a share as two whole numbers"),
        (("target = [1, 2]", "target = [0, 0]"), "target", "a share as two whole numbers"),
        (('"disabled"]', '"old"]'), "priority", "priority has 'old', which is none of women"),
        (("M6 = [150, 240]", "M6 = [240, 150]"), "windows", "windows must be"),
        (("M6 = [150, 240]", "M9 = [150, 240]"), "windows", "windows must be"),
        (('"STAGE", "INCUBATION", "SERVICE', '"STAGE", "CDI", "SERVICE'), "other =", "has CDI, which is in durable already"),
        (('unknown = ["INCONNU"]', "unknown = []"), "[[situations]]", "puts INCONNU in no class"),
        (('"FORMATION_QUALIF", "STAGE", "INCUBATION",\n]', '"INCONNU",\n]'), "positive =", "has INCONNU, which is unknown"),
        (('neutralised = ["NEUTRALISE"]', 'neutralised = "NEUTRALISE"'), "neutralised", "a list of codes"),
        (("unfilled_posts = [500, 3_000]", "unfilled_posts = [3000, 500]"), "unfilled_posts", "a range"),
        (("fewest_heads = 5", "fewest_heads = 0"), "fewest_heads", "above 0"),
        (("fewest_heads = 5", "fewest_heads = 5\nmost_heads = 9"), "most_heads", "is not known here"),
        (("smallest_count = 5", "smallest_count = 0"), "smallest_count", "above 0"),
        (("expenses_days = 90", "expenses_days = -1"), "expenses_days", "above 0"),
        (("headcount_drop = [1, 5]", "headcount_drop = 0.2"), "headcount_drop", "a share as two whole numbers"),
        (("learners_of_one_situation = 20", "learners_alike = 20"), "[[plausibility]]", "lacks learners_of_one_situation"),
        (("[[skills_gap]]", "[[skill_gap]]"), "[[skill_gap]]", "[[skill_gap]] is no rule"),
        (('call_id = "ERN-2017"', 'call_id = " "'), 'call_id = "', "a code"),
        (("[[reporting]]\nfrom = 2017-09-25", "[[reporting]]\nfrom = 2017-09-25T10:00:00"), "from = 2017-09-25T", "a date"),
    ],
)
def test_what_cannot_hold_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], line: str, reason: str) -> None:
    assert change[0] in TEXT
    text = TEXT.replace(*change)
    with pytest.raises(ProgrammeError) as told:
        changed(tmp_path, text)
    assert reason in str(told.value)
    assert f"regles.toml, line {line_of(line, text)}: " in str(told.value)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda text: text + "\n[[calls]", "line 64"),
        (lambda text: "", "line 1: at least one block [[calls]] is needed"),
        (lambda text: text + RAISED.replace("2027-01-01", "2017-09-25"), "is the date of another version"),
        (lambda text: text.replace("[[reporting]]", "[reporting]"), "at least one block [[reporting]] is needed"),
        (lambda text: text + '\n["a\\nb"]\n', "is no rule"),
    ],
)
def test_a_spoilt_file_is_told_in_one_line(tmp_path: Path, spoil: Callable[[str], str], reason: str) -> None:
    with pytest.raises(ProgrammeError) as told:
        changed(tmp_path, spoil(TEXT))
    assert reason.replace("line 64", f"line {TEXT.count(chr(10)) + 2}") in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match=r"cannot be read \(No such file or directory\)"):
        load_programme(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(TEXT.replace("programme", "régional", 1).encode("latin-1"))
    with pytest.raises(ProgrammeError, match="not UTF-8"):
        load_programme(tmp_path / "latin.toml")


# ----------------------------------------------------------------------------------------------------------- the tables


TABLES = {
    "reference.calls": "call_id",
    "reference.horizons": "horizon",
    "reference.situation_classes": "situation",
    "reference.audience_rules": "1",
    "reference.unfilled_posts": "1",
    "reference.reporting_rules": "1",
    "reference.publication_rules": "1",
    "work.awaited_rules": "1",
    "work.plausibility_rules": "1",
}


@pytest.mark.parametrize("day", [date(1, 1, 1), date(2017, 9, 24), date(2026, 12, 31), date(2027, 1, 1), date(2200, 1, 1)])
def test_one_version_is_valid_on_any_day(tmp_path: Path, day: date) -> None:
    blocks = "".join(f"\n[[{part}" for part in TEXT.split("\n[[")[1:])
    with duckdb.connect() as con:
        load_rules(con, changed(tmp_path, TEXT + blocks.replace("2017-09-25", "2027-01-01")))
        for name, key in TABLES.items():
            valid = con.execute(
                f"SELECT {key}, count(*), min(adopted_on) FROM {name} WHERE valid_from <= ? AND (valid_to IS NULL OR ? < valid_to) GROUP BY {key}",
                [day, day],
            ).fetchall()
            assert {row[1:] for row in valid} == {(1, date(2027, 1, 1) if day >= date(2027, 1, 1) else date(2017, 9, 25))}
            every = con.execute(f"SELECT count(DISTINCT {key}), count(*) FROM {name}").fetchone()
            assert every == (len(valid), 2 * len(valid))


def test_the_tables_say_what_the_programme_says() -> None:
    programme = load_programme()
    with duckdb.connect() as con:
        load_rules(con, programme)
        load_rules(con, programme)  # again: made anew, not doubled
        classes = con.execute("SELECT * EXCLUDE (adopted_on, valid_from, valid_to) FROM reference.situation_classes").fetchall()
        assert {row[0]: row[1:] for row in classes}["CDI"] == ("durable", True, True, False, False, True, True, False)
        assert {row[0]: row[1:] for row in classes}["STAGE"] == ("other", True, False, False, False, False, False, False)
        assert sorted(row[0] for row in classes) == sorted(code_list("situation").codes)
        labels = dict(con.execute("SELECT code, label FROM reference.code_lists WHERE code_list = 'sex' ORDER BY position").fetchall())
        assert labels == code_list("sex").labels
        bare = "SELECT count(*) FROM duckdb_columns() WHERE schema_name = 'reference' AND comment IS NULL"
        assert con.execute(bare).fetchone() == (0,)


def test_the_day_before_tomorrow_is_today(tmp_path: Path) -> None:
    """valid_to is the next version's first day, not the day before it."""
    with duckdb.connect() as con:
        load_rules(con, changed(tmp_path, TEXT + RAISED))
        dates = con.execute("SELECT valid_from, valid_to FROM reference.calls ORDER BY valid_from").fetchall()
    assert dates == [(date(1, 1, 1), date(2027, 1, 1)), (date(2026, 12, 31) + timedelta(days=1), None)]


def test_a_target_counts_from_its_first_day_on_and_never_before(tmp_path: Path) -> None:
    blocks = "".join(
        f'\n[[targets]]\nfrom = {day}\nmeasure = "{measure}"\nshare = {share}\n'
        for day, measure, share in (("2027-01-01", "positive_exit", [3, 5]), ("2028-01-01", "positive_exit", [2, 3]),
                                    ("2027-06-01", "response", [4, 5]))
    )  # fmt: skip
    with duckdb.connect() as con:
        load_rules(con, changed(tmp_path, TEXT + blocks))
        found = con.execute("SELECT measure, target_numerator, valid_from, valid_to FROM reference.targets").fetchall()
    assert found == [
        ("positive_exit", 3, date(2027, 1, 1), date(2028, 1, 1)), ("positive_exit", 2, date(2028, 1, 1), None),
        ("response", 4, date(2027, 6, 1), None),
    ]  # fmt: skip
    with pytest.raises(ProgrammeError, match="measure must be one of positive_exit, response"):
        changed(tmp_path, TEXT + blocks.replace("response", "joy"))
