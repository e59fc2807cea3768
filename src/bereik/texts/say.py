"""The verbs that turn results into words: `say` a sentence, `figure` a picture, `table` a table, by the texts of the notebook."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik import plot
from bereik.categories import check_known
from bereik.codelists import AGES
from bereik.codelists.names import LANGUAGES, capital, check_language, check_words, format_number, label
from bereik.errors import FigureError
from bereik.paths import notebook_folder
from bereik.plot.marks import categories, range_words, row_name
from bereik.plot.style import only_words
from bereik.plot.write import TEXTS, SavedFigure, write_figure
from bereik.suppress import REST, ROUNDED, SMALL_HIDDEN, refuse_unprotected
from bereik.tables import INDIVIDUAL, check_told, one_value, require_columns, require_unique, rounded, rounded_table
from bereik.texts.words import entries, fill, filled, for_example, holds, matching, pick_row, variant, who_of_example

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_EXAMPLES = {"title": "example_title", "text": "example_title", "alt": "example_words"}
_CLAIMED = {"indicator": "measure", "group": "origin", "form": "form", "place": "region"}
_CLAIMED |= {name: name for name in (*AGES, "ages_of_need", "source")}
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
    if not lower <= upper:
        todo = "take a row that is shown, with an interval; a hidden row has no side"
        raise FigureError(f"an interval from {lower} to {upper}", "two numbers, the lower one first", todo)
    return "above" if lower > 1 else "below" if upper < 1 else "undecided"


class Sentence(str):
    """One or more sentences, with the rows that they are about.

    Parameters
    ----------
    text : str
        The words; a notebook shows them as Markdown.
    claims : tuple of dict
        For each row that was picked: ``indicator``, ``group``, ``form``, ``place``, ``period``, ``value``, ``direction``,
        ``ages_of_use``, ``ages_of_population``, ``ages_of_need`` (where the row says them) and ``source``.

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


def method_of(number: str, language: str) -> dict[str, Any]:
    """Give the parts of the method of a notebook in one language, by name.

    Examples
    --------
    >>> method_of("00", "en")["breaks"]
    'A change in who is registered. No interval covers that.'
    """
    methods = entries()["method"]
    check_known("method", number, methods, where="bereik/texts", todo="give the number of a notebook")
    return {name: part[language] if isinstance(part, dict) else part for name, part in methods[number].items()}


