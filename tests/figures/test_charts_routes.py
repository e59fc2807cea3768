"""The charts of routes and of the monitor on small tables: what is drawn is what the data say, holes are words."""

import numpy as np
import pandas as pd
import pytest
from bereik.texts.findings.describe import describe_figure

from bereik.errors import FigureError, MissingColumnError, UnknownNameError
from bereik.plot.monitor_table import monitor_municipalities, monitor_region
from bereik.plot.route_mix import REFERRERS, route_mix
from bereik.plot.share_over_time import share_over_time
from bereik.tables import result_table

ABOUT = {"synthetic": False, "source": "CBS StatLine 85685NED", "per": "100"}


def mix(shares):
    rows = [
        {"region": "Delft", "period": period, "referrer": referrer, "measure": "route_share", "value": value,
         "lower": np.nan, "upper": np.nan, "denominator": 1000, **ABOUT,
         "status": "not_published" if np.isnan(value) else "shown"}
        for period, values in shares.items() for referrer, value in values.items()
    ]  # fmt: skip
    return result_table(pd.DataFrame(rows), ["region", "period", "referrer"])


def words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_bars_are_the_shares_in_a_fixed_order_and_a_hidden_share_is_a_gap():
    figure = route_mix(mix({"2022": {"none": 30.0, "gp": 60.0, "judge": np.nan}}), "en", rows="period")
    bars = figure.axes[0].patches
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [(0, 60), (60, 30)]
    assert words(figure)[:2] == ["60", "30"]
    assert list(REFERRERS).index("gp") < list(REFERRERS).index("none")


def test_an_unknown_referrer_is_refused():
    with pytest.raises(FigureError, match="school"):
        route_mix(mix({"2022": {"school": 100.0}}), "en", rows="period")


