"""Delivery against a real server on loopback that refuses, puts off, hangs up: every mail once, and nothing lost in silence."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.rule_registry import all_rules
from flows.mail.deliver import Delivery, deliver, deliver_night_mails
from flows.mail.smtp import Timeouts
from tests.mail_box import MailBox
from tests.mail_post import CLOSED_PORT, NOW, Post, settle
from transforms.pages.mail.compose import MailContext
from transforms.pages.mail.provider_mails import night_mail
from warehouse.errors import StoreUnusable
from warehouse.notifications.outbox import GIVEN_UP, SENT, WAITING
from warehouse.notifications.updates import FindingUpdate, SenderUpdates


def test_each_mail_goes_out_once_and_whole_on_one_connection(post: Post, box: MailBox) -> None:
    post.use(box)
    ids = post.write(5)
    assert post.deliver() == Delivery(sent=5)
    assert post.deliver(days=1) == Delivery()
    assert [taken.message_id for taken in box.taken] == ids
    assert {(taken.sender, taken.recipient) for taken in box.taken} == {("suivi@region.example", "of@exemple.fr")}
    assert box.connections == 1
    written = post.outbox.content(ids[0]).replace(b"\n", b"\r\n")
    assert box.taken[0].content == written
    assert post.state(ids[0]).reply == "2.0.0 taken"


@pytest.mark.parametrize(
    ("behaviour", "state", "code"),
    [
        ("rcpt 550", GIVEN_UP, 550),
        ("data 554", GIVEN_UP, 554),
        ("mail 552", GIVEN_UP, 552),
        ("rcpt 450", WAITING, 450),
        ("data 451", WAITING, 451),
        ("rcpt 421", WAITING, 421),
        ("drop", WAITING, None),
        ("cut", WAITING, None),
        ("hang up", WAITING, None),
        # It is about us, not about the mail: nothing is lost over it.
        ("mail 550", WAITING, None),
        ("mail 451", WAITING, None),
        ("rcpt 530", WAITING, None),
        ("data 999", WAITING, None),
    ],
)
def test_what_becomes_of_a_mail_and_never_of_the_others(
    behaviour: str, state: str, code: int | None, post: Post, box: MailBox
) -> None:
    post.use(box)
    first, *others = post.write(3)
    box.script = [behaviour]
    post.deliver()
    told = post.state(first)
    assert (told.state, told.reply_code, told.attempts) == (state, code, 1)
    assert told.reply
    assert post.states(others) == [SENT, SENT]
    # Once what waits is welcome, it goes out; what was given up does only if asked for.
    post.deliver(days=1)
    assert post.state(first).state == (GIVEN_UP if state == GIVEN_UP else SENT)
    post.deliver(days=2, again=True)
    assert box.counts() == dict.fromkeys([first, *others], 1)


def test_a_mail_put_off_is_due_later_and_later(post: Post, box: MailBox) -> None:
    post.use(box)
    (mail,) = post.write()
    at, pauses = NOW, []
    for _ in range(5):
        box.script = ["rcpt 450"]
        assert deliver(post.settings, post.outbox, at, due_only=True) == Delivery(waiting=1)
        due = post.state(mail).next_attempt_at
        assert due is not None
        box.script = ["rcpt 550"]  # nobody asks the server before the hour
        assert deliver(post.settings, post.outbox, due - timedelta(seconds=1), due_only=True) == Delivery(waiting=1)
        pauses.append((due - at) / timedelta(hours=1))
        at = due
    assert pauses == [0.25, 1, 4, 12, 12]
    # A night, or a person, does not wait for the hour.
    box.script = []
    assert deliver(post.settings, post.outbox, at - timedelta(hours=1)) == Delivery(sent=1)


def test_a_mail_put_off_for_five_days_is_given_up_for_all_to_see(post: Post, box: MailBox) -> None:
    post.use(box)
    # The server was away for a week before: that does not count.
    post.use(box, smtp_port=CLOSED_PORT)
    (mail,) = post.write()
    for day in range(-8, -1):
        assert post.deliver(day).waiting == 1
    post.use(box)
    for day in range(5):
        box.script = ["rcpt 451"]
        assert post.deliver(day) == Delivery(waiting=1)
    box.script = ["rcpt 451"]
    assert post.deliver(5) == Delivery(given_up=1)
    told = post.state(mail)
    assert (told.state, told.reply_code, told.next_attempt_at) == (GIVEN_UP, 451, None)
    assert "not now" in (told.reply or "")
    assert post.deliver(6, again=True) == Delivery(sent=1)


def test_of_two_addresses_that_are_told_the_same_one_that_is_refused_costs_the_other_nothing(post: Post, box: MailBox) -> None:
    context = MailContext("night", NOW, "suivi@region.example", None, all_rules(), lambda thread: [])
    finding = FindingUpdate(1, "a.csv", "suivi", 3, "observed_on", "SUI-05I", "error", "Une phrase.", True)
    updates = SenderUpdates("20003456500013", "Numérique pour tous", ("ancien@exemple.fr", "nouveau@exemple.fr"), findings=[finding])
    post.use(box)
    ids = post.outbox.write_mails("another night", NOW - timedelta(days=1), lambda thread: night_mail(context, updates))
    box.script = ["rcpt 550", "accept"]
    assert post.deliver() == Delivery(sent=1, given_up=1)
    fates = {post.state(one).recipient: post.state(one).state for one in ids}
    (taken,) = box.taken
    assert fates == {"ancien@exemple.fr": GIVEN_UP, "nouveau@exemple.fr": GIVEN_UP} | {taken.recipient: SENT}
    assert b"To: ancien@exemple.fr, nouveau@exemple.fr\r\n" in taken.content


def test_a_slow_server_is_waited_for_but_not_for_ever(post: Post, box: MailBox) -> None:
    post.use(box)
    within, beyond, after = post.write(3)
    box.script = ["slow 0.2", "slow 3"]
    delivery = post.deliver(timeouts=Timeouts(connecting=5, answering=5, taking=1))
    assert delivery == Delivery(sent=2, waiting=1)
    assert post.states([within, beyond, after]) == [SENT, WAITING, SENT]
    assert "connection was lost at DATA" in (post.state(beyond).reply or "")


def test_a_server_that_fails_at_mail_after_mail_is_left_alone(post: Post, box: MailBox) -> None:
    post.use(box)
    ids = post.write(5)
    box.script = ["drop"] * 3
    delivery = post.deliver()
    assert "failed 3 times in a row" in (delivery.trouble or "")
    assert delivery.waiting == 5
    assert [post.state(one).attempts for one in ids] == [1, 1, 1, 0, 0]
    # The three may be what upsets it: the others go first the next time.
    box.script = ["accept", "accept", "drop", "drop", "drop"]
    post.deliver(1)
    assert post.states(ids) == [WAITING, WAITING, WAITING, SENT, SENT]


def test_the_last_mail_in_trouble_is_told(post: Post, box: MailBox) -> None:
    post.use(box)
    post.write()
    box.script = ["mail 530"]
    assert "failed once" in (post.deliver().trouble or "")


def test_a_server_that_closes_after_so_many_mails_delays_none(post: Post, box: MailBox) -> None:
    box.longest_connection = 2
    post.use(box)
    post.write(5)
    assert post.deliver() == Delivery(sent=5)
    assert [taken.connection for taken in box.taken] == [1, 1, 2, 2, 3]


def test_a_server_that_leaves_without_a_word_delays_none(post: Post, box: MailBox) -> None:
    post.use(box)
    post.write(3)
    box.script = ["leave", "leave"]
    assert post.deliver() == Delivery(sent=3)
    assert [taken.connection for taken in box.taken] == [1, 2, 3]


def test_a_night_ends_even_if_the_server_is_slow(post: Post, box: MailBox) -> None:
    post.use(box)
    ids = post.write(3)
    times = iter([0.0, 1.0, 901.0])
    delivery = post.deliver(clock=lambda: next(times))
    assert (delivery.sent, delivery.waiting) == (1, 2)
    assert "15 minutes" in (delivery.trouble or "")
    assert [post.state(one).attempts for one in ids] == [1, 0, 0]


def test_down_and_up_again(post: Post) -> None:
    box = MailBox()
    post.use(box)
    ids = post.write(3)
    delivery = post.deliver()
    assert delivery.waiting == 3
    assert "cannot be used (Connection refused)" in (delivery.trouble or "")
    assert {post.state(one).reply for one in ids} == {delivery.trouble}
    box.start()
    try:
        box.script = ["accept", "drop"]
        assert post.deliver(1) == Delivery(sent=2, waiting=1)
        box.stop()
        assert post.deliver(2).waiting == 1
        box.start()
        assert post.deliver(3) == Delivery(sent=1)
        assert box.counts() == dict.fromkeys(ids, 1)
    finally:
        box.stop()


def test_a_crash_after_the_server_took_a_mail_sends_it_again_under_its_name(
    post: Post, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.use(box)
    ids = post.write(3)

    def full_disk(*what: object) -> None:
        raise StoreUnusable("could not note a delivery: no room")

    with monkeypatch.context() as crash:
        crash.setattr(post.outbox, "record_attempt", full_disk)
        with pytest.raises(StoreUnusable):
            post.deliver()
    # It stopped at once: of what it cannot note it sends no more than one.
    assert box.counts() == {ids[0]: 1}
    assert post.deliver(1) == Delivery(sent=3)
    assert box.counts() == {ids[0]: 2, ids[1]: 1, ids[2]: 1}
    assert box.taken[0].content == box.taken[1].content


def test_no_address_and_no_word_of_the_server_is_in_the_log(
    post: Post, box: MailBox, caplog: pytest.LogCaptureFixture
) -> None:
    post.use(box)
    ids = post.write(3, recipient="prenom.nom@exemple.fr")
    box.script = ["rcpt 550", "rcpt 450", "accept"]
    with caplog.at_level(logging.DEBUG):
        alerts = deliver_night_mails(post.settings, post.store, "night", NOW)
    assert "prenom.nom" not in caplog.text
    assert "1 sent, 1 given up, 1 waiting" in caplog.text
    assert "exemple.fr" not in caplog.text
    assert [(alert["message_id"], alert["state"]) for alert in alerts[-3:]] == list(zip(ids, (GIVEN_UP, WAITING, SENT), strict=True))
    assert set(alerts[0]) == {"to", "subject", "message_id", "state"}


def test_a_night_does_not_fail_over_its_mails(
    post: Post, box: MailBox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    post.use(box)
    (mail,) = post.write()

    def broken(*what: object, **more: object) -> None:
        raise RuntimeError("CANARI")

    monkeypatch.setattr("flows.mail.deliver.deliver", broken)
    alerts = deliver_night_mails(post.settings, post.store, "night", NOW)
    assert {"message_id": mail, "state": WAITING}.items() <= alerts[-1].items()
    assert "could not be delivered" in caplog.text
    assert "CANARI" not in caplog.text


@pytest.mark.parametrize("address", ["of@exemple.fr\r\nRCPT TO:<autre@exemple.fr>", "of", "@exemple.fr", "a@b.fr, c@d.fr", "a@.fr é"])
def test_an_address_that_is_none_is_given_up(address: str, post: Post, box: MailBox) -> None:
    post.use(box)
    (bad,) = post.write(envelope=address, recipient="of@exemple.fr")
    (good,) = post.write()
    assert post.deliver() == Delivery(sent=1, given_up=1)
    assert post.state(bad).reply == "the address is none that a mail can be sent to"
    assert [taken.message_id for taken in box.taken] == [good]


def test_what_nobody_foresaw_at_one_mail_stops_no_other(
    post: Post, box: MailBox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    post.use(box)
    bad, _ = post.write(2)
    contents = post.outbox.contents
    monkeypatch.setattr(post.outbox, "contents", lambda names: {**contents(names), bad: "CANARI"})
    assert post.deliver() == Delivery(sent=1, waiting=1)
    assert "TypeError" in (post.state(bad).reply or "")
    assert "CANARI" not in caplog.text


# -------------------------------------------------------------------------------------------------------- any server

_BEHAVIOURS = ["accept", "accept", "rcpt 450", "rcpt 550", "data 451", "data 554", "mail 451", "rcpt 421", "drop", "cut", "hang up"]


@settings(max_examples=settings().max_examples // 3)
@given(
    nights=st.lists(
        st.tuples(st.integers(0, 3), st.booleans(), st.lists(st.sampled_from(_BEHAVIOURS), max_size=6)), max_size=5
    )
)
def test_whatever_the_server_does_each_mail_arrives_once_or_is_given_up_visibly(
    nights: list[tuple[int, bool, list[str]]], shared_post: Post, shared_box: MailBox
) -> None:
    settle(shared_post)
    shared_box.taken.clear()
    shared_post.use(shared_box)
    ids: list[str] = []
    for day, (new, is_up, script) in enumerate(nights):
        ids += shared_post.write(new)
        shared_box.script = list(script)
        shared_post.use(shared_box, smtp_port=shared_box.port if is_up else CLOSED_PORT)
        delivery = shared_post.deliver(day)
        assert delivery.waiting == len(shared_post.outbox.mails((WAITING,)))
    shared_box.script = []
    shared_post.use(shared_box)
    shared_post.deliver(len(nights))
    given_up = {mail.message_id: mail for mail in shared_post.outbox.mails((GIVEN_UP,))}
    assert shared_box.counts() == dict.fromkeys((one for one in ids if one not in given_up), 1)
    assert all((mail.reply_code or 0) >= 500 and mail.reply for mail in given_up.values())
    assert shared_post.deliver(len(nights) + 1) == Delivery()
    assert sum(shared_box.counts().values()) == len(ids) - len(given_up)
