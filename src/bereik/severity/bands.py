"""Puts a score into ordered bands of severity, on any engine: the published cut-offs of the SDQ, or one's own."""

from collections.abc import Mapping
from functools import reduce
from itertools import pairwise
from typing import Any

import pandas as pd

from bereik.errors import BereikError, UnknownNameError
from bereik.severity.facts import persons, read_facts
from bereik.severity.sdq import INFORMANTS, PROBLEM_SCALES

__all__ = ["band_order", "score_bands", "severity_bands"]

_SCALES = ("total", *PROBLEM_SCALES, "prosocial")


def band_order(scheme: str, *, scale: str = "total") -> list[str]:
    """List the bands of a scheme from least to most severe.

    Parameters
    ----------
    scheme : {"uk_three_band", "uk_four_band", "dutch_norms"}
        The scheme.
    scale : {"total", "emotional", "conduct", "hyperactivity", "peer", "prosocial"}
        The scale; few strengths are the most severe end of the prosocial one.

    Returns
    -------
    list of str
        The bands, for the order of the category ``severity`` in a count table.

    Raises
    ------
    UnknownNameError
        When the scheme or the scale is unknown.
    BereikError
        When the scheme has no cut-offs with a source for the scale.

    Examples
    --------
    >>> band_order("uk_four_band")
    ['close to average', 'slightly raised', 'high', 'very high']
    """
    return _cut_offs(scheme=scheme, scale=scale)["band"].unique().tolist()


def severity_bands(
    data: Any, *, score: str, informant: str, scheme: str, scale: str = "total", age: str = "age"
) -> Any:
    """Add a column ``severity``: the band of an SDQ score.

    Parameters
    ----------
    data : table of pandas, Polars, DuckDB, PyArrow, Dask or PySpark
        One row per youth and year.
    score : str
        The column of the score (the total: 0-40), for example sdq_parent.
    informant : {"parent", "teacher", "self"}
        Who answered.
    scheme : {"uk_three_band", "uk_four_band", "dutch_norms"}
        Whose cut-offs (``sdq_cut_offs.csv`` has them, each with its source). Prefer Dutch norms; they exist for the total
        by parent (3-14 years) and teacher (4-10 years).
    scale : {"total", "emotional", "conduct", "hyperactivity", "peer", "prosocial"}
        Which scale the score is.
    age : str
        The column of the age in years.

    Returns
    -------
    table of the same kind
        The data with ``severity`` (text; a column of that name is replaced); a lazy table stays lazy. Missing where the
        score is missing, not whole or out of range, or the age is missing or outside the ages of the scheme: never the
        lowest band. `band_order` gives the order.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    UnknownNameError
        When the informant, scheme or scale is unknown.
    BereikError
        When no cut-off with a source exists (says which do), or a column holds no numbers.

    Notes
    -----
    One cut-off for all origins: norms per origin would define away the difference that is studied. Informants rate the same
    youth differently, and not in one direction for one group: show the result per informant (Stevens 2018). The highest
    band of the United Kingdom holds few Dutch youths: of 12-17-year-olds about 3 % (self) and 6 % (parent) have a total
    that is *abnormal* there, where the British design was 10 % (our reading of Vugteveen et al. 2022, table 2).

    Examples
    --------
    >>> youths = pd.DataFrame({"age": [8, 8, 13, 16], "sdq_parent": [10, 14, 14, 14]})
    >>> severity_bands(youths, score="sdq_parent", informant="parent", scheme="dutch_norms")["severity"].tolist()
    ['normal', 'clinical', 'clinical', nan]
    """
    import narwhals as nw

    cut_offs = _cut_offs(scheme=scheme, scale=scale, informant=informant)
    frame = persons(data, [score, age])
    conditions = [
        (
            nw.col(score).is_between(row.low, row.high)
            & (nw.col(age) >= row.age_from)
            & (nw.col(age) < row.age_to + 1),
            row.band,
        )
        for row in cut_offs.itertuples()
    ]
    return frame.with_columns(severity=_first(conditions)).to_native()


def score_bands(data: Any, *, score: str, bands: Mapping[str, tuple[float, float]], into: str = "severity") -> Any:
    """Add a column with the band of any score, or of the age, by limits of one's own.

    Parameters
    ----------
    data : table of pandas, Polars, DuckDB, PyArrow, Dask or PySpark
        One row per youth and year.
    score : str
        The column of the score.
    bands : dict of (low, high)
        The limits of each band, both included, least severe band first.
    into : str
        The name of the new column; a column of that name is replaced.

    Returns
    -------
    table of the same kind
        The data with the new column (text), see `severity_bands`. Missing where the score is missing or in no band.

    Raises
    ------
    MissingColumnError
        When the column is absent.
    BereikError
        When a low limit lies above its high limit, two bands overlap, there is no band, or the column holds no numbers.

    Examples
    --------
    >>> youths = pd.DataFrame({"score": [2, 5, 99]})
    >>> score_bands(youths, score="score", bands={"low": (0, 4), "high": (5, 10)})["severity"].tolist()
    ['low', 'high', nan]
    """
    import narwhals as nw

    limits = sorted(bands.values())
    overlap = any(after[0] <= before[1] for before, after in pairwise(limits))
    if not limits or overlap or not all(low <= high for low, high in limits):
        raise BereikError(
            f"the limits of the bands are {dict(bands)!r}",
            "at least one band, low at most high, and no score in two bands",
            "give each band its lowest and highest score",
        )
    conditions = [(nw.col(score).is_between(low, high), name) for name, (low, high) in bands.items()]
    return persons(data, [score]).with_columns(**{into: _first(conditions)}).to_native()


def _first(conditions: list[tuple[Any, str]]) -> Any:
    """Make the expression that gives the name of the condition that is true, else missing."""
    import narwhals as nw

    return reduce(
        lambda rest, pair: nw.when(pair[0]).then(nw.lit(pair[1])).otherwise(rest),
        conditions,
        nw.lit(None, dtype=nw.String),
    )


def _cut_offs(**chosen: str) -> pd.DataFrame:
    """Give the cut-offs of a scheme, scale (and informant), or say which have a source."""
    known = read_facts("sdq_cut_offs.csv")
    allowed = {"scheme": tuple(known["scheme"].unique()), "scale": _SCALES, "informant": INFORMANTS}
    for name, value in chosen.items():
        if value not in allowed[name]:
            raise UnknownNameError(name, value, allowed[name])
    found = known[(known[list(chosen)] == pd.Series(chosen)).all(axis=1)]
    if found.empty:
        others = known[known["scale"] == chosen["scale"]][["scheme", "informant"]].drop_duplicates()
        raise BereikError(
            f"the cut-offs for {', '.join(f'{name} {value!r}' for name, value in chosen.items())} have no source yet",
            f"for {chosen['scale']}, one of: {', '.join(f'{row.scheme} by {row.informant}' for row in others.itertuples())}",
            "choose one of these, or give limits from a source of your own to score_bands",
        )
    return found
