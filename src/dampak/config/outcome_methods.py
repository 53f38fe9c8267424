"""Methods that compare outcomes as they are, or model them."""

from typing import Literal

from pydantic import Field, model_validator

from dampak.config.method import Method

RobustError = Literal["hc1", "wild_cluster_bootstrap"]
Learner = Literal["linear", "logit", "random_forest", "gradient_boosting"]


class DifferenceInMeans(Method):
    """Difference of the means of treated and comparison units."""

    estimands = ("att", "atc", "ate")
    method: Literal["difference_in_means"]
    """Family."""
    std_error: RobustError = "hc1"
    """Heteroscedasticity-robust standard error (HC1, or the survey design's), or for few clusters (`design: psu`) the
    wild cluster bootstrap."""


class Regression(Method):
    """Least squares of the outcome on treatment and covariates."""

    estimands = ("att", "atc", "ate")
    method: Literal["regression"]
    """Family."""
    std_error: RobustError = "hc1"
    """As for `difference_in_means`."""


class OaxacaBlinder(Method):
    """Regression among comparison units, predicted for the treated."""

    estimands = ("att",)
    method: Literal["oaxaca_blinder"]
    """Family."""
    std_error: Literal["linearized", "hc1_prediction_fixed"] = "linearized"
    """Count the estimated regression (linearisation), or take its predictions as known (HC1; as in older tables)."""


class GComputation(Method):
    """A regression in each group, both predicted for the target population (Stata's `teffects ra`)."""

    estimands = ("att", "atc", "ate")
    method: Literal["g_computation"]
    """Family."""
    model: Literal["linear", "logit", "poisson"] = "linear"
    """Model of the outcome: linear, or for a binary outcome logit, or for counts Poisson."""


class Aipw(Method):
    """Augmented inverse probability weighting: right when the score or the outcome model is (Robins et al. 1994)."""

    estimands = ("att", "atc", "ate")
    method: Literal["aipw"]
    """Family."""
    propensity: Literal["logit", "probit", "random_forest", "gradient_boosting"] = "logit"
    """Model of the treatment."""
    outcome_model: Learner = "linear"
    """Model of the outcome."""
    folds: int | None = Field(5, ge=2)
    """Parts of the cross-fitting: each unit is predicted by models that have not seen it. Null: none, which only the
    parametric models allow."""
    splits: int = Field(5, ge=1)
    """Divisions into folds; the median of their estimates counts, so that no single division decides."""

    @model_validator(mode="after")
    def _learners_need_folds(self) -> "Aipw":
        learned = {"random_forest", "gradient_boosting"} & {self.propensity, self.outcome_model}
        if self.folds is None and learned:
            raise ValueError(
                f"{' and '.join(sorted(learned))} without folds would predict what they have learned by heart, and no "
                "standard error holds; set `folds: 5`"
            )
        return self


class DidDr(Method):
    """Doubly robust difference in differences (Sant'Anna and Zhao 2020); the outcome needs `before`."""

    estimands = ("att",)
    method: Literal["did_dr"]
    """Family."""
