"""The page and the factsheets in a real browser: opened from file, at several widths, by keyboard, without scripts, printed."""

import pypdf
import pytest

NAMES = ("index.html", "index.en.html")
ALL_DRAWN = ".figure { content-visibility: visible }"  # pictures out of sight are drawn late; checks want all of them
OPENED = "document.querySelectorAll('details').forEach(part => { part.open = true })"
EMPTIED = "document.querySelectorAll('.picture svg').forEach(svg => { svg.innerHTML = '' })"  # role img: one thing
FITS = "[...document.querySelectorAll('.picture, .scroll')].every(p => p.clientWidth <= innerWidth)"
SLIDES = "[...document.querySelectorAll('.picture')].filter(p => p.scrollWidth > p.clientWidth).map(p => p.innerHTML)"
SHOWN = "[...document.querySelectorAll('.picture svg')].filter(one => one.checkVisibility())"
LETTERS = "one.querySelectorAll('text')].map(each => parseFloat(getComputedStyle(each).fontSize)"
LEAST = f"Math.min(...{SHOWN}.flatMap(one => [...{LETTERS} * one.clientWidth / one.viewBox.baseVal.width)))"
FACES = [["DejaVu Sans", "normal", "loaded"], ["DejaVu Sans", "bold", "loaded"]]


@pytest.fixture(scope="module")
def folder(project_page):
    return project_page[0].parent


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_nothing_is_asked_from_elsewhere_and_nothing_sticks_out(name, folder, browser):
    for width in (320, 360, 768, 1440):
        page = browser.open(folder / name, width)
        page.add_style_tag(content=ALL_DRAWN)
        assert browser.overflow(page) == 0, width
        assert page.evaluate(FITS), width
        page.evaluate(OPENED)
        assert page.evaluate(SLIDES) == [], width
        assert set(page.evaluate(f"{SHOWN}.map(one => one.classList[0])")) == {"phone" if width < 721 else "slide"}
        assert page.evaluate(LEAST) > (11 if width == 360 else 9), width  # pixels
    assert browser.outside() == []
    assert browser.messages == []
    zoomed = browser.open(folder / name, 640, 400, device_scale_factor=2)  # 1280 x 800 at 200 %
    assert browser.overflow(zoomed) == 0


def test_axe_finds_nothing(name, folder, browser):  # both pages are made by one template: one is tried wide, one narrow
    page = browser.open(folder / name, 360 if name == "index.html" else 1440)
    page.add_style_tag(content=ALL_DRAWN)
    page.evaluate(OPENED)
    page.evaluate(EMPTIED)
    assert browser.violations(page) == []


def test_pictures_are_drawn_with_the_font_of_the_page_itself(folder, sheets, without_dejavu):
    drawn = {folder / name: ".picture svg text" for name in NAMES} | {sheets / "delft.html": "svg text"}
    for path, words in drawn.items():
        page = without_dejavu.open(path)
        page.add_style_tag(content=ALL_DRAWN)
        assert without_dejavu.drawn_with(page, words) == {("DejaVu Sans", True)}
        assert without_dejavu.faces(page) == FACES
        head = without_dejavu.drawn_with(page, "h1")
        assert path.parent == sheets or head == {("STIXGeneral", False)}  # what is here


def test_each_place_can_be_chosen_and_so_can_the_language(folder, browser):
    page = browser.open(folder / "index.html")
    for words, language in (("Read this page in English", "en"), ("Lees deze pagina in het Nederlands", "nl")):
        page.get_by_role("link", name=words).click()
        assert page.get_attribute("html", "lang") == language
        values = page.eval_on_selector_all("#place-choice option", "options => options.map(option => option.value)")
        assert len(values) > 10
        for value in values:
            page.select_option("#place-choice", value)
            visible = page.eval_on_selector_all("details.place:not([hidden])", "all => all.map(part => part.id)")
            assert visible == ([value] if value else values[1:])
            assert not value or page.locator(f"#{value} table tbody tr").first.is_visible()


def test_without_scripts_everything_is_there(name, folder, browser):
    page = browser.open(folder / name, java_script_enabled=False)
    assert page.locator("details.place").count() > 10
    assert not page.locator("#place-choice").is_visible()
    page.locator("details.place summary").first.click()
    assert page.locator("details.place table").first.is_visible()
    assert page.locator(".picture svg.slide[role=img]").count() == page.locator(".figure").count() > 10


def test_keyboard_only(folder, browser):
    page = browser.open(folder / "index.html", 360)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    stops = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SELECT", "SUMMARY"} <= stops  # links, the choice, the parts that open
    for one in (page, browser.open(folder / "index.html", 1440)):
        assert one.locator(".picture[tabindex]").count() == 0  # where nothing slides, there is no stop


def test_it_prints_as_a_report_of_the_same_length_each_time(chromium, folder, tmp_path):
    """Of each page, and of the Dutch one once more without opening it again."""
    counted = []
    for name, turns in zip(NAMES, (2, 1), strict=True):
        page = chromium.new_page()
        page.goto((folder / name).as_uri())
        for turn in range(turns):
            page.pdf(path=tmp_path / f"{turn}-{name}.pdf", prefer_css_page_size=True)
            pages = pypdf.PdfReader(tmp_path / f"{turn}-{name}.pdf").pages
            counted.append(len(pages))
            assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == (595, 842)  # A4 in points
        page.close()
    dutch, again, english = counted
    assert dutch == again
    assert abs(dutch - english) <= 3


@pytest.mark.parametrize("name", ["delft.html", "haaglanden.en.html"])
def test_a_factsheet_is_accessible_and_prints_on_one_page(browser, sheets, name, tmp_path):
    for width in (360, 768, 1440):
        page = browser.open(sheets / name, width)
        assert browser.overflow(page) == 0, width
    assert browser.violations(page) == []
    page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
    assert len(pypdf.PdfReader(tmp_path / "printed.pdf").pages) == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"
    assert browser.messages == []
    assert browser.outside() == []
