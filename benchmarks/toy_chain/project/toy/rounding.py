"""Rounding: a helper of a helper."""


def tidy(value):
    """Return a number without the noise of its last digits."""
    return round(value, 6)
