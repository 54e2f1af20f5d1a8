"""Which URLs name an inbox elsewhere, and that none may hold a secret."""

from __future__ import annotations

import pytest

from warehouse.intake.elsewhere.address import Address, read_address


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("sftp://suivi@sftp.region.example:2222/depots", Address("sftp", "sftp.region.example", "/depots", "suivi", 2222), None),
        ("sftp://suivi@sftp.region.example/depots/", Address("sftp", "sftp.region.example", "/depots", "suivi"), "sftp://suivi@sftp.region.example/depots"),
        ("sftp://suivi@h", Address("sftp", "h", ".", "suivi"), "sftp://suivi@h/"),
        ("sftp://suivi@h/", Address("sftp", "h", "/", "suivi"), None),
        ("sftp://a%40b@h/d%C3%A9p%C3%B4ts", Address("sftp", "h", "/dépôts", "a@b"), "sftp://a@b@h/dépôts"),
        ("s3://returns", Address("s3", "returns", ""), "s3://returns/"),
        ("s3://returns/in/box/", Address("s3", "returns", "in/box/"), None),
    ],
)
def test_a_url_names_a_place(text: str, address: Address, shown: str | None) -> None:
    assert read_address(text) == address
    assert str(address) == (shown or text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sftp://suivi:hunter2@h/depots", "password"),
        ("sftp://suivi:@h/depots", "password"),
        ("s3://KEY:hunter2@returns/in", "password"),
        ("s3://KEY@returns/in", "password"),
        ("sftp://h/depots", "no user"),
        ("sftp:///depots", "no user"),
        ("sftp://suivi@h:port/depots", "no URL"),
        ("sftp://suivi@h:99999/depots", "no URL"),
        ("sftp://suivi@h/depots?key=hunter2", "no path"),
        ("sftp://suivi@h/depots#a", "no path"),
        ("sftp://suivi@h/a/../b", "`..`"),
        ("sftp://suivi@h/a\nb", "no path"),
        ("s3://", "no bucket"),
        ("s3://Returns/in", "no bucket"),
        ("ftp://suivi@h/depots", "cannot open"),
        ("https://depot.region.example/", "cannot open"),
    ],
)
def test_other_urls_are_refused_without_being_quoted(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_address(text)
    assert said in str(caught.value) and "hunter2" not in str(caught.value)
