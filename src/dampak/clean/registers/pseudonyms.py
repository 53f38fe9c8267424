"""Keyed hashes in the place of persons: what leaves cleaning names nobody, yet a person stays the same everywhere."""

import hmac

import numpy as np
import pandas as pd

from dampak.errors import ConfigError, DataError

MIN_KEY_BYTES = 16
HASH_LENGTH = 24


def keyed_hash(values: pd.Series, *, key: bytes, purpose: str) -> pd.Series:
    """Replace each value by a keyed hash.

    The first 24 hexadecimal digits (96 bits) of HMAC-SHA256, under a key that is itself HMAC-SHA256 of `purpose` under
    `key`. Equal values have equal hashes within a purpose; nothing links the hashes of two purposes. With ten million
    values a collision has a chance of about 6 in 10**16. Without the key no table of all possible NIK can undo it.
    It does *not* bring values to one spelling: read them first (`read_nik`, `normalised_name`).

    Parameters
    ----------
    values : (n,) Series of text
        Missing or empty values have no hash, so that two of them are never one person.
    key : bytes
        At least 16 random bytes, secret.
    purpose : str
        What the hash is for, such as ``"nik"``.

    Returns
    -------
    (n,) Series of object
        Index and name of `values`; ``None`` where there is no value.

    Raises
    ------
    ConfigError
        If the key is too short or the purpose is empty.
    DataError
        If a value is not text; the message names its row, never the value.

    References
    ----------
    Krawczyk, H., Bellare, M. and Canetti, R. (1997). HMAC: keyed-hashing for message authentication. RFC 2104.
    """
    if len(key) < MIN_KEY_BYTES:
        raise ConfigError(
            f"the key for personal data has {len(key)} bytes, at least {MIN_KEY_BYTES} random bytes were expected;"
            " make one with `python -c 'import secrets; print(secrets.token_hex(32))'` and keep it out of the project"
        )
    if not purpose:
        raise ConfigError("a keyed hash needs a purpose such as 'nik', so that hashes of two columns never meet")
    codes, unique = pd.factorize(values.astype(object), use_na_sentinel=True)
    for code, value in enumerate(unique):
        if not isinstance(value, str):
            row = values.index[int(np.flatnonzero(codes == code)[0])]
            raise DataError(
                f"column {values.name!r}: row {row} holds a {type(value).__name__}, text was expected (a number may"
                " have lost digits); read the column with `read_nik`, `read_kk` or `normalised_name` before"
            )
    own_key = hmac.digest(key, purpose.encode(), "sha256")
    hashes = np.empty(len(unique) + 1, dtype=object)
    hashes[:-1] = [
        hmac.digest(own_key, value.encode(errors="surrogatepass"), "sha256").hex()[:HASH_LENGTH] if value else None
        for value in unique
    ]
    # Code -1 (missing) is the last entry.
    hashes[-1] = None
    return pd.Series(hashes[codes], index=values.index, name=values.name, dtype=object)
