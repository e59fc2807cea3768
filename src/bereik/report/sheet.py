"""What a factsheet says of one place in one language: its table, its sentences, and the texts of its chart."""

import re
from typing import Any

import pandas as pd

from bereik import __version__
from bereik.codelists import regions
from bereik.codelists.names import capital, format_number, label
from bereik.codelists.periods import parse_period
from bereik.data.load import read_datapackage
from bereik.monitoring import indicators
from bereik.report import places
from bereik.report.shared import months_of_copies, sources, words_of
from bereik.texts.say import side_of_one

_FORMS = ("use_with_residence", "use_protection", "use_probation")
_ASKED = (places.USE, "municipal_access", "nobody", "neighbourhood_team")


class Sheet:
    """The figures of one place, and the words to say them in one language.

    Parameters
    ----------
    monitor : pandas.DataFrame
        From `read_monitor`.
    routes : pandas.DataFrame
        From `place_referrals`.
    place : str
        A municipality or the region of it.
    language : {"nl", "en"}
        The language of all words and numbers.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import read_monitor
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> Sheet(monitor, pd.DataFrame(), "Delft", "en").finding()
    'In 2023, 10.0% of the youths in Delft received youth care, less than in Haaglanden (11.4%) and in the Netherlands (11.0%)'
    """

    def __init__(self, monitor: pd.DataFrame, routes: pd.DataFrame, place: str, language: str) -> None:
        self.monitor, self.routes, self.place, self.language = monitor, routes, place, language
        self.words = words_of("factsheet", language)
        self.region, self.country = places.region_of(monitor), places.region_of(monitor, "country")
        self.kinds = ("country",) if place == self.region else ("jeugdregio", "country")  # what it is set beside
        names = {"place": place, "region": self.region, "jeugdregio": self.region, "country": self.country}
        self.names = {kind: label(name, language) for kind, name in names.items()}
        self.rows = places.place_rows(monitor, place)
        self.shown = self.rows[self.rows["status"] == "shown"]
        self.all_use = monitor[monitor["indicator"] == places.USE]
        self.series = self.all_use[self.all_use["region"] == place]
        latest = self.shown[self.shown["indicator"] == places.USE].to_dict("records")
        self.use: dict[Any, Any] | None = latest[0] if latest else None

    def say(self, key: str, **values: Any) -> str:
        """Fill one text of the words with computed values."""
        words: Any = self.words
        for part in key.split("."):
            words = words[part]
        confidence = self.share(100 * self.monitor["confidence"].max(), 0)
        return str(words).format(**self.names | {"confidence": confidence} | values)

    def share(self, value: object, decimals: int = 1) -> str:
        """Write a percentage, without its sign."""
        return format_number(value, self.language, decimals)

    def place_words(self) -> str:
        """Say what kind of place it is, and whether it left the region."""
        if self.place == self.region:
            return self.say("kind.jeugdregio")
        table = regions()
        code = table.loc[(table["name"] == self.region) & (table["kind"] == "jeugdregio"), "code"].iloc[0]
        spells = table[(table["name"] == self.place) & (table["kind"] == "municipality")]
        sentences = [self.say("kind.municipality")]
        for last in spells.loc[(spells["part_of"] == code) & (spells["to_year"] != ""), "to_year"]:
            after = [label(part, self.language) for part in spells.loc[spells["from_year"] > last, "part_of"]]
            sentences.append(self.say("kind.left" if after else "kind.lost", last=last, next="".join(after[:1])))
        return " ".join(sentences)

    def finding(self) -> str:
        """Say how many youths received care, beside the region and the country."""
        if self.use is None:
            return self.say("finding.hidden")
        beside: dict[str, list[str]] = {}
        for kind in self.kinds:
            if side := self.use[f"beside_{kind}"]:
                value = self.share(self.use[f"value_{kind}"])
                beside.setdefault(side, []).append(self.say("finding.beside", name=self.names[kind], value=value))
        together = self.words["finding"]["and"]
        sides = [f"{self.words['side'][side]} {together.join(names)}" for side, names in beside.items()]
        rest = f", {together.join(sides)}" if sides else ""
        return self.say("finding.use", year=self.use["period"], value=self.share(self.use["value"]), beside=rest)

    def head(self) -> list[str]:
        """Name the columns of the table; the country last."""
        table = self.words["table"]
        others = [capital(self.names[kind]) for kind in ("place", *self.kinds)]
        return [table["indicator"], *others, table["year"], table["change"]]

    def lines(self) -> list[list[str]]:
        """Give the lines of the table: name, unit, then the cells of the columns."""
        others, lines = [self.monitor[self.monitor["region_kind"] == kind] for kind in self.kinds], []
        for row in self.rows.to_dict("records"):
            beside = [places.row_words(row, there, self.language) for there in others]
            elsewhere = [words["elsewhere"] or "–" for words in beside]
            name, unit, value, year, change = (beside[0][key] for key in ("name", "unit", "value", "year", "change"))
            lines.append([name, unit, value, *elsewhere, year, change])
        return lines

    def table_note(self) -> str:
        """Say how to read the cells; ranges over choices and groups by origin only where they are."""
        ranges = self.rows[self.rows["measure"] == "range_over_choices"]
        police = ranges.loc[ranges["form"] == "probation", f"reliability_{self.language}"].head(1)
        note = self.say("table.range", police=" ".join(police)) if len(ranges) else "."
        return self.say("table.note", ranges=note)

    def chart_texts(self) -> dict[str, str]:
        """Give title, subtitle, source and alternative text of the chart."""
        use = self.all_use[(self.all_use["region"] == self.place) | (self.all_use["region_kind"] != "municipality")]
        last = use["period"].max()
        ends = [
            f"{capital(label(str(name), self.language))} {self.share(value)}%"
            for name, value in use.loc[use["period"] == last, ["region", "value"]].itertuples(index=False)
        ]
        referrers = alt = ""
        if len(self.routes):
            year = self.routes["period"].iloc[0]
            referrers = self.say("chart.referrers", year=year)
            alt = self.say("chart.alt_referrers", year=year, shares=self._shares())
        years = {"first": use["period"].min(), "last": last, "unit": use[f"unit_{self.language}"].iloc[0]}
        return {
            "title": self.finding(),
            "subtitle": self.say("chart.subtitle", **years, referrers=referrers),
            "source": self.say("chart.source", tables=_tables(use, self.routes), version=__version__),
            "alt": self.say("chart.alt", **years, ends="; ".join(ends), referrers=alt),
        }

    def _shares(self) -> str:
        """List the share of each referrer, with that of the country in brackets."""
        shares = self.routes.pivot(index="referrer", columns="region", values="value")
        listed = []
        for code in dict.fromkeys(self.routes["referrer"]):
            here, there = shares.loc[code, self.place], shares.loc[code, self.country]
            both = f"{places.whole_percentage(here, self.language)} ({places.whole_percentage(there, self.language)})"
            words = both if pd.notna(here) else label("not_published", self.language)
            listed.append(f"{label(f'referrer_{code}', self.language)} {words}")
        return "; ".join(listed)

    def source(self) -> str:
        """Name the tables, the licence, how old the copies are, and the version of bereik."""
        tables = _tables(self.rows, self.routes, self.series)
        copied = [source for source in sources() if source["title"].split()[-1] in tables]
        licence = read_datapackage()["licenses"][0]["name"].replace("-", " ", 1)
        retrieved = months_of_copies(copied, self.language)
        return self.say("about.source", tables=tables, licence=licence, retrieved=retrieved, version=__version__)


