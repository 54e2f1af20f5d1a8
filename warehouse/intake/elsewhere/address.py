"""Where an inbox elsewhere is: the URL of the setting, taken apart, and nothing secret in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

SFTP, S3 = "sftp", "s3"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
SFTP_PORT = 22


@dataclass(frozen=True)
class Address:
    """`sftp://user@host:port/path` or `s3://bucket/prefix`: `host` is the bucket's name there.

    `path` is a folder's on SFTP, '.' for the one in which a login ends; on S3 what keys begin with, '' or with a '/' at its end.
    """

    scheme: str
    host: str
    path: str
    user: str = ""
    port: int = SFTP_PORT

    def __str__(self) -> str:
        """As it is shown: it holds no secret."""
        if self.scheme == S3:
            return f"s3://{self.host}/{self.path}"
        port = "" if self.port == SFTP_PORT else f":{self.port}"
        return f"sftp://{self.user}@{self.host}{port}/{'' if self.path == '.' else self.path.lstrip('/')}"


@dataclass(frozen=True)
class Elsewhere:
    """An inbox elsewhere and how one gets there: key and known hosts for SFTP, another service than Amazon's for S3."""

    address: Address
    key_file: Path | None = None
    known_hosts: Path | None = None
    endpoint: str | None = None


def read_address(text: str) -> Address:
    """The address that a URL names. ValueError with what is wrong and what to do.

    It does not quote the URL, which may hold a secret.
    """
    try:
        url = urlsplit(text)
        host, port, password = url.hostname or "", url.port, url.password
    except ValueError:
        raise ValueError("is no URL that can be read: write sftp://user@host:port/path or s3://bucket/prefix") from None
    if url.scheme not in (SFTP, S3):
        raise ValueError("names a place that suivi cannot open: write a folder, sftp://user@host:port/path or s3://bucket/prefix")
    if password is not None or (url.scheme == S3 and url.username is not None):
        raise ValueError("holds a password or a key: take it out (sftp: setting inbox_key_file; s3: the usual profile)")
    if url.query or url.fragment or any(character < " " for character in text):
        raise ValueError("ends in something that is no path: write sftp://user@host:port/path or s3://bucket/prefix")
    path = unquote(url.path)
    if ".." in path.split("/") or "\0" in path:
        raise ValueError("holds `..`: write the path itself")
    if url.scheme == S3:
        if not _BUCKET.fullmatch(url.netloc):
            raise ValueError("names no bucket: write s3://bucket/prefix")
        prefix = path.strip("/")
        return Address(S3, url.netloc, f"{prefix}/" if prefix else "")
    if not host or not url.username:
        raise ValueError("names no user or no host: write sftp://user@host:port/path")
    return Address(SFTP, host, path.rstrip("/") or ("/" if path else "."), unquote(url.username), port or SFTP_PORT)


def brought_inbox(home: Path) -> Path:
    """The folder of a home that files from elsewhere are brought to, laid out like the inbox there."""
    return home / "brought" / "inbox"
