"""One effect as a notebook speaks of it, and how it stands to another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """One row of `effects.csv`: an estimate in the unit of its outcome, and the sample it rests on."""

    outcome: str
    method: str
    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    p_value: float
    n_treated: float
    n_comparison: float
    ess_comparison: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the confidence interval lies on one side of zero."""
        return self.ci_low > 0 or self.ci_high < 0

    def inside(self, other: "Effect") -> bool:
        """Tell whether this estimate lies within the confidence interval of another."""
        return other.ci_low <= self.estimate <= other.ci_high

    def agrees_in_sign(self, other: "Effect") -> bool:
        """Tell whether this estimate has the sign of another."""
        return (self.estimate > 0) == (other.estimate > 0)

    def miss(self, other: "Effect") -> float:
        """Return the distance between this estimate and another, in the unit of the outcome."""
        return abs(self.estimate - other.estimate)
