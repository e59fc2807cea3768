"""The page: findings by rule, numbers that follow the tables, links that exist, and an old page that survives an error."""

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import bereik
from bereik.codelists.words import check_words
from bereik.errors import BereikError
from bereik.plot.style import new_figure
from bereik.plot.write import write_figure
from bereik.report.findings_on_page import page_findings
from bereik.report.page import make_page
from bereik.report.page_about import age_of_origin
from bereik.report.page_picture import inline_picture
from bereik.report.room import read_report_figures, report_words, template
from bereik.report.staging import staged
from bereik.runner.manifest import write_manifest

ALT = "A picture of one number, described in enough words that the check of alternative texts is content with it."


def draw(data, language):
    figure = new_figure()
    figure.add_subplot().text(0.5, 0.5, f"value {data['value'].iloc[0]:.1f}")
    return figure


def save(stem, value, *, synthetic=False):
    """Save a figure whose title, picture and numbers say one value."""
    data = pd.DataFrame({"value": [value], "synthetic": [synthetic], "source": ["made up for this test"]})
    text = {
        "title": f"It is {value:.1f}",
        "subtitle": "What",
        "source": "Source: made up",
        "alt": f"{ALT} It is {value:.1f}.",
    }
    write_figure(stem, draw, data, texts={"nl": text, "en": text}, file="een-naam")


def use_table(folder, region, country):
    """Write the table of use in a region and in the country, as notebook 01 does."""
    rows = [("Haaglanden", "jeugdregio", region), ("Nederland", "country", country)]
    table = pd.DataFrame(
        [
            {"period": "2023", "period_kind": "year", "region": name, "region_kind": kind, "measure": "use_rate", "value": value,
             "lower": value - 0.1, "upper": value + 0.1, "lower_rounding": value - 0.05, "upper_rounding": value + 0.05,
             "status": "shown", "synthetic": False, "source": "made up"}
            for name, kind, value in rows
        ]
    )  # fmt: skip
    write(table, folder, "use_of_youth_care")


def write(table, folder, name):
    path = folder / "data" / "processed" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False)


def pages(folder):
    write_manifest(folder / "figures")
    *made, read_me = make_page(folder / "figures")
    assert read_me.name == "LEES_MIJ.txt"
    return [path.read_text(encoding="utf-8") for path in made]


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.labels = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.links += [given[name] for name in ("href", "src") if given.get(name) and tag != "link"]
        self.ids += [given["id"]] if "id" in given else []
        self.labels += [given.get("aria-label")] if tag == "svg" else []


def test_no_rule_or_script_is_written_as_text(project_page):
    """A browser reads `&#34;` in CSS or in a script as it stands there, not as a quotation mark."""
    for path in project_page:
        parts = re.findall(r"<(style|script)>(.*?)</\1>", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert {kind for kind, _ in parts} == {"style", "script"}
        assert '@font-face{font-family:"DejaVu Sans"' in parts[0][1]
        assert not [part for _, part in parts if re.search(r"&(#\d+|#x[0-9a-f]+|quot|lt|gt|amp);", part)]


def test_numbers_follow_the_table_everywhere(output):
    """A new input value stands in sentence, title, picture, numbers and page; the old one nowhere."""
    for value, other in ((11.4, 12.6), (12.6, 11.4)):
        save("01_use", value)
        use_table(output, value, 11.0)
        dutch, english = pages(output)
        nl, en = f"{value:.1f}".replace(".", ","), f"{value:.1f}"
        assert f"In 2023 kreeg {nl}% van alle jongeren in Haaglanden jeugdzorg, meer dan in Nederland (11,0%)" in dutch
        assert (
            f"In 2023, {en}% of all youths in Haaglanden had youth care, more than in the Netherlands (11.0%)"
            in english
        )
        assert f"<h3>It is {en}</h3>" in english
        assert f">value {en}</text>" in english
        assert en in (output / "figures" / "data" / "01_use.csv").read_text(encoding="utf-8")
        book = openpyxl.load_workbook(output / "figures" / "data" / "01_use.xlsx")
        cells = [cell for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row]
        assert value in cells
        assert other not in cells
        assert 'href="data/01_use.xlsx"' in english
        assert 'href="nl/01_een-naam.png"' in dutch
        for text in (dutch, english):
            said = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL) + " ".join(Links(text).labels)
            assert not re.search(f"{other:.1f}".replace(".", "[.,]"), said)


