"""The only reader of the environment and of <home>/suivi.toml: one frozen Settings, passed down; and what it names, read."""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from expectations.programme import Programme, ProgrammeError, load_programme
from flows.errors import WrongUse
from transforms.engines.choice import ALL_CORES, DUCKDB, ENGINES, SPARK, EngineChoice
from warehouse.errors import SendersUnusable
from warehouse.intake.elsewhere.address import Address, Elsewhere, brought_inbox, read_address
from warehouse.intake.senders import LEARN, MODES, SenderEntry, read_senders

#: what Great Expectations asks the suites of, if not Spark
PANDAS = "pandas"
#: A file untouched for this long is taken at once; a fresher one is waited for (flows.steps.receive), so that
#: `cp file inbox/ && suivi nightly` takes it in the same night.
SETTLE_SECONDS = 2.0
REFUSE_ABOVE = 0.5
MAX_FILE_MB = 50.0
#: How long what is personal is kept after a session's end (docs/privacy.md): the year of follow-up, then five of control.
RETENTION_MONTHS = 74
#: who grants and publishes (flows.publication), if nothing else is said; the SIRET is of its seat
PUBLISHER, PUBLISHER_SIRET = "Région Hauts-de-France", "20005374200017"
SMTP_SECURITIES = ("none", "starttls", "tls")
#: what becomes of mails: delivered, held back until a night that sends, or all to the steward, for trial runs
SEND, HOLD, TO_STEWARD = "send", "hold", "steward"
MAILS = (SEND, HOLD, TO_STEWARD)
MOST_READERS = 256


@dataclass(frozen=True)
class Settings:
    """Where a night works and how. Paths are absolute. The defaults here are the ones that the README documents.

    `inbox` is the folder that a night takes files from. Where the setting is a URL, `inbox_address` is what it names, and the
    folder is the one to which what lies there is brought.
    """

    home: Path
    inbox: Path
    inbox_address: Address | None = None
    inbox_key_file: Path | None = None
    inbox_known_hosts: Path | None = None
    inbox_endpoint: str | None = None
    programme_file: Path | None = None
    settle_seconds: float = SETTLE_SECONDS
    refuse_above: float = REFUSE_ABOVE
    max_file_mb: float = MAX_FILE_MB
    retention_months: int = RETENTION_MONTHS
    senders: str = LEARN
    steward_email: str | None = None
    sender: str | None = None
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_user: str | None = None
    smtp_password_file: Path | None = None
    smtp_security: str = "starttls"
    mail: str = SEND
    analysts_detail: bool = False
    log_file: Path | None = None
    deposit_url: str | None = None
    publisher: str = PUBLISHER
    publisher_siret: str = PUBLISHER_SIRET
    engine: str = DUCKDB
    check_engine: str = PANDAS
    spark_master: str = ALL_CORES
    readers: int = 1

    @property
    def elsewhere(self) -> Elsewhere | None:
        """The inbox on another machine, None where it is a folder of this one."""
        if self.inbox_address is None:
            return None
        return Elsewhere(self.inbox_address, self.inbox_key_file, self.inbox_known_hosts, self.inbox_endpoint)

    @property
    def inbox_shown(self) -> str:
        """Where files are dropped, as it is shown to people."""
        return str(self.inbox_address or self.inbox)

    @property
    def warehouse(self) -> Path:
        """The file that analysts open."""
        return self.home / "warehouse.duckdb"

    @property
    def dashboard(self) -> Path:
        """The page that managers open."""
        return self.home / "reports" / "index.html"

    @property
    def log(self) -> Path:
        """What nights did and found, for operators to read."""
        return self.log_file or self.home / "suivi.log"

    @property
    def store(self) -> Path:
        """The private store."""
        return self.home / "store.duckdb"


