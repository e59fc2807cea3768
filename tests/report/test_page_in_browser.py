"""The page in a real browser: opened from file, at three widths, by keyboard, without scripts, and printed."""

import pypdf
import pytest

NAMES = ("index.html", "index.en.html")
SHOWN = {".svg": "image/svg+xml", ".png": "image/png", ".html": "text/html"}  # a click opens them
SAVED = (".csv", ".xlsx")  # a click saves them
SOME = 6  # one in so many is clicked, other ones on each page; that all are there is in test_page.py
ALL_DRAWN = ".figure { content-visibility: visible }"  # pictures out of sight are drawn late; checks want all of them


@pytest.fixture(scope="module")
def folder(project_page):
    return project_page[0].parent


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_from_elsewhere_and_nothing_sticks_out(name, folder, browser):
    for width in (320, 360, 768, 1440):
        page = browser.open(folder / name, width)
        page.add_style_tag(content=ALL_DRAWN)
        assert browser.overflow(page) == 0, width
        fits = page.evaluate(
            "[...document.querySelectorAll('.picture, .scroll')].every(p => p.clientWidth <= innerWidth)"
        )
        assert fits, width
    assert browser.outside() == []
    assert browser.messages == []


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(name, width, folder, browser):
    page = browser.open(folder / name, width)
    page.add_style_tag(content=ALL_DRAWN)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    page.evaluate(
        "document.querySelectorAll('.picture svg').forEach(svg => { svg.innerHTML = '' })"
    )  # role img: one thing
    assert browser.violations(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_pictures_are_drawn_with_the_font_of_the_page_itself(name, folder, without_dejavu):
    page = without_dejavu.open(folder / name)
    page.add_style_tag(content=ALL_DRAWN)
    assert without_dejavu.drawn_with(page, "h1") == {("STIXGeneral", False)}  # what this machine has
    assert without_dejavu.drawn_with(page, ".picture svg text") == {("DejaVu Sans", True)}
    faces = without_dejavu.faces(page)
    assert faces == [["DejaVu Sans", "normal", "loaded"], ["DejaVu Sans", "bold", "loaded"]]


@pytest.mark.parametrize("name", NAMES)
def test_files_can_be_had(name, folder, browser):
    page = browser.open(folder / name)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    names = page.eval_on_selector_all(".files a", "all => all.map(link => link.getAttribute('href'))")
    kinds = {kind: sorted({name for name in names if name.endswith(kind)}) for kind in (*SHOWN, *SAVED)}
    assert all(kinds.values())
    for kind in SAVED:
        for file in kinds[kind][NAMES.index(name) :: SOME]:
            with page.expect_download() as saved:
                page.evaluate("name => { document.querySelector(`a[href='${name}']`).click() }", file)
            assert saved.value.path().read_bytes() == (folder / file).read_bytes()
    for kind, content in SHOWN.items():
        for file in kinds[kind][NAMES.index(name) :: SOME]:
            page.goto((folder / file).as_uri())
            assert page.evaluate("document.contentType") == content, file
    assert browser.outside() == []


def test_zoomed_to_200_percent_it_still_fits(folder, browser):
    page = browser.open(folder / "index.html", 640, 400, device_scale_factor=2)  # 1280 x 800 at 200 %
    assert browser.overflow(page) == 0


def test_the_language_switch_goes_both_ways(folder, browser):
    page = browser.open(folder / "index.html")
    assert page.get_attribute("html", "lang") == "nl"
    page.get_by_role("link", name="Read this page in English").click()
    assert page.url.endswith("index.en.html")
    assert page.get_attribute("html", "lang") == "en"
    page.get_by_role("link", name="Lees deze pagina in het Nederlands").click()
    assert page.url.endswith("index.html")


@pytest.mark.parametrize("name", NAMES)
def test_each_place_can_be_chosen(name, folder, browser):
    page = browser.open(folder / name)
    values = page.eval_on_selector_all("#place-choice option", "options => options.map(option => option.value)")
    assert len(values) > 10
    for value in values:
        page.select_option("#place-choice", value)
        visible = page.eval_on_selector_all("details.place:not([hidden])", "all => all.map(part => part.id)")
        assert visible == ([value] if value else values[1:])
        if value:
            assert page.locator(f"#{value} table tbody tr").first.is_visible()


@pytest.mark.parametrize("name", NAMES)
def test_without_scripts_everything_is_there(name, folder, browser):
    page = browser.open(folder / name, java_script_enabled=False)
    assert page.locator("details.place").count() > 10
    assert not page.locator("#place-choice").is_visible()
    page.locator("details.place summary").first.click()
    assert page.locator("details.place table").first.is_visible()
    assert page.locator(".picture svg[role=img]").count() == page.locator(".figure").count() > 20


def test_keyboard_only(folder, browser):
    page = browser.open(folder / "index.html", 360)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    shape = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert shape == "solid"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    stops = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SELECT", "SUMMARY", "DIV"} <= stops  # links, the choice, the parts that open, and pictures that slide
    assert page.locator(".picture[tabindex='0']").count() == page.locator(".picture").count()
    wide = browser.open(folder / "index.html", 1440)
    assert wide.locator(".picture[tabindex]").count() == 0  # where nothing slides, there is no stop


@pytest.fixture(scope="module")
def printed(chromium, folder, tmp_path_factory):
    """The sheets of each page, printed one after the other, and of the Dutch one once more without opening it again."""
    place, sheets = tmp_path_factory.mktemp("printed"), {}
    for name, turns in zip(NAMES, (2, 1), strict=True):
        page = chromium.new_page()
        page.goto((folder / name).as_uri())
        for turn in range(turns):
            file = place / f"{turn}-{name}.pdf"
            page.pdf(path=file, prefer_css_page_size=True)
            sheets[name, turn] = pypdf.PdfReader(file).pages
        page.close()
    return sheets


def test_it_prints_as_a_report_of_the_same_length_each_time(printed):
    dutch, again, english = (len(sheets) for sheets in printed.values())
    assert dutch == again
    assert abs(dutch - english) <= 3
    for sheets in printed.values():
        assert (round(sheets[0].mediabox.width), round(sheets[0].mediabox.height)) == (595, 842)  # A4 in points


@pytest.mark.parametrize("name", NAMES)
def test_the_printed_report_has_the_places_and_no_addresses(name, printed):
    """Reading a sheet takes long: half of them in Dutch, the other half in English."""
    text = " ".join(sheet.extract_text() for sheet in printed[name, 0][NAMES.index(name) :: 2])
    assert "Delft" in text
    assert "http" not in text
