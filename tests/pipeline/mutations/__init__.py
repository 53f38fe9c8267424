"""The edits of the mutation suite, and the exact set of jobs that each makes run."""

from . import code, config, data, environment, exhibits, results
from .edit import Bench, Mutation

__all__ = ["MUTATIONS", "Bench", "Mutation"]

MUTATIONS = (
    *data.MUTATIONS,
    *config.MUTATIONS,
    *code.MUTATIONS,
    *exhibits.MUTATIONS,
    *environment.MUTATIONS,
    *results.RESULTS,
    *results.STATES,
)
