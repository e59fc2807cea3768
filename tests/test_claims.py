"""What two places say of the same thing is the same: notebooks, page, fact sheets, monitor and the tables of a run."""

import json
import re
from collections import defaultdict
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

import bereik
from bereik.codelists.names import LANGUAGES
from bereik.report import findings, places, sheet
from bereik.texts import say
from bereik.texts.words import entries, holds

OF_REAL_YOUTHS = ("00", "01", "02", "03", "04", "05", "06", "10", "12", "13")
THING = "measure period form origin indicator population_group ages_of_need need_place referrer third term choice"
THING += " selection statistic size years population_used area_code region relative_to per treated period_kind"
# Numbers that are no figures: years, periods, StatLine tables, ages, versions, 95 % intervals.
NAMES = r"\b(19|20)\d\d([/-](19|20)?\d\d)?\b|\b\d{5}[A-Za-z]{3}\b|\b\d+( tot | to |-)\d+\b|\b95 ?%|"
NAMES += r"\bFigu(ur|re) 1\b|\bH[12]\b|\bG4\b|\b\d+\.\d+\.\d+\b|BY-4\.0"


def thing(row):
    """What a row is about: place, period, measure, group and form, and for need and areas by which measure."""
    about = {name: str(row[name]) for name in THING.split() if pd.notna(row.get(name)) and row[name] != ""}
    if pd.notna(row.get("year")):
        about.setdefault("period", str(row["year"]))
    if row["measure"] != "percentage" and not about.get("population_group"):
        about.pop("indicator", None)  # the monitor's own name of it
    if row["measure"].startswith(("clearly", "not_")):
        about["of"] = row["denominator"]  # so many results were counted
    return tuple(sorted(about.items()))


@pytest.fixture(scope="module")
def told(project):
    """Every sentence, title and table about real youths: where it stands, in which words, and the rows that it claims."""
    kept, at = [], []
    with pytest.MonkeyPatch.context() as patch:

        class Recorded(say.Told):
            def __init__(self, kind, key, *given, **options):
                super().__init__(kind, key, *given, **options)
                if not self.synthetic:
                    kept.append((at[-1], kind, key, self))

        patch.setattr(say, "Told", Recorded)
        patch.setattr("bereik.suppress.persons_were_read", lambda: False)  # by other tests in this process
        patch.setattr(say, "write_figure", lambda *_, **__: say.SavedFigure({}, (), "en"))
        patch.setattr(bereik, "save_table", lambda *_: Path("none"))
        for number in OF_REAL_YOUTHS:
            (file,) = (project / "notebooks").glob(f"{number}_*.ipynb")
            at.append(file.stem)
            names = {}
            for cell in json.loads(file.read_text("utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    exec("".join(cell["source"]), names)  # noqa: S102 the cells of the notebook
        at.append("page")
        findings.page_sentences(project / "figures")
        monitor = places.read_monitor(project / "figures")
        for place in places.places_of(monitor):
            at.append(f"fact sheet of {place}")
            sheet.place_texts(monitor, places.place_referrals(monitor, place), place)["en"]
    return kept


def figures(project):
    """Every figure on real youths in the tables that a run writes."""
    for file in sorted((project / "data" / "processed").glob("*.csv")):
        table = pd.read_csv(file, dtype={"period": str})
        if {"measure", "status"} <= set(table) and not table["synthetic"].any():
            yield from ((file.name, row) for row in table[table["status"] == "shown"].to_dict("records"))


def test_two_places_that_tell_the_same_thing_tell_the_same_figure(told, project):
    said = defaultdict(dict)
    claims = [(f"{at}: {key}", row) for at, _, key, one in told for row in one.picked + one.each]
    for where, row in [*claims, *figures(project)]:
        if "measure" in row and row.get("status") == "shown" and pd.notna(row.get("value")):
            said[thing(row)][where] = row["value"]
    values = {about: list(places.values()) for about, places in said.items()}
    different = [about for about, these in values.items() if these != pytest.approx(these[:1] * len(these))]
    assert not different, said[different[0]]
    assert sum(len(values) > 1 for values in said.values()) > 100


def said(one):
    return "when" not in one.entry or holds(one.entry["when"], one.context, one.where)


def test_a_sentence_with_a_figure_says_which_row_it_is_from(told):
    for at, kind, key, one in told:
        if kind != "table":
            for code in LANGUAGES if kind == "figure" or said(one) else ():
                text = one.words("title" if kind == "figure" else "text", code)
                bare = re.sub(NAMES, "", text)
                claimed = one.picked or one.each or one.entry.get("count")
                assert claimed or not re.search(r"\d", bare), f"{at}: {key} ({code}): {text}"


def test_each_claim_of_the_page_says_of_which_ages_where_when_and_from_what_it_is(told, project):
    monitor = places.read_monitor(project / "figures").query("latest and status == 'shown'").to_dict("records")
    page = [(key, one) for at, _, key, one in told if at == "page" and said(one)]
    claims = [claim for _, one in page for claim in one.claims()] + [*map(say._claim, monitor)]
    of_need = [claim for claim in claims if claim["indicator"] == "range_over_choices"]
    assert (len(page) > 10, len(of_need) > 10) == (True, True)
    asked = ("ages_of_use", "ages_of_population", "place", "period", "source")
    for claim, names in [*((claim, asked) for claim in claims), *((claim, ("ages_of_need",)) for claim in of_need)]:
        assert all(isinstance(claim[name], str) and claim[name] not in ("", "all", "none") for name in names), claim
    for (key, one), code in product(page, LANGUAGES):
        text, ages = one.words("text", code), {claim["ages_of_use"] for claim in one.claims() if claim in of_need}
        assert re.search(r"\b20\d\d\b", text), text
        if ages & {"0-22", "12-22"} and key != "page_lead_2":  # the help of the sentence before it, which says the ages
            assert re.search(r"\b(23 jaar|under 23|to 22)\b", text), text


def test_every_sentence_of_page_and_fact_sheets_is_asked_for(told):
    """A sentence in texts/ that nothing asks for would never be read."""
    keys = {key for key in entries()["say"] if key.startswith(("page_", "sheet_"))}
    assert keys - {key for _, _, key, _ in told} == set()
