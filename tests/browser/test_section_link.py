"""The link at a heading: copies the section's address, and offers it as Markdown."""

import json
from pathlib import Path

VECTORS = json.loads((Path(__file__).parent / "address.json").read_text("utf-8"))
PAGE = "tasks/token-classification/"


def open_with_clipboard(visit):
    tab, watch = visit(PAGE, permissions=["clipboard-read", "clipboard-write"])
    tab.wait_for_function("() => customElements.get('section-link') !== undefined")
    return tab, watch


def clipboard(tab):
    return tab.evaluate("navigator.clipboard.readText()")


def test_by_mouse(visit, address):
    tab, watch = open_with_clipboard(visit)
    tab.hover("#collator")
    tab.click("#collator a.headerlink")
    tab.wait_for_selector("#collator [role=status]:has-text('Address copied.')")
    # The canonical address, not the one under which this visit is served.
    assert clipboard(tab) == f"http://127.0.0.1/nlp-field-guide/{PAGE}#collator"
    tab.click("#collator button")
    tab.wait_for_selector("#collator [role=status]:has-text('Markdown link copied.')")
    assert clipboard(tab) == (
        f"[The collator: DataCollatorForTokenClassification](http://127.0.0.1/nlp-field-guide/{PAGE}#collator)"
    )
    assert tab.url.endswith("#collator")
    assert watch.console == []


def test_by_keyboard(visit):
    tab, _ = open_with_clipboard(visit)
    tab.focus("#metric a.headerlink")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#metric [role=status]:has-text('Address copied.')")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Copy as Markdown"
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#metric [role=status]:has-text('Markdown link copied.')")
    assert clipboard(tab).startswith("[The metric: entity F1, not token accuracy](")
    tab.keyboard.press("Escape")
    assert tab.locator(".note").count() == 0
    assert tab.evaluate("document.activeElement.classList.contains('headerlink')")


def test_for_a_screen_reader(visit):
    tab, _ = open_with_clipboard(visit)
    name = tab.get_attribute("#collator a.headerlink", "aria-label")
    assert name == "Copy the address of the section “The collator: DataCollatorForTokenClassification”"


def test_without_permission_the_address_is_shown(visit):
    tab, _ = visit(PAGE)
    tab.wait_for_function("() => customElements.get('section-link') !== undefined")
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    tab.click("#collator a.headerlink")
    tab.wait_for_selector("#collator [role=status]:has-text('#collator')")


def test_only_one_note_is_open(visit):
    tab, _ = open_with_clipboard(visit)
    for one in ("#collator", "#metric"):
        tab.click(f"{one} a.headerlink")
    assert tab.locator(".note").count() == 1


def test_pure_functions_on_vectors(visit, address):
    tab, _ = visit()
    run = """async ([base, rows]) => {
        const core = await import(base + "assets/widgets/core/address.js");
        return rows.map(([name, ...given]) => core[name](...given));
    }"""
    assert tab.evaluate(run, [address, [row["call"] for row in VECTORS]]) == [row["gives"] for row in VECTORS]
