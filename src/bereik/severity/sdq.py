"""Scores the Strengths and Difficulties Questionnaire (SDQ) from its 25 answers.

Only facts stand here: which item belongs to which scale, and which are reversed. The wording of the items is the property
of Youth in Mind, the owner of the questionnaire, which licenses its use and gives paper forms and scoring instructions.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError, UnknownNameError, example_rows
from bereik.severity.facts import read_facts
from bereik.tables import require_columns

__all__ = ["INFORMANTS", "score_sdq"]

INFORMANTS = ("parent", "teacher", "self")
PROBLEM_SCALES = ("emotional", "conduct", "hyperactivity", "peer")
_ITEMS, _FEWEST_ANSWERS = 5, 3
_IMPACT_ITEMS = {"parent": 5, "teacher": 3, "self": 5}
_WHERE = "the data of persons"


def score_sdq(
    data: pd.DataFrame,
    *,
    items: Sequence[str] | None = None,
    informant: str = "parent",
    impact_items: Sequence[str] | None = None,
) -> pd.DataFrame:
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
    impact_items : list of str, optional
        The columns of the impact items (parent and self: 5, teacher: 3), answers 0 (not at all), 1 (only a little), 2
        (quite a lot), 3 (a great deal). The questionnaire skips them when there are no difficulties at all: give them 0
        there, for a skipped answer that is left missing makes the impact missing.

    Returns
    -------
    pandas.DataFrame
        The data with, for the informant "parent": ``sdq_parent_emotional``, ``sdq_parent_conduct``,
        ``sdq_parent_hyperactivity``, ``sdq_parent_peer``, ``sdq_parent_prosocial`` (0-10; a high prosocial score is a
        strength), ``sdq_parent`` (total difficulties, 0-40, prosocial not included), ``sdq_parent_internalising``
        (emotional and peer) and ``sdq_parent_externalising`` (conduct and hyperactivity; 0-20) and, when asked for,
        ``sdq_parent_impact`` (0-10, teacher 0-6). Whole numbers; missing where a score cannot be computed.

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
    the questionnaire for 4-17 years (2014). Impact: the first two answers count 0, the others 1 and 2 (Goodman 1999);
    this coding has not been checked against the owner's instructions yet.

    Examples
    --------
    >>> names = read_facts("sdq_items.csv")["name"]
    >>> answers = pd.DataFrame([[0] * 25, [1] * 25, [2] * 25], columns=names)
    >>> score_sdq(answers).filter(like="sdq").iloc[:, :6].to_numpy().tolist()
    [[0, 2, 4, 4, 0, 10], [5, 5, 5, 5, 5, 20], [10, 8, 6, 6, 10, 30]]
    """
    if informant not in INFORMANTS:
        raise UnknownNameError("informant", informant, INFORMANTS)
    facts = read_facts("sdq_items.csv")
    answers = _answers(data, facts["name"].tolist() if items is None else items, len(facts), highest=2)
    turned = np.where(facts["reversed"] == "yes", 2 - answers, answers)
    scales = [*PROBLEM_SCALES, "prosocial"]
    scores = {scale: _scale(turned[:, (facts["scale"] == scale).to_numpy()]) for scale in scales}
    sums = {
        "": sum(scores[scale] for scale in PROBLEM_SCALES),
        "_internalising": scores["emotional"] + scores["peer"],
        "_externalising": scores["conduct"] + scores["hyperactivity"],
    }
    if impact_items is not None:
        impact = _answers(data, impact_items, _IMPACT_ITEMS[informant], highest=3)
        sums["_impact"] = np.maximum(impact - 1, 0).sum(axis=1)
    named = {f"_{scale}": score for scale, score in scores.items()} | sums
    return data.assign(**{f"sdq_{informant}{name}": pd.array(score, dtype="Int64") for name, score in named.items()})


def _answers(data: pd.DataFrame, columns: Sequence[str], number: int, *, highest: int) -> np.ndarray:
    """Give the answers as floats, or raise when one is no answer."""
    if isinstance(columns, str) or len(columns) != number or len(set(columns)) != number:
        raise BereikError(
            f"the columns of the items are {columns!r}",
            f"a list of {number} different columns, in the order of the questionnaire",
            "name each item once",
        )
    require_columns(data, columns, where=_WHERE)
    for name in columns:
        values = data[name]
        wrong = values.notna() & ~values.isin(range(highest + 1)) | pd.api.types.is_bool_dtype(values)
        if wrong.any():
            raise InvalidTableError(
                f"no answer: {example_rows(data[[name]], wrong)}",
                f"a number from 0 to {highest}, or missing",
                "make codes for 'no answer' missing, and texts numbers; answers that were dichotomised cannot be scored",
            )
    return data[list(columns)].astype("Float64").to_numpy(dtype="float64", na_value=np.nan)


def _scale(answers: np.ndarray) -> np.ndarray:
    answered = (~np.isnan(answers)).sum(axis=1)
    mean = np.nansum(answers, axis=1) * _ITEMS / np.maximum(answered, 1)
    return np.where(answered >= _FEWEST_ANSWERS, np.floor(mean + 0.5), np.nan)
