"""Every page in a real browser: both schemes, 360 px, no other origin, an empty console, axe without a finding."""

from pathlib import Path

import moved
import pytest
from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
PAGES = sorted(
    path.relative_to(ROOT).as_posix().removeprefix("docs/").rsplit(".", 1)[0].removesuffix("index").rstrip("/")
    for path in SOURCES
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_accessible_quiet_and_at_home(visit, page, scheme):
    tab, watch = visit(f"{page}/" if page else "", scheme=scheme)
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    assert watch.elsewhere == [] and watch.console == []
    assert tab.evaluate("document.body.dataset.mdColorScheme") == {"light": "default", "dark": "slate"}[scheme]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_360_pixels(visit, page):
    tab, _ = visit(f"{page}/" if page else "", width=360)
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    # What is wider than the screen scrolls inside a box of its own that the keyboard reaches.
    assert tab.evaluate(
        "[...document.querySelectorAll('.md-typeset__scrollwrap')]"
        ".every(box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"
    )


def test_the_scheme_that_a_reader_chose_stays(visit):
    tab, _ = visit()
    tab.click("label[for=__palette_1]")
    tab.reload()
    assert tab.evaluate("document.body.dataset.mdColorScheme") == "slate"


def test_a_page_without_scripts_is_complete(visit):
    tab, _ = visit("tasks/token-classification/", java_script_enabled=False)
    assert tab.locator("h2").count() == 12
    assert tab.locator("a.headerlink[href='#collator']").count() == 1


def test_a_page_that_moved_leads_on_with_its_part(visit, site):
    place = site.folder / "once/here"
    place.mkdir(parents=True)
    (place / "index.html").write_text(moved.stub("once/here.md", "tasks/text-classification.md"), "utf-8")
    tab, watch = visit("once/here/?h=macro#collator")
    tab.wait_for_url("**/tasks/text-classification/?h=macro#collator")
    assert tab.locator("#collator").is_visible() and watch.console == []
    tab, _ = visit("once/here/", java_script_enabled=False)
    tab.wait_for_url("**/nlp-field-guide/tasks/text-classification/")
