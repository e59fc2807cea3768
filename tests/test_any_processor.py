"""The same input gives the same output on any processor: stable sorts, rounded values, files that differ by noise left alone."""

import ast
import json

import numpy as np
import pandas as pd
import pytest

from bereik.codelists.names import format_number
from bereik.differences import difference, unchanged
from bereik.plot.write import slim
from bereik.tables import rounded, rounded_table, write_csv
from bereik.texts.say import side_of_one

SORTS = {"sort_values", "sort_index", "argsort", "sort", "nlargest", "nsmallest", "argpartition", "partition"}


def sorts(source):
    """The sorts of numpy and pandas that are not asked to be stable; other processors order their ties in other ways."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for node in (node for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr in SORTS):
        kinds = [word.value for word in node.keywords if word.arg == "kind"]
        of_text = node.func.attr == "partition" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
        of_list = node.func.attr == "sort" and len(node.args) != 1  # stable; another engine's needs a tie-breaker
        if not (of_text or of_list) and not (kinds and ast.literal_eval(kinds[0]) == "stable"):
            yield ast.unparse(node)


def test_an_unstable_sort_is_seen():
    unstable = ["t.sort_values('a')", "np.argsort(x, kind='quicksort')", "rows.sort('a')", "t.nlargest(3)"]
    stable = ["t.sort_values('a', kind='stable')", "np.sort(x, kind='stable')", "rows.sort(key=len)"]
    assert [*sorts("; ".join([*unstable, *stable, "'a=b'.partition('=')"]))] == unstable


def test_every_sort_is_stable(sources):
    assert len(sources) > 13
    assert {name: calls for name, source in sources.items() if (calls := list(sorts(source)))} == {}


def test_rounding_is_to_ten_digits_and_noise_is_zero():
    values = np.random.default_rng(1).lognormal(0, 9, 20_000) * np.random.default_rng(2).choice([-1, 1], 20_000)
    values = values[(np.abs(values) > 1e-12) & (np.abs(values) < 1e10)]
    assert rounded(values).tolist() == [float(f"{value:.10g}") for value in values]
    assert rounded([12_345_678_901.4, 1e300, np.inf, -1e-13, 0.0]).tolist() == [12_345_678_901, 1e300, np.inf, 0, 0]
    assert np.isnan(rounded(np.nan))


@pytest.mark.parametrize("noise", [-1e-12, 0, 1e-12])
def test_words_numbers_and_files_are_those_of_the_rounded_value(noise, tmp_path):
    """1.625 is a tie of two labels, 1 the limit of a ratio: noise decided which label and which word."""
    tie, limit = 1.625 * (1 + noise), 1 + noise
    assert format_number(tie, "en", 2) == "1.62"
    assert [side_of_one(limit, 2), side_of_one(0.5, limit), side_of_one(1.1, 2)] == ["undecided", "undecided", "above"]
    table = pd.DataFrame({"value": [tie, 2 / 3 + noise, noise, 12_345_678_901 + noise, np.nan], "n": [1, 2, 3, 4, 5]})
    written = write_csv(table, tmp_path / "a.csv").read_text(encoding="utf-8")
    assert written == "value,n\n1.625,1\n0.6666667,2\n0,3\n12345678901,4\n,5\n"
    assert rounded_table(table)["value"].tolist()[:4] == [1.625, 0.6666666667, 0.0, 12_345_678_901]


def drawn(step=4, place=5):
    path = f'<g id="line2d_1"><path d="M1 2h3v{step}l1 1" style="stroke-width: 0.8"/></g>'
    text = f'<text style="font-size: 12px" x="61" transform="rotate(-90 {place} 2)">12</text>'
    return f'<svg width="9pt" viewBox="0 0 9 9">{path}{text}</svg>'


SHOWN = {"text/html": '<img src="data:image/png;base64,one" alt="a">', "text/plain": ["12.5%"]}
BOOK = json.dumps({"cells": [{"outputs": [{"data": SHOWN}]}]})


FILES = [
    ("a.csv", "x,value\na,12.5\n", "x,value\na,12.500001\n", ""),
    ("a.csv", "x,value\na,12.5\n", "x,value\na,12.5001\n", "a.csv, row 1, value: 12.5 kept, 12.5001 made"),
    ("a.csv", "x,value\na,0\n", "x,value\na,0.0000000001\n", ""),
    ("a.csv", "code,n\n0518,2000000\n", "code,n\n0518,2000001\n", "a.csv, row 1, n: 2000000 kept, 2000001 made"),
    ("a.csv", "x,value\na,\n", "x,value\na,0\n", "a.csv, row 1, value: empty kept, 0 made"),
    ("a.csv", "x,value\na,1\n", "x,value\na,1\nb,2\n", "a.csv, 2 lines"),
    ("a.svg", drawn(), drawn(step=4.01, place=4.99), ""),
    ("a.svg", drawn(), drawn(place=5.5), "a.svg, a place at 5 kept, 5.5 made"),
    ("a.svg", drawn().replace("h3v4", "l3 0l0 4"), drawn(), ""),
    ("a.svg", drawn(), drawn().replace(">12<", ">13<"), "a.svg, line 1"),
    ("a.svg", drawn(), drawn().replace("0.8", "0.9"), "a.svg, line 1"),
    ("a.html", drawn() + "<p>1</p>", drawn() + "<p>2</p>", "a.html, line 1"),
    ("a.ipynb", BOOK, BOOK.replace("one", "two"), ""),
    ("a.ipynb", BOOK, BOOK.replace("12.5", "12.6"), "a.ipynb, line"),
    ("a.json", '{"title": "1.62"}', '{"title": "1.63"}', "a.json, line 1"),
    ("a.pdf", "one", "two", "a.pdf: other bytes"),
]


@pytest.mark.parametrize(("name", "kept", "made", "told"), FILES)
def test_files_are_compared_by_what_they_tell(name, kept, made, told, tmp_path):
    for folder, text in (("kept", kept), ("made", made)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    line = difference(tmp_path / "kept" / name, tmp_path / "made" / name)
    assert line.startswith(told) if told else line == ""
    assert "\n" not in line


FIGURE = {"01_a.csv": "value\n1.5\n", "01_e.svg": drawn(), "01_e.png": "picture", "01_a.json": "{}"}
FIGURE |= {"01_a.xlsx": "book", "01.ipynb": BOOK}  # the files of a figure, and its notebook
NOISE = {"01_a.csv": "value\n1.50000001\n", "01_e.svg": drawn(step=4.01), "01_e.png": "other dots"}


RENEWED = [
    ({}, set()),
    (NOISE, set()),
    ({"01_e.svg": drawn(step=5), "01_e.png": "x"}, {"01_e.svg", "01_e.png", "01.ipynb"}),
    ({"01_a.csv": "value\n1.6\n"}, {"01_a.csv", "01_a.xlsx"}),
    ({"01_a.json": '{"a": 1}'}, {"01_a.json", "01_a.xlsx"}),
    ({"alone.png": "made of nothing here"}, {"alone.png", "01.ipynb"}),
]


@pytest.mark.parametrize(("changes", "renewed"), RENEWED)
def test_what_is_made_from_what_stayed_stays(changes, renewed, tmp_path):
    for place, texts in {"kept": FIGURE, "made": FIGURE | changes}.items():
        (tmp_path / place).mkdir()
        for name, text in texts.items():
            (tmp_path / place / name).write_text(text, encoding="utf-8")
    same = {str(name) for name in unchanged(tmp_path / "made", tmp_path / "kept")}
    assert (FIGURE | changes).keys() - same == renewed


def test_the_ids_of_a_drawing_do_not_depend_on_its_numbers():
    mark = '<path id="{0}"/><use href="#{0}" clip-path="url(#{1})" fill="#e3e3e3"/>'
    one, two = (slim(mark.format(*ids)) for ids in (("m4e5ab741e5", "p8bee90b1b6"), ("m0000000000", "p1111111111")))
    assert one == two == '<path id="m1"/><use href="#m1" clip-path="url(#p2)" fill="#e3e3e3"/>'
