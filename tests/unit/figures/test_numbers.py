"""Numbers are written as each language writes them."""

import pytest

from dampak.figures.numbers import amount, decimals, number, percent, tick_digits


@pytest.mark.parametrize(
    ("value", "digits", "english", "indonesian"),
    [
        (1794.34, 0, "1,794", "1.794"),
        (1234567.891, 2, "1,234,567.89", "1.234.567,89"),
        (-8497.52, 0, "−8,498", "−8.498"),
        (-0.004, 2, "0.00", "0,00"),
        (float("nan"), 0, "–", "–"),
        (float("inf"), 0, "–", "–"),
    ],
)
def test_thousands_and_decimals(value: float, digits: int, english: str, indonesian: str) -> None:
    assert number(value, language="en", digits=digits) == english
    assert number(value, language="id", digits=digits) == indonesian


@pytest.mark.parametrize(
    ("value", "unit", "english", "indonesian"),
    [
        (1794.34, "1982 US dollars per year", "$1,794", "US$1.794"),
        (-10292.0, "1982 US dollars per year", "−$10,292", "−US$10.292"),
        (25000.0, "Rp per person per month", "Rp\N{NO-BREAK SPACE}25,000", "Rp25.000"),
        (25000.0, "rupiah/month", "Rp\N{NO-BREAK SPACE}25,000", "Rp25.000"),
        (3.0, "years", "3 years", "3 years"),
        (3.0, "corporations", "3 corporations", "3 corporations"),
        (3.0, None, "3", "3"),
    ],
)
def test_money_has_its_sign_and_the_rest_its_unit(value: float, unit: str, english: str, indonesian: str) -> None:
    assert amount(value, unit, language="en") == english
    assert amount(value, unit, language="id") == indonesian


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (0.0004, "<0.1%"), (0.004, "0.4%"), (0.03, "3%"), (0.127, "13%"), (0.9996, "99.9%"), (1, "100%")],
)
def test_a_few_are_never_none_and_nearly_all_never_all(share: float, text: str) -> None:
    assert percent(share, language="en") == text
    assert percent(share, language="id") == text.replace(".", ",")


@pytest.mark.parametrize(("error", "digits"), [(670.82, 0), (9.4, 1), (0.78, 2), (0.0123, 3)])
def test_estimates_keep_two_digits_of_their_standard_error(error: float, digits: int) -> None:
    assert decimals([error, 10 * error, float("nan")]) == digits


def test_estimates_without_standard_errors_still_print() -> None:
    assert decimals([float("nan"), 0.0]) == 2


@pytest.mark.parametrize(("step", "digits"), [(2500.0, 0), (2.5, 1), (0.05, 2), (0.30000000000000004, 1)])
def test_ticks_show_the_decimals_of_their_step(step: float, digits: int) -> None:
    assert tick_digits(step) == digits
