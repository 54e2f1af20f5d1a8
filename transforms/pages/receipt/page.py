"""The receipt of a file, for the person who sent it: verdict, what was counted, what to do, each rule once with its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from expectations.contract import Check, Column, Severity, ValueType
from expectations.contract.french import counted, page_with_french_spaces, with_french_spaces
from expectations.contract.returns import RETURNS
from expectations.findings import Findings, Said
from transforms.pages.receipt.wording import (
    Verdict,
    how_to_resend,
    line_ranges,
    verdict,
)
from transforms.pages.templating import return_name, templates
from warehouse.notifications.making_good import MadeGood
from warehouse.notifications.receipt_chain import Link
from warehouse.safe_text import safe_to_show

#: of a rule, and of each remark on it, so many lines (or runs of lines) are named at once, and how many more there are
SHOWN_LINES = 20
#: so many at the most in all, far more than anybody reads: a page of a million numbers would not open
MOST_LINES = 100_000
#: so many remarks on a rule stand in a receipt, and in what goes by mail
MOST_REMARKS, SHOWN_REMARKS = 100, 6
_COLUMN_RULE = re.compile(r"[A-Z]{3}-\d\d[VILA]")
#: what separates, in the sentence of a rule, what is wrong from what to do
_SEPARATOR = " : "
#: the rule of a file without any line of data
_NO_DATA = "FIC-14"


@dataclass(frozen=True)
class FileReceipt:
    """What the receipt of a file says. `received_at` is None for a check before sending.

    `number` is the file's in the ledger, `rejected_name` the name of the file of rejected lines beside the receipt, `sent_before`
    name and moment of the same bytes taken earlier. `placed` says in words where the file lay, `replaced_by` what has replaced
    the same bytes since. `released_from` is the number of the file that was set aside and that the steward accepted as this one,
    `link` the file's link in its provider's chain. `findings` are those that stand, across returns too, `settled` those of the
    file that are settled, `made_good` is by what. `answer` (accepted or rejected) is the steward's about a file set aside,
    `released_as` the number as which it counts.
    """

    name: str
    sha256: str
    kind: str | None
    provider_siret: str | None
    decision: str
    records: int
    accepted: int
    quarantined: int
    blank_lines: int
    findings: Findings
    number: int | None = None
    received_at: datetime | None = None
    rejected_name: str | None = None
    sent_before: tuple[str, datetime] | None = None
    placed: str | None = None
    replaced_by: tuple[str, ...] = ()
    released_from: int | None = None
    link: Link | None = None
    settled: Findings = field(default_factory=lambda: Findings.of(()))
    made_good: MadeGood | None = None
    answer: str | None = None
    released_as: int | None = None


@dataclass(frozen=True)
class Remark:
    """What a rule adds for some of its lines (`écrivez CDI`). `every` names all of them where `where` does not."""

    text: str
    where: str
    every: str = ""


@dataclass(frozen=True)
class BrokenRule:
    """A rule that a file breaks, shown once.

    `where` is empty if the file as a whole breaks it, and `every` names all lines where `where` does not; `column` is None if
    none is concerned, or `wrong` names it.
    """

    rule: str
    wrong: str
    todo: str | None
    example: str
    example_label: str
    column: str | None
    count: int
    where: str
    remarks: tuple[Remark, ...] = ()
    more_remarks: int = 0
    allowed: tuple[tuple[str, str], ...] = ()
    every: str = ""


@dataclass(frozen=True)
class Section:
    """The rules of one severity: title, one line on what they mean for the rows, the rules."""

    title: str
    intro: str
    groups: tuple[BrokenRule, ...] = field(default=())


_TITLES = {Severity.ERROR: "À corriger", Severity.WARNING: "À vérifier", Severity.INFO: "Pour information"}


def receipt_page(
    files: Sequence[FileReceipt], rules: Mapping[str, Check], contact: str | None = None, deposit_url: str | None = None,
    *, is_abridged: bool = False, shown_on: str | None = None,
) -> str:  # fmt: skip
    """The receipt as one HTML page; for several files one page with a list of them on top.

    Args:
        files: at least one.
        rules: every rule by id, for sentences and examples.
        contact: an address to write to, if there is one.
        deposit_url: the page on which files can be checked and sent, if there is one.
        is_abridged: the first lines of each rule alone are named, and how many more there are; otherwise every line is, up to
            MOST_LINES runs of lines.
        shown_on: where that page itself shows this, of what: `check` or `deposit`. It has templates and guide at hand.
    """
    fields = [receipt_fields(file, rules, is_abridged=is_abridged) for file in files]
    is_check = files[0].received_at is None
    html = templates().get_template("receipt.html.j2").render(
        files=fields, contact=contact, is_check=is_check, is_abridged=is_abridged, shown_on=shown_on, deposit_url=deposit_url,
        resend=how_to_resend(sorted({file.kind for file in files if file.kind in RETURNS}), deposit_url),
    )  # fmt: skip
    return page_with_french_spaces(html)


def sections(file: FileReceipt, rules: Mapping[str, Check], *, is_abridged: bool = False) -> list[Section]:
    """What was found, by severity, each rule once, the one with most lines first; less what the verdict says already.

    What is settled comes last, in a section of its own. `is_abridged` as for `receipt_page`.
    """
    found = []
    groups = _groups(file, file.findings, rules, is_abridged)
    for severity, title in _TITLES.items():
        of_severity = tuple(group for group in groups if rules[group.rule].severity is severity)
        if of_severity:
            found.append(Section(title, _intro(file, severity, of_severity), of_severity))
    if settled := _groups(file, file.settled, rules, is_abridged):
        intro = "Un envoi plus récent a corrigé ou retiré cette ligne."
        if not _of_one_line(settled):
            intro = "Des envois plus récents ont corrigé ou retiré ces lignes."
        found.append(Section("Réglé depuis", intro, tuple(settled)))
    return found


def _groups(file: FileReceipt, findings: Findings, rules: Mapping[str, Check], is_abridged: bool) -> list[BrokenRule]:
    """Each rule once, the one with most lines first; less what the verdict says already."""
    in_verdict = _said_in_verdict(file)
    by_rule: dict[str, list[tuple[Said, list[int]]]] = {}
    for said, lines in findings.sayings():
        if at := [line for line in lines if line] if said == in_verdict else lines:
            by_rule.setdefault(said[1], []).append((said, at))
    groups = [_broken_rule(file, rules[rule], found, is_abridged) for rule, found in by_rule.items()]
    return sorted(groups, key=lambda group: (-group.count, group.rule))


def verdict_of(file: FileReceipt, rules: Mapping[str, Check]) -> Verdict:
    """What became of a file, or for a check what would."""
    reason = _said_in_verdict(file)
    rule = rules[reason[1]] if reason else None
    sayings = file.findings.sayings()
    return verdict(
        decision=file.decision,
        is_check=file.received_at is None,
        records=file.records,
        accepted=file.accepted,
        quarantined=file.quarantined,
        to_verify=len({rule for (_, rule, severity, _), _ in sayings if severity != Severity.INFO}),
        made_good=file.made_good if not any(severity == Severity.ERROR for (_, _, severity, _), _ in sayings) else None,
        answer=file.answer,
        released_as=file.released_as,
        why=what_is_wrong(rule) if rule else None,
        todo=_what_to_do(rule) if rule else None,
        detail=_detail(rule, reason[3]) if rule and reason else None,
        sent_before=file.sent_before,
        placed=file.placed,
        is_sent_again=bool(file.replaced_by),
        not_kept=len({line for (_, rule, _, _), at in (*sayings, *file.settled.sayings()) if rule == "LIG-06" for line in at}),
    )


def receipt_fields(file: FileReceipt, rules: Mapping[str, Check], *, is_abridged: bool = False) -> dict[str, Any]:
    """What the templates show of a file: verdict, counts, sections, and the rule that the verdict rests on (`reason`).

    `is_abridged` as for `receipt_page`.
    """
    reason = _said_in_verdict(file)
    contract = RETURNS.get(file.kind or "")
    return {
        "file": file,
        "verdict": verdict_of(file, rules),
        "counted": _counted(file),
        "contract": contract,
        "kinds": list(RETURNS),
        "sections": sections(file, rules, is_abridged=is_abridged),
        "reason": reason[1] if reason else None,
        "is_personal": contract is not None and any(column.personal for column in contract.columns),
        "is_calm": file.decision == "held" or (
            (file.decision in ("accepted", "duplicate") or file.made_good is not None)
            and all(severity == Severity.INFO for (_, _, severity, _), _ in file.findings.sayings())
        ),
        "return_name": return_name(file.kind).capitalize() if contract else None,
    }


def _said_in_verdict(file: FileReceipt) -> Said | None:
    """What the verdict says of the file already: why it was refused or set aside, came before, or has no data."""
    is_told = file.decision in ("refused", "duplicate", "held")
    about_file = (*file.findings.about_file.sayings(), *file.settled.about_file.sayings())
    return next((said for said, _ in about_file if is_told or said[1] == _NO_DATA), None)


def _of_one_line(groups: Sequence[BrokenRule]) -> bool:
    return {(group.count, group.where) for group in groups} == {(1, groups[0].where)}


def _intro(file: FileReceipt, severity: Severity, groups: Sequence[BrokenRule]) -> str:
    """What the rules of this severity mean for the rows that break them."""
    is_refused = file.decision == "refused"
    if severity is Severity.INFO:
        return "Rien d'obligatoire."
    if severity is Severity.WARNING:
        return "Rien de ceci ne cause le refus." if is_refused else "Rien de ceci n'empêche de compter les lignes."
    if is_refused:
        return "Cette ligne est en erreur." if _of_one_line(groups) else "Ces lignes sont en erreur."
    is_, are = ("serait", "seraient") if file.received_at is None else ("est", "sont")
    if _of_one_line(groups):
        return with_french_spaces(f"Cette ligne {is_} rejetée : gardée et signalée, mais pas comptée.")
    return with_french_spaces(f"Ces lignes {are} rejetées : gardées et signalées, mais pas comptées.")


def _counted(file: FileReceipt) -> str:
    """The figures of the file in one sentence; nothing where none was counted."""
    if file.decision == "duplicate" or not (file.records or file.blank_lines):
        return ""
    text = counted(file.records, "ligne de données", "lignes de données")
    if file.decision == "partial":
        text += f" : {counted(file.accepted, 'prise', 'prises')}, {counted(file.quarantined, 'rejetée', 'rejetées')}"
    elif file.decision == "accepted" and file.records > 1:
        text += ", toutes prises"
    blank = f" ; {counted(file.blank_lines, 'ligne vide', 'lignes vides')}" if file.blank_lines else ""
    return with_french_spaces(f"{text}{blank}.")


def _broken_rule(file: FileReceipt, check: Check, found: Sequence[tuple[Said, list[int]]], is_abridged: bool) -> BrokenRule:
    column = find_column(file.kind, check.column)
    lines = [line for _, at in found for line in at if line]
    by_detail: dict[str, list[int]] = {}
    for (*_, message), at in found:
        if detail := _detail(check, message):
            by_detail.setdefault(detail, []).extend(at)
    details = sorted(by_detail.items(), key=lambda item: -len(item[1]))
    shown = details[: SHOWN_REMARKS if is_abridged else MOST_REMARKS]
    remarks = [Remark(with_french_spaces(text), *_where([line for line in at if line], is_abridged)) for text, at in shown]
    where, every = _where(lines, is_abridged)
    is_of_column = _COLUMN_RULE.fullmatch(check.id) is not None
    return BrokenRule(
        rule=check.id,
        wrong=what_is_wrong(check),
        todo=_what_to_do(check),
        example=with_french_spaces(check.example),
        example_label="Exemple juste" if is_of_column else "Exemple fautif",
        column=column.header if column and not is_of_column else None,
        count=len(set(lines)) or sum(len(at) for _, at in found),
        where=where,
        remarks=tuple(remarks),
        more_remarks=len(details) - len(shown),
        allowed=_allowed(column, check) if is_of_column else (),
        every=every,
    )


def _where(lines: Sequence[int], is_abridged: bool) -> tuple[str, str]:
    """The first of these lines, with how many more there are; and all of them, nothing if the first are all or are enough."""
    first = line_ranges(lines, SHOWN_LINES)
    every = "" if is_abridged else line_ranges(lines, MOST_LINES)
    return first, "" if every == first else every


def _allowed(column: Column | None, check: Check) -> tuple[tuple[str, str], ...]:
    """Codes and labels of a column with a list too long for the rule's sentence."""
    if column is None or column.type is not ValueType.CODE or column.codes is None:
        return ()
    in_sentence = all(code in check.sentence for code in column.codes.codes)
    return () if in_sentence else tuple(column.codes.labels.items())


