"""Seeds by name: the same draw for the same purpose, whatever else is drawn."""

import hashlib


def seed_of(seed: int, *names: str | int) -> int:
    """Derive a seed from that of the study and the names of what is drawn.

    Parameters
    ----------
    seed : int
        Of the study.
    names : str or int
        Stage, method, replicate, ...: another name gives an independent stream.

    Returns
    -------
    int
        In [0, 2**63), for `numpy.random.default_rng`.
    """
    text = "\x1f".join([str(seed), *(str(name) for name in names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
