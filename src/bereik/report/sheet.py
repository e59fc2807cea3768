"""What a factsheet says of one place in one language: its table, its sentences, and the texts of its chart."""

import re
from functools import partial
from typing import Any

import pandas as pd

from bereik import __version__
from bereik.codelists import regions
from bereik.codelists.names import LANGUAGES, format_number
from bereik.codelists.periods import parse_period
from bereik.data.load import read_datapackage
from bereik.monitoring import indicators
from bereik.report import places
from bereik.report.shared import months_of_copies, sources
from bereik.texts.say import Results, Told, table, told_by

_ONE_TEXT = ("title", "about", "finding", "note", "chart_subtitle", "chart_source", "chart_alt")
_STARTS = (*_ONE_TEXT, "change", "missing", "never", "ask", "foot")
_ROUTES = ["period", "region", "referrer", "measure", *places.LIMITS, "status", "source"]


def place_texts(monitor: pd.DataFrame, routes: pd.DataFrame, place: str) -> dict[str, dict[str, Any]]:
    """Say what there is to say of a place, in the words of texts/sheet.toml, in each language.

    Parameters
    ----------
    monitor : pandas.DataFrame
        From `read_monitor`.
    routes : pandas.DataFrame
        From `place_referrals`.
    place : str
        A municipality or the region of it.

    Returns
    -------
    dict of dict
        For ``nl`` and ``en``: ``title``, ``about``, ``finding``, ``head`` and ``lines`` of the table (name, unit, then the other
        columns), its ``note``, the texts of the ``chart``; lists of sentences: ``change``, ``missing`` (which figures are not
        there or old, and why), ``ask`` (what the figures raise: where the place differs by more than chance and rounding; the
        last one is about origin, on every sheet) and ``foot``.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import read_monitor
    >>> told = place_texts(read_monitor(project_folder() / "figures"), pd.DataFrame(), "Delft")["en"]
    >>> told["finding"]
    'In 2023, 10.0% of the youths in Delft received youth care, less than in Haaglanden (11.4%) and in the Netherlands (11.0%)'
    >>> told["change"][1]
    'In the longest series without a break it went from 6.9% (2016) to 9.5% (2020).'
    """
    rows = _rows(monitor, routes, place)
    who, results = _who(monitor, rows, place), Results(rows, where=f"the factsheet of {place}")
    told = {start: told_by(f"sheet_{start}", results, **who) for start in _STARTS}
    for later in sorted(name for name in rows["part"].unique() if name[:1].isdigit()):  # a period that stands apart
        name, kind, _ = parse_period(later)
        half = name[-1] if kind == "half-year" else ""
        told["missing"] += told_by("sheet_apart", results, **who, later=later, half=half)
    told["missing"] += told.pop("never")
    named = {name: who[name] for name in ("place", "region", "country")}
    lines = partial(table, "sheet_place", rows[rows["part"] == "table"], **named)
    return {code: _in_words(told, lines(lang=code), code) for code in LANGUAGES}


def _in_words(told: dict[str, list[Told]], lines: pd.DataFrame, language: str) -> dict[str, Any]:
    """Write sentences and table in a language: lists of sentences, or one text where the sheet shows one."""
    said = {start: [one.words("text", language) for one in each] for start, each in told.items()}
    whole: dict[str, Any] = {start: " ".join(said.pop(start)) for start in _ONE_TEXT}
    chart = {key: whole.pop(f"chart_{key}") for key in ("subtitle", "source", "alt")}
    table_of = {"head": [name for at, name in enumerate(lines) if at != 1], "lines": lines.to_numpy().tolist()}
    return whole | said | table_of | {"chart": {"title": whole["finding"], **chart}}


def _rows(monitor: pd.DataFrame, routes: pd.DataFrame, place: str) -> pd.DataFrame:
    """Give the rows that the texts pick from; ``part`` says what each is for, and only in the table a figure may be hidden."""
    region, country = (places.region_of(monitor, kind) for kind in ("jeugdregio", "country"))
    routes = routes.reindex(columns=_ROUTES)
    routes = routes.assign(name="referrer_" + routes["referrer"].astype("str"), hidden=routes["status"] != "shown")
    kinds = routes["region"].eq(country).map({True: "country", False: "place"})
    nobody = routes[routes["referrer"] == "none"].assign(indicator="nobody", form="", latest=True, region_kind=kinds)
    rows = places.place_rows(pd.concat([monitor, nobody]) if len(nobody) else monitor, place)
    near = rows["beside_jeugdregio"].isin(["above", "below"])  # when that is clear, else beside the country
    side, value = (rows[f"{name}_jeugdregio"].where(near, rows[f"{name}_country"]) for name in ("beside", "value"))
    rows = rows.assign(side=side, other=near.map({True: region, False: country}), value_other=value)
    figures, shown = rows[rows["indicator"] != "nobody"], rows[rows["status"] == "shown"]
    use = monitor[monitor["indicator"] == places.USE]
    use = use[(use["region"] == place) | (use["region_kind"] != "municipality")]
    series = use[use["region"] == place]
    broken = series["comparable"].astype("str") == "False"
    spells = [part for _, part in series[series["status"] == "shown"].groupby(broken.cumsum())]
    parts = {"latest": shown, "ranges": figures[figures["measure"] == "range_over_choices"]}
    parts |= {"ends": use[use["period"] == use["period"].max()], "use": use, "series": series}
    parts |= {"spell": max(spells, key=len, default=series), "break": series[broken], "referrers": routes}
    parts |= {"left": _left(place, region), **_gaps(monitor, figures, place)}
    reach = monitor["measure"].eq("range_over_choices") & monitor["form"].eq("without_residence") & monitor["latest"]
    parts["reach"] = monitor[reach & (monitor["region"] == region)]
    listed = [figures.assign(part="table"), *(part.assign(part=name, status="shown") for name, part in parts.items())]
    return pd.concat(listed, ignore_index=True).assign(synthetic=False).fillna({"source": ""})


