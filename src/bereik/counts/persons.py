"""Reduces persons, on whatever engine they live, to the count table that every estimator works on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bereik.codelists.care import care_forms
from bereik.counts.categories import category_order, codes_of, with_unknown
from bereik.counts.scan import GROUP, WHERE, as_booleans, combinations, constants, lazy, require_names
from bereik.counts.table import as_counts
from bereik.counts.tally import check_missing, check_pooled, check_rows, count_form
from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.small_cells import INDIVIDUAL

__all__ = ["count"]

_MISSING = ("refuse", "drop", "category")
_PERIODS = ("year", "period")
_TAKEN = ("form", "group", "population", "users", "status")


def count(
    data: Any,
    *,
    by: Sequence[str],
    use: str | Sequence[str],
    weight: str | None = None,
    missing: str = "refuse",
    groups: int | None = None,
    group_by: str | None = None,
    order: Mapping[str, Sequence[object]] | None = None,
    assume_independent: bool = False,
    source: str | None = None,
    synthetic: bool | None = None,
) -> pd.DataFrame:
    """Count youths, and those who use care, in each combination of categories; the same table from every engine.

    Parameters
    ----------
    data : data frame, or path
        One row per youth (and year): pandas, Polars (eager or lazy), DuckDB relation, PyArrow table, Dask or PySpark; or the
        path of a Parquet file, which DuckDB reads. It is read once, where it is, and never loaded whole.
    by : list of str
        The category columns, coarsest first, for example ``["origin", "severity"]``.
    use : str or list of str
        A column that says who uses a form of care: true or false, 1 or 0. A list gives a long table with a column ``form``.
    weight : str, optional
        A column of survey weights, above 0.
    missing : {"refuse", "drop", "category"}
        What to do with a missing use or category: refuse; leave the rows out (``source`` says how many); or make a missing
        category one of its own, ``onbekend``. A missing use is never a category.
    groups : int, optional
        Add the column ``group`` with this number of hashed groups (100 is usual), for `access_gap` and others with
        ``interval="bootstrap"``: a person, or household, is in one group only.
    group_by : str, optional
        The column that is hashed, ``id`` or ``household``: whole numbers, or text of digits.
    order : dict of list, optional
        The order of the categories per column. Without it: as declared in the data (ordered categories), as in the terms of
        bereik (origin), or ascending; text of severity, income or bands needs a declared order.
    assume_independent : bool
        Pool several years without groups, as if each had other youths.
    source, synthetic : str and bool, optional
        Where the data come from and whether they are made up; needed when the data have no columns of these names.

    Returns
    -------
    pandas.DataFrame
        A count table: ``form`` (when `use` is a list), the columns of `by`, ``group`` (when asked for), ``population``
        (rows), ``users``, ``status``, ``synthetic`` and ``source``, which begins with "individual data: ". Combinations
        without youths have no row. With weights, ``population`` and ``users`` are sums of weights (to ten digits), and
        ``n_unweighted``, ``users_unweighted``, ``effective_population`` and ``weighted`` are added.

    Raises
    ------
    MissingColumnError
        When the data lack a column, or both the data and the call lack provenance.
    InvalidTableError
        When a use or category is missing and `missing` is ``"refuse"``; when a use is not true or false, a weight not above
        0, an id no whole number; when an ordered column has no declared order.
    IncomparableError
        When several years are pooled, or several origin schemes, sources, or real and made-up rows are mixed.
    UnknownNameError
        When `missing` or a category is unknown.
    BereikError
        When the arguments contradict each other, or the data are no frame or path.

    Notes
    -----
    ``effective_population`` = (sum of weights)^2 / sum of squared weights (Kish 1965), which ignores strata and clusters
    of the sample. Groups: the id modulo 2^31 - 1, twice multiplied and squared modulo it, modulo `groups`.

    Examples
    --------
    >>> persons = pd.DataFrame({"origin": ["nederlands", "turkije", "turkije"], "without_residence": [True, False, True]})
    >>> count(persons, by=["origin"], use="without_residence", source="made up", synthetic=True).iloc[:, :3]
           origin  population  users
    0  nederlands           1      1
    1     turkije           2      1
    """
    uses = [use] if isinstance(use, str) else list(use)
    _check_call(by, uses, missing, groups, group_by)
    frame = lazy(data, converted=[*uses, *([group_by] if group_by else [])])
    schema = require_names(frame, [*by, *uses, *(name for name in (weight, group_by) if name)])
    about = _provenance(data, frame, schema, source, synthetic)
    schemes = ["origin_scheme"] if "origin" in by else []
    apart = [name for name in (*_PERIODS, *schemes) if name in schema and name not in by]
    cells = combinations(as_booleans(frame, uses), [*by, *apart], uses, weight=weight, groups=groups, group_by=group_by)
    check_rows(cells, weight, group_by)
    said = about["source"] + check_pooled(cells, apart, groups is not None or assume_independent)
    names = [*by, *([GROUP] if groups else [])]
    coded = pd.DataFrame({name: codes_of(cells[name]) for name in names}, index=cells.index)
    check_missing(coded, cells, uses, missing)
    orders = {name: category_order(coded[name], schema.get(name), name, order) for name in names}
    if missing == "category":
        coded, orders = with_unknown(coded, orders)
    forms = [count_form(coded, cells, name, weighted=weight is not None, source=said) for name in uses]
    long = pd.concat(forms, ignore_index=True).assign(synthetic=about["synthetic"])
    if not isinstance(use, str):
        listed = [code for code in care_forms()["code"] if code in uses]
        orders["form"] = [*listed, *(name for name in uses if name not in listed)]
        names = ["form", *names]
    return as_counts(long if weight is None else long.assign(weighted=True), by=names, order=orders)


def _check_call(by: Sequence[str], uses: list[str], missing: str, groups: int | None, group_by: str | None) -> None:
    if missing not in _MISSING:
        raise UnknownNameError("way to handle missing values", missing, _MISSING)
    names = [] if isinstance(by, str) else [*by, *uses]
    if not (by and uses) or len(set(names)) < max(len(names), 2):
        raise BereikError(f"by={by!r} and use={uses!r}", "column names, each once, `by` a list", "name the columns")
    taken = [name for name in by if name in _TAKEN]
    if taken:
        raise BereikError(
            f"`by` names {taken[0]!r}",
            "columns that a count table does not make itself",
            "rename the column in the data",
        )
    whole = isinstance(groups, int) and not isinstance(groups, bool) and groups >= 2
    if (groups is None) != (group_by is None) or not (groups is None or whole):
        raise BereikError(
            f"groups={groups!r} and group_by={group_by!r}",
            "both or neither: a whole number of 2 or more, and the column that is hashed",
            "use groups=100, group_by='id' (or 'household')",
        )


def _provenance(
    data: Any, frame: Any, schema: Mapping[str, Any], source: str | None, synthetic: bool | None
) -> dict[str, Any]:
    """Give source and synthetic, from the columns of these names or the call."""
    if source is None and isinstance(data, (str, Path)):
        source = Path(data).name if "source" not in schema else None
    given = {"source": source, "synthetic": synthetic}
    own = [name for name in given if name in schema]
    known = constants(frame, own) if own else {}
    for name, value in given.items():
        if name in known and value is not None and known[name] != value:
            raise IncomparableError(
                f"{name}={value!r} in the call and {known[name]!r} in the data",
                f"one {name}",
                f"leave out {name} in the call, or correct the column",
            )
        if name not in known and value is None:
            raise BereikError(
                f"{WHERE} have no column {name!r}, and the call does not say it",
                "where the data come from (source) and whether they are made up (synthetic), in the data or in the call",
                f"add {name}= to the call, for example source='file name', synthetic=False",
            )
    about = given | known
    if not isinstance(about["synthetic"], (bool, np.bool_)) or not str(about["source"] or "").strip():
        raise InvalidTableError(
            f"synthetic is {about['synthetic']!r} and source {about['source']!r}",
            "True or False, and a text",
            "correct the columns or the call",
        )
    text = str(about["source"])
    text = text if text.startswith(INDIVIDUAL) else INDIVIDUAL + text
    return {"source": text, "synthetic": bool(about["synthetic"])}
