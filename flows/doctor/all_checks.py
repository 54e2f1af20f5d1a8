"""The whole examination: every check in turn, none of which can keep another from being made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flows.doctor import analysts, deposit_page, elsewhere, files, machine, mail, records, senders
from flows.doctor.fault import Check, Fault, HomeToCheck
from flows.errors import WrongUse, described
from flows.lock import holder
from flows.settings import Settings, load_settings

CHECKS: dict[str, Check] = {
    "permissions": files.permissions,
    "leftovers": files.leftovers,
    "inbox": files.inbox,
    "inbox elsewhere": elsewhere.inbox_elsewhere,
    "programme": records.programme,
    "senders": senders.senders,
    "held": senders.held,
    "key": records.key,
    "store": records.store,
    "nights": records.nights,
    "arrivals": records.arrivals,
    "ledger": records.ledger,
    "audit": records.audit,
    "erasures": records.erasures,
    "analysts": analysts.detail,
    "disk": machine.disk,
    "time zone": machine.time_zone,
    "clock": machine.clock,
    "engine": machine.engine,
    "versions": machine.versions,
    "prefect": machine.prefect_home,
    "mail": mail.mail,
    "deposit page": deposit_page.deposit_page,
}


@dataclass(frozen=True)
class CheckResult:
    """A check and what it found."""

    name: str
    faults: tuple[Fault, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing but advice was found."""
        return all(fault.is_advice for fault in self.faults)


def check_home(home: str | Path | None, now: datetime | None = None) -> Iterator[CheckResult]:
    """Examine a home: each check as it is made. Nothing is raised: a setting that cannot be used is one of the findings."""
    try:
        settings = load_settings(home)
        yield CheckResult("settings", ())
    except WrongUse as error:
        where, _, what = str(error).partition(": ")
        yield CheckResult("settings", (Fault("suivi.toml and SUIVI_…", where, what or "mend it"),))
        folder = Path(home or "var").expanduser().absolute()
        settings = Settings(folder, folder / "inbox")  # the rest is looked at with what there is without them
    home_to_check = HomeToCheck(settings, now or datetime.now(UTC), holder(settings.home))
    for name, check in CHECKS.items():
        try:
            yield CheckResult(name, tuple(check(home_to_check)))
        except Exception as error:
            yield CheckResult(name, (Fault(name, f"this check broke: {described(error)}", "tell who looks after suivi"),))
