"""Poverty with and without each programme: Foster-Greer-Thorbecke measures, by area, with design standard errors."""
