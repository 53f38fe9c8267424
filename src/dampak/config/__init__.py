"""Typed configuration: every decision of a study, with unknown keys refused."""
