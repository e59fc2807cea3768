"""Runs to report on: one figure of the project, and the reach monitor of the region with some or all municipalities."""

import json
import re
import shutil

import pandas as pd
import pytest

STEM = "02_ratio_by_region"
CHOSEN = ["Delft", "Midden-Delfland", "Voorschoten", "Wassenaar"]


@pytest.fixture(scope="session")
def a_run(project):
    """Write what a run leaves behind in a folder, and give the folder with its figures."""

    def write(folder, table=None):
        figures, processed = folder / "figures", folder / "data" / "processed"
        processed.mkdir(parents=True)
        entry = json.loads((project / "figures" / "data" / f"{STEM}.json").read_text(encoding="utf-8"))
        for name in entry["files"].values():
            (figures / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / "figures" / name, figures / name)
        (figures / "data" / "manifest.json").write_text(json.dumps([entry]), encoding="utf-8")
        if table is not None:
            table.to_csv(processed / "reach_monitor.csv", index=False)
        return figures

    return write


@pytest.fixture(scope="session")
def monitor(project):
    from bereik.report.places import read_monitor

    return read_monitor(project / "figures")


@pytest.fixture(scope="session")
def some(monitor) -> pd.DataFrame:
    """The region, the country and four municipalities."""
    return monitor[(monitor["region_kind"] != "municipality") | monitor["region"].isin(CHOSEN)]


@pytest.fixture(scope="session")
def sheets(a_run, some, tmp_path_factory):
    """The folder with the factsheets of the region and these municipalities."""
    from bereik.report.factsheet import write_factsheets

    figures = a_run(tmp_path_factory.mktemp("run"), some)
    write_factsheets(figures, figures)
    return figures / "places"


@pytest.fixture(scope="session")
def save_figure():
    """Write a figure of one value into a folder of figures, its texts in both languages with the value in them."""
    from bereik.plot.style import new_figure
    from bereik.plot.write import write_figure

    def draw(data, language):
        figure = new_figure()
        words = {"nl": "jongeren & gezinnen", "en": "youths & families"}[language]
        figure.add_subplot(xlabel=words).text(0.5, 0.5, f"value {data['value'].iloc[0]:.1f}")
        return figure

    def save(folder, stem, value, *, synthetic=False):
        data = pd.DataFrame({"value": [value], "synthetic": synthetic, "source": "made up for this test"})
        texts = texts_of(stem, value)
        write_figure(stem, draw, data, texts=texts, file="een-naam", folder=folder)
        return texts

    return save


@pytest.fixture(scope="session")
def first_number():
    """Give the first sentence of a text with a number, but for years and for the names of pictures."""

    def find(text):
        bare = re.sub(r"\b(19|20)\d\d\b|\w+_\w+", "", text)
        return next(part for part in re.split(r"(?<=[.!?])\s", bare) if re.search(r"\d", part))

    return find


def texts_of(stem, value):
    alt = "A picture of one number, described in enough words that the check of alternative texts is content with it."
    return {
        language: {
            "title": f"It is {value:.1f} ({stem}, {language})",
            "subtitle": f"Subtitle of {stem} ({language}): what, where and when, per hundred youths.",
            "source": f"Source of {stem} ({language}): CBS StatLine <table> & more.",
            "alt": f"{alt} It is {value:.1f} ({language}).",
        }
        for language in ("nl", "en")
    }
