"""A group and its reference by reported severity, with the maps to their true counts."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError
from bereik.rates.results import SUPERPOPULATION, check_known, hidden_by, words
from bereik.rates.workings.misclassification import checked_cuts, inverse_map, one_band_off, shift_map
from bereik.rates.workings.parts import check_reference, compared_rows, comparisons, parts_of
from bereik.rates.workings.strata import Strata, cross
from bereik.tables import require_columns

STANDARDS = {
    "pair_mean": "set to the mean of both true distributions of severity",
    "reference": "set to the true distribution of severity of the reference",
}
Maps = Callable[[float], np.ndarray]


class Settings(NamedTuple):
    """What was asked for, by the names of the arguments."""

    kind: str
    standard: str
    confidence: float
    cuts: Sequence[float] | None = None


class Pair(NamedTuple):
    """Reported counts of a group, then of the reference, one after the other, and the maps to their true counts."""

    users: np.ndarray
    population: np.ndarray
    size: np.ndarray
    cells: int  # of the group; the rest are those of the reference
    group_map: Maps  # of an amount of misreporting: bands by cells of the group
    reference_map: np.ndarray
    status: str
    about: dict[str, object]  # the categories and other fixed columns of its rows

    def method(self, why: str = "") -> str:
        """Say in words how a row was made."""
        return words("delta method, reported severity fixed", why, SUPERPOPULATION)


class _Row(NamedTuple):
    """One group: its reported counts and the map to true bands."""

    strata: Strata
    at: int
    to_bands: Maps


def pairs_of(
    counts: pd.DataFrame, *, by: Sequence[str], over: Sequence[str], relative_to: str, settings: Settings
) -> Iterator[Pair]:
    """Give each group with the reference, within each combination of the columns of `by` but the last."""
    check_known("standard", settings.standard, STANDARDS)
    for rows in (_banded if settings.kind == "bands" else _scored)(counts, by, over, relative_to, settings):
        for group, row in rows.items():
            if group != relative_to:
                yield _pair(row, rows[relative_to])


def _banded(
    counts: pd.DataFrame, by: Sequence[str], over: Sequence[str], relative_to: str, settings: Settings
) -> Iterator[dict[str, _Row]]:
    """Give the groups of each part, with the maps of bands."""
    if settings.cuts is not None:
        raise BereikError("`cuts` for bands", "`cuts` with kind='score' only", "leave `cuts` out, or shift the score")
    for part in comparisons(counts, by=by, over=over, relative_to=relative_to):
        strata = part.strata
        bands = strata.strata[over[-1]].drop_duplicates().tolist()
        sizes = strata.strata.groupby(over[-1], observed=True).size()
        if len(bands) < 2 or sizes.min() != sizes.max():
            raise InvalidTableError(
                f"{len(strata.strata)} strata with the bands {bands!r} of {over[-1]!r}",
                "at least two bands of severity, the same ones in every other stratum",
                "complete the count table, or adjust for severity only",
            )
        names = strata.groups[by[-1]].astype(str)
        to_true = partial(_to_true_bands, bands=len(bands), repeats=int(sizes.min()))
        yield {name: _Row(strata, at, to_true) for at, name in enumerate(names)}


def _to_true_bands(amount: float, bands: int, repeats: int) -> np.ndarray:
    return inverse_map(one_band_off(amount, bands), repeats)


def _scored(
    counts: pd.DataFrame, by: Sequence[str], over: Sequence[str], relative_to: str, settings: Settings
) -> Iterator[dict[str, _Row]]:
    """Give the groups of each part, each with its own scores."""
    cuts = checked_cuts(settings.cuts)
    if len(over) != 1 or ("group" in counts and "group" not in by):
        raise BereikError(
            f"over={list(over)!r} or hashed groups, for a shift of the score",
            "the column of the score only, and counts without a column `group`",
            "name the score alone; choose `cuts` such that every group has youths in every band",
        )
    table = compared_rows(counts, by, relative_to)
    require_columns(table, [*over, "population"], where="the count table")
    for part in parts_of(table, by):
        groups = part.groupby(by[-1], observed=True, sort=False)
        rows = {str(name): _scored_row(own, by, over, cuts) for name, own in groups}
        check_reference(list(rows), by[-1], relative_to, "a part of the count table")
        yield rows


def _scored_row(own: pd.DataFrame, by: Sequence[str], over: Sequence[str], cuts: np.ndarray) -> _Row:
    empty = own["population"].eq(0).fillna(False).to_numpy(dtype=bool)
    strata = cross(own if empty.all() else own[~empty], by=by, over=over)  # scores that nobody has are no strata
    scores = pd.to_numeric(strata.strata[over[0]].astype(object), errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(scores).all():
        raise InvalidTableError(
            f"{over[0]!r} has {strata.strata[over[0]][~np.isfinite(scores)].iloc[0]!r} as a score",
            "a number in every row",
            "use kind='bands' for bands, or give the score itself",
        )
    return _Row(strata, 0, partial(shift_map, scores=scores, cuts=cuts))


def _pair(own: _Row, other: _Row) -> Pair:
    both = (own, other)
    users, population, size = (
        np.concatenate([getattr(row.strata, name)[row.at] for row in both]) for name in ("users", "population", "size")
    )
    (status,) = hidden_by([own.strata.status[own.at]], other.strata.status[other.at])
    sources = [source for row in both for source in row.strata.source.split("; ")]
    about: dict[str, object] = {
        **own.strata.groups.iloc[own.at].to_dict(),
        "numerator": own.strata.users[own.at].sum(), "denominator": own.strata.population[own.at].sum(),
        "synthetic": own.strata.synthetic, "source": "; ".join(dict.fromkeys(sources)),
    }  # fmt: skip
    return Pair(
        users, population, size, own.strata.users.shape[1], own.to_bands, other.to_bands(0.0), status, about
    )  # fmt: skip
