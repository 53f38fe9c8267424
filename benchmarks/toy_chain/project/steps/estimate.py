"""Estimate the effect on income."""

from toy.numbers import mean
from toy.rows import parse, render


def estimate(text, settings):
    """Return the mean difference of the pairs and its interval."""
    gains = [float(row["income"]) - float(row["compared"]) for row in parse(text)]
    effect = mean(gains)
    spread = mean([(gain - effect) ** 2 for gain in gains])
    half = settings["estimate.critical"] * (spread / len(gains)) ** 0.5
    return render([{"effect": effect, "low": round(effect - half, 6), "high": round(effect + half, 6)}])
