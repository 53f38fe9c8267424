"""Augmented weighting and regression adjustment agree with statsmodels where nobody has published a number.

The published ones, Stata's and those of DRDID, are in the ledger.
"""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import Probit
from statsmodels.regression.linear_model import OLS
from statsmodels.treatment.treatment_effects import TreatmentEffect

from dampak.estimate.aipw import aipw
from dampak.estimate.g_computation import g_computation

from .lalonde import Data
from .public_data import BIRTH_OUTCOME, BIRTH_SCORE, births


def test_aipw_and_regression_adjustment_agree_with_the_gmm_of_statsmodels() -> None:
    """Births of mothers below 24: a sample for which nobody has published a number."""
    table = births().table
    part = Data(table[table["mage"] < 24].reset_index(drop=True), BIRTH_SCORE)
    y, t, outcome_covariates = part.column("bweight"), part.t, part.columns(*BIRTH_OUTCOME)
    score = Probit(t.astype(float), np.column_stack([part.ones, part.x])).fit(disp=0, tol=1e-12)
    outcome = OLS(y, np.column_stack([np.ones(y.size), outcome_covariates]))
    theirs = TreatmentEffect(outcome, t.astype(int), results_select=score)
    chosen = {"covariates": outcome_covariates, "weight": np.ones(y.size), "estimand": "ate"}
    ours = {
        "ra": g_computation(y, t, **chosen),
        "aipw": aipw(
            y,
            t,
            covariates=part.x,
            outcome_covariates=outcome_covariates,
            survey_weight=np.ones(y.size),
            estimand="ate",
            propensity="probit",
        ),
    }
    for name, found in ours.items():
        gmm = getattr(theirs, name)(return_results=True, disp=False).results_gmm
        assert found.estimate == pytest.approx(gmm.params[0], rel=1e-5), name
        assert found.std_error == pytest.approx(gmm.bse[0], rel=1e-3), name
