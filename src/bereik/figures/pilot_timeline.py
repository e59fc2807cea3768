"""Chart: the published dates of the pilot, each as exact as it was published, and its phases in their order."""

from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from bereik.errors import FigureError
from bereik.figures.labels import check_language, label
from bereik.figures.style import COLOURS, key_below, new_figure, style
from bereik.tables import one_value, require_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["pilot_timeline"]

_ROW = 0.56  # inches
_HIGH = 0.36  # of a row
_LOOKS = {  # the two kinds of bar differ in pattern, not only in colour
    "surely_then": {"facecolor": COLOURS["quiet_text"], "edgecolor": COLOURS["quiet_text"]},
    "some_time_then": {"facecolor": "white", "edgecolor": COLOURS["quiet_text"], "hatch": "////"},
}


def pilot_timeline(data: pd.DataFrame, language: str) -> "Figure":
    """Draw when the pilot began, met and ended, and the phases for which no dates were published.

    Parameters
    ----------
    data : pandas.DataFrame
        The topics "timeline" and "phase" of `pilot_facts`.
    language : {"nl", "en"}
        The language of the words.

    Returns
    -------
    matplotlib.figure.Figure
        A date known to the day is a diamond; a month or a year is a hatched bar over all of it, because the event was some
        time in it; what certainly lasted is a filled bar.

    Raises
    ------
    FigureError
        When there is no fact with a date, or a date is none.
    MissingColumnError, IncomparableError, UnknownNameError
        When a column is absent, synthetic and real facts are mixed, or the language is unknown.

    Examples
    --------
    >>> from bereik.pilot.facts import pilot_facts
    >>> pilot_timeline(pilot_facts(), "en").axes[0].texts[0].get_text()
    'September 2020: start of the pilot'
    """
    check_language(language)
    require_columns(data, ["topic", "from", "to", language, "synthetic", "source"], where="the data of the figure")
    one_value(data, "synthetic", where="the data of the figure")
    facts = data[data["topic"] == "timeline"]
    if facts.empty:
        raise FigureError("no facts of the topic 'timeline'", "at least one fact with a date", "give pilot_facts()")
    phases = data.loc[data["topic"] == "phase", language].tolist()
    with style():
        body = _ROW * len(facts) + 0.7
        figure = new_figure(body + (1.6 if phases else 0.4))
        rows = figure.add_gridspec(3, 1, height_ratios=[body, 0.4, 1.2 if phases else 0.01])
        axes = figure.add_subplot(rows[0])
        for height, fact in enumerate(facts.to_dict("records")):
            _fact(axes, fact["from"], fact["to"], height, fact[language], language)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_ylim(len(facts) - 0.6, -0.85)
        _months(axes, facts, language)
        _key(figure.add_subplot(rows[1]), language)
        if phases:
            _phases(figure.add_subplot(rows[2]), phases, language)
        return figure


def _span(date: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Give the first and the last day that a day, a month or a year can mean."""
    try:
        period = pd.Period(date, freq={4: "Y", 7: "M", 10: "D"}[len(date)])
    except (KeyError, ValueError) as error:
        raise FigureError(
            f"the date {date!r}", "a day, a month or a year: 2021-11-09, 2021-11 or 2021", "correct it"
        ) from error
    return period.start_time.normalize(), period.end_time.normalize()


def _fact(axes: "Axes", begin: str, end: str, height: float, what: str, language: str) -> None:
    """Draw one fact with its date in words: what is certain filled, what lies some time in a month or year hatched."""
    first, last = _span(begin), _span(end or begin)
    when, to_the_day = _words(begin, language), first == last and first[0] == first[1]
    if to_the_day:
        axes.plot([first[0]], [height], marker="D", color=COLOURS["focus"], markersize=9, linestyle="")
    else:
        _bar(axes, *first, height, "some_time_then")
    if first != last:
        _bar(axes, *last, height, "some_time_then")
        _bar(axes, first[1], last[0], height, "surely_then")
        when = f"{when} {label('to_word', language)} {_words(end, language)}"
    axes.text(first[0], height - 0.24, f"{when}: {what}", va="bottom", ha="right" if to_the_day else "left")


def _bar(axes: "Axes", begin: pd.Timestamp, end: pd.Timestamp, height: float, kind: str) -> None:
    axes.barh(height, (end - begin).days, left=begin, height=_HIGH, linewidth=0.8, **_LOOKS[kind])  # type: ignore[arg-type]


def _words(date: str, language: str) -> str:
    """Write a date in words: 9 november 2021."""
    year, month, day = (*date.split("-"), "", "")[:3]
    return " ".join(filter(None, [day.lstrip("0"), label(f"month_{month}", language) if month else "", year]))


def _months(axes: "Axes", facts: pd.DataFrame, language: str) -> None:
    """Let the axis run over all dates, with a name at the beginning of every second month."""
    spans = [_span(date) for date in [*facts["from"], *facts["to"]] if date]
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    ticks = pd.date_range(first, last, freq="2MS")
    names = [label(f"month_{tick.month:02d}", language) for tick in ticks]
    years = [f"\n{tick.year}" if place == 0 or tick.month < 3 else "" for place, tick in enumerate(ticks)]
    axes.set_xticks(list(ticks), [name + year for name, year in zip(names, years, strict=True)], ha="left")
    axes.set_xlim(first - pd.Timedelta(days=6), last + pd.Timedelta(days=6))
    axes.grid(axis="x", visible=True)


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    day = Line2D(
        [],
        [],
        marker="D",
        color=COLOURS["focus"],
        markersize=8,
        linestyle="",
        label=label("known_to_the_day", language),
    )
    bars = [Patch(**look, label=label(kind, language)) for kind, look in _LOOKS.items()]  # type: ignore[arg-type]
    key_below(axes, [day, *bars], 3)


def _phases(axes: "Axes", phases: list[str], language: str) -> None:
    """Write the phases in numbered boxes, from left to right."""
    from matplotlib.patches import Rectangle

    axes.set_axis_off()
    axes.set_xlim(0, len(phases))
    axes.set_ylim(0, 1)
    axes.set_title(label("phases_in_order", language))
    for place, words in enumerate(phases):
        axes.add_patch(Rectangle((place, 0.05), 0.88, 0.9, facecolor=COLOURS["band"], edgecolor="none"))
        axes.text(place + 0.44, 0.5, fill(f"{place + 1}. {words}", 22), ha="center", va="center")
        if place:
            axes.annotate("", (place, 0.5), (place - 0.12, 0.5), arrowprops={"arrowstyle": "->"})
