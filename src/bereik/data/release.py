"""The release of a file of persons: the count tables that notebooks 07 and 08 publish, protected together and then frozen.

Which tables is declared in `release.toml`. Everything the notebooks compute comes from these tables and from nothing else.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from pathlib import Path
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import pandas as pd

from bereik.categories import check_known, plain
from bereik.codelists import care_forms, origin_groups
from bereik.counts.persons import count, open_frame
from bereik.counts.table import WEIGHTED, as_counts
from bereik.data.contract import collected
from bereik.data.files import read_facts
from bereik.data.persons import check_youths, read_youths, refuse_errors
from bereik.data.synthetic import example_tables, example_youths
from bereik.errors import BereikError, DisclosureError, InvalidTableError, ProjectNotFoundError, UnknownNameError
from bereik.paths import PACKAGE, persons_read, project_folder
from bereik.severity.sdq import read_facts as cut_offs
from bereik.severity.sdq import severity_bands
from bereik.suppress import MOST_BANDS, REST, joined_name, protect
from bereik.tables import MIN_CELL_COUNT
from bereik.transaction import state_of, write_whole

_SCORES = {"sdq_parent": "parent", "sdq_teacher": "teacher", "sdq_self": "self"}
_RISKS, _MOST_RISKS = "risk_", 3  # a count of risk factors: 0, 1, 2, 3 or more
_COMPLETE = 0.8  # a year is complete with a severity for at least this share of the number in the largest year
_UNKNOWN = "onbekend"
_NORMS, _DUTCH = "dutch_norms", ("nederlands", "nederland")
_EXAMPLE_SIZE, _EXAMPLE_GROUP = 300_000, "marokko"
_LONGEST = 100  # letters of the name of a place


@dataclass(frozen=True)
class Release:
    """The protected tables of counts of one file, and what they are about.

    Parameters
    ----------
    tables : dict of pandas.DataFrame
        The tables of counts by name: by_severity, by_origin, by_age_and_sex, by_generation, by_municipality,
        by_circumstances, how_care_ended, by_parent, by_teacher, by_self, with_score. One for which the file has no columns is
        absent; by_municipality also when group and reference have the same main origin. Of the example also put_in (its
        assumptions) and true_values (the ratios at equal severity that are true).
    about : dict of str
        The codes that figures and sentences ask for: ``group``, ``reference``, ``form``, ``region``, ``period``,
        ``severity`` and ``ages`` (those of the youths with a severity).
    forms : list of str
        The forms of care in the file.
    later : list of str
        The years after the one chosen for the reader, which are not complete.
    main : dict of str
        The same codes with the main origins of group and reference, which by_municipality has.

    Examples
    --------
    >>> Release({}, {"group": "turkije"}, ["probation"], []).about["group"]
    'turkije'
    """

    tables: dict[str, pd.DataFrame]
    about: dict[str, str]
    forms: list[str]
    later: list[str]
    main: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Give one of the tables."""
        check_known("table of the release", name, list(self.tables))
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
        Which year; by default the latest complete one: with a severity for at least four fifths as many youths as in any.
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
    BereikError
        When bands, or a column map, are given and not used, or `place` is no name.
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
    0  without_residence  nederlands               normal        3680
    1  without_residence  nederlands  borderline+clinical        1245
    """
    persons_read()
    named = isinstance(place, str) and plain(place) and place.isprintable() and len(place) <= _LONGEST
    if place is not None and not named:
        raise BereikError(f"place={place!r}", "the name of a region or municipality", "write its name, or leave it out")
    if column_map is not None and not isinstance(data, str | Path):
        raise BereikError(f"column_map={column_map!r}", "a map for a file", "give the path of the file as data")
    bands = [word.strip() for word in bands.split(",")] if isinstance(bands, str) else bands and list(bands)
    asked = {"score": score, "scheme": scheme, "bands": bands, "year": year}
    kept = _Kept(data, column_map, asked)
    made = kept.read()
    if made is None:
        made = _made(data, column_map, asked)
        kept.write(made)
    return _about(made, group=group, reference=reference, form=form, place=place)


# --- what severity is, and which year ----------------------------------------------------------------------------------


class _Plan(NamedTuple):
    """What is shown of a file: the youths of one year, how severe their problems are said to be, and which forms of care."""

    youths: Any
    scored: Any  # those with a severity
    order: list[str]
    year: int
    measure: str
    scheme: str
    forms: list[str]
    outcomes: list[str]
    others: list[str]  # scores by other informants
    origins: list[str]  # the largest group first
    ages: pd.Series  # youths of each age with a severity, of the form of care that most of them have an answer to
    later: list[str]


def planned(persons: Any, *, score: Any = None, scheme: Any = None, bands: Any = None, year: Any = None) -> _Plan:
    """Choose what is shown of persons: the year, the measure of severity, the forms of care of which something is known.

    Raises
    ------
    UnknownNameError
        When the file has no such year, measure of severity, scheme or band.
    InvalidTableError
        When severity has no order, or nobody in that year has a severity and a known form of care.
    BereikError
        When bands are given, and severity is a score or a number of risk factors.

    Examples
    --------
    >>> plan = planned(example_youths(500))
    >>> plan.year, plan.measure, plan.scheme, plan.origins[0]
    (2017, 'sdq_parent', 'dutch_norms', 'nederlands')
    """
    frame = open_frame(persons)
    seen = _known_of(frame, [name for name in frame.collect_schema() if name in (*_SCORES, "severity") or _risk(name)])
    sizes = seen.drop(columns=["age", "origin", "youths"]).groupby("year").sum().max(axis=1).fillna(0)
    if year is not None and str(year) not in map(str, sizes.index):
        raise UnknownNameError("year", str(year), [str(there) for there in sizes.index], where="the data of persons")
    latest = max(sizes.index[sizes >= _COMPLETE * sizes.max()])
    later = [str(other) for other in sizes.index if other > latest] if year is None else []
    year = int(latest if year is None else year)
    seen = seen[seen["year"] == year]
    measure, scheme = _measure(seen, score, scheme)
    if bands is not None and measure != "severity":
        todo = "leave BANDS out, or choose severity as the measure (SCORE)"
        raise BereikError(f"bands={bands!r} with {measure} as severity", "bands of the column severity only", todo)
    youths = frame.filter(nw.col("year") == year)
    whole, order = _with_severity(youths, measure, scheme, bands)
    scored = whole.filter(~nw.col("severity").is_null())
    outcomes = read_facts("release")["tables"]["how_care_ended"]["use"]
    uses = [name for name in (*care_forms()["code"], *outcomes) if name in frame.collect_schema()]
    known = _known_of(scored, uses)
    uses = [name for name in uses if known[name].sum()]
    forms = [name for name in uses if name not in outcomes]
    if not forms:
        fault = f"nobody in {year} has both a severity by {measure} {scheme}".rstrip() + " and a known form of care"
        todo = "fill in the columns, or choose another YEAR, SCORE or SCHEME (norms of the SDQ hold for some ages)"
        raise InvalidTableError(fault, "youths of whom both are known", todo)
    sizes = known.groupby("origin")["youths"].sum().sort_values(ascending=False, kind="stable")
    others = [name for name in _SCORES if name != measure and name in seen and seen[name].sum()]
    outcomes = [name for name in uses if name in outcomes]
    ages = known.groupby("age")[forms].sum().max(axis=1)
    return _Plan(whole, scored, order, year, measure, scheme, forms, outcomes, others, list(sizes.index), ages, later)


def _risk(name: str) -> bool:
    return name.startswith(_RISKS)


def _known_of(frame: Any, names: Sequence[str]) -> pd.DataFrame:
    """Count youths by year, age and origin, and those of whom each of these columns is known; all risk factors as one."""
    known = {name: ~nw.col(name).is_null() for name in names if not _risk(name)}
    if risks := [~nw.col(name).is_null() for name in names if _risk(name)]:
        known["risk_factors"] = reduce(and_, risks)
    flags = frame.select("year", "age", "origin", **{name: flag.cast(nw.Int64) for name, flag in known.items()})
    sums = [nw.len().alias("youths"), *(nw.col(name).sum() for name in known)]
    rows = collected(flags.group_by("year", "age", "origin").agg(*sums))
    return pd.DataFrame(rows, columns=["year", "age", "origin", "youths", *known])


def _measure(seen: pd.DataFrame, score: str | None, scheme: str | None) -> tuple[str, str]:
    """Give the first measure of severity (and norms) that at least ten youths have, or else that which most have."""
    there = [name for name in (*_SCORES, "severity", "risk_factors") if name in seen]
    facts = cut_offs("sdq_cut_offs.csv").query("scale == 'total'")
    for what, name, names in (("measure of severity", score, there), ("scheme", scheme, [*facts["scheme"].unique()])):
        if name is not None:
            check_known(what, name, names)
    found = {}
    for name in [name for name in there if score in (None, name)]:
        of_informant = facts[facts["informant"] == _SCORES.get(name)]
        norms = sorted(of_informant["scheme"].unique(), key=lambda other: other != _NORMS) if name in _SCORES else [""]
        for norm in [norm for norm in norms if scheme in (None, norm) or not norm]:
            limits = of_informant.loc[of_informant["scheme"] == norm, ["age_from", "age_to"]].to_numpy()
            inside = [seen["age"].between(low, high) for low, high in limits] or [seen["age"] >= 0]
            found[name, norm] = min(int(seen.loc[reduce(or_, inside), name].sum()), MIN_CELL_COUNT)
    if not found:
        fault = f"scheme {scheme!r} has no cut-offs for {score or ', '.join(there)}"
        raise InvalidTableError(fault, "cut-offs with a source", "choose another SCHEME or SCORE")
    return max(found, key=lambda one: found[one])


def outlook(persons: Any) -> list[str]:
    """Say in lines what a run shows of persons that were checked, unless told otherwise.

    Raises
    ------
    InvalidTableError
        When it can show nothing: severity has no order, nothing is known of anybody, or there is one origin only.

    Examples
    --------
    >>> outlook(example_youths(500))[0]
    'a run    2017; severity: sdq_parent (dutch_norms); care: without_residence, with_residence, protection, probation'
    """
    plan = planned(persons)
    reference, _ = _pair(plan.origins)
    reference = reference if reference in _DUTCH else "the largest group"  # of those that may be shown
    late = f" (not complete: {' '.join(plan.later)})" if plan.later else ""
    norms = f" ({plan.scheme})" if plan.scheme else ""
    shown = f"a run    {plan.year}{late}; severity: {plan.measure}{norms}; care: {', '.join(plan.forms)}"
    return [shown, f"         compared with {reference}; --set YEAR=, SCORE=, FORM=, GROUP=, REFERENCE= choose others"]


def _made(data: Any, column_map: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Count and protect the declared tables."""
    if isinstance(data, (str, Path)):
        data = read_youths(data, column_map=column_map)
    elif data is not None:
        refuse_errors(check_youths(data), "the table of persons", "give what read_youths gives of your file")
    plan = planned(example_youths(_EXAMPLE_SIZE) if data is None else data, **asked)
    tables = _Tables(plan)
    made = tables.of() | tables.with_score()
    made |= tables.of_informants(made["by_origin"])
    facts = {name: getattr(plan, name) for name in ("year", "measure", "scheme", "forms", "later")}
    return {"tables": made, **facts, "ages": tables.ages, "origin_scheme": tables.scheme}


