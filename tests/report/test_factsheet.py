"""Factsheets: the right figures, said as they may be said, in files that anyone can open, read and print."""

import errno
import json
import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import bereik
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.report.factsheet import make_factsheets
from bereik.report.place_chart import place_chart
from bereik.report.places import place_referrals, place_rows, place_slug, places_of, read_monitor
from bereik.report.readings import changes, missing, questions
from bereik.report.sheet import Sheet

CHOSEN = ["Delft", "Midden-Delfland", "Voorschoten", "Wassenaar"]
KINDS = ["csv", "en.html", "en.pdf", "en.svg", "html", "nl.pdf", "nl.svg", "xlsx"]


def a_run(folder: Path, monitor: pd.DataFrame | None) -> Path:
    """Write what a run leaves behind: a manifest with one figure, and the reach monitor beside it."""
    figures, processed = folder / "figures", folder / "data" / "processed"
    figures.mkdir(parents=True)
    processed.mkdir(parents=True)
    (figures / "data").mkdir()
    (figures / "data" / "01_one.csv").write_text("value\n1\n", encoding="utf-8")
    entry = {
        "stem": "01_one",
        "notebook": "01",
        "synthetic": False,
        "sources": [],
        "texts": {},
        "files": {"csv": "data/01_one.csv"},
    }
    (figures / "data" / "manifest.json").write_text(json.dumps([entry]), encoding="utf-8")
    if monitor is not None:
        monitor.to_csv(processed / "reach_monitor.csv", index=False)
    return figures


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def monitor(project):
    return read_monitor(project / "figures")


@pytest.fixture(scope="module")
def some(monitor):
    return monitor[(monitor["region_kind"] != "municipality") | monitor["region"].isin(CHOSEN)]


@pytest.fixture(scope="module")
def sheets(some, tmp_path_factory):
    figures = a_run(tmp_path_factory.mktemp("run"), some)
    make_factsheets(figures)
    return figures / "places"


def rows(*table, **same):
    """Make rows of a monitor: place, kind, period, value, lower, upper, half (of rounding)."""
    names = ["region", "region_kind", "period", "value", "lower", "upper", "half"]
    made = pd.DataFrame(table, columns=names).assign(
        indicator="use_of_youth_care", form="", measure="use_rate", status="shown", latest=True, change=None,
        change_lower=None, change_upper=None, previous_period="2022", comparable=None, jump=False, verdict=None, add_table=None,
        name_en="Use of youth care", unit_en="% of youths aged 0-22", reliability_en="Complete count.", confidence=0.95,
        source="CBS StatLine 85099NED", direction="neither", origin="", synthetic=False,
    )  # fmt: skip
    made = made.assign(lower_rounding=made["value"] - made["half"], upper_rounding=made["value"] + made["half"], **same)
    return made.astype({"lower": "float64", "upper": "float64"})


def test_the_slug_has_only_letters_and_hyphens():
    assert [place_slug(name) for name in ("'s-Gravenhage", "Pijnacker-Nootdorp", "Súdwest-Fryslân", "IJmond (Midden)")] == [
        "s-gravenhage", "pijnacker-nootdorp", "sudwest-fryslan", "ijmond-midden",
    ]  # fmt: skip


def beside(here, region, **same):
    table = rows(("Delft", "municipality", "2023", *here), ("Haaglanden", "jeugdregio", "2023", *region), **same)
    row = place_rows(pd.concat([table, rows(("Nederland", "country", "2022", 11.0, 10.9, 11.1, 0))]), "Delft").iloc[0]
    return row["beside_jeugdregio"], row["beside_country"]


