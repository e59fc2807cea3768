"""How severe the problems of a youth are: the scores of the Strengths and Difficulties Questionnaire (SDQ), and bands.

Only facts stand here: which item belongs to which scale, which are reversed, and published cut-offs. The wording of the items
is the property of Youth in Mind, the owner of the questionnaire, which licenses its use and gives paper forms and scoring
instructions.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from bereik.categories import check_columns, check_known, is_number
from bereik.counts.persons import open_frame, schema_of, without_objects
from bereik.errors import BereikError, InvalidTableError
from bereik.tables import require_columns

INFORMANTS = ("parent", "teacher", "self")
PROBLEM_SCALES = ("emotional", "conduct", "hyperactivity", "peer")
_SCALES = (*PROBLEM_SCALES, "prosocial")
_SUMS = {"": PROBLEM_SCALES, "_internalising": ("emotional", "peer"), "_externalising": ("conduct", "hyperactivity")}
_QUESTIONS, _ITEMS, _FEWEST_ANSWERS = 25, 5, 3
_WHERE = "the data of persons"


@cache
def read_facts(name: str) -> pd.DataFrame:
    """Read one of the CSV files of this folder: items, cut-offs, words."""
    with files("bereik.severity").joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file)


def score_sdq(data: pd.DataFrame, *, items: Sequence[str] | None = None, informant: str = "parent") -> pd.DataFrame:
    """Compute the scales and the total of the SDQ from its 25 items.

    Parameters
    ----------
    data : pandas.DataFrame
        One row per youth. An answer is 0 (not true), 1 (somewhat true) or 2 (certainly true) as given: reversed items are
        turned here. Missing answers are missing, never 9 or 99.
    items : list of 25 str, optional
        The columns of the items in the order of the questionnaire; the short names of its owner (consid, restles, ...)
        when not given.
    informant : {"parent", "teacher", "self"}
        Who answered.

    Returns
    -------
    pandas.DataFrame
        The data with, for the informant "parent": ``sdq_parent_emotional``, ``sdq_parent_conduct``,
        ``sdq_parent_hyperactivity``, ``sdq_parent_peer``, ``sdq_parent_prosocial`` (0-10; a high prosocial score is a
        strength), ``sdq_parent`` (total difficulties, 0-40, prosocial not included), ``sdq_parent_internalising``
        (emotional and peer) and ``sdq_parent_externalising`` (conduct and hyperactivity; 0-20). Whole numbers; missing
        where a score cannot be computed.

    Raises
    ------
    UnknownNameError
        When the informant is unknown.
    BereikError
        When the number of items is wrong, or a column is named twice.
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When an answer is something else than the numbers above or missing.

    Notes
    -----
    A scale is the mean of its answered items times 5, rounded half up (2.5 becomes 3), when at least 3 of the 5 are
    answered; otherwise it is missing, and so is every sum that contains it. Source: scoring instructions of the owner of
    the questionnaire for 4-17 years (2014).

    Examples
    --------
    >>> names = read_facts("sdq_items.csv")["name"]
    >>> answers = pd.DataFrame([[0] * 25, [1] * 25, [2] * 25], columns=names)
    >>> score_sdq(answers).filter(like="sdq").iloc[:, :6].to_numpy().tolist()
    [[0, 2, 4, 4, 0, 10], [5, 5, 5, 5, 5, 20], [10, 8, 6, 6, 10, 30]]
    """
    check_known("informant", informant, INFORMANTS)
    facts = read_facts("sdq_items.csv")
    answers = _answers(data, facts["name"].tolist() if items is None else items)
    turned = np.where(facts["reversed"] == "yes", 2 - answers, answers)
    scales = {scale: _scale(turned[:, (facts["scale"] == scale).to_numpy()]) for scale in _SCALES}
    scores = {f"_{scale}": score for scale, score in scales.items()}
    scores |= {name: np.sum([scales[scale] for scale in parts], axis=0) for name, parts in _SUMS.items()}
    return data.assign(**{f"sdq_{informant}{name}": pd.array(score, dtype="Int64") for name, score in scores.items()})


def _answers(data: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Give the answers as floats, or raise when one is no answer."""
    check_columns(items=columns)
    if len(columns) != _QUESTIONS:
        expected = f"a list of {_QUESTIONS} different columns, in the order of the questionnaire"
        raise BereikError(f"the columns of the items are {columns!r}", expected, "name each item once")
    require_columns(data, columns, where=_WHERE)
    todo = "make codes for 'no answer' missing, and texts numbers; answers that were dichotomised cannot be scored"
    for name in columns:
        given = data[name].dropna()
        values = (given if given.dtype == object else given.unique()).tolist()
        if strange := dict.fromkeys(repr(each) for each in values if not (is_number(each) and each in (0, 1, 2))):
            told = ", ".join([*strange][:4])
            raise InvalidTableError(f"{name!r} holds what is no answer: {told}", "0, 1, 2 or missing", todo)
    return data[list(columns)].astype("Float64").to_numpy(dtype="float64", na_value=np.nan)


def _scale(answers: np.ndarray) -> np.ndarray:
    """Give 5 times the mean of the answered items, rounded half up."""
    answered = (~np.isnan(answers)).sum(axis=1)
    mean = np.nansum(answers, axis=1) * _ITEMS / np.maximum(answered, 1)
    return np.where(answered >= _FEWEST_ANSWERS, np.floor(mean + 0.5), np.nan)


