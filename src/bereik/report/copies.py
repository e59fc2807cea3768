"""The notebooks as HTML files, which any browser opens without Python and without a network: `bereik html`."""

import re
from functools import partial
from pathlib import Path

import nbformat
from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from bereik.paths import project_folder
from bereik.transaction import write_whole

_STYLE = """<style>main { max-width: 62rem; margin: 0 auto } .jp-RenderedHTMLCommon a { text-decoration: underline !important }
body { --jp-cell-editor-background: #fff } .highlight { background: #fff !important }</style>"""  # lines, links, code to read


class _Renderer(IPythonRenderer):
    """Makes MathML of a formula: a browser draws it, and reads it aloud, by itself."""

    block_math = staticmethod(partial(convert, display="block"))
    inline_math = staticmethod(partial(convert, display="inline"))


class _Exporter(HTMLExporter):
    @pass_context
    def markdown2html(self, context: object, source: str) -> str:
        return str(MarkdownWithMath(renderer=_Renderer(escape=False, exclude_anchor_links=True)).render(source))


def write_copies(folder: Path) -> list[Path]:
    """Write each notebook of the project, with the outputs that it has, as one HTML file without scripts.

    Parameters
    ----------
    folder : path
        Where to write; made when it does not exist.

    Returns
    -------
    list of pathlib.Path
        The files that were written, in the order of the notebooks.

    Raises
    ------
    ProjectNotFoundError
        When the working folder is not in a project.

    Notes
    -----
    Nothing is executed and nothing is asked of a network. Links between notebooks lead to the HTML files.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(write_copies(Path(folder))[0].name)
    00_start_here.html
    """
    folder.mkdir(parents=True, exist_ok=True)
    exporter, written = _Exporter(exclude_input_prompt=True, exclude_output_prompt=True), []
    for path in sorted((project_folder() / "notebooks").glob("*.ipynb")):
        book = nbformat.read(path, as_version=4)
        book.metadata["title"] = (book.cells[0].source if book.cells else path.stem).split("\n")[0].lstrip("# ")
        page = re.sub(r"<script\b.*?</script>", "", exporter.from_notebook_node(book)[0], flags=re.DOTALL)
        page = re.sub(r'(href="[^":]+)\.ipynb\b', r"\1.html", page).replace("</head>", f"{_STYLE}</head>", 1)
        written.append(write_whole(folder / f"{path.stem}.html", page.replace("<th></th>", "<td></td>")))
    return written
