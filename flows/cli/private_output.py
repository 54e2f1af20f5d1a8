"""Writes what holds personal data where a user wants it: for the owner's eyes alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from flows.errors import WrongUse, safe_to_show


def write_for_owner(path: Path, content: bytes) -> None:
    """Write the file, in the place of any of that name, with mode 0600 whatever it had. WrongUse if it cannot be written."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                os.fchmod(file.fileno(), 0o600)
            file.write(content)
    except OSError as error:
        raise WrongUse(f"{safe_to_show(str(path))} cannot be written ({error.strerror}): choose another place") from None
