"""The E-value: how strong an unmeasured need factor would have to be to explain a rate ratio away."""

import numpy as np
import pandas as pd

from bereik.errors import IncomparableError
from bereik.estimates.workings.intervals import divide
from bereik.estimates.workings.ratios import checked_ratios
from bereik.tables import RESULT_COLUMNS, check_statuses, require_columns, result_table

__all__ = ["e_value"]

_WHERE = "the table of ratios"
_PER = "rate ratio of an unmeasured need factor, with the group and with use, both at least this strong"


def e_value(ratios: pd.DataFrame) -> pd.DataFrame:
    """Compute the E-value of rate ratios: the strength of an unmeasured need factor that could explain them away.

    It is the strength of an unmeasured NEED factor (how much more often it occurs in one group, and how much it raises
    use), over and above the severity that was taken into account. It says nothing about origin as a cause.

    Parameters
    ----------
    ratios : pandas.DataFrame
        Rows of a result table whose ``measure`` is a rate ratio or risk ratio (its name has ``rate_ratio`` or
        ``risk_ratio`` in it), with ``value``, ``lower`` and ``upper``, ``status``, ``synthetic`` and ``source``.

    Returns
    -------
    pandas.DataFrame
        The category columns of `ratios`, then those of a result table, two rows for each ratio. ``measure``: e_value (of
        the ratio) and e_value_of_limit (of the limit nearest 1; 1 when the interval contains 1). ``numerator`` and
        ``denominator`` are those of the ratio. A hidden ratio keeps its status; a ratio or limit of 0 (no finite factor
        explains it) and a missing limit are ``undefined``.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    IncomparableError
        When a row is no ratio of rates: an odds ratio or a difference has another E-value.
    InvalidTableError
        When a ratio is negative, infinite, or outside its own interval.

    Notes
    -----
    E = RR + sqrt(RR (RR - 1)) for RR of 1 or more; the same of 1/RR below 1 (VanderWeele & Ding 2017). The factor would
    have to be tied to the group and to use, both by at least this ratio. A large E-value is no proof: it says how strong
    such a factor has to be, not whether there is one; a factor that is measured badly, or several together, count too.

    Examples
    --------
    >>> ratios = pd.DataFrame({"origin": ["a"], "measure": ["rate_ratio_at_equal_severity"], "value": [3.9], "lower": [1.8],
    ...                        "upper": [8.7], "status": ["shown"], "synthetic": [True], "source": ["made up"]})
    >>> e_value(ratios)[["origin", "measure", "value"]].round(2)
      origin           measure  value
    0      a           e_value   7.26
    1      a  e_value_of_limit   3.00
    """
    require_columns(ratios, ["measure", "value", "lower", "upper", "status", "synthetic", "source"], where=_WHERE)
    check_statuses(ratios)
    _check_measures(ratios)
    table = ratios.reset_index(drop=True)
    value, lower, upper = checked_ratios(table, _WHERE)
    shown = (table["status"] == "shown").to_numpy()
    nearest = np.where(value >= 1, np.maximum(lower, 1), np.minimum(upper, 1))
    categories = [name for name in table.columns if name not in RESULT_COLUMNS]
    parts = []
    for name, ratio in (("e_value", value), ("e_value_of_limit", nearest)):
        known = shown & (ratio > 0)
        strength = np.maximum(ratio, divide(np.ones(len(ratio)), ratio, known))
        e = strength + np.sqrt(strength * (strength - 1))
        status = table["status"].mask(shown & ~known, "undefined")
        method = "VanderWeele & Ding (2017), of " + table["measure"].astype(str)
        method = method.mask(shown & ~known, method + "; not defined at a ratio or limit of 0, or without a limit")
        parts.append(table.assign(measure=name, value=e, per=_PER, method=method, status=status))
    rounding = {"lower": np.nan, "upper": np.nan, "lower_rounding": np.nan, "upper_rounding": np.nan}
    frame = pd.concat(parts).assign(**rounding).sort_index(kind="stable")
    return result_table(frame, categories)


def _check_measures(ratios: pd.DataFrame) -> None:
    names = ratios["measure"].astype(str)
    wrong = (~names.str.contains("rate_ratio|risk_ratio")).to_numpy()
    if wrong.any():
        raise IncomparableError(
            f"{_WHERE} has the measure {names[wrong].iloc[0]!r}",
            "ratios of rates or of risks: this formula does not hold for odds ratios, differences or indexes",
            "keep the rows of a rate ratio, for example table[table['measure'] == 'rate_ratio_at_equal_severity']",
        )
