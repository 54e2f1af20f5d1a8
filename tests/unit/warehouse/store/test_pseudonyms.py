"""The key of the pseudonyms: made once, guarded, and what is made with it."""

from __future__ import annotations

import hmac
import os
import re
import stat
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.errors import KeyUnusable
from warehouse.store.pseudonyms import Pseudonyms, key_path, load_key


def test_the_key_is_made_on_first_use_for_its_owner_alone(home: Path) -> None:
    before = os.umask(0)
    try:
        key = load_key(home, may_create=True)
    finally:
        os.umask(before)
    path = key_path(home)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert re.fullmatch(r"[0-9a-f]{64}\n", path.read_text())
    assert load_key(home, may_create=False) == load_key(home, may_create=True) == key
    assert os.listdir(path.parent) == ["pseudonym.key"]


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    assert load_key(tmp_path / "a", may_create=True) != load_key(tmp_path / "b", may_create=True)


def test_a_missing_key_is_not_made_again(home: Path) -> None:
    with pytest.raises(KeyUnusable, match=r"missing although the store exists"):
        load_key(home, may_create=False)
    assert not key_path(home).exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"abcd\n", b"z" * 64, b"0" * 66])
def test_a_damaged_key_is_an_error_that_does_not_show_it(home: Path, content: bytes) -> None:
    key_path(home).parent.mkdir()
    key_path(home).write_bytes(content)
    with pytest.raises(KeyUnusable) as raised:
        load_key(home, may_create=True)
    assert "\n" not in str(raised.value)
    assert "0000" not in str(raised.value)
    assert key_path(home).read_bytes() == content


def test_pseudonyms_depend_on_every_part_and_on_the_key() -> None:
    one, other = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    made = {
        one.learner_key("1", "2", "3"),
        one.learner_key("12", "", "3"),
        one.learner_key("1", "23", ""),
        one.learner_key("1", "2", "4"),
        other.learner_key("1", "2", "3"),
        one.national_hash("3"),
        one.national_hash("1\x1f2\x1f3"),
        one.fingerprint,
        other.fingerprint,
    }
    assert len(made) == 9
    assert all(re.fullmatch(r"[0-9a-f]{32}", text or "") for text in made)
    assert one.learner_key("1", "2", "3") == one.learner_key("1", "2", "3")
    assert one.national_hash(None) is None


def test_the_hash_is_hmac_sha256() -> None:
    # worked out with openssl dgst -sha256 -mac HMAC: the pseudonyms of past years hang on it
    made = Pseudonyms(bytes(32)).learner_key("20003456500013", "S1", "L1")
    assert made == "a6490dbcd4d8987704d2f714e86d9466"


@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]))), max_size=5))
def test_many_hashes_are_those_of_one_after_the_other(texts: list[str | None]) -> None:
    keys = Pseudonyms(b"\x07" * 32)
    assert list(keys.each(pa.array(texts, pa.string()), "reference")) == [None if text is None else keys.reference_hash(text) for text in texts]
    assert keys.reference_hash("L1") == hmac.digest(b"\x07" * 32, b"reference\x1fL1", "sha256").hex()[:32]
