"""The release of a file of persons: the count tables that notebooks 07 and 08 publish, protected together and then frozen.

Which tables is declared in `release.toml`. Everything the notebooks compute comes from these tables and from nothing else.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from bereik.codelists import care_forms, origin_groups
from bereik.counts.persons import count, open_frame, schema_of
from bereik.counts.table import as_counts
from bereik.data.files import read_facts
from bereik.data.persons import read_youths
from bereik.data.synthetic import example_youths
from bereik.errors import BereikError, DisclosureError, InvalidTableError, ProjectNotFoundError, UnknownNameError
from bereik.paths import PACKAGE, persons_read, project_folder
from bereik.severity.sdq import severity_bands
from bereik.suppress import MIN_CELL_COUNT, REST, joined_name, protect
from bereik.tables import numbers, one_value
from bereik.transaction import write_whole

_SCORES = {"sdq_parent": "parent", "sdq_teacher": "teacher", "sdq_self": "self"}
_RISKS, _MOST_RISKS = "risk_", 3  # a count of risk factors: 0, 1, 2, 3 or more
_COMPLETE = 0.8  # a year is complete with at least this share of the youths of the largest year
_UNKNOWN = "onbekend"
_EXAMPLE_SIZE, _EXAMPLE_GROUP = 300_000, "marokko"
_OUTCOME = "outcome"


@dataclass(frozen=True)
class Release:
    """The protected tables of counts of one file, and what they are about.

    Parameters
    ----------
    tables : dict of pandas.DataFrame
        The tables of counts by name: by_severity, by_origin, by_age_and_sex, by_generation, by_municipality,
        by_circumstances, how_care_ended, by_parent, by_teacher, by_self, with_score. One for which the file has no columns is
        absent.
    about : dict of str
        The codes that figures and sentences ask for: ``group``, ``reference``, ``form``, ``region``, ``period``,
        ``severity`` and ``ages`` (those of the youths with a severity).
    forms : list of str
        The forms of care in the file.
    notes : list of str
        What was chosen for the reader, in words: the year, when a later one is not complete.

    Examples
    --------
    >>> Release({}, {"group": "turkije"}, ["probation"], []).about["group"]
    'turkije'
    """

    tables: dict[str, pd.DataFrame]
    about: dict[str, str]
    forms: list[str]
    notes: list[str]

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Give one of the tables."""
        if name not in self.tables:
            raise UnknownNameError("table of the release", name, list(self.tables))
        return self.tables[name].copy()

    def __contains__(self, name: object) -> bool:
        """Say whether the file has what the table is made of."""
        return name in self.tables


def release(
    data: Any = None,
    column_map: Mapping[str, Any] | Path | str | None = None,
    *,
    score: str | None = None,
    scheme: str | None = None,
    bands: Sequence[str] | None = None,
    year: int | None = None,
    group: str | None = None,
    reference: str | None = None,
    form: str | None = None,
    place: str | None = None,
) -> Release:
    """Make the tables of counts that may be published of a file of persons: declared beforehand and protected together.

    Parameters
    ----------
    data : path or data frame, optional
        A file of persons, or what `read_youths` gave; the synthetic example when not given.
    column_map : path or dict, optional
        As in `read_youths`.
    score : str, optional
        What severity is: ``sdq_parent``, ``sdq_teacher``, ``sdq_self``, ``severity`` (bands in words) or ``risk_factors`` (their
        number: 0, 1, 2, 3 or more). By default the first of these that the file has.
    scheme : str, optional
        Whose cut-offs of the SDQ, see `severity_bands`; by default Dutch norms, for youths themselves the British ones.
    bands : list of str, optional
        The bands of ``severity``, least severe first; needed when bereik does not know the words.
    year : int, optional
        Which year; by default the latest complete one: with at least four fifths of the youths of the largest.
    group, reference, form : str, optional
        What the sentences are about. By default the largest group after the reference (in the example: C), the group of the
        Dutch origin, and care without residence, or else the first form in the file.
    place : str, optional
        The name of the region or municipality.

    Returns
    -------
    Release
        The protected tables, and the codes that sentences ask for. A file with a column ``weight`` is counted with weights.

    Raises
    ------
    InvalidTableError, SourceFileError, UnknownNameError
        As `read_youths`; or when severity has no order, or the file no such year, group, reference or form.
    DisclosureError
        When tables of this file were released before with another measure of severity: the two can be compared.

    Notes
    -----
    Only youths with a severity are counted, so no two tables differ by those without one. A missing circumstance is a
    category of its own. The tables are kept in .cache: both notebooks, and a second run, read the same ones.
    See `protect` for how, and its limits.

    Examples
    --------
    >>> from bereik.data.synthetic import example_youths
    >>> made = release(example_youths(20_000))
    >>> made["by_severity"].iloc[:2, :4]
                    form      origin             severity  population
    0  without_residence  nederlands               normal        5695
    1  without_residence  nederlands  borderline+clinical        1850
    """
    persons_read()
    asked = {"score": score, "scheme": scheme, "bands": bands and list(bands), "year": year}
    kept = _Kept(data, column_map, asked)
    made = kept.read()
    if made is None:
        made = _made(data, column_map, score=score, scheme=scheme, bands=bands, year=year)
        kept.write(made)
    chosen = {"group": group, "reference": reference, "form": form, "place": place}
    return _about(made, data, **chosen)


