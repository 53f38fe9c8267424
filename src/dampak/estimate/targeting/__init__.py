"""Who receives each programme: coverage, errors of targeting, incidence, concentration, and overlaps of programmes."""
