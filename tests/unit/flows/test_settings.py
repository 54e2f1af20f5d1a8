"""Settings: defaults, suivi.toml, the environment above it, and one-line errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import WrongUse
from flows.settings import KEYS, load_settings, settings_without_home, with_options

EXAMPLES = {
    "programme_file": "programme.toml",
    "steward_email": "donnees@example.org",
    "sender": "suivi@example.org",
    "smtp_host": "smtp.example.org",
    "smtp_port": "587",
    "smtp_user": "suivi",
    "smtp_password_file": "/run/secrets/smtp",
    "smtp_security": "tls",
    "mail": "hold",
    "engine": "spark",
    "check_engine": "spark",
    "spark_master": "spark://region.example:7077",
    "readers": "4",
    "inbox": "/srv/depot",
    "inbox_key_file": "/etc/suivi/sftp.key",
    "inbox_known_hosts": "/etc/suivi/known_hosts",
    "inbox_endpoint": "https://s3.example.org",
    "senders": "strict",
    "settle_seconds": "30",
    "refuse_above": "0.25",
    "max_file_mb": "10",
    "retention_months": "120",
    "analysts_detail": "true",
    "log_file": "/var/log/suivi/suivi.log",
    "deposit_url": "https://depot.example.org",
    "publisher": "Région Bretagne",
    "publisher_siret": "23350001600040",
}


def test_every_key_of_the_interface_is_known() -> None:
    assert set(KEYS) == set(EXAMPLES)


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert settings.home == tmp_path
    assert settings.inbox == tmp_path / "inbox"
    assert (settings.settle_seconds, settings.refuse_above, settings.max_file_mb) == (2.0, 0.5, 50.0)
    assert settings.programme_file is None


def test_an_inbox_elsewhere_is_brought_to_a_folder_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "suivi.toml").write_text('inbox = "sftp://suivi@depot.example.org/depots"\ninbox_key_file = "secrets/sftp.key"\n')
    settings = load_settings(tmp_path, {})
    assert settings.inbox == tmp_path / "brought" / "inbox" and settings.inbox_shown == "sftp://suivi@depot.example.org/depots"
    assert settings.elsewhere is not None and settings.elsewhere.key_file == tmp_path / "secrets" / "sftp.key"
    here = load_settings(tmp_path, {"SUIVI_INBOX": str(tmp_path / "depot")})
    assert here.elsewhere is None and here.inbox == tmp_path / "depot"


def test_home_is_the_option_then_the_environment_then_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"SUIVI_HOME": str(tmp_path / "env")}
    assert load_settings(tmp_path / "option", environ).home == tmp_path / "option"
    assert load_settings(None, environ).home == tmp_path / "env"
    assert load_settings(None, {}).home == tmp_path / "var"


def test_toml_paths_start_from_the_home(tmp_path: Path) -> None:
    (tmp_path / "suivi.toml").write_text('programme_file = "regles.toml"\ninbox = "depot"\nsettle_seconds = 60\n')
    settings = load_settings(tmp_path, {})
    assert settings.programme_file == tmp_path / "regles.toml"
    assert settings.inbox == tmp_path / "depot"
    assert settings.settle_seconds == 60


@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_overridden_by_its_variable(key: str, tmp_path: Path) -> None:
    written = EXAMPLES[key]
    settings = load_settings(tmp_path, {f"SUIVI_{key.upper()}": written})
    value = getattr(settings, key)
    assert str(value).endswith(written) or value is True or float(value) == float(written)


def test_a_file_saved_with_a_bom_is_read(tmp_path: Path) -> None:
    (tmp_path / "suivi.toml").write_text("refuse_above = 0.3\n", encoding="utf-8-sig")
    assert load_settings(tmp_path, {}).refuse_above == 0.3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("refuse_above = 2", "refuse_above must be a number from 0 to 1"),
        ("refuse_above = true", "refuse_above must be a number"),
        ("analysts_detail = 1", "analysts_detail must be true or false"),
        ('deposit_url = "depot"', "deposit_url must be the address of a page"),
        ('publisher = " "', "publisher must be a name"),
        ('publisher_siret = "20005374200018"', "publisher_siret must be a SIRET"),
        ('analysts_detail = "oui"', "analysts_detail must be true or false"),
        ('settle_seconds = "nan"', "settle_seconds must be a number"),
        ("smtp_port = 0", "smtp_port must be a whole number from 1 to 65535"),
        ("smtp_port = 25.5", "smtp_port must be a whole number"),
        ('smtp_security = "ssl"', "smtp_security must be one of none, starttls, tls"),
        ("inbox = 3", "inbox must be a path"),
        ('inbox = "ftp://depot.example.org/inbox"', "inbox names a place that suivi cannot open"),
        ('inbox = "sftp://suivi:secret@depot.example.org/inbox"', "inbox holds a password or a key: take it out"),
        ('inbox = "sftp://depot.example.org/inbox"', "inbox names no user or no host"),
        ('inbox_endpoint = "s3.example.org"', "inbox_endpoint must be the address of a page"),
        ('sender = "a\\nb"', "sender must be one line"),
        ('sender = "ERN Données"', "sender must be one mail address"),
        ('steward_email = "Données <donnees@example.org>"', "steward_email must be one mail address without a name"),
        ('mail = "non"', "mail must be one of send, hold, steward"),
        ("inbok = 3", "unknown key inbok"),
        ("= 3", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_one_line_that_says_where(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "suivi.toml").write_text(text)
    with pytest.raises(WrongUse) as caught:
        load_settings(tmp_path, {})
    assert told in str(caught.value)
    assert "suivi.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="SUIVI_MAX_FILE_MB must be a number"):
        load_settings(tmp_path, {"SUIVI_MAX_FILE_MB": "beaucoup"})


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(WrongUse, match="not a folder"):
        load_settings(tmp_path / "home", {})


def test_check_needs_no_home() -> None:
    assert settings_without_home({"SUIVI_REFUSE_ABOVE": "0.1"}).refuse_above == 0.1


def test_all_to_the_steward_needs_a_steward(tmp_path: Path) -> None:
    (tmp_path / "suivi.toml").write_text('mail = "steward"\n')
    with pytest.raises(WrongUse, match="set steward_email"):
        load_settings(tmp_path, {})
    assert load_settings(tmp_path, {"SUIVI_MAIL": "hold"}).mail == "hold"
    settings = load_settings(tmp_path, {"SUIVI_STEWARD_EMAIL": "donnees@example.org"})
    assert settings.mail == "steward"
    assert (with_options(settings).mail, with_options(settings, mail="send").mail) == ("steward", "send")
    with pytest.raises(WrongUse, match="set steward_email"):
        with_options(load_settings(tmp_path / "new", {}), mail="steward")