# --- what severity is, and which year ----------------------------------------------------------------------------------


def _made(data: Any, column_map: Any, **asked: Any) -> dict[str, Any]:
    """Count and protect the declared tables."""
    persons = _persons(data, column_map)
    columns = list(schema_of(open_frame(persons), []))
    forms = [code for code in care_forms()["code"] if code in columns]
    years, note = _years(persons, forms[0], asked["year"])
    frame = open_frame(persons).filter(nw.col("year") == years)
    measure = asked["score"] or _measure(columns)
    scheme = asked["scheme"] or ("uk_three_band" if measure == "sdq_self" else "dutch_norms")
    with_severity, order = _with_severity(frame.to_native(), columns, measure, scheme, asked["bands"])
    whole = open_frame(with_severity)
    scored = whole.filter(~nw.col("severity").is_null()).to_native()
    tables = _Tables(columns, order)
    made = tables.of(scored, forms)
    made |= tables.of_informants(frame.to_native(), forms, measure)
    made |= tables.with_score(whole, forms)
    facts = {
        "year": int(years),
        "measure": measure,
        "scheme": scheme,
        "forms": forms,
        "ages": tables.ages,
        "notes": note,
    }
    facts["origin_scheme"] = tables.scheme
    return {"tables": made, **facts}


def _persons(data: Any, column_map: Any) -> Any:
    if data is None:
        return example_youths(_EXAMPLE_SIZE)
    if isinstance(data, (str, Path)):
        return read_youths(data, column_map=column_map)
    return data


def _years(persons: Any, form: str, asked: int | None) -> tuple[int, list[str]]:
    """Give the year to show: the one asked for, or the latest that is complete."""
    table = count(persons, by=["year"], use=form, missing="drop", assume_independent=True)
    sizes = dict(zip(table["year"].astype(int), numbers(table["population"]), strict=True))
    if asked is not None:
        if asked not in sizes:
            raise UnknownNameError("year", str(asked), [str(year) for year in sizes], where="the data of persons")
        return asked, []
    complete = [year for year, size in sizes.items() if size >= _COMPLETE * max(sizes.values())]
    later = [str(year) for year in sizes if year > max(complete)]
    return max(complete), [f"not_complete {' '.join(later)}"] if later else []


def _measure(columns: Sequence[str]) -> str:
    """Give the measure of severity of a file: the first of these that it has."""
    risks = any(name.startswith(_RISKS) for name in columns)
    return next((name for name in [*_SCORES, "severity"] if name in columns), "risk_factors" if risks else "severity")


