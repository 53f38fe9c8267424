"""The picture of the jobs, coloured by state."""
