"""The verbs that turn results into words and pictures: `say` a sentence, `figure` a picture, by the texts of the notebook."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik import plot
from bereik.codelists.names import LANGUAGES, capital, check_language, label
from bereik.codelists.words import check_words
from bereik.errors import FigureError, UnknownNameError
from bereik.paths import project_folder
from bereik.plot.checks import TEXTS
from bereik.plot.frame import only_words
from bereik.plot.write import SavedFigure, write_figure
from bereik.small_cells import INDIVIDUAL, is_individual
from bereik.tables import one_value, rounded, rounded_table
from bereik.texts.example import for_example, who_of_example
from bereik.texts.rows import look_up, matching, pick_row
from bereik.texts.words import entries, fill, variant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Sentence", "figure", "language", "say", "side_of_one"]

_EXAMPLES = {"title": "example_title", "text": "example_title", "alt": "example_words"}
_chosen = {"language": "en"}


def language(code: str) -> None:
    """Choose the language of the sentences, tables and pictures that a notebook shows; files are always in both.

    Parameters
    ----------
    code : {"nl", "en"}
        Dutch or English.

    Raises
    ------
    UnknownNameError
        When it is another one.

    Examples
    --------
    >>> language("en")
    """
    check_language(code)
    _chosen["language"] = code


def chosen_language() -> str:
    """Give the language that `language` chose."""
    return _chosen["language"]


def side_of_one(lower: float, upper: float) -> str:
    """Say on which side of 1 an interval of a ratio lies.

    Parameters
    ----------
    lower, upper : float
        The interval.

    Returns
    -------
    str
        ``above`` when the whole interval is above 1, ``below`` when it is below 1, else ``undecided``.

    Raises
    ------
    FigureError
        When a limit is missing, or the lower one is above the upper one.

    Examples
    --------
    >>> side_of_one(1.18, 1.38), side_of_one(0.9, 1.2)
    ('above', 'undecided')
    """
    lower, upper = rounded([lower, upper])
    if pd.isna(lower) or pd.isna(upper) or lower > upper:
        raise FigureError(
            f"an interval from {lower} to {upper}",
            "two numbers, the lower one first",
            "take a row that is shown, with an interval; a hidden row has no side",
        )
    return "above" if lower > 1 else "below" if upper < 1 else "undecided"


class Sentence(str):
    """One or more sentences, with the rows that they are about.

    Parameters
    ----------
    text : str
        The words; a notebook shows them as Markdown.
    claims : tuple of dict
        For each row that was picked: ``indicator``, ``group``, ``form``, ``place``, ``period``, ``value``, ``direction``.

    Examples
    --------
    >>> Sentence("Use fell.", ({"indicator": "use_rate", "direction": "below"},)).claims[0]["direction"]
    'below'
    """

    claims: tuple[dict[str, Any], ...]

    def __new__(cls, text: str, claims: tuple[dict[str, Any], ...] = ()) -> "Sentence":
        """Keep the claims beside the words."""
        sentence = super().__new__(cls, text)
        sentence.claims = claims
        return sentence

    def _repr_markdown_(self) -> str:
        return str(self)


def say(key: str, *tables: pd.DataFrame, **who: str) -> Sentence:
    """Say what results show, in the words that the notebook's file of texts has for it.

    Parameters
    ----------
    key : str
        An entry ``[say.KEY]`` of ``texts/NN.toml``; it begins with the number of the notebook.
    *tables : pandas.DataFrame
        Result tables; the rows that the sentence is about are picked from them.
    **who
        The codes that the entry asks for: ``region``, ``group``, ``form``, ...

    Returns
    -------
    Sentence
        A text with ``claims``, in the language chosen by `language`. Something hidden becomes a sentence that says so.

    Raises
    ------
    UnknownNameError
        When there is no such entry, or its ``who`` differs from what the call gives.
    FigureError
        When a pick finds no row or more than one, or a word about people is refused.

    Notes
    -----
    Numbers are those of the rows, rounded first (`bereik.tables.rounded`); a text cannot calculate.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> rows = pd.DataFrame({"period": "2023", "region": ["Haaglanden", "Nederland"], "measure": "use_rate",
    ...     "value": [11.4, 11.0], "status": "shown", "synthetic": False, "source": "CBS StatLine 85099NED"})
    >>> use = result_table(rows, ["period", "region"])
    >>> print(say("01_use", use, region="Haaglanden", country="Nederland"))
    In 2023, **11.4** of every 100 youths in Haaglanden had youth care, not clearly more or fewer than in the Netherlands
    (11.0).
    """
    told = Told("say", key, tables, who)
    return Sentence(told.words("text", _chosen["language"]), told.claims())


def figure(
    key: str = "",
    data: pd.DataFrame | None = None,
    *also: pd.DataFrame,
    texts: Mapping[str, Mapping[str, str]] | None = None,
    draw: "Callable[[pd.DataFrame, str], Figure] | None" = None,
    **who: str,
) -> SavedFigure:
    """Draw a figure and write it in two languages, with its texts and its numbers.

    Parameters
    ----------
    key : str
        An entry ``[figure.KEY]`` of ``texts/NN.toml``: which chart of `bereik.plot`, how it is drawn, and its texts.
    data : pandas.DataFrame
        The result table that is drawn; its texts pick their rows from it.
    *also : pandas.DataFrame
        More results to pick from, not drawn.
    texts : dict, with a drawing of your own
        ``title``, ``subtitle``, ``source`` and ``alt`` for ``nl`` and ``en``.
    draw : function of a table and a language, with texts of your own
        Gives a matplotlib figure without title, subtitle and source.
    **who
        The codes that the entry asks for: ``region``, ``group``, ``form``, ...

    Returns
    -------
    SavedFigure
        Shows itself in a notebook. A drawing of your own goes to output/figures, one by an entry to `figures_folder`.

    Raises
    ------
    UnknownNameError
        When there is no such entry, or its ``who`` differs from what the call gives.
    FigureError
        When a pick finds no row or more than one, or a text is missing.
    DisclosureError
        When individual data show a cell of fewer than 10 youths, users or non-users.

    Notes
    -----
    A title about a row that is hidden says so; a figure of which nothing is shown is that sentence in a frame.

    Examples
    --------
    >>> figure("02_ratio_by_regio", pd.DataFrame())
    Traceback (most recent call last):
    bereik.errors.UnknownNameError: Unknown figure '02_ratio_by_regio' in bereik/texts (did you mean '02_ratio_by_region' ...
    """
    data = pd.DataFrame() if data is None else data
    if draw is not None and texts is not None:
        folder = project_folder() / "output" / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        return write_figure(key or "00_own", draw, data, texts=texts, language=_chosen["language"], folder=folder)
    told = Told("figure", key, (data, *also), who)
    own = {code: {name: told.words(name, code) for name in TEXTS} for code in LANGUAGES}
    chart = partial(getattr(plot, told.entry["chart"]), **told.options())
    if "status" in data and not data["status"].eq("shown").any():
        reason = _reason(data["status"].iloc[0])
        words = {code: label(f"not_shown_{reason}", code) for code in LANGUAGES}
        chart = partial(only_words, words=words)
    file = told.entry.get("file", "")
    return write_figure(key, chart, told.tables[0], texts=own, language=_chosen["language"], file=file)


class Told:
    """One entry of the texts, with the rows that it is about."""

    def __init__(self, kind: str, key: str, tables: tuple[pd.DataFrame, ...], who: Mapping[str, str]) -> None:
        known = entries()[kind]
        if key not in known:
            raise UnknownNameError(kind, key, known, where="bereik/texts", todo="correct the key")
        self.entry, self.where = known[key], f"the {kind} {key}"
        self.tables = tuple(for_example(table) for table in tables)
        marked = [table[["synthetic"]] for table in tables if "synthetic" in table and len(table)]
        self.synthetic = bool(marked and one_value(pd.concat(marked), "synthetic", where=self.where))
        self.who = who_of_example(who) if self.synthetic else dict(who)
        wanted = self.entry.get("who", [])
        if set(wanted) != set(who):
            raise FigureError(
                f"{self.where} with {', '.join(who) or 'nothing'}",
                f"exactly {', '.join(wanted) or 'nothing'}",
                "correct the call",
            )
        self.rows = (
            pd.concat([rounded_table(table) for table in self.tables], ignore_index=True) if tables else pd.DataFrame()
        )
        self._choose_variant()
        self.context: dict[str, Any] = {**self.who, **self._about()}
        for name, columns in self.entry.get("pick", {}).items():
            self.context[name] = pick_row(self.rows, columns, self.context, f"{name!r} of {self.where}")
        self.each: list[dict[str, Any]] = []
        if "each" in self.entry:
            rows = matching(self.rows, self.entry["each"], self.context, self.where)
            self.each = [{str(column): value for column, value in row.items()} for _, row in rows.iterrows()]
            self.context |= {"first": next(iter(self.each), None), "n": len(self.each)}

    def _choose_variant(self) -> None:
        """Let the texts for the example, or for a reader's own data, replace those for published figures."""
        if "source" not in self.rows or self.rows.empty:
            return
        own = self.rows["source"].map(is_individual).any()
        kind = "synthetic" if bool(self.rows["synthetic"].iloc[0]) else "own" if own else ""
        self.entry = {**self.entry, **self.entry.get(kind, {})}

    def _about(self) -> dict[str, Any]:
        """Say where the results are from."""
        if "source" not in self.rows:
            return {}
        parts = self.rows["source"].astype(str).str.split("; ").explode().drop_duplicates()
        left_out = parts.str.endswith(" left out")  # so many rows, see bereik.counts.tally
        names = parts[~left_out].str.removeprefix(INDIVIDUAL).str.removeprefix("CBS StatLine ")
        told = ", ".join(names.sort_values(kind="stable"))
        return {"sources": told, "left_out": "rows_left_out" if left_out.any() else ""}

    def not_shown(self) -> str:
        """Give the status of the first row that is not shown, or nothing."""
        rows = [row for name in self.entry.get("pick", {}) if (row := self.context[name]) is not None] + self.each
        return next((_reason(row["status"]) for row in rows if row.get("status", "shown") != "shown"), "")

    def words(self, name: str, code: str) -> str:
        """Give one of the texts in a language; what is not shown is said instead of what it would have said."""
        where = f"{name} of {self.where} ({code})"
        reason = self.not_shown()
        if reason and name in ("text", "title", "alt"):
            template = self.entry.get("not_shown", {}).get(reason, {}).get(code) or label(f"not_shown_{reason}", code)
            if name == "alt":  # the title again would describe nothing
                template += f" {variant(self.entry['subtitle'], self.context, where)[code]}"
        else:
            if name not in self.entry:
                raise FigureError(f"no {where}", "a text in both languages", "write it in bereik/texts")
            template = variant(self.entry[name], self.context, where)[code]
            if self.each and "{rows}" in template:
                template = template.replace("{rows}", self._list(code))
        text = capital(fill(template, self.context, code, where))
        if self.synthetic and name in _EXAMPLES:
            text = label(_EXAMPLES[name], code) + (text[:1].lower() + text[1:] if name != "alt" else text)
        check_words(text, code)
        return text

    def _list(self, code: str) -> str:
        """Write a text for each row, in the order of the table."""
        written = []
        for row in self.each:
            values = {**self.context, "row": row}
            for name, columns in self.entry.get("beside", {}).items():
                values[name] = pick_row(self.rows, columns, values, f"{name!r} of {self.where}")
            written.append(fill(variant(self.entry["row"], values, self.where)[code], values, code, self.where))
        return str(self.entry.get("join", "; ")).join(written).replace("{", "{{").replace("}", "}}")

    def options(self) -> dict[str, Any]:
        """Give the words of the call to the chart: codes in place of the placeholders."""

        def filled(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: filled(part) for name, part in value.items()}
            whole = isinstance(value, str) and value.startswith("{") and value.endswith("}")
            return look_up(value[1:-1], self.context, self.where) if whole else value

        options: dict[str, Any] = filled(self.entry.get("draw", {}))
        return options

    def claims(self) -> tuple[dict[str, Any], ...]:
        """Give what the picked rows say, for who compares sentences."""
        rows = [row for name in self.entry.get("pick", {}) if (row := self.context[name]) is not None] + self.each
        return tuple(_claim(row) for row in rows)


def _reason(status: str) -> str:
    """Give one word for what we hid, whatever the reason."""
    return "hidden" if status in ("suppressed", "complementary") else str(status)


def _claim(row: Mapping[str, Any]) -> dict[str, Any]:
    columns = {
        "indicator": "measure",
        "group": "origin",
        "form": "form",
        "place": "region",
        "period": "period",
        "value": "value",
    }
    claim = {name: row.get(column) for name, column in columns.items()}
    limits = row.get("lower"), row.get("upper")
    known = row.get("per") == "ratio" and not any(pd.isna(limit) for limit in limits)
    return claim | {"direction": side_of_one(*limits) if known else None}  # type: ignore[arg-type]