def test_the_direction_of_a_sentence_follows_the_table(output):
    use_table(output, 10.0, 11.0)
    assert [
        (row["firm"], "minder dan in Nederland" in row["sentence"]) for row in page_findings("nl", output / "figures")
    ] == [(True, True)]
    use_table(output, 11.05, 11.0)  # 10.95-11.15 and 10.9-11.1 overlap
    (row,) = page_findings("nl", output / "figures")
    assert not row["firm"]
    assert "of dat verschilt, is niet te zeggen" in row["sentence"]


def forms(**rows):
    """One ratio of shares for each form: value, interval, bounds of rounding."""
    return pd.DataFrame(
        [
            {"period": "2017", "region": "Haaglanden", "origin": "niet_westers", "form": form, "measure": "form_share_ratio",
             "value": value, "lower": lower, "upper": upper, "lower_rounding": low, "upper_rounding": high,
             "relative_to": "nederlands", "status": "shown", "synthetic": False, "source": "made up"}
            for form, (value, lower, upper, low, high) in rows.items()
        ]
    )  # fmt: skip


def bands(**rows):
    return forms(**{form: (0, low, high, low, high) for form, (low, high) in rows.items()}).assign(
        measure="prediction_band"
    )


def test_only_what_the_whole_interval_decides_is_firm(output):
    table = forms(
        with_residence=(1.3, 1.2, 1.4, 1.25, 1.35),  # above 1: firm
        protection=(1.1, 0.9, 1.3, 1.05, 1.15),  # the interval holds 1: open
        probation=(0.8, 0.7, 0.95, 0.75, 1.02),  # rounding allows 1: open
    )
    write(table, output, "forms_of_care_by_region")
    write(
        bands(with_residence=(1.0, 2.0), protection=(1.2, 2.0), probation=(0.5, 2.0)),
        output,
        "forms_of_care_region_among_regions",
    )
    above, undecided, spread = page_findings("en", output / "figures")
    assert above["firm"]
    assert (
        "more often included care with residence (1.30 times, interval 1.20 to 1.40) for youths with a non-western"
        in above["sentence"]
    )
    assert not undecided["firm"]
    assert "child protection (1.10 times" in undecided["sentence"]
    assert "youth probation (0.80 times" in undecided["sentence"]
    assert "within the spread of the other youth care regions for 2 of the 3 forms" in spread["sentence"]


def test_made_up_data_never_open_the_page(output):
    write(forms(with_residence=(1.3, 1.2, 1.4, 1.25, 1.35)).assign(synthetic=True), output, "forms_of_care_by_region")
    write(bands(with_residence=(1.0, 2.0)), output, "forms_of_care_region_among_regions")
    assert page_findings("nl", output / "figures") == []


def verdict(form, verdict, side, lower, upper):
    return {"region": "Haaglanden", "origin": "niet_westers", "form": form, "choice": "all choices", "verdict": verdict,
            "side": side, "value": 1, "lower": lower, "upper": upper, "denominator": 18, "status": "shown",
            "synthetic": False}  # fmt: skip


def test_a_verdict_decides_about_use_relative_to_need(output):
    rows = [
        verdict("without_residence", "undecided", "below 1", 0.48, 0.91),
        verdict("probation", "decided", "above 1", 1.31, 2.42),
    ]
    write(pd.DataFrame(rows), output, "use_relative_to_need_verdicts")
    write(pd.DataFrame({"year": [2015, 2017], "status": "shown", "synthetic": False}), output, "use_relative_to_need")
    firm, undecided = page_findings("en", output / "figures")
    assert firm["firm"]
    assert firm["sentence"].startswith(
        "In 2015-2017, youths with a non-western migration background in Haaglanden had youth probation more"
    )
    assert "1.31 to 2.42 times, by all 18 ways" in firm["sentence"]
    assert not undecided["firm"]
    assert "care without residence (0.48 to 0.91 times: always less, but still too uncertain)" in undecided["sentence"]


