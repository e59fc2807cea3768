"""The range over all admissible choices: one estimate and one interval for each measure of need, and a verdict of three words."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from bereik.codelists import AGES, care_forms, codelist
from bereik.errors import IncomparableError
from bereik.rates.intervals import CONFIDENCE, log_errors, normal_quantile
from bereik.rates.results import check_known, check_results, sources
from bereik.rates.specifications import MEASURES, PER, POPULATIONS, divisors
from bereik.tables import RESULT_COLUMNS, numbers, one_value, require_columns, result_table, rounded

_WHERE = "the table of ratios"
_ERROR_OF_PLACE, _CITIES = 0.30, 4  # on the log of a need ratio, and how many cities it was taken from
_BY = ["region", "origin", "form"]
_CHOICE = ["indicator", "population_group", "ages_of_need", "need_place"]
_OF_USE = ["origin_scheme", "population_used", *AGES]
_NEEDED = [*_CHOICE, "year", *_OF_USE, "measure", "value", "lower", "upper"]
_NEEDED += ["lower_rounding", "upper_rounding", "numerator", "denominator", "relative_to"]
_USE, NEED, NO_INTERVAL = "ratio of use rates", "ratio of rates of need", "lowest, median and highest, no interval"


def range_over_choices(ratios: pd.DataFrame) -> pd.DataFrame:
    """Give for each measure of need one ratio of use to need with one interval, their range, and a verdict of three words.

    Parameters
    ----------
    ratios : pandas.DataFrame
        Rows of `specifications`, all of them.

    Returns
    -------
    pandas.DataFrame
        ``kind`` (youth_help, or imposed: by a court or another body), ``region``, ``origin``, ``form``, ``indicator``,
        ``population_group``, ``ages_of_need`` and ``need_place`` (whose need), ``years``, ``origin_scheme``, ``ages_of_use``,
        ``ages_of_population``, ``population_used``, ``verdict``, ``side`` (below 1, above 1, both sides), ``nearest``, then
        those of a result table. A row over all measures lists their ages and places. First the rows of rate_ratio: use relative
        to the reference, of each form, also of one that nothing may divide. Then those of reach_ratio
        (use_relative_to_need_ratio for a compulsory form): one for each measure of need and place of it, ``numerator`` relative
        use, ``denominator`` relative need. Then, with all for the measure, one row range_over_choices: ``value`` is the median,
        ``lower`` and ``upper`` the lowest and highest of those ratios (a range, no interval: ``confidence`` is missing),
        ``numerator`` how many of their intervals exclude 1 on that side, ``denominator`` how many there are, ``nearest`` the
        limit of an interval that is nearest to 1, and ``verdict``: *established*, *points one way* or *open*; before it
        need_range, the median, lowest and highest relative need of these measures, where they are of problems of youths.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent or a choice occurs twice.
    IncomparableError
        When an indicator may not be a divisor for the form, or references, schemes of origin, or real and synthetic figures
        are mixed.
    UnknownNameError
        When an indicator is not known.

    Notes
    -----
    An estimate is the mean of the log ratio over the years, with the population that comes first in `specifications`; other
    populations and single years are rows of `specifications` beside it. Its interval holds the chance of use and of need and
    the error of the population (the years share youths, so the mean of their standard errors is taken), what rounding allows,
    and, where the need is of another place, an error for place: 0.30 on the log, the spread of the ratio of special
    primary education over the four large cities, fixed before any result (t with 3 degrees of freedom).

    Established: measures of at least two kinds of source (survey, school, police) and each interval on the same side of 1.
    Points one way: each estimate on one side. Open: the rest. No row may be left out, so this is an intersection-union
    test (Berger 1982): the chance to call established what is not is at most that of one interval, 2.5 percent on either
    side. All of it holds if a measure means the same in each group. Range of choices: Simonsohn, Simmons & Nelson (2020).

    Examples
    --------
    >>> from bereik.rates.specifications import specifications
    >>> ranges = range_over_choices(specifications("Haaglanden"))
    >>> ranges = ranges[(ranges["measure"] == "range_over_choices") & (ranges["origin"] == "niet_westers")]
    >>> ranges[["form", "verdict", "side", "lower", "upper", "numerator"]].round(2)
                     form         verdict     side  lower  upper  numerator
    29  without_residence  points one way  below 1   0.69   0.83        0.0
    51     with_residence  points one way  above 1   1.03   1.22        0.0
    57          probation  points one way  above 1   1.37   2.26        0.0
    """
    table = _checked(ratios)
    use = ratios[ratios["measure"] == "rate_ratio"].assign(**dict.fromkeys(_CHOICE, "none"))
    rows = []
    for same, part in _questions(use):
        rows.append(same | _estimate(part.assign(need_place=part["region"])) | {"need_place": "none", "per": _USE})
    for same, part in _questions(table):
        choices = [_estimate(some) for _, some in part.groupby(_CHOICE, observed=True, sort=False)]
        whole = [_verdict(choices), *_need_range(pd.DataFrame(choices))]
        rows += [same | choice for choice in (*choices, *({"source": sources(part)} | one for one in whole[::-1]))]
    made = pd.DataFrame(rows)
    imposed = made["form"].map(care_forms().set_index("code")["compulsory"]) == "yes"
    told = ["years", *_OF_USE, "verdict", "side", "nearest"]
    return result_table(made.assign(kind=np.where(imposed, "imposed", "youth_help")), ["kind", *_BY, *_CHOICE, *told])


def _questions(ratios: pd.DataFrame) -> Iterator[tuple[dict[str, object], pd.DataFrame]]:
    """Give what is the same in the rows of each question, and its ratios with the population that comes first."""
    for keys, part in ratios.groupby(_BY, observed=True, sort=False):
        used = next(name for name in POPULATIONS if name in set(part["population_used"]))
        part = part[part["population_used"] == used]
        same = part[["relative_to", "synthetic", *_OF_USE]].iloc[0].to_dict() | {"per": PER}
        years = "-".join(sorted({part["year"].min(), part["year"].max()}))
        yield dict(zip(_BY, keys, strict=True)) | same | {"years": years}, part


def _need_range(choices: pd.DataFrame) -> list[dict[str, object]]:
    """Give the range of relative need over the measures of problems, when there are any."""
    choices = choices[(choices["status"] == "shown") & (choices["measure"] == "reach_ratio")]
    if choices.empty:
        return []
    words = {"measure": "need_range", "per": NEED, "method": NO_INTERVAL, "status": "shown", "verdict": "", "side": ""}
    row = choices["denominator"].agg(value="median", lower="min", upper="max", denominator="size").to_dict()
    return [{**_all(choices), **words, **row}]


def _all(choices: pd.DataFrame) -> dict[str, object]:
    """Name the choices of all measures together, and list their ages and places."""
    listed = {name: "; ".join(choices[name].unique()) for name in ("ages_of_need", "need_place")}
    return {**dict.fromkeys(_CHOICE, "all"), **listed}


def _estimate(part: pd.DataFrame) -> dict[str, object]:
    """Give the mean over the years of the ratio with one measure of need, and its interval."""
    from scipy.stats import t

    first = part.iloc[0]
    row = first[[*_CHOICE, "measure"]].to_dict() | {"source": sources(part), "verdict": "", "nearest": np.nan}
    shown = part[part["status"] == "shown"]
    if shown.empty:
        return row | {"value": np.nan, "status": first["status"], "side": "no ratio"}
    elsewhere = first["need_place"] != first["region"]
    chance = normal_quantile(CONFIDENCE) * log_errors(shown).mean()
    place = t(_CITIES - 1).ppf((1 + CONFIDENCE) / 2) * _ERROR_OF_PLACE * elsewhere
    value, half = np.log(numbers(shown["value"])).mean(), np.hypot(chance, place)
    least, most = (np.log(numbers(shown[f"{side}_rounding"])).mean() for side in ("lower", "upper"))
    ends = {"value": np.exp(value), "lower": np.exp(least - half), "upper": np.exp(most + half)}
    ends |= {name: np.exp(np.log(numbers(shown[name])).mean()) for name in ("numerator", "denominator")}
    method = f"mean of the log over {len(shown)} years; chance, population and rounding"
    method += f", and {_ERROR_OF_PLACE} on the log because the need is of another place" * elsewhere
    side = "below 1" if rounded(ends["value"]) < 1 else "above 1"
    return row | ends | {"side": side, "status": "shown", "method": method, "confidence": CONFIDENCE}


def _verdict(choices: Sequence[dict[str, object]]) -> dict[str, object]:
    """Judge the estimates and intervals of one question."""
    table = pd.DataFrame(choices)
    shown = table[table["status"] == "shown"]
    row: dict[str, object] = {"measure": "range_over_choices", **_all(table)}
    left_out = f"; {len(table) - len(shown)} of {len(table)} without a ratio" * (len(shown) < len(table))
    row |= {"method": f"lowest, median and highest over the choices, no interval{left_out}", "nearest": np.nan}
    if shown.empty:
        status = table["status"].iloc[0] if len(set(table["status"])) == 1 else "undefined"
        return row | {"verdict": "open", "side": "no ratio", "value": np.nan, "status": status}
    value, lower, upper = (rounded(numbers(shown[name])) for name in ("value", "lower", "upper"))
    side = shown["side"].iloc[0] if len(set(shown["side"])) == 1 else "both sides"
    beyond = {"below 1": upper < 1, "above 1": lower > 1}.get(side, (upper < 1) | (lower > 1))
    kinds = codelist("indicators").set_index("indicator")["kind"].reindex(shown["indicator"]).nunique()
    sure = side != "both sides" and beyond.all() and kinds > 1
    word = "established" if sure else "open" if side == "both sides" else "points one way"
    nearest = {"below 1": upper.max(), "above 1": lower.min()}.get(side, np.nan)
    row |= {"side": side, "verdict": word, "nearest": nearest}
    row |= {"value": np.median(value), "lower": value.min(), "upper": value.max(), "status": "shown"}
    return row | {"numerator": int(beyond.sum()), "denominator": len(shown)}


def _checked(ratios: pd.DataFrame) -> pd.DataFrame:
    require_columns(ratios, [*_BY, *_NEEDED], where=_WHERE)
    table = ratios[~ratios["measure"].isin(["rate_ratio", "need_ratio"])]
    if table.empty or not table["measure"].isin(MEASURES.values()).all():
        problem = f"{_WHERE} has the measures {', '.join(ratios['measure'].unique())}"
        expected = f"ratios of use to need ({', '.join(dict.fromkeys(MEASURES.values()))})"
        raise IncomparableError(problem, expected, "take the rows of specifications")
    for name in ("synthetic", "relative_to", "origin_scheme"):
        one_value(table, name, where=_WHERE)
    _check_admissible(table)
    table = table.reset_index(drop=True)
    check_results(table, _NEEDED, [name for name in table.columns if name not in RESULT_COLUMNS], _WHERE)
    return table


def _check_admissible(table: pd.DataFrame) -> None:
    """Raise when an indicator may not be a divisor for the form beside it."""
    forms = divisors().groupby("indicator")["form"].agg(set)
    kinds = codelist("indicators").set_index("indicator")["kind"]
    for form, indicator in table[["form", "indicator"]].drop_duplicates().itertuples(index=False):
        check_known("need indicator", indicator, kinds.index)
        if form not in forms.get(indicator, ()):
            fitting = ", ".join(name for name in forms.index if form in forms[name])
            expected = f"an indicator that may be a divisor for this form: {fitting or 'there is none'}"
            todo = "see bereik.codelist; show this indicator beside the use, as context, without dividing"
            raise IncomparableError(f"use of {form!r} divided by {indicator!r} ({kinds[indicator]})", expected, todo)
