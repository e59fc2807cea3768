"""Figures: labels and texts in two languages, one style, the chart families, and the only writer of a figure."""