def _with_severity(data: Any, columns: Sequence[str], measure: str, scheme: str, bands: Any) -> tuple[Any, list[str]]:
    """Add the column severity, and give the order of its bands."""
    if measure in _SCORES:
        banded = severity_bands(data, score=measure, informant=_SCORES[measure], scheme=scheme)
        from bereik.severity.sdq import read_facts as cut_offs

        table = cut_offs("sdq_cut_offs.csv")
        return banded, table.loc[table["scheme"] == scheme, "band"].unique().tolist()
    frame = open_frame(data)
    if measure == "risk_factors":
        risks = [nw.col(name).cast(nw.Int64) for name in columns if name.startswith(_RISKS)]
        total = sum(risks[1:], risks[0])
        most = f"{_MOST_RISKS}+" if len(risks) > _MOST_RISKS else str(_MOST_RISKS)
        names = [
            *(str(number) for number in range(min(len(risks) + 1, _MOST_RISKS))),
            *([most] if len(risks) >= _MOST_RISKS else []),
        ]
        band = nw.lit(None, dtype=nw.String)
        for number, name in enumerate(names):
            here = total >= number if number == _MOST_RISKS else total == number
            band = nw.when(here).then(nw.lit(name)).otherwise(band)
        return frame.with_columns(severity=band).to_native(), names
    if measure != "severity":
        raise UnknownNameError("measure of severity", measure, [*_SCORES, "severity", "risk_factors"])
    counted = frame.lazy().select(nw.col("severity").cast(nw.String)).unique().collect("pandas").to_native()
    words = sorted(counted["severity"].dropna())
    return frame.with_columns(nw.col("severity").cast(nw.String)).to_native(), order_of_bands(words, bands)


def order_of_bands(words: Sequence[str], given: Sequence[str] | None = None) -> list[str]:
    """Give bands of severity in order: as given, by the number they begin with, or as a list of known words has them.

    Examples
    --------
    >>> order_of_bands(["ernstig", "licht", "matig"]), order_of_bands(["2 high", "1 low"])
    (['licht', 'matig', 'ernstig'], ['1 low', '2 high'])
    """
    if given is not None:
        if absent := [word for word in words if word not in given]:
            raise UnknownNameError("band of severity", absent[0], list(given), where="bands=")
        return [word for word in given if word in words]
    begins = [re.match(r"-?\d+", word) for word in words]
    if words and all(begins):
        return [
            word
            for _, word in sorted(
                (int(match.group()), word) for match, word in zip(begins, words, strict=True) if match
            )
        ]
    for listed in read_facts("release")["order"]["severity"]:
        place = {word.casefold(): at for at, word in enumerate(listed)}
        if all(word.strip().casefold() in place for word in words):
            return sorted(words, key=lambda word: place[word.strip().casefold()])
    problem = f"bands of severity without an order: {', '.join(map(repr, words[:6]))}"
    todo = "begin each with its number ('1 licht'; the column map can do that under [values.severity]), or give BANDS"
    raise InvalidTableError(problem, "bands from least to most severe", todo)


# --- the declared tables -----------------------------------------------------------------------------------------------


