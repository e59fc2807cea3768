"""The figures of neighbourhoods: what is drawn, in which order, and what is hidden."""

import numpy as np
import pandas as pd
import pytest
from bereik.texts.findings.describe import describe_figure

from bereik.plot.area_dots import area_dots
from bereik.plot.ratio_rows import ratio_rows
from bereik.sources.wijk_use import SHARES
from bereik.tables import result_table
from bereik.terms.words import check_words


def table(by, **columns):
    about = {
        "status": "shown",
        "synthetic": False,
        "source": "CBS StatLine 84856NED; CBS StatLine 84799NED",
        "per": "ratio",
    }
    return result_table(pd.DataFrame(about | columns), by)


@pytest.fixture
def ratios():
    return table(
        ["period", "region", "area_code", "area"], period="2020", region=["Delft", "'s-Gravenhage", "Delft", "Delft"],
        area_code=["WK1", "WK2", "WK3", "WK4"], area=["Wijk 11 Noord", "Wijk 01", "Wijk 12 Zuid", "Wijk 13 Oost"],
        measure="shrunken_ratio", value=[1.2, 0.8, 0.9, np.nan], lower=[1.1, 0.7, 0.8, np.nan],
        upper=[1.3, 0.9, 1.1, np.nan], status=["shown", "shown", "shown", "not_published"],
    )  # fmt: skip


def test_dots_run_from_low_to_high_within_a_municipality_and_hidden_areas_are_counted(ratios):
    figure = area_dots(ratios, "nl")
    axes = figure.axes[0]
    assert [words.get_text() for words in axes.get_yticklabels()] == [
        "Delft", "Zuid", "Noord", "1 wijk zonder cijfer", "'s-Gravenhage", "Wijk 01",
    ]  # fmt: skip
    marks = {line.get_ydata()[0]: line for line in axes.lines if line.get_marker() not in ("None", None, "")}
    assert {height: line.get_xdata()[0] for height, line in marks.items()} == {1: 0.9, 2: 1.2, 5: 0.8}
    assert [marks[height].get_marker() for height in (1, 2, 5)] == ["o", "^", "v"]  # shape, not colour alone
    assert axes.get_xscale() == "log"
    english = [words.get_text() for words in area_dots(ratios, "en").axes[0].get_yticklabels()]
    assert english[3:5] == ["1 wijk without a figure", "The Hague"]


def test_ratio_rows_draw_each_year_and_say_what_is_not_there():
    data = table(
        ["period", "selection"], period=["2021", "2022", "2021"], selection=["choice_all", "choice_all", "Haaglanden"],
        measure="rate_ratio", value=[0.9, 1.1, 1.0], lower=[0.8, 1.0, 0.7], upper=[1.0, 1.2, 1.4],
    )  # fmt: skip
    figure = ratio_rows(data, "nl", rows="period", panels="selection")
    first, second = figure.axes[:2]
    assert first.get_title(loc="left") == "Alle gemeenten samen"
    diamonds = [(line.get_xdata()[0], line.get_ydata()[0]) for line in first.lines if line.get_marker() == "D"]
    assert diamonds == [(0.9, 0), (1.1, 1)]
    assert "niet gepubliceerd" in [text.get_text() for text in second.texts]
    assert first.get_xlim() == second.get_xlim()
    assert len([line for line in second.lines if line.get_marker() == "D"]) == 1


def test_texts_count_what_is_drawn(ratios):
    words = {"region": "Haaglanden", "places": "Delft, 's-Gravenhage", "population": "2020"}
    dots = describe_figure("05_observed_expected", ratios, **words)
    assert dots["nl"]["title"].startswith("In 1 van 3 wijken minder gebruik")
    assert dots["nl"]["title"].endswith("in 1 meer")
    assert "wijken zonder cijfer: 1" in dots["nl"]["alt"]
    assert "CBS StatLine 84799NED, CBS StatLine 84856NED; population of 2020" in dots["en"]["source"]
    for language, said in dots.items():
        for text in said.values():
            check_words(text, language)
        assert "Delft, 's-Gravenhage" in said["subtitle"]


def test_years_are_counted_for_the_region_the_city_and_within_municipalities():
    data = table(["period", "selection"], period=["2021", "2022"] * 3, measure="rate_ratio", value=0.95, lower=0.9,
                 selection=["Haaglanden"] * 2 + ["choice_within"] * 2 + ["'s-Gravenhage"] * 2,
                 upper=[1.1, 1.1, 0.99, 1.1, 0.99, 0.99])  # fmt: skip
    texts = describe_figure(
        "05_share_by_year", data, region="Haaglanden", city="'s-Gravenhage", places="Delft", group="niet_westers"
    )
    assert texts["nl"]["title"].endswith("'s-Gravenhage 2 van 2, binnen gemeenten 1, alles samen 0")


@pytest.mark.parametrize("group", SHARES)
def test_each_share_has_its_words(group):
    where = pd.DataFrame({"period": "2021", "selection": ["Haaglanden", "choice_within", "Delft"]})
    data = table([*where], **where, measure="rate_ratio", value=0.95, lower=0.9, upper=1.1)
    texts = describe_figure("05_share_by_year", data, region="Haaglanden", city="Delft", places="Delft", group=group)
    assert "inwoners met een " in texts["nl"]["title"]
    assert " background" in texts["en"]["title"]
    for language, said in texts.items():
        for text in said.values():
            check_words(text, language)
