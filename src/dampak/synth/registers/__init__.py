"""The registers of the synthetic population as offices keep them, faults included, and the truth about every row."""