class _Tables:
    """Counts and protects the declared tables, one after the other."""

    def __init__(self, columns: Sequence[str], order: list[str]) -> None:
        facts = read_facts("release")
        self.columns, self.declared, self.facts = list(columns), facts["tables"], facts
        self.order = {name: values for name, values in facts["order"].items() if name not in ("severity", "age")}
        self.order["severity"] = order
        self.weight = "weight" if "weight" in columns else None
        self.ages = self.scheme = ""

    def of(self, scored: Any, forms: list[str]) -> dict[str, pd.DataFrame]:
        """Give the tables of the youths who have a severity."""
        made: dict[str, pd.DataFrame] = {}
        for name, spec in self.declared.items():
            uses = [use for use in spec.get("use", forms) if use in self.columns]
            over = [column for column in spec["over"] if self._has(column)]
            if "score" in spec or "has_score" in spec["by"] or not uses or not all(map(self._has, spec["by"])):
                continue
            counts = self._counted(scored, [*spec["by"], *over], uses)
            by = [_OUTCOME if "use" in spec else "form", *spec["by"]]
            counts = counts.rename(columns={"form": by[0]})
            like = made.get(spec.get("like", ""))
            made[name] = protect(counts, by=by, over=over, like=like)
        made["by_origin"] = _same_totals(made["by_origin"], made["by_severity"])
        return made

    def of_informants(self, youths: Any, forms: list[str], measure: str) -> dict[str, pd.DataFrame]:
        """Give a table for each other informant, in bands by fixed limits; of the measure itself there is one already."""
        made = {}
        limits = {name: tuple(pair) for name, pair in self.facts["limits"].items()}
        for name, spec in self.declared.items():
            if "score" not in spec or spec["score"] not in self.columns or spec["score"] == measure:
                continue
            seen = severity_bands(youths, score=spec["score"], bands=limits)
            seen = open_frame(seen).filter(~nw.col("severity").is_null()).to_native()
            counts = self._counted(seen, ["origin", "severity"], forms, {"severity": list(limits)})
            made[name] = protect(counts, by=["form", "origin"], over=["severity"])
        return made

    def with_score(self, whole: Any, forms: list[str]) -> dict[str, pd.DataFrame]:
        """Count how many youths have a severity; nothing where it is nearly all of them, or nearly none."""
        word = nw.when(nw.col("severity").is_null()).then(nw.lit("no")).otherwise(nw.lit("yes"))
        counts = self._counted(whole.with_columns(has_score=word).to_native(), ["has_score"], forms)
        return {"with_score": protect(counts, by=["form", "has_score"])}

    def _has(self, column: str) -> bool:
        made_of = {"severity": "age", "age_band": "age", "main_origin": "origin", "has_score": "age"}
        return made_of.get(column, column) in self.columns

    def _counted(
        self, youths: Any, names: list[str], uses: list[str], order: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Count persons, with ages in bands and origins in main groups; a missing circumstance is a category."""
        of_file = {"age_band": "age", "main_origin": "origin"}
        by = [of_file.get(name, name) for name in names]
        frame = _with_unknown(open_frame(youths), by)
        orders = {**self.order, **(order or {})}
        orders = {name: [*values, _UNKNOWN] for name, values in orders.items() if name in by}
        by = ["origin_scheme", *by] if "origin" in by else by
        counts = count(frame, by=by, use=uses, weight=self.weight, missing="drop", order=orders)
        if "origin_scheme" in counts:
            self.scheme = str(one_value(counts, "origin_scheme", where="the data of persons"))
        derived = counts.rename(columns={value: key for key, value in of_file.items() if key in names})
        if "age_band" in names:
            derived["age_band"], self.ages = _age_bands(derived["age_band"].astype(int), numbers(derived["population"]))
        if "main_origin" in names:
            groups = origin_groups(self.scheme).set_index("code")
            main = groups["parent"].where(groups["level"] == "country", groups.index.to_series())
            kept = [code for code in groups.index if code in set(main)]
            derived["main_origin"] = pd.Categorical(derived["main_origin"].astype(str).map(main), kept, ordered=True)
        return _added(derived, ["form", *names])


def _with_unknown(frame: Any, names: Sequence[str]) -> Any:
    """Make missing circumstances a category, and true or false words, so that every engine gives the same."""
    schema = dict(frame.collect_schema())
    made = {}
    for name in names:
        if name in ("age", "severity", "origin", "municipality"):
            continue
        column = nw.col(name)
        if schema[name] == nw.Boolean:
            column = _word(column)
        made[name] = column.cast(nw.String).fill_null(_UNKNOWN)
    return (frame.with_columns(**made) if made else frame).to_native()


def _word(column: Any) -> Any:
    known = nw.when(~column).then(nw.lit("no")).otherwise(nw.lit(None, dtype=nw.String))
    return nw.when(column).then(nw.lit("yes")).otherwise(known)


def _age_bands(ages: pd.Series, youths: np.ndarray) -> tuple[pd.Categorical, str]:
    """Put ages in bands that are named by the ages that the data hold; give also the ages of all."""
    total = pd.Series(youths).groupby(ages.to_numpy()).sum()
    there = [int(age) for age in total.index[total >= MIN_CELL_COUNT]] or [int(ages.min()), int(ages.max())]
    names: dict[int, str] = {}
    order = []
    for low, high in read_facts("release")["order"]["age"]:
        inside = [age for age in there if low <= age <= high] or [age for age in ages.unique() if low <= age <= high]
        if inside:
            name = f"{min(inside)}-{max(inside)}" if max(inside) > min(inside) else str(inside[0])
            names |= dict.fromkeys(range(low, high + 1), name)
            order.append(name)
    return pd.Categorical(ages.map(names), order, ordered=True), joined_name([str(min(there)), str(max(there))])


def _added(counts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Add counts up to the columns of `by`."""
    weighted = "effective_population" in counts
    sums = ["population", "users", *(["n_unweighted", "users_unweighted"] if weighted else [])]
    if weighted:
        counts = counts.assign(squares=counts["population"] ** 2 / counts["effective_population"])
    grouped = counts.groupby([*by, "source"], observed=True, sort=True)
    table = grouped[[*sums, *(["squares"] if weighted else [])]].sum().reset_index()
    if weighted:
        table["effective_population"] = table["population"] ** 2 / table.pop("squares")
        table["weighted"] = True
    return as_counts(table.assign(synthetic=bool(counts["synthetic"].iloc[0])), by=by)


def _same_totals(totals: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Give groups that are shown in parts the sum of their rounded parts as total."""
    names = [name for name in ("population", "users", "n_unweighted", "users_unweighted") if name in totals]
    shown = parts[(parts["status"] == "shown") & (parts["origin"].astype(str) != REST)]
    sums = shown.groupby(["form", "origin"], observed=True)[names].sum()
    keys = pd.MultiIndex.from_frame(totals[["form", "origin"]].astype(object))
    replaced = sums.set_index(sums.index.set_levels([level.astype(object) for level in sums.index.levels])).reindex(
        keys
    )
    there = replaced[names[0]].notna().to_numpy() & (totals["status"] == "shown").to_numpy()
    for name in names:
        totals[name] = totals[name].mask(
            there, pd.Series(replaced[name].to_numpy(), totals.index).astype(totals[name].dtype)
        )
    return totals


# --- what the sentences are about --------------------------------------------------------------------------------------


def _about(made: dict[str, Any], data: Any, **chosen: str | None) -> Release:
    """Choose the group, reference and form that sentences are about, and put codes together."""
    table = made["tables"]["by_origin"]
    forms = made["forms"]
    form = _one_of("form", chosen["form"], forms) or ("without_residence" if "without_residence" in forms else forms[0])
    codes = [code for code in table["origin"].cat.categories if code != REST]
    sizes = table[(table["form"] == form) & (table["origin"].astype(str) != REST)].set_index("origin")["population"]
    largest = sizes.astype("float64").fillna(0).sort_values(ascending=False, kind="stable").index.astype(str).tolist()
    usual = [code for code in ("nederlands", "nederland") if code in codes]
    reference = _one_of("origin", chosen["reference"], codes) or [*usual, *largest][0]
    synthetic = bool(table["synthetic"].iloc[0])
    others = [code for code in largest if code != reference]
    if not others:
        fault, todo = f"one origin only: {reference}", "give a file with at least two groups"
        raise BereikError(fault, "a group and a reference to compare it with", todo)
    usual_group = [_EXAMPLE_GROUP] if synthetic and _EXAMPLE_GROUP in others else []
    group = _one_of("origin", chosen["group"], codes) or [*usual_group, *others][0]
    towns = made["tables"].get("by_municipality")
    names = [] if towns is None else [name for name in towns["municipality"].cat.categories if name != REST]
    own = str(names[0]) if len(names) == 1 else "own_data"
    place = chosen["place"] or ("Haaglanden" if synthetic else own)
    about = {"group": group, "reference": reference, "form": form, "region": place, "period": str(made["year"])}
    about |= {"severity": made["measure"], "ages": made["ages"]}
    return Release(made["tables"], about, forms, made["notes"])


def _one_of(what: str, name: str | None, codes: Sequence[str]) -> str | None:
    if name is not None and name not in codes:
        raise UnknownNameError(what, name, list(codes), where="the data of persons")
    return name


# --- frozen: the same tables for both notebooks and for the next run ----------------------------------------------------


class _Kept:
    """Where the tables of one file are kept, and what was released of it before."""

    def __init__(self, data: Any, column_map: Any, asked: Mapping[str, Any]) -> None:
        self.folder: Path | None = None
        self.ledger: Path | None = None
        if data is not None and not isinstance(data, (str, Path)):
            return
        try:
            project = project_folder()
        except ProjectNotFoundError:
            return
        self.name = "example" if data is None else Path(data).name
        self.file = "" if data is None else _digest(Path(data))
        mapped = (
            column_map
            if not isinstance(column_map, (str, Path))
            else Path(column_map).read_text("utf-8-sig", "replace")
        )
        code = hashlib.sha256()
        for path in sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".toml", ".csv")):
            code.update(path.read_bytes())
        text = json.dumps([self.file, mapped, dict(asked), code.hexdigest()], sort_keys=True, default=str)
        self.folder = project / ".cache" / f"release-{hashlib.sha256(text.encode()).hexdigest()[:20]}.json"
        self.ledger = None if data is None else project / "output" / "released.json"

    def read(self) -> dict[str, Any] | None:
        """Give the tables that were kept, when they are there."""
        if self.folder is None or not self.folder.is_file():
            return None
        try:
            made = json.loads(self.folder.read_text("utf-8"))
            return {**made, "tables": {name: _table_of(kept) for name, kept in made["tables"].items()}}
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
            return None

    def write(self, made: dict[str, Any]) -> None:
        """Keep the tables, after looking whether the file was released in another way before."""
        self._check_ledger(made)
        if self.folder is not None:
            self.folder.parent.mkdir(exist_ok=True)
            text = json.dumps({**made, "tables": {name: _kept(table) for name, table in made["tables"].items()}})
            write_whole(self.folder, text)

    def _check_ledger(self, made: Mapping[str, Any]) -> None:
        if self.ledger is None or bool(made["tables"]["by_severity"]["synthetic"].iloc[0]):
            return
        entries = json.loads(self.ledger.read_text("utf-8")) if self.ledger.is_file() else []
        bands = [
            [str(value) for value in made["tables"]["by_severity"]["severity"].cat.categories],
            made["measure"],
            made["scheme"],
        ]
        entry = {"file": self.name, "sha256": self.file, "year": made["year"], "severity": bands}
        before = [old for old in entries if old["sha256"] == self.file and old["year"] == made["year"]]
        if other := [old for old in before if old["severity"] != bands]:
            fault = f"tables of {self.name} for {made['year']} were released with severity by {other[0]['severity'][1]} before"
            expected = "one measure of severity for a file: from two, numbers of a few youths can be computed"
            todo = "use the same SCORE, SCHEME and BANDS; if what was made before is destroyed, delete output/released.json"
            raise DisclosureError(fault, expected, todo)
        if not before:
            self.ledger.parent.mkdir(exist_ok=True)
            write_whole(self.ledger, json.dumps([*entries, entry], indent=1) + "\n")


def _digest(path: Path) -> str:
    hashed = hashlib.sha256()
    if path.is_file():
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                hashed.update(block)
    return hashed.hexdigest()


def _kept(table: pd.DataFrame) -> dict[str, Any]:
    by = [name for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)]
    rows = table.astype(dict.fromkeys(by, object)).astype(object).where(table.notna(), None)
    return {"by": by, "order": {name: list(table[name].cat.categories) for name in by}, "rows": rows.to_dict("list")}


def _table_of(kept: Mapping[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(kept["rows"])
    counted = [
        name
        for name in frame
        if name in ("population", "users", "n_unweighted", "users_unweighted", "effective_population")
    ]
    return as_counts(frame.astype(dict.fromkeys(counted, "Int64")), by=kept["by"], order=kept["order"])
