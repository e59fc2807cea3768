"""Synthetic youths in the form of individual data, with known truth: persons, a Parquet file of any size, and counts of them."""

from collections.abc import Iterator, Sequence
from numbers import Integral
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from bereik.errors import BereikError, UnknownNameError
from bereik.sources.access_truth import expected_youths
from bereik.sources.synthetic_cells import facts, model
from bereik.sources.synthetic_youths import draw_youths
from bereik.tables import count_table

__all__ = ["example_counts", "example_youths", "write_example"]

_BLOCK = 122_880  # rows are drawn in blocks, each with a seed of its own; as many as DuckDB puts in one row group
_COUNTED = ("origin", "sex", "age_band", "single_parent", "income_group", "social_assistance", "severity")


def example_youths(
    size: int = 200_000, *, seed: int = 0, years: Sequence[int] = (2017,), region: str = "Haaglanden"
) -> pd.DataFrame:
    """Draw synthetic youths: one row per youth and year, as in a reader's own data.

    Parameters
    ----------
    size : int
        Number of rows. The first rows are the same whatever the size.
    seed : int
        Seed of the draw, 0 or more; the same seed gives the same youths.
    years : sequence of int
        The years, taken in turn. Each year has youths of its own (nobody is in two years) and the use of 2017.
    region : {"Haaglanden", "Utrecht Stad"}
        A jeugdregio: the ten municipalities of Haaglanden, or Utrecht for comparison.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``year``, ``municipality``, ``age`` (0-22), ``sex``, ``origin``, ``origin_scheme`` (migratieachtergrond),
        ``generation``, ``single_parent``, ``income_group``, ``social_assistance``; ``sdq_parent`` (ages 2-17),
        ``sdq_teacher`` (4-17), ``sdq_self`` (11-17), missing where nobody answered; ``without_residence``,
        ``with_residence``, ``protection``, ``probation`` (bool); for those in care (missing for others) ``referrer``,
        ``care_start``, ``care_end`` (missing when care goes on after the year) and, when it ended, ``ended_prematurely``,
        ``returned_within_year``, ``goals_reached``, ``problems_decreased``, ``satisfaction`` (0-10); ``synthetic`` (True) and
        ``source``.

    Raises
    ------
    BereikError
        When the size is not at least 1, the seed is negative, or there are no years.
    UnknownNameError
        When the region is unknown.

    Notes
    -----
    Nobody in this table exists. Youths by municipality and origin, and use by form, main origin, age and sex, are those
    published by CBS for 2017; severity by origin is an assumption, and use at equal severity follows from it: see `access_truth`.
    Model: the log odds of use rise with severity and depend on household, origin, age and sex; not on municipality
    or generation. Among the few youths of one form the others are more likely, but the published overlap of pairs of forms
    is not reproduced. All numbers, with sources, are in ``synthetic.toml``.

    Examples
    --------
    >>> youths = example_youths(10_000)
    >>> youths[["age", "origin", "sdq_parent", "without_residence", "synthetic"]].head(3)
       age      origin  sdq_parent  without_residence  synthetic
    0    5     westers        <NA>              False       True
    1   22  nederlands        <NA>              False       True
    2    3  nederlands           3              False       True
    """
    _check_draw(size, seed, years)
    return pd.concat(_blocks(size, seed, years, region), ignore_index=True)


def write_example(
    path: str | Path,
    rows: int,
    *,
    seed: int = 0,
    years: Sequence[int] = (2017,),
    region: str = "Haaglanden",
) -> Path:
    """Write synthetic youths to one Parquet file, in pieces, so that memory stays bounded up to 45 million rows and more.

    Parameters
    ----------
    path : path
        The file to write; an existing file is replaced.
    rows : int
        Number of rows (youths x years).
    seed : int
        Seed of the draw: the rows are those of ``example_youths(rows, seed=seed)``.
    years : sequence of int
        The years, taken in turn.
    region : {"Haaglanden", "Utrecht Stad"}
        The region.

    Returns
    -------
    pathlib.Path
        The file. The pieces stand in a temporary folder beside it until they are joined: twice its size on disk.

    Raises
    ------
    BereikError
        When the number of rows is not at least 1, the seed is negative, or there are no years.
    UnknownNameError
        When the region is unknown.

    Examples
    --------
    >>> import duckdb, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_example(f"{folder}/example.parquet", 1000)
    ...     duckdb.read_parquet(str(path)).shape
    (1000, 28)
    """
    import duckdb

    _check_draw(rows, seed, years)
    path = Path(path)
    dates = "* REPLACE (" + ", ".join(f"CAST({name} AS DATE) AS {name}" for name in ("care_start", "care_end")) + ")"
    with TemporaryDirectory(dir=path.parent) as folder, duckdb.connect(config={"threads": 1}) as connection:
        parts: list[str] = []
        for block in _blocks(rows, seed, years, region):
            parts.append(str(Path(folder) / f"{len(parts)}.parquet"))
            connection.from_df(block).project(dates).write_parquet(parts[-1])
        connection.read_parquet(parts).write_parquet(str(path), compression="zstd")
    return path


