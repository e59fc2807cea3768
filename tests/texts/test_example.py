"""Made-up figures name no real group, region, municipality, network or tool, in words or in a file."""

import json
import re

import pandas as pd
import pytest

import bereik
from bereik.codelists import SCHEMES, origin_groups, regions
from bereik.codelists.names import example_origins, label
from bereik.tables import result_table
from bereik.texts.words import for_example, who_of_example

GROUPS = "Turk|Moro[ck]|Marok|Surinam|Antil|Arub|[Ww]ester|Dutch|Nederlandse a|Haaglanden"
PLACES = [re.escape(name) for name in regions()["name"] if name not in ("Nederland", "Bergen", "Buren", "Zundert")]
REAL = re.compile("|".join([GROUPS, *PLACES]))
PILOT = "governance accessibility tailoring explain_system support_teams start_cooperation policy_impulse"
CODES = "|".join([*example_origins(), *PILOT.split()])


def test_every_origin_has_a_name_in_made_up_figures_and_it_names_nobody():
    for scheme in SCHEMES:
        for code in origin_groups(scheme)["code"]:
            made_up = who_of_example({"group": code})["group"]
            for language in ("nl", "en"):
                if code not in ("total", "onbekend"):
                    assert not REAL.search(label(made_up, language, persons=True) + label(made_up, language)), code


def test_a_number_means_the_same_in_every_table():
    names = {"municipality": ["Delft", "Westland"], "network": ["tailoring", "governance"]}
    names["tool"] = ["support_teams", "x"]
    table = pd.DataFrame({**names, "synthetic": True})
    for rows in (table, table.iloc[::-1], table.iloc[[1]]):
        renamed = {column: dict(zip(rows[column], for_example(rows)[column], strict=True)) for column in names}
        assert renamed["municipality"]["Westland"] == "example_municipality_9"  # of ten, The Hague under its apostrophe
        assert renamed["network"]["governance"] == "example_network_3"
        assert renamed["tool"]["x"] == "example_tool_5"  # one that nobody knows comes after those that are known


def test_no_written_figure_of_made_up_data_names_a_real_group_or_place(project):
    entries = json.loads(next((project / "figures").rglob("manifest.json")).read_text(encoding="utf-8"))
    made_up = [entry for entry in entries if entry["synthetic"]]
    assert len(made_up) >= 8
    for entry in made_up:
        for language, texts in entry["texts"].items():
            assert not REAL.search(" ".join(texts.values())), (entry["stem"], language)
        table = next((project / "figures").rglob(f"{entry['stem']}.csv")).read_text(encoding="utf-8")
        assert not re.search(r"turkije|marokko|suriname|antillen|westers|Delft|Haaglanden", table), entry["stem"]


@pytest.mark.parametrize("number", ["07", "08", "09", "11"])
def test_no_stored_table_or_sentence_of_made_up_data_names_a_real_group_or_place(project, number):
    """Cells that tell published facts may; the others show made-up numbers only."""
    book = json.loads(next((project / "notebooks").glob(f"{number}_*.ipynb")).read_text(encoding="utf-8"))
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code" and "facts" not in "".join(cell["source"])]
    outputs = [output.get("data", {}) for cell in cells for output in cell["outputs"]]
    tables = ["".join(data["text/html"]) for data in outputs if "text/html" in data]
    sentences = ["".join(data["text/markdown"]) for data in outputs if "text/markdown" in data]
    assert tables
    assert len(sentences) > 2
    for text in [*tables, *sentences]:
        assert not REAL.search(text), text
        assert not re.search(rf">({CODES})<", text), text


@pytest.mark.parametrize("status", ["hidden", "not_published", "undefined"])
def test_a_made_up_sentence_says_that_it_is_made_up(status):
    about = {"period": "2023", "measure": "use_rate", "status": "shown", "synthetic": True, "source": "made up"}
    rows = pd.DataFrame({"region": ["Haaglanden", "Nederland"], "value": [11.4, 11.0]}).assign(**about)
    rows = result_table(rows, ["period", "region"])
    hidden = rows.assign(status=[status, "shown"], value=[None, 11.0])
    said = bereik.say("01_use", hidden, region="Haaglanden", country="Nederland")
    assert "11" not in said
    assert said.startswith("Made-up example: ")
