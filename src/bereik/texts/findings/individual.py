"""What the texts of all figures of individual data have in common: is it an example, whose data, which words."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from bereik.plot.rows_and_panels import is_compulsory
from bereik.small_cells import INDIVIDUAL
from bereik.tables import one_value
from bereik.terms.names import in_terms_order
from bereik.terms.origin import SCHEMES, origin_groups
from bereik.texts.findings.sides import direction

__all__ = ["about", "side_of_zero"]


def about(
    data: pd.DataFrame, *, group: str, reference: str, region: str, period: str, form: str, severity: str = ""
) -> dict[str, Any]:
    """Give the values that every text about individual data needs.

    Parameters
    ----------
    data : pandas.DataFrame
        The result table that is drawn, with ``synthetic`` and ``source``.
    group, reference : str
        The origin that the title is about, and the one it is compared with.
    region, period : str
        Where and when, in words; a code of a region is shown by its name.
    severity : str
        How severity was measured: a code of a label (``sdq_parent``), or words.
    form : str
        The form of care that the title is about.

    Returns
    -------
    dict
        Also ``example`` and ``example_words`` (empty for real data), ``source``, ``left_out``, ``classification``, ``verb``
        and ``again``.

    Raises
    ------
    IncomparableError
        When synthetic and real rows are mixed.
    UnknownNameError
        When an origin or the form is unknown.

    Examples
    --------
    >>> data = pd.DataFrame({"origin": ["turkije"], "synthetic": [True], "source": ["individual data: youths.csv"]})
    >>> said = about(data, group="turkije", reference="nederlands", region="Delft", period="2017", form="probation")
    >>> said["example"], said["source"], said["classification"], said["verb"]
    ('example_title', 'youths.csv', 'by_migratieachtergrond', 'verb_used')
    """
    synthetic = bool(one_value(data, "synthetic", where="the data of the figure"))
    whole = data["source"].astype(str).unique().tolist()
    names = sorted({source.removeprefix(INDIVIDUAL).split("; ")[0] for source in whole})
    used = is_compulsory(form)
    return {
        "group": group, "reference": reference, "region": region, "period": period, "severity": severity, "form": form,
        "example": "example_title" if synthetic else "", "example_words": "example_words" if synthetic else "",
        "source": ", ".join(names), "left_out": "rows_left_out" if any("left out" in name for name in whole) else "",
        "classification": _classification([*data["origin"].dropna().astype(str), group, reference]),
        "verb": "verb_used" if used else "verb_reaches", "again": "again_used" if used else "",
    }  # fmt: skip


def _classification(origins: Sequence[str]) -> str:
    """Name the one scheme that has all these origins; both have the countries."""
    codes = set(in_terms_order(origins))
    schemes = [scheme for scheme in SCHEMES if codes <= set(origin_groups(scheme)["code"])]
    return f"by_{schemes[0]}" if len(schemes) == 1 else "by_origin"


def side_of_zero(row: pd.Series) -> str:
    """Say on which side of 0 the interval of a difference lies, as `direction` does for a ratio."""
    return direction(1 + row["lower"], 1 + row["upper"])
