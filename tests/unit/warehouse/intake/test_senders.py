"""Who may speak for whom: what senders.toml may say, and what it does not let pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.nights import sirets
from warehouse.errors import SendersUnusable
from warehouse.intake.senders import (
    SenderEntry,
    Senders,
    read_senders,
    read_staff,
    sender_of,
    senders_path,
    write_sender,
)

A, B = sirets(2)


def written(home: Path, text: str) -> tuple[SenderEntry, ...]:
    senders_path(home).write_text(text, encoding="utf-8")
    return read_senders(home)


def test_what_may_be_written(tmp_path: Path) -> None:
    assert read_senders(tmp_path) == ()
    spaced = f"{A[:3]} {A[3:6]} {A[6:9]} {A[9:]}"
    text = f'''
        [[sender]]
        folder = "opale"
        sirets = ["{A}", "{spaced}"]
        contact = "suivi@opale.example"
        [[sender]]
        folder = ""
        kinds = ["actions"]
    '''
    assert written(tmp_path, text) == (SenderEntry("opale", (A, A), (), "suivi@opale.example"), SenderEntry("", (), ("actions",)))


def test_staff_stands_beside_the_senders(tmp_path: Path) -> None:
    assert read_staff(tmp_path) == ()
    assert written(tmp_path, 'staff = ["a@region.example"]\n[[sender]]\nfolder = "x"\n') == (SenderEntry("x"),)
    assert read_staff(tmp_path) == ("a@region.example",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[sender]\n", "is not valid TOML"),
        ('senders = "strict"\n', "nothing but staff, and then [[sender]] tables"),
        ('sender = "A"\n', "nothing but staff, and then [[sender]] tables"),
        ('staff = "a@b.example"\n', "a list of mail addresses as staff"),
        ('staff = ["a"]\n', "a list of mail addresses as staff"),
        ('staff = [1]\n', "a list of mail addresses as staff"),
        ('[[sender]]\nfolder = "A"\nsiret = ["1"]\n', "number 1 has an unknown key siret"),
        ('[[sender]]\nsirets = []\n', "must name a folder"),
        ('[[sender]]\nfolder = "A/B"\n', "must name a folder"),
        (f'[[sender]]\nfolder = "A"\nsirets = "{A}"\n', "must have a list of texts as sirets"),
        ('[[sender]]\nfolder = "A"\n[[sender]]\nfolder = "B"\nsirets = ["90012000700018"]\n', "number 2 names 90012000700018, which is no SIRET"),
        ('[[sender]]\nfolder = "A"\nkinds = ["suivi"]\n', "only actions and financements are the Region's"),
        ('[[sender]]\nfolder = "A"\ncontact = "Anne <a@b.example>"\n', "no mail address"),
    ],
)
def test_what_may_not(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SendersUnusable) as raised:
        written(tmp_path, text)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_that_cannot_be_read_is_an_error_too(tmp_path: Path) -> None:
    senders_path(tmp_path).mkdir()
    with pytest.raises(SendersUnusable, match="cannot be read"):
        read_senders(tmp_path)


@pytest.mark.parametrize("sender", ["opale", 'a "quoted" one', "back\\slash", "é\u202etxt", ""])
def test_what_is_appended_is_read_again(tmp_path: Path, sender: str) -> None:
    senders_path(tmp_path).write_text('[[sender]]\nfolder = "B"  # ours', encoding="utf-8")
    senders_path(tmp_path).chmod(0o600)
    write_sender(tmp_path, sender, A, "said so")
    write_sender(tmp_path, sender, None, "said so")
    assert read_senders(tmp_path) == (SenderEntry("B"), SenderEntry(sender, (A,)), SenderEntry(sender, (), ("actions", "financements")))
    assert senders_path(tmp_path).stat().st_mode & 0o777 == 0o600
    assert "# ours" in senders_path(tmp_path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "sender"),
    [("x.csv", ""), ("A/x.csv", "A"), ("A/B/x.csv", "A"), ("e\u0301t\u00e9/x.csv", "\u00e9t\u00e9"), ("a/x.csv", "a")],
)
def test_the_first_folder_is_the_sender(name: str, sender: str) -> None:
    assert sender_of(name) == sender


OF_A = SenderEntry("A", sirets=(A,))
REGION = SenderEntry("region", kinds=("actions",))


@pytest.mark.parametrize(
    ("mode", "entries", "sender", "kind", "named", "foreign"),
    [
        # nobody has spoken yet
        ("learn", [], "B", "suivi", [A], []),
        ("strict", [], "B", "suivi", [A], [A]),
        ("off", [], "B", "suivi", [A], []),
        # what is written comes first, in both
        ("learn", [OF_A], "A", "suivi", [A], []),
        ("learn", [OF_A], "B", "suivi", [A, B], [A]),
        ("strict", [OF_A], "A", "suivi", [A, B], [B]),
        ("off", [OF_A], "B", "suivi", [A], []),
        # the inbox itself is a sender like another
        ("learn", [OF_A], "", "suivi", [A], [A]),
        # a kind of the Region speaks for the Region, whomever it names
        ("learn", [REGION], "B", "actions", [B], [None]),
        ("learn", [REGION], "region", "actions", [A, B], []),
        ("learn", [REGION], "B", "financements", [B], []),
        ("strict", [REGION], "region", "financements", [B], [None]),
        # a file that names nobody speaks for nobody
        ("strict", [], "B", "suivi", [], []),
    ],
)  # fmt: skip
def test_for_whom_a_folder_may_not_speak(mode: str, entries: list[SenderEntry], sender: str, kind: str, named: list[str], foreign: list[str | None]) -> None:
    assert Senders(mode, entries).may_not_speak_for(sender, kind, named) == foreign


def test_who_speaks_first_is_the_usual_one() -> None:
    senders = Senders(spoken={None: {"region"}})
    senders.note_spoken("A", "suivi", A)
    senders.note_spoken("B", "suivi", A)
    senders.note_spoken("B", "actions", B)
    assert senders.may_not_speak_for("B", "depenses", [A]) == [A]
    assert senders.may_not_speak_for("A", "depenses", [A]) == []
    assert senders.may_not_speak_for("B", "financements", []) == [None]
    assert senders.usual_senders("suivi", A) == {"A"}
