"""The pure functions behind the build, on small cases."""

from pathlib import Path

import blocks
import checks
import errors
import facts
import findable
import formulas
import highlighting
import markdown
import pytest
import results
import shortcodes

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


@pytest.fixture
def guide():
    return shortcodes.Guide(
        tasks=facts.load_tasks(DOCS / "tasks"),
        sources=facts.load_sources(DOCS / "sources.toml"),
        results=ROOT / "notebooks/results",
        figures=DOCS / "assets/figures",
        pages=frozenset({"index.md", "tasks/index.md", "tasks/token-classification.md"}),
        evidence=facts.load_evidence(DOCS / "llms/evidence.toml", facts.load_sources(DOCS / "sources.toml")),
    )


def test_a_widget_stays_a_block_around_its_table():
    source = "<task-finder markdown>\n\n| a |\n|---|\n| b |\n\n</task-finder>"
    without = markdown.markdown(source, extensions=["tables", "md_in_html"])
    extensions = [blocks.WidgetBlocks(["task-finder"]), "tables", "md_in_html"]
    with_blocks = markdown.markdown(source, extensions=extensions)
    assert "<p><task-finder" in without
    assert with_blocks.startswith("<task-finder>") and with_blocks.rstrip().endswith("</task-finder>")
    assert "<table>" in with_blocks


def test_names_of_widgets_are_those_of_their_files():
    names = blocks.widget_names(DOCS / "assets/widgets")
    listed = (DOCS / "assets/widgets/index.js").read_text("utf-8").split("WIDGETS = [")[1].split("]")[0]
    assert names == sorted(name.strip().strip('"') for name in listed.split(","))


def test_a_task_is_linked_only_when_its_page_exists(guide):
    table = shortcodes.expand("<!-- guide:compare -->", guide, "tasks/index.md")
    assert "[Token classification](token-classification.md)" in table
    assert "| Translation |" in table
    assert "[Token classification](tasks/token-classification.md)" in shortcodes.finder(guide, "index.md", "")


def test_every_task_has_a_whole_fact_sheet(guide):
    for slug in facts.SLUGS:
        sheet = shortcodes.expand(f"<!-- guide:sheet {slug} -->", guide, "x.md")
        assert sheet.count("\n:   ") == 10


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("<!-- guide:nothing -->", "no shortcode is called 'nothing'"),
        ("<!-- guide:sheet ner -->", "no task is called 'ner'"),
        ("<!-- guide:cited nobody x -->", "no source is called 'nobody'"),
        ("<!-- guide:cited gpt-ner x -->", "no figure of gpt-ner is called 'x'"),
        ("<!-- guide:figure none caption -->", "none.svg: the drawing is missing"),
        ("<!-- guide:figure token-alignment -->", "write the caption"),
        ("<!-- guide:quiz nerves -->", "no topic of the review is called 'nerves'"),
        ("<!-- guide:asked nerves -->", "no group of questions asked is called 'nerves'"),
    ],
)
def test_a_wrong_shortcode_names_the_page(guide, code, said):
    with pytest.raises(errors.GuideError) as error:
        shortcodes.expand(code, guide, "a/b.md")
    assert str(error.value).startswith("docs/a/b.md: ") and said in str(error.value)


def test_numbers_are_spelled_for_prose():
    assert [results.spell(value) for value in (0.62094, 1284, 7.6, "x", True)] == [
        "0.621",
        "1,284",
        "7.6",
        "x",
        "True",
    ]
    assert [results.spell(value, timed=True) for value in (0.3, 1.0, 3.64, 28.8)] == ["0.3", "1", "3.6", "28.8"]


def test_formulas_become_mathml_and_are_left_out_of_search():
    page = formulas.render('<p><span class="arithmatex">\\(P &lt; \\frac{1}{2}\\)</span></p>', "x.md")
    assert "<math data-search-exclude" in page and "<mfrac>" in page and "\\" not in page
    with pytest.raises(errors.GuideError, match=r"x\.md.*\\nosuch"):
        formulas.render('<span class="arithmatex">\\(\\nosuch\\)</span>', "x.md")


