"""A notebook teaches: more words than code, the same sections in the same order, a formula, a number by hand, a path onwards."""

import ast
import json
import re
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

BOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
NEEDS_NO_HAND = ("11_programmes_alongside", "12_reach_monitor", "13_what_do_we_know")
FORMULA = r"\$\$.+?\$\$|\$[^$\n]+\$"
FIRST = ["The answer first", "What you need to know"]
LAST = ["Method", "What this shows", "What it does not show", "Exercises", "Where to go next"]


def cells(path, kind):
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]


def code_lines(path):
    return [len(re.findall(r"^\s*[^\s#]", source, re.MULTILINE)) for source in cells(path, "code")]


def words(path):
    """The words that a reader reads: those of the text, and of the method that a cell shows."""
    texts = tomllib.loads(path.parents[1].joinpath("src/bereik/texts", f"{path.name[:2]}.toml").read_text("utf-8"))
    told = [part["en"] if isinstance(part, dict) else part for part in texts.get("method", {}).values()]
    prose = re.sub(FORMULA, "", "\n".join(cells(path, "markdown")), flags=re.DOTALL)
    return re.findall(r"[^\W\d_][\w'’-]*", f"{prose} {told}")


@pytest.fixture(params=BOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


def test_more_is_explained_than_computed(path):
    lines = code_lines(path)
    assert len(words(path)) / sum(lines) >= 12
    assert len(words(path)) <= 1_800
    assert sum(lines) <= 100
    assert max(lines) <= 10


def test_all_code_together_can_be_read_in_an_evening():
    assert sum(sum(code_lines(path)) for path in BOOKS) <= 1_050


def test_sections_stand_in_the_agreed_order(path):
    texts = cells(path, "markdown")
    assert re.match(r"# .*\?$", texts[0].splitlines()[0]), "the title is the question"
    assert re.search(r"\b(minutes|hour)\b", texts[0]), "how long it takes is said at the start"
    headings = re.findall(r"^## (.+)$", "\n".join(texts), re.MULTILINE)
    path_of = headings[len(FIRST) : -len(LAST)]
    assert headings == FIRST + path_of + LAST
    assert path_of.count("By hand") == (path.stem not in NEEDS_NO_HAND) or path.stem in NEEDS_NO_HAND
    assert all(heading.endswith("?") for heading in path_of if heading != "By hand"), path_of
    tagged = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["metadata"].get("tags")]
    assert ["".join(cell["source"]) for cell in tagged] == cells(path, "code")[1 : 1 + len(tagged)] != []


def test_the_path_leads_from_each_notebook_to_the_next(path):
    linked = re.findall(r"\]\(([\w-]+\.ipynb)\)", "\n".join(cells(path, "markdown")))
    assert all((path.parent / name).is_file() for name in linked), linked
    follows = [after.name for before, after in pairwise(BOOKS) if before == path]
    assert set(follows) <= set(re.findall(r"[\w-]+\.ipynb", cells(path, "markdown")[-1]))


def test_the_number_by_hand_is_that_of_the_library_and_the_method_is_told(path):
    code, prose = cells(path, "code"), "\n".join(cells(path, "markdown"))
    if path.stem not in NEEDS_NO_HAND:
        assert any(isinstance(node, ast.Assert) for source in code for node in ast.walk(ast.parse(source)))
        assert "$$" in prose, "a formula"
    assert f'bereik.method("{path.name[:2]}")' in code


def test_a_sentence_is_written_by_the_library_not_in_a_cell(path):
    for node in [node for source in cells(path, "code") for node in ast.walk(ast.parse(source))]:
        if isinstance(node, ast.JoinedStr):
            said = [part.value for part in node.values if isinstance(part, ast.Constant)]
            assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", " ".join(said)), said


def test_no_sentence_stands_in_two_notebooks():
    """Of more than six words; a reader of the collection reads it twice."""
    told = Counter()
    for path in BOOKS:
        plain = re.sub(r"[*`\[\]]|\([\w-]+\.ipynb\)", "", re.sub(FORMULA, "", "\n".join(cells(path, "markdown"))))
        sentences = [
            re.findall(r"\w+", sentence.lower()) for sentence in re.split(r"[.?!:]\s|\n\s*\n|\n[*|\d#]", plain)
        ]
        told.update({" ".join(sentence) for sentence in sentences if len(sentence) > 6})
    assert [sentence for sentence, times in told.items() if times > 1] == []


def test_tables_have_at_most_seven_columns(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            for head in re.findall(
                r"<thead>(.*?)</thead>", "".join(output.get("data", {}).get("text/html", "")), re.DOTALL
            ):
                assert len(re.findall("<th>[^<]", head.split("<tr")[1])) <= 7, cell["id"]