def _with_severity(frame: Any, measure: str, scheme: str, bands: Any) -> tuple[Any, list[str]]:
    """Add the column severity, and give the order of its bands."""
    if measure in _SCORES:
        table = cut_offs("sdq_cut_offs.csv")
        banded = severity_bands(frame.to_native(), score=measure, informant=_SCORES[measure], scheme=scheme)
        return open_frame(banded), table.loc[table["scheme"] == scheme, "band"].unique().tolist()
    if measure == "risk_factors":
        risks = [nw.col(name).cast(nw.Int64) for name in frame.collect_schema() if _risk(name)]
        total = sum(risks[1:], risks[0])
        names = [str(number) for number in range(min(len(risks), _MOST_RISKS) + 1)]
        if len(risks) > _MOST_RISKS:
            names[-1] = f"≥{_MOST_RISKS}"
        bands = [nw.when(total >= number).then(nw.lit(name)) for number, name in enumerate(names)]
        return frame.with_columns(severity=nw.coalesce(*reversed(bands))), names
    text = frame.with_columns(nw.col("severity").cast(nw.String))
    words = {row["severity"] for row in collected(text.select("severity").unique())}
    order = order_of_bands(sorted(word for word in words if isinstance(word, str)), bands)
    if len(order) > MOST_BANDS:
        todo = "join values to bands: the column map can do that under [values.severity]"
        raise InvalidTableError(f"{len(order)} values of severity", f"at most {MOST_BANDS} bands", todo)
    return text, order


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
        pairs = zip(begins, words, strict=True)
        return [word for _, word in sorted((int(match.group()), word) for match, word in pairs if match)]
    for listed in read_facts("release")["order"]["severity"]:
        place = {word.casefold(): at for at, word in enumerate(listed)}
        if all(word.strip().casefold() in place for word in words):
            return sorted(words, key=lambda word: place[word.strip().casefold()])
    problem = f"bands of severity without an order: {', '.join(map(repr, words[:6]))}"
    todo = "begin each with its number ('1 licht'; the column map can do that under [values.severity]), or give BANDS"
    raise InvalidTableError(problem, "bands from least to most severe", todo)


