"""Numbers as people print them, in English and in Indonesian."""

import math
from collections.abc import Iterable

MINUS = "\N{MINUS SIGN}"

# Words of a codebook unit, in any case -> what stands before the number, per language.
CURRENCIES: dict[str, dict[str, str]] = {
    "us dollar": {"en": "$", "id": "US$"},
    "usd": {"en": "$", "id": "US$"},
    "rupiah": {"en": "Rp\N{NO-BREAK SPACE}", "id": "Rp"},
    "rp": {"en": "Rp\N{NO-BREAK SPACE}", "id": "Rp"},
    "idr": {"en": "Rp\N{NO-BREAK SPACE}", "id": "Rp"},
}


def number(value: float, *, language: str, digits: int = 0) -> str:
    """Format a number: `1,794.3` in English, `1.794,3` in Indonesian, with a true minus sign.

    Parameters
    ----------
    value
        Any float; one that is not finite gives a dash.
    language
        `en` or `id`.
    digits
        Decimal places.
    """
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):,.{digits}f}"
    if language == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    # What rounds to zero has no sign.
    negative = value < 0 and any(c in "123456789" for c in text)
    return MINUS + text if negative else text


def amount(value: float, unit: str | None, *, language: str, digits: int = 0) -> str:
    """Format a number with its unit for running text: `$1,794` for dollars, `3.2 years` for anything else."""
    prefix = currency(unit, language=language)
    text = number(value, language=language, digits=digits)
    if prefix:
        return f"{MINUS}{prefix}{text[1:]}" if text.startswith(MINUS) else f"{prefix}{text}"
    return f"{text} {unit}" if unit else text


def currency(unit: str | None, *, language: str) -> str:
    """Return the currency sign that a codebook unit such as `1982 US dollars per year` calls for, or nothing."""
    text = (unit or "").lower()
    words = text.replace("/", " ").split()
    for name, signs in CURRENCIES.items():
        if (name in text) if len(name) > 3 else (name in words):
            return signs[language]
    return ""


def percent(share: float, *, language: str) -> str:
    """Format a share in [0, 1] as a percentage that never rounds a few to none, nor nearly all to all."""
    if 0 < share < 0.001:
        return "<" + number(0.1, language=language, digits=1) + "%"
    if 0 < share < 0.0095:
        return number(100 * share, language=language, digits=1) + "%"
    if 0.995 <= share < 1:
        return number(math.floor(1000 * share) / 10, language=language, digits=1) + "%"
    return number(100 * share, language=language) + "%"


def decimals(std_errors: Iterable[float]) -> int:
    """Return how many decimal places estimates deserve: two significant digits of their smallest standard error."""
    usable = [s for s in std_errors if math.isfinite(s) and s > 0]
    return max(0, 1 - math.floor(math.log10(min(usable)))) if usable else 2


def tick_digits(step: float) -> int:
    """Return the decimal places that tell ticks `step` apart."""
    return next((d for d in range(8) if math.isclose(round(step, d), step, rel_tol=1e-6)), 8)
