"""Every text in both languages, filled from made-up rows, and the rules of the engine that picks, decides and fills."""

import ast
import itertools
import json
import random
import re
from string import Formatter

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.codelists.names import LANGUAGES, check_words, label
from bereik.errors import FigureError, UnknownNameError
from bereik.tables import FIGURES, STATUSES, result_table
from bereik.texts import say as engine
from bereik.texts.words import entries, fill, reading, variant

TEXTS = {"say": ("text",), "figure": ("title", "subtitle", "source", "alt"), "table": ()}
ENTRIES = [(kind, key, entry) for kind in TEXTS for key, entry in entries()[kind].items()]
MOST = 30_000
CODES = {"persons": "marokko", "background": "marokko", "year": "2023", "years": "2023/2024"}


def variants(text):
    return [text] if isinstance(text, dict) else text


def texts_of(entry):
    """Every text of an entry with its name: those of a figure, the sentence and its rows, the heads and cells of a table."""
    for name in ("text", "title", "subtitle", "source", "alt", "row", "cell", "read", "sure"):
        if name in entry:
            yield name, variants(entry[name])
    for column in entry.get("column", ()):
        yield "head", variants(column["head"])
        yield "cell", variants(column["cell"])


ALL = [(f"{kind}.{key}.{name}", texts) for kind, key, entry in ENTRIES for name, texts in texts_of(entry)]


def placeholders(template):
    """What a template asks for, with its format."""
    return {(field, spec) for _, field, spec, _ in Formatter().parse(template) if field}


def looked_up(when):
    """What a condition looks up, and what each is compared with; `there` when it only has to be there."""
    tree = ast.parse(when, mode="eval")
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            ends = [node.left, *node.comparators]
            constants = [ast.literal_eval(end) for end in ends if not isinstance(end, ast.Name | ast.Attribute)]
            for end in ends:
                if isinstance(end, ast.Name | ast.Attribute):
                    found.setdefault(ast.unparse(end), []).extend(constants or [1])
    inside = {part for path in found for part in (path, path.partition(".")[0])}
    alone = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute)} - inside
    alone -= {path.partition(".")[0] for path in alone if "." in path}
    return found | {path: ["there"] for path in alone}


def on_every_side(constants, plain):
    """Values below, at and above what something is compared with, or there and not there."""
    if constants == ["there"]:
        return [plain, None]
    numbers = {one + step for one in constants if not isinstance(one, str | bool) for step in (-1, 0, 1)}
    words = {one for one in constants if isinstance(one, str)}
    truths = {True, False} if any(isinstance(one, bool) for one in constants) else set()
    beside = [*(["another"] if words else []), *([None] if numbers or "" in words else [])]
    return [*sorted(numbers), *sorted(words), *sorted(truths), *beside]


def contexts(texts):
    """Made-up rows: each combination of values around what the conditions compare, and some value for the rest."""
    asked = {(field, spec) for text in texts for code in LANGUAGES for field, spec in placeholders(text[code])}
    plain = {field: value_of(spec) for field, spec in asked}
    compared = {}
    for text in texts:
        for path, constants in looked_up(text.get("when", "1 == 1")).items():
            compared.setdefault(path, []).extend(constants)
    options = [on_every_side(list(dict.fromkeys(found)), plain.get(path, "row")) for path, found in compared.items()]
    whole, chance = itertools.product(*options), random.Random(1)
    if np.prod([len(values) for values in options]) > MOST:
        whole = ([chance.choice(values) for values in options] for _ in range(MOST))
    for values in whole:
        context = {}
        for path, value in sorted({**plain, **dict(zip(compared, values, strict=True))}.items(), reverse=True):
            name, _, column = path.partition(".")
            if column:
                context.setdefault(name, {"status": "shown"})[column] = value
            else:
                context[name] = context.get(name) if value == "row" else value
        yield context


def value_of(spec):
    return 10.5 if re.fullmatch(r"[+|]?\.\d+[f%]", spec) else CODES.get(spec, "protection")


@pytest.mark.parametrize(("where", "texts"), ALL, ids=[where for where, _ in ALL])
def test_every_variant_is_reached_and_filled_in_both_languages(where, texts):
    waiting = list(texts)
    for context in contexts(texts):
        chosen = variant(texts, context, where)
        if chosen in waiting:
            waiting.remove(chosen)
            for language in LANGUAGES:
                text = fill(chosen[language], context, language, where)
                assert text.strip()
                assert "{" not in text.replace("{rows}", "")
                check_words(text, language)
            if not waiting:
                break
    assert not waiting, "these conditions are never the first that holds"