def test_a_difference_is_named_only_when_intervals_widened_with_rounding_do_not_overlap():
    # the country has another year in all of these, so there is nothing to set beside it
    assert beside((10.0, 9.7, 10.4, 0.05), (11.4, 11.3, 11.5, 0.05)) == ("below", "")
    assert beside((12.0, 11.7, 12.3, 0.05), (11.4, 11.3, 11.5, 0.05)) == ("above", "")
    assert beside((11.2, 11.1, 11.3, 0.05), (11.4, 11.32, 11.48, 0.05)) == ("below", "")
    assert beside((11.2, 11.1, 11.3, 0.15), (11.4, 11.32, 11.48, 0.15)) == ("same", "")  # rounding bridges the gap
    assert beside((0.3, None, None, 0.05), (0.5, None, None, 0.05)) == ("below", "")  # percentages with one decimal
    assert beside((0.4, None, None, 0.05), (0.45, None, None, 0.05)) == ("same", "")
    assert beside((0.8, 0.5, 0.9, 0), (1.2, 1.1, 1.3, 0), measure="range_over_choices") == ("", "")  # no interval


def a_sheet(here, region, country, **same):
    table = rows(
        ("Delft", "municipality", "2023", *here),
        ("Haaglanden", "jeugdregio", "2023", *region),
        ("Nederland", "country", "2023", *country),
        **same,
    )
    return Sheet(table, pd.DataFrame(), "Delft", "en")


@pytest.mark.parametrize(
    ("here", "words"),
    [
        ((10.0, 9.7, 10.4), "less than in Haaglanden (11.4%) and in the Netherlands (11.0%)"),
        (
            (11.4, 11.2, 11.6),
            "not clearly more or less than in Haaglanden (11.4%) and more than in the Netherlands (11.0%)",
        ),
        ((11.2, 10.6, 11.8), "not clearly more or less than in Haaglanden (11.4%) and in the Netherlands (11.0%)"),
    ],
)
def test_the_finding_follows_the_figures(here, words):
    sheet = a_sheet((*here, 0.05), (11.4, 11.3, 11.5, 0.05), (11.0, 10.95, 11.05, 0.05))
    assert sheet.finding() == f"In 2023, {here[0]:.1f}% of the youths in Delft received youth care, {words}"


def test_where_nothing_differs_the_sheet_says_so_and_asks_about_the_likeness():
    like = a_sheet((11.2, 10.6, 11.8, 0.05), (11.4, 11.3, 11.5, 0.05), (11.0, 10.9, 11.1, 0.05))
    asked = questions(like)
    assert asked[0].startswith(
        "Use, referrers and neighbourhood team: as far as published no clear difference with Haaglanden"
    )
    assert len(asked) == 2
    assert "every origin" in asked[-1]
    unlike = questions(a_sheet((9.2, 8.6, 9.8, 0.05), (11.4, 11.3, 11.5, 0.05), (11.0, 10.9, 11.1, 0.05)))
    assert unlike[0].startswith("Use of youth care: 9.2%, less than in Haaglanden (11.4%).")


def test_a_change_across_a_break_is_no_change():
    moved = {"change": 1.0, "change_lower": 0.5, "change_upper": 1.5}
    figures = ((11.4, 11.2, 11.6, 0), (11.4, 11.3, 11.5, 0), (11.0, 10.9, 11.1, 0))
    assert changes(a_sheet(*figures, **moved, comparable=True)) == [
        "Use rose by 1.0 percentage points from 2022 to 2023 (95% interval 0.5 to 1.5)."
    ]
    broken = a_sheet(*figures, **moved, comparable=False)
    assert changes(broken)[0] == "2023 cannot be compared with 2022."
    assert not any("changed by more than chance" in question for question in questions(broken))


def test_referrers_are_those_published_and_agree_with_the_monitor(monitor):
    shares = place_referrals(monitor, "Delft").set_index(["region", "referrer"])["value"]
    # CBS StatLine 85685NED, Delft 2023: 1265 through municipal access; all referrers 4685, one hidden (0 to 7, so 3.5)
    counted = 1265 + 1265 + 80 + 430 + 145 + 15 + 1485
    assert shares["Delft", "municipal_access"] == pytest.approx(100 * 1265 / (counted + 3.5))
    assert pd.isna(shares["Delft", "unknown"])
    for place in places_of(monitor):
        routes = place_referrals(monitor, place)
        door = routes[(routes["referrer"] == "municipal_access") & (routes["region"] == place)].iloc[0]
        known = monitor[(monitor["region"] == place) & (monitor["indicator"] == "municipal_access")]
        assert known.set_index("period").loc[door["period"], "value"] == pytest.approx(door["value"])


