"""Executes the notebooks and gathers the figures they make."""