@pytest.mark.parametrize(("where", "texts"), ALL, ids=[where for where, _ in ALL])
def test_both_languages_ask_for_the_same_and_only_the_last_variant_has_no_condition(where, texts):
    assert [("when" in text) for text in texts] == [True] * (len(texts) - 1) + [False]
    for text in texts:
        assert set(text) - {"when", "sure"} == set(LANGUAGES)
        asked = {code: placeholders(text[code]) for code in LANGUAGES}
        own = {(re.sub(r"[._]nl$", "", field), spec.replace("sentence", "")) for field, spec in asked["nl"]}
        assert own == {(re.sub(r"[._]en$", "", field), spec.replace("sentence", "")) for field, spec in asked["en"]}


@pytest.mark.parametrize(("kind", "key", "entry"), ENTRIES, ids=[key for _, key, _ in ENTRIES])
def test_an_entry_has_what_its_kind_needs_and_nothing_else(kind, key, entry):
    known = {"who", "pick", "each", "row", "join", "beside", "count", "when", "not_shown", *TEXTS[kind]}
    of_table = {"keep", "absent", "column", "rows", "across", "cell", "decimals", "capital", "page", "title", "source"}
    known |= {"figure": {"chart", "file", "draw", "read", "sure"}, "table": of_table}.get(kind, set())
    assert set(entry) <= known
    assert set(TEXTS[kind]) <= set(entry)
    assert ("row" in entry) == ("{rows}" in json.dumps(entry.get("text", "")))


def made_up_rows(entry, who):
    """A row for each pick, list and row beside it, with the categories that it asks for and every column of the texts."""
    texts = [text for _, variants in texts_of(entry) for text in variants]
    columns = {field: spec for text in texts for code in LANGUAGES for field, spec in placeholders(text[code])}
    columns = {path: ".1f" for text in texts for path in looked_up(text.get("when", "1 == 1"))} | columns
    plain = {path.partition(".")[2]: value_of(spec) for path, spec in columns.items() if "." in path}
    plain.pop("synthetic", None)  # as the rows say below
    given = who | {"row.form": "protection"}
    rows = []
    several = (value for name in ("pick", "count", "beside") for value in entry.get(name, {}).values())
    for wanted in ({**one, "when": True} for one in (entry.get("each", {}), *several)):
        row = {}
        for name, value in wanted.items():
            one = value[0] if isinstance(value, list) else value
            if isinstance(one, str):
                row[name] = re.sub(r"\{([\w.]+)\}", lambda found: given.get(found[1], "2023"), one)
            elif not isinstance(one, bool):  # latest, lowest, optional, ...
                row[name] = one
        rows.append(plain | {"period": "2023", "status": "shown"} | row)
    about = {"value": 1.5, "lower": 1.2, "upper": 10.8, "synthetic": False, "source": "CBS StatLine 1"}
    return pd.DataFrame([about | row for at, row in enumerate(rows) if row not in rows[:at]])


TOLD = [(kind, key) for kind, key, entry in ENTRIES if kind != "table" and "pick" in entry]


@pytest.mark.parametrize(("kind", "key"), TOLD, ids=[key for _, key in TOLD])
def test_an_entry_finds_its_rows_and_a_hidden_or_absent_one_gives_no_number(kind, key):
    entry = entries()[kind][key]
    known = {"region": "Haaglanden", "country": "Nederland", "reference": "nederlands", "group": "marokko"}
    who = {name: known.get(name, name) for name in entry.get("who", ())}
    rows = made_up_rows(entry, who)
    found = engine.Told(kind, key, (rows,), who)
    hidden = engine.Told(kind, key, (rows.assign(status="not_published", **dict.fromkeys(FIGURES, np.nan)),), who)
    for name, language in itertools.product(TEXTS[kind], LANGUAGES):
        assert "{" not in found.words(name, language)
        if name in ("text", "title", "alt"):
            assert hidden.words(name, language).startswith(label("not_shown_not_published", language))
    if kind == "figure":
        assert hidden.words("alt", "nl") != hidden.words("title", "nl")
    if not all(pick.get("optional") for pick in entry["pick"].values()):
        with pytest.raises(FigureError, match=rf"(?i)no rows with the categories .* of the {kind} {key}"):
            engine.Told(kind, key, (rows.iloc[:0],), who)


