"""A household survey delivered in several files: read, recoded, joined, every row accounted for."""
