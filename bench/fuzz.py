"""Bad input: a good call of every public function and command, damaged in one place, and what comes of it.

Run: python bench/fuzz.py; 1,000 damages are drawn, the tables go to bench/fuzz.md, and the exit status says whether there is a
fault. `python bench/fuzz.py standardise` tries every damage of that call and tells the faults. The tests draw a few.

What may come of it: `clear` (refused in three parts), `right` (the same as undamaged, or as plain pandas), `not judged` (a
possible result, but nothing to hold it against); and the faults: `foreign` (an error of another library), `hang`, `silent` (a
result where there can be none, an impossible one, or another one than the right), `unclear` (refused, but a part of the message
is missing, it is longer than a page, or it quotes a person), `false alarm` (what is right was refused).
"""

import contextlib
import inspect
import io
import os
import signal
import sys
import tempfile
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pandas as pd

import bereik
from bereik import paths, pilot, plot
from bereik.cli import main
from bereik.errors import BereikError
from bereik.pilot.files import Pilot
from bereik.plot.write import SavedFigure
from bereik.severity.sdq import read_facts
from bereik.tables import result_table

FAULTS = ("foreign", "hang", "silent", "unclear", "false alarm")
OUTCOMES = ("clear", "right", "not judged", *FAULTS)
SECONDS, PAGE = 60, 3000  # no answer takes longer, no message has more letters
PERSON = "7731"  # stands in an id, in a weight and in a count of every table of persons
LONG, NUL, HALF = "x" * 25_000, "a\0b", "a\ud800b"
REFUSE, SAME, EITHER = "refuse", "same", "same or refuse"  # what is expected; None: there is no oracle
Expected = Any  # one of them, or a function of the result that says whether it is right


class Call(NamedTuple):
    """A call that is right."""

    name: str
    function: Callable[..., Any]
    arguments: dict[str, Any]


class Damage(NamedTuple):
    """A change of one argument."""

    argument: str
    place: str  # the argument, with its table and column
    kind: str
    name: str
    change: Callable[[np.random.Generator], Any]
    expected: Expected


# --- the good calls


def tables() -> SimpleNamespace:
    """Make small tables of counts, of persons, of published figures and of a pilot."""
    names = [["nederlands", "turkije", "Curaçao"], ["laag", "midden", "hoog"]]
    counts = pd.MultiIndex.from_product(names, names=["origin", "severity"]).to_frame(index=False)
    counts = counts.astype({name: pd.CategoricalDtype(counts[name].unique(), ordered=True) for name in counts})
    n, users = [int(PERSON), 900, 310, 2800, 640, 270, 1900, 420, 180], [410, 180, 120, 90, 95, 88, 110, 70, 61]
    about = {"status": "shown", "synthetic": False, "source": "individual data: own file"}
    areas = pd.DataFrame({"area": list("ABCDEFGH"), "users": [10, 22, 30, 41, 18, 27, 35, 14], "population": 200})
    areas = areas.assign(expected=[12.5, 20, 25, 33, 21, 26, 31, 17], poverty=[1.0, 2, 3, 4, 2, 3, 4, 1])
    youths = bereik.example_youths(600, seed=2).assign(weight=1.25).astype({"id": str})
    youths.loc[0, "id"], youths.loc[0, "weight"] = f"ID-{PERSON}", float(f"1.{PERSON}")
    kinds = ("networks", "ties_before", "ties_after")
    care = bereik.load("care_by_origin").query("region == 'Haaglanden'").assign(region="Haaglanden")
    pilots = {kind: pilot.example_pilot(kind) for kind in kinds}
    return SimpleNamespace(
        counts=counts.assign(population=n, users=users, **about),
        areas=areas.assign(share=[30.0, 5, 10, 20, 25, 15, 8, 12], **about),
        youths=youths,
        scores=youths[["age", "sdq_parent"]],
        answers=pd.DataFrame(1, index=range(4), columns=list(read_facts("sdq_items.csv")["name"])),
        care=care.query("period == '2017'"),
        half_years=care.query("form == 'protection' and origin in ('niet_westers', 'total') and period > '2016'"),
        totals=bereik.load("care_totals").query("period == '2019' and form == 'youth_care'").head(12),
        need=bereik.need_by_origin().query("region == \"'s-Gravenhage\" and period == '2016/2017'").head(12),
        routes=bereik.referrals_of().query("region == 'Delft' and referrer != 'all'"),
        outcomes=pilot.regional_outcomes().query("form == 'youth_care' and period_kind == 'year'"),
        **{kind: one._make(table.replace({"P01": f"ID-{PERSON}"}) for table in one) for kind, one in pilots.items()},
    )


