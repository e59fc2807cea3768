"""The use of care to be expected of youths in the same circumstances, by a model that does not know their origin."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.codelists import care_forms
from bereik.counts.table import USE, WEIGHTED, as_counts, is_weighted
from bereik.errors import BereikError, IncomparableError, InvalidTableError
from bereik.severity.sdq import read_facts
from bereik.tables import HIDDEN, PROVENANCE, one_value, require_columns

Array = np.ndarray
_FOLDS, _SEED = 10, 0
_WHERE = "the count table"


def expected_use(counts: pd.DataFrame, *, need: Sequence[str], by: Sequence[str], bands: int = 5) -> pd.DataFrame:
    """Put youths into bands of the use to be expected in their circumstances, by a model that does not know their origin.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table of persons of one form of care: the columns of `need` and `by`, ``population``, ``users``,
        ``synthetic``, ``source``; a column ``group`` (hashed group of persons or households) when there is one.
    need : list of str
        The circumstances in the model, each a category: severity, risk factors, age band, sex. Never the origin.
    by : list of str
        The columns to keep, for example ``["origin"]``.
    bands : int
        How many bands of about equal population.

    Returns
    -------
    pandas.DataFrame
        A count table by the columns of `by` (and ``group``) and ``expected_band`` (1 = lowest expected use, ordered), ready
        for `access_gap(..., over=["expected_band"])`; with ``expected_use`` (mean probability of the row) and ``note`` (text;
        empty when no factor is a form of care). A group of `by` with a hidden count is not in the model, and keeps its status.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    BereikError
        When the origin or a factor twice is in `need`, or an option is out of range.
    IncomparableError
        When several forms of care are mixed, or several periods without a column ``group``.
    InvalidTableError
        When a count is impossible, or all are hidden; when a category has no users, or no youths without care, in the
        folds that a model is fitted to; when there are fewer than 10 groups.

    Notes
    -----
    Need that is measured by care (mental health care, medication, protection) is high where access was good: it hides
    unequal access, and ``note`` says so.

    Logistic regression (main effects) on the counts of the combinations of `need`. Fitted to all youths at once,
    combinations that have many users by chance get a high expected use, so that use rises with the bands even where need
    says nothing (Abadie, Chingos & West 2018). Hence cross-fitting: the persons of each cell are dealt to 10 folds by a
    seeded draw, and the expected use of each fold is that of a model fitted to the others. With a column ``group`` a whole
    group is in one fold, so that neither a youth's own use nor that of the household enters the model that places him or
    her. Bands are made within each fold, and a combination is never divided within one: bands are about equal, not
    exactly, and one can be empty.

    Expected use is the average over all origins together: a group's own use has its share in it, and so have differences
    in access that go with the circumstances. Bands leave a part of the difference in circumstances within them: in a
    simulation (two origins, 24 combinations, true ratios of rates 1 and 0.57) the ratio in five bands was up to 4 % off,
    in twenty at most 1.5 %; so repeat a result with more bands. Intervals made from the bands take the bands as given.

    Examples
    --------
    >>> counts = pd.DataFrame({"severity": ["low", "low", "high", "high"], "origin": ["a", "b"] * 2,
    ...                        "population": [4000, 2000, 1000, 1000], "users": [200, 100, 400, 300],
    ...                        "synthetic": True, "source": "made up"})
    >>> expected = expected_use(counts, need=["severity"], by=["origin"], bands=2)
    >>> expected[["origin", "expected_band", "population", "users", "expected_use"]].round(2)
      origin expected_band  population  users  expected_use
    0      a             1        4000    200          0.05
    1      a             2        1000    400          0.35
    2      b             1        2000    100          0.05
    3      b             2        1000    300          0.35
    """
    note = _note_on_care(need)
    if not 2 <= bands <= 100:
        raise BereikError(f"bands={bands!r}", "a whole number from 2 to 100", "choose the number of bands")
    table = _checked(counts, need, by)
    kept = [*by, *(["group"] if "group" in table and "group" not in by else [])]
    hidden = table["status"].isin(HIDDEN)
    without = hidden.groupby([table[name] for name in by], observed=True).transform("any")
    parts = [] if without.all() else [_banded(table[~without], need, kept, bands)]
    if hidden.any():
        lowest = parts[0]["expected_band"].min() if parts else 1
        parts.append(table[hidden].drop_duplicates(kept).assign(expected_band=lowest, expected_users=np.nan))
    kept.append("expected_band")
    sums = pd.concat(parts).sort_values(kept, kind="stable", ignore_index=True)
    same = {"synthetic": table["synthetic"].iloc[0], "source": one_value(table, "source", where=_WHERE)}
    sums = sums.assign(**same, **({"weighted": True} if is_weighted(table) else {}))
    result = as_counts(sums, by=kept, order={"expected_band": sorted(set(sums["expected_band"]))})
    return result.assign(expected_use=sums["expected_users"] / sums["population"], note=note)


def _banded(table: pd.DataFrame, need: Sequence[str], kept: list[str], bands: int) -> pd.DataFrame:
    """Add the counts up by band of the expected use; where the circumstances do not vary all bands are one."""
    users, population = _dealt(table)
    combination = table.groupby(list(need), observed=True, sort=True).ngroup().to_numpy()
    cells = table[list(need)].iloc[np.unique(combination, return_index=True)[1]]
    expected, band = _cross_fitted(cells, _summed(users, combination), _summed(population, combination), bands)
    sums = _weighed(table, users, population)
    sums["expected_users"] = expected[combination] * sums["population"]
    rows = table.loc[table.index.repeat(_FOLDS), kept].assign(**{name: each.ravel() for name, each in sums.items()})
    rows["expected_band"] = band[combination].ravel() if len(cells) > 1 else "+".join(map(str, range(1, bands + 1)))
    rows = rows[population.ravel() > 0].groupby([*kept, "expected_band"], observed=True, sort=True).sum().reset_index()
    rows["status"] = "shown"
    return rows.assign(effective_population=rows["population"] ** 2 / rows["squares"]) if "squares" in rows else rows


def _weighed(table: pd.DataFrame, users: Array, population: Array) -> dict[str, Array]:
    """Give the counts of each cell in each fold; of weighted counts the weights are dealt with the persons."""
    if not is_weighted(table):
        return {"users": users, "population": population}
    whole, used, persons, users_of, size = (
        table[name].to_numpy(dtype="float64")[:, None] for name in ("population", "users", *WEIGHTED)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        of_users, of_others = np.nan_to_num(used / users_of), np.nan_to_num((whole - used) / (persons - users_of))
        squares = np.nan_to_num(whole**2 / size / persons)
    weighed = {"users": users * of_users, "population": users * of_users + (population - users) * of_others}
    return weighed | {"n_unweighted": population, "users_unweighted": users, "squares": squares * population}


def _note_on_care(factors: Sequence[str]) -> str:
    """Say which factors are a form of care; refuse one that tells the origin."""
    if isinstance(factors, str) or not factors or len(set(factors)) < len(factors):
        raise BereikError(f"the factors are {factors!r}", "a list of one or more different columns", "name each once")
    words = read_facts("factor_words.csv").groupby("kind")["word"].agg(list)
    kinds = (words["origin"], [*words["care"], *care_forms()["code"]])
    named = [[f"_{word}_" for word in kind] for kind in kinds]
    origin, care = (
        [name for name in factors if any(word in f"_{name.casefold()}_" for word in kind)] for kind in named
    )
    if origin:
        expected = "circumstances that do not tell the origin: else the difference between origins is counted as need"
        todo = "leave it out; compare origins afterwards, at equal severity"
        raise BereikError(f"{origin[0]!r} among the factors of need", expected, todo)
    measured = f"need is measured by care itself ({', '.join(care)}), which hides unequal access"
    return f"{measured}: show the result without it as well" if care else ""


def _checked(counts: pd.DataFrame, need: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    """Give the count table with all its categories, or raise when persons cannot be dealt to folds from it."""
    table = as_counts(counts, by=[name for name in counts if name not in (*USE, *WEIGHTED, "weighted", *PROVENANCE)])
    require_columns(table, [*need, *by], where=_WHERE)
    if "form" in table:
        one_value(table, "form", where=_WHERE)
    periods = [name for name in ("period", "year") if name in table and len(table[name].unique()) > 1]
    if periods and "group" not in table:
        expected = "one, or a column `group`: else a youth's own use in another year enters the model"
        todo = f"select one {periods[0]}, or count with hashed groups of persons"
        raise IncomparableError(f"several values of {periods[0]} together", expected, todo)
    return table


def _dealt(table: pd.DataFrame) -> tuple[Array, Array]:
    """Give users and population of each cell in each fold."""
    persons = ("users_unweighted", "n_unweighted") if is_weighted(table) else ("users", "population")
    users, population = (table[name].to_numpy(dtype="int64") for name in persons)
    if "group" not in table:
        generator, shares = np.random.default_rng(_SEED), np.full(_FOLDS, 1 / _FOLDS)
        dealt = generator.multinomial(users, shares)
        return dealt, dealt + generator.multinomial(population - users, shares)
    number = pd.factorize(table["group"], sort=True)[0]
    if number.max() + 1 < _FOLDS:
        raise InvalidTableError(f"{number.max() + 1} groups", f"at least {_FOLDS}", "count with more groups")
    inside = (number % _FOLDS)[:, None] == np.arange(_FOLDS)
    return users[:, None] * inside, population[:, None] * inside


def _summed(parts: Array, combination: Array) -> Array:
    return pd.DataFrame(parts).groupby(combination).sum().to_numpy(dtype="int64")


def _cross_fitted(cells: pd.DataFrame, users: Array, population: Array, bands: int) -> tuple[Array, Array]:
    """Give the expected use and the band of each combination in each fold, from the model of the other folds."""
    present = cells.apply(lambda column: column.cat.remove_unused_categories())
    matrix = pd.get_dummies(present, drop_first=True, dtype=float)
    matrix.insert(0, "intercept", 1.0)
    expected, band = np.empty(users.shape), np.empty(users.shape, dtype="int64")
    for fold in range(users.shape[1]):
        used, total = users.sum(axis=1) - users[:, fold], population.sum(axis=1) - population[:, fold]
        _check_categories(cells, used, total)
        expected[:, fold] = _predicted(matrix.to_numpy(), used, total)
        _, level = np.unique(expected[:, fold].round(12), return_inverse=True)
        size = np.bincount(level, weights=population[:, fold])
        middle = (size.cumsum() - size / 2) / max(size.sum(), 1)
        band[:, fold] = (1 + np.floor(middle * bands).clip(max=bands - 1))[level]
    return expected, band


def _check_categories(cells: pd.DataFrame, users: Array, population: Array) -> None:
    for name in cells:
        sums = pd.DataFrame({"users": users, "others": population - users}).groupby(cells[name].to_numpy()).sum()
        if (sums == 0).any(axis=None):
            category = sums.index[(sums == 0).any(axis=1)][0]
            problem = f"the factor {name!r} at {str(category)!r} has no users, or no youths without care, in some folds"
            todo = "merge the category with a neighbouring one, or leave the factor out"
            raise InvalidTableError(problem, "some of both in every category", todo)


def _predicted(matrix: Array, users: Array, population: Array) -> Array:
    import warnings

    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    filled = population > 0
    counts = np.column_stack([users, population - users])[filled]
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        # With as many coefficients as cells the fit is perfect, and no residual degrees of freedom are left.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        model = sm.GLM(counts, matrix[filled], family=sm.families.Binomial())
        fit = model.fit(maxiter=50, tol=1e-10, tol_criterion="params")
    if not fit.converged:
        raise BereikError("the model of use did not converge", "a finite estimate", "merge categories with few users")
    return np.asarray(fit.predict(matrix))
