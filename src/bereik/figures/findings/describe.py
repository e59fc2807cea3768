"""Computes what the texts of each figure say from the very table that is drawn, so that words and picture cannot disagree."""

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.errors import UnknownNameError
from bereik.figures.texts import figure_texts
from bereik.tables import rounded_table

__all__ = ["describe_figure"]


def describe_figure(stem: str, data: pd.DataFrame, **options: str) -> dict[str, dict[str, str]]:
    """Compute the title, subtitle, source and alternative text of a figure from the table that is drawn.

    Parameters
    ----------
    stem : str
        Name of the figure, for example ``02_ratio_by_region``.
    data : pandas.DataFrame
        The result table that is drawn; it also holds the rows that the title is about (a ratio beside the rates).
    **options
        What the title is about: ``region``, ``form``, ``group``, ``reference`` or ``country``, as the figure needs them.

    Returns
    -------
    dict
        ``{"nl": {...}, "en": {...}}``, each with ``title``, ``subtitle``, ``source`` and ``alt``, for `save_figure`.

    Raises
    ------
    UnknownNameError
        When the figure is unknown.
    FigureError
        When a row that the title needs is not in the data, or is not shown.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> rows = pd.DataFrame({"period": "2023", "period_kind": "year", "region": ["Haaglanden", "Nederland", "Delft"],
    ...     "region_kind": ["jeugdregio", "country", "municipality"], "measure": "use_rate", "value": [11.4, 11.0, 10.0],
    ...     "lower": [11.3, 10.9, 9.7], "upper": [11.5, 11.1, 10.3], "status": "shown", "synthetic": False,
    ...     "source": "CBS StatLine 85099NED"})
    >>> data = result_table(rows, ["period", "period_kind", "region", "region_kind"])
    >>> describe_figure("01_use_over_time", data, region="Haaglanden", country="Nederland")["en"]["title"]
    'In 2023, 11.4% of the youths in Haaglanden had youth care, more than in the Netherlands (11.0%)'
    """
    known = _findings()
    if stem not in known:
        raise UnknownNameError("figure", stem, known)
    found, values = known[stem](rounded_table(data), **options)
    return figure_texts(stem, direction=found, **values)


@cache
def _findings() -> dict[str, Callable[..., tuple[str, dict[str, Any]]]]:
    """Gather what the modules beside this one know: for each figure, the function that computes its direction and values."""
    modules = sorted(name for _, name, _ in pkgutil.iter_modules([str(Path(__file__).parent)]) if name[-2:].isdigit())
    return {
        stem: finding
        for name in modules
        for stem, finding in import_module(f"bereik.figures.findings.{name}").FINDINGS.items()
    }
