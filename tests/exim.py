"""Debian's exim4 on loopback with a set-up of its own: STARTTLS, a login, two mails a connection, delivery into a Maildir."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.mail_box import PASSWORD, USER, make_certificate

_EXIM = "/usr/sbin/exim4"
_CONFIGURATION = """
primary_hostname = exim.example
keep_environment =
spool_directory = {folder}/spool
log_file_path = {folder}/log/%s
queue_only = true
deliver_drop_privilege = true
smtp_accept_max_per_connection = 2
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {certificate}
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}{{}}}}
acl_smtp_rcpt = at_rcpt
acl_smtp_data = at_data

begin acl
at_rcpt:
  deny
    ! authenticated = *
    message = log in first
  deny
    condition = ${{if exists{{{folder}/refuses}}{{${{lookup{{$local_part@$domain}}lsearch{{{folder}/refuses}}{{yes}}{{no}}}}}}{{no}}}}
    message = nobody of that name here
  defer
    condition = ${{if exists{{{folder}/puts-off}}}}
    message = greylisted, come again
  accept
at_data:
  accept

begin routers
all:
  driver = accept
  transport = kept

begin transports
kept:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  envelope_to_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
"""


class Exim:
    """A running exim4, until `stop`. Only root may start one; its folder must be one that anybody may enter.

    The file `puts-off` makes it put off all mails; the addresses in the file `refuses` it refuses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = make_certificate(folder / "exim.pem")
        self._configuration = folder / "exim.conf"
        self._configuration.write_text(
            _CONFIGURATION.format(folder=folder, certificate=self.certificate, user=USER, password=PASSWORD)
        )
        owner = pwd.getpwnam("Debian-exim")
        for name in ("spool", "log", "mail"):
            (folder / name).mkdir()
        for path in (folder, *folder.iterdir()):
            if path != self._configuration:  # exim reads no configuration that is not root's
                os.chown(path, owner.pw_uid, owner.pw_gid)
        # It is given a socket that listens already: whoever connects at once is heard.
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(64)
            self.port: int = listening.getsockname()[1]
            self._process = subprocess.Popen([_EXIM, "-C", str(self._configuration), "-bw"], stdin=listening)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)

    def puts_off(self, does: bool) -> None:
        """Whether it says "later" to every mail."""
        mark = self.folder / "puts-off"
        mark.touch() if does else mark.unlink(missing_ok=True)

    def refuses(self, *addresses: str) -> None:
        """To whom it takes no mail."""
        path = self.folder / "refuses"
        path.write_text("".join(f"{address}: yes\n" for address in addresses))
        path.chmod(0o644)

    def delivered(self) -> list[EmailMessage]:
        """The mails that lie in the Maildir, once it has delivered all that it took."""
        subprocess.run([_EXIM, "-C", str(self._configuration), "-qff"], check=True, timeout=120)
        files = sorted((self.folder / "mail" / "new").glob("*"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def what_is_missing() -> str:
    """Why exim cannot be run here; empty if it can."""
    if shutil.which(_EXIM) is None:
        return "exim4 is missing. On Debian: apt-get install exim4-daemon-light"
    return "" if os.geteuid() == 0 else "exim4 can only be started by root"
