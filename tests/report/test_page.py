"""The page: findings by rule, numbers that follow the tables, links that exist, and words that are complete."""

import re
import shutil
import tomllib
from html import unescape
from html.parser import HTMLParser

import openpyxl
import pandas as pd
import pytest

import bereik
from bereik.codelists.names import LANGUAGES, check_words
from bereik.errors import BereikError
from bereik.report.findings import CERTAINTY, page_sentences
from bereik.report.page import write_page
from bereik.report.shared import inline_picture, read_figures, words_of
from bereik.runner import write_manifest
from bereik.texts.say import method_of
from bereik.texts.words import entries


def write_table(output, name, *rows, **same):
    """Write a table of data/processed of a run in the folder `output`."""
    fixed = {"region": "Haaglanden", "origin": "niet_westers", "measure": "any", "status": "shown", "synthetic": False}
    path = output / "data" / "processed" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([fixed | same | row for row in rows]).to_csv(path, index=False)


def figure(value, lower, upper, low, high):
    return {"value": value, "lower": lower, "upper": upper, "lower_rounding": low, "upper_rounding": high}


def write_use(output, region, country):
    """Write the table of use in a region and in the country, as notebook 01 does."""
    rows = [
        {"region": name, "region_kind": kind} | figure(value, value - 0.1, value + 0.1, value - 0.05, value + 0.05)
        for name, kind, value in [("Haaglanden", "jeugdregio", region), ("Nederland", "country", country)]
    ]
    write_table(output, "use_of_youth_care", *rows, period="2023", period_kind="year", measure="use_rate")


def pages(output):
    write_manifest(output / "figures")
    *made, read_me = write_page(output / "figures", output / "figures")
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