def results() -> SimpleNamespace:
    """Make small tables of results."""
    values = pd.Series([1.1, 1.3, 1.2, 1.6, 0.9, 1.4, 1.8])
    row = {"measure": "form_share_ratio", "value": values, "lower": values / 1.2, "upper": values * 1.2}
    row |= {"confidence": 0.95, "relative_to": "nederlands", "per": "ratio", "status": "shown", "synthetic": False}
    frame = pd.DataFrame({**row, "source": "made up"})
    rates = frame.assign(measure="use_rate", value=values * 8, lower=values * 7, upper=values * 9, per="100 youths")
    rates = rates.assign(period=[str(year) for year in range(2015, 2022)], period_kind="year", relative_to=None)
    both = pd.concat([rates.assign(region=place, region_kind="x") for place in ("Haaglanden", "Nederland")])
    origins = ["turkije", "marokko", "suriname", "westers", "antillen_aruba", "overig_niet_westers", "nederlands"]
    needs = frame.head(2).assign(form="with_residence", origin="marokko", measure="reach_ratio")
    needs = needs.assign(
        indicator=["special_schools", "survey_distress"], region="Delft", need_place="Delft", year="2017"
    )
    about = {
        "population_group": "youths",
        "population_used": "pupils",
        "ages_of_need": "4-19",
        "ages_of_use": "0-22",
        "ages_of_population": "0-22",
        "origin_scheme": "migratieachtergrond",
    }
    needs = needs.assign(**about, lower_rounding=needs["value"], upper_rounding=needs["value"])
    parts = {"region": "Delft", "referrer": ["via_gp", "via_nobody"], "value": [70.0, 30.0]}
    return SimpleNamespace(
        regions=result_table(frame.assign(region=list("ABCDEFG")), ["region"]),
        years=result_table(rates.assign(region="Haaglanden", per="ratio"), ["region", "period"]),
        use=result_table(both, ["region", "period", "region_kind", "period_kind"]),
        adjusted=result_table(frame.assign(measure="fully_adjusted_difference", origin=origins), ["origin"]),
        ratios=needs,
        parts=result_table(frame.head(2).assign(measure="referral_share", **parts), list(parts)[:2]),
        ties=pilot.tie_map(pilot.example_pilot("ties_before")).assign(wave="before"),
    )


def calls(folder: Path) -> list[Call]:
    """Give a good call of every public function that has arguments, and of every command; files go to a folder."""
    of, got, file, there = tables(), results(), folder / "youths.csv", folder / "pilot"
    of.youths.drop(columns=["synthetic", "source"]).to_csv(file, index=False)
    there.mkdir()
    for name, table in of.networks._asdict().items():
        table.drop(columns=["synthetic", "source"]).to_csv(there / f"{name}.csv", index=False)
    over = {"counts": of.counts, "by": ["origin"], "over": ["severity"]}
    against, compared = over | {"relative_to": "nederlands"}, {"by": ["origin"], "relative_to": "nederlands"}
    cells, area = {"by": ["origin", "severity"]}, {"areas": of.areas, "by": ["area"]}
    words = {"region": "Haaglanden", "country": "Nederland"}
    good: dict[str, dict[str, Any]] = {
        "as_counts": {"data": of.counts, **cells},
        "use_rates": {"counts": of.counts, **cells},
        **dict.fromkeys(["protect", "standardise", "severity_gradient"], over),
        **dict.fromkeys(["access_gap", "misreporting_grid", "tipping_point"], against),
        "decompose": {"counts": of.counts, **compared, "factors": ["severity"]},
        "adjusted_disparity": {"counts": of.counts, **compared, "need": ["severity"], "replicates": 50},
        "area_excess": area | {"need": ["poverty"]},
        "area_association": area | {"need": ["poverty"], "shares": ["share"]},
        "need_shapes": area | {"need": ["poverty"]},
        "count": {"data": of.youths, "by": ["origin", "sex"], "use": "without_residence", "weight": "weight"},
        "severity_bands": {"data": of.scores, "score": "sdq_parent", "informant": "parent", "scheme": "dutch_norms"},
        "score_sdq": {"data": of.answers},
        "read_youths": {"file": file},
        "release": {"data": of.youths},
        "form_ratio": {
            "care": of.care.query("form in ('protection', 'without_residence', 'care_in_kind')"),
            "form": "protection",
            "by": [],
            "relative_to": "nederlands",
        },
        "youth_counts": {"care": of.care, "by": ["origin", "form"]},
        "implied_population": {"totals": of.totals, "by": ["region"]},
        "need_rates": {"need": of.need},
        "use_over_need": {"findings": bereik.load("published_findings"), "need": bereik.need_by_origin()},
        "referral_shares": {"routes": of.routes, "by": ["period", "period_kind"]},
        "compare_regions": {"ratios": got.regions, "region": "G"},
        "count_sides": {"results": got.years},
        "year_changes": {"results": got.years, "by": ["region"]},
        "range_over_choices": {"ratios": got.ratios},
        "say": {"key": "01_use", "tables": got.use, **words},
        "table": {"key": "08_adjusted", "tables": got.adjusted},
        "figure": {"key": "12_use_over_time", "data": got.use, **words},
        "save_table": {"table": got.use, "stem": "fuzz"},
        "codelist": {"name": "forms"},
        "label": {"code": "westers", "language": "nl"},
        "language": {"code": "en"},
        "method": {"number": "04"},
        "load": {"name": "care_totals"},
        "region_members": {"region": "Haaglanden", "year": 2023},
        "specifications": {"region": "Haaglanden"},
        "youths_by_origin": {"year": 2016},
        "example_youths": {"size": 50},
        **{name: {} for name in ("monitor", "wijk_use", "wijk_coverage", "referrals_of")},
    }
    people, regions = of.networks, {"outcomes": of.outcomes, "region": "Haaglanden"}
    asked = {"answers": people.answers, "participants": people.participants}
    whole = ["attendance", "partner_kinds", "referred_to_care", "tie_map", "tie_measures"]
    of_pilot: dict[str, dict[str, Any]] = {
        **{name: {"pilot": people} for name in whole},
        "recruitment": {"pilot": people, "plan": {"tailoring": (10, 12)}},
        "uptake": {"pilot": people, "of": "signals"},
        "tie_change": {"before": of.ties_before, "after": of.ties_after},
        "read_pilot": {"folder": there},
        "reliability": {"answers": people.answers},
        "paired_change": asked,
        "outcomes_by_origin": {
            "care": of.half_years,
            "origin": "niet_westers",
            "form": "protection",
        },
        "difference_in_differences": regions,
        "detectable_change": regions | {"share_of_users": 0.3},
        "example_pilot": {"kind": "networks"},
        "published_facts": {"programme": "pilot"},
    }
    stacked = {"rows": "region", "series": "referrer", "measures": ["referral_share"], "axis": "axis_referral_share"}
    drawn: dict[str, dict[str, Any]] = {
        "dots": {"data": got.regions, "rows": "region", "measures": ["form_share_ratio"], "line": 1},
        "lines": {"data": got.use, "measure": "use_rate", "series": "region", "focus": "Haaglanden"},
        "bars": {"data": got.parts, **stacked, "kind": "stacked"},
        "network": {"data": got.ties},
    }
    (folder / "download.csv").write_text("x")
    options = ["notebook", "--region", "--data", "--map", "--pilot", "--set", "--seconds", "--output"]
    commands: dict[str, dict[str, Any]] = {
        "check": {"file": file},
        "check ": {"file": there},
        "fetch": {"table": "84134NED", "--file": folder / "download.csv"},
        "report": {"--output": "mine", "--municipality": "Delft"},
        "run": dict.fromkeys(options),
    }
    return [
        *(Call(name, with_tables(getattr(bereik, name)), given) for name, given in good.items()),
        *(Call(f"pilot.{name}", getattr(pilot, name), given) for name, given in of_pilot.items()),
        *(Call(f"plot.{name}", getattr(plot, name), {"language": "en"} | given) for name, given in drawn.items()),
        *(Call(f"bereik {name}", partial(command, name.strip()), given) for name, given in commands.items()),
    ]


