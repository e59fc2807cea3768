"""What nbval does not see: notebooks that were never run, machinery in cells, numbers typed in prose."""

import ast
import base64
import io
import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import bereik
from bereik.codelists.names import check_words

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))
IMPORTS = {"bereik", "pandas", "numpy", "statsmodels.api", "statsmodels.formula.api", "IPython.display"}
CLOSING = ["What this shows", "What it does not show", "Exercises", "Where to go next"]
OPENING = "What you need to know"
# Numbers that are names, not results: years, school years, StatLine tables, notebooks, "per 100", ages 0-22, 95 % intervals.
PICTURE = re.compile(r'<figure><img src="data:image/png;base64,([^"]+)" alt="([^"]+)">')
NAMES = r"\b(19|20)\d\d\b|\b\d{5}NED\b|\b0\d_\w+|\bnotebooks? \d\d\b|\bper 100\b|\b0[- ](to )?22\b|\b95 ?%|\bG4\b"


@pytest.fixture(params=BOOKS, ids=lambda path: path.stem)
def book(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


def code_cells(book):
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def prose(book):
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "markdown"]


def test_every_cell_was_run_in_order_without_errors_or_warnings(book):
    cells = code_cells(book)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]


def test_no_machinery_in_cells(book):
    for cell in code_cells(book):
        source = "".join(cell["source"])
        tree = ast.parse(source)
        assert len(source.splitlines()) <= 15, source
        for node in ast.walk(tree):
            assert not isinstance(node, ast.FunctionDef | ast.ClassDef), f"definitions belong in the library:\n{source}"
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= IMPORTS, source
            if isinstance(node, ast.ImportFrom):
                assert node.module in IMPORTS, source
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "bereik":
                assert node.attr in dir(bereik), f"bereik.{node.attr} is not a public name"
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "bereik.pilot":
                assert node.attr in bereik.pilot.__all__, f"bereik.pilot.{node.attr} is not a public name"


def test_opens_with_a_question_and_closes_as_agreed(book):
    texts = prose(book)
    assert re.match(r"# .*\?$", texts[0].splitlines()[0]), "the title is the question"
    headings = re.findall(r"^## (.+)$", "\n".join(texts), re.MULTILINE)
    headings = headings[1:] if headings[0] == "The answer first" else headings
    assert headings[0] == OPENING
    assert headings[-4:] == CLOSING
    assert all(heading.endswith("?") or heading in ("By hand", "Method") for heading in headings[1:-4]), headings
    tagged = [cell for cell in code_cells(book) if "parameters" in cell["metadata"].get("tags", [])]
    assert tagged == code_cells(book)[1 : max(len(tagged), 1) + 1], "the parameters, right after the import"


def test_numbers_in_prose_are_computed(book):
    for text in prose(book):
        bare = re.sub(r"\$\$[^$]*\$\$|`[^`]*`|\[[^\]]*\]\([^)]*\)|^\s*\d\. |^#+ .*$", "", text, flags=re.MULTILINE)
        bare = re.sub(NAMES, "", bare, flags=re.IGNORECASE)
        assert not re.search(r"\d", bare), f"a typed number in: {bare}"


def test_words_about_people(book):
    for text in prose(book):
        check_words(text, "en")


def pictures(book):
    """Each stored picture, with the name of the exported figure that its text names."""
    for cell in code_cells(book):
        for output in cell["outputs"]:
            data = output.get("data", {})
            if shown := PICTURE.match("".join(data.get("text/html", ""))):
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