def test_reading_is_in_plain_words_without_numbers():
    keys = [*entries()["figure"], "99_unknown"]
    for key, language in itertools.product(keys, LANGUAGES):
        told = reading(key, language)
        assert set(told) == {"read", "sure"}
        for text in told.values():
            assert not re.search(r"\d", text), key
            check_words(text, language)
    assert reading("11_change", "nl")["sure"] == entries()["reading"]["11"]["sure"]["nl"]
    assert reading("99_unknown", "en")["sure"] == label("sure_any", "en")


METHODS = entries()["method"]


@pytest.mark.parametrize("number", METHODS)
def test_a_method_has_all_its_parts_and_is_told_in_both_languages(number):
    texts = ["estimand", "assumptions", "interval", "breaks"]
    assert sorted(METHODS[number]) == sorted([*texts, "formula", "reference"])
    assert re.search(r"=|\\iff", METHODS[number]["formula"])
    assert "$" not in METHODS[number]["formula"]
    assert all(re.match(r"\S.* \(\d{4}\)\. .", one) for one in METHODS[number]["reference"].split("; "))
    for language in LANGUAGES:
        told = engine.method_of(number, language)
        assert len(set(told["assumptions"])) == 3
        bereik.language(language)
        said = bereik.method(number)._repr_markdown_()
        for text in [*told["assumptions"], *(told[name] for name in texts if name != "assumptions")]:
            assert re.fullmatch(r"[A-Z].*[.]", text)
            assert text in said
        assert said.count("\n$$") == 2
        check_words(said, language)


def test_each_notebook_tells_its_own_method(project):
    books = sorted((project / "notebooks").glob("*.ipynb"))
    told = {path.name[:2]: re.findall(r'bereik\.method\(\\"(\w+)', path.read_text(encoding="utf-8")) for path in books}
    assert told == {number: [number] for number in METHODS}
    with pytest.raises(UnknownNameError, match="method '77'"):
        bereik.method("77")


def calls(project):
    """Each call of a verb in a notebook: kind, key and the words of the call."""
    verbs = {f"bereik.{kind}" for kind in TEXTS}
    for path in sorted((project / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        nodes = (node for source in sources for node in ast.walk(ast.parse(source)))
        found = (node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) in verbs)
        yield from ((path.name, node) for node in found if node.args)  # without, a drawing of the reader


def test_the_keys_in_the_notebooks_are_the_keys_of_the_texts(project):
    used = {kind: set() for kind in TEXTS}
    for name, node in calls(project):
        kind, first = node.func.attr, node.args[0]
        assert isinstance(first, ast.Constant), f"a key that is not written out: {ast.unparse(node)}"
        opens = (name[:2], "04_use_beside_need")  # which opens 00 too
        assert first.value.startswith(opens), f"{first.value} in {name}"
        used[kind].add(first.value)
        given = {word.arg for word in node.keywords} - {"lang"}
        entry = entries()[kind].get(first.value, {})
        if None not in given:  # **about is not written out
            assert given == set(entry.get("who", ())), ast.unparse(node)
    of_report = ("page_", "sheet_")  # told_by
    assert used == {kind: {key for key in entries()[kind] if not key.startswith(of_report)} for kind in TEXTS}


# The rules of the engine, on entries made up here.

MANY = {"when": "use.lower > 10", "nl": "Veel: {use.value:.1f}.", "en": "Many: {use.value:.1f}."}
FEW = {"nl": "Weinig: {use.value:.1f}.", "en": "Few: {use.value:.1f}."}
PICK = {"use": {"measure": "use_rate", "region": "{region}", "latest": True}}
ENTRY = {"who": ["region"], "pick": PICK, "text": [MANY, FEW]}


def answers(when):
    return [{"when": when, "nl": "ja", "en": "yes"}, {"nl": "nee", "en": "no"}]


@pytest.fixture
def entry(monkeypatch):
    """Put one made-up entry in the place of all texts."""

    def put(**changed):
        kinds = {"say": {"99_use": ENTRY | changed}, "figure": {}, "table": {}, "reading": {}}
        monkeypatch.setattr(engine, "entries", lambda: kinds)

    put()
    return put


@pytest.fixture(autouse=True)
def english():
    bereik.language("en")
    yield
    bereik.language("en")


def results(**changed):
    rows = {"region": ["Delft", "Delft", "Westland"], "period": ["2022", "2023", "2023"]}
    rows |= {"value": [9.04, 12.06, 8.0], "lower": [8.0, 11.0, 7.0], "upper": [10.0, 13.0, 9.0], "per": "100 youths"}
    about = {"measure": "use_rate", "status": "shown", "synthetic": False, "source": "CBS StatLine 1"}
    return result_table(pd.DataFrame(rows).assign(**about | changed), ["region", "period"])


@pytest.mark.usefixtures("entry")
def test_a_sentence_follows_the_row_and_the_language():
    assert bereik.say("99_use", results(), region="Delft") == "Many: 12.1."
    assert bereik.say("99_use", results(), region="Westland") == "Few: 8.0."
    # what is missing decides nothing
    assert bereik.say("99_use", results(lower=np.nan), region="Delft") == "Few: 12.1."
    bereik.language("nl")
    assert bereik.say("99_use", results(), region="Delft") == "Veel: 12,1."
    with pytest.raises(UnknownNameError, match="'fr'"):
        bereik.language("fr")


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "shown"])
def test_a_hidden_row_is_a_sentence_without_a_number(entry, status):
    table = results()
    table.loc[1, ["value", "lower", "upper"]] = np.nan
    table.loc[1, "status"] = status
    said = bereik.say("99_use", table, region="Delft")
    assert said.endswith(".")
    assert not re.search(r"\d", said)
    assert bereik.say("99_use", table, region="Westland") == "Few: 8.0."
    entry(pick={"use": {"region": "{region}", "period": "2023", "lowest": True}})
    assert bereik.say("99_use", table, region="Delft") == said
    entry(not_shown={"hidden": {"nl": "Te weinig jongeren.", "en": "Too few youths."}})  # words of its own
    assert bereik.say("99_use", table, region="Delft") == ("Too few youths." if status == "hidden" else said)