def severity_bands(
    data: Any,
    *,
    score: str,
    informant: str | None = None,
    scheme: str | None = None,
    bands: Mapping[str, tuple[float, float]] | None = None,
    scale: str = "total",
    age: str = "age",
    into: str = "severity",
) -> Any:
    """Add a column with the band of a score: by published cut-offs of the SDQ, or by limits of one's own.

    Parameters
    ----------
    data : table of pandas, Polars, DuckDB, PyArrow, Dask or PySpark
        One row per youth and year.
    score : str
        The column of the score (the total of the SDQ: 0-40), for example sdq_parent; with `bands` any number, also an age.
    informant : {"parent", "teacher", "self"}
        Who answered; needed with `scheme`.
    scheme : {"uk_three_band", "uk_four_band", "dutch_norms"}
        Whose cut-offs (``sdq_cut_offs.csv`` has them, each with its source). Prefer Dutch norms; they exist for the total
        by parent (3-14 years) and teacher (4-10 years).
    bands : dict of (low, high)
        Instead of a scheme: the limits of each band, both included, least severe band first.
    scale : {"total", "emotional", "conduct", "hyperactivity", "peer", "prosocial"}
        Which scale the score is.
    age : str
        The column of the age in years, for a scheme.
    into : str
        The name of the new column; a column of that name is replaced.

    Returns
    -------
    table of the same kind
        The data with the new column; a lazy table stays lazy. Its bands are categories, least severe first (text in PyArrow,
        Dask and PySpark, which declare no order: name it in `count`). Missing where the score is missing or in no band (not
        whole, out of range), or the age is missing or outside the ages of the scheme: never the lowest band.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    UnknownNameError
        When the informant, scheme or scale is unknown.
    BereikError
        When no cut-off with a source exists (says which do), a column holds no numbers, not one of `scheme` and `bands` is
        given, a low limit lies above its high limit, two bands overlap, or there is no band.

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
    >>> severity_bands(youths, score="age", bands={"4-11": (4, 11), "12-17": (12, 17)}, into="age_band")["age_band"].tolist()
    ['4-11', '4-11', '12-17', '12-17']
    """
    import narwhals.stable.v2 as nw

    if (scheme is None) == (bands is None):
        raise BereikError(f"scheme={scheme!r} and bands={bands!r}", "one of the two", "name a scheme, or give limits")
    for name in (score, age, into):
        check_columns(columns=[name])
    frame = _persons(data, [score] if scheme is None else [score, age])
    conditions = []
    if bands is not None:
        _check_limits(bands)
        order = list(bands)
        conditions = [(nw.col(score).is_between(low, high), name) for name, (low, high) in bands.items()]
    else:
        cut_offs = _cut_offs(scheme=scheme, scale=scale, informant=informant)
        order = cut_offs["band"].unique().tolist()
        for row in cut_offs.itertuples():
            of_age = (nw.col(age) >= row.age_from) & (nw.col(age) < row.age_to + 1)
            conditions.append((nw.col(score).is_between(row.low, row.high) & of_age, row.band))
    band = nw.lit(None, dtype=nw.String)
    for condition, name in conditions:
        band = nw.when(condition).then(nw.lit(name)).otherwise(band)
    engine = frame.implementation
    ordered = engine.is_pandas() or engine.is_polars() or engine.is_duckdb()
    return frame.with_columns(**{into: band.cast(nw.Enum(order)) if ordered else band}).to_native()


def _check_limits(bands: Mapping[str, tuple[float, float]]) -> None:
    named = isinstance(bands, Mapping) and all(isinstance(name, str) and name for name in bands)
    pairs = list(bands.values()) if named else []
    right = all(isinstance(pair, (tuple, list)) and [*map(is_number, pair)] == [True] * 2 for pair in pairs)
    limits = sorted(map(tuple, pairs)) if right else []
    overlap = any(after[0] <= before[1] for before, after in pairwise(limits))
    if not limits or overlap or not all(low <= high for low, high in limits):
        expected = "at least one band, low at most high, and no score in two bands"
        todo = "give each its lowest and highest score"
        raise BereikError(f"the limits of the bands are {bands!r}", expected, todo)


def _cut_offs(**chosen: str | None) -> pd.DataFrame:
    """Give the cut-offs of a scheme, scale (and informant), or say which have a source."""
    table = read_facts("sdq_cut_offs.csv")
    allowed = {"scheme": table["scheme"].unique().tolist(), "scale": ("total", *_SCALES), "informant": INFORMANTS}
    for name, value in chosen.items():
        check_known(name, value, allowed[name])
    rows = table[(table[list(chosen)] == pd.Series(chosen)).all(axis=1)]
    if rows.empty:
        others = table[table["scale"] == chosen["scale"]][["scheme", "informant"]].drop_duplicates()
        asked = ", ".join(f"{name} {value!r}" for name, value in chosen.items())
        listed = ", ".join(f"{row.scheme} by {row.informant}" for row in others.itertuples())
        expected = f"for {chosen['scale']}, one of: {listed}"
        todo = "choose one of these, or give limits from a source of your own as bands="
        raise BereikError(f"the cut-offs for {asked} have no source yet", expected, todo)
    return rows


def _persons(data: Any, columns: Sequence[str]) -> Any:
    """Give a table of persons as a narwhals frame, or raise when a column is absent or does not hold numbers."""
    frame = open_frame(without_objects(data, columns))
    schema = schema_of(frame, columns)
    for name in columns:
        if not schema[name].is_numeric():
            wrong = f"the column {name!r} of the data of persons holds {schema[name]}"
            raise BereikError(wrong, "a column of numbers", "convert it, with missing values as missing")
    return frame
