"""The key of the hashes comes from the environment and is known to a stamp by its fingerprint only."""

from types import SimpleNamespace
from typing import Any

import pytest

from dampak.errors import ConfigError
from dampak.provenance.secret import SHORTEST, key_settings, secret_key

KEY = "0123456789abcdef"


def study(*, seed: int | None = None, key_from: str = "DAMPAK_TEST_KEY") -> Any:
    synthetic = None if seed is None else SimpleNamespace(seed=seed)
    return SimpleNamespace(synthetic=synthetic, pseudonyms=SimpleNamespace(key_from=key_from))


def test_the_key_is_what_the_named_variable_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAMPAK_TEST_KEY", KEY)
    monkeypatch.setenv("DAMPAK_KEY", "f" * 32)
    assert secret_key({"key_from": "DAMPAK_TEST_KEY"}) == KEY.encode()


@pytest.mark.parametrize(
    ("held", "state"),
    [(None, "is not set"), ("", "is not set"), (KEY[:-1], "has 15 characters")],
)
def test_a_key_that_is_missing_or_short_is_refused_with_its_remedy_and_not_printed(
    monkeypatch: pytest.MonkeyPatch, held: str | None, state: str
) -> None:
    assert len(KEY) == SHORTEST
    monkeypatch.delenv("DAMPAK_TEST_KEY", raising=False)
    if held is not None:
        monkeypatch.setenv("DAMPAK_TEST_KEY", held)
    with pytest.raises(ConfigError) as caught:
        key_settings(study())
    text = str(caught.value)
    assert f"the environment variable DAMPAK_TEST_KEY {state}; a key of at least 16 characters is needed" in text
    assert "export DAMPAK_TEST_KEY=$(openssl rand -hex 32)" in text
    assert not held or held not in text


def test_synthetic_data_have_a_key_of_their_seed_and_ask_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAMPAK_TEST_KEY", raising=False)
    made = {seed: secret_key({"made_up": str(seed)}) for seed in (0, 1, 2020)}
    assert all(len(key) == 32 for key in made.values())
    assert len(set(made.values())) == 3
    about = key_settings(study(seed=0))
    assert about["made_up"] == "0" and secret_key(about) == made[0]


def test_a_stamp_tells_two_keys_apart_and_holds_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for key in (KEY, KEY, KEY[::-1]):
        monkeypatch.setenv("DAMPAK_TEST_KEY", key)
        found.append(key_settings(study()))
        assert key not in str(found[-1]) and key.encode().hex() not in str(found[-1])
    assert found[0] == found[1]
    assert found[0]["fingerprint"] != found[2]["fingerprint"]
    assert set(found[0]) == {"key_from", "fingerprint"}
