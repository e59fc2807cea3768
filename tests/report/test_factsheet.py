"""Factsheets: the right figures, said as they may be said, in files that anyone can open, read and print."""

import re

import openpyxl
import pandas as pd
import pytest
from pypdf import PdfReader

import bereik
from bereik.errors import BereikError
from bereik.report import make_report
from bereik.report.factsheet import place_chart
from bereik.report.places import later_in_files, place_referrals, place_rows, places_of
from bereik.report.sheet import place_texts

KINDS = ["csv", "en.html", "en.narrow.svg", "en.pdf", "en.svg", "html", "nl.narrow.svg", "nl.pdf", "nl.svg", "xlsx"]
HAAGLANDEN, NETHERLANDS = (11.4, 11.3, 11.5, 0.05), (11.0, 10.95, 11.05, 0.05)


def rows(here, region=HAAGLANDEN, country=NETHERLANDS, year="2023", **same):
    """Rows of a monitor: value, lower, upper and half of the rounding of Delft, its region and the country (of a year)."""
    places = [("Delft", "municipality", "2023", *here), ("Haaglanden", "jeugdregio", "2023", *region)]
    names = ["region", "region_kind", "period", "value", "lower", "upper", "half"]
    table = pd.DataFrame([*places, ("Nederland", "country", year, *country)], columns=names)
    fixed = {"indicator": "use_of_youth_care", "measure": "use_rate", "status": "shown", "latest": True, "form": ""}
    fixed |= {"previous_period": "2022", "jump": False, "confidence": 0.95, "source": "CBS StatLine 85099NED"}
    spoken = {"name": "Use of youth care", "unit": "% of youths", "reliability": "Complete count."}
    fixed |= {f"{name}_{code}": words for name, words in spoken.items() for code in ("nl", "en")}
    fixed |= dict.fromkeys(["change", "change_lower", "change_upper", "comparable", "verdict", "add_table"])
    table = table.assign(lower_rounding=table["value"] - table["half"], upper_rounding=table["value"] + table["half"])
    return table.assign(**fixed | same).astype({"lower": "float64", "upper": "float64"})


def told(here, **same):
    return place_texts(rows(here, **same), pd.DataFrame(), "Delft")["en"]


PAIRS = [
    ((10.0, 9.7, 10.4, 0.05), HAAGLANDEN, "use_rate", "below"),
    ((12.0, 11.7, 12.3, 0.05), HAAGLANDEN, "use_rate", "above"),
    ((11.2, 11.1, 11.3, 0.05), (11.4, 11.32, 11.48, 0.05), "use_rate", "below"),
    ((11.2, 11.1, 11.3, 0.15), (11.4, 11.32, 11.48, 0.15), "use_rate", "same"),  # rounding bridges the gap
    ((0.3, None, None, 0.05), (0.5, None, None, 0.05), "percentage", ""),  # nothing says what chance can do
    ((0.4, 0.38, 0.43, 0.05), (0.3, 0.29, 0.31, 0.05), "percentage", "same"),  # both may be 0.35
    ((0.8, 0.5, 0.9, 0), (1.2, 1.1, 1.3, 0), "range_over_choices", ""),  # no interval
]


@pytest.mark.parametrize(("here", "region", "measure", "told"), PAIRS)
def test_a_difference_is_named_only_when_intervals_widened_with_rounding_do_not_overlap(here, region, measure, told):
    row = place_rows(rows(here, region, year="2022", measure=measure), "Delft").iloc[0]
    assert (row["beside_jeugdregio"], row["beside_country"]) == (told, "")  # the country has another year


def test_where_only_rounding_is_known_there_is_no_bracket():
    assert [line[2] for line in told((0.3, None, None, 0.05), measure="percentage")["lines"]] == ["0.3"]


UNCLEAR = "not clearly more or less than in Haaglanden (11.4%) and"


FINDINGS = [
    ((10.0, 9.7, 10.4), "less than in Haaglanden (11.4%) and in", "10.0%, less than in Haaglanden (11.4%)."),
    ((11.4, 11.2, 11.6), f"{UNCLEAR} more than in", "11.4%, more than in the Netherlands (11.0%)."),
    ((11.2, 10.6, 11.8), f"{UNCLEAR} in", "no clear difference with Haaglanden"),
]


@pytest.mark.parametrize(("here", "words", "question"), FINDINGS)
def test_the_finding_and_the_questions_follow_the_figures(here, words, question):
    sheet = told((*here, 0.05))
    said = f"In 2023, {here[0]:.1f}% of the youths in Delft received youth care, {words} the Netherlands (11.0%)"
    assert sheet["finding"] == sheet["chart"]["title"] == said
    assert question in sheet["ask"][0]


