"""What nbval does not see: cells that were never run, machinery in cells, numbers typed in prose; and that a notebook teaches.

It has more words than code, the same sections in the same order, a formula, a number by hand, and a path to the next one.
"""

import ast
import base64
import io
import json
import re
from collections import Counter
from html import unescape
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import bereik
from bereik.codelists.names import check_words
from bereik.texts.say import method_of

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))
IMPORTS = {"bereik", "matplotlib.figure", "numpy", "pandas", "seaborn", "statsmodels.api", "statsmodels.formula.api"}
# Numbers that are names, not results: years, school years, StatLine tables, notebooks, "per 100", ages 0-22, 95 % intervals.
PICTURE = re.compile(r'<figure><img src="data:image/png;base64,([^"]+)" alt="([^"]+)">')
NAMES = r"\b(19|20)\d\d\b|\b\d{5}NED\b|\b0\d_\w+|\bnotebooks? \d\d\b|\bper 100\b|\b0[- ](to )?22\b|\b95 ?%|\bG4\b"


NO_NUMBER_BY_HAND = ("11", "12", "13")
FORMULA = r"\$\$.+?\$\$|\$[^$\n]+\$"
FIRST = ["The answer first", "What you need to know"]
LAST = ["Method", "What this shows", "What it does not show", "Exercises", "Where to go next"]


def read(path):
    return json.loads(path.read_text(encoding="utf-8")) | {"number": path.name[:2]}


@pytest.fixture(params=BOOKS, ids=lambda path: path.stem)
def book(request):
    return read(request.param)


def code_cells(book):
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def prose(book, kind="markdown"):
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == kind]


def nodes(book):
    return [node for source in prose(book, "code") for node in ast.walk(ast.parse(source))]


def code_lines(book):
    return [len(re.findall(r"^\s*[^\s#]", source, re.MULTILINE)) for source in prose(book, "code")]


def test_every_cell_was_run_in_order_without_errors_or_warnings(book):
    cells = code_cells(book)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]


def test_no_machinery_in_cells(book):
    for node in nodes(book):
        source = ast.unparse(node)
        assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If | ast.Try), f"for the library:\n{source}"
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= IMPORTS, source
        if isinstance(node, ast.ImportFrom):
            assert node.module in IMPORTS, source
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "bereik":
            assert node.attr in dir(bereik), f"{source} is not a public name"
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "bereik.pilot":
            assert node.attr in bereik.pilot.__all__, f"{source} is not a public name"
        if isinstance(node, ast.JoinedStr):
            assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", source), f"a sentence belongs in bereik/texts: {source}"


def test_more_is_explained_than_computed(book):
    told = " ".join(map(str, method_of(book["number"], "en").values()))
    words = re.findall(r"[^\W\d_][\w'’-]*", re.sub(FORMULA, "", "\n".join([*prose(book), told]), flags=re.DOTALL))
    lines = code_lines(book)
    assert len(words) / sum(lines) >= 12
    assert len(words) <= 1_800
    assert sum(lines) <= 100
    assert max(lines) <= 10


def test_the_collection_is_short_and_says_nothing_twice():
    books, told = [read(path) for path in BOOKS], Counter()
    assert sum(sum(code_lines(book)) for book in books) <= 1_050
    for book in books:
        plain = re.sub(r"[*`\[\]]|\([\w-]+\.ipynb\)", "", re.sub(FORMULA, "", "\n".join(prose(book))))
        sentences = [re.findall(r"\w+", words.lower()) for words in re.split(r"[.?!:]\s|\n\s*\n|\n[*|\d#]", plain)]
        told.update({" ".join(sentence) for sentence in sentences if len(sentence) > 6})
    assert [sentence for sentence, times in told.items() if times > 1] == []


def test_sections_stand_in_the_agreed_order(book):
    texts, code = prose(book), prose(book, "code")
    assert re.match(r"# .*\?$", texts[0].splitlines()[0]), "the title is the question"
    assert re.search(r"\b(minutes|hour)\b", texts[0]), "how long it takes is said at the start"
    headings = re.findall(r"^## (.+)$", "\n".join(texts), re.MULTILINE)
    middle = headings[len(FIRST) : -len(LAST)]
    assert headings == FIRST + middle + LAST
    assert all(heading.endswith("?") for heading in middle if heading != "By hand"), middle
    tagged = ["".join(cell["source"]) for cell in book["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert tagged == code[1 : 1 + len(tagged)] != [], "the parameters follow the import"
    assert f'bereik.method("{book["number"]}")' in code
    if book["number"] not in NO_NUMBER_BY_HAND:
        assert "By hand" in middle
        assert "$$" in "\n".join(texts), "a formula"
        assert any(isinstance(node, ast.Assert) for node in nodes(book)), "the library gives what the hand gives"


def test_the_path_leads_from_each_notebook_to_the_next(book):
    linked = re.findall(r"\]\(([\w-]+\.ipynb)\)", "\n".join(prose(book)))
    assert set(linked) <= {path.name for path in BOOKS}
    follows = {after.name for before, after in pairwise(BOOKS) if before.name[:2] == book["number"]}
    assert follows <= set(re.findall(r"[\w-]+\.ipynb", prose(book)[-1]))


def test_tables_have_at_most_seven_columns(book):
    shown = ["".join(out.get("data", {}).get("text/html", "")) for cell in code_cells(book) for out in cell["outputs"]]
    for head in re.findall(r"<thead>\s*<tr(.*?)</tr>", "\n".join(shown), re.DOTALL):
        assert len(re.findall("<th>(?!MADE-UP)[^<]", head)) <= 7, head


def test_numbers_in_prose_are_computed(book):
    for text in prose(book):
        bare = re.sub(r"\$\$[^$]*\$\$|`[^`]*`|\[[^\]]*\]\([^)]*\)|^\s*\d\. |^#+ .*$", "", text, flags=re.MULTILINE)
        bare = re.sub(NAMES, "", bare, flags=re.IGNORECASE)
        assert not re.search(r"\d", bare), f"a typed number in: {bare}"


def test_words_about_people(book):
    for text in prose(book):
        check_words(text, "en")


def pictures(book):
    """Each stored picture, with the name of the exported figure that its text names; a drawing of the reader is not exported."""
    for cell in code_cells(book):
        for output in cell["outputs"]:
            data = output.get("data", {})
            shown = PICTURE.match("".join(data.get("text/html", "")))
            if shown and "draw=" not in "".join(cell["source"]):
                yield re.search(r"en/(\d\d_\w+)\.png", "".join(data["text/plain"])).group(1), *shown.groups()


def grey(file):
    return np.asarray(Image.open(file).convert("L").resize((250, 200)), dtype="float64")


def test_stored_pictures_are_the_exported_figures(book):
    """Pictures are not compared by nbval: here each is laid over the exported one (of another size, so not to the pixel)."""
    drawn = any("bereik.figure(" in "".join(cell["source"]) for cell in code_cells(book))
    assert bool(list(pictures(book))) == drawn
    for stem, encoded, alt in pictures(book):
        about = json.loads((FOLDER.parent / "figures" / "data" / f"{stem}.json").read_text(encoding="utf-8"))
        assert unescape(alt) == about["texts"]["en"]["alt"]
        stored = grey(io.BytesIO(base64.b64decode(encoded)))
        apart = np.abs(stored - grey(FOLDER.parent / "figures" / "en" / f"{stem}.png")).mean()
        assert apart < 7, f"{stem} is {apart:.1f} of 255 away from the exported picture"
