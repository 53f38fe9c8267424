"""Sections of the parameters: every number with its status and source, every field described."""

from statistics import NormalDist
from typing import Literal

from pydantic import Field

from dampak.config.model import Label, Model, NonEmpty
from dampak.synth.terms import LOG_OUTCOMES, PROBABILITY_OUTCOMES, PROGRAMMES, REGIONS

Status = Literal["seen in source", "derived", "from memory, unverified", "assumption"]


class Number(Model):
    """A number with where it comes from."""

    value: float
    """The number."""
    status: Status
    """How far it can be trusted."""
    source: NonEmpty
    """Where it was read, or why it was chosen."""


class Share(Number):
    """A share or probability."""

    value: float = Field(ge=0, le=1)
    """From 0 to 1."""


class Positive(Number):
    """A number above 0."""

    value: float = Field(gt=0)
    """Above 0."""


class Count(Number):
    """A whole number of at least 1."""

    value: int = Field(ge=1)
    """A whole number."""


class Size(Model):
    """How many of everything."""

    households: Count
    """Households of the population, each of which stands for several real ones."""
    min_households_per_area: Count
    """Smallest number of synthetic households of a kabupaten/kota."""
    households_per_psu: Count
    """Households of a primary sampling unit (census block)."""
    survey_households: Count
    """Households of the survey."""
    survey_households_per_psu: Count
    """Households that the survey takes of each selected block."""


class Composition(Model):
    """Who lives together."""

    births: Positive
    """Children ever born to a mother (mean of a Poisson)."""
    married_child_share: Share
    """Households of an older head in which a married child lives."""
    married_child_own_card: Share
    """Those couples who hold their own family card (KK)."""
    parent_share: Share
    """Households of a younger head in which a parent lives."""
    parent_own_card: Share
    """Those parents who hold their own family card."""
    other_share: Share
    """Households with another relative."""
    pregnancy: Share
    """Women of 18-39 in a couple who are pregnant."""
    severe_disability: Share
    """Persons below 60 with a severe disability."""


class Welfare(Model):
    """Consumption, in logs."""

    psu_share: Share
    """Share of the variance of permanent welfare that a block shares."""
    transitory_share: Share
    """Share of the variance of log consumption that is transitory."""
    round_correlation: Share
    """Correlation of the transitory parts of two rounds."""
    urban_premium: Number
    """Log points by which urban households consume more."""
    size_elasticity: Number
    """Elasticity of consumption per person to household size."""
    food_share: Share
    """Share of food at mean log consumption."""
    engel_slope: Number
    """Change of the food share per log point."""
    skew: Share
    """0 is log-normal; more thins the lower tail and thickens the upper one."""
    growth: Number
    """Log growth of nominal consumption since the previous round."""
    line_growth: Number
    """Log growth of the poverty lines since the previous round."""


class Asset(Model):
    """Chance that a household owns something, as a logit."""

    level: float
    """At average welfare, rural."""
    slope: float
    """For each standard deviation of permanent welfare."""
    urban: float
    """Added in urban blocks."""


class Dwelling(Model):
    """Dwelling and assets."""

    assets: dict[Label, Asset]
    """By name."""
    shares: dict[Label, float]
    """Share of households of average standing at or below a grade: `earth_floor`, `cement_floor`, ..."""
    status: Status
    """Of assets and shares."""
    source: NonEmpty
    """Of assets and shares."""
    link: Share
    """Correlation of a dwelling's quality with permanent welfare."""
    urban: Number
    """Standard deviations of welfare that an urban block adds to a dwelling."""
    floor_area: Positive
    """Median floor area of a person living alone, square metres."""

    def cuts(self, *names: str) -> tuple[float, ...]:
        """Return the standard normal quantiles at which grades end."""
        return tuple(NormalDist().inv_cdf(self.shares[name]) for name in names)


class Outcomes(Model):
    """Outcomes in the absence of every programme: chance at average welfare, and slope per standard deviation."""

    attends_sd: Share
    """Attendance at 7-12."""
    attends_smp: Share
    """Attendance at 13-15."""
    attends_sma: Share
    """Attendance at 16-18."""
    attends_slope: Number
    """Slope of attendance at 13-15."""
    outpatient: Share
    """Outpatient visit in the last month."""
    outpatient_slope: Number
    """Its slope."""
    assisted_delivery: Share
    """Last birth attended by trained staff."""
    assisted_delivery_slope: Number
    """Its slope."""
    works_men: Share
    """Men of 19-64 who work."""
    works_women: Share
    """Women of 19-64 who work."""
    works_slope: Number
    """Slope of work."""
    food_insecure: Share
    """Households that went short of food."""
    food_insecure_slope: Number
    """Its slope."""