def test_highlighting_keeps_the_text_and_the_telling_colours():
    code = '<code><span class="kn">import</span><span class="w"> </span><span class="nn">os</span><span class="p">;</span></code>'
    assert highlighting.thin(code) == '<code><span class="kn">import</span> os;</code>'
    twice = '<code><span class="sa">f</span><span class="s2">a</span><span class="s2">b</span></code>'
    assert highlighting.thin(twice) == '<code><span class="sa">f</span><span class="s2">ab</span></code>'


def test_squeezing_spares_code():
    page = "<div>\n\n   <p>a  b</p>\n  \n</div><pre>x\n\n  y</pre>\n\n<script>1\n\n 2</script>"
    assert highlighting.squeeze(page) == "<div>\n<p>a  b</p>\n</div><pre>x\n\n  y</pre>\n<script>1\n\n 2</script>"


def test_findings_of_a_built_page():
    page = '<p id="a"></p><p id="a"></p><img src="x.png" alt=" "><!-- guide:shet --><img src="y.png" alt="y"><th> </th>'
    said = " ".join(checks.findings(page))
    assert "guide:shet" in said and "`a` stands twice" in said and "x.png" in said and "y.png" not in said
    assert "a column of a table has no name" in said


def test_every_source_and_every_figure_of_it_is_cited(guide):
    pages = "".join(path.read_text("utf-8") for path in DOCS.rglob("*.md"))
    rows = guide.evidence.values()
    for key, source in guide.sources.items():
        assert f"guide:source {key} " in pages or any(row.source == key for row in rows), key
        shown = {figure for row in rows if row.source == key for figure in facts.figures_of(row)}
        for figure in source.figures:
            assert f"guide:cited {key} {figure} " in pages or figure in shown, (key, figure)


def test_rows_and_terms_with_an_id_become_entries_of_the_search():
    page = (
        '<h2 id="names">Names</h2><table><tr><th>Old</th></tr><tr><td><a id="old-lr" href="#old-lr"><code>lr</code></a>'
        "<em>chapter 3</em> was renamed</td><td>rate &lt; 1</td></tr><tr><td>no id</td></tr></table>"
        '<h2 id="terms">Terms</h2><dl><dt id="bleu">BLEU</dt><dd>Shared n-grams.</dd><dd>Also sacreBLEU.</dd></dl><p>After.</p>'
    )
    found = findable.parts(page)
    assert found == [
        ("#names", "old-lr", "lr", "lr was renamed rate < 1"),
        ("#terms", "bleu", "BLEU", "Shared n-grams. Also sacreBLEU."),
    ]
    docs = [
        {"location": f"page/{part}", "title": "t", "text": "", "tags": ["x"]}
        for part in ("", "#names", "#terms", "#next")
    ]
    entries = {
        one["location"]: one
        for one in findable.enrich(
            docs, {"page/": found}, {"page/#next": ["later"]}, {"page/": ["what now"]}, [("page.md#page", "Why?")]
        )
    }
    assert entries["page/#old-lr"] == {
        "location": "page/#old-lr", "title": "lr", "text": "was renamed rate &lt; 1", "tags": ["x"], "boost": 1,
    }  # fmt: skip
    assert entries["page/#next"]["also"] == ["later"] and entries["page/"]["also"] == ["Why?"]
    assert entries["page/"]["said"] == ["what now"]
    assert entries["page/#names"]["boost"] < 1 == entries["page/"]["boost"]
    for tables in ({"page/#gone": ["words"]}, {}), ({}, {"page/#gone": ["words"]}):
        with pytest.raises(errors.GuideError, match="no section has the address page/#gone"):
            findable.enrich(docs, {}, *tables, [])


def test_addresses_of_sections():
    assert [findable.address(one) for one in ("index.md", "metrics/index.md#paired", "training/hub.md#push")] == [
        "",
        "metrics/#paired",
        "training/hub/#push",
    ]