def _pair(codes: Sequence[str], reference: str | None = None, group: str | None = None) -> tuple[str, str]:
    """Give of origins, the largest first, the reference (the Dutch one) and the largest other that is known."""
    others = [code for code in codes if code != group]
    reference = reference or next((code for code in _DUTCH if code in others), others[0])
    others = [code for code in codes if code != reference]
    if not others or group == reference:
        todo = "choose another GROUP or REFERENCE, or give a file with at least two groups (see the column origin)"
        raise InvalidTableError(f"youths of one origin only: {reference}", "a group and a reference", todo)
    return reference, group or next((code for code in others if code != _UNKNOWN), others[0])


# --- the declared tables -----------------------------------------------------------------------------------------------


class _Tables:
    """Counts and protects the declared tables, one after the other."""

    def __init__(self, plan: _Plan) -> None:
        facts = read_facts("release")
        self.plan, self.columns, self.declared = plan, list(plan.youths.collect_schema()), facts["tables"]
        self.limits = {name: tuple(pair) for name, pair in facts["limits"].items()}
        self.weight = "weight" if "weight" in self.columns else None
        self.scheme = str(collected(plan.scored.select("origin_scheme").head(1))[0]["origin_scheme"])
        bands, self.ages = _age_bands(plan.ages)
        main = _main_origins(self.scheme)
        self.scored = _with_categories(plan.scored, [*facts["order"]], main)
        self.scored = severity_bands(self.scored.to_native(), score="age", bands=bands, into="age_band")
        self.order = {name: [*values, _UNKNOWN] for name, values in facts["order"].items()}
        self.order |= {"severity": plan.order, "age_band": list(bands), "main_origin": [*dict.fromkeys(main.values())]}

    def of(self) -> dict[str, pd.DataFrame]:
        """Give the tables of the youths who have a severity."""
        made: dict[str, pd.DataFrame] = {}
        there = list(open_frame(self.scored).collect_schema())
        for name, spec in self.declared.items():
            uses = self.plan.outcomes if "use" in spec else self.plan.forms
            over = [column for column in spec["over"] if column in there]
            if "score" in spec or not uses or not set(spec["by"]) <= set(there):
                continue
            by = ["outcome" if "use" in spec else "form", *spec["by"]]
            counts = self._counted(self.scored, [*spec["by"], *over], uses).rename(columns={"form": by[0]})
            like = made.get(spec.get("like", ""))
            if "use" in spec and len(self.plan.forms) > 1:
                like = None  # those in any care are others than those of one form
            if like is not None and spec.get("within") in made:
                like = like.merge(made[spec["within"]][["form", "age_band", "sex"]].drop_duplicates(), on="form")
            made[name] = protect(counts, by=by, over=over, like=like)
            if "main_origin" in by and like is not None:
                made[name] = _without_mixed_rests(made[name], like, self.scheme)
        made["by_origin"] = _same_totals(made["by_origin"], made["by_severity"])
        return made

    def of_informants(self, like: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Give a table for each other informant, in bands by fixed limits; of the measure itself there is one already."""
        made = {}
        for name in [name for name, spec in self.declared.items() if spec.get("score") in self.plan.others]:
            score = self.declared[name]["score"]
            seen = open_frame(severity_bands(self.plan.youths.to_native(), score=score, bands=self.limits))
            seen = seen.filter(~nw.col("severity").is_null()).to_native()
            counts = self._counted(seen, ["origin", "severity"], self.plan.forms, {"severity": list(self.limits)})
            made[name] = protect(counts, by=["form", "origin"], over=["severity"], like=like)
        return made

    def with_score(self) -> dict[str, pd.DataFrame]:
        """Count how many youths have a severity; nothing where it is nearly all of them, or nearly none."""
        word = nw.when(nw.col("severity").is_null()).then(nw.lit("no")).otherwise(nw.lit("yes"))
        youths = self.plan.youths.with_columns(has_score=word).to_native()
        return {"with_score": protect(self._counted(youths, ["has_score"], self.plan.forms), by=["form", "has_score"])}

    def _counted(self, youths: Any, by: list[str], uses: list[str], order: Any = None) -> pd.DataFrame:
        orders = {name: values for name, values in {**self.order, **(order or {})}.items() if name in by}
        counts = count(youths, by=by, use=uses, weight=self.weight, missing="drop", order=orders)
        return counts if "origin" not in by else self._with_every_origin(counts)

    def _with_every_origin(self, counts: pd.DataFrame) -> pd.DataFrame:
        """Add groups of which nobody is in a table, each in its place: one that is absent would be known to be nobody."""
        there = {*self.plan.origins, *counts["origin"]}
        codes = dict.fromkeys([*(code for code in _main_origins(self.scheme) if code in there), *sorted(there)])
        pairs = pd.MultiIndex.from_product([counts["form"].unique(), list(codes)], names=["form", "origin"])
        absent = pairs.difference(pd.MultiIndex.from_frame(counts[["form", "origin"]])).to_frame(index=False)
        nobody = counts.iloc[[0] * len(absent)].reset_index(drop=True).assign(**absent)
        nobody[counts.columns.intersection([*WEIGHTED, "population", "users"])] = 0
        every = pd.concat([counts.astype({"form": "object", "origin": "object"}), nobody], ignore_index=True)
        ordered = {name: pd.CategoricalDtype(list(pairs.unique(name)), ordered=True) for name in pairs.names}
        return every.astype(ordered)


def _main_origins(scheme: str) -> dict[str, str]:
    """Give for each origin the main group that it belongs to; a group that is no country is its own."""
    groups = origin_groups(scheme).set_index("code")
    return dict(groups["parent"].where(groups["level"] == "country", groups.index.to_series()))


def _without_mixed_rests(table: pd.DataFrame, parts: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """Hide the main groups of a form whose rest of origins also holds origins of another: their sum would part that rest."""
    main = _main_origins(scheme)
    hidden = parts[parts["status"] == "hidden"].drop_duplicates(["form", "origin"])
    rests = hidden["origin"].astype(str).map(main).groupby(hidden["form"], observed=True).agg(set).to_dict()
    of_form = zip((rests.get(form, set()) for form in table["form"]), table["main_origin"], strict=True)
    mixed = pd.Series([len(rest) > 1 and group in rest for rest, group in of_form])
    numbers_of = {name: table[name].mask(mixed) for name in table if str(table[name].dtype) == "Int64"}
    hidden_rows = table.assign(status=table["status"].mask(mixed, "hidden"), **numbers_of)
    return hidden_rows[~(mixed & (table["municipality"] == REST))].reset_index(drop=True)


def _with_categories(frame: Any, circumstances: Sequence[str], main: Mapping[str, str]) -> Any:
    """Add the main origin; make true or false words, the same on every engine, and a missing circumstance a category."""
    schema, group = dict(frame.collect_schema()), nw.col("origin")
    for code, whole in main.items():
        group = nw.when(nw.col("origin") == code).then(nw.lit(whole)).otherwise(group)
    made = {"main_origin": group}
    for name in [name for name in circumstances if name in schema and name not in ("age", "severity")]:
        column = nw.col(name)
        if schema[name] == nw.Boolean:
            column = nw.coalesce(nw.when(column).then(nw.lit("yes")), nw.when(~column).then(nw.lit("no")))
        made[name] = column.cast(nw.String).fill_null(_UNKNOWN)
    return frame.with_columns(**made)


def _age_bands(youths: pd.Series) -> tuple[dict[str, tuple[int, int]], str]:
    """Name bands of age by the ages that enough youths have; give also the ages of all."""
    enough = (youths.cumsum() >= MIN_CELL_COUNT) & (youths[::-1].cumsum() >= MIN_CELL_COUNT)  # up to it, and from it on
    there = [int(age) for age in youths.index[enough]] or [int(age) for age in youths.index]
    bands = {}
    for low, high in read_facts("release")["order"]["age"]:
        inside = [age for age in there if low <= age <= high] or [age for age in youths.index if low <= age <= high]
        if inside:
            bands[_from_to(inside)] = (low, high)
    return bands, _from_to(there)


def _from_to(ages: Sequence[int]) -> str:
    return joined_name([str(age) for age in sorted({int(min(ages)), int(max(ages))})])


def _same_totals(totals: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Give groups that are shown in parts the sum of their rounded parts as total."""
    shown = parts[(parts["status"] == "shown") & (parts["origin"] != REST)]
    sums = shown.groupby(["form", "origin"], observed=True)[["population", "users"]].sum().reset_index()
    both = totals[["form", "origin"]].merge(sums, on=["form", "origin"], how="left")
    return totals.assign(**{name: both[name].fillna(totals[name]) for name in ("population", "users")})


# --- what the sentences are about --------------------------------------------------------------------------------------


def _about(made: dict[str, Any], **chosen: str | None) -> Release:
    """Choose the group, reference and form that sentences are about, and put codes together."""
    table = made["tables"]["by_origin"]
    forms = made["forms"]
    form = _one_of("form", chosen["form"], forms) or ("without_residence" if "without_residence" in forms else forms[0])
    codes = [code for code in table["origin"].cat.categories if code != REST]
    sizes = table[(table["form"] == form) & (table["origin"].astype(str) != REST)].set_index("origin")["population"]
    largest = sizes.fillna(0).sort_values(ascending=False, kind="stable").index.astype(str).tolist()
    synthetic = bool(table["synthetic"].iloc[0])
    reference, group = (_one_of("origin", chosen[name], codes) for name in ("reference", "group"))
    if synthetic and group is None and _EXAMPLE_GROUP in codes and reference != _EXAMPLE_GROUP:
        group = _EXAMPLE_GROUP
    reference, group = _pair(largest, reference, group)
    towns = made["tables"].get("by_municipality")
    names = [] if towns is None else [name for name in towns["municipality"].cat.categories if name != REST]
    own = str(names[0]) if len(names) == 1 else "own_data"
    place = chosen["place"] or ("Haaglanden" if synthetic else own)
    about = {"group": group, "reference": reference, "form": form, "region": place, "period": str(made["year"])}
    about |= {"severity": made["measure"], "ages": made["ages"]}
    main = about | {name: str(_main_origins(made["origin_scheme"])[about[name]]) for name in ("group", "reference")}
    tables = made["tables"] | example_tables(made["tables"]["by_severity"], made["measure"], made["scheme"], reference)
    if main["group"] == main["reference"]:
        tables.pop("by_municipality", None)
    return Release(tables, about, forms, made["later"], main)


def _one_of(what: str, name: str | None, codes: Sequence[str]) -> str | None:
    if name is not None:
        check_known(what, name, list(codes), where="the data of persons")
    return name


# --- frozen: the same tables for both notebooks and for the next run ----------------------------------------------------


class _Kept:
    """Where the tables of one file are kept, and what was released of it before."""

    folder: Path | None = None
    ledger: Path | None = None

    def __init__(self, data: Any, column_map: Any, asked: Mapping[str, Any]) -> None:
        if data is not None and not isinstance(data, (str, Path)):
            return
        try:
            project = project_folder()
        except ProjectNotFoundError:
            return
        self.name = Path(data or "example").name
        self.file = "" if data is None else state_of(Path(data))
        mapped = state_of(Path(column_map)) if isinstance(column_map, (str, Path)) else column_map
        code = [state_of(path) for path in sorted(PACKAGE.rglob("*")) if path.suffix in (".py", ".toml", ".csv")]
        text = json.dumps([self.file, mapped, dict(asked), code], sort_keys=True, default=str)
        self.folder = project / ".cache" / f"release-{hashlib.sha256(text.encode()).hexdigest()[:20]}.json"
        self.ledger = None if data is None else project / "output" / "released.json"

    def read(self) -> dict[str, Any] | None:
        """Give the tables that were kept, when they are there."""
        if self.folder is None or not self.folder.is_file():
            return None
        try:
            made = json.loads(self.folder.read_text("utf-8"))
            return {**made, "tables": {name: _table_of(kept) for name, kept in made["tables"].items()}}
        except (ValueError, KeyError, TypeError, AttributeError):
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
        entries = _entries(self.ledger)
        categories = made["tables"]["by_severity"]["severity"].cat.categories
        bands = [list(map(str, categories)), made["measure"], made["scheme"]]
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


def _entries(ledger: Path) -> list[dict[str, Any]]:
    """Give what was released before."""
    try:
        return list(json.loads(ledger.read_text("utf-8"))) if ledger.is_file() else []
    except (ValueError, TypeError) as error:
        todo = "repair it; delete it only when what was made before is destroyed"
        fault = f"{ledger.name} cannot be read"
        raise DisclosureError(fault, "what was released of your files before", todo) from error


def _kept(table: pd.DataFrame) -> dict[str, Any]:
    by = [name for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)]
    rows = table.astype(dict.fromkeys(by, object)).astype(object).where(table.notna(), None)
    return {"by": by, "order": {name: list(table[name].cat.categories) for name in by}, "rows": rows.to_dict("list")}


def _table_of(kept: Mapping[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(kept["rows"])
    counted = frame.columns.intersection([*WEIGHTED, "population", "users"])
    return as_counts(frame.astype(dict.fromkeys(counted, "Int64")), by=kept["by"], order=kept["order"])