def _tables(*parts: pd.DataFrame) -> str:
    """List the numbers of the StatLine tables that rows name as their source, each once."""
    named = " ".join(str(name) for part in parts if len(part) for name in part["source"].unique())
    return ", ".join(sorted(set(re.findall(r"\d{5}[A-Za-z]{3}", named))))


def changes(sheet: Sheet) -> list[str]:
    """Say how use changed since the year before and within the longest series without a break, and where the breaks are.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import read_monitor
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> changes(Sheet(monitor, pd.DataFrame(), "Delft", "en"))[1]
    'In the longest series without a break it went from 6.9% (2016) to 9.5% (2020).'
    """
    use, series = sheet.use, sheet.series
    if use is None:
        return []
    broken = series["comparable"].astype("str") == "False"
    spells = [part for _, part in series[series["status"] == "shown"].groupby(broken.cumsum())]
    longest = max(spells, key=len)
    sentences = [_last_change(sheet, use)] if pd.notna(use["change"]) else []
    if len(longest) > 2:
        (first, before), (last, after) = (longest.iloc[at][["period", "value"]] for at in (0, -1))
        shares = {"before": sheet.share(before), "after": sheet.share(after)}
        sentences.append(sheet.say("change.spell", first=first, last=last, **shares))
    if broken.any():
        breaks = sheet.say("change.breaks", years=", ".join(series.loc[broken, "period"]))
        sentences.append(f"{breaks} {use[f'reliability_{sheet.language}']}")
    return sentences


