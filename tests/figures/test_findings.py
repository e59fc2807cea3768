"""The texts of a figure follow the table that is drawn."""

import pandas as pd
import pytest

import bereik
from bereik.errors import FigureError, UnknownNameError

OPTIONS = {
    "01_forms_by_origin": {"form": "protection", "group": "niet_westers", "reference": "nederlands"},
    "01_use_over_time": {"region": "Haaglanden", "country": "Nederland"},
    "02_ratio_by_region": {"region": "Haaglanden", "form": "protection"},
}  # fmt: skip


@pytest.fixture(params=OPTIONS)
def figure(request, project):
    data = pd.read_csv(project / "figures" / f"{request.param}.csv", dtype={"period": "str"})
    return request.param, data, OPTIONS[request.param]


def test_the_committed_texts_are_those_of_the_committed_numbers(figure, project):
    stem, data, options = figure
    import json

    written = json.loads((project / "figures" / f"{stem}.json").read_text(encoding="utf-8"))["texts"]
    assert bereik.describe_figure(stem, data, **options) == written


def test_other_numbers_give_another_sentence(figure):
    stem, data, options = figure
    before = bereik.describe_figure(stem, data, **options)
    numbers = ["value", "lower", "upper"]
    others = data["region"] != "Nederland" if stem == "01_use_over_time" else data["measure"].str.startswith("form_")
    data.loc[others, numbers] = data.loc[others, numbers] / 10
    after = bereik.describe_figure(stem, data, **options)
    for language, word in (("nl", ("kleiner", "minder")), ("en", ("smaller", "less"))):
        assert after[language]["title"] != before[language]["title"]
        assert any(part in after[language]["title"] for part in word), after[language]["title"]


def test_a_title_about_a_hidden_figure_is_refused(figure):
    stem, data, options = figure
    data["status"] = "not_published"
    with pytest.raises(FigureError, match="No row that is shown with"):
        bereik.describe_figure(stem, data, **options)


def test_an_unknown_figure_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean '02_ratio_by_region'"):
        bereik.describe_figure("02_ratio_by_regio", pd.DataFrame())
