"""One A4 page on each municipality of a region and on the region, as HTML and PDF in two languages, with chart and numbers."""

from functools import cache, partial
from itertools import chain
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.codelists.names import LANGUAGES, capital, format_number, label
from bereik.plot import narrow
from bereik.plot.marks import moved_apart, note
from bereik.plot.style import COLOURS, LOOKS, SMALL, new_figure, number_axis, scale_from_zero, style
from bereik.plot.workbook import write_workbook
from bereik.plot.write import framed_svg
from bereik.rates.referrals import REFERRERS
from bereik.report import places
from bereik.report.pdf import typeset
from bereik.report.places import USE, place_files, read_monitor
from bereik.report.shared import Each, as_file, font_faces, inline_picture, template, words_of
from bereik.report.sheet import place_texts
from bereik.tables import rounded_table, write_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_LETTERS = frozenset(map(chr, range(0x20, 0x7F)))
_WHAT = ["region", "region_kind", "indicator", "form", "origin", "period", "latest"]
_VALUE = ["measure", "value", "lower", "upper", "lower_rounding", "upper_rounding", "confidence"]
_CHANGE = ["change", "change_lower", "change_upper", "comparable", "jump", "verdict"]
_BASIS = ["numerator", "denominator", "per", "relative_to", "status", "synthetic", "source"]
_PARTS = (("change", "missing"), ("ask",))  # the lists of sentences, in the order of the sheet
_font_faces = cache(font_faces)
_LETTER, _LINE, _BODY = 16, 0.3, 4.4  # points; inches, of a line of words and of the panels
_COLUMNS = (1.95, 1.4, 1.65, 1.0, 0.85)  # lines, their names, names of the bars, bars, numbers
_HALVES, _BARS = (1.0, 1.05), (1.87, 1.0, 0.88)  # the same in a narrow picture, the bars below the lines
_START = -_COLUMNS[2] / _COLUMNS[3]  # where the names of the bars begin, in widths of the bars


def write_factsheets(figures: Path, goal: Path, municipality: str | None = None, *, each: Each = map) -> list[Path]:
    """Write the factsheets of a region and its municipalities to places/.

    Parameters
    ----------
    figures : pathlib.Path
        The folder with the figures; the reach monitor of the same run is read.
    goal : pathlib.Path
        The folder that gets places/.
    municipality : str, optional
        Only this municipality (or the region), in any spelling that `find_region` knows.
    each : callable
        Calls a function for each place, as `map` does; the `map` of a pool of processes does so side by side.

    Returns
    -------
    list of pathlib.Path
        For each place ``SLUG.html``, ``SLUG.en.html``, ``SLUG.nl.pdf``, ``SLUG.en.pdf``, ``SLUG.nl.svg``, ``SLUG.en.svg``,
        ``SLUG.csv`` (the numbers) and ``SLUG.xlsx`` (the same, with what each column means).

    Notes
    -----
    All numbers come from the reach monitor and from the published referrers (`place_rows`, `place_referrals`).
    """
    monitor = read_monitor(figures)
    folder = goal / "places"
    folder.mkdir(exist_ok=True)
    chosen = [places.find_place(municipality, monitor)] if municipality else places.places_of(monitor)
    return sorted(chain.from_iterable(each(partial(_write_place, monitor=monitor, folder=folder), chosen)))


def _write_place(place: str, monitor: pd.DataFrame, folder: Path) -> list[Path]:
    """Write all files of one place."""
    routes, texts, written = places.place_referrals(monitor, place), {}, []
    for language, told in place_texts(monitor, routes, place).items():
        facts, files = _facts(told, place, language), place_files(place, language)
        texts[language] = facts["chart"] | {"title": facts["title"]}
        draw, slug = partial(place_chart, monitor, routes, language, place=place), places.place_slug(place)
        svg, small = framed_svg(draw, facts["chart"]), narrow.drawn(framed_svg, draw, facts["chart"])
        picture = inline_picture(svg, slug, facts["chart"], small)
        fonts = _font_faces("".join(sorted(set(picture) | _LETTERS)))  # the same for most places, so made once
        page = template("factsheet.html.j2", language).render(**facts, files=files, picture=picture, fonts=fonts)
        for kind, text in {"svg": svg, "narrow.svg": small, "html": page}.items():
            (folder / files[kind]).write_text(text, encoding="utf-8", newline="\n")
        chart = as_file(inline_picture(svg, slug, facts["chart"]))
        typeset("factsheet.typ", facts, {"chart.svg": chart}, folder / files["pdf"])
        written += [folder / files[kind] for kind in ("svg", "narrow.svg", "html", "pdf")]
    numbers = _numbers(place, monitor, routes)
    workbook = write_workbook(rounded_table(numbers), folder / files["xlsx"], texts=texts)
    return [*written, workbook, write_csv(numbers, folder / files["csv"])]


