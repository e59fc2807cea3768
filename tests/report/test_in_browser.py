"""The page and the factsheets in a real browser: opened from file, at several widths, by keyboard, without scripts, printed."""

import pypdf
import pytest

NAMES = ("index.html", "index.en.html")
OPENED = "document.querySelectorAll('details').forEach(part => { part.open = true })"
EMPTIED = "document.querySelectorAll('.picture svg').forEach(svg => { svg.innerHTML = '' })"  # role img: one thing
PANS = "[...document.querySelectorAll('.picture, table')].filter(part => part.scrollWidth > part.clientWidth).length"
SHOWN = "[...document.querySelectorAll('.picture svg')].filter(one => one.checkVisibility())"
LETTERS = "one.querySelectorAll('text')].map(each => parseFloat(getComputedStyle(each).fontSize)"
LEAST = f"Math.min(...{SHOWN}.flatMap(one => [...{LETTERS} * one.clientWidth / one.viewBox.baseVal.width)))"
FACES = [["DejaVu Sans", "normal", "loaded"], ["DejaVu Sans", "bold", "loaded"]]
ANSWER = ["h1", ".lead", ".age", "#place-choice"]
SCREENS = [(1440, 900, [*ANSWER, ".pilot", ".the .picture svg"], 12), (360, 780, ANSWER, 25)]
ENDS = "all => all.map(one => document.querySelector(one).getBoundingClientRect().bottom)"
STOP = "[document.activeElement.id || document.activeElement.className, document.activeElement.tagName]"
OPEN_HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4')].filter(part => part.checkVisibility()).length"


@pytest.fixture(scope="module")
def folder(project_page):
    return project_page[0].parent


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_the_first_screen_has_the_answer_and_nothing_sticks_out(name, folder, browser):
    page = browser.open(folder / name)
    for width, height, parts, most in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        assert max(page.evaluate(ENDS, parts)) <= height, width
        assert page.evaluate(ENDS, ["#all"])[0] <= most * height, width
    answer, figure, pilot = page.evaluate(ENDS, [".answer", ".the", ".pilot"])
    assert answer < figure < pilot  # on a phone, one below the other
    asked = page.context.new_cdp_session(page)
    read = [node["role"]["value"] for node in asked.send("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    assert read.count("heading") == page.evaluate(OPEN_HEADINGS) > 20
    page.evaluate(OPENED)
    for width in (320, 360, 768, 1440):  # 320: 1280 at 400 %
        page.set_viewport_size({"width": width, "height": 800})
        assert (browser.overflow(page), page.evaluate(PANS)) == (0, 0), width
        assert set(page.evaluate(f"{SHOWN}.map(one => one.classList[0])")) == {"phone" if width < 721 else "slide"}
        assert page.evaluate(LEAST) > (11 if width == 360 else 9), width  # pixels
    assert browser.outside() == []
    assert browser.messages == []


def test_axe_finds_nothing(name, folder, browser):  # both pages are made by one template: one is tried wide, one narrow
    page = browser.open(folder / name, 360 if name == "index.html" else 1440)
    page.evaluate(OPENED)
    page.evaluate(EMPTIED)
    assert browser.violations(page) == []


def test_pictures_are_drawn_with_the_font_of_the_page_itself(folder, sheets, without_dejavu):
    drawn = {folder / name: ".picture svg text" for name in NAMES} | {sheets / "delft.html": "svg text"}
    for path, words in drawn.items():
        page = without_dejavu.open(path)
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
            said = page.locator("#place-said").text_content()
            assert ("Haaglanden" in said) == (value not in ("", values[1]))  # the region has its own figures
    page.goto(f"{page.url.partition('#')[0]}#place-delft")  # a link to a place keeps the choice
    page.reload()
    assert page.input_value("#place-choice") == "place-delft"
    marked = page.eval_on_selector_all("svg.slide .here", "all => all.map(mark => mark.dataset.words.split(':')[0])")
    assert "Buitenhof, Delft, meer dan verwacht" in marked  # of observed and expected
    assert {words for words in marked if "Delft" not in words.split(", ")} == set()


def test_without_scripts_everything_is_there(name, folder, browser):
    page = browser.open(folder / name, java_script_enabled=False)
    assert page.locator("details.place").count() > 10
    assert not page.locator("#place-choice").is_visible()
    page.locator("details.place summary").first.click()
    assert page.locator("details.place table").first.is_visible()
    assert page.locator(".picture svg.slide[role=img]").count() == page.locator(".figure").count() > 10
    assert page.locator(".picture use > title").count() > 200  # a browser shows it when one points at a mark


def test_keyboard_only(folder, browser):
    page = browser.open(folder / "index.html")
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(STOP))
    assert stops[0][0] == "skip"
    assert "place-choice" in [name for name, _ in stops[:10]]
    assert {"A", "SELECT", "SUMMARY", "DIV"} <= {kind for _, kind in stops}  # links, choice, what opens, figures
    page.locator(".skip").focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")


def test_each_mark_says_whose_value_it_is(name, folder, browser):
    """By pointer and by key, in one stop a figure; the words are those of the numbers that are drawn."""
    page = browser.open(folder / name, forced_colors="active")
    figure, tip = page.locator("[id='02_ratio_by_region']"), page.locator(".tip")
    region = figure.locator("use[data-words^='Haaglanden']:visible").first
    region.hover()
    own = "1,28 (1,18 tot 1,38)" if name == "index.html" else "1.28 (1.18 to 1.38)"
    assert own in tip.text_content()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    stop, said = figure.locator(".stop"), []
    assert stop.count() == 1
    stop.focus()
    for key in ("Home", "ArrowRight", "End", "ArrowLeft"):
        page.keyboard.press(key)
        assert tip.is_visible()
        assert tip.text_content() == stop.get_attribute("aria-valuetext")
        said.append(int(stop.get_attribute("aria-valuenow")))
    assert said == [1, 2, 125, 124]  # of three panels; one region is not published
    assert page.locator("[id='04_use_beside_need'] .stop").count() == 1
    assert page.eval_on_selector(".picture", "part => getComputedStyle(part).forcedColorAdjust") == "none"


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