def test_what_is_not_published_is_said_and_never_zero(monitor):
    routes = place_referrals(monitor, "Midden-Delfland")
    sheet = Sheet(monitor, routes, "Midden-Delfland", "nl")
    cells = {line[0]: line[2:] for line in sheet.lines()}
    assert cells["Jeugdreclassering"][0] == "niet gepubliceerd"
    assert cells["Jeugdreclassering"][-2:] == ["–", "–"]
    assert missing(sheet)[0].startswith("Niet gepubliceerd: Jeugdreclassering; Door het wijk- of buurtteam.")
    assert "verwijzer onbekend, rechter of officier" in missing(sheet)[1]
    figure = place_chart(monitor, routes, "nl", place="Midden-Delfland")
    bars = [bar.get_y() + bar.get_height() / 2 for bar in figure.axes[1].patches]
    assert len(bars) == 6  # of eight referrers two are not published
    assert [text.get_text() for text in figure.axes[1].texts].count("niet gepubliceerd") == 2


def test_an_old_figure_says_its_year_and_one_that_stopped_says_that(monitor):
    told = " ".join(missing(Sheet(monitor, place_referrals(monitor, "Wassenaar"), "Wassenaar", "en")))
    assert "No longer published after that: By the neighbourhood team (2019)." in told
    old = "Through municipal access (2021); Observed / expected use (2021)"
    assert f"no full year in the files, but the first half of 2024 (fits in no series of years): {old}." in told
    assert "Not for Haaglanden as a whole: Through municipal access (2021)." in told


IN_RAW = {  # name of the indicator: table of data/raw, and the rows it is made of
    "Form of care by migration background": ("care_by_origin", "origin == 'niet_westers'"),
    "Through municipal access": ("routes", "referrer == 'municipal_access' and area_kind == 'municipality'"),
    "By the neighbourhood team": ("trajectories", "form == 'neighbourhood_team'"),
    "Observed / expected use": ("wijken", "youth_group == 'all'"),
}
NOTHING_NEWER = ("Newer figures for", "No longer published")


def test_what_is_said_to_be_absent_is_not_in_the_files(project, monitor):
    """Read from data/raw itself: no row of a later year where a sheet says that there is none, and one where it names it."""
    raw = {
        name: pd.read_csv(project / "data" / "raw" / f"{table}.csv", dtype=str).query(f"{rows} and status == 'shown'")
        for name, (table, rows) in IN_RAW.items()
    }
    members = set(places_of(monitor)) - {"Haaglanden", "Voorschoten"}  # of 2024
    named = {}
    for place in places_of(monitor):
        for sentence in missing(Sheet(monitor, place_referrals(monitor, place), place, "en")):
            halves = re.findall(r"first half of (\d{4})", sentence)
            if not halves and not any(words in sentence for words in NOTHING_NEWER):
                continue
            for name, year in re.findall(r"([A-Z][^;:()]+) \((\d{4})\)", sentence):
                if name not in raw:  # use relative to need: made of figures by origin, which are in the test
                    continue
                rows = raw[name]
                newer = rows[rows["period"].str[:4] > year].groupby("period")["region"].agg(set)
                there = {period for period, places in newer.items() if place in places}
                there |= {period for period, places in newer.items() if place == "Haaglanden" and members <= places}
                assert there == {f"{half}H1" for half in halves}, (place, sentence)
                named.setdefault(place, []).append(name)
    assert set(named) >= {"Haaglanden", "Voorschoten", "Wassenaar", "Westland", "Zoetermeer"}
    assert "Through municipal access" in named["Haaglanden"]


