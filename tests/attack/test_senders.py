"""Nobody writes in another's name: what came from the wrong folder is held, and counts for nothing until the steward says so."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.attack.homes import OF_A, STEWARD, STRANGER, A, B, Home
from tests.attack.scenes import Impersonated, Returned, figures
from tests.spec.paper import csv_of

case = pytest.mark.case
Seen = Callable[[str], None]


@case(1, "B sends A's answers: no longer anybody in work", "accepted; A's rate 1.0 -> 0.0")
def test_answers(impersonated: Impersonated, seen: Seen) -> None:
    decision, rate = impersonated.night.decision("boreal/suivi.csv"), impersonated.after.rate_of_a
    seen(f"{decision}; A's rate {impersonated.before.rate_of_a} -> {rate}")
    assert (decision, rate) == ("held", impersonated.before.rate_of_a)


@case(1, "B sends A's list of learners: one is left", "accepted; A's learners 7 -> 1")
def test_learners(impersonated: Impersonated, seen: Seen) -> None:
    decision = impersonated.night.decision("boreal/apprenants.csv")
    seen(f"{decision}; A's learners {impersonated.before.learners_of_a} -> {impersonated.after.learners_of_a}")
    assert (decision, impersonated.after.learners_of_a) == ("held", impersonated.before.learners_of_a)


@case(1, "B sends A's expenses: one euro", "accepted; settlement due to A 20 000 -> 0.40")
def test_expenses(impersonated: Impersonated, seen: Seen) -> None:
    decision = impersonated.night.decision("boreal/depenses.csv")
    seen(f"{decision}; settlement due to A {impersonated.before.due_to_a} -> {impersonated.after.due_to_a}")
    assert (decision, impersonated.after.due_to_a) == ("held", impersonated.before.due_to_a)


@case(1, "B sends a grant agreement: ten times its own grant", "accepted; B's grant 10 000 -> 100 000")
def test_grant(impersonated: Impersonated, seen: Seen) -> None:
    decision = impersonated.night.decision("boreal/actions.csv")
    seen(f"{decision}; B's grant {impersonated.before.grant_of_b} -> {impersonated.after.grant_of_b}")
    assert (decision, impersonated.after.grant_of_b) == ("held", impersonated.before.grant_of_b)


@case(1, "B changes A's address in that agreement", "A's mail went to the stranger the same night")
def test_address(impersonated: Impersonated, seen: Seen) -> None:
    to = sorted(set(impersonated.night.recipients()))
    seen(f"mails to {', '.join(to)}")
    assert STRANGER not in to
    assert OF_A in to


@case(1, "B books a payment to itself", "accepted; paid to B 1 000 -> 100 000")
def test_payment(impersonated: Impersonated, seen: Seen) -> None:
    decision = impersonated.night.decision("boreal/financements.csv")
    seen(f"{decision}; paid to B {impersonated.before.paid_to_b} -> {impersonated.after.paid_to_b}")
    assert (decision, impersonated.after.paid_to_b) == ("held", impersonated.before.paid_to_b)


@case(1, "A's answers from the inbox itself, and from folders Opale, boreal/opale and `opale `", "accepted, all four")
def test_like_folders(impersonated: Impersonated, seen: Seen) -> None:
    names = ("depot.csv", "Opale/suivi.csv", "boreal/opale/suivi.csv", "opale /suivi.csv")
    decisions = [impersonated.night.decision(name) for name in names]
    seen(", ".join(decisions))
    assert set(decisions) == {"held"}


@case(1, "B's files make A look careless", "they counted among A's files, with what was wrong in them")
def test_marks(impersonated: Impersonated, seen: Seen) -> None:
    (own,) = impersonated.home.row(
        "SELECT count(*) FROM quality.findings AS f JOIN quality.files AS s USING (submission_id) WHERE f.provider_siret = ?"
        " AND f.severity = 'warning' AND f.resolved_at IS NULL AND s.decision <> 'held'", A,
    )  # fmt: skip
    warnings = impersonated.home.one("SELECT open_warnings FROM quality.provider_scores WHERE provider_siret = ?", A)
    files = impersonated.after.files_of_a - impersonated.before.files_of_a
    seen(f"A's score: {files} more files, 3 of them its own; {warnings} warnings, {own} of them about its own files")
    assert (files, warnings) == (3, own)


@case(1, "a held agreement makes a SIRET known to the programme", "it was taken, so it did")
def test_held_agreement_is_not_known(impersonated: Impersonated, seen: Seen) -> None:
    rules = {rule for (rule,) in impersonated.home.rows(
        "SELECT rule FROM quality.findings JOIN quality.files USING (submission_id) WHERE file_name = 'zeta/depenses.csv'")}  # fmt: skip
    seen(f"said of the unknown provider's file: {', '.join(sorted(rules)) or 'nothing'}")
    assert "FIC-07" in rules


@case(1, "A and the steward learn of it the same night", "A's mail, at the stranger's, told of its file as of any other")
def test_told(impersonated: Impersonated, seen: Seen) -> None:
    telling = sorted(to for to, text in impersonated.mails.items() if "boreal/suivi.csv" in text)
    seen(f"boreal/suivi.csv is named in the mails to {', '.join(telling) or 'nobody'}")
    assert telling == [OF_A, STEWARD]
    assert "suivi held accept" in impersonated.mails[STEWARD]


@case(1, "what is held is listed, and can be turned down", "no such command")
def test_listed(impersonated: Impersonated, seen: Seen) -> None:
    seen(f"held: exit {impersonated.listed.code}; reject: exit {impersonated.rejected.code}")
    assert (impersonated.listed.code, impersonated.rejected.code) == (0, 0)
    assert all(name in impersonated.listed.out for name in ("boreal/suivi.csv", "boreal/actions.csv", "depot.csv"))


@case(1, "A sends an original again after a correction", "duplicate, « vous n'avez rien à faire »; nothing of it counts, for good")
def test_sent_again(returned: Returned, seen: Seen) -> None:
    seen(f"{returned.resent}; accept: exit {returned.accepted.code}; due to A {returned.after.due_for_a2} -> {returned.at_last.due_for_a2}")
    assert returned.resent == "held"
    assert returned.home.rows("SELECT rule FROM quality.findings JOIN quality.files USING (submission_id) WHERE file_name = ? AND rule = 'FIC-18'", "opale/depenses-a2-encore.csv")
    assert (returned.after.due_for_a2, returned.at_last.due_for_a2) == (1600, 16000)


@case(1, "a file nobody sent stands out in A's chain", "no such command")
def test_chain(returned: Returned, seen: Seen) -> None:
    found = [name for name in ("opale/suivi.csv", "opale/depenses-a2-corrige.csv") if name in returned.chain.out]
    seen(f"exit {returned.chain.code}, names {len(found)} of 2 files, {len(re.findall(r'[0-9a-f]{12,}', returned.chain.out))} hashes")
    assert (returned.chain.code, len(found)) == (0, 2)
    assert "boreal/suivi.csv" not in returned.chain.out


@case(1, "strict, and no senders.toml", "no such setting; all was taken")
def test_strict(copy: Home, seen: Seen) -> None:
    before = figures(copy)
    copy.drop({"opale/suivi.csv": csv_of("suivi", "situation=RECHERCHE"), "region/actions.csv": csv_of("actions", f"siret={B} & numero_action=B1")})
    night = copy.run("nightly", SUIVI_SENDERS="strict")
    lines = [line for line in night.out.splitlines() if "senders = strict" in line]
    decisions = {decision for (decision,) in copy.rows("SELECT decision FROM quality.files ORDER BY submission_id DESC LIMIT 2")}
    seen(f"{', '.join(sorted(decisions))}; said in {len(lines)} lines")
    assert (night.code, decisions, figures(copy)) == (0, {"held"}, before)
    assert len(lines) == 1


@case(1, "senders off", "no such setting")
def test_off(copy: Home, seen: Seen) -> None:
    night = copy.nightly({"boreal/suivi.csv": csv_of("suivi", "situation=RECHERCHE")}, SUIVI_SENDERS="off")
    said = [line for line in copy.run("doctor", SUIVI_SENDERS="off").out.splitlines() if "senders" in line]
    seen(f"{night.decision('boreal/suivi.csv')}; doctor: {said[0] if said else 'silent'}")
    assert night.decision("boreal/suivi.csv") == "accepted"
    assert said


@case(1, "senders.toml says that B alone speaks for A's SIRET", "no such file was read")
def test_senders_file_comes_first(copy: Home, seen: Seen) -> None:
    (copy.folder / "senders.toml").write_text(f'[[sender]]\nfolder = "boreal"\nsirets = ["{A}", "{B}"]\n', encoding="utf-8")
    night = copy.nightly({"opale/suivi.csv": csv_of("suivi", "situation=RECHERCHE"), "boreal/suivi.csv": csv_of("suivi")})
    decisions = [night.decision(f"{folder}/suivi.csv") for folder in ("opale", "boreal")]
    seen(f"from opale {decisions[0]}, from boreal {decisions[1]}")
    assert decisions == ["held", "accepted"]


@case(1, "senders.toml is damaged", "no such file was read")
def test_senders_file_damaged(copy: Home, seen: Seen) -> None:
    (copy.folder / "senders.toml").write_text('[[sender]]\nfolder = "opale\n', encoding="utf-8")
    night = copy.nightly({"boreal/suivi.csv": csv_of("suivi", "situation=RECHERCHE")})
    seen(f"exit {night.code}, {night.err.count(chr(10))} lines, the file is {'still there' if _is_there(copy) else 'taken'}")
    assert (night.code, _is_there(copy)) == (2, True)
    assert "senders.toml" in night.err


def _is_there(home: Home) -> bool:
    return (home.folder / "inbox" / "boreal" / "suivi.csv").exists()

