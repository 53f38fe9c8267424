"""Figures of a study of many programmes: one module per figure, in the house style of the package above."""
