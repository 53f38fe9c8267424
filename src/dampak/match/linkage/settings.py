"""What a study decides about its linkage."""

from dataclasses import dataclass

from dampak.errors import ConfigError


@dataclass(frozen=True)
class LinkSettings:
    """Settings of a linkage.

    Parameters
    ----------
    accept : float
        Least probability of an accepted link, above 0.5: a register row then has one such household at most.
    floor : float
        Least probability of a candidate that is kept.
    random_pairs : int
        Pairs drawn to learn how often two different persons agree.
    training_people : int
        Register persons that the parameters are estimated on.
    iterations : int
        Most steps of EM.
    tolerance : float
        EM ends when no m changes by more than this.
    part_people : int
        Register persons compared at a time (whole areas); bounds the memory, changes no result.
    threads : int
        Of DuckDB; changes no result.
    """

    accept: float = 0.75
    floor: float = 0.001
    random_pairs: int = 500_000
    training_people: int = 60_000
    iterations: int = 100
    tolerance: float = 1e-6
    part_people: int = 250_000
    threads: int = 2

    def __post_init__(self) -> None:
        """Refuse what cannot be done.

        Raises
        ------
        ConfigError
            If a setting is outside its range.
        """
        if not 0.5 < self.accept < 1:
            raise ConfigError(f"linkage: accept is {self.accept}; a probability above 0.5 and below 1 was expected")
        if not 0 < self.floor <= 0.5:
            raise ConfigError(f"linkage: floor is {self.floor}; a probability above 0 and up to 0.5 was expected")
        for name in ("random_pairs", "training_people", "iterations", "part_people", "threads"):
            if getattr(self, name) < 1:
                raise ConfigError(f"linkage: {name} is {getattr(self, name)}; at least 1 was expected")