def with_tables(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let `say` and `table`, which take any number of tables, have one by name."""
    if "tables" not in inspect.signature(function).parameters:
        return function

    def named(key: str, tables: pd.DataFrame, **who: str) -> Any:
        return function(key, tables, **who)

    return named


def command(name: str, **words: object) -> str:
    """Run a command in an empty project and give what it says; a status that is not 0 is an error, as of a function."""
    said, given = io.StringIO(), [name]
    for option, word in words.items():
        given += [*([option] if option.startswith("--") else []), str(word)] if word is not None else []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for part in ("data/raw", "notebooks"):
            Path(part).mkdir(parents=True)
        Path("data/datapackage.json").write_text("{}")
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                status = main(given)
            except SystemExit as usage:
                status = usage.code
    text = said.getvalue()
    if status:
        parts = (("Expected: ", "To do: "), ("usage: ",), ("error ", "to do"))
        told = any(all(part in text for part in each) for each in parts)
        raise BereikError(text, "status 0", "as it says" if told else "")
    return text


# --- the damages

Change = Callable[[pd.DataFrame, str, np.random.Generator], Any]  # of a column of a table


def one(value: object) -> Change:
    """Put a value in one cell of a column."""

    def change(table: pd.DataFrame, column: str, generator: np.random.Generator) -> pd.DataFrame:
        cells = table[column].astype(object).tolist()
        cells[generator.integers(len(cells))] = value
        return table.assign(**{column: pd.Series(cells, index=table.index, dtype=object).infer_objects()})

    return change


def every(convert: Callable[[pd.Series], Any]) -> Change:
    """Convert all cells of a column."""
    return lambda table, column, _: table.assign(**{column: pd.Series(convert(table[column]), index=table.index)})


def filled(value: object) -> Change:
    """Put a value in all cells of a column."""
    return every(lambda column: [value] * len(column))


def once_more(alter: Callable[[str], str]) -> Change:
    """Add the rows of a category once more, under a name that looks the same."""

    def change(table: pd.DataFrame, column: str, generator: np.random.Generator) -> pd.DataFrame:
        names = [name for name in table[column].dropna().unique() if alter(name) != name]
        name = names[generator.integers(len(names))]
        more = table[table[column] == name].astype({column: object}).assign(**{column: alter(name)})
        return pd.concat([table.astype({column: object}), more], ignore_index=True)

    return change


def total(name: str) -> Change:
    """Add a row with the sum to each combination of the other categories."""

    def change(table: pd.DataFrame, column: str, _: object) -> pd.DataFrame:
        sums = [each for each in YOUTHS if each in table]
        others = [each for each in table if each not in (*sums, column)]
        plain = table.astype({column: object})
        added = (
            plain.groupby(others, sort=False, dropna=False, observed=True)[sums]
            .sum()
            .reset_index()
            .assign(**{column: name})
        )
        return pd.concat([plain, added], ignore_index=True)[list(table)]

    return change


YOUTHS = ("population", "users", "numerator", "denominator", "youths", "trajectories", "cases", "expected")
FRACTIONS, SCORES = ("denominator", "expected"), ("answer", "sdq_parent")  # youth-years; whole numbers within limits
KEYS = ("participant", "meeting", "from_organisation", "to_organisation")
DAY, NO_NUMBER = pd.Timestamp("2024-05-01"), [1, 2]
NOT_NUMBERS: dict[str, Change] = {
    "true or false": every(lambda column: [row % 2 == 0 for row in range(len(column))]),
    "True in a cell": one(True),
    "dates": filled(DAY),
    "a date in a cell": one(DAY),
    "durations": filled(pd.Timedelta(3, "D")),
    "complex": every(lambda column: column.astype("float64").to_numpy() + 0j),
    "bytes": every(lambda column: [str(cell).encode() for cell in column]),
    "text": every(lambda column: column.astype(str).astype(object)),
    "text in a cell": one("12"),
    "a list in a cell": one(NO_NUMBER),
    "infinite": one(np.inf),
    "minus infinite": one(-np.inf),
}
NOT_COUNTS = {"missing": one(np.nan), "NA": one(pd.NA), "negative": one(-5), "half": one(7.5), "1e25": one(1e25)}
SAME_NUMBERS: dict[str, Change] = {
    name: every(lambda column, name=name: column.astype(name))
    for name in ("float64", "Float64", "Int64", "uint32", "object")
} | {"Decimal": every(lambda column: [Decimal(int(cell)) for cell in column])}
NOT_ORIGINS = {
    "synthetic": {
        name: filled(cell) for name, cell in {"FALSE": "FALSE", "nee": "nee", "0": 0, "1.0": 1.0, "None": None}.items()
    },
    "source": {name: filled(cell) for name, cell in {"None": None, "empty": "", "a number": 3}.items()},
    "status": {"unknown": one("ok"), "other case": one("Shown"), "a number": one(3)},
}
for cells in NOT_ORIGINS.values():
    cells |= {"missing in a cell": one(None), "a list in a cell": one(["a"]), "a blank in a cell": one("  ")}
NOT_ORIGINS["synthetic"] |= {"text in a cell": one("False"), "mixed": lambda t, c, g: one(not t[c].iloc[0])(t, c, g)}
LOOK_ALIKES = {
    "a blank behind": once_more(lambda name: f"{name} "),
    "no-break space": once_more(lambda name: f"\u00a0{name}"),
    "other case": once_more(str.upper),
    "accents apart": once_more(partial(unicodedata.normalize, "NFD")),
    "zero-width space": once_more(lambda name: f"{name}\u200b"),
}
TOTALS = {name: total(name) for name in ("total", "Totaal", "alle", "All", "Totaal leeftijd", "T001038", "zz")}
STRANGE = {"control sign": "a\x07b", "NUL": NUL, "half a sign": HALF, "long": LONG, "formula": "=HYPERLINK(1)"}
STRANGE |= {"markup": "<b>$x_1$", "a number": 3, "bytes": b"a"}


def polars(table: pd.DataFrame) -> Any:
    """Give a table to Polars."""
    import polars

    return polars.from_pandas(plain(table))


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table without declared categories."""
    return table.astype({name: object for name in table if table[name].dtype == "category"})


WHOLE: dict[str, tuple[Callable[[pd.DataFrame, np.random.Generator], Any], Expected]] = {
    "shuffled": (lambda table, generator: table.iloc[generator.permutation(len(table))], SAME),
    "columns reversed": (lambda table, _: table[table.columns[::-1]], SAME),
    "another index": (lambda table, _: table.set_axis([7] * len(table)), SAME),
    "a column more": (lambda table, _: table.assign(remark="x"), SAME),
    "no declared order": (lambda table, _: plain(table), EITHER),
    "in order of the alphabet": (lambda table, _: plain(table).sort_values(list(table)[1]), EITHER),
    "no rows": (lambda table, _: table.iloc[:0], REFUSE),
    "a row twice": (lambda table, generator: pd.concat([table, table.sample(1, random_state=generator)]), REFUSE),
    "two-level columns": (
        lambda table, _: table.set_axis(pd.MultiIndex.from_tuples([(c, "") for c in table]), axis=1),
        REFUSE,
    ),
    "Polars": (lambda table, _: polars(table), EITHER),
    "Arrow": (lambda table, _: polars(table).to_arrow(), EITHER),
    "a dictionary": (lambda table, _: table.to_dict("list"), REFUSE),
    "a list": (lambda table, _: [table], REFUSE),
    "None": (lambda table, _: None, REFUSE),
    "a number": (lambda table, _: 5, REFUSE),
}


def written(separator: str = ",", encoding: str = "utf-8") -> Callable[[pd.DataFrame, Path], Any]:
    """Write a table as text."""
    return lambda table, file: file.write_bytes(table.to_csv(index=False, sep=separator).encode(encoding))


def starred(table: pd.DataFrame, file: Path) -> None:
    """Write a table to a file with a star in its name, beside one that the star would match."""
    table.to_csv(file.with_name("a*.csv"), index=False)
    table.head(50).to_csv(file.with_name("az.csv"), index=False)
    file.unlink()


FILES: dict[str, tuple[Callable[[pd.DataFrame, Path], Any], Expected]] = {
    "BOM and semicolons": (written(";", "utf-8-sig"), SAME),
    "UTF-16": (written(encoding="utf-16"), EITHER),
    "empty": (lambda _, file: file.write_bytes(b""), REFUSE),
    "names only": (lambda table, file: table.iloc[:0].to_csv(file, index=False), REFUSE),
    "no text": (lambda _, file: file.write_bytes(bytes(range(256)) * 9), REFUSE),
    "a quote that does not end": (lambda _, file: file.write_text(file.read_text() + '"x\n'), REFUSE),
    "cells too many": (lambda _, file: file.write_text(file.read_text() + "x," * 99 + "\n"), REFUSE),
    "a column twice": (
        lambda table, file: pd.concat([table, table.iloc[:, :1]], axis=1).to_csv(file, index=False),
        REFUSE,
    ),
    "a row twice": (lambda table, file: pd.concat([table, table.head(1)]).to_csv(file, index=False), REFUSE),
    "star": (starred, EITHER),
}
ADDRESSES = ["http://127.0.0.1:9/x.csv", "s3://bucket/x.parquet", "x*.csv"]
TEXTS = ["no_such", "", " ", 3, b"x", ["x"], {"x": 1}, None, LONG, NUL, HALF]
NUMBERS = ["0.9", None, True, np.nan, np.inf, [1], 1j, DAY]
WRONG: dict[str, list[Any]] = {  # by the name of an argument, or by its type
    "confidence": [*NUMBERS, 0, 1, 1.5, -0.1],
    "per": [*NUMBERS, 0, -1],
    "replicates": [*NUMBERS, 0, -5, 1.5],
    "line": ["x", [1], np.nan, np.inf],
    "'int'": [*NUMBERS, 1.5, -5],
    "'float'": NUMBERS,
    "bool": ["nee", "x"],
    "Path": ["no_such.csv", "", 5, None, b"x", ["x"], LONG, NUL, HALF, *ADDRESSES],
    "Mapping": ["no_such", 5, ["x"], {"x": "y"}, {3: None}],
    "Sequence[str]": ["origin", 5, [3], [None], ["no_such"], [["origin"]], ["origin", "origin"], None, b"x"],
    "Sequence[float]": ["x", ["x"], 5, [np.nan], [np.inf], [None], [True]],
    "Sequence[int]": ["x", ["x"], 5, [-1], [[1]], [1.5], [True]],
    "tuple[int": ["x", (2019, 2016), (2016,), 5, (None, None), (2016, 2022), ("2016", "2019")],
    "tuple[str": ["x", ("before",), ("before", "before"), 5, ("before", 3)],
    "int": [*NUMBERS, 1.5, -5],
    "float": NUMBERS,
    "": TEXTS,
}
WORDS = ["", " ", "no_such", LONG, HALF, "../x", *ADDRESSES]
NOT_TRIED = ("where", "unit", "source", "into", "order", "items", "texts", "draw", "also")  # or free text
DRAWN = ("say", "table", "figure", "save_table", "plot.")  # give words, files, pictures
NAMES = (("bereik run", "--output"), ("save_table", "stem"), ("release", "place"))  # any name will do
ORDERED = ("severity_gradient", "misreporting_grid", "tipping_point")  # the order of the bands is part of the question
ALL_ROWS = ("count", "severity_bands", "score_sdq", "count_sides", "year_changes", "release", *DRAWN)  # or all columns
DRAWS = ("adjusted_disparity",)  # replicates, which fall in another way when the groups come in another order


Places = Iterator[tuple[str, Iterator[Damage]]]  # each place of a call with its damages


def damages(call: Call) -> Places:
    """Give the places of a call: its tables and their columns, its files, and its other arguments."""
    for name, value in call.arguments.items():
        if isinstance(value, pd.DataFrame):
            yield from of_table(call, name, name, value, lambda table: table)
        elif isinstance(value, Pilot):
            yield from of_pilot(call, name, value)
        elif isinstance(value, Path):
            yield f"{name}[content]", of_path(call, name, value)
    plain = {name: inspect.Parameter("x", inspect.Parameter.KEYWORD_ONLY, default=None) for name in call.arguments}
    for name, about in (plain | dict(inspect.signature(call.function).parameters)).items():
        table = isinstance(call.arguments.get(name), pd.DataFrame)
        if not (table or name in NOT_TRIED or about.kind == about.VAR_KEYWORD):
            yield name, of_argument(call, name, about)


def of_pilot(call: Call, name: str, whole: Pilot) -> Places:
    """Give the tables of a pilot that matter, and their columns."""
    for part, table in whole._asdict().items():
        put = partial(lambda changed, part: whole._replace(**{part: changed}), part=part)
        if len(table) and is_used(call, name, put(table.iloc[:0])):
            yield from of_table(call, name, f"{name}.{part}", table, put)


def of_argument(call: Call, name: str, about: inspect.Parameter) -> Iterator[Damage]:
    """Give the wrong values of an argument that is no table."""
    words = call.name.startswith("bereik ")
    kind = name if name in WRONG else next(kind for kind in WRONG if kind in str(about.annotation))
    for value in WORDS if words else WRONG[kind]:
        may_be = value == "no_such" and (call.name, name) in NAMES
        if not may_be and not (value is None and about.default is None):
            yield Damage(name, name, "arguments", f"{value!r:.24}", lambda _, value=value: value, REFUSE)


def of_table(call: Call, name: str, place: str, table: pd.DataFrame, put: Callable[[Any], Any]) -> Places:
    """Give a table and its columns, each with its damages."""
    yield place, of_whole(call, name, place, table, put)
    for column in table:
        yield f"{place}[{column}]", of_column(call, name, place, table, column, put)


def of_whole(call: Call, name: str, place: str, table: pd.DataFrame, put: Callable[[Any], Any]) -> Iterator[Damage]:
    """Give the damages of a table as a whole."""
    changes = {damage: (change, allowed(call, place, damage, right)) for damage, (change, right) in WHOLE.items()}
    for damage, (change, right) in (changes | redrawn(call, table)).items():
        kind = "harmless" if right == SAME or callable(right) else "tables"
        yield Damage(name, place, kind, damage, lambda generator, change=change: put(change(table, generator)), right)


def allowed(call: Call, place: str, damage: str, expected: Expected) -> Expected:
    """Say what is expected of a change of a whole table by this call."""
    if damage == "no rows" and "." in place:
        return None
    if damage in ("a row twice", "a column more", "no rows") and call.name.startswith(ALL_ROWS):
        return None
    if damage in ("no declared order", "in order of the alphabet") and call.name in (*ORDERED, *DRAWS):
        return REFUSE if call.name in ORDERED else None
    return expected


def of_column(call: Call, name: str, place: str, table: pd.DataFrame, column: str, put: Any) -> Iterator[Damage]:
    """Give the damages of a column, when it matters."""
    if column not in NOT_ORIGINS and not is_used(call, name, put(table.drop(columns=column))):
        return
    for kind, changes in changes_of(table[column]).items():
        for damage, change in changes.items():
            no_band = call.name == "severity_bands" and "infinite" in damage  # as any age outside those of the scheme
            right = None if no_band else expectation(call, place, table, column, kind, damage)
            done = partial(lambda generator, change: put(change(table, column, generator)), change=change)
            yield Damage(name, f"{place}[{column}]", kind, damage, done, right)


def changes_of(column: pd.Series) -> dict[str, dict[str, Change]]:
    """Give the changes of a column, by what it holds."""
    names: dict[str, Change] = {
        "dropped": lambda table, name, _: table.drop(columns=name),
        "renamed": lambda table, name, _: table.rename(columns={name: f"{name} "}),
        "twice": lambda table, name, _: pd.concat([table, table[[name]]], axis=1),
    }
    if column.isna().all():
        return {"columns": names}
    if column.name in NOT_ORIGINS:
        return {"columns": names, "status and source": NOT_ORIGINS[column.name]}
    if pd.api.types.is_bool_dtype(column):
        kept = ("dates", "complex", "bytes", "a list in a cell")
        return {"columns": names, "types": {name: NOT_NUMBERS[name] for name in kept}}
    if pd.api.types.is_numeric_dtype(column):
        whole = bool((column % 1 == 0).all())
        return {"columns": names, "types": NOT_NUMBERS, "limits": NOT_COUNTS, "harmless": SAME_NUMBERS if whole else {}}
    strange = {name: one(cell) for name, cell in STRANGE.items()}
    known = {"unknown": one("nobody"), "missing": one(None), "a list in a cell": one(NO_NUMBER)}
    return {"columns": names, "names": LOOK_ALIKES | strange | known, "totals": TOTALS}


def expectation(call: Call, place: str, table: pd.DataFrame, column: str, kind: str, damage: str) -> Expected:
    """Say what is expected of a damage to a column that matters."""
    named = [call.arguments.get(given) for given in ("over", "need", "adjust_for", "factors")]
    strata = [name for given in named if isinstance(given, list) for name in given]
    groups = call.arguments.get("by", ())
    counted, answered = column in YOUTHS and "value" not in table, column in SCORES or call.name == "score_sdq"
    if call.name.startswith(DRAWN):  # of a table they may need a few rows only
        everywhere = not damage.endswith((" cell", "infinite", "unknown", "other case")) and call.name != "save_table"
        return REFUSE if damage == "twice" or (kind in ("types", "status and source") and everywhere) else None
    if call.name == "release" and kind in ("columns", "names") and damage != "a list in a cell":
        return None  # without a score another one is taken
    if kind == "columns" and damage != "twice":  # a column that is not always needed may be absent
        needed = column in ("synthetic", "source", *SCORES, *KEYS, *strata, *groups) or counted
        return REFUSE if needed else EITHER if column == "status" and "value" not in table else None
    if kind == "names" and damage == "unknown":
        asked = place.endswith(("answers", "attendance", "ties")) and call.name != "pilot.reliability"
        return REFUSE if asked and column in KEYS else None
    if damage in ("missing", "NA"):  # where it is shown; an answer may be missing, a population where there is a rate
        needed = counted and call.name != "need_rates" and bool((table["status"] == "shown").all())
        return REFUSE if needed or column in [*strata, *groups] else None
    refused = {
        "limits": answered or (counted and (damage != "half" or column not in FRACTIONS)),
        "types": "value" not in table or column in ("value", "lower", "upper"),
        "names": damage == "a list in a cell",
        "totals": bool(strata) and column in [*strata, *groups] and call.name != "protect",
    }
    same = EITHER if call.name in ALL_ROWS or (damage == "Decimal" and column in SCORES) else SAME
    if damage in ("text", "text in a cell") and (column in ("answer", "weight") or call.name == "release"):
        return None  # text of a number, as in a file
    if kind == "totals" and "relative_to" in call.arguments and column in groups and damage != "zz":
        return EITHER  # it contains the reference, so it is set apart
    return same if kind == "harmless" else REFUSE if refused.get(kind, True) else None


def of_path(call: Call, name: str, path: Path) -> Iterator[Damage]:
    """Give the damages of a file, or of one of the files in a folder."""
    inside = sorted(path.glob("*.csv")) if path.is_dir() else [path]

    def damaged(generator: np.random.Generator, change: Callable[[pd.DataFrame, Path], Any]) -> Path:
        folder = Path(tempfile.mkdtemp(dir=path.parent))
        for file in inside:
            (folder / file.name).write_bytes(file.read_bytes())
        chosen = inside[generator.integers(len(inside))]
        change(pd.read_csv(chosen, dtype=str), folder / chosen.name)
        return folder if path.is_dir() else min(folder.iterdir())

    for damage, (change, expected) in FILES.items():
        expected = REFUSE if call.name == "bereik fetch" else expected  # the file is no download
        if damage != "star" or not path.is_dir():
            kind = "harmless" if expected == SAME else "files"
            expected = None if damage == "names only" and path.is_dir() else expected  # not every file has rows
            yield Damage(name, f"{name}[content]", kind, damage, partial(damaged, change=change), expected)


# --- what is right


def of_measure(result: pd.DataFrame, words: str) -> np.ndarray:
    """Give the values of a measure."""
    return result.loc[result["measure"].str.contains(words), "value"].to_numpy("float64")


def by_band(counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Give population and users as groups by bands."""
    return tuple(
        counts.pivot(index="origin", columns="severity", values=name).to_numpy() for name in ("population", "users")
    )


def standardised(counts: pd.DataFrame) -> np.ndarray:
    """Weigh the use per band with all youths of the band."""
    n, users = by_band(counts)
    return 100 * (users / n) @ n.sum(axis=0) / n.sum()


def gaps(counts: pd.DataFrame) -> np.ndarray:
    """Compare use per band with the first group, weighed with the mean of the two distributions."""
    n, users = by_band(counts)
    use, share = users / n, n / n.sum(axis=1, keepdims=True)
    return 100 * ((use[1:] - use[0]) * (share[1:] + share[0]) / 2).sum(axis=1)


PLAIN: dict[str, tuple[str, Callable[[pd.DataFrame], Any]]] = {
    "use_rates": ("use_rate", lambda counts: 100 * counts["users"] / counts["population"]),
    "standardise": ("directly", standardised),
    "access_gap": ("rate_difference_at_equal", gaps),
}
UNCHANGED = "rate|ratio$|difference|gradient|component"  # by ten times as many youths
SCALED = dict.fromkeys(["use_rates", "standardise", "access_gap", "severity_gradient"])
SCALED |= dict.fromkeys(["decompose", "misreporting_grid"])


def redrawn(call: Call, table: pd.DataFrame) -> dict[str, tuple[Callable[..., Any], Expected]]:
    """Give other right counts, and whether a result is right for them."""
    many, few = ("denominator", "numerator") if "numerator" in table else ("population", "users")
    other, found = table.copy(), {}

    def draw(_: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
        other[many] = generator.integers(30, 3000, len(table))
        other[few] = generator.binomial(other[many], generator.uniform(0.02, 0.5, len(table)))
        return other

    def unchanged(result: pd.DataFrame) -> bool:
        return np.allclose(*(of_measure(each, UNCHANGED) for each in (result, answer(call))), equal_nan=True)

    if call.name in SCALED:
        ten_times: Callable[..., Any] = lambda table, _: table.assign(**{many: table[many] * 10, few: table[few] * 10})  # noqa: E731
        found["ten times as many"] = (ten_times, unchanged)
    if call.name in PLAIN:
        words, formula = PLAIN[call.name]
        found["other counts"] = (draw, lambda result: np.allclose(of_measure(result, words), formula(other)))
    return found


def possible(result: Any) -> bool:
    """Say whether a result can be right, whatever it was made from."""
    if isinstance(result, SavedFigure):
        return all(is_xml(file) for file in Path(os.environ[paths.OUTPUT_VARIABLE]).rglob("*.svg"))
    if isinstance(result, Path):
        cells = pd.read_csv(result, dtype=str, keep_default_na=False).to_numpy().ravel()
        return not any(str(cell).startswith(("=", "@", "\t")) for cell in cells)
    if not isinstance(result, pd.DataFrame):
        return True
    words = [
        result[name].dropna().astype(str).drop_duplicates() for name in result if result[name].dtype.kind not in "fiubM"
    ]
    if {"population", "value"} & {*result} and any(names.map(looks).duplicated().any() for names in words):
        return False
    if not {"value", "lower", "upper", "status"} <= {*result}:
        return True
    figures = result[["lower", "value", "upper"]].astype("float64")
    ordered = ~(figures["lower"] > figures["value"] + 1e-9) & ~(figures["value"] > figures["upper"] + 1e-9)
    hidden = figures[result["status"] != "shown"].isna().all(axis=None)
    return bool(ordered.all() and hidden and not np.isinf(figures.to_numpy()).any())


def looks(name: str) -> str:
    """Give what a reader sees of a name."""
    return " ".join(unicodedata.normalize("NFKC", name).replace("\u200b", "").casefold().split())


def is_xml(file: Path) -> bool:
    """Say whether a browser can read a file."""
    try:
        ElementTree.parse(file)  # noqa: S314 we wrote it
    except ElementTree.ParseError:
        return False
    return True


def canonical(result: Any) -> Any:
    """Give a result so that it can be compared: its order, its types and the name of its source do not matter."""
    result = result.to_pandas() if hasattr(result, "to_pandas") else result
    parts = result.tables if hasattr(result, "tables") else result._asdict() if isinstance(result, Pilot) else None
    if parts is not None:
        return {name: canonical(table) for name, table in parts.items()}
    if not isinstance(result, pd.DataFrame):
        return None
    columns = [result[name].tolist() for name in sorted(set(result) - {"source"})]
    return sorted(set(result)), sorted("|".join(map(cell_text, row)) for row in zip(*columns, strict=True))


def cell_text(cell: object) -> str:
    """Write a number with six digits, what is missing as nothing."""
    if isinstance(cell, float | int | np.number | Decimal) and not isinstance(cell, bool | np.bool_):
        return f"{float(cell):.6g}"
    return "nan" if pd.isna(cell) is True else str(cell)


# --- what comes of it


class Hang(BaseException):
    """An answer that takes too long."""


def answer(call: Call, **changed: Any) -> Any:
    """Call, in a session as it is at its start; stop after a while, where the system can."""

    def stop(*_: object) -> None:
        raise Hang

    paths.persons_read(False)
    before = signal.signal(signal.SIGALRM, stop) if hasattr(signal, "SIGALRM") else None
    try:
        if before is not None:
            signal.alarm(SECONDS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call.function(**(call.arguments | changed))
    finally:
        if before is not None:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)
        bereik.language("en")


GOOD: dict[str, Any] = {}


def good(call: Call) -> Any:
    """Give the result of the call as it is right."""
    if call.name not in GOOD:
        GOOD[call.name] = canonical(answer(call))
    return GOOD[call.name]


def is_used(call: Call, name: str, without: Any) -> bool:
    """Say whether a column or a table matters: without it there is another result, or none."""
    try:
        return bool(canonical(answer(call, **{name: without})) != good(call))
    except Exception:  # whichever: it matters
        return True


def outcome(call: Call, damage: Damage, generator: np.random.Generator) -> tuple[str, str]:
    """Try a damage and say what came of it; nothing when it cannot be done."""
    try:
        value = damage.change(generator)
    except Exception:  # a column of this type cannot have it
        return "", ""
    try:
        return verdict(call, damage.expected, answer(call, **{damage.argument: value}))
    except BereikError as error:
        parts, said = [str(part).strip() for part in error.args], str(error)
        if len(parts) != 3 or not all(parts) or len(said) > PAGE or PERSON in said:
            return "unclear", said
        return ("clear" if damage.expected in (REFUSE, EITHER, None) else "false alarm"), said
    except Hang:
        return "hang", ""
    except Exception as error:  # whichever another library raises
        return "foreign", f"{type(error).__name__}: {error}"


def verdict(call: Call, expected: Expected, result: Any) -> tuple[str, str]:
    """Say whether a result is what was expected."""
    if isinstance(result, str) and PERSON in result:
        return "unclear", result
    if expected == REFUSE or not possible(result):
        return "silent", "a result" if expected == REFUSE else "an impossible result"
    if expected is None:
        return "not judged", ""
    right = expected(result) if callable(expected) else canonical(result) == good(call)
    return ("right", "") if right else ("silent", "another result")


def study(tried: list[Call], number: int, seed: int = 0) -> pd.DataFrame:
    """Say what comes of damages: as many of each call until there are at least this number, or all of them when it is 0."""
    generator, rows = np.random.default_rng(seed), []
    most = -(-number // len(tried)) if number else None
    for call in tried:
        places = list(damages(call))
        drawn = drawn_from(places, generator) if number else (damage for _, each in places for damage in each)
        told = ((damage, *outcome(call, damage, generator)) for damage in drawn)
        could = ((call.name, *damage[1:4], what, said) for damage, what, said in told if what)
        rows += islice(could, most)
    return pd.DataFrame(rows, columns=["call", "place", "kind", "damage", "outcome", "said"])


def drawn_from(places: list[tuple[str, Iterator[Damage]]], generator: np.random.Generator) -> Iterator[Damage]:
    """Draw an argument, a place in it, and a damage that was not drawn before, again and again."""
    arguments: dict[str, dict[str, Iterator[Damage]]] = {}
    for place, each in places:
        arguments.setdefault(place.split(".")[0].split("[")[0], {})[place] = each
    left: dict[str, list[Damage]] = {}
    tables = [name for name, inside in arguments.items() if len(inside) > 1]
    for _ in range(500):
        inside = arguments[generator.choice(tables if tables and generator.random() < 0.6 else list(arguments))]
        place = generator.choice(list(inside))
        if place not in left:
            left[place] = list(inside[place])
        if left[place]:
            yield left[place].pop(generator.integers(len(left[place])))


def main_table(rows: pd.DataFrame, by: str) -> str:
    """Count what came of the damages."""
    counted = pd.crosstab(rows[by], rows["outcome"]).reindex(columns=list(OUTCOMES), fill_value=0)
    lines = [[str(name), *(f"{n or '–'}" for n in line)] for name, *line in counted.itertuples()]
    head = [[by, *OUTCOMES], ["---", *["--:"] * len(OUTCOMES)]]
    return "\n".join("| " + " | ".join(line) + " |" for line in head + lines)


def report(rows: pd.DataFrame) -> str:
    """Write the two tables and the faults."""
    faults = rows[rows["outcome"].isin(FAULTS)]
    lines = [
        f"* {row.outcome}: {row.call}, {row.place}: {row.damage} ({' '.join(row.said.split())[:90]})"
        for row in faults.itertuples()
    ]
    parts = [main_table(rows, "kind"), main_table(rows, "call"), "\n".join(lines) or "No faults."]
    return "\n\n".join(parts).encode("utf-8", "backslashreplace").decode() + "\n"


if __name__ == "__main__":
    names = sys.argv[1:]
    with tempfile.TemporaryDirectory() as place:
        os.environ[paths.OUTPUT_VARIABLE] = f"{place}/output"
        rows = study([call for call in calls(Path(place)) if not names or call.name in names], 0 if names else 1000)
    print(report(rows))
    if not names:
        about = "# Bad input\n\nMade by `python bench/fuzz.py`; its first lines say what the words mean.\n\n"
        Path(__file__).with_suffix(".md").write_text(about + report(rows), encoding="utf-8", newline="\n")
    sys.exit(int(rows["outcome"].isin(FAULTS).any()))
