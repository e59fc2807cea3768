"""The HTML files of `bereik html`: as they come from nbconvert, and in a browser without a network."""

import re
from itertools import pairwise

import pytest

from bereik.report.copies import write_copies

ELSEWHERE = r"""<script|<link|@import|\b(?:src|srcset)=["'](?!data:)|url\(["']?(?!data:)"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return write_copies(tmp_path_factory.mktemp("html"))


def test_every_page_stands_alone_and_describes_its_pictures(pages, project):
    assert [page.stem for page in pages] == sorted(path.stem for path in (project / "notebooks").glob("*.ipynb"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.findall(ELSEWHERE, text) == []
        assert "No description has been provided" not in text
        pictures = re.findall(r"<img\b[^>]*>", text)
        described = [re.search(r'alt="([^"]*)"', picture) for picture in pictures]
        assert all(alt and len(alt.group(1)) > 20 for alt in described), page.name
        levels = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
        assert levels.count(1) == levels.index(1) + 1 == 1, page.name
        assert all(after <= before + 1 for before, after in pairwise(levels)), page.name
        assert '<html lang="en">' in text
        assert "$$" not in text
        inside = re.findall(r'href="([^":#]+)"', text)
        assert all((page.parent / name).is_file() for name in inside), inside


def test_a_browser_asks_for_nothing_and_draws_the_formula(pages, browser):
    page = browser.open(pages[0], 1000)
    assert browser.outside() == browser.messages == []
    assert browser.overflow(page) == 0
    assert page.locator("math[display=block]").first.bounding_box()["height"] > 25
    assert browser.violations(page) == []
