"""The synthetic population: households, families and persons with planted effects, and a survey of them."""
