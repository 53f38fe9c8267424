"""Beneficiary registers as people keep them: numbers, names, dates, duplicates, and the hashes that replace persons."""