def _last_change(sheet: Sheet, use: dict[Any, Any]) -> str:
    years = {"previous": use["previous_period"], "year": use["period"]}
    if str(use["comparable"]) == "False":
        return sheet.say("change.broken", **years)
    side = _side(use)
    change, low, high = use["change"], use["change_lower"], use["change_upper"]
    if side == "below":
        change, low, high = -change, -high, -low
    numbers = {"change": sheet.share(change), "low": sheet.share(low), "high": sheet.share(high)}
    return sheet.say(f"change.{side}", **years, **numbers)


def _side(row: dict[Any, Any]) -> str:
    """Say whether a change is more than chance allows."""
    return "above" if row["change_lower"] > 0 else "below" if row["change_upper"] < 0 else "same"


def missing(sheet: Sheet) -> list[str]:
    """Say which figures are not on the sheet or are old, and why.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import read_monitor
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> missing(Sheet(monitor, pd.DataFrame(), "Wassenaar", "en"))[0]
    'No longer published after that: By the neighbourhood team (2019). Empty is not zero.'
    """
    rows, shown = sheet.rows, sheet.shown
    of_region = sheet.monitor.loc[sheet.monitor["region"] == sheet.region, "indicator"]
    absent = shown[(shown["region_kind"] == "municipality") & shown["value_jeugdregio"].isna()]
    hidden = sheet.routes.loc[sheet.routes["status"] != "shown", "referrer"] if len(sheet.routes) else []
    why = _why_no_newer(sheet)
    parts = {
        "hidden": _names(sheet, rows[rows["status"] != "shown"]),
        "stopped": _names(sheet, shown[why == "stopped"], year=True),
        "referrers": ", ".join(label(f"referrer_{code}", sheet.language) for code in hidden),
        "old": _names(sheet, shown[why == "old"], year=True),
        "region": _names(sheet, absent[absent["indicator"].isin(of_region)], year=True),
    }
    newest = shown["period"].str[:4].max()
    sentences = [sheet.say(f"missing.{key}", names=names, newest=newest) for key, names in parts.items() if names]
    for period in sorted({reason for reason in why if reason[:1].isdigit()}):
        names = _names(sheet, shown[why == period], year=True)
        sentences.append(sheet.say("missing.apart", names=names, later=_period_words(sheet, period)))
    return sentences + _never(sheet)


def _why_no_newer(sheet: Sheet) -> pd.Series:
    """Give for each figure a newer period that stands apart, or else stopped or old; empty where it is of the newest year."""
    shown, years = sheet.shown, sheet.shown["period"].str[:4]
    hidden = sheet.monitor[(sheet.monitor["region"] == sheet.place) & (sheet.monitor["status"] != "shown")]
    last_hidden, reasons = hidden.groupby(["indicator", "form"])["period"].max(), []
    for indicator, form, period in shown[["indicator", "form", "period"]].itertuples(index=False):
        old = "old" if period[:4] < years.max() else ""
        reason = "stopped" if last_hidden.get((indicator, form), "") > period else old
        apart = places.later_in_files(sheet.monitor, sheet.place, indicator, period) if reason else ""
        reasons.append(apart or reason)
    return pd.Series(reasons, index=shown.index, dtype="str")


def _period_words(sheet: Sheet, period: str) -> str:
    name, kind, year = parse_period(period)
    return sheet.say(f"missing.half_{name[-1]}", year=year) if kind == "half-year" else name


def _names(sheet: Sheet, rows: pd.DataFrame, *, year: bool = False) -> str:
    """List indicators, each once, whatever its forms."""
    names = rows[f"name_{sheet.language}"] + (" (" + rows["period"].str[:4] + ")" if year else "")
    return "; ".join(dict.fromkeys(names))


