"""Chart: a map of a ratio per area, only from the reader's own file of boundaries (GeoJSON), matched by code."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.errors import SourceFileError, UnknownNameError
from bereik.figures.labels import label
from bereik.figures.marks import check_drawable
from bereik.figures.style import COLOURS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["area_map"]

_CLASSES = {  # upper edge, colour (light to dark in grey), hatching
    "map_far_below": (0.8, "#2166AC", ""), "map_below": (0.95, "#92C5DE", ""), "map_around": (1.05, "#F7F7F7", ""),
    "map_above": (1.25, "#F4A582", "//"), "map_far_above": (np.inf, "#B2182B", "//"),
}  # fmt: skip


def area_map(
    data: pd.DataFrame, language: str, *, boundaries: str, code: str = "statcode", measure: str = "shrunken_ratio"
) -> "Figure":
    """Colour each area of a GeoJSON file by its ratio; an area without a figure is grey and says so.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with ``area_code``, for one year.
    language : {"nl", "en"}
        The language of the key.
    boundaries : str
        Path of the reader's own GeoJSON: a FeatureCollection of polygons in any flat coordinates (RD, or degrees).
    code : str
        The property of a feature that holds the CBS code, as ``WK051828``.
    measure : str
        The measure that is drawn, a ratio.

    Returns
    -------
    matplotlib.figure.Figure
        Areas in the file whose code the data lack are left out.

    Raises
    ------
    SourceFileError
        When the file cannot be read, is no FeatureCollection, or holds no code of the data.
    UnknownNameError
        When no feature has the property `code`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Notes
    -----
    Prefer `area_dots`: on a map, large thinly peopled areas catch the eye, and intervals cannot be shown.

    Examples
    --------
    >>> area_map(pd.DataFrame(), "en", boundaries="no_such_file.geojson")
    Traceback (most recent call last):
    bereik.errors.SourceFileError: The file no_such_file.geojson cannot be read as GeoJSON. Expected: a FeatureCollection of
    polygons. To do: give the path of a file of boundaries, for example exported from the CBS map of wijken.
    """
    shapes = _shapes(boundaries, code)
    rows = check_drawable(data, ["area_code"], [measure]).set_index("area_code")
    found = {name: rings for name, rings in shapes if name in rows.index}
    if not found:
        raise SourceFileError(
            f"{Path(boundaries).name} has none of the {len(rows)} codes of the data, such as {rows.index[0]!r}",
            f"these codes in the property {code!r}",
            "use boundaries of the same year, or name the property with the code",
        )
    from matplotlib.patches import Patch, PathPatch
    from matplotlib.path import Path as Outline

    with style():
        figure = new_figure(6.5)
        axes = figure.subplots()
        for name, rings in found.items():
            colour, hatch = _look(rows.loc[name])
            outline = Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))
            axes.add_patch(PathPatch(outline, facecolor=colour, hatch=hatch, edgecolor=COLOURS["text"], linewidth=0.5))
        axes.autoscale_view()
        axes.set_aspect("equal")
        axes.set_axis_off()
        handles = [Patch(facecolor=face, hatch=lines, edgecolor=COLOURS["text"], label=label(key, language))
                   for key, (_, face, lines) in _CLASSES.items()]  # fmt: skip
        handles.append(
            Patch(
                facecolor=COLOURS["other"],
                hatch="..",
                edgecolor=COLOURS["text"],
                label=label("not_published", language),
            )
        )
        axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1, 1))
        return figure


def _look(row: pd.Series) -> tuple[str, str]:
    if row["status"] != "shown":
        return COLOURS["other"], ".."
    return next((colour, hatch) for edge, colour, hatch in _CLASSES.values() if row["value"] < edge)


def _shapes(boundaries: str, code: str) -> list[tuple[str, list[Any]]]:
    """Read code and rings of each feature."""
    try:
        features = json.loads(Path(boundaries).read_text(encoding="utf-8"))["features"]
        rings = [(each["properties"], _rings(each["geometry"])) for each in features]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceFileError(
            f"the file {Path(boundaries).name} cannot be read as GeoJSON",
            "a FeatureCollection of polygons",
            "give the path of a file of boundaries, for example exported from the CBS map of wijken",
        ) from error
    names = sorted({name for properties, _ in rings for name in properties})
    if code not in names:
        raise UnknownNameError("property", code, names, where=Path(boundaries).name)
    return [(str(properties[code]).strip(), parts) for properties, parts in rings if code in properties]


def _rings(geometry: dict[str, Any]) -> list[Any]:
    polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[geometry["type"]]
    return [np.asarray(ring, dtype="float64")[:, :2] for polygon in polygons for ring in polygon]