def example_counts(
    size: int,
    *,
    seed: int = 0,
    by: Sequence[str] = ("origin", "severity"),
    use: Sequence[str] = ("without_residence", "with_residence", "protection", "probation"),
    region: str = "Haaglanden",
    informant: str | None = "parent",
    scheme: str = "dutch_norms",
) -> pd.DataFrame:
    """Draw the counts that so many synthetic youths would give, straight from the probabilities, without the youths.

    Parameters
    ----------
    size : int
        Number of youths of the region; those without the informant's score are not counted, as in persons.
    seed : int
        Seed of the draw, 0 or more.
    by : sequence of str
        The categories: of origin, sex, age_band (0-3, 4-11, 12-17, 18-22), single_parent, income_group, social_assistance
        and severity.
    use : sequence of str
        The forms of care.
    region : {"Haaglanden", "Utrecht Stad"}
        The region.
    informant : {"parent", "teacher", "self", None}
        Whose SDQ total is severity; None: severity itself (0-40), of all youths.
    scheme : {"dutch_norms", "uk_three_band", "uk_four_band"}
        The bands, see `severity_bands`.

    Returns
    -------
    pandas.DataFrame
        A count table: ``form``, the columns of `by`, ``population``, ``users``, ``status``, ``synthetic``, ``source``. Each
        form has the same youths and the distribution of counts of persons; between forms the draws of users are independent.

    Raises
    ------
    BereikError
        When the size is not at least 1, the seed is negative, or `by` or `use` is empty.
    UnknownNameError
        When a category, a form, the region, the informant or the scheme is unknown.

    Notes
    -----
    Youths are independent, so the cells are multinomial and the users of a cell binomial.

    Examples
    --------
    >>> counts = example_counts(100_000, by=["origin"], use=["protection"])
    >>> counts[["form", "origin", "population", "users", "synthetic"]].head(2)
             form      origin  population  users  synthetic
    0  protection  nederlands       24538    214       True
    1  protection     westers        5593     48       True
    """
    _check_draw(size, seed)
    _check_names("category", by, _COUNTED)
    _check_names("form of care", use, facts()["forms"])
    expected = expected_youths(region, informant, scheme)
    expected = expected.groupby(list(by), observed=False)[["youths", *use]].sum().reset_index()
    share = expected["youths"].to_numpy()
    generator = np.random.default_rng(seed)
    population = generator.multinomial(size, [*share, max(0.0, 1 - share.sum())])[:-1]
    chance = np.divide(
        expected[list(use)].to_numpy().T, share, out=np.zeros((len(use), len(share))), where=share > 0
    ).clip(0, 1)
    tables = [
        expected[list(by)].assign(form=form, population=population, users=generator.binomial(population, each))
        for form, each in zip(use, chance, strict=True)
    ]
    together = pd.concat(tables, ignore_index=True).assign(synthetic=True, source=facts()["source"])
    return count_table(together, by=["form", *by])


def _check_draw(size: int, seed: int, years: Sequence[int] = (2017,)) -> None:
    """Raise when a size, a seed or a year is not a whole number in range, or no year is given."""
    if isinstance(years, str) or not isinstance(years, Sequence) or not years:
        raise BereikError(f"years={years!r}", "at least one year, in a list", "give for example years=[2017]")
    for name, value, least in (("size", size, 1), ("seed", seed, 0), *(("year", year, 1900) for year in years)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise BereikError(f"{name}={value!r}", f"a whole number, {least} or more", f"give another {name}")


def _check_names(kind: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Raise when there is no list of names, or one is unknown."""
    if isinstance(names, str) or not names:
        raise BereikError(f"{kind} {names!r}", "at least one name, in a list", f"choose from {', '.join(known)}")
    for name in names:
        if name not in known:
            raise UnknownNameError(f"{kind} of the synthetic example", name, known)


def _blocks(size: int, seed: int, years: Sequence[int], region: str) -> Iterator[pd.DataFrame]:
    """Give the youths in blocks."""
    cells = model(region)
    cumulative = np.cumsum(cells.weight)[:-1]
    for number, first in enumerate(range(0, size, _BLOCK)):
        generator = np.random.default_rng([seed, number])
        drawn = np.searchsorted(cumulative, generator.random(_BLOCK), side="right")
        row = np.arange(first, first + _BLOCK)
        year = np.array(years)[row % len(years)]
        yield draw_youths(region, drawn, row + 1, year, generator).iloc[: size - first]