def find_column(kind: str | None, name: str | None) -> Column | None:
    """The column of a return by its English name; None where kind or name is none of the contract's."""
    contract = RETURNS.get(kind or "")
    return next((c for c in contract.columns if c.name == name), None) if contract else None


def reason_held(rules: Mapping[str, Check], rule: str, message: str) -> str:
    """Why a file was set aside: what the rule says is wrong, and what its message adds."""
    check = rules.get(rule)
    if check is None:
        return with_french_spaces(safe_to_show(message))
    detail = _detail(check, safe_to_show(message))
    return " ".join(filter(None, (what_is_wrong(check), detail)))


def what_is_wrong(check: Check) -> str:
    """What is wrong: the rule's sentence up to its first colon."""
    return with_french_spaces(check.sentence.partition(_SEPARATOR)[0].rstrip(".") + ".")


def _what_to_do(check: Check) -> str | None:
    """What to do: the rule's sentence from its first colon on."""
    todo = check.sentence.partition(_SEPARATOR)[2]
    return with_french_spaces(todo[:1].upper() + todo[1:]) or None


def _detail(check: Check, message: str) -> str | None:
    """What a finding's message adds to the rule's sentence."""
    # A sentence kept by an earlier version may read otherwise; what it adds stands behind its first full stop all the same.
    added = message.removeprefix(check.sentence).strip() if message.startswith(check.sentence) else message.partition(". ")[2]
    if added.startswith("(") and added.endswith(")"):
        added = added[1:-1]
        added = added[:1].upper() + added[1:] + "."
    return with_french_spaces(added) or None
