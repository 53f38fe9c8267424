"""Outcome-blind design: propensity, support, pairing, weighting, balance."""
