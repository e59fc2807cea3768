"""Estimators: each takes a table of counts and gives a result table, with the interval and what it rests on."""
