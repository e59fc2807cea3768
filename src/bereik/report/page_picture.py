"""Puts a figure into a page: the picture as inline SVG with real text, without the texts that stand beside it on the page."""

import re
from html import escape
from typing import Any

from bereik.plot.svg import FONTS

__all__ = ["inline_picture"]

_BLOCK = re.compile(r'<g id="text_\d+">(.*?)</g>', re.DOTALL)
_LINE = re.compile(r'<text style="[^"]*?size: ([\d.]+)px[^>]*?(?: y="|translate\([-\d.]+ )([-\d.]+)[^>]*>(.*?)</text>')
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_GAP = 8.0  # points between the drawing and the edge, where the texts stood


def inline_picture(svg: str, figure: dict[str, Any], language: str) -> str:
    """Turn the SVG file of a figure into an element of a page.

    Parameters
    ----------
    svg : str
        The file, as `write_figure` writes it.
    figure : dict
        Its description in manifest.json: ``stem`` and ``texts``.
    language : {"nl", "en"}
        The language of the file.

    Returns
    -------
    str
        An ``<svg role="img">`` whose label is the alternative text. Title, subtitle and source are taken out, because the page
        gives them as text; what is hidden by an id of another figure cannot happen, for ids begin with the stem.

    Notes
    -----
    The words are in the font DejaVu Sans, which the page must supply (`page_fonts`).

    Examples
    --------
    >>> figure = {"stem": "01", "texts": {"en": {"title": "T", "subtitle": "S", "source": "B", "alt": "Two"}}}
    >>> inline_picture('<svg width="9pt" viewBox="0 0 9 9"><g id="m"/><use href="#m"/></svg>', figure, "en")
    '<svg role="img" aria-label="Two" font-family="DejaVu Sans, ..." viewBox="0 0 9 9"><g id="f01-m"/><use href="#f01-m"/></svg>'
    """
    texts = figure["texts"][language]
    drawn = _without_frame(svg[svg.index("<svg") :], [texts[name] for name in ("title", "subtitle", "source")])
    drawn = re.sub(r"<(title|metadata|style)\b.*?</\1>\s*", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"<!--.*?-->\s*", "", drawn, flags=re.DOTALL).replace("xlink:href", "href")
    drawn = _own_ids(drawn, f"f{figure['stem']}-")
    head = f'<svg role="img" aria-label="{escape(texts["alt"])}" font-family="{FONTS}"'
    box = _BOX.search(drawn) or re.search(r'viewBox="[^"]*"', drawn)
    return re.sub(r"<svg\b[^>]*>", lambda _: f"{head} {box[0] if box else ''}>", drawn, count=1).strip()


def _without_frame(svg: str, texts: list[str]) -> str:
    """Take out the blocks of text that hold one of these texts, and the room that they took at the top and the bottom."""
    box = _BOX.search(svg)
    if box is None:
        return svg
    width, height = float(box[1]), float(box[2])
    top, bottom = 0.0, height
    for block in _BLOCK.finditer(svg):
        lines = [(float(down), float(size), words) for size, down, words in _LINE.findall(block[1])]
        if " ".join(words for *_, words in lines) not in {escape(text, quote=False) for text in texts}:
            continue
        svg = svg.replace(block[0], "", 1)
        if lines[0][0] < height / 2:
            top = max(top, lines[-1][0] + lines[-1][1] / 2)
        else:
            bottom = min(bottom, lines[0][0] - lines[0][1] - _GAP)
    return svg.replace(box[0], f'viewBox="0 {top:g} {width:g} {bottom - top:g}"', 1)


def _own_ids(svg: str, prefix: str) -> str:
    """Keep the ids that something refers to, and let them begin with the name of the figure."""
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg))
    names = {name for pair in used for name in pair if name}
    svg = re.sub(r' id="([^"]*)"', lambda found: f' id="{prefix}{found[1]}"' if found[1] in names else "", svg)
    return re.sub(r'(href="#|url\(#)', lambda found: found[1] + prefix, svg)
