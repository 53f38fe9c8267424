"""Methods that form pairs and sets."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from dampak.config.method import Reweighted
from dampak.config.model import Name

Distance = Literal["propensity", "scaled_euclidean", "mahalanobis"]
Positive = Annotated[float, Field(gt=0)]
Bins = Annotated[int, Field(ge=0)] | Literal["sturges", "scott", "fd"] | list[float]


SetError = Literal["score_counted", "matched_sets"]


class Matching(Reweighted):
    """Options of methods that compare units by their distance."""

    distance: Distance = "propensity"
    """Difference of propensity scores, or a distance on the covariates: inverse-variance scaled or Mahalanobis."""
    caliper: float | None = Field(None, gt=0)
    """Largest distance of propensity scores within a pair, in standard deviations of the score; none if null."""
    std_error: SetError | None = None
    """Without replacement: cluster on the matched sets (Abadie and Spiess 2022), or count the estimated score as well.
    If null: `score_counted` for differences of units matched on a logit or probit score, where no primary sampling
    units are declared; `matched_sets` for all others."""

    @model_validator(mode="after")
    def _score_is_used(self) -> "Matching":
        if self.std_error == "score_counted" and (self.distance != "propensity" or self.effect != "difference"):
            raise ValueError(
                "std_error: score_counted is for differences of units matched on the propensity score; set "
                "`std_error: matched_sets`"
            )
        return self


class Nearest(Matching):
    """Options of nearest-neighbour matching."""

    replace: bool = False
    """Let a comparison unit serve several treated units."""
    ratio: int = Field(1, ge=1)
    """Neighbours per treated unit (k:1)."""
    order: Literal["largest", "smallest", "closest", "data"] = "largest"
    """Who chooses first, without replacement: the largest or smallest score, the closest pair, or the order of unit
    ids."""
    covariate_calipers: dict[Name, Positive] = Field(default_factory=dict)
    """Largest difference of a covariate within a pair, in its own unit, such as `{age: 5}`."""
    anti_exact: list[Name] = Field(default_factory=list)
    """Covariates in which the members of a pair must differ."""
    variance: Literal["homoscedastic", "heteroscedastic"] = "homoscedastic"
    """With replacement: one variance of the outcome for all given the covariates (R's `Matching`), or one for each
    unit (Stata's `teffects nnmatch`)."""

    @model_validator(mode="before")
    @classmethod
    def _no_bootstrap(cls, data: Any) -> Any:
        """Say why, where someone asks for what other software offers (Abadie and Imbens 2008)."""
        if isinstance(data, dict) and "bootstrap" in str(data.get("std_error")):
            raise ValueError(
                f"std_error: {data['std_error']} is not valid for nearest neighbours: it does not reproduce how often "
                "a unit serves as a match; remove std_error for the error of Abadie and Imbens, or of matched sets"
            )
        return data

    @model_validator(mode="after")
    def _adjusts_as_it_can(self) -> "Nearest":
        if self.replace and self.effect != "difference":
            raise ValueError(
                f"effect '{self.effect}' has no standard error where units serve several times; set `effect: "
                "difference`, `replace: false`, or use nearest_5_bias_adjusted"
            )
        if self.replace and self.std_error is not None:
            raise ValueError(
                f"std_error: {self.std_error} belongs to matching without replacement; with replacement the error is "
                "that of Abadie and Imbens, see `variance`; remove std_error"
            )
        if not self.replace and self.variance != "homoscedastic":
            raise ValueError("variance belongs to matching with replacement; remove it or set `replace: true`")
        return self


class Nearest1(Nearest):
    """Nearest neighbours."""

    estimands = ("att", "atc")
    method: Literal["nearest_1"]
    """Family."""


class Nearest1Caliper(Nearest):
    """Nearest neighbours on the propensity score within a caliper."""

    estimands = ("att", "atc")
    method: Literal["nearest_1_caliper"]
    """Family."""
    caliper: float | None = Field(0.2, gt=0)
    """Largest distance of propensity scores within a pair, in standard deviations of the score."""


class Nearest5BiasAdjusted(Nearest):
    """Nearest neighbours with replacement, bias-adjusted by regression (Abadie and Imbens 2011)."""

    estimands = ("att",)
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


class Optimal(Matching):
    """Pairs of the least total distance, without replacement (Rosenbaum 1989)."""

    estimands = ("att", "atc")
    method: Literal["optimal"]
    """Family."""
    ratio: int = Field(1, ge=1)
    """Matches per treated unit."""


class Full(Matching):
    """Optimal full matching: sets of one treated and several comparison units, or the reverse (Hansen 2004)."""

    estimands = ("att", "atc", "ate")
    method: Literal["full"]
    """Family."""


class Subclass(Reweighted):
    """Classes by quantiles of the propensity score (Rosenbaum and Rubin 1984)."""

    estimands = ("att", "atc", "ate")
    method: Literal["subclass"]
    """Family."""
    count: int = Field(6, ge=2)
    """Number of classes."""
    std_error: Literal["score_counted", "linearized"] | None = None
    """Linearisation over classes, or count the estimated score as well. If null: as for `full`, with `linearized` in
    place of `matched_sets`."""

    @model_validator(mode="after")
    def _effect_has_its_own_error(self) -> "Subclass":
        if self.std_error is not None and self.effect != "difference":
            raise ValueError(
                f"std_error: {self.std_error} is for differences; with effect '{self.effect}' the class weights are "
                "taken as given (HC1): remove std_error"
            )
        return self


class Cem(Reweighted):
    """Coarsened exact matching: units whose covariates fall into the same bins (Iacus, King and Porro 2012)."""

    estimands = ("att", "atc", "ate")
    method: Literal["cem"]
    """Family."""
    bins: Literal["sturges", "scott", "fd"] | Annotated[int, Field(ge=0)] | dict[Name, Bins] = "sturges"
    """A rule or number of bins for all covariates, or for some by name: a rule, a number (0: exact, 1: ignored) or the
    inner bounds."""