def _never(sheet: Sheet) -> list[str]:
    """Say what no public table has: origin by municipality, and use at equal severity."""
    why = indicators().set_index("indicator").loc["use_shortfall", f"reliability_{sheet.language}"]
    year = sheet.monitor.query("region == @sheet.region and indicator == 'forms_by_origin'")["period"].max()
    by_origin = sheet.place != sheet.region and pd.notna(year)
    return [*([sheet.say("missing.origin", year=year)] if by_origin else []), sheet.say("missing.severity", why=why)]


def questions(sheet: Sheet) -> list[str]:
    """Ask what the figures raise: where the place differs from the region or the country by more than chance and rounding.

    When nothing differs clearly, the first question says so. The last one is about origin, on every sheet.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import read_monitor
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> questions(Sheet(monitor, pd.DataFrame(), "Delft", "en"))[0]
    'Use of youth care: 10.0%, less than in Haaglanden (11.4%). Is that because of what youths need, of what is on offer, or of
    how youth help reaches them?'
    """
    rows = {row["indicator"]: row for row in sheet.shown.to_dict("records")} | {"nobody": _nobody(sheet)}
    asked = [question for name in _ASKED if (question := _difference(sheet, name, rows.get(name)))]
    if not asked:
        others = sheet.words["finding"]["and"].join(sheet.names[kind] for kind in sheet.kinds)
        asked = [sheet.say("ask.none", others=others)]
    use = sheet.use
    if use is not None and str(use["comparable"]) == "True" and _side(use) != "same":
        moved = places.row_number(use, use["change"], sheet.language, signed=True)
        asked.append(sheet.say("ask.change", previous=use["previous_period"], change=moved))
    return [*asked, *_expected(sheet, rows.get("observed_expected")), *_forms(sheet), sheet.say("ask.origin")]


def _difference(sheet: Sheet, indicator: str, row: dict[Any, Any] | None) -> str:
    """Ask why a share differs from the region, or else from the country; nothing when neither is clear."""
    if row is None:
        return ""
    for kind in sheet.kinds:
        if (side := row[f"beside_{kind}"]) in ("above", "below"):
            values = {"value": sheet.share(row["value"]), "other": sheet.share(row[f"value_{kind}"])}
            key, words = "ask.use" if indicator == places.USE else f"ask.{indicator}", sheet.words["side"][side]
            return sheet.say(key, side=words, name=sheet.names[kind], year=row["period"][:4], **values)
    return ""


def _expected(sheet: Sheet, row: dict[Any, Any] | None) -> list[str]:
    """Ask about use that is not as expected; its interval is too narrow, and the question says so."""
    side = side_of_one(row["lower"], row["upper"]) if row else "undecided"
    if row is None or side == "undecided":
        return []
    value, year = sheet.share(row["value"], 2), row["period"][:4]
    return [sheet.say("ask.observed_expected", side=sheet.words["side"][side], value=value, year=year)]


def _nobody(sheet: Sheet) -> dict[str, Any] | None:
    """Set the share without a referrer beside that of the country, as `place_rows` does."""
    if sheet.routes.empty:
        return None
    rows = sheet.routes.query("referrer == 'none' and status == 'shown'").set_index("region")
    if not {sheet.place, sheet.country} <= set(rows.index):
        return None
    here, there = rows.loc[sheet.place], rows.loc[sheet.country]
    side = places.clear_side(here, there)
    beside = {"value_country": there["value"], "beside_country": side, "beside_jeugdregio": ""}
    return {"value": here["value"], "period": here["period"], **beside}


def _forms(sheet: Sheet) -> list[str]:
    """Ask about forms whose percentages differ by more than rounding, and about forms by origin that differ clearly."""
    kind, shown, asked = sheet.kinds[0], sheet.shown, []
    differ = shown[shown["indicator"].isin(_FORMS) & shown[f"beside_{kind}"].isin(["above", "below"])]
    if len(differ):
        pairs = differ[[f"name_{sheet.language}", "value", f"value_{kind}"]].itertuples(index=False)
        listed = [f"{name} {sheet.share(here)}% ({sheet.share(there)}%)" for name, here, there in pairs]
        asked.append(sheet.say("ask.forms", name=sheet.names[kind], forms="; ".join(listed)))
    origin = shown[shown["indicator"] == "forms_by_origin"]
    clear = origin[(origin["lower"] > 1) | (origin["upper"] < 1)]
    if len(clear):
        names = capital(", ".join(label(form, sheet.language) for form in clear["form"]))
        asked.append(sheet.say("ask.forms_by_origin", forms=names, year=clear["period"].max()))
    return asked