def words_on(text, without="style|script|svg"):
    return re.sub(rf"<({without}).*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)


def test_numbers_follow_the_table_everywhere(output, save_figure):
    """A value stands in sentence, title, picture, numbers and page, and no other."""
    value, other = 12.6, 11.4
    (output / "figures").mkdir()
    save_figure(output / "figures", "01_use", other)
    save_figure(output / "figures", "01_use", value)
    write_use(output, value, 11.0)
    dutch, english = pages(output)
    said = "kregen 12,6 van elke 100 jongeren tot 23 jaar in Haaglanden jeugdzorg. Dat is meer dan in Nederland (11,0)"
    assert said in dutch
    said = "12.6 of every 100 youths under 23 in Haaglanden had youth care. That is more than in the Netherlands (11.0)"
    assert said in english
    parts = ("<h4>It is 12.6 (01_use, en)</h4>", ">value 12.6</text>", 'href="data/01_use.xlsx"')
    assert [part for part in parts if part not in english] == []
    book = openpyxl.load_workbook(output / "figures" / "data" / "01_use.xlsx")
    assert value in {cell for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row}
    for text in (dutch, english):
        said = words_on(text, "style|script") + " ".join(Links(text).labels)
        assert not re.search(f"{other:.1f}".replace(".", "[.,]"), said)


def found_in(output, language):
    said = page_sentences(output / "figures")[language]
    return [{"sure": sure, "sentence": sentence} for sure in CERTAINTY for sentence in said[sure]]


def test_the_direction_of_a_sentence_follows_the_table(output):
    for region, sure, words in ((10.0, "established", "minder dan in Nederland"), (11.05, "open", "te klein om zeker")):
        write_use(output, region, 11.0)  # 10.95-11.15 and 10.9-11.1 overlap
        (row,) = found_in(output, "nl")
        assert (row["sure"], words in row["sentence"]) == (sure, True)


def write_forms(output, synthetic=False, **forms):
    """Write for each form the shares, their ratio with interval and bounds of rounding, and the band of the other regions."""
    same = {"period": "2017", "relative_to": "nederlands", "synthetic": synthetic}
    ratios = [{"form": form, "measure": "form_share_ratio"} | figure(*five) for form, (*five, _, _) in forms.items()]
    shares = [
        {"form": form, "measure": "form_share", "origin": origin} | figure(value, value, value, value, value)
        for form in forms
        for origin, value in (("niet_westers", 7.7), ("nederlands", 4.4))
    ]
    bands = [{"form": form} | figure(0, low, high, low, high) for form, (*_, low, high) in forms.items()]
    write_table(output, "forms_of_care_by_region", *ratios, *shares, **same)
    write_table(output, "forms_of_care_region_among_regions", *bands, measure="prediction_band", **same)


def test_only_what_the_whole_interval_decides_is_established_and_nothing_made_up(output):
    forms = {
        "with_residence": (1.3, 1.2, 1.4, 1.25, 1.35, 1.0, 2.0),  # above 1: firm
        "protection": (1.1, 0.9, 1.3, 1.05, 1.15, 1.2, 2.0),  # the interval holds 1: open; below the band
        "probation": (0.8, 0.7, 0.95, 0.75, 1.02, 0.5, 2.0),  # rounding allows 1: open
    }
    write_forms(output, synthetic=True, **forms)
    assert found_in(output, "nl") == []
    write_forms(output, **forms)
    said = {row["sentence"].split("?")[0].split(".")[0]: row["sure"] for row in found_in(output, "en")}
    group, words = "youths with a non-western migration background", "established"
    assert said == {
        f"Of every 100 {group} who were in care, 8 lived away from home (care with residence)": "established",
        f"Do {group} in care more or less often have child protection": "open",
        f"Do {group} in care more or less often have youth probation": "open",
        f"For 2 of the 3 forms of care, Haaglanden does not stand out among the youth care regions ({group}, 2017)": words,
    }


def write_verdicts(output, **forms):
    rows = [{"form": form, "verdict": word, "side": side} for form, (word, side) in forms.items()]
    same = {"measure": "range_over_choices", "value": 1, "denominator": 9, "lower": 0.71, "upper": 0.85}
    write_table(output, "use_relative_to_need_verdicts", *rows, years="2015-2017", **same)


VERDICTS = [
    ("points one way", "below 1", "one way", "all 9 calculations point to less"),
    ("points one way", "above 1", "one way", "all 9 calculations point to more"),
    ("established", "below 1", "established", "there is less care without residence than their problems call for"),
    ("established", "above 1", "established", "there is more care without residence than their problems call for"),
    ("open", "", "open", "Does care without residence fit"),
]


@pytest.mark.parametrize(("verdict", "side", "sure", "words"), VERDICTS)
def test_a_verdict_gives_the_sentence_and_the_list_it_stands_in(output, verdict, side, sure, words):
    write_verdicts(output, without_residence=(verdict, side), probation=(verdict, side))
    need, police = found_in(output, "en")
    assert (need["sure"], police["sure"]) == (sure, sure)
    assert words in need["sentence"]
    assert police["sentence"].endswith("is no measure of behaviour.")


FEWER = [(1759, 1485, 2032, "established", "about 1,750 fewer young people with a migration background in Haaglanden")]
FEWER += [(-430, -600, -300, "established", "about 450 more"), (10, -90, 110, "open", "too small to be sure")]


@pytest.mark.parametrize(("value", "lower", "upper", "sure", "words"), FEWER)
def test_how_many_youths_that_is_is_no_number_of_missed_youths(project, output, value, lower, upper, sure, words):
    row = figure(value, lower, upper, value - 4, value + 4) | {"form": "without_residence", "year": 2016}
    row |= {"measure": "expected_minus_observed", "population_used": "residents_0_22"}
    write_table(output, "use_per_head_by_origin", row, origin="met_migratieachtergrond")
    shutil.copy(project / "data" / "processed" / "what_do_we_know.csv", output / "data" / "processed")
    said, _ = found_in(output, "en")
    assert (said["sure"], words in said["sentence"]) == (sure, True)
    assert ("not a count of young people who were missed" in said["sentence"]) is (value > 1000)


def test_made_up_figures_are_not_on_the_page_but_for_a_link(output, save_figure):
    (output / "figures").mkdir()
    for stem, synthetic in {"07_example": True, "01_real": False, "55_unknown": False}.items():
        save_figure(output / "figures", stem, 3.0, synthetic=synthetic)
    for text in pages(output):
        seen = Links(text)
        assert {"01_real", "55_unknown", "07_example_synthetic"} & set(seen.ids) == {"01_real", "55_unknown"}
        assert len([link for link in seen.links if "07_" in link]) == 1
    assert words_of("page", "en")["questions"]["other"] in text


IMPOSED = "(?i)reclassering|verdacht|halt|probation|suspect"
TO_RECORD = "(?i)(leg|registreer|noteer) .*herkomst|(record|register|note) .*origin"


def test_every_link_leads_somewhere_every_figure_is_described_and_no_word_does_harm(project_page, first_number):
    folder, before = project_page[0].parent, [path.read_text(encoding="utf-8") for path in project_page]
    figures = [entry for entry in read_figures(folder) if not entry["synthetic"]]
    for text, language in zip(before, ("nl", "en"), strict=True):
        seen = Links(text)
        assert len(seen.ids) == len(set(seen.ids))
        assert {link[1:] for link in seen.links if link.startswith("#")} <= set(seen.ids)
        beside = {link for link in seen.links if not link.startswith(("#", "https://", "data:"))}
        assert (len(beside) > 100, [link for link in sorted(beside) if not (folder / link).is_file()]) == (True, [])
        described = [entry["texts"][language]["alt"] for entry in figures]
        assert sorted(seen.labels) == sorted(2 * described), "wide and narrow, of which one is shown"
        for entry in figures:
            article = text.split(f'id="{entry["stem"]}"')[1].split("</article>")[0]
            assert (article.count("<dd>"), entry["files"]["csv"] in article) == (2, True)
        for told in (method_of(number, language) for number in entries()["method"]):
            parts = [told[name] for name in told if name not in ("formula", "assumptions")] + told["assumptions"]
            assert [part for part in parts if part not in unescape(text)] == []
        numbers = [int(number) for number in re.findall(r">(?:Figuur|Figure) (\d+)\. ", text)]  # a table has none
        assert numbers == [*range(1, len(figures) + 1)], "as in the PDF"
        check_words(words_on(text), language)
        first = first_number(words_on(text.split("<main")[1]))
        assert ("zonder verblijf" if language == "nl" else "without residence") in first
        titles = re.findall(r"<h[12].*?</h[12]>", text.split('class="answers"')[0])
        assert len(titles) == 2
        assert [one for one in titles if re.search(IMPOSED, one) and "contact" not in one] == []
        told = [one for one in re.split(r"[.!?]\s", words_on(text)) if re.search(TO_RECORD, one)]
        assert [re.search(r"\b(geen|not|niet)\b", one) is not None for one in told] == [True]
        assert len(text.encode()) < 2_000_000
    assert [path.read_text(encoding="utf-8") for path in write_page(folder, folder)[:2]] == before


def test_a_text_file_says_what_is_here_and_how_it_may_be_used(project_page):
    folder = project_page[0].parent
    text = (folder / "LEES_MIJ.txt").read_text(encoding="utf-8")
    assert re.fullmatch(r"LEES MIJ[^{}]*", text)
    for part, language in zip(text.split("\nREAD ME\n"), ("nl", "en"), strict=True):
        check_words(part, language)
        assert "CC BY 4.0" in part
        assert re.search(rf"\(version {bereik.__version__}, \d{{4}}-\d\d-\d\d\)\. Based on CBS StatLine\.", part)
        names = re.findall(r"^  (\S+?),? ", part, flags=re.MULTILINE)
        assert len(names) == 5
        assert [name for name in names if not (folder / name).exists()] == []


WORDS = [f"report/words/{name}" for name in ("page", "factsheet", "pdf", "read_me", "changes")]


@pytest.mark.parametrize("name", [*WORDS, "codelists/names", "plot/workbook"])
def test_every_word_has_two_languages_none_is_refused_and_no_number_is_typed(project, name):
    text = (project / "src/bereik" / f"{name}.toml").read_text(encoding="utf-8")
    waiting = [tomllib.loads(text)]
    for part in waiting:
        if {type(part.get("nl")), type(part.get("en"))} & {str}:  # a column may be called nl
            assert set(part) - {"unit", "codes"} == {"nl", "en"}, part
            for language in LANGUAGES:
                words = part[language]
                assert words.strip(), part
                check_words(words, language)
                bare = re.sub(r"\{[^}]*\}|\w+NED|\b20\d\d\b", "", words)
                assert name != WORDS[0] or not re.search(r"\d", bare), words
        else:
            waiting += part.values()
    html = (project / "src/bereik/report/templates/page.html.j2").read_text(encoding="utf-8")
    assert not re.search(r"\d", re.sub(r"\{[{%].*?[%}]\}|<[^>]*>", "", html, flags=re.DOTALL))


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
    picture = inline_picture(svg, "01_a", texts)
    assert 'aria-label="Says &quot;what&quot; is &lt; drawn"' in picture
    there = ('viewBox="0 36.5 100 36.5"', ">drawn</text>", ">MADE UP</text>")
    assert [words in picture for words in (*there, ">title<", "The source")] == [True] * 3 + [False] * 2
    both = inline_picture(svg, "01_a", texts, svg)
    assert (both.count("<svg"), len(set(re.findall(r'\bid="(.*?)"', both)))) == (2, both.count(' id="'))


def test_no_figures_or_a_lost_file_is_a_clear_error(output, save_figure):
    folder = output / "figures"
    folder.mkdir()
    with pytest.raises(BereikError, match="No figures in the folder.*run `make run`"):
        read_figures(folder)
    save_figure(folder, "01_use", 1.0)
    manifest = write_manifest(folder)
    (folder / "en" / "01_use.svg").unlink()
    faults = {"[{": "cannot be read", "[]": "lists no figure", manifest.read_text("utf-8"): "1 files .* en/01_use.svg"}
    for text, fault in faults.items():
        manifest.write_text(text, encoding="utf-8")
        with pytest.raises(BereikError, match=fault):
            read_figures(folder)