def test_a_pick_is_one_row_and_the_error_names_the_text(entry):
    with pytest.raises(FigureError, match=r"No rows with .*'Delfd'.* for 'use' of the say 99_use"):
        bereik.say("99_use", results(), region="Delfd")
    entry(pick={"use": {"measure": "use_rate", "region": "{region}"}})
    with pytest.raises(FigureError, match=r"2 rows with .*'Delft'.* for 'use' of the say 99_use"):
        bereik.say("99_use", results(), region="Delft")
    entry(pick={"use": {"municipality": "{region}"}})
    with pytest.raises(UnknownNameError, match="column 'municipality'"):
        bereik.say("99_use", results(), region="Delft")
    entry(pick={"use": {"region": "Rijswijk", "optional": True}}, text=answers("use"))
    assert bereik.say("99_use", results(), region="Delft") == "No"


def test_a_pick_chooses_the_row_by_its_period_or_its_value(entry):
    said = {"nl": "{use.value:.2f}", "en": "{use.value:.2f}"}
    for choice, value in {"latest": "12.06", "earliest": "9.04", "highest": "12.06", "lowest": "9.04"}.items():
        entry(pick={"use": {"region": "{region}", choice: True}}, text=said)
        assert bereik.say("99_use", results(), region="Delft") == value


def test_the_call_gives_exactly_what_the_entry_asks_for(entry):
    for who in ({}, {"region": "Delft", "group": "marokko"}, {"place": "Delft"}):
        with pytest.raises(FigureError, match="exactly region"):
            bereik.say("99_use", results(), **who)
    with pytest.raises(UnknownNameError, match="did you mean '99_use'"):
        bereik.say("99_uses", results(), region="Delft")
    entry(text={"nl": "{use.values:.1f}", "en": "{use.values:.1f}"})
    with pytest.raises(UnknownNameError, match="did you mean 'value'"):
        bereik.say("99_use", results(), region="Delft")


CALCULATED = ("use.value + 1", "use.value > 2 * 3", "round(use.value) > 1", "use['value'] > 1")
NO_COMPARISON = ("1 < use.value < 3", "[use]", "use.value >", "use.value is 1", "not use", "1")
TRUE = ("use.value > 12 and use.value <= 13", "use.upper < 1 or region == 'Delft'", "use.lower < use.upper", "use")
FALSE = ("use.per == 'ratio'", "use.lower_rounding != 3")  # a missing value decides nothing


@pytest.mark.parametrize("when", [*CALCULATED, *NO_COMPARISON, *TRUE, *FALSE])
def test_a_condition_joins_comparisons_and_calculates_nothing(entry, when):
    entry(text=answers(when))
    if when in (*TRUE, *FALSE):
        assert bereik.say("99_use", results(), region="Delft") == ("Yes" if when in TRUE else "No")
        return
    with pytest.raises(FigureError, match="comparisons such as"):
        bereik.say("99_use", results(), region="Delft")


