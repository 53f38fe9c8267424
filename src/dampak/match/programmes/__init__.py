"""Recipients of a programme and the households they are compared with: analysis tables, weights, balance."""
