"""Makes the report after a run, when something that it shows has changed."""

import json
from collections.abc import Callable
from pathlib import Path

from bereik.paths import project_folder
from bereik.runner.memory import Memory, digest
from bereik.runner.run import output_folder

__all__ = ["update_report"]

_NAME = "report"


def update_report(output: str | None = None, *, force: bool = False, say: Callable[[str], None] = print) -> bool:
    """Write the page, the PDF and the factsheets on the figures of a run, unless nothing changed since the last time.

    Parameters
    ----------
    output : str, optional
        The run's output/NAME; the project's own figures when not given.
    force : bool
        Make the report also when nothing changed.
    say : callable
        Gets one line of progress at a time.

    Returns
    -------
    bool
        Whether there is a report: not when the run made no figures.

    Raises
    ------
    BereikError
        When the report cannot be written; the former one is still there.

    Examples
    --------
    >>> update_report("../elsewhere")
    Traceback (most recent call last):
    bereik.errors.UnknownNameError: Unknown output name '../elsewhere'. ...
    """
    from bereik.report.make import make_report

    target = output_folder(output)
    figures, memory = target / "figures", Memory(target)
    shown = json.loads((figures / "data" / "manifest.json").read_text(encoding="utf-8"))
    if not shown:
        return False
    inputs = digest(_inputs(target, [figures / name for figure in shown for name in figure["files"].values()]))
    if not force and memory.is_fresh(_NAME, inputs):
        say("report: nothing changed, skipped")
        return True
    say("report: page, PDF and factsheets ...")
    memory.keep(_NAME, inputs, make_report(figures, say=say))
    return True


def _inputs(target: Path, figures: list[Path]) -> list[Path]:
    """Give every file that the report is made of."""
    package, project = Path(__file__).parents[1], project_folder()
    code = sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    own = [project / "data" / "datapackage.json", project / "CITATION.cff"]
    tables = sorted((target / "data" / "processed").glob("*.csv")) + sorted((project / "data" / "raw").glob("*.csv"))
    return [*code, *(path for path in own if path.is_file()), *tables, *sorted(figures)]