def test_no_variant_that_holds_a_number_without_decimals_and_a_refused_word_are_errors(entry):
    entry(text=answers("use.value > 99")[:1])
    with pytest.raises(FigureError, match="No variant of text of the say 99_use"):
        bereik.say("99_use", results(), region="Delft")
    entry(text={"nl": "{use.value}", "en": "{use.value}"})
    with pytest.raises(FigureError, match="a number of decimals"):
        bereik.say("99_use", results(), region="Delft")
    entry(text={"nl": "Zorgmijders.", "en": "Natives."})
    with pytest.raises(FigureError, match="write instead"):
        bereik.say("99_use", results(), region="Delft")


def test_a_list_has_a_text_for_each_row_in_the_order_of_the_table_and_rows_beside_it(entry):
    here, before = "{row.region} {row.value:.0f}", "{before.value:.0f}"
    row = [{"when": "before", "nl": "x", "en": f"{here} (before {before})"}, {"nl": "x", "en": here}]
    text = [{"when": "n == 0", "nl": "x", "en": "nowhere"}, {"nl": "x", "en": "{n} places from {first.region}: {rows}"}]
    beside = {"before": {"region": "{row.region}", "period": "2022", "optional": True}}
    entry(who=[], pick={}, each={"period": "2023"}, join=", ", beside=beside, row=row, text=text)
    assert bereik.say("99_use", results()) == "2 places from Delft: Delft 12 (before 9), Westland 8"
    assert bereik.say("99_use", results().iloc[::-1]) == "2 places from Westland: Westland 8, Delft 12 (before 9)"
    assert bereik.say("99_use", results(period=["2020", "2021", "2021"])) == "Nowhere"


def test_sources_are_named_once_with_what_was_left_out(entry):
    entry(text={"nl": "{sources}{left_out}", "en": "Source: {sources}{left_out}"})
    two = results(source=["CBS StatLine 2NED; CBS StatLine 1NED", "CBS StatLine 1NED", "CBS StatLine 1NED"])
    assert bereik.say("99_use", two, region="Delft") == "Source: 1NED, 2NED"
    own = results(source="individual data: youths.csv; 1,234 rows with missing severity left out")
    assert bereik.say("99_use", own, region="Delft") == "Source: youths.csv; rows with missing data are left out"
    entry(text={"nl": "{sources}{rounded}", "en": "Source: {sources}{rounded}"})
    for unit, words in {"5": "counts rounded to 5", "10 (weighted)": "weighted counts, rounded to 10"}.items():
        own = results(source=f"individual data: youths.csv; counts rounded to {unit}")
        assert bereik.say("99_use", own, region="Delft") == f"Source: youths.csv; {words}"


@pytest.mark.usefixtures("entry")
def test_claims_say_which_figures_a_sentence_is_about():
    (claim,) = bereik.say("99_use", results(), region="Delft").claims
    told = {"indicator": "use_rate", "place": "Delft", "period": "2023", "value": 12.06, "source": "CBS StatLine 1"}
    absent = ("group", "form", "direction", "ages_of_use", "ages_of_population", "ages_of_need")
    assert claim == told | dict.fromkeys(absent)
    (ratio,) = bereik.say("99_use", results(per="ratio"), region="Delft").claims
    assert ratio["direction"] == "above"


def test_a_side_of_one_needs_the_whole_interval():
    for lower, upper in [(float("nan"), 2), (2, 1)]:
        with pytest.raises(FigureError, match="lower one first"):
            engine.side_of_one(lower, upper)


def test_a_figure_of_which_nothing_is_shown_says_the_reason_it_has(monkeypatch):
    monkeypatch.setattr("bereik.texts.say.write_figure", lambda key, draw, data, **rest: draw(data, "en"))
    frame = pd.DataFrame({"area": ["a"], "measure": "shrunken_ratio", "per": "ratio", "value": np.nan})
    data = result_table(frame.assign(status="not_published", synthetic=False, source="CBS StatLine 1"), ["area"])
    who = {"region": "Delft", "year": "2020", "places": "Delft"}
    figure = bereik.figure("05_observed_expected", data, bereik.count_sides(data), **who)
    assert figure.axes[0].texts[0].get_text() == label("not_shown_not_published", "en")
