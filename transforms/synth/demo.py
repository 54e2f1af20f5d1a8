"""The content of the demo: twelve invented providers over two nights, with what really happens to returns."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from random import Random

from transforms.synth.meaning import programme_meaning
from transforms.synth.mishaps import decoded_twice, empty_workbook, excel_dates, with_names, without_zeros
from transforms.synth.office_workbook import Lookup, Sheet, ods, return_sheet, xlsx
from transforms.synth.people import Windows, followup, make_followups, make_learner
from transforms.synth.plan import (
    Action,
    Row,
    Session,
    make_action,
    make_actions,
    make_expenses,
    make_fundings,
    working_day,
)
from transforms.synth.providers import Provider, make_providers
from transforms.synth.return_file import FileTruth, ReturnFile
from transforms.synth.style import Style
from transforms.synth.towns import load_towns

Night = dict[str, bytes]

_SEED = 59512
_REGION = "region"
#: where each provider mostly works, and how many learners it has beside those of the sessions made by hand
_SITES = (
    "59512", "59178", "59599", "62498", "59009", "62160", "62193", "59606", "80021", "02381", "60159", "80001",
)  # fmt: skip
_LEARNERS = (60, 58, 84, 92, 74, 66, 88, 80, 96, 78, 82, 90)
#: how each office writes
_STYLES = (
    Style(),
    Style("cp1252", titles="alias", amounts="spaces"),
    Style("utf-8", newline="\n", dates="%Y-%m-%d"),
    Style("cp1252", titles="capitals", flags=("Oui", "Non", "?")),
    Style("utf-8-sig", commented=True),
    Style("cp1252", preamble=("Retour des organismes – label ERN", "", ""), dates="%d-%m-%Y"),
    Style("cp1252", codes="label", amounts="euros", quote_all=True),
    Style("utf-16", "\t", titles="alias"),
    Style("utf-8", ",", dates="%Y-%m-%d", amounts="point", flags=("1", "0", "?")),
    Style(),
    Style("utf-8-sig", shuffled=True, trailing=2, codes="lower", spaced_siret=True),
    Style("mixed", commented=True, dates="%d.%m.%Y", amounts="dots"),
)
_KINDS = ("sessions", "apprenants", "suivi", "depenses")
#: Two send workbooks. What the first one's notes say stays on its own sheet: people write down whom to call.
_IN_ONE, _ONE_EACH = 2, 7
_WITH_WORKBOOKS = (_IN_ONE, _ONE_EACH)
#: whose learners are spoilt, and the one session that misses the target of half
_SPOILT, _SHORT = 12, "DOUAI-MIXITE"
_FLAGS = ("is_dropout", "is_far_from_employment", "is_qpv_resident", "is_rural_resident", "is_disabled")
#: months without a job from which somebody counts as far from employment, whatever the flag says
_LONG_WITHOUT_JOB = 12
_SHEETS = {"sessions": "Sessions", "apprenants": "Apprenants", "suivi": "Suivi", "depenses": "Dépenses"}
_NOTES = (("À faire",), ("Rappeler Mme LEPINOY au sujet de son contrat",), ("Facture du traiteur : attendre le montant",))
_REGION_STYLE = Style("cp1252", amounts="spaces")
_NAMES = (
    "{kind}.csv", "Retour {kind} {year}.csv", "{kind}_{year}_VF.csv", "export-{kind}.csv", "{KIND}.CSV", "{kind} v2.csv",
)  # fmt: skip


@dataclass
class _Office:
    """A provider and everything it has to tell, before it is written down."""

    provider: Provider
    style: Style
    actions: list[Action] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    learners: list[Row] = field(default_factory=list)
    followups: list[Row] = field(default_factory=list)
    expenses: list[Row] = field(default_factory=list)
    fundings: list[Row] = field(default_factory=list)

    def rows(self, kind: str) -> list[Row]:
        """The rows of one of the four returns that providers send."""
        return {
            "sessions": self.sessions,
            "apprenants": self.learners,
            "suivi": self.followups,
            "depenses": self.expenses,
        }[kind]

    def path(self, kind: str, today: date) -> str:
        """The name that this office gives a file."""
        name = _NAMES[self.provider.number % len(_NAMES)].format(kind=kind, KIND=kind.upper(), year=today.year)
        return f"{self.provider.folder}/{name}"


def _written(kind: str, rows: Sequence[Row], style: Style, rng: Random, dirty: float = 0.0) -> tuple[bytes, list[bool]]:
    """The bytes of a return, and of each row whether it must be accepted."""
    stream = io.BytesIO()
    file = ReturnFile(stream, FileTruth("", kind, None, style), dirty=dirty, rng=rng)
    accepted = [file.add(row)[1] for row in rows]
    file.close()
    return stream.getvalue(), accepted


def _in_workbooks(office: _Office, today: date, rng: Random) -> Night:
    """The returns of an office that keeps them in a spreadsheet: all in one .xlsx and its notes, or an .ods each."""
    name, year = office.provider.name, today.year
    sheets = {}
    for kind in _KINDS:
        rows = office.rows(kind)
        if kind == "depenses" and office.provider.number == _IN_ONE:
            rows = [*rows, _unknown_amount(rows[-1])]
        title = f"{name} – {_SHEETS[kind].lower()} {year}"
        sheets[kind] = return_sheet(_SHEETS[kind], kind, rows, office.style, rng, title)
    if office.provider.number == _IN_ONE:
        return {f"{office.provider.folder}/Retours {year}.xlsx": xlsx([*sheets.values(), Sheet("Notes", _NOTES)])}
    return {str(PurePosixPath(office.path(kind, today)).with_suffix(".ods")): ods([sheet]) for kind, sheet in sheets.items()}


def _unknown_amount(row: Row) -> Row:
    """A document more, whose amount is looked up where it is not yet."""
    return {**row, "document_ref": f"{row['document_ref']}-BIS", "amount_eur": Lookup('=VLOOKUP("BIS",Notes!A1:B9,2,FALSE)')}


def _session(provider: Provider, name: str, site: str, starts_on: date, ends_on: date, size: int) -> Session:
    row = {
        "provider_siret": provider.siret,
        "action_id": "",
        "session_id": name,
        "commune_code": site,
        "starts_on": working_day(starts_on),
        "ends_on": working_day(ends_on),
        "seats": size,
    }
    return Session(row, size)


def _action(provider: Provider, number: int, sessions: list[Session], rng: Random, **values: object) -> Action:
    action_id = f"HDF-{provider.number:03d}-{number:02d}"
    for session in sessions:
        session.row["action_id"] = action_id
    action = make_action(provider, action_id, sessions, rng)
    action.row.update(values)
    return action


def _roubaix(office: _Office, today: date, windows: Windows, rng: Random) -> None:
    """The session of Roubaix: 24 leavers, 22 of them in digital jobs after six months, 2 still looking."""
    towns = load_towns()
    session = _session(
        office.provider,
        "ROUBAIX-1",
        "59512",
        today - timedelta(days=450),
        today - timedelta(days=_days_to_m6(windows)),
        24,
    )
    office.actions.append(_action(office.provider, 90, [session], rng, title="Développeur web et web mobile"))
    office.sessions.append(session.row)
    jobs = ["CDI"] * 11 + ["CDD_6P"] * 6 + ["PROFESSIONNALISATION"] * 2 + ["CREATION"] * 2 + ["CDD_6M"]
    situations = [*jobs, "RECHERCHE", "RECHERCHE"]
    for number, situation in enumerate(situations, start=1):
        learner = make_learner(session, number, today, towns, rng)
        result = "OBTENUE" if number <= 19 else "PARTIELLE"
        ends_on = session.ends_on
        learner |= {
            "left_on": ends_on,
            "completion": "TERMINE",
            "certification": result,
            "entered_on": session.starts_on,
        }
        office.learners.append(learner)
        for horizon, (first, last) in windows.items():
            observed_on = ends_on + timedelta(days=(first + last) // 2)
            if (today - ends_on).days > last:
                known = situation if horizon == "M6" or number % 3 else "RECHERCHE"
                row = followup(learner, horizon, observed_on, known, rng)
                row["is_digital_job"] = "NON" if known == "RECHERCHE" else "OUI"
                office.followups.append(row)


def _days_to_m6(windows: Windows) -> int:
    """Days since leaving for which M6 is mature, and M12 not open yet."""
    return (windows["M6"][1] + windows["M12"][0]) // 2


def _short_of_half(office: _Office, today: date, rng: Random) -> None:
    """A session with 12 learners of the priority audiences among 25, every flag known."""
    towns = load_towns()
    starts_on = today - timedelta(days=95)
    session = _session(office.provider, _SHORT, "59178", starts_on, today + timedelta(days=60), 25)
    office.actions.append(_action(office.provider, 90, [session], rng))
    office.sessions.append(session.row)
    for number in range(1, 26):
        learner = make_learner(session, number, today, towns, rng)
        learner |= dict.fromkeys(_FLAGS, "NON") | {"sex": "M", "months_without_job": rng.randint(0, 9)}
        learner |= dict.fromkeys(("left_on", "completion", "certification")) | {"entered_on": session.starts_on}
        if number <= 6:
            learner["sex"] = "F"
        elif number <= 12:
            learner[_FLAGS[number % len(_FLAGS)]] = "OUI"
        office.learners.append(learner)


def _keep_targets(office: _Office) -> None:
    """Let no other session miss the target of half by chance, which hangs on the day of the demo: some learners live in a QPV."""
    entrants: dict[str, list[Row]] = {}
    for learner in office.learners:
        if learner["completion"] != "ANNULE" and learner["session_id"] != _SHORT:
            entrants.setdefault(learner["session_id"], []).append(learner)
    for learners in entrants.values():
        spare = len(learners) // 4 if office.provider.number == _SPOILT else 0  # so many may be lost to errors
        known = [one for one in learners if one["sex"] == "M" and not any(one[flag] != "NON" for flag in _FLAGS)]
        outside = [one for one in known if (one["months_without_job"] or 0) < _LONG_WITHOUT_JOB]
        while outside and 2 * len(outside) > len(learners) - spare:
            outside.pop()["is_qpv_resident"] = "OUI"


def _over_the_cap(office: _Office, today: date, windows: Windows, rng: Random) -> None:
    """An action that costs 50 000 EUR with a grant of 25 000 EUR, where 20 000 EUR is the most."""
    towns = load_towns()
    session = _session(
        office.provider, "TOURCOING-9", "59599", today - timedelta(days=150), today - timedelta(days=30), 14
    )
    values = {"total_cost_eur": Decimal("50000.00"), "grant_eur": Decimal("25000.00"), "title": "Testeur logiciel"}
    office.actions.append(_action(office.provider, 90, [session], rng, **values))
    office.sessions.append(session.row)
    for number in range(1, 15):
        learner = make_learner(session, number, today, towns, rng)
        office.learners.append(learner)
        office.followups += make_followups(learner, today, windows, rng, told_unknown=1)


def _forgotten(office: _Office, today: date, rng: Random) -> None:
    """A session that began long ago and whose learners nobody has sent."""
    session = _session(
        office.provider, "COMPIEGNE-OUBLI", "60159", today - timedelta(days=130), today + timedelta(days=20), 16
    )
    office.actions.append(_action(office.provider, 90, [session], rng))
    office.sessions.append(session.row)


def _without_expenses(office: _Office, today: date, windows: Windows, rng: Random) -> None:
    """An action whose only session ended four months ago, of a provider that has not sent one expense."""
    towns = load_towns()
    session = _session(
        office.provider, "AMIENS-3", "80021", today - timedelta(days=260), today - timedelta(days=125), 10
    )
    office.actions.append(_action(office.provider, 90, [session], rng))
    office.sessions.append(session.row)
    for number in range(1, 11):
        learner = make_learner(session, number, today, towns, rng)
        office.learners.append(learner)
        office.followups += make_followups(learner, today, windows, rng, told_unknown=1)


def _with_a_slip_a_session(rows: Sequence[Row]) -> list[Row]:
    """The same learners, but for the last digit of the SIRET in the first row of each session, which was mistyped."""
    made, seen = [], set()
    for row in rows:
        siret = str(row["provider_siret"])
        is_first = row["session_id"] not in seen
        seen.add(row["session_id"])
        made.append({**row, "provider_siret": siret[:-1] + str((int(siret[-1]) + 1) % 10)} if is_first else row)
    return made


def _orphans(office: _Office, today: date, rng: Random) -> list[Row]:
    """Follow-ups of a session that is in no return."""
    towns = load_towns()
    unknown = _session(
        office.provider, "CALAIS-7", "62193", today - timedelta(days=400), today - timedelta(days=200), 12
    )
    rows = []
    for number in range(1, 13):
        learner = make_learner(unknown, number, today, towns, rng)
        observed_on = unknown.ends_on + timedelta(days=rng.randint(80, 115))
        rows.append(followup(learner, "M3", observed_on, rng.choice(("CDI", "CDD_6M", "RECHERCHE")), rng))
    return rows


def _with_gaps(rows: Sequence[Row]) -> list[Row]:
    """Follow-ups without a third of the answers after six months."""
    return [row for n, row in enumerate(rows) if row["horizon"] != "M6" or n % 3]


def _offices(today: date, windows: Windows, rng: Random) -> list[_Office]:
    offices = []
    towns = load_towns()
    parts = zip(make_providers(len(_SITES), _SEED), _STYLES, _SITES, _LEARNERS, strict=True)
    for provider, style, site, learners in parts:
        office = _Office(provider, style)
        for action in make_actions(provider, learners, today, towns, rng, site):
            office.actions.append(action)
            for session in action.sessions:
                office.sessions.append(session.row)
                office.learners += [make_learner(session, n, today, towns, rng) for n in range(1, session.size + 1)]
        for learner in office.learners:
            office.followups += make_followups(learner, today, windows, rng, told_unknown=1)
        offices.append(office)
    _roubaix(offices[0], today, windows, rng)
    _short_of_half(offices[1], today, rng)
    _over_the_cap(offices[2], today, windows, rng)
    _forgotten(offices[10], today, rng)
    _without_expenses(offices[8], today, windows, rng)
    offices[7].followups = _with_gaps(offices[7].followups)
    for office in offices:
        _keep_targets(office)
        for action in office.actions:
            office.expenses += make_expenses(action, today, rng)
            office.fundings += make_fundings(action, today, rng)
    return offices


# ------------------------------------------------------------------------------------------------------- two nights


def demo_nights(today: date) -> list[Night]:
    """The files of two nights, received on that day: bytes by path relative to the inbox, the same for the same day.

    Night 1: actions and payments from the Region, and twelve providers with about 1 000 learners, dirty on purpose, two of them
    in workbooks. Night 2: two corrections and a file sent twice.
    """
    rng = Random(_SEED)
    offices = _offices(today, programme_meaning(today).windows, rng)
    first: Night = {
        f"{_REGION}/actions {today.year}.csv": _written(
            "actions", [a.row for o in offices for a in o.actions], _REGION_STYLE, rng
        )[0],
        f"{_REGION}/financements {today.year}.csv": _written(
            "financements", [row for o in offices for row in o.fundings], _REGION_STYLE, rng
        )[0],
    }
    accepted: list[bool] = []
    for number, office in enumerate(offices, start=1):
        if number in _WITH_WORKBOOKS:
            first |= _in_workbooks(office, today, rng)
            continue
        for kind in _KINDS:
            style, dirty, rows = office.style, 0.0, office.rows(kind)
            if number == 6 and kind == "depenses":
                style = Style()
            elif number == 9 and kind == "depenses":
                rows = []
            elif number in (3, 11) and kind == "suivi":
                dirty = 0.04
            elif number == _SPOILT and kind == "apprenants":
                dirty, rows = 0.12, _with_a_slip_a_session(rows)
            data, verdicts = _written(kind, rows, style, rng, dirty)
            if number == _SPOILT and kind == "apprenants":
                accepted = verdicts
            first[office.path(kind, today)] = data
    second = _second_night(offices, first, accepted, today, rng)
    _spoil(offices, first, today, rng)
    return [first, second]


def _spoil(offices: list[_Office], night: Night, today: date, rng: Random) -> None:
    """What went wrong with whole files on the first night."""
    terrils, pevele, boulonnais, opale, thierache = (offices[n - 1] for n in (4, 5, 6, 7, 10))
    night[terrils.path("depenses", today)] = empty_workbook("Dépenses")
    night[pevele.path("depenses", today)] = decoded_twice(night[pevele.path("depenses", today)])
    night[boulonnais.path("depenses", today)] = excel_dates(night[boulonnais.path("depenses", today)], 3)
    night[f"{opale.provider.folder}/suivi session Calais.csv"] = _written(
        "suivi", _orphans(opale, today, rng), replace(opale.style, quote_all=False), rng
    )[0]
    learners, sessions = thierache.path("apprenants", today), thierache.path("sessions", today)
    night[learners] = without_zeros(with_names(night[learners], rng))
    night[sessions] = without_zeros(night[sessions])


def _second_night(offices: list[_Office], first: Night, accepted: list[bool], today: date, rng: Random) -> Night:
    """One session's learners again, put right and one fewer; a workbook sent as CSV this time; a file sent twice."""
    roubaix, terrils, correcting = offices[0], offices[3], offices[11]
    spoilt = [
        row["session_id"] for row, is_accepted in zip(correcting.learners, accepted, strict=True) if not is_accepted
    ]
    session = max(sorted(set(spoilt)), key=spoilt.count)
    rows = [row for row in correcting.learners if row["session_id"] == session]
    corrected, _ = _written("apprenants", rows[:-1], correcting.style, rng)
    return {
        f"{correcting.provider.folder}/apprenants {session} corrigé.csv": corrected,
        f"{terrils.provider.folder}/depenses (CSV).csv": first[terrils.path("depenses", today)],
        f"{roubaix.provider.folder}/suivi - Copie.csv": first[roubaix.path("suivi", today)],
    }
