"""Notebooks and pages that a reviewer reads."""
