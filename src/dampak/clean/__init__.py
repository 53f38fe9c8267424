"""From raw files to one analysis table: read, recode, validate, deduplicate, account for every row."""