def load_settings(home: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of a home: `home`, else SUIVI_HOME, else ./var; each key of its suivi.toml overridable by SUIVI_<KEY>.

    Paths in suivi.toml are relative to the home, paths in the environment to the current folder.
    Raises WrongUse with one line: what, where, what to do.
    """
    environ = os.environ if environ is None else environ
    folder = Path(home or environ.get("SUIVI_HOME") or "var").expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"home {folder} is not a folder: name a folder with --home or SUIVI_HOME")
    written = _written(folder / "suivi.toml") if folder.is_dir() else {}
    return _settings(folder, written, environ)


def settings_without_home(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings for `suivi check`, which has no home: defaults and environment only. Raises WrongUse."""
    return _settings(Path("var").absolute(), {}, os.environ if environ is None else environ)


def with_options(settings: Settings, **said: str | int | None) -> Settings:
    """The settings with what a command says instead, each under the name of the setting, None for nothing. Raises WrongUse."""
    given: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    return _consistent(replace(settings, **given))


@contextlib.contextmanager
def engines_in_environment(settings: Settings) -> Iterator[None]:
    """What a command says of engines, for load_settings to find for the block.

    Prefect keeps and shows the parameters of flows, and a master's address may hold a token.
    """
    said = {f"SUIVI_{key.upper()}": str(getattr(settings, key)) for key in ("engine", "check_engine", "spark_master", "readers")}
    before = {name: os.environ[name] for name in said if name in os.environ}
    os.environ.update(said)
    try:
        yield
    finally:
        for name in said:
            del os.environ[name]
        os.environ.update(before)


def engine_of(settings: Settings) -> EngineChoice:
    """The engine that runs the models."""
    return EngineChoice(settings.engine, settings.spark_master, settings.home / "spark.log")


def programme_of(settings: Settings) -> Programme:
    """The programme's rules. Raises WrongUse with the file, the line and the reason."""
    try:
        return load_programme(settings.programme_file)
    except ProgrammeError as error:
        raise WrongUse(str(error)) from None


def senders_of(settings: Settings) -> tuple[SenderEntry, ...]:
    """Who may speak for whom, as the home's senders.toml says. Raises WrongUse with the file, the line and the reason."""
    try:
        return read_senders(settings.home)
    except SendersUnusable as error:
        raise WrongUse(str(error)) from None


def _consistent(settings: Settings) -> Settings:
    if settings.mail == TO_STEWARD and not settings.steward_email:
        raise WrongUse("no address to send all mails to: set steward_email in suivi.toml, or SUIVI_STEWARD_EMAIL")
    return settings


def _settings(home: Path, written: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    values: dict[str, Any] = {}
    for key, read in _READERS.items():
        variable = f"SUIVI_{key.upper()}"
        if environ.get(variable):
            values[key] = read(environ[variable], f"environment variable {variable}", Path.cwd())
        elif key in written:
            values[key] = read(written[key], f"{home / 'suivi.toml'}, key {key}", home)
    values.setdefault("inbox", home / "inbox")
    if isinstance(values["inbox"], Address):
        values |= {"inbox_address": values["inbox"], "inbox": brought_inbox(home)}
    return _consistent(Settings(home=home, **values))


def _written(path: Path) -> Mapping[str, Any]:
    """What suivi.toml says; nothing when there is none."""
    try:
        written = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path} is not valid TOML ({error}): mend that line, or remove it to get the default") from None
    except OSError as error:
        raise WrongUse(f"{path} cannot be read ({error.strerror}): give its owner the right to read it") from None
    unknown = sorted(set(written) - set(_READERS))
    if unknown:
        raise WrongUse(f"{path} has an unknown key {unknown[0]}: keys are {', '.join(_READERS)}")
    return written


def _path(value: Any, where: str, base: Path) -> Path:
    if not isinstance(value, str) or not value.strip():
        raise WrongUse(f"{where} must be a path: write it between quotes")
    return base / Path(value).expanduser()


def _inbox(value: Any, where: str, base: Path) -> Path | Address:
    if isinstance(value, str) and "://" in value and not value.startswith("file://"):
        try:
            return read_address(value)
        except ValueError as error:
            raise WrongUse(f"{where} {error}") from None
    return _path(value.removeprefix("file://") if isinstance(value, str) else value, where, base)


def _text(value: Any, where: str, base: Path) -> str:
    if not isinstance(value, str) or any(character in value for character in "\r\n\0"):
        raise WrongUse(f"{where} must be one line of text: write it between quotes")
    return value


def _number(least: float, most: float) -> Callable[[Any, str, Path], float]:
    def read(value: Any, where: str, base: Path) -> float:
        number = _as_float(value)
        if not least <= number <= most:
            raise WrongUse(f"{where} must be a number from {least:g} to {most:g}: write it with a decimal point")
        return number

    return read


def _whole_number(least: int, most: int) -> Callable[[Any, str, Path], int]:
    def read(value: Any, where: str, base: Path) -> int:
        number = _as_float(value)
        if not least <= number <= most or number != int(number):
            raise WrongUse(f"{where} must be a whole number from {least} to {most}: write it without quotes or a decimal point")
        return int(number)

    return read


def _as_float(value: Any) -> float:
    """A number, also one between quotes; NaN, which is in no range, for anything else."""
    try:
        return float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        return float("nan")


def _one_of(*allowed: str) -> Callable[[Any, str, Path], str]:
    def read(value: Any, where: str, base: Path) -> str:
        if value not in allowed:
            raise WrongUse(f"{where} must be one of {', '.join(allowed)}")
        return str(value)

    return read


def _yes_or_no(value: Any, where: str, base: Path) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise WrongUse(f"{where} must be true or false")
    return bool(value == "true")


def _address(value: Any, where: str, base: Path) -> str:
    text = _text(value, where, base).strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text) or parseaddr(text)[1] != text:
        raise WrongUse(f"{where} must be one mail address without a name around it, such as suivi@region.example")
    return text


