"""What balance costs in units, on lalonde: the frontier by brute force, and the caliper path by MatchIt's pairs."""

import numpy as np
import pytest

from dampak.match.frontier import caliper_path, frontier

from .lalonde import lalonde, lalonde_score


def test_the_frontier_of_lalonde_starts_at_the_mean_distance_to_the_nearest():
    """By brute force over all 185 x 429 distances, whitened by the pooled within-group covariance."""
    x, treated = lalonde().x, lalonde().t
    centred = x - np.where(treated[:, None], x[treated].mean(axis=0), x[~treated].mean(axis=0))
    inverse = np.linalg.inv(centred.T @ centred / 612)
    gap = x[treated][:, None, :] - x[~treated][None, :, :]
    distance = np.sqrt(np.einsum("ijk,kl,ijl->ij", gap, inverse, gap))
    nearest_gap = np.sort(np.concatenate([distance.min(axis=0), distance.min(axis=1)]))
    table = frontier(x, treated)
    assert table["imbalance"][0] == pytest.approx(nearest_gap.mean(), rel=1e-9)
    for kept, imbalance in zip(table["n_kept"], table["imbalance"], strict=True):
        assert imbalance == pytest.approx(nearest_gap[:kept].mean(), rel=1e-9)


def test_the_caliper_path_of_lalonde_passes_through_the_pairs_of_matchit():
    """MatchIt 4.6 snapshot: a standardized caliper of .25 keeps 116 treated; none keeps all 185."""
    table = caliper_path(
        lalonde().t,
        score=lalonde_score(),
        covariates=lalonde().x,
        names=lalonde().names,
        survey_weight=lalonde().ones,
        calipers=(0.25,),
    )
    assert table["n_treated"].tolist() == [185, 116]
    assert table["smd_max"][1] < 0.25 < 1 < table["smd_max"][0]
