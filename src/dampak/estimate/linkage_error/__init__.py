"""Linkage uncertainty in the effect: the treatment is imputed many times over the linkage posterior.

Who received a programme is known through links between a register and the survey, and some links are doubtful. Here the
doubtful households are given a treatment at random, with the probability that the link, their covariates and their
outcome leave them, many times; each completed data set is analysed as if it were true, and the answers are pooled.
"""

from dampak.estimate.linkage_error.imputed_effect import imputed_effect
from dampak.estimate.linkage_error.rubin import Pooled, pooled
from dampak.estimate.linkage_error.treatment_imputation import imputed_treatments, linkage_prior

__all__ = ["Pooled", "imputed_effect", "imputed_treatments", "linkage_prior", "pooled"]
