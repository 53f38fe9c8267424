"""The families of methods that a study can name."""

from typing import Annotated, get_args

from pydantic import Field

from dampak.config.matching_methods import Cem, Full, Nearest1, Nearest1Caliper, Nearest5BiasAdjusted, Optimal, Subclass
from dampak.config.method import Method
from dampak.config.outcome_methods import Aipw, DidDr, DifferenceInMeans, GComputation, OaxacaBlinder, Regression
from dampak.config.weighting_methods import Cbps, EntropyBalancing, Ipw, Overlap

_Family = (
    DifferenceInMeans
    | Regression
    | OaxacaBlinder
    | GComputation
    | Nearest1
    | Nearest1Caliper
    | Nearest5BiasAdjusted
    | Optimal
    | Full
    | Subclass
    | Cem
    | Ipw
    | Overlap
    | EntropyBalancing
    | Cbps
    | Aipw
    | DidDr
)
AnyMethod = Annotated[_Family, Field(discriminator="method")]

FAMILIES: tuple[type[Method], ...] = get_args(_Family)

SUPPORTED_ESTIMANDS: dict[str, tuple[str, ...]] = {
    str(get_args(family.model_fields["method"].annotation)[0]): family.estimands for family in FAMILIES
}
