"""What a factsheet shows of one place in one language: its table, the texts of its chart, and where the figures come from."""

import re
from functools import cached_property
from typing import Any

import pandas as pd

from bereik import __version__
from bereik.codelists.names import capital, format_number, label
from bereik.codelists.regions import regions
from bereik.data.datapackage import read_datapackage
from bereik.report.monitor_words import change_words, value_elsewhere, value_words
from bereik.report.page_about import months_of_copies
from bereik.report.places import USE, place_rows, region_of
from bereik.report.room import report_words

__all__ = ["Sheet"]


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
        self.words = report_words("factsheet", language)
        self.region, self.country = region_of(monitor), region_of(monitor, "country")
        self.kinds = ("country",) if place == self.region else ("jeugdregio", "country")  # what it is set beside
        self.names = {
            kind: label(name, language)
            for kind, name in {"place": place, "jeugdregio": self.region, "country": self.country}.items()
        }
        self.beside = {kind: monitor[monitor["region_kind"] == kind] for kind in self.kinds}
        self.rows = place_rows(monitor, place)
        self.shown = self.rows[self.rows["status"] == "shown"]

    @cached_property
    def use(self) -> dict[str, Any] | None:
        """The latest figure of use of youth care, or None when there is none."""
        found = self.shown[self.shown["indicator"] == USE].to_dict("records")
        return {str(name): value for name, value in found[0].items()} if found else None

    def say(self, key: str, **values: Any) -> str:
        """Fill one text of the words with computed values."""
        words: Any = self.words
        for part in key.split("."):
            words = words[part]
        names = self.names | {"region": self.names["jeugdregio"]}
        confidence = self.share(100 * self.monitor["confidence"].max(), 0)
        return str(words).format(**names | {"confidence": confidence} | values)

    def share(self, value: object, decimals: int = 1) -> str:
        """Write a percentage, without its sign."""
        return format_number(value, self.language, decimals)

    def whole(self, value: float) -> str:
        """Write a percentage without decimals; one below 1 keeps a decimal, so that it is not read as none."""
        return self.share(value, int(value < 1))

    def indicator(self, row: dict[str, Any]) -> str:
        """Name an indicator, with its form of care where the name does not say it."""
        form = "" if row["indicator"] == "use_to_police_contact" else str(row["form"])
        return str(row[f"name_{self.language}"]) + (f": {label(form, self.language, short=True)}" if form else "")

    def about(self) -> list[str]:
        """Say what kind of place it is, and whether it left the region."""
        if self.place == self.region:
            return [self.say("kind.jeugdregio")]
        told = [self.say("kind.municipality")]
        table = regions()
        code = table.loc[(table["name"] == self.region) & (table["kind"] == "jeugdregio"), "code"].iloc[0]
        spells = table[(table["name"] == self.place) & (table["kind"] == "municipality")]
        for last in spells.loc[(spells["part_of"] == code) & (spells["to_year"] != ""), "to_year"]:
            after = [label(part, self.language) for part in spells.loc[spells["from_year"] > last, "part_of"]]
            told.append(self.say("kind.left" if after else "kind.lost", last=last, next="".join(after[:1])))
        return told

    def head(self) -> list[str]:
        """Name the columns of the table; the country last."""
        table = self.words["table"]
        others = [capital(self.names[kind]) for kind in ("place", *self.kinds)]
        return [table["indicator"], *others, table["year"], table["change"]]

    def lines(self) -> list[list[str]]:
        """Give the lines of the table: name, unit, then the cells of the columns."""
        return [self._line(row) for row in self.rows.to_dict("records")]

    def table_note(self) -> str:
        """Say how to read the cells; ranges over choices and groups by origin only where they are."""
        ranges = self.rows[self.rows["measure"] == "range_over_choices"]
        police = ranges.loc[ranges["form"] == "probation", f"reliability_{self.language}"].head(1)
        note = self.say("table.range", police=" ".join(police)) if len(ranges) else "."
        return self.say("table.note", ranges=note)

    def _line(self, row: dict[Any, Any]) -> list[str]:
        unit = str(row[f"unit_{self.language}"])
        beside = [value_elsewhere(row, there, unit, self.language) or "–" for there in self.beside.values()]
        year = str(row["period"])[:4] if row["status"] == "shown" else "–"
        change = change_words(row, unit, self.language)
        return [self.indicator(row), unit, value_words(row, self.language), *beside, year, change]

    def finding(self) -> str:
        """Say how many youths received care, beside the region and the country."""
        if self.use is None:
            return self.say("finding.hidden")
        joined: dict[str, list[str]] = {}
        for kind in self.kinds:
            if side := self.use[f"beside_{kind}"]:
                value = self.share(self.use[f"value_{kind}"])
                joined.setdefault(side, []).append(self.say("finding.beside", name=self.names[kind], value=value))
        together = self.words["finding"]["and"]
        sides = [f"{self.words['side'][side]} {together.join(places)}" for side, places in joined.items()]
        beside = f", {together.join(sides)}" if sides else ""
        return self.say("finding.use", year=self.use["period"], value=self.share(self.use["value"]), beside=beside)

    def chart_texts(self) -> dict[str, str]:
        """Give title, subtitle, source and alternative text of the chart."""
        use = self.monitor[self.monitor["indicator"] == USE]
        use = use[(use["region"] == self.place) | (use["region_kind"] != "municipality")]
        last = use["period"].max()
        years = {"first": use["period"].min(), "last": last, "unit": use[f"unit_{self.language}"].iloc[0]}
        ends = "; ".join(
            f"{capital(label(str(row['region']), self.language))} {self.share(row['value'])}%"
            for row in use[use["period"] == last].to_dict("records")
        )
        referred = {"year": self.routes["period"].iloc[0], "shares": self._shares()} if len(self.routes) else None
        referrers, alt_referrers = (
            self.say(key, **referred) if referred else "" for key in ("chart.referrers", "chart.alt_referrers")
        )
        return {
            "title": self.finding(),
            "subtitle": self.say("chart.subtitle", **years, referrers=referrers),
            "source": self.say("chart.source", tables=_tables([use, self.routes]), version=__version__),
            "alt": self.say("chart.alt", **years, ends=ends, referrers=alt_referrers),
        }

    def _shares(self) -> str:
        shares = self.routes.pivot(index="referrer", columns="region", values="value")
        order = list(dict.fromkeys(self.routes["referrer"]))
        pairs = [(code, *(shares.loc[code, name] for name in (self.place, self.country))) for code in order]
        percent = "{}% ({}%)".format
        return "; ".join(
            f"{label(f'referrer_{code}', self.language)} "
            + (percent(self.whole(here), self.whole(there)) if pd.notna(here) else self.share(None))
            for code, here, there in pairs
        )

    def source(self) -> str:
        """Name the tables, the licence, how old the copies are, and the version of bereik."""
        package = read_datapackage()
        use = self.monitor[(self.monitor["indicator"] == USE) & (self.monitor["region"] == self.place)]
        tables = _tables([self.rows, self.routes, use])
        named = [
            one
            for resource in package["resources"]
            for one in resource["sources"]
            if one["title"].split()[-1] in tables
        ]
        retrieved = months_of_copies(named, self.language)
        licence = package["licenses"][0]["name"].replace("-", " ", 1)
        return self.say("about.source", tables=tables, licence=licence, retrieved=retrieved, version=__version__)


def _tables(parts: list[pd.DataFrame]) -> str:
    """List the numbers of the StatLine tables that rows name as their source, each once."""
    named = " ".join(str(name) for part in parts if len(part) for name in part["source"].unique())
    return ", ".join(sorted(set(re.findall(r"\d{5}[A-Za-z]{3}", named))))
