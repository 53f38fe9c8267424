"""Methods of estimation and their options, one model per family."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from dampak.config.model import Label, Model, drop_default

Estimand = Literal["att", "atc", "ate"]
Distance = Literal["propensity", "scaled_euclidean", "mahalanobis"]


class Method(Model):
    """Options that every method has."""

    label: Label = Field("", json_schema_extra=drop_default)
    """Name of the method in the tables; the family's name if not given. Two entries of a family need two labels."""
    on_support: bool = False
    """Use only units on common support (see `support`)."""

    @model_validator(mode="before")
    @classmethod
    def _label_is_the_family(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("label") is None and isinstance(data.get("method"), str):
            return {**data, "label": data["method"]}
        return data


class DifferenceInMeans(Method):
    """Difference of the means of treated and comparison units."""

    method: Literal["difference_in_means"]
    """Family."""
    std_error: Literal["hc1"] = "hc1"
    """Heteroscedasticity-robust standard error (HC1)."""


class Regression(Method):
    """Least squares of the outcome on treatment and covariates."""

    method: Literal["regression"]
    """Family."""
    std_error: Literal["hc1"] = "hc1"
    """Heteroscedasticity-robust standard error (HC1)."""


class OaxacaBlinder(Method):
    """Regression among comparison units, predicted for the treated."""

    method: Literal["oaxaca_blinder"]
    """Family."""
    std_error: Literal["linearized", "hc1_prediction_fixed"] = "linearized"
    """Count the estimated regression (linearisation), or take its predictions as known (HC1; as in older tables)."""


class Nearest(Method):
    """Options of nearest-neighbour matching."""

    distance: Distance = "propensity"
    """Difference of propensity scores, or a distance on the covariates: inverse-variance scaled or Mahalanobis."""
    replace: bool = False
    """Let a comparison unit serve several treated units."""
    ratio: int = Field(1, ge=1)
    """Neighbours per treated unit (k:1)."""
    order: Literal["largest", "smallest", "data"] = "largest"
    """Who chooses first, without replacement: the largest or smallest score, or the order of unit ids."""
    caliper: float | None = Field(None, gt=0)
    """Largest distance of propensity scores within a pair, in standard deviations of the score; none if null."""

    @model_validator(mode="after")
    def _greedy_needs_a_score(self) -> "Nearest":
        if not self.replace and self.distance != "propensity":
            raise ValueError(
                f"distance '{self.distance}' goes with `replace: true`; pairs without replacement are chosen on the "
                "propensity score; set `replace: true` or `distance: propensity`"
            )
        return self


class Nearest1(Nearest):
    """Nearest neighbours."""

    method: Literal["nearest_1"]
    """Family."""


class Nearest1Caliper(Nearest):
    """Nearest neighbours on the propensity score within a caliper."""

    method: Literal["nearest_1_caliper"]
    """Family."""
    caliper: float | None = Field(0.2, gt=0)
    """Largest distance of propensity scores within a pair, in standard deviations of the score."""


class Nearest5BiasAdjusted(Nearest):
    """Nearest neighbours with replacement, bias-adjusted by regression (Abadie and Imbens 2011)."""

    method: Literal["nearest_5_bias_adjusted"]
    """Family."""
    distance: Distance = "scaled_euclidean"
    """Distance on the covariates (inverse-variance scaled or Mahalanobis) or difference of propensity scores."""
    replace: Literal[True] = True
    """Always with replacement: the bias adjustment and its standard error assume it."""
    ratio: int = Field(5, ge=1)
    """Neighbours per treated unit."""
    bias_adjust: bool = True
    """Adjust each pair for the remaining difference of covariates by regression among the matched."""


class Ipw(Method):
    """Inverse-probability weighting by the propensity score, weights normalised."""

    method: Literal["ipw"]
    """Family."""
    std_error: Literal["m_estimation", "hc1_score_fixed"] = "m_estimation"
    """Count the estimated score (M-estimation), or take it as known (HC1; the convention of older tables)."""


class EntropyBalancing(Method):
    """Weights that equate covariate moments exactly (Hainmueller 2012)."""

    method: Literal["entropy_balancing"]
    """Family."""
    moments: int = Field(1, ge=1, le=3)
    """How many moments of each covariate are equated."""
    std_error: Literal["hc1"] = "hc1"
    """Heteroscedasticity-robust standard error (HC1) with the weights taken as given."""


AnyMethod = Annotated[
    DifferenceInMeans
    | Regression
    | OaxacaBlinder
    | Nearest1
    | Nearest1Caliper
    | Nearest5BiasAdjusted
    | Ipw
    | EntropyBalancing,
    Field(discriminator="method"),
]

FAMILIES: tuple[type[Method], ...] = (
    DifferenceInMeans,
    Regression,
    OaxacaBlinder,
    Nearest1,
    Nearest1Caliper,
    Nearest5BiasAdjusted,
    Ipw,
    EntropyBalancing,
)

SUPPORTED_ESTIMANDS: dict[str, tuple[str, ...]] = {
    "difference_in_means": ("att", "atc", "ate"),
    "regression": ("att", "atc", "ate"),
    "oaxaca_blinder": ("att",),
    "nearest_1": ("att", "atc"),
    "nearest_1_caliper": ("att", "atc"),
    "nearest_5_bias_adjusted": ("att",),
    "ipw": ("att", "atc", "ate"),
    "entropy_balancing": ("att", "atc"),
}