def test_a_change_across_a_break_is_no_change():
    moved = {"change": 1.0, "change_lower": 0.5, "change_upper": 1.5}
    whole, broken = (told((11.4, 11.2, 11.6, 0), **moved, comparable=comparable) for comparable in (True, False))
    assert whole["change"] == ["Use rose by 1.0 percentage points from 2022 to 2023 (95% interval 0.5 to 1.5)."]
    assert broken["change"][0] == "2023 cannot be compared with 2022."
    asked = ["changed by more than chance" in " ".join(sheet["ask"]) for sheet in (whole, broken)]
    assert asked == [True, False]


def test_referrers_are_those_published_and_agree_with_the_monitor(monitor):
    shares = place_referrals(monitor, "Delft").set_index(["region", "referrer"])["value"]
    # CBS StatLine 85685NED, Delft 2023: 1265 through municipal access; all referrers 4685, one hidden (0 to 7, so 3.5)
    counted = 1265 + 1265 + 80 + 430 + 145 + 15 + 1485
    assert shares["Delft", "municipal_access"] == pytest.approx(100 * 1265 / (counted + 3.5))
    assert pd.isna(shares["Delft", "unknown"])
    for place in places_of(monitor):
        row = place_referrals(monitor, place).query("referrer == 'municipal_access' and region == @place").iloc[0]
        same = monitor.query("region == @place and indicator == 'municipal_access' and period == @row.period")
        assert same["value"].item() == pytest.approx(row["value"])


def test_what_is_not_published_is_said_and_never_zero(monitor):
    routes = place_referrals(monitor, "Midden-Delfland")
    sheet = place_texts(monitor, routes, "Midden-Delfland")["nl"]
    cells = {line[0]: line[2:] for line in sheet["lines"]}
    assert (cells["Jeugdreclassering"][0], *cells["Jeugdreclassering"][-2:]) == ("niet gepubliceerd", "–", "–")
    assert sheet["missing"][0].startswith("Niet gepubliceerd: Jeugdreclassering; Door het wijk- of buurtteam.")
    assert "verwijzer onbekend, rechter of officier" in sheet["missing"][1]
    bars = place_chart(monitor, routes, "nl", place="Midden-Delfland").axes[1]
    assert len(bars.patches) == 6  # of eight referrers two are not published
    assert [text.get_text() for text in bars.texts].count("niet gepubliceerd") == 2


IN_RAW = {  # indicator: table of data/raw, and the rows it is made of
    "forms_by_origin": ("care_by_origin", "origin == 'niet_westers'"),
    "municipal_access": ("routes", "referrer == 'municipal_access' and area_kind == 'municipality'"),
    "neighbourhood_team": ("trajectories", "form == 'neighbourhood_team'"),
    "observed_expected": ("wijken", "youth_group == 'all'"),
}


@pytest.mark.parametrize("indicator", IN_RAW)
def test_what_is_said_to_be_absent_is_not_in_the_files(project, monitor, indicator):
    """Read from data/raw itself: the newest period of a later year, for the region one with all its municipalities."""
    table, rows = IN_RAW[indicator]
    raw = pd.read_csv(project / "data" / "raw" / f"{table}.csv", dtype=str).query(f"{rows} and status == 'shown'")
    members = set(places_of(monitor)) - {"Haaglanden", "Voorschoten"}  # of 2024
    latest = monitor[(monitor["indicator"] == indicator) & (monitor["status"] == "shown") & monitor["latest"]]
    for place, period in latest.loc[latest["region_kind"] != "country", ["region", "period"]].itertuples(index=False):
        periods = raw[raw["period"].str[:4] > period[:4]].groupby("period")["region"].agg(set)
        whole = members if place == "Haaglanden" else {place}
        there = [later for later, regions in periods.items() if place in regions or whole <= regions]
        assert later_in_files(monitor, place, indicator, period) == max(there, default=""), place


def test_a_sheet_says_what_stands_apart(sheets):
    half_year = "wel het eerste halfjaar van 2024 (past niet in een reeks van jaren): Via de"
    assert half_year in read(sheets / "wassenaar.html")
    assert "tot en met 2023 bij Haaglanden en daarna bij Holland Rijnland" in read(sheets / "voorschoten.html")
    assert "tot en met 2023 bij" not in read(sheets / "delft.html")


def read(path):
    return path.read_text(encoding="utf-8")