def test_made_up_figures_stand_apart_with_a_warning(output):
    save("07_example", 3.0, synthetic=True)
    save("01_real", 4.0)
    save("55_unknown", 5.0)
    dutch, english = pages(output)
    places = [english.index(f'id="{stem}"') for stem in ("01_real", "55_unknown", "examples", "07_example_synthetic")]
    assert places == sorted(places)
    assert "no results about real youths" in english[places[2] : places[3]]
    assert "MADE-UP FIGURES" in english[places[3] :]
    assert "VERZONNEN CIJFERS" in dutch
    assert "MADE-UP FIGURES" not in english[: places[2]].upper()
    assert report_words("page", "en")["questions"]["other"] in english[: places[1]]


def test_the_banner_computes_the_age_of_the_split_by_origin(project):
    raw = project / "data" / "raw"
    origin = pd.read_csv(raw / "care_by_origin.csv", usecols=["period"], dtype=str)["period"].str[:4].astype(int).max()
    total = pd.read_csv(raw / "care_totals.csv", usecols=["period", "period_kind"], dtype=str)
    last = total.loc[total["period_kind"] == "year", "period"].astype(int).max()
    assert age_of_origin() == {"origin": origin, "total": last, "age": last - origin}


def test_every_link_leads_somewhere_and_every_id_is_one_of_a_kind(project_page):
    for path in project_page:
        found = Links(path.read_text(encoding="utf-8"))
        assert len(found.ids) == len(set(found.ids))
        inside = {link[1:] for link in found.links if link.startswith("#")}
        assert inside <= set(found.ids)
        beside = {link for link in found.links if not link.startswith(("#", "https://opendata.cbs.nl", "data:"))}
        assert len(beside) > 100
        assert [link for link in sorted(beside) if not (path.parent / link).is_file()] == []


def test_every_figure_is_there_with_its_words_and_its_description(project_page):
    figures = read_report_figures(project_page[0].parent)
    for path, language in zip(project_page, ("nl", "en"), strict=True):
        text = path.read_text(encoding="utf-8")
        found = Links(text)
        assert found.labels == [figure["texts"][language]["alt"] for figure in sorted(figures, key=_on_page)]
        for figure in figures:
            article = text.split(f'id="{figure["stem"]}"')[1].split("</article>")[0]
            assert article.count("<dd>") == 2
            assert figure["files"]["csv"] in article
        assert text.count('role="img"') == len(figures)


def _on_page(figure):
    return (figure["synthetic"], figure["stem"])