def _facts(told: dict[str, Any], place: str, language: str) -> dict[str, Any]:
    """Put all that a factsheet says in one place."""
    other = next(code for code in LANGUAGES if code != language)
    words = words_of("factsheet", language)
    titled = {key: {"title": words[key]["heading"], "items": told[key]} for key in _PARTS[0] + _PARTS[1] if told[key]}
    facts = {"parts": [[titled[key] for key in keys if key in titled] for keys in _PARTS], "words": words}
    facts |= {"other": {"language": other, "page": place_files(place, other)["html"]}, "language": language}
    return {**told, "finding": f"{told['finding']}.", **facts}


def _numbers(place: str, monitor: pd.DataFrame, routes: pd.DataFrame) -> pd.DataFrame:
    """Give every number on the sheet, with those behind the chart; referrers as an indicator with their name as form."""
    on_sheet = monitor["latest"].astype(bool) | (monitor["indicator"] == USE)
    parts = [monitor[(monitor["region"] == place) | ((monitor["region_kind"] != "municipality") & on_sheet)]]
    if len(routes):
        parts.append(routes.assign(indicator="referrer", form=routes["referrer"], latest=True))
    return pd.concat(parts, ignore_index=True).reindex(columns=[*_WHAT, *_VALUE, *_CHANGE, *_BASIS])


def place_chart(monitor: pd.DataFrame, routes: pd.DataFrame, language: str, *, place: str) -> "Figure":
    """Draw use of youth care of a place by year beside the region and the country, and who referred.

    Parameters
    ----------
    monitor : pandas.DataFrame
        From `read_monitor`.
    routes : pandas.DataFrame
        From `place_referrals`; without rows the second panel is left out.
    language : {"nl", "en"}
        The language of labels and numbers.
    place : str
        A municipality or the region of it.

    Returns
    -------
    matplotlib.figure.Figure
        Lines stop where a year cannot be compared with the one before. A share that is not published says so.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> table = read_monitor(project_folder() / "figures")
    >>> figure = place_chart(table, places.place_referrals(table, "Delft"), "en", place="Delft")
    >>> [axes.get_title(loc="left") for axes in figure.axes[:2]]
    ['Use of youth care (%)', 'Through which referrer, 2023']
    """
    use = monitor[monitor["indicator"] == USE]
    use = use[(use["region"] == place) | (use["region_kind"] != "municipality")]
    with style(SMALL if narrow.on() else _LETTER):
        figure = new_figure()
        if narrow.on():
            above, below, _ = narrow.grid_of(figure, 2, [])
            grid: Any = above.subgridspec(1, 2, width_ratios=_HALVES, wspace=0)
            bars: Any = below.subgridspec(1, 3, width_ratios=_BARS, wspace=0)
        else:
            grid = bars = figure.add_gridspec(1, len(_COLUMNS), width_ratios=_COLUMNS, wspace=0)
        _lines(figure.add_subplot(grid[0, 0]), use, place, language)
        if len(routes):
            _referrers(figure.add_subplot(bars[0, -2]), figure.add_subplot(bars[0, -1]), routes, place, language)
        return figure


