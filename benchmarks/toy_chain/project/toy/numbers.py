"""Numbers: each function serves other steps."""

from toy.rounding import tidy

UNIT = "Rp 1,000"


def distance(left, right):
    """Return how far two people's ages are apart; for matching."""
    return abs(float(left["age"]) - float(right["age"]))


def mean(values):
    """Return the mean; for estimation."""
    return tidy(sum(values) / len(values))


def label(value, digits):
    """Return a number with its unit; for the figure and the table."""
    return f"{float(value):.{digits}f} {UNIT}"


def median(values):
    """Return the median; no step uses it."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
