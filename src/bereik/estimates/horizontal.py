"""Whether youths with equal need use care equally along an ordered column: the horizontal inequity index."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.estimates.concentration import PER, concentration
from bereik.estimates.workings.bands import index_rows, ordered_counts
from bereik.estimates.workings.fairlie import inverse_logit
from bereik.estimates.workings.intervals import numbers
from bereik.estimates.workings.limits import Interval
from bereik.estimates.workings.model_fits import check_model, fit, main_effects, problem
from bereik.estimates.workings.replicates import Point

__all__ = ["horizontal_inequity"]

MEASURES = ("concentration_index", "concentration_index_of_need_expected_use", "horizontal_inequity_index")


def horizontal_inequity(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: str,
    need: Sequence[str],
    controls: Sequence[str] | None = None,
    linear: Sequence[str] = (),
    model: str = "linear",
    interval: str | None = None,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compute how use is concentrated along an ordered column beyond what need explains.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by`, `over`, `need` and `controls`, ``population``, ``users``, ``synthetic`` and
        ``source``. Cells without youths may be missing.
    by : list of str
        The columns that make the groups; each has its own model and indices.
    over : str
        The ordered column that youths are ranked by, lowest first: ordered categories, or numbers.
    need : list of str
        The columns that stand for need: severity, age, ...
    controls : list of str, optional
        The columns in the model that are no need. They are held at their mean, so that need does not stand in for them
        (O'Donnell et al. 2008). When not given: `over`; an empty list for none.
    linear : list of str
        The columns of `need` and `controls` that enter as a number with one slope, not with one effect per category.
    model : {"linear", "logit"}
        A linear probability model or a logistic model of use. With the logistic one, the result depends on the values at
        which the controls are held.
    interval : {None, "bootstrap"}
        None, or limits from drawing all persons again, model included.
    confidence, replicates, seed : float, int, int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them (limits are then too narrow); without it, an
        interval over several periods needs a column ``group`` with hashed groups of persons.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; three rows per group. ``measure`` is concentration_index (of
        use), concentration_index_of_need_expected_use, and horizontal_inequity_index, the first minus the second: above 0
        means that at equal need use is higher in the higher categories. ``numerator`` and ``denominator`` are the crude
        users and population. Status ``undefined`` where nobody uses care or the model is not determined.

    Raises
    ------
    BereikError
        When the order of `over` is not declared, no need is named, columns are named twice, a number is out of range, or
        counts are weighted and a bootstrap is asked for.
    UnknownNameError
        When the model or the interval is unknown.
    InvalidTableError
        When `counts` is no count table.

    Notes
    -----
    Wagstaff & van Doorslaer (2000): the index is ``C(use) - C(need-expected use)``, where need-expected use is what the
    model predicts from a youth's own need with the controls at the group's mean. Ranks are mid-ranks over `over`.
    No correction for yes/no outcomes is applied. Need must be measured alike in all bands: where severity is reported
    less readily in one of them, that enters the index. In replicates in which a category has nobody, its effect is
    taken as 0.

    Examples
    --------
    >>> counts = pd.DataFrame({"region": "A", "income": [1, 1, 2, 2], "severity": ["low", "high"] * 2,
    ...                        "population": [60, 40, 80, 20], "users": [6, 20, 8, 12], "synthetic": True, "source": "made up"})
    >>> found = horizontal_inequity(counts, by=["region"], over="income", need=["severity"])
    >>> found[["measure", "value"]].round(3)
                                        measure  value
    0                       concentration_index -0.065
    1  concentration_index_of_need_expected_use -0.096
    2                 horizontal_inequity_index  0.030
    """
    held = [over] if controls is None else list(controls)
    if isinstance(need, str) or not need or set(need) & {over, *held} or isinstance(controls, str):
        raise BereikError(
            f"need={need!r}, over={over!r} and controls={controls!r}",
            "one or more columns of need, none of them the ordered column or a control",
            "name the columns of need as a list",
        )
    check_model(model)
    how = Interval(interval, confidence, replicates, seed)
    how.checked(counts, by, assume_independent, (None, "bootstrap"))
    cells = ordered_counts(counts, by, over, [*need, *(name for name in held if name != over)])
    method = f"mid-ranks over {over}; need: {', '.join(need)}; held at the mean: {', '.join(held) or 'nothing'}; {model} model"
    labels: list[dict[str, object]] = [{"measure": name, "per": PER, "method": method} for name in MEASURES]

    def point_of(part: pd.DataFrame) -> Point:
        made, factor = main_effects(part, [*need, *held], linear)
        is_control = factor >= len(need)
        bands = (numbers(part[over].cat.codes)[:, None] == np.unique(part[over].cat.codes)).astype(float)
        users, population = numbers(part["users"]), numbers(part["population"])
        gone = np.nan if problem(model, made, users, population) else 0

        def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
            expected = need_expected(model, made.matrix, is_control, users, population)
            weight = population @ bands
            rates = [total @ bands / weight for total in (users, population * expected)]
            used, needed = (concentration(rate, weight) for rate in rates)
            return np.stack([used, needed + gone, used - needed + gone], axis=-1)

        return point

    return index_rows(cells, by, labels, point_of, how)


def need_expected(
    model: str, matrix: np.ndarray, is_control: np.ndarray, users: np.ndarray, population: np.ndarray
) -> np.ndarray:
    """Give what a model predicts in each cell (..., cells) when its control columns are held at their mean."""
    coefficients = fit(model, matrix, users, population)
    mean = population @ matrix / population.sum(axis=-1, keepdims=True)
    index = np.where(is_control, 0, coefficients) @ matrix.T
    index = index + (np.where(is_control, mean, 0) * coefficients).sum(axis=-1, keepdims=True)
    return index if model == "linear" else inverse_logit(index)
