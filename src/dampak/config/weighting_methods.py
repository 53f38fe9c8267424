"""Methods that weight the units."""

from typing import Literal

from pydantic import Field, model_validator

from dampak.config.method import Estimand, Reweighted

ScoreError = Literal["m_estimation", "hc1_score_fixed"]


def require_given_weights(method: Reweighted, std_error: str | None) -> None:
    """Refuse to count the estimation of weights that an adjusted effect takes as given."""
    if std_error in ("m_estimation", "hc3") and method.effect != "difference":
        raise ValueError(
            f"std_error: {std_error} is for differences of weighted means; effect '{method.effect}' takes the weights "
            "as given: remove std_error, or use aipw, which counts both models"
        )


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
    std_error: ScoreError | None = None
    """Count the estimated score (M-estimation), or take it as known (HC1; the convention of older tables). If null:
    `m_estimation` for differences, HC1 with the weights as given for other effects."""

    @model_validator(mode="after")
    def _trimmed_weights_are_given(self) -> "Ipw":
        require_given_weights(self, self.std_error)
        if self.trim is not None and self.std_error != "hc1_score_fixed" and self.effect == "difference":
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
    std_error: ScoreError | None = None
    """As for `ipw`."""

    @model_validator(mode="after")
    def _weights_are_given(self) -> "Overlap":
        require_given_weights(self, self.std_error)
        return self


class EntropyBalancing(Reweighted):
    """Weights that equate covariate moments exactly (Hainmueller 2012)."""

    estimands = ("att", "atc", "ate")
    method: Literal["entropy_balancing"]
    """Family."""
    moments: int = Field(1, ge=1, le=3)
    """How many moments of each covariate are equated."""
    std_error: Literal["hc1", "m_estimation", "hc3"] = "hc1"
    """Heteroscedasticity-robust standard error (HC1) with the weights taken as given, or count their estimation
    (`m_estimation`); `hc3` counts it too and corrects each residual for its leverage, as is needed where many
    covariates rest on few comparison units with large weights (in studies of programmes all units of a PSU, or
    of a household where the design has none, are left out together: CR3)."""

    @model_validator(mode="after")
    def _weights_are_given(self) -> "EntropyBalancing":
        require_given_weights(self, self.std_error)
        return self


class Cbps(Reweighted):
    """Covariate balancing propensity score, just identified (Imai and Ratkovic 2014)."""

    estimands = ("att", "atc", "ate")
    method: Literal["cbps"]
    """Family."""
    std_error: Literal["m_estimation", "hc1"] | None = None
    """Count the estimated score (M-estimation), or take the weights as given (HC1). If null: `m_estimation` for
    differences, HC1 for other effects."""

    @model_validator(mode="after")
    def _weights_are_given(self) -> "Cbps":
        require_given_weights(self, self.std_error)
        return self
