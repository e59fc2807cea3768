"""The project stays small: what is counted lies below ceilings that only fall, and the counting itself is right."""

import runpy
import tomllib

import pytest

TEXT = '''
"""Module."""

import a  # counts


def one():
    """Doc
    of three

    lines."""
    "a string that is no docstring"
    # a comment
    text = """

    of three lines"""; return text


class Two:
    \'\'\'Doc.\'\'\'; name = 1  # fmt: skip

    def three(self, word="""doc"""):
        return word
'''


@pytest.fixture(scope="module")
def script(project):
    return runpy.run_path(str(project / "bench" / "size.py"))


@pytest.fixture(scope="module")
def counted(script):
    return script["sizes"]()


@pytest.fixture(scope="module")
def held(project):
    return tomllib.loads((project / "bench" / "size.toml").read_text(encoding="utf-8"))


def test_nothing_grows_beyond_its_ceiling(counted, held):
    above = {name: (counted[name], most) for name, most in held["ceiling"].items() if counted[name] > most}
    assert not above, f"grown (now, ceiling): {above}; make room elsewhere: what is new replaces more than it adds"


def test_a_line_of_code_has_more_than_a_comment_or_a_docstring(script):
    lines = TEXT.split("\n")
    counted = [lines[number - 1].split()[0] for number in sorted(script["code_lines"](TEXT))]
    assert counted == ["import", "def", '"a', "text", "of", "class", "'''Doc.''';", "def", "return"]
    assert script["unformatted"](TEXT + "\ntext = 'fmt: skip'  # a comment\n") == 1


def test_a_function_is_long_without_its_docstring(script):
    def function(lines):
        return "def long():\n    '''Doc.\n\n    More.\n    '''\n" + "    word = 1\n\n" * (lines - 1)

    assert script["long_functions"](function(50)) == []
    assert script["long_functions"](function(51)) == ["long"]
    inside = "class Some:\n    async def outer():\n        def inner():\n" + "            word = 1\n" * 49
    assert script["long_functions"](inside) == ["outer"]


def test_writing_lets_ceilings_fall_and_never_rise(script, counted, held, tmp_path, monkeypatch, capsys):
    ceilings = held["ceiling"] | {"lines of code": 10_000, "files of code": 10**6}
    parts = {"ceiling": ceilings, "goal": held["goal"]}
    lines = [f'[{part}]\n"' + '\n"'.join(f'{name}" = {most}' for name, most in parts[part].items()) for part in parts]
    (tmp_path / "size.toml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setitem(script["main"].__globals__, "CEILINGS", tmp_path / "size.toml")
    monkeypatch.setitem(script["main"].__globals__, "sizes", lambda: counted)
    script["main"]("--write")
    written = tomllib.loads((tmp_path / "size.toml").read_text(encoding="utf-8"))
    assert written["ceiling"]["lines of code"] == 10_000
    assert written["ceiling"]["files of code"] == max(counted["files of code"], 100)
    assert written["goal"] == held["goal"]
    assert capsys.readouterr().out in (tmp_path / "size.md").read_text(encoding="utf-8")