def test_each_place_has_its_files_small_and_in_both_languages(sheets, first_number):
    slugs = ["delft", "haaglanden", "midden-delfland", "voorschoten", "wassenaar"]
    assert sorted(path.name for path in sheets.iterdir()) == [f"{slug}.{kind}" for slug in slugs for kind in KINDS]
    for page in sheets.glob("*.html"):
        language, text = "en" if page.name.endswith(".en.html") else "nl", read(page)
        words = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", text, flags=re.DOTALL))
        assert page.stat().st_size < 120_000
        assert f'<html lang="{language}">' in text
        assert not re.search(r"[{}]|\bnan\b|None", words), page.name
        first = first_number(words.split("PDF", 1)[1])
        assert ("zonder verblijf" if language == "nl" else "without residence") in first
        assert re.search(rf"(Figuur|Figure) 1, .*bereik {bereik.__version__}\.", words)
        assert not re.search(r"\d,\d+%" if language == "en" else r"\d\.\d+%", words), page.name
        for link in re.findall(r'href="([^"#:]+)"', text):
            assert link.startswith("../index") or (sheets / link).is_file(), link


def test_the_pdf_is_one_tagged_page_in_its_language_without_a_date(sheets):
    for path in sheets.glob("*.pdf"):
        pdf = PdfReader(path)
        root = pdf.trailer["/Root"]
        assert len(pdf.pages) == 1, path.name
        assert path.stat().st_size < 80_000
        assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, path.name.split(".")[1])
        assert pdf.metadata.title
        assert not {"/CreationDate", "/ModDate"} & set(pdf.metadata)
        assert bereik.__version__ in pdf.pages[0].extract_text()


def test_the_same_figures_give_the_same_bytes_also_for_one_municipality(sheets, a_run, some, tmp_path):
    made = make_report(a_run(tmp_path, some), "delft")
    assert sorted(path.name for path in made) == [f"delft.{kind}" for kind in KINDS]
    assert all(path.read_bytes() == (sheets / path.name).read_bytes() for path in made)


def test_a_changed_figure_is_followed_everywhere(a_run, some, tmp_path):
    use = (some["region"] == "Delft") & (some["indicator"] == "use_of_youth_care") & (some["period"] == "2023")
    changed = some.copy()
    changed.loc[use, ["value", "lower", "upper", "lower_rounding", "upper_rounding"]] = [17.7, 17.5, 17.9, 17.65, 17.75]
    made = {path.name: path for path in make_report(a_run(tmp_path, changed), "Delft")}
    said = {"delft.html": "kreeg 17,7% van de jongeren in Delft jeugdzorg, meer dan in Haaglanden (11,4%)"}
    said |= {"delft.en.html": "17.7 (17.5 – 17.9)", "delft.nl.svg": "Delft 17,7%", "delft.csv": "17.7"}
    for name, words in said.items():
        assert words in read(made[name])
        assert not re.search(r"kreeg 10,0%|, 10\.0% of|Delft 10[.,]0", read(made[name]))
    assert "17,7%" in PdfReader(made["delft.nl.pdf"]).pages[0].extract_text()
    book = openpyxl.load_workbook(made["delft.xlsx"])
    assert 17.7 in {cell.value for row in book["Cijfers (numbers)"].iter_rows() for cell in row}
    assert "see the notebook" not in str([row[1].value for row in book["Notes"].iter_rows()])  # columns are explained


def test_another_region_gets_a_sheet_of_its_own_and_none_of_haaglanden(a_run, some, tmp_path):
    other = some[some["region_kind"] != "municipality"].replace({"region": {"Haaglanden": "Rijnmond"}})
    figures = a_run(tmp_path, other[(other["indicator"] != "municipal_access") | (other["region"] == "Nederland")])
    (figures / "places").mkdir()
    (figures / "places" / "delft.html").write_text("of a former run", encoding="utf-8")
    made = [path for path in make_report(figures) if path.parent.name == "places"]
    assert [path.name for path in made] == [f"rijnmond.{kind}" for kind in KINDS]
    assert made == sorted((figures / "places").iterdir())
    page = read(figures / "places" / "rijnmond.html")
    assert "Haaglanden" not in page
    assert "verwijzer, " not in page


REFUSED = [(False, "Delf", "'Delf' in the reach monitor .did you mean 'Delft'"), (True, None, "synthetic")]
REFUSED += [(False, "Rotterdam", "municipality 'Rotterdam'"), (None, "Delft", "No reach monitor beside the figures")]


@pytest.mark.parametrize(("synthetic", "name", "words"), REFUSED)
def test_bad_input_is_a_clear_error_and_nothing_is_written(a_run, some, tmp_path, synthetic, name, words):
    figures = a_run(tmp_path, None if synthetic is None else some.assign(synthetic=synthetic))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BereikError, match=words):
        make_report(figures, name)
    assert sorted(tmp_path.rglob("*")) == before