def teams(values, jumps):
    rows = [
        {"region": region, "period": f"{year}-12-31", "measure": "team_share", "value": value, "change": change,
         "status": "not_published" if np.isnan(value) else "shown", **ABOUT}
        for region, series in values.items()
        for (year, value), change in zip(series.items(), [np.nan, *np.diff(list(series.values()))], strict=True)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    table = result_table(frame, ["region", "period"]).assign(change=frame["change"])
    return table.assign(jump=[pair in jumps for pair in zip(table["region"], table["period"].str[:4], strict=True)])


def test_a_line_is_interrupted_where_the_share_jumps():
    data = teams(
        {"Haaglanden": {2016: 20.0, 2017: 22.0, 2018: 8.0, 2019: 9.0}, "Nederland": {2019: 15.0}},
        {("Haaglanden", "2018")},
    )
    figure = share_over_time(data, "en", region="Haaglanden")
    solid = [
        list(line.get_xdata())
        for line in figure.axes[0].lines
        if line.get_linestyle() == "-" and len(line.get_xdata()) > 1
    ]
    assert solid == [[2016, 2017], [2018, 2019]]
    assert words(figure)[0] == "\N{MINUS SIGN}14"
    with pytest.raises(UnknownNameError):
        share_over_time(data, "en", region="Rijnmond")
    with pytest.raises(MissingColumnError, match="jump"):
        share_over_time(data.drop(columns="jump"), "en", region="Haaglanden")


def test_the_title_of_the_team_follows_the_largest_jump():
    fall = teams(
        {"Haaglanden": {2017: 22.0, 2018: 8.0}, "Nederland": {2017: 14.0, 2018: 15.0}}, {("Haaglanden", "2018")}
    )
    assert "fell from 22% to 8% in 2018" in _title("06_neighbourhood_team", fall)
    rise = teams(
        {"Haaglanden": {2017: 8.0, 2018: 22.0}, "Nederland": {2017: 14.0, 2018: 15.0}}, {("Haaglanden", "2018")}
    )
    assert "jumped from 8% to 22% in 2018" in _title("06_neighbourhood_team", rise)
    none = teams({"Haaglanden": {2017: 14.0, 2018: 15.0}, "Nederland": {2017: 14.0, 2018: 15.0}}, set())
    assert "carries out 15%" in _title("06_neighbourhood_team", none)


def _title(stem, data, **options):
    options = options or {"region": "Haaglanden", "country": "Nederland"}
    return describe_figure(stem, data, **options)["en"]["title"]


@pytest.mark.parametrize(
    ("low", "high", "said"), [(50.0, 30.0, "less often"), (30.0, 50.0, "more often"), (40.0, 40.5, "about as often")]
)
def test_the_title_of_the_thirds_follows_the_data(low, high, said):
    rows = [
        {"region": "Delft", "period": "2023", "third": third, "referrer": referrer, "measure": "route_share", "status": "shown",
         "value": gp if referrer == "gp" else 100 - gp, "denominator": 1000, **ABOUT}
        for third, gp in {"low": low, "middle": 40.0, "high": high}.items() for referrer in ("gp", "none")
    ]  # fmt: skip
    data = result_table(pd.DataFrame(rows), ["region", "period", "third", "referrer"])
    assert said in _title("06_routes_by_third", data, region="Haaglanden", municipality="Delft")


def monitor_rows():
    same = {
        "form": "", "comparable": True, "jump": False, "verdict": None, "direction": "neither",
        "name_nl": "Gebruik", "name_en": "Use",
        "unit_nl": "% jongeren", "unit_en": "% youths", "reliability_nl": "Volledig.", "reliability_en": "Complete.",
        "add_table": None, "status": "shown", "indicator": "use_of_youth_care", "previous_period": "2022", **ABOUT,
    }  # fmt: skip
    figures = {"value": 11.4, "lower": 11.3, "upper": 11.5, "change": 0.3, "change_lower": 0.1, "change_upper": 0.5}
    nothing = dict.fromkeys(figures, np.nan)
    hole = {"indicator": "municipal_access", "status": "not_published", "period": "", "add_table": "82964NED, 85685NED"}
    country = {"region": "Nederland", "region_kind": "country"}
    return pd.DataFrame([
        same | figures | {"region": "Rijnmond", "region_kind": "jeugdregio", "period": "2023"},
        same | nothing | hole | {"region": "Rijnmond", "region_kind": "jeugdregio"},
        same | figures | country | {"period": "2022", "value": 9.0},
        same | figures | country | {"period": "2023", "value": 11.0},
        same | figures | country | {"period": "2023", "value": 32.9, "indicator": "municipal_access"},
    ])  # fmt: skip


def test_the_monitor_compares_the_same_year_and_says_what_to_add():
    said = words(monitor_region(monitor_rows(), "en", region="Rijnmond", country="Nederland"))
    assert said[6:12] == ["Use\n% youths", "11.4 (11.3 – 11.5)", "+0.3 (+0.1 to +0.5)", "11.0", "2023", "Complete."]
    assert "85685NED" in said[13].replace("\n", " ")
    assert said[13].startswith("not published")
    assert said[15] == "32.9 (2023)", "a figure of the country without one of the region says its year"
    assert "0.0" not in said


def test_a_change_across_a_break_says_so_and_rounds_to_no_minus_zero():
    rows = monitor_rows().assign(comparable=False, change=-0.04, change_lower=-0.2)
    said = words(monitor_region(rows, "nl", region="Rijnmond", country="Nederland"))
    assert said[8] == "0,0 (\N{MINUS SIGN}0,2 tot +0,5)\nniet te vergelijken: breuk"


def test_municipalities_by_the_alphabet_with_the_year_in_each_cell():
    rows = (
        monitor_rows()
        .iloc[[0, 0, 1]]
        .assign(region=["Zoetermeer", "Delft", "Delft"], region_kind="municipality", add_table=None)
    )
    said = words(monitor_municipalities(rows, "en"))
    assert said[3:] == [
        "Delft", "11.4 (11.3 – 11.5)\n2023; +0.3 (+0.1 to +0.5)", "not published",
        "Zoetermeer", "11.4 (11.3 – 11.5)\n2023; +0.3 (+0.1 to +0.5)", "not in the files",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"), [((0.1, 0.5), "rose to"), ((-0.5, -0.1), "fell to"), ((-0.1, 0.5), "no clear change")]
)
def test_the_title_of_the_monitor_follows_the_change(change, said):
    rows = monitor_rows().assign(change_lower=change[0], change_upper=change[1], measure="use_rate")
    origin = rows.iloc[[0]].assign(indicator="forms_by_origin", period="2017")
    title = _title("12_monitor_region", pd.concat([rows, origin]), region="Rijnmond", country="Nederland")
    assert said in title
    assert "2017" in title
