"""The release of a file: what check accepts can be shown, from every engine the same tables, kept as they were made."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import bereik
from bereik.counts import persons
from bereik.data.persons import check_file
from bereik.errors import DisclosureError, InvalidTableError, SourceFileError, UnknownNameError

ROWS = 2_000
CARE = ["without_residence", "probation"]
AFTER = ["referrer", "care_start", "care_end", "ended_prematurely", "returned_within_year", "goals_reached"]
AFTER += ["problems_decreased", "satisfaction"]
SDQ = ["sdq_parent", "sdq_teacher", "sdq_self"]
YOUTHS = bereik.example_youths(ROWS, seed=1).drop(columns=["synthetic", "source"])
BARE = YOUTHS.drop(columns=[*AFTER, "with_residence", "protection"])
NO_SCORE = BARE.drop(columns=SDQ)
CHANCE = np.random.default_rng(1)
SOME, FEW = CHANCE.random(ROWS) < 0.3, CHANCE.random(ROWS) < 0.004
HERKOMST = YOUTHS["origin"].replace({"nederlands": "nederland", "westers": "europa"})
HERKOMST = HERKOMST.replace({"overig_niet_westers": "overig_buiten_europa", "antillen_aruba": "nederlandse_cariben"})
HERKOMST = YOUTHS.assign(origin=HERKOMST, origin_scheme="herkomst")
TWO = BARE[BARE["origin"].isin(["turkije", "marokko"])]
OLDER = BARE.drop(columns=["sdq_teacher", "sdq_self"]).assign(sdq_parent=9)


def words_of(*words):
    return NO_SCORE.assign(severity=CHANCE.choice(words, ROWS))


def holes(name, where=SOME):
    return YOUTHS[name].astype(object).mask(where, None)


RISKS = {f"risk_{name}": CHANCE.random(ROWS) < 0.2 for name in "abcd"}
TWO_YEARS = [BARE.assign(year=2015), BARE.assign(year=2016)]
EMPTY = dict.fromkeys(SDQ, pd.NA)
USUAL = {"group": "westers", "reference": "nederlands", "form": "without_residence", "region": "own_data"}
USUAL |= {"period": "2017", "severity": "sdq_parent", "ages": "3-14"}
ACCEPTED = {  # the file, and what a run says of it, where that is not as usual
    "of the example": (YOUTHS, {}),
    "herkomst": (HERKOMST, {"group": "europa", "reference": "nederland"}),
    "all youth help": (BARE.drop(columns=CARE).assign(youth_help=SOME), {"form": "youth_help"}),
    "foster care": (BARE.drop(columns=CARE).assign(foster_care=SOME), {"form": "foster_care"}),
    "risk factors": (NO_SCORE.assign(**RISKS), {"severity": "risk_factors", "ages": "0-22"}),
    "known words": (words_of("ernstig", "licht"), {"severity": "severity", "ages": "0-22"}),
    "numbers, some missing": (words_of(1, 2, np.nan), {"severity": "severity", "ages": "0-22"}),
    "weights": (BARE.assign(weight=0.5 + SOME), {}),
    "missing circumstances": (YOUTHS.assign(income_group=holes("income_group"), generation=None), {}),
    "missing use": (BARE.assign(without_residence=None, probation=holes("probation", FEW)), {"form": "probation"}),
    "no Dutch origin": (TWO, {"group": "marokko", "reference": "turkije", "ages": "4-13"}),
    "one municipality": (BARE.assign(municipality="Delft"), {"region": "Delft"}),
    "the last year incomplete": (pd.concat([*TWO_YEARS, BARE.head(200).assign(year=2017)]), {"period": "2016"}),
    "the last year without scores": (pd.concat([*TWO_YEARS, BARE.assign(**EMPTY)]), {"period": "2016"}),
    "an empty score": (BARE.assign(sdq_parent=None), {"severity": "sdq_teacher", "ages": "4-10"}),
    "too old for Dutch norms": (OLDER[OLDER["age"] >= 15], {"ages": "15-17"}),
    "a score by youths": (BARE.drop(columns=SDQ[:2]), {"severity": "sdq_self", "ages": "11-17"}),
    "true and false as numbers": (BARE.astype(dict.fromkeys([*CARE, "single_parent"], "float64")), {}),
    "twenty youths": (BARE.head(20), {"group": "marokko", "ages": "2-16"}),
}


@pytest.fixture(autouse=True)
def _project(small):
    """Every test has a project, and so a .cache and an output/, of its own."""


def in_polars(table):
    rows = {name: column.astype(object).where(column.notna(), None).tolist() for name, column in table.items()}
    return pl.DataFrame(rows, strict=False)


def saved(table, file):
    if file.suffix == ".csv":
        table.to_csv(file, index=False)
    else:
        in_polars(table).write_parquet(file)
    return file


@pytest.mark.parametrize(("name", "ending"), list(zip(ACCEPTED, ["csv", "parquet"] * len(ACCEPTED), strict=False)))
def test_what_check_accepts_is_released_and_check_says_what_is_shown(tmp_path, name, ending):
    table, others = ACCEPTED[name]
    file = saved(table, tmp_path / f"y.{ending}")
    correct, report = check_file(file)
    assert correct, report
    made = bereik.release(file)
    assert made.about == USUAL | others
    for said in ("a run    {period}", "severity: {severity}", "compared with {reference};"):
        said = said.replace("{reference}", "the largest group") if name == "no Dutch origin" else said
        assert said.format(**made.about) in report
    assert made["by_severity"]["form"].cat.categories.tolist() == made.forms


REFUSED = {
    "words without order": (words_of("x", "y"), "bands of severity without an order: 'x', 'y'", "begin each with its"),
    "too many bands": (words_of(*range(12)), "12 values of severity", "join values to bands"),
    "one origin": (BARE.assign(origin="turkije"), "youths of one origin only: turkije", "at least two groups"),
    "no norms": (OLDER[OLDER["age"] >= 18], "nobody in 2017 has both a severity by sdq_parent", "norms of the SDQ"),
    "a weight missing": (BARE.assign(weight=np.where(SOME, 1.0, np.nan)), "no value in a column that every", "fill in"),
}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("name", list(REFUSED))
def test_a_file_of_which_a_run_can_show_nothing_is_an_error_of_the_check(tmp_path, name, ending):
    table, *words = REFUSED[name]
    file = saved(table, tmp_path / f"y.{ending}")
    correct, report = check_file(file)
    assert not correct
    for said in (f"y.{ending}: 1 error", *words):
        assert said in report
    with pytest.raises(InvalidTableError):
        bereik.release(file)


def test_an_infinite_weight_is_an_error_of_the_check(tmp_path):
    file = saved(BARE.assign(weight=np.where(SOME, 1.0, np.inf)), tmp_path / "y.parquet")
    assert "error    weight: outside the limits (more than 0)" in check_file(file)[1]


@pytest.mark.parametrize("engine", ["csv", "parquet", "polars", "lazy", "duckdb"])
def test_every_engine_gives_the_release_of_pandas(tmp_path, engine):
    youths = bereik.example_youths(6_000, seed=2)
    plain = in_polars(youths)
    frames = {"polars": plain, "lazy": plain.lazy(), "duckdb": duckdb.from_df(youths)}
    made = bereik.release(frames[engine] if engine in frames else saved(youths, tmp_path / f"y.{engine}"))
    expected = bereik.release(youths).tables
    assert list(made.tables) == list(expected)
    for name, table in expected.items():
        pd.testing.assert_frame_equal(made[name], table, check_exact=True)


def test_how_many_rows_were_left_out_is_not_said(tmp_path):
    table = BARE.assign(without_residence=holes("without_residence", FEW))
    made = bereik.release(saved(table, tmp_path / "y.csv"))
    assert 0 < FEW.sum() < 10
    said = "individual data: y.csv; rows with missing without_residence left out; counts rounded to 5"
    assert made["by_severity"]["source"].unique().tolist() == [said]
    assert made["by_municipality"]["source"].unique().tolist() == [said]


def test_what_is_asked_for_is_shown_and_what_the_file_lacks_is_named(tmp_path):
    file = saved(pd.concat([*TWO_YEARS, BARE.head(200).assign(year=2017)]), tmp_path / "y.csv")
    made = bereik.release(file, year="2015", group="nederlands", form="probation", place="Delft")
    assert made.later == []
    about = {"group": "nederlands", "reference": "westers", "form": "probation", "region": "Delft", "period": "2015"}
    assert about.items() <= made.about.items()
    assert bereik.release(file).later == ["2017"]
    for given, said in (
        ({"year": 2014}, "year '2014'"), ({"score": "severity"}, "measure of severity 'severity'"),
        ({"scheme": "dutch"}, "scheme 'dutch'.*did you mean 'dutch_norms'"), ({"group": "x"}, "origin 'x'"),
        ({"form": "foster_care"}, "form 'foster_care'"), ({"reference": "y"}, "origin 'y'"),
    ):  # fmt: skip
        with pytest.raises(UnknownNameError, match=said):
            bereik.release(file, **given)
    with pytest.raises(SourceFileError, match="no file 'no.toml'. Expected: a column map"):
        bereik.release(file, "no.toml")
    with pytest.raises(InvalidTableError, match="one origin only"):
        bereik.release(file, group="turkije", reference="turkije")
    with pytest.raises(InvalidTableError, match="no cut-offs for sdq_self"):
        bereik.release(file, score="sdq_self", scheme="dutch_norms")


BANDS = [("y x", ["y", "z", "x"]), ("y x", "y, x"), ("2_licht 10_zwaar", None), ("matig ernstig", None)]


@pytest.mark.parametrize(("words", "given"), BANDS)
def test_bands_have_the_order_that_is_given_or_of_their_numbers_or_words(tmp_path, words, given):
    words = words.split()
    file = saved(words_of(*words), tmp_path / "y.csv")
    table = bereik.release(file, bands=given, form="without_residence")["by_severity"]
    shown = table[(table["form"] == "without_residence") & (table["origin"] == "nederlands")]
    assert shown["severity"].tolist() == words
    with pytest.raises(UnknownNameError, match=f"band of severity '{min(words)}'"):
        bereik.release(file, bands=["z"])


# --- kept, and written down -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [True, False])
def test_a_second_release_reads_what_the_first_kept_and_is_the_same(small, tmp_path, monkeypatch, own):
    monkeypatch.setattr("bereik.data.release._EXAMPLE_SIZE", 5_000)
    file = saved(YOUTHS.assign(weight=0.5 + SOME), tmp_path / "y.csv") if own else None
    first = bereik.release(file)
    monkeypatch.setattr("bereik.data.release.planned", None)  # persons cannot be counted again
    second = bereik.release(file)
    assert first.about == second.about
    assert (first.forms, first.later) == (second.forms, second.later)
    assert list(first.tables) == list(second.tables)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second[name], check_exact=True)
    assert (small.folder / "output" / "released.json").exists() == own, "of the example nothing is written down"


def test_a_file_is_released_with_one_measure_of_severity_only(small, tmp_path):
    file = saved(BARE, tmp_path / "y.csv")
    ledger = small.folder / "output" / "released.json"
    bereik.release(file)
    entries = ledger.read_text()
    for kept in (small.folder / ".cache").glob("release-*"):
        kept.unlink()
    bereik.release(file)
    assert ledger.read_text() == entries, "the same tables once more are nothing new"
    for other in ({"score": "sdq_teacher"}, {"scheme": "uk_three_band"}):
        with pytest.raises(DisclosureError, match=r"y.csv for 2017 were released with severity by sdq_parent .*SCORE"):
            bereik.release(file, **other)
    assert [entry["year"] for entry in json.loads(ledger.read_text())] == [2017]
    BARE.iloc[1:].to_csv(tmp_path / "y.csv", index=False)  # another file: it has no tables yet
    ledger.write_text("[{")
    with pytest.raises(DisclosureError, match="released.json cannot be read"):
        bereik.release(file, score="sdq_teacher")


def test_kept_tables_that_are_damaged_are_made_again(small, tmp_path):
    file = saved(BARE, tmp_path / "y.csv")
    first = bereik.release(file)["by_severity"]
    (kept,) = (small.folder / ".cache").glob("release-*")
    kept.write_text('{"tables": {"by_severity": 1}}')
    pd.testing.assert_frame_equal(bereik.release(file)["by_severity"], first)


def test_a_notebook_of_a_run_counts_no_persons_but_reads_the_release(tmp_path, monkeypatch):
    file = saved(BARE, tmp_path / "y.csv")
    first = bereik.release(file)["by_severity"]
    monkeypatch.setenv("BEREIK_RUN", "1")
    pd.testing.assert_frame_equal(bereik.release(file)["by_severity"], first)
    with pytest.raises(DisclosureError, match=r"counts persons. Expected: the tables of its release.*release.toml"):
        persons.count(BARE, by=["origin"], use="probation", source="x", synthetic=False)
    with pytest.raises(DisclosureError, match="counts persons"):
        bereik.release(BARE.assign(source="individual data: x", synthetic=False))
