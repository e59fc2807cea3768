"""Draws counts again, as if persons or hashed groups of persons were drawn with replacement."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError

Counts = tuple[np.ndarray, np.ndarray]
Draw = Callable[[np.random.Generator, int], Counts]

_BLOCK = 2**15  # cells x replicates held at a time: 256 kB an array, which fits the cache


def checked_cells(users: np.ndarray, population: np.ndarray) -> Counts:
    """Give the counts as floats, or raise when they cannot be counts of persons."""
    users, population = np.asarray(users, dtype=float), np.asarray(population, dtype=float)
    if users.ndim != 1 or users.shape != population.shape:
        raise BereikError(
            f"users of shape {users.shape} and population of shape {population.shape}",
            "two arrays of one dimension and the same length",
            "give one value per cell",
        )
    known = ~(np.isnan(users) & np.isnan(population))
    wrong = known & ~((users >= 0) & (users <= population) & (population < np.inf))
    wrong |= known & ((users % 1 != 0) | (population % 1 != 0))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InvalidTableError(
            f"cell {at} has users={users[at]:.15g} and population={population[at]:.15g}",
            "whole counts, 0 <= users <= population, or NaN in both",
            "draw from counts of persons; weighted counts have no persons to draw: use the default interval",
        )
    return users, population


def group_codes(groups: np.ndarray, cells: int, fewest: int) -> np.ndarray:
    """Number the hashed groups from 0, or raise when a label is missing or there are too few."""
    codes, names = pd.factorize(np.asarray(groups))
    if len(codes) != cells or (codes < 0).any() or len(names) < fewest:
        raise BereikError(
            f"{len(codes)} group labels ({len(names)} different, {(codes < 0).sum()} missing) for {cells} cells",
            f"one label per cell, at least {fewest} different",
            "put each person (or household) in one of 100 hashed groups, in a column `group`, and count within it",
        )
    return np.asarray(codes)


def draw_persons(users: np.ndarray, population: np.ndarray) -> Draw:
    """Give a function that draws all persons again, as counts of users and population in each cell."""
    counts = np.concatenate([users, population - users])
    present = np.flatnonzero(counts > 0)  # else what rounding leaves over could go to the last category, though empty
    total, shares = int(counts[present].sum()), counts[present] / counts[present].sum()
    none = np.where(np.isnan(counts), np.nan, 0.0)

    def draw(generator: np.random.Generator, number: int) -> Counts:
        drawn = np.tile(none, (number, 1))
        drawn[:, present] = generator.multinomial(total, shares, number)
        return drawn[:, : len(users)], drawn[:, : len(users)] + drawn[:, len(users) :]

    return draw


def draw_groups(users: np.ndarray, population: np.ndarray, codes: np.ndarray) -> Draw:
    """Give a function that draws whole groups of persons again."""
    number_of_groups = codes.max() + 1

    def draw(generator: np.random.Generator, number: int) -> Counts:
        times = generator.multinomial(number_of_groups, np.full(number_of_groups, 1 / number_of_groups), number)
        return users * times[:, codes], population * times[:, codes]

    return draw


def blocks(draw: Draw, replicates: int, cells: int, generator: np.random.Generator) -> Iterator[Counts]:
    """Draw the replicates in blocks that fit the memory; the size of a block changes no number."""
    size = max(1, _BLOCK // cells)
    for start in range(0, replicates, size):
        yield draw(generator, min(size, replicates - start))