class Points(Model):
    """Points of need on the score: more is poorer."""

    earth_floor: float
    """Floor of earth."""
    bamboo_or_wood_wall: float
    """Wall of bamboo or wood."""
    no_private_toilet: float
    """No toilet of its own."""
    unprotected_water: float
    """Water from an unprotected source."""
    wood_fuel: float
    """Cooks with wood."""
    no_refrigerator: float
    """Owns no refrigerator."""
    no_motorcycle: float
    """Owns no motorcycle."""
    no_flat_tv: float
    """Owns no flat television."""
    no_gold: float
    """Owns no gold."""
    no_car: float
    """Owns no car."""
    small_floor: float
    """Less than 8 square metres of floor per person."""
    head_no_schooling: float
    """Family head finished no school."""
    head_sd: float
    """Family head finished primary school only."""
    per_dependant: float
    """For each member below 15 or from 65."""
    female_head: float
    """A woman heads the family."""
    disability: float
    """A member has a severe disability."""
    elderly: float
    """A member is 60 or older."""
    rural: float
    """Lives in a rural block."""


class Score(Model):
    """The DTKS-like score and the register that rests on it."""

    points: Points
    """Weights of what the survey sees too."""
    status: Status
    """Of the points."""
    source: NonEmpty
    """Of the points."""
    noise: Positive
    """Standard deviation, in points, of what only the register sees."""
    registered_share: Share
    """Families in the register, province-wide."""
    exclusion_error: Share
    """Target families that the register misses."""
    inclusion_error: Share
    """Places of the register given whatever the score."""


class Programme(Model):
    """One programme: size and amounts; its rules of eligibility are code (`dampak.synth.programmes`)."""

    title: NonEmpty
    """Official name."""
    starts: NonEmpty
    """Year, or year and month, of the first payment."""
    families: Positive
    """Real recipient families in the province."""
    amounts: dict[Label, Positive] = Field(min_length=1)
    """Rp per year by component."""


class Rules(Model):
    """Numbers in the rules of the programmes."""

    pkh_max_components: Count
    """Components of a family that PKH pays."""
    pkh_elderly_age: Count
    """Age from which a person is an elderly component."""
    pkh_left_per_active: Share
    """Families that left PKH for each active one."""
    prosperous_share_of_exits: Share
    """Those that left as prosperous and self-reliant; the others left for want of a component."""
    bpnt_given_pkh: Share
    """Chance of a PKH family to receive BPNT before the rest of the register."""
    pip_given_pkh: Share
    """Chance of a PKH family with a pupil to receive PIP before the rest."""
    jatim_puspa_areas: Count
    """Kabupaten with Jatim Puspa."""
    kabupaten_aid_areas: list[int] = Field(min_length=1)
    """BPS codes of the areas with an aid of their own (an assumption)."""


class Effect(Model):
    """One planted effect; entries of a programme and outcome add up."""

    programme: Literal[PROGRAMMES]  # type: ignore[valid-type]
    """Who causes it."""
    outcome: Literal[LOG_OUTCOMES + PROBABILITY_OUTCOMES]  # type: ignore[valid-type]
    """What it changes."""
    value: float = Field(ge=-1, le=1)
    """Log points (food, nonfood) or probability."""
    status: Status
    """How far it can be trusted."""
    source: NonEmpty
    """Why it was chosen."""
    region: Literal[REGIONS] | None = None  # type: ignore[valid-type]
    """Only in this type of region."""
    urban: bool | None = None
    """Only in urban (true) or rural (false) blocks."""
    together_with: Literal[PROGRAMMES] | None = None  # type: ignore[valid-type]
    """Only where the household receives this programme too."""


class Effects(Model):
    """All planted effects."""

    heterogeneity: Share
    """Standard deviation of a household's multiplier of effects on consumption."""
    entries: list[Effect]
    """The effects."""