def test_the_sheet_names_the_half_year_that_fits_in_no_series(sheets):
    assert "wel het eerste halfjaar van 2024 (past niet in een reeks van jaren): Via de" in read(
        sheets / "wassenaar.html"
    )
    page = read(sheets / "haaglanden.en.html")
    assert "but the first half of 2024 (fits in no series of years): Through municipal access (2016)." in page


def test_voorschoten_says_until_when_it_belonged_to_the_region(sheets):
    assert "Voorschoten hoorde tot en met 2023 bij Haaglanden en daarna bij Holland Rijnland" in read(
        sheets / "voorschoten.html"
    )
    assert "belonged to Haaglanden up to and including 2023" in read(sheets / "voorschoten.en.html")
    assert "tot en met 2023 bij" not in read(sheets / "delft.html")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_each_place_has_its_files_small_and_in_both_languages(sheets):
    slugs = ["delft", "haaglanden", "midden-delfland", "voorschoten", "wassenaar"]
    assert sorted(path.name for path in sheets.iterdir()) == [f"{slug}.{kind}" for slug in slugs for kind in KINDS]
    for page in sheets.glob("*.html"):
        language = "en" if page.name.endswith(".en.html") else "nl"
        text = read(page)
        words = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", text, flags=re.DOTALL))
        assert page.stat().st_size < 120_000
        assert f'<html lang="{language}">' in text
        assert not re.search(r"[{}]|\bnan\b|None", words), page.name
        assert not re.search(r"\d,\d+%" if language == "en" else r"\d\.\d+%", words), page.name
        for link in re.findall(r'href="([^"#:]+)"', text):
            assert link.startswith("../index") or (sheets / link).is_file(), link


def test_the_pdf_is_one_tagged_page_in_its_language_without_a_date(sheets):
    from pypdf import PdfReader

    for path in sheets.glob("*.pdf"):
        pdf = PdfReader(path)
        root = pdf.trailer["/Root"]
        assert len(pdf.pages) == 1, path.name
        assert path.stat().st_size < 80_000
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == path.name.split(".")[1]
        assert pdf.metadata.title
        assert not {"/CreationDate", "/ModDate"} & set(pdf.metadata)
        assert bereik.__version__ in pdf.pages[0].extract_text()


def test_the_same_figures_give_the_same_bytes_also_for_one_municipality(sheets, some, tmp_path):
    made = make_factsheets(a_run(tmp_path, some), "delft")
    assert sorted(path.name for path in made) == [f"delft.{kind}" for kind in KINDS]
    assert {path.name: path.read_bytes() for path in made} == {
        path.name: path.read_bytes() for path in sheets.iterdir() if path.name.startswith("delft.")
    }


def test_a_changed_figure_is_followed_everywhere(some, tmp_path):
    from pypdf import PdfReader

    own = (some["region"] == "Delft") & (some["indicator"] == "use_of_youth_care") & (some["period"] == "2023")
    changed = some.copy()
    changed.loc[own, ["value", "lower", "upper", "lower_rounding", "upper_rounding"]] = [17.7, 17.5, 17.9, 17.65, 17.75]
    made = {path.name: path for path in make_factsheets(a_run(tmp_path, changed), "Delft")}
    finding = "In 2023 kreeg 17,7% van de jongeren in Delft jeugdzorg, meer dan in Haaglanden (11,4%)"
    assert finding in read(made["delft.html"])
    assert "17,7 (17,5 – 17,9)" in read(made["delft.html"])
    assert "Delft 17,7%" in read(made["delft.html"])  # in the picture
    assert "17.7 (17.5 – 17.9)" in read(made["delft.en.html"])
    assert "17,7%" in PdfReader(made["delft.nl.pdf"]).pages[0].extract_text()
    assert "17,7%" in read(made["delft.nl.svg"])
    assert "17.7" in read(made["delft.csv"])
    book = openpyxl.load_workbook(made["delft.xlsx"])
    assert book["Toelichting"]["A1"].value == "Jeugdzorg in Delft"
    assert 17.7 in {cell.value for row in book["Cijfers (numbers)"].iter_rows() for cell in row}
    assert "see the notebook" not in str(
        [row[1].value for row in book["Notes"].iter_rows()]
    )  # every column is explained
    for name in ("delft.html", "delft.en.html", "delft.csv"):
        assert not re.search(r"kreeg 10,0%|, 10\.0% of|Delft 10[.,]0", read(made[name])), name