def _page(value: Any, where: str, base: Path) -> str:
    text = _text(value, where, base).strip()
    if not re.fullmatch(r"https?://[^\s<>\"']+", text):
        raise WrongUse(f"{where} must be the address of a page, such as https://depot.region.example")
    return text


def _siret(value: Any, where: str, base: Path) -> str:
    from stdnum.fr import siret  # no other setting needs it

    text = "".join(_text(value, where, base).split())
    if not siret.is_valid(text):
        raise WrongUse(f"{where} must be a SIRET, 14 digits of which the last is right: write it between quotes")
    return text


def _name(value: Any, where: str, base: Path) -> str:
    text = _text(value, where, base).strip()
    if not text:
        raise WrongUse(f"{where} must be a name: write it between quotes")
    return text


#: key -> reader(value, where it was written, folder that relative paths start from)
_READERS: dict[str, Callable[[Any, str, Path], Any]] = {
    "programme_file": _path,
    "steward_email": _address,
    "sender": _address,
    "smtp_host": _text,
    "smtp_port": _whole_number(1, 65535),
    "smtp_user": _text,
    "smtp_password_file": _path,
    "smtp_security": _one_of(*SMTP_SECURITIES),
    "mail": _one_of(*MAILS),
    "inbox": _inbox,
    "inbox_key_file": _path,
    "inbox_known_hosts": _path,
    "inbox_endpoint": _page,
    "senders": _one_of(*MODES),
    "settle_seconds": _number(0, 86_400),
    "refuse_above": _number(0, 1),
    "max_file_mb": _number(0.001, 2_000),
    # less than the year of follow-up and its last reminder would lose answers that still count
    "retention_months": _whole_number(18, 1_200),
    "analysts_detail": _yes_or_no,
    "log_file": _path,
    "deposit_url": _page,
    "publisher": _name,
    "publisher_siret": _siret,
    "engine": _one_of(*ENGINES),
    "check_engine": _one_of(PANDAS, SPARK),
    "spark_master": _text,
    "readers": _whole_number(1, MOST_READERS),
}

KEYS = tuple(_READERS)
assert set(KEYS) == {field.name for field in fields(Settings)} - {"home", "inbox_address"}