def method(number: str) -> Sentence:
    """Say by which method a notebook answers its question.

    Parameters
    ----------
    number : str
        The number of the notebook, two digits; the table ``[method]`` of its ``texts/NN.toml`` is read.

    Returns
    -------
    Sentence
        What is estimated with its formula, three assumptions, the interval, what would break it, and a reference, as Markdown
        in the language chosen by `language`. The page of the figures says the same.

    Raises
    ------
    UnknownNameError
        When there is no such notebook, or its file has no method.

    Notes
    -----
    The formula is LaTeX, which notebooks draw.

    Examples
    --------
    >>> print(method("00").splitlines()[0])
    **What is estimated (estimand).** The use rate of one place in one year, apart from the chance of that year.
    """
    code = _chosen["language"]
    told = method_of(number, code)
    lead = {name: f"**{label(f'method_{name}', code)}.**" for name in told if name != "formula"}
    listed = "\n".join(f"{at}. {text}" for at, text in enumerate(told["assumptions"], 1))
    parts = [f"{lead['estimand']} {told['estimand']}", f"$$\n{told['formula']}\n$$", lead["assumptions"], listed]
    parts += [f"{lead[name]} {told[name]}" for name in ("interval", "breaks", "reference")]
    return Sentence("\n\n".join(parts))


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
        Shows itself in a notebook. A drawing of your own goes to output/notebook/figures, one by an entry to `figures_folder`.

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
    bereik.errors.UnknownNameError: Unknown figure '02_ratio_by_regio' in bereik/texts (did you mean '02_ratio_by_region'?...
    """
    data = pd.DataFrame() if data is None else data
    if draw is not None and texts is not None:
        folder = notebook_folder() / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        return write_figure(key or "00_own", draw, data, texts=texts, language=_chosen["language"], folder=folder)
    told = Told("figure", key, (data, *also), who)
    own = {code: {name: told.words(name, code) for name in TEXTS} for code in LANGUAGES}
    chart = partial(getattr(plot, told.entry["chart"]), **told.options())
    if "status" in data and not data["status"].eq("shown").any():
        reason = f"not_shown_{data['status'].iloc[0]}"
        chart = partial(only_words, words={code: label(reason, code) for code in LANGUAGES})
    file = told.entry.get("file", "")
    more: dict[str, Any] = {"language": _chosen["language"], "file": file, "claims": told.claims(), "also_narrow": True}
    return write_figure(key, chart, told.tables[0], texts=own, **more)


def table(key: str, *tables: pd.DataFrame, lang: str = "", **who: str) -> pd.DataFrame:
    """Set results in a table of words, by the entry of the notebook's file of texts.

    Parameters
    ----------
    key : str
        An entry ``[table.KEY]`` of ``texts/NN.toml``. Either ``column``: for each column a ``head`` and a ``cell``, which is
        filled for each row, perhaps only ``when`` something holds; or ``rows`` and ``across``: the columns whose categories
        stand below and beside each other, with ``decimals`` for a value and its interval, or a ``cell``, and ``absent`` for
        what there is no row of.
    *tables : pandas.DataFrame
        Result tables.
    lang : {"", "nl", "en"}
        The language; by default the one chosen by `language`.
    **who
        The codes that the entry asks for.

    Returns
    -------
    pandas.DataFrame
        Text only. The corner of made-up figures says so.

    Raises
    ------
    UnknownNameError
        When there is no such entry.
    DisclosureError
        When individual data show a cell of fewer than 10 youths, users or non-users.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"origin": ["turkije", "marokko"], "measure": "fully_adjusted_difference", "value": [2.04, None],
    ...                       "lower": [1.5, None], "upper": [2.6, None], "status": ["shown", "hidden"],
    ...                       "synthetic": True, "source": "made up"})
    >>> table("08_adjusted", result_table(frame, ["origin"]))
    MADE-UP FIGURES At equal need and circumstances
    Group B                        2.0 (1.5 to 2.6)
    Group C                    not shown
    """
    for one in tables:
        refuse_unprotected(one)
    lang = lang or _chosen["language"]
    check_language(lang)
    told = Told("table", key, tables, who)
    rows = matching(told.rows, told.entry.get("keep", {}), told.context, told.where)
    if "rows" in told.entry:
        made = _across(rows, told, lang)  # how many columns, depends on the file
    else:
        known = (told.context, told.where)
        columns = [one for one in told.entry["column"] if "when" not in one or holds(one["when"], *known)]
        heads = {fill(one["head"][lang], told.context, lang, told.where): one["cell"] for one in columns}
        records = rows.to_dict("records")
        made = pd.DataFrame({head: [_cell(row, cell, told, lang) for row in records] for head, cell in heads.items()})
    return made.rename_axis(columns=label("synthetic_words", lang) if told.synthetic else None)


def _across(rows: pd.DataFrame, told: "Told", lang: str) -> pd.DataFrame:
    """Set the categories of some columns beside each other."""
    entry = told.entry
    names = [name.format(language=lang) for name in (entry["rows"], *entry["across"])]
    require_columns(rows, [*names, *([] if "cell" in entry else ["status", "lower", "upper"])], where=told.where)
    require_unique(rows, names, where=told.where)
    below, *beside = (categories(rows, name, lang) for name in names)
    records = rows.to_dict("records")
    cells = {tuple(str(row[name]) for name in names): _cell(row, entry.get("cell"), told, lang) for row in records}
    heads = {head: ", ".join(row_name(code, lang) for code in head) for head in product(*beside)}
    # of a rest that there is not, nothing was left out
    absent = {True: "–", False: entry.get("absent") or label("not_published", lang)}
    filled = [[cells.get((code, *head), absent[REST in (code, *head)]) for head in heads] for code in below]
    return pd.DataFrame(filled, [row_name(code, lang) for code in below], list(heads.values()))


def _cell(row: Mapping[Any, Any], cell: Any, told: "Told", lang: str) -> str:
    """Fill a cell, or give a value and its interval when the entry has no text for it."""
    if cell is not None:
        values = {**told.context, "row": row}
        words = fill(variant(cell, values, told.where)[lang], values, lang, told.where)
        return capital(words) if told.entry.get("capital", True) else words
    if row["status"] != "shown":
        return label(str(row["status"]), lang)
    decimals = int(told.entry.get("decimals", 1))
    value = format_number(row["value"], lang, decimals)
    interval = pd.notna(row["lower"]) and pd.notna(row["upper"])
    return f"{value} ({range_words(row['lower'], row['upper'], lang, decimals)})" if interval else value


def told_by(start: str, results: "Results", **who: str) -> list["Told"]:
    """Give the entries of ``say`` whose key begins so, in the order of their file, but for those whose ``when`` does not hold.

    Parameters
    ----------
    start : str
        How the keys begin.
    results : Results
        The rows that they pick from.
    **who
        All codes that the entries ask for, and perhaps more.

    Returns
    -------
    list of Told
        For the report, which has no key of its own for each sentence.

    Examples
    --------
    >>> rows = pd.DataFrame({"measure": [], "region": [], "origin": [], "form": [], "period": []})
    >>> told_by("page_02_", Results(rows, where="rows"), region="Delft", group="turkije", form="protection", year="2017")
    []
    """
    chosen = {key: entry.get("who", []) for key, entry in entries()["say"].items() if key.startswith(start)}
    told = [Told("say", key, results, {name: who[name] for name in names}) for key, names in chosen.items()]
    return [one for one in told if "when" not in one.entry or holds(one.entry["when"], one.context, one.where)]


class Results:
    """Tables as the texts see them: rounded, joined, made-up ones with the codes of an example, and where they are from."""

    def __init__(self, *tables: pd.DataFrame, where: str) -> None:
        marked = [table[["synthetic"]] for table in tables if "synthetic" in table and len(table)]
        self.synthetic = bool(marked and one_value(pd.concat(marked), "synthetic", where=where))
        self.tables = [for_example(table) for table in tables]
        self.rows = pd.concat(map(rounded_table, self.tables), ignore_index=True) if tables else pd.DataFrame()
        self.sources = _sources(self.rows)


class Told:
    """One entry of the texts, with the rows that it is about."""

    def __init__(self, kind: str, key: str, given: tuple[pd.DataFrame, ...] | Results, who: Mapping[str, str]) -> None:
        check_known(kind, key, entries()[kind], where="bereik/texts", todo="correct the key")
        self.entry, self.where = entries()[kind][key], f"the {kind} {key}"
        wanted = self.entry.get("who", [])
        if set(wanted) != set(who):
            passed = f"{self.where} with {', '.join(who) or 'nothing'}"
            raise FigureError(passed, f"exactly {', '.join(wanted) or 'nothing'}", "correct the call")
        if not isinstance(given, Results):
            for table in given:
                check_told(table, where=self.where)
            given = Results(*given, where=self.where)
        self.synthetic, self.tables, self.rows = given.synthetic, given.tables, given.rows
        self.context: dict[str, Any] = {**(who_of_example(who) if self.synthetic else who), **given.sources}
        self._pick(self.entry.get("pick", {}), self.context)
        self.picked = [row for name in self.entry.get("pick", {}) if (row := self.context[name]) is not None]
        self.each: list[dict[Any, Any]] = []
        if "each" in self.entry:
            rows = matching(self.rows, self.entry["each"], self.context, self.where)
            self.each = [row.to_dict() for _, row in rows.iterrows()]
            self.context |= {"first": next(iter(self.each), None), "n": len(self.each)}
        for name, wanted in self.entry.get("count", {}).items():
            self.context[name] = len(matching(self.rows, wanted, self.context, self.where))

    def _pick(self, picks: Mapping[str, Any], values: dict[str, Any]) -> None:
        """Add the row of each pick to the values, by its name."""
        for name, columns in picks.items():
            values[name] = pick_row(self.rows, columns, values, f"{name!r} of {self.where}")

    def words(self, name: str, code: str) -> str:
        """Give one of the texts in a language; what is not shown is said instead of what it would have said."""
        where = f"{name} of {self.where} ({code})"
        template = self._instead(name, code, where) or variant(self.entry[name], self.context, where)[code]
        if self.each and "{rows}" in template:
            template = template.replace("{rows}", self._list(code))
        text = capital(fill(template, self.context, code, where))
        if self.synthetic and name in _EXAMPLES:
            text = label(_EXAMPLES[name], code) + (text[:1].lower() + text[1:] if name != "alt" else text)
        check_words(text, code)
        return text

    def _instead(self, name: str, code: str, where: str) -> str:
        """Say why a row is not shown, when one is not and the text would be about it."""
        statuses = [str(row.get("status", "shown")) for row in self.picked + self.each]
        reason = next((status for status in statuses if status != "shown"), "")
        if not reason or name not in ("text", "title", "alt"):
            return ""
        said: str = self.entry.get("not_shown", {}).get(reason, {}).get(code) or label(f"not_shown_{reason}", code)
        # in the description the title again would describe nothing
        return f"{said} {variant(self.entry['subtitle'], self.context, where)[code]}" if name == "alt" else said

    def _list(self, code: str) -> str:
        """Write a text for each row, in the order of the table."""
        written = []
        for row in self.each:
            values = {**self.context, "row": row}
            self._pick(self.entry.get("beside", {}), values)
            written.append(fill(variant(self.entry["row"], values, self.where)[code], values, code, self.where))
        join = self.entry.get("join", "; ")
        if join == "and":  # commas, and the word before the last
            written, join = [", ".join(written[:-1] or written), *written[1:][-1:]], f" {label('and_word', code)} "
        return str(join.join(written)).replace("{", "{{").replace("}", "}}")

    @property
    def sure(self) -> str:
        """How sure the text that holds says it is: established, one way, or open."""
        return str(variant(self.entry["text"], self.context, self.where).get("sure", "open"))

    def claims(self) -> tuple[dict[str, Any], ...]:
        """Give what is claimed: a row each."""
        return tuple(map(_claim, self.picked + self.each))

    def options(self) -> dict[str, Any]:
        """Give the words of the call to the chart: codes in place of the placeholders."""
        return dict(filled(self.entry.get("draw", {}), self.context, self.where))


def _claim(row: Mapping[str, Any]) -> dict[str, Any]:
    limits: list[Any] = [row.get("lower"), row.get("upper")]
    direction = side_of_one(*limits) if row.get("per") == "ratio" and not pd.isna(limits).any() else None
    said = {name: row.get(column) for name, column in _CLAIMED.items()}
    said["period"] = next((row[name] for name in ("period", "years", "year") if pd.notna(row.get(name))), None)
    return said | {"value": row.get("value"), "direction": direction}


def _sources(rows: pd.DataFrame) -> dict[str, Any]:
    """Say where results are from."""
    if "source" not in rows:
        return {}
    parts = rows["source"].astype(str).drop_duplicates().str.split("; ").explode().drop_duplicates()
    left_out = parts.str.endswith(" left out")  # so many rows, see bereik.counts.persons
    rounded_to = parts.str.startswith(ROUNDED)
    others = parts[~left_out & ~rounded_to & (parts != SMALL_HIDDEN)]
    names = others.str.removeprefix(INDIVIDUAL).str.removeprefix("CBS StatLine ")
    sources = ", ".join(names.sort_values(kind="stable"))
    said = {"left_out": "rows_left_out" if left_out.any() else ""}
    return {"sources": sources, **said, "rounded": parts[rounded_to].max() if rounded_to.any() else ""}