def test_another_region_gets_a_sheet_of_its_own_and_none_of_haaglanden(some, tmp_path):
    other = some[some["region_kind"] != "municipality"].replace({"region": {"Haaglanden": "Rijnmond"}})
    other = other[(other["indicator"] != "municipal_access") | (other["region"] == "Nederland")]
    figures = a_run(tmp_path, other)
    (figures / "places").mkdir()
    (figures / "places" / "delft.html").write_text("of a former run", encoding="utf-8")
    made = make_factsheets(figures)
    assert [path.name for path in sorted(made)] == [f"rijnmond.{kind}" for kind in KINDS]
    assert sorted(made) == sorted((figures / "places").iterdir())
    page = read(tmp_path / "figures" / "places" / "rijnmond.html")
    assert "Haaglanden" not in page
    assert "verwijzer, " not in page


def test_bad_input_is_a_clear_error(some, tmp_path):
    figures = a_run(tmp_path / "good", some)
    with pytest.raises(UnknownNameError, match=r"municipality 'Delf' in the reach monitor \(did you mean 'Delft'"):
        make_factsheets(figures, "Delf")
    with pytest.raises(UnknownNameError, match="municipality 'Rotterdam'"):
        make_factsheets(figures, "Rotterdam")
    with pytest.raises(BereikError, match="No reach monitor"):
        make_factsheets(a_run(tmp_path / "none", None))
    with pytest.raises(IncomparableError, match="synthetic"):
        make_factsheets(a_run(tmp_path / "made_up", some.assign(synthetic=True)))
    assert not (figures / "places").exists()


def test_a_full_disk_leaves_the_old_sheets_whole(sheets, some, tmp_path, monkeypatch):
    figures = a_run(tmp_path, some)
    shutil.copytree(sheets, figures / "places")
    before = bytes_of(tmp_path)
    write = Path.write_text

    def fails(path, *args, **options):
        if path.suffix == ".svg" and path.name.startswith("midden-delfland"):
            raise OSError(errno.ENOSPC, "simulated", str(path))
        return write(path, *args, **options)

    monkeypatch.setattr(Path, "write_text", fails)
    with pytest.raises(BereikError, match="former report is still there"):
        make_factsheets(figures)
    assert bytes_of(tmp_path) == before


@pytest.mark.parametrize("name", ["delft.html", "haaglanden.en.html"])
def test_in_a_browser_the_sheet_is_accessible_and_prints_on_one_page(browser, sheets, name, tmp_path):
    from pypdf import PdfReader

    for width in (360, 768, 1440):
        page = browser.open(sheets / name, width)
        assert browser.overflow(page) == 0, width
    assert browser.violations(page) == []
    page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
    assert len(PdfReader(tmp_path / "printed.pdf").pages) == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"
    assert browser.messages == []
    assert browser.outside() == []


def test_in_a_browser_the_chart_is_drawn_with_the_font_of_the_sheet_itself(without_dejavu, sheets):
    page = without_dejavu.open(sheets / "delft.html")
    assert without_dejavu.drawn_with(page, "svg text") == {("DejaVu Sans", True)}
    faces = without_dejavu.faces(page)
    assert faces == [["DejaVu Sans", "normal", "loaded"], ["DejaVu Sans", "bold", "loaded"]]


def test_in_a_browser_the_other_language_and_the_files_are_one_click_away(browser, sheets):
    page = browser.open(sheets / "wassenaar.html")
    page.get_by_role("link", name="English").click()
    assert page.title().startswith("Youth care in Wassenaar")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.get_by_role("img").get_attribute("aria-label").startswith("Line chart of use of youth care")
    assert page.locator("th[scope=row]").count() == 8
