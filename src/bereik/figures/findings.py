"""Computes what the texts of each figure say from the very table that is drawn, so that words and picture cannot disagree."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from bereik.errors import FigureError, UnknownNameError
from bereik.figures.marks import one_row
from bereik.figures.texts import direction, figure_texts, position_in_band

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
    if stem not in _FINDINGS:
        raise UnknownNameError("figure", stem, _FINDINGS)
    found, values = _FINDINGS[stem](data, **options)
    return figure_texts(stem, direction=found, **values)


def _shown(data: pd.DataFrame, **where: str) -> pd.Series:
    row = one_row(data, **where)
    if row is None or row["status"] != "shown":
        wanted = ", ".join(f"{name}={value!r}" for name, value in where.items())
        raise FigureError(
            f"no row that is shown with {wanted} in the data of the figure",
            "the rows that its title is about",
            "add these rows to the data, or let the title be about a figure that is published",
        )
    return row


def _forms_by_origin(data: pd.DataFrame, *, form: str, group: str, reference: str) -> tuple[str, dict[str, Any]]:
    last = str(data["period"].max())
    ratio = _shown(data, measure="form_share_ratio", period=last, form=form, origin=group, relative_to=reference)
    shares = {
        name: _shown(data, measure="form_share", period=last, form=form, origin=name) for name in (group, reference)
    }
    return direction(ratio["lower"], ratio["upper"]), {
        "region": str(ratio["region"]), "first": str(data["period"].min()), "last": last, "form": form, "group": group,
        "reference": reference, "group_value": shares[group]["value"], "reference_value": shares[reference]["value"],
    }  # fmt: skip


def _use_over_time(data: pd.DataFrame, *, region: str, country: str) -> tuple[str, dict[str, Any]]:
    years = data[data["period_kind"] == "year"]
    last = str(years["period"].max())
    here, there = (_shown(years, period=last, region=name) for name in (region, country))
    latest = years[(years["period"] == last) & (years["region_kind"] == "municipality")]["value"]
    return direction(here["lower"] / there["upper"], here["upper"] / there["lower"]), {
        "region": region, "country": country, "first": str(years["period"].min()), "last": last, "value": here["value"],
        "country_value": there["value"], "low": latest.min(), "high": latest.max(),
    }  # fmt: skip


def _forms_per_100(
    data: pd.DataFrame, *, region: str, country: str, form: str, group: str, reference: str
) -> tuple[str, dict[str, Any]]:
    ratio = _shown(data, measure="form_index_ratio", region=region, form=form, origin=group, relative_to=reference)
    index = {
        name: _shown(data, measure="form_index", region=region, form=form, origin=name) for name in (group, reference)
    }
    return direction(ratio["lower"], ratio["upper"]), {
        "region": region, "country": country, "year": str(ratio["period"]), "form": form, "group": group,
        "reference": reference, "group_value": index[group]["value"], "reference_value": index[reference]["value"],
        "ratio": ratio["value"],
    }  # fmt: skip


def _ratio_by_region(data: pd.DataFrame, *, region: str, form: str) -> tuple[str, dict[str, Any]]:
    ratio = _shown(data, measure="form_share_ratio", region=region, form=form)
    band = _shown(data, measure="prediction_band", region=region, form=form)
    published = (data["measure"] == "form_share_ratio") & (data["form"] == form) & (data["status"] == "shown")
    return direction(ratio["lower"], ratio["upper"]), {
        "region": region, "year": str(ratio["period"]), "form": form, "group": str(ratio["origin"]),
        "reference": str(ratio["relative_to"]), "ratio": ratio["value"], "lower": ratio["lower"], "upper": ratio["upper"],
        "band_lower": band["lower"], "band_upper": band["upper"], "regions": int(published.sum()),
        "position": position_in_band(ratio["value"], band["lower"], band["upper"]),
    }  # fmt: skip


_FINDINGS: dict[str, Callable[..., tuple[str, dict[str, Any]]]] = {
    "01_forms_by_origin": _forms_by_origin,
    "01_use_over_time": _use_over_time,
    "02_forms_per_100": _forms_per_100,
    "02_ratio_by_region": _ratio_by_region,
}
