"""Every page: its head, its words, its parts. A task page: twelve sections with fixed ids."""

import re
import tomllib
from pathlib import Path

import facts
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
TASK_PAGES = [f"tasks/{slug}.md" for slug in facts.SLUGS if (DOCS / f"tasks/{slug}.md").exists()]
SECTIONS = ["problem", "data", "tokens", "collator", "architecture", "training", "metric", "inference", "llm"]
SECTIONS += ["pitfalls", "check", "next"]
HEADING = re.compile(r"^(#{1,6}) (.*?)(?: \{#([\w-]+)\})?$", re.M)


def front(page: str) -> dict:
    return yaml.safe_load((DOCS / page).read_text("utf-8").split("---\n")[1])


def body(page: str) -> str:
    """The Markdown of a page without front matter and fences."""
    text = (DOCS / page).read_text("utf-8").split("---\n", 2)[2]
    return re.sub(r"^( *)(`{3,}).*?^\1\2 *$", "", text, flags=re.M | re.S)


def prose(page: str) -> str:
    """What a reader reads as sentences: no fences, tables, folded answers, shortcodes, link targets or inline code."""
    text = re.sub(r"^\?\?\?.*?(?=^\S)", "", body(page) + "\nend", flags=re.M | re.S)
    text = re.sub(r"<!--.*?-->", " ", text, flags=re.S)
    text = re.sub(r"^\|.*$|\]\([^)]*\)|`[^`]*`|\{[#:.][^}]*\}", " ", text, flags=re.M)
    return text.rsplit("end", 1)[0]


@pytest.mark.parametrize("page", PAGES)
def test_front_matter(page):
    head = front(page)
    assert head["title"]
    assert 70 <= len(head["description"]) <= 155, len(head["description"])


def test_titles_and_descriptions_are_unique():
    for key in ("title", "description"):
        values = [front(page)[key] for page in PAGES]
        assert len(values) == len(set(values))


@pytest.mark.parametrize("page", PAGES)
def test_every_heading_has_an_explicit_id_and_its_own_text(page):
    headings = HEADING.findall(body(page))
    assert [text for _, text, one in headings if not one] == []
    assert [level for level, _, _ in headings].count("#") == 1
    assert len({text for _, text, _ in headings}) == len(headings)


def test_no_place_is_left_to_be_filled():
    written = {page: body(page) for page in PAGES}
    for path in (ROOT / "notebooks").glob("*.py"):
        written[path.name] = re.sub(r"^(?:[^#\n].*|# %%.*)?$|^# ", "", path.read_text("utf-8"), flags=re.M)
    marks = re.compile(r"^[A-Z][A-Z_ ]{3,}$|\b(?:TODO|FIXME|TBD|XXX)\b|\b[A-Z]{3,}_(?:TEXT|RESULTS?|PROSE)\b", re.M)
    assert {page: found for page, text in written.items() if (found := marks.findall(text))} == {}


@pytest.mark.parametrize("page", TASK_PAGES)
def test_a_task_page_has_the_twelve_sections(page):
    ids = [one for level, _, one in HEADING.findall(body(page)) if level == "##"]
    assert ids == SECTIONS


def test_section_headings_differ_between_tasks():
    texts = [text for page in TASK_PAGES for level, text, _ in HEADING.findall(body(page)) if level == "##"]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("page", TASK_PAGES)
def test_a_task_page_is_700_to_1400_words(page):
    assert 700 <= len(re.findall(r"\w[\w'’-]*", prose(page))) <= 1400


@pytest.mark.parametrize("page", PAGES)
def test_at_most_three_call_outs_of_two_kinds(page):
    kinds = re.findall(r"^!!! (\w+)", body(page), re.M)
    assert len(kinds) <= 3 and set(kinds) <= {"warning", "tip"}


def test_fences_have_a_language_and_are_short(site):
    for page, fences in site.fences.items():
        html = site.html(page)
        # Every highlighted block is one that the recorder saw: no fence without a language slipped past it.
        assert html.count('class="language-') + html.count(" language-") >= len(fences)
        assert len(re.findall(r'<div class="[^"]*\bhighlight\b', html)) == len(fences), page
        if page.endswith(".md"):
            for fence in fences:
                longest = 35 if "for batch in" in fence.source or "Trainer(" in fence.source else 15
                assert (
                    len([line for line in fence.source.splitlines() if line.strip()]) <= longest
                    or fence.language == "text"
                ), fence.source


@pytest.mark.parametrize("page", PAGES)
def test_plain_words(page):
    banned = re.findall(r"\b(?:simply|just|obviously|easy|easily)\b", prose(page), re.I)
    assert banned == []


@pytest.mark.parametrize("page", PAGES)
def test_numbers_in_prose_are_measured_cited_or_allowed(page):
    allowed = tomllib.loads((ROOT / "tests/pages/numbers.toml").read_text("utf-8")).get(page, {})
    found = set(re.findall(r"(?<![\w.])(?:\d+\.\d+|\.\d+|\d+(?:\.\d+)? ?%)", prose(page)))
    assert found == set(allowed), "write it through `guide:score` or `guide:cited`, or allow it with a reason"


def test_published_ids_never_disappear(site):
    published = (ROOT / "tests/pages/published-ids.txt").read_text("utf-8").split()
    moved = tomllib.loads((DOCS / "moved.toml").read_text("utf-8"))["moved"]
    for address in published:
        page, _, anchor = address.partition("#")
        page = moved.get(page, page)
        assert re.search(rf'id="?{re.escape(anchor)}\b', site.html(page)), f"{address} was published; keep an alias"
    now = {f"{page}#{one}" for page in PAGES for one in re.findall(r"\{#([\w-]+)\}", body(page))}
    assert now <= set(published), "append new ids to tests/pages/published-ids.txt"


def test_every_page_says_for_which_versions_it_is_true(site):
    for page in site.fences:
        assert "True for Transformers 5.23.0" in site.html(page), page


def test_notebook_pages_are_ours_not_the_plugins(site):
    article = re.search(r"<article.*</article>", site.html("notebooks/token-classification.ipynb"), re.S)[0]
    assert "jupyter-wrapper" not in article
    assert len(article.encode()) < 65_000  # the rest is the site's navigation, which grows with every page
