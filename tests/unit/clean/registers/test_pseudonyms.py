"""A keyed hash is the same for the same person and purpose, and says nothing without the key."""

import hashlib
import hmac

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.registers.pseudonyms import HASH_LENGTH, keyed_hash
from dampak.errors import ConfigError, DataError

KEY = bytes(range(32))


def test_it_is_hmac_sha256_under_a_key_of_its_own_for_each_purpose() -> None:
    own_key = hmac.new(KEY, b"nik", hashlib.sha256).digest()
    expected = hmac.new(own_key, b"3510011708450012", hashlib.sha256).hexdigest()[:HASH_LENGTH]
    assert keyed_hash(pd.Series(["3510011708450012"]), key=KEY, purpose="nik").tolist() == [expected]


@given(values=st.lists(st.one_of(st.text(max_size=6), st.none())), purpose=st.sampled_from(["nik", "kk"]))
def test_equal_values_have_equal_hashes_and_others_do_not(values: list[str | None], purpose: str) -> None:
    raw = pd.Series(values, dtype=object, name="nik", index=range(5, 5 + len(values)))
    hashes = keyed_hash(raw, key=KEY, purpose=purpose)
    assert hashes.index.equals(raw.index) and hashes.name == "nik"
    assert hashes.dropna().map(len).eq(HASH_LENGTH).all()
    pairs = set(zip((value or None for value in values), hashes.where(hashes.notna(), None), strict=True))
    assert len(pairs) == len({left for left, _ in pairs}) == len({right for _, right in pairs})
    assert (None, None) in pairs or not any(value in (None, "") for value in values)
    alone = [keyed_hash(raw[place : place + 1], key=KEY, purpose=purpose).iloc[0] for place in range(len(raw))]
    assert hashes.where(hashes.notna(), None).tolist() == alone


def test_purpose_and_key_change_every_hash() -> None:
    values = pd.Series(["a", "b", "c"])
    one = keyed_hash(values, key=KEY, purpose="nik")
    assert not set(one) & set(keyed_hash(values, key=KEY, purpose="kk"))
    assert not set(one) & set(keyed_hash(values, key=KEY[::-1], purpose="nik"))


@pytest.mark.parametrize("key", [b"", b"x" * 15])
def test_a_short_key_is_refused(key: bytes) -> None:
    with pytest.raises(ConfigError, match=f"the key for personal data has {len(key)} bytes, at least 16") as caught:
        keyed_hash(pd.Series(["a"]), key=key, purpose="nik")
    assert "xxx" not in str(caught.value)


def test_no_purpose_and_damaged_values_are_refused_without_showing_them() -> None:
    with pytest.raises(ConfigError, match="needs a purpose"):
        keyed_hash(pd.Series(["a"]), key=KEY, purpose="")
    damaged = pd.Series(["3510011708450012", 3510011708450012.0], index=[4, 9], name="nik", dtype=object)
    with pytest.raises(DataError, match="column 'nik': row 9 holds a float, text was expected") as caught:
        keyed_hash(damaged, key=KEY, purpose="nik")
    assert "3510" not in str(caught.value)