def _left(place: str, region: str) -> pd.DataFrame:
    """Say to which year a municipality belonged to the region, and to which one it belonged next."""
    table = regions()
    code = table.loc[(table["name"] == region) & (table["kind"] == "jeugdregio"), "code"].iloc[0]
    spells = table[(table["name"] == place) & (table["kind"] == "municipality")]
    left = spells[(spells["part_of"] == code) & (spells["to_year"] != "")]
    later = [spells.loc[spells["from_year"] > last, "part_of"] for last in left["to_year"]]
    return left[["to_year"]].assign(next=[next(iter(codes), "") for codes in later])


def _gaps(monitor: pd.DataFrame, rows: pd.DataFrame, place: str) -> dict[str, pd.DataFrame]:
    """Give the figures that are hidden, of which no newer one is published or there, or that the region does not have.

    Each once, whatever its forms; those with a newer period that stands apart by that period.
    """
    shown = rows[rows["status"] == "shown"]
    hidden = monitor[(monitor["region"] == place) & (monitor["status"] != "shown")]
    last_hidden, reasons = hidden.groupby(["indicator", "form"])["period"].max(), []
    for indicator, form, period in shown[["indicator", "form", "period"]].itertuples(index=False):
        old = "old" if period[:4] < shown["period"].str[:4].max() else ""
        reason = "stopped" if last_hidden.get((indicator, form), "") > period else old
        apart = places.later_in_files(monitor, place, indicator, period) if reason else ""
        reasons.append(apart or reason)
    of_region = monitor.loc[monitor["region_kind"] == "jeugdregio", "indicator"]
    absent = shown[(shown["region_kind"] == "municipality") & shown["value_jeugdregio"].isna()]
    listed = {str(why): part for why, part in shown.groupby(pd.Series(reasons, shown.index, dtype="str")) if why}
    listed["not_for_region"] = absent[absent["indicator"].isin(of_region)]
    gaps = {why: part.drop_duplicates(["indicator", "period"]) for why, part in listed.items()}
    return gaps | {"hidden": rows[rows["status"] != "shown"].drop_duplicates("indicator")}


def _who(monitor: pd.DataFrame, rows: pd.DataFrame, place: str) -> dict[str, str]:
    """Give all words that the texts ask for beside the rows."""
    region = places.region_of(monitor)
    use, latest = (rows[rows["part"] == part] for part in ("use", "latest"))
    by_origin = monitor[(monitor["indicator"] == "forms_by_origin") & (monitor["region"] == region)]["period"].max()
    who = {"place": place, "region": region, "country": places.region_of(monitor, "country"), "version": __version__}
    who |= {"first_year": use["period"].min(), "newest": str(latest["period"].str[:4].max())}
    who |= {"origin_year": "" if pd.isna(by_origin) else by_origin}
    who |= {"confidence": format_number(100 * monitor["confidence"].max(), "en")}
    who |= {"licence": read_datapackage()["licenses"][0]["name"].replace("-", " ", 1)}
    who |= {"chart_tables": _tables(rows[rows["part"].isin(["use", "referrers"])])}
    who |= {"tables": _tables(rows[rows["part"].isin(["table", "referrers", "series"])])}
    copied = [source for source in sources() if source["title"].split()[-1] in who["tables"]]
    why = indicators().set_index("indicator").loc["use_shortfall"]
    for code in LANGUAGES:
        who |= {f"retrieved_{code}": months_of_copies(copied, code), f"why_{code}": why[f"reliability_{code}"]}
    return who


def _tables(rows: pd.DataFrame) -> str:
    """List the numbers of the StatLine tables that rows name as their source, each once."""
    return ", ".join(sorted(set(re.findall(r"\d{5}[A-Za-z]{3}", " ".join(rows["source"].unique())))))
