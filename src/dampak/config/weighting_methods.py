"""Methods that weight the units."""

from typing import Literal

from pydantic import Field, model_validator

from dampak.config.method import Estimand, Reweighted

ScoreError = Literal["m_estimation", "hc1_score_fixed"]


class Ipw(Reweighted):
    """Inverse-probability weighting by the propensity score, weights normalised."""

    estimands = ("att", "atc", "ate")
    method: Literal["ipw"]
    """Family."""
    stabilised: bool = False
    """Multiply the weights of each group by its share, which leaves estimates as they are and tames the table of
    weights."""
    trim: float | None = Field(None, gt=0.5, lt=1)
    """Cut weights above this quantile of their group down to it, such as 0.99; none if null: less variance, some
    bias."""
    std_error: ScoreError = "m_estimation"
    """Count the estimated score (M-estimation), or take it as known (HC1; the convention of older tables)."""

    @model_validator(mode="after")
    def _trimmed_weights_are_given(self) -> "Ipw":
        if self.trim is not None and self.std_error == "m_estimation" and self.effect == "difference":
            raise ValueError(
                "trimmed weights are no smooth function of the score, so m_estimation does not hold; set "
                "`std_error: hc1_score_fixed`, or use `overlap`, which needs no trimming"
            )
        return self


class Overlap(Reweighted):
    """Overlap weights: each unit by its probability of the other group (Li, Morgan and Zaslavsky 2018)."""

    estimands = ("ato",)
    method: Literal["overlap"]
    """Family."""
    estimand: Estimand | None = "ato"
    """The effect on those who could as well have been in the other group (`ato`)."""
    std_error: ScoreError = "m_estimation"
    """Count the estimated score (M-estimation), or take it as known (HC1)."""


class EntropyBalancing(Reweighted):
    """Weights that equate covariate moments exactly (Hainmueller 2012)."""

    estimands = ("att", "atc", "ate")
    method: Literal["entropy_balancing"]
    """Family."""
    moments: int = Field(1, ge=1, le=3)
    """How many moments of each covariate are equated."""
    std_error: Literal["hc1", "m_estimation"] = "hc1"
    """Heteroscedasticity-robust standard error (HC1) with the weights taken as given, or count their estimation."""


class Cbps(Reweighted):
    """Covariate balancing propensity score, just identified (Imai and Ratkovic 2014)."""

    estimands = ("att", "atc", "ate")
    method: Literal["cbps"]
    """Family."""
    std_error: Literal["m_estimation", "hc1"] = "m_estimation"
    """Count the estimated score (M-estimation), or take the weights as given (HC1)."""
