"""Checks of the deposit page: that its links lead to it, arrive, and let in nobody whom the Region has not named."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from flows.deposit.known import WhoIsKnown
from flows.deposit.secret import Secret, secret_path
from flows.doctor.fault import Fault, HomeToCheck
from flows.errors import WrongUse
from warehouse.errors import SendersUnusable
from warehouse.intake.senders import LEARN, OFF, REGION_KINDS, read_senders, senders_path

_HERE = ("127.0.0.1", "localhost", "::1")


def deposit_page(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """Where the page was ever started: its address, its mails, its secret, and the folders of those who get in."""
    settings = home_to_check.settings
    if not secret_path(settings.home).exists():
        return
    if settings.deposit_url is None:
        yield Fault("deposit_url", "the page is reached from this machine alone", "set it to the page's address", is_advice=True)
    elif urlsplit(settings.deposit_url).scheme != "https" and urlsplit(settings.deposit_url).hostname not in _HERE:
        yield Fault("deposit_url", "links and files go over the network in clear", "put a proxy with https before the page")
    if settings.smtp_host is None:
        yield Fault("smtp_host", "no link is mailed: links are files in outbox/", "set the mail server", is_advice=True)
    try:
        secret = Secret.of(settings.home)
        entries = read_senders(settings.home)
    except WrongUse as error:
        where, _, what = str(error).partition(" ")
        yield Fault(where, what, "see that it is the owner's, and 32 bytes long")
        return
    except SendersUnusable:
        return  # the check of senders says it
    if settings.senders in (LEARN, OFF) and {kind for entry in entries for kind in entry.kinds} != set(REGION_KINDS):
        yield Fault(
            str(senders_path(settings.home)), "whoever first sends actions says which address gets in for a provider",
            "write the Region's folder there, with its kinds",
        )  # fmt: skip
    if home_to_check.holder is None:
        known = WhoIsKnown(settings, secret).latest()
        without = sorted(siret for siret, folder in known.folders.items() if folder is None)
        if without:
            yield Fault(
                str(senders_path(settings.home)),
                f"{len(without)} providers get in and can deposit nothing, {without[0]} among them",
                "name a folder for each: [[sender]], folder, sirets", is_advice=True,
            )  # fmt: skip