def _lines(axes: "Axes", use: pd.DataFrame, place: str, language: str) -> None:
    """Draw a line for the place, the region and the country, and name each at its end."""
    from matplotlib.ticker import MaxNLocator

    top = 1.15 * float(use["value"].max())
    ends = []
    for (name, region_kind), series in use.groupby(["region", "region_kind"], sort=False):
        kind = "place" if name == place else str(region_kind)
        years = series["period"].str[:4].astype(int)
        for _, part in series.groupby((series["comparable"].astype("str") == "False").cumsum()):
            axes.plot(years[part.index], part["value"], **LOOKS[kind])
        for value in series["value"].dropna().tail(1):
            words = f"{capital(label(str(name), language))} {format_number(value, language, 1)}%"
            ends.append((value, fill(words, 18 if kind == "place" else 21), kind))
    years = sorted(use["period"].str[:4].astype(int).unique())
    axes.set_ylim(0, top)
    axes.set_xlim(years[0] - 0.4, years[-1] + 0.4)
    axes.set_xticks(years, [str(year) if (years[-1] - year) % 4 == 0 else "" for year in years])
    axes.grid(axis="y", visible=True)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    number_axis(axes.yaxis, language)
    axes.set_title(f"{capital(label('use_rate', language))} (%)")
    ends.sort(key=lambda end: end[0])
    lines = np.array([_LINE * (words.count("\n") + 1) for _, words, _ in ends])
    sizes = lines * top / _BODY * (1.0 if narrow.on() else 1.3)
    heights = moved_apart(np.array([value for value, *_ in ends]), sizes, 0, top)
    for height, (_, words, kind) in zip(heights, ends, strict=True):
        strong = {"weight": "bold", "color": COLOURS["focus_text"]}
        look = strong if kind == "place" else {"color": LOOKS[kind]["color"]}
        _annotate(axes, years[-1] + 0.4, height, words, across=7, **look)


def _referrers(axes: "Axes", numbers: "Axes", routes: pd.DataFrame, place: str, language: str) -> None:
    """Draw a bar for the place and a ring for the country on each row, with both numbers in columns beside them."""
    shares = routes.pivot(index="referrer", columns="region", values="value")
    referrers = [code for code in REFERRERS if code in shares.index]
    country = next(name for name in shares.columns if name != place)
    looks: dict[str, Any] = {place: {"color": COLOURS["focus_text"], "weight": "bold"}}
    looks[country] = {"color": COLOURS["country"]}
    for height, code in enumerate(referrers):
        here, there = shares.loc[code, place], shares.loc[code, country]
        if pd.notna(here):
            axes.barh(height, here, height=0.62, color=COLOURS["focus"], snap=False)
        else:
            hidden, across = label("not_published", language), 8 if narrow.on() else 14
            _annotate(axes, 0, height, hidden, across=across, style="italic", color=COLOURS["quiet_text"])
        axes.plot([there], [height], **LOOKS["ring"])
        _annotate(axes, 0, height, capital(label(f"referrer_{code}", language)), across=-11, ha="right")
        for right, value, look in zip((0.48, 1.0), (here, there), looks.values(), strict=True):
            if pd.notna(value):
                _annotate(numbers, right, height, places.whole_percentage(value, language), ha="right", **look)
    side = axes.get_yaxis_transform()
    for above, (name, look), mark in zip((-2.0, -1.05), looks.items(), (LOOKS["square"], LOOKS["ring"]), strict=True):
        axes.plot([_START + 0.05], [above], transform=side, in_layout=False, **mark)
        _annotate(axes, _START, above, capital(label(name, language)), across=25, xycoords=side, **look)
    numbers.set_axis_off()
    for panel in (axes, numbers):
        panel.set_ylim(len(referrers) - 0.5, -2.5)
    axes.set_yticks([])
    scale_from_zero(axes, 1.05 * float(shares.max().max()), highest=100)
    axes.set_xlabel(label("axis_referral_share", language), loc="left")
    words = words_of("factsheet", language)["chart"]["referrers_title"].format(year=routes["period"].iloc[0])
    axes.set_title(words, x=_START)
    axes.spines["left"].set_bounds(-0.5, len(referrers) - 0.5)


def _annotate(axes: "Axes", place: float, height: float, words: str, *, across: float = 0, **look: Any) -> None:
    """Write words beside a panel, in the space that the layout leaves empty for them."""
    note(axes, words, (place, height), (across, 0), va="center", in_layout=False, **look)
