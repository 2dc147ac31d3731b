"""The bitmap that a pasted link shows, docs/assets/og.png: `python tools/preview.py`, after a change to the words below."""

from pathlib import Path

from chromium import chromium
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
# What the services that preview links cut to: 1.91 to 1.
SIZE = {"width": 1200, "height": 630}
CARD = """<style>
body {{ margin: 0; padding: 72px 80px; box-sizing: border-box; height: 630px; background: #1e2129; color: #fff;
  font-family: "DejaVu Sans", Arial, sans-serif; border-bottom: 16px solid #526cfe }}
svg {{ width: 110px; height: 110px; float: right }}
h1 {{ font-size: 76px; margin: 0 0 24px }}
p {{ font-size: 34px; line-height: 1.4; margin: 0 0 40px; color: #d5d8e2 }}
li {{ display: inline-block; font-size: 25px; border: 2px solid #7f92ff; border-radius: 30px; padding: 8px 22px; margin: 0 10px 14px 0 }}
ul {{ padding: 0; margin: 0 }}
</style>{logo}<h1>NLP Field Guide</h1>
<p>The classical tasks: choose, build, measure, debug.<br>And what large language models change.</p>
<ul>{tasks}</ul>"""
TASKS = (
    "Text classification",
    "Token classification",
    "Masked language modeling",
    "Translation",
    "Summarization",
    "Causal language modeling",
    "Question answering",
)


def main() -> None:
    """Draw the card in a browser, and write the picture."""
    logo = (ROOT / "docs/assets/favicon.svg").read_text("utf-8")
    card = CARD.format(logo=logo, tasks="".join(f"<li>{task}</li>" for task in TASKS))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.set_content(card)
        page.screenshot(path=ROOT / "docs/assets/og.png")
        browser.close()


if __name__ == "__main__":
    main()
