"""Coverage of the intervals of every method, over samples with a planted truth."""
