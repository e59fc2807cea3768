"""What several tests need: the page of the project, made once, and a real browser that sees every request and message."""

import json
import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def _need(tool: str, name: str, present: object) -> None:
    if present:
        return
    required = name in os.environ.get("BEREIK_REQUIRE", "").split(",")
    (pytest.fail if required else pytest.skip)(f"{tool} is not installed, so this cannot be checked here")


@pytest.fixture(scope="session")
def need():
    """Skip a test when a tool is not there; fail when BEREIK_REQUIRE (browser, spelling) says that it must be."""
    return _need


@pytest.fixture(scope="session")
def project_page(project, tmp_path_factory):
    """The pages (Dutch, English) of the project's own figures, in a folder of their own."""
    from bereik.report.page import write_page

    folder = tmp_path_factory.mktemp("page") / "figures"
    folder.mkdir()
    for file in (project / "figures").iterdir():
        if not file.name.startswith(("index", "LEES_MIJ", ".")):
            (folder / file.name).symlink_to(file)
    (folder.parent / "data").symlink_to(project / "data")
    return write_page(folder, folder)[:2]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A project, in the working folder, with the notebooks that a test gives it."""
    import nbformat

    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "datapackage.json").write_text("{}")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)

    def add(name, *cells, parameters=""):
        made = [nbformat.v4.new_code_cell(cell, id=f"cell-{number}") for number, cell in enumerate(cells, start=1)]
        tagged = [nbformat.v4.new_code_cell(parameters, id="cell-0", metadata={"tags": ["parameters"]})]
        book = nbformat.v4.new_notebook(cells=tagged * bool(parameters) + made)
        nbformat.write(book, tmp_path / "notebooks" / f"{name}.ipynb")

    add.folder = tmp_path
    return add


@pytest.fixture(scope="session")
def contents():
    """The function that gives every file below a folder, or in some folders of it, with its content."""

    def files_of(folder: Path, *kinds: str) -> dict[Path, bytes]:
        places = [folder / kind for kind in kinds] or [folder]
        return {path: path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()}

    return files_of


@pytest.fixture(scope="session")
def tracked(project):
    """The files that git knows, as far as they are there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=project, capture_output=True, check=True).stdout.decode()
    return {name for name in listed.split("\0") if (project / name).is_file()}


@pytest.fixture(scope="session")
def sources(project):
    """All Python of the project: of each module, and of each cell of the notebooks."""
    found = {str(path): path.read_text("utf-8") for path in (project / "src").rglob("*.py")}
    for path in (project / "notebooks").glob("*.ipynb"):
        cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
        found |= {f"{path.name} {number}": "".join(cell["source"]) for number, cell in enumerate(cells)}
    return found


class Browser:
    """One Chromium; it keeps what pages asked for and complained about."""

    def __init__(self, chromium):
        self._chromium = chromium
        self.requests: list[str] = []
        self.messages: list[str] = []

    def open(self, file: Path, width: int = 1440, height: int = 900, **options):
        """Open a file in a fresh page, at a width in CSS pixels; `options` are those of a playwright context."""
        context = self._chromium.new_context(viewport={"width": width, "height": height}, **options)
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda said: self.messages.append(said.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.goto(file.as_uri())
        return page

    def outside(self) -> list[str]:
        """Give the requests to anywhere but a file or the page itself."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "about:", "blob:"))]

    def violations(self, page) -> list[str]:
        """Give what axe finds against WCAG 2.2 A and AA and its best practices, one line for each fault."""
        from axe_playwright_python.sync_playwright import Axe

        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = Axe().run(page, options={"runOnly": tags}).response["violations"]
        return [f"{fault['id']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]

    def overflow(self, page) -> int:
        """Give by how many CSS pixels the page is wider than the window."""
        return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def faces(self, page) -> list[list[str]]:
        """Give the fonts that a page brings, once it has fetched what it needs: family, weight and whether it loaded."""
        every = "document.fonts.ready.then(all => [...all].map(face => [face.family, face.weight, face.status]))"
        return page.evaluate(every)

    def drawn_with(self, page, selector: str) -> set[tuple[str, bool]]:
        """Give the fonts that the words of an element are drawn with, and whether each comes from the page itself."""
        asked = page.context.new_cdp_session(page)
        asked.send("DOM.enable")
        asked.send("CSS.enable")
        root = asked.send("DOM.getDocument")["root"]["nodeId"]
        node = asked.send("DOM.querySelector", {"nodeId": root, "selector": selector})
        used = asked.send("CSS.getPlatformFontsForNode", node)["fonts"]
        return {(font["familyName"], font["isCustomFont"]) for font in used}

    def close_pages(self) -> None:
        """Close what is open and forget what was seen."""
        for context in self._chromium.contexts:
            context.close()
        self.requests.clear()
        self.messages.clear()


@pytest.fixture(scope="session")
def chromium():
    """The browser program, started once for all tests."""
    program = shutil.which("chromium")
    _need("chromium", "browser", program)
    _need("playwright", "browser", find_spec("playwright"))
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def browser(chromium):
    """A browser without a page, for one test."""
    made = Browser(chromium)
    yield made
    made.close_pages()


@pytest.fixture(scope="session")
def without_dejavu(chromium, tmp_path_factory):
    """A browser on a machine that has one font only, and that is not the one of the figures."""
    import matplotlib

    fonts = tmp_path_factory.mktemp("fonts")
    shutil.copy(Path(matplotlib.get_data_path(), "fonts", "ttf", "STIXGeneral.ttf"), fonts)
    known = f"<fontconfig><dir>{fonts}</dir><cachedir>{fonts / 'cache'}</cachedir></fontconfig>"
    (fonts / "fonts.conf").write_text(f'<?xml version="1.0"?>\n{known}\n', encoding="utf-8")
    settings = {**os.environ, "FONTCONFIG_FILE": str(fonts / "fonts.conf")}
    program = shutil.which("chromium")
    started = chromium.browser_type.launch(executable_path=program, args=["--no-sandbox"], env=settings)
    yield Browser(started)
    started.close()


@pytest.fixture(scope="session")
def expected_youths():
    """The expected shares of youths and users of the example, from the numbers of its generator."""
    from bereik.data import synthetic

    @cache
    def expected(informant, scheme="dutch_norms"):
        facts, cells = synthetic.read_facts("synthetic"), synthetic._model()
        names, chance = synthetic._reported_bands(informant, scheme)
        starts = [low for low, _ in facts["age_bands"]]
        weights = [cells.weight, *(cells.weight * use for use in cells.use)]
        shares = [np.add.reduceat(np.einsum("ocahs,oasb->ocahb", each, chance), starts, axis=2) for each in weights]
        ages = [f"{low}-{high}" for low, high in facts["age_bands"]]
        axes = {"origin": facts["origins"], "sex": synthetic.SEXES, "age_band": ages}
        axes |= {"household": range(2 * len(synthetic.INCOMES)), "severity": names}
        table = pd.MultiIndex.from_product(axes.values(), names=axes).to_frame(index=False)
        table = table.assign(**synthetic._household_columns(table.pop("household").to_numpy()))
        axes["income_group"] = synthetic.INCOMES[1:]
        for name in ("origin", "age_band", "severity", "income_group"):
            table[name] = pd.Categorical(table[name], categories=axes[name], ordered=True)
        columns = zip(["youths", *facts["forms"]], shares, strict=True)
        return table.assign(**{name: each.ravel() for name, each in columns})

    return expected