def test_words_about_people_weight_and_sameness(project_page):
    for path, language in zip(project_page, ("nl", "en"), strict=True):
        text = path.read_text(encoding="utf-8")
        check_words(re.sub(r"<(style|script|svg).*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL), language)
        assert len(text.encode()) < 5_000_000
    before = [path.read_bytes() for path in project_page]
    assert [path.read_bytes() for path in make_page(project_page[0].parent)[:2]] == before


def test_a_text_file_says_what_is_here_and_how_it_may_be_used(project_page):
    folder = project_page[0].parent
    text = (folder / "LEES_MIJ.txt").read_text(encoding="utf-8")
    dutch, english = text.split("\nREAD ME\n")
    for part, language in ((dutch, "nl"), (english, "en")):
        check_words(part, language)
        assert "CC BY 4.0" in part
        assert f"(version {bereik.__version__}). Based on CBS StatLine." in part
        assert {f"_{mark}" in part for mark in ("verzonnen", "synthetic")} == {True}
        named = re.findall(r"^  (\S+?),? ", part, flags=re.MULTILINE)
        assert len(named) == 5
        assert [name for name in named if not (folder / name).exists()] == []
    assert dutch.startswith("LEES MIJ")
    assert not re.search(r"[{}]", text)


def test_no_number_is_typed_in_words_or_templates(project):
    for language in ("nl", "en"):
        for text in _texts(report_words("page", language)):
            assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", text)), text
    html = (project / "src/bereik/report/templates/page.html.j2").read_text(encoding="utf-8")
    visible = re.sub(r"\{[{%].*?[%}]\}|<[^>]*>", "", html, flags=re.DOTALL)
    assert not re.search(r"\d", visible)


def _texts(words):
    return [text for value in words.values() for text in (_texts(value) if isinstance(value, dict) else [value])]


def test_every_word_has_two_languages(project):
    waiting = [tomllib.loads((project / "src/bereik/report/words/page.toml").read_text(encoding="utf-8"))]
    while waiting:
        part = waiting.pop()
        if {"nl", "en"} & set(part):
            assert set(part) == {"nl", "en"}, part
        else:
            waiting += part.values()


def test_the_picture_loses_its_frame_and_keeps_its_drawing():
    """Title at the top and source at the bottom go, and the height with them: from 30 + 13/2 to 90 - 9 - 8."""

    def text(number, size, *lines):
        made = [f'<text style="font-size: {size}px" {place}>{words}</text>' for words, place in lines]
        return f'<g id="text_{number}">\n{"".join(made)}</g>'

    title = text(1, 13, ("A", 'transform="translate(5 15)"'), ("title", 'transform="translate(5 30)"'))
    drawn, source = text(2, 9, ("drawn", 'x="5" y="50"')), text(3, 9, ("The source", 'x="5" y="90"'))
    across = text(4, 54, ("MADE UP", 'transform="translate(5 70) rotate(-18)"'))
    svg = f'<svg viewBox="0 0 100 100">{title}{drawn}{source}{across}</svg>'
    texts = {"title": "A title", "subtitle": "x", "source": "The source", "alt": 'Says "what" is < drawn'}
    got = inline_picture(svg, {"stem": "01_a", "texts": {"en": texts}}, "en")
    assert 'viewBox="0 36.5 100 36.5"' in got
    assert ">drawn</text>" in got
    assert ">MADE UP</text>" in got
    assert ">title<" not in got
    assert "The source" not in got
    assert 'aria-label="Says &quot;what&quot; is &lt; drawn"' in got


def test_no_figures_or_a_lost_file_is_a_clear_error(output):
    with pytest.raises(BereikError, match="No figures in the folder.*run `make run`"):
        make_page(output / "figures")
    save("01_use", 1.0)
    write_manifest(output / "figures")
    (output / "figures" / "en" / "01_use.svg").unlink()
    with pytest.raises(BereikError, match="1 files of figures are not there: en/01_use.svg"):
        make_page(output / "figures")
    (output / "figures" / "data" / "manifest.json").write_text("[{", encoding="utf-8")
    with pytest.raises(BereikError, match="cannot be read"):
        make_page(output / "figures")
    (output / "figures" / "data" / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BereikError, match="lists no figure"):
        make_page(output / "figures")


def test_an_error_leaves_the_old_page_whole(output, monkeypatch):
    save("01_use", 1.0)
    old = pages(output)
    real = Path.replace

    def full(self, target):
        if self.name == "index.html" and "made" in self.parts:
            raise OSError(28, "No space left on device")
        return real(self, target)

    save("01_use", 2.0)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BereikError, match="No space left on device.*the former report is still there"):
        pages(output)
    assert [(output / "figures" / name).read_text(encoding="utf-8") for name in ("index.html", "index.en.html")] == old
    assert not list((output / "figures").glob(".report-*"))


def write_and_fail(made):
    (made / "a.txt").write_text("new", encoding="utf-8")
    raise KeyError("a fault that is none of the disk")


def test_a_fault_while_writing_moves_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("old", encoding="utf-8")
    with pytest.raises(KeyError), staged(tmp_path) as made:
        write_and_fail(made)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("a.txt", "old")]


def test_an_unwritable_folder_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BereikError, match="cannot be written"), staged(tmp_path / "file"):
        pass


def test_a_template_refuses_a_name_that_is_not_given():
    with pytest.raises(Exception, match="'words' is undefined"):
        template("page.html.j2", "nl").render()
