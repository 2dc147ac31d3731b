"""Published comparisons: what a row must hold before it may be shown, and what its pages show of it."""

import re
import tomllib
from pathlib import Path

import errors
import facts
import pytest
import shortcodes

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FILE = DOCS / "llms/evidence.toml"
SOURCES = facts.load_sources(DOCS / "sources.toml")
ROWS = facts.load_evidence(FILE, SOURCES)
GUIDE = shortcodes.Guide(
    tasks=facts.load_tasks(DOCS / "tasks"),
    sources=SOURCES,
    results=ROOT / "notebooks/results",
    figures=DOCS / "assets/figures",
    pages=frozenset(),
    evidence=ROWS,
)
TASKS = ("across", *facts.SLUGS)
# Rows that are misquoted elsewhere: what their caveat must say.
TRAPS = {
    "names-best": "NER model",
    "names-random": "needs the labels",
    "classes-sample": "44 and 46 right of 50",
    "classes-stance": "Not the same rows",
    "classes-all-labels": "2023",
    "classes-irony": "better fine-tuned model",
    "classes-imdb": "Contaminated",
    "classes-break-even": "cite the version",
    "classes-anger": "larger class",
    "answers-graded": "substitute for people",
    "sides-moment": "second half",
    "translate-tuned": "metrics of the same family",
    "translate-2025": "before people have judged",
    "summaries-energy": "idle",
    "across-energy": "idle",
    "across-price": "all annotators agreed",
    "across-labels": "agreement with two trained assistants",
    "across-schema": "order the fields",
    "across-judge": "declines",
}


def number(text: str) -> float | None:
    """The one number of a figure; nothing for a range or words."""
    found = re.findall(r"\d*\.?\d+", text.replace(",", ""))
    return float(found[0]) if len(found) == 1 else None


def test_every_task_has_rows_and_the_page_shows_them_all():
    page = (DOCS / "llms/evidence.md").read_text("utf-8")
    for task in TASKS:
        assert any(row.task == task for row in ROWS.values())
        assert f"<!-- guide:evidence {task} -->" in page


def test_every_task_page_shows_its_rows():
    for slug in facts.SLUGS:
        path = DOCS / f"tasks/{slug}.md"
        if path.exists():
            section = path.read_text("utf-8").split("{#llm}")[1].split("{#pitfalls}")[0]
            assert f"<!-- guide:evidence-strip {slug} -->" in section, slug


def test_the_texts_of_rows_hold_no_figure_of_their_own():
    allowed = tomllib.loads((ROOT / "tests/pages/numbers.toml").read_text("utf-8"))["llms/evidence.toml"]
    texts = " ".join(
        f"{row.claim} {row.caveat} {row.metric} {row.test} {row.shots} {row.left.system} {row.right.system}"
        for row in ROWS.values()
    )
    assert set(re.findall(r"(?<![\w.])(?:\d+\.\d+|\.\d+|\d+(?:\.\d+)? ?%)", texts)) == set(allowed)
    assert "|" not in texts


@pytest.mark.parametrize("key", TRAPS)
def test_a_known_trap_stands_in_the_caveat(key):
    assert TRAPS[key] in ROWS[key].caveat


@pytest.mark.parametrize("key", ROWS)
def test_the_better_side_is_better(key):
    row = ROWS[key]
    if row.better == "neither" or not (row.left.figure and row.right.figure):
        return
    left, right = (number(SOURCES[row.source].figures[side.figure].value) for side in (row.left, row.right))
    if left is None or right is None or left == right:
        return
    lower = re.search(r"lower is better|price|energy|emissions", row.metric)
    assert (left < right) == (row.better == ("left" if lower else "right"))


def test_a_row_is_shown_with_both_figures_its_caveat_its_source_and_its_check():
    table = shortcodes.evidence(GUIDE, "llms/evidence.md", "token-classification")
    row = next(line for line in table.splitlines() if "72.62" in line)
    for part in (
        "**92.8** BERT tagger",
        "(prompted)",
        "84.36",
        "https://arxiv.org/abs/2304.10428",
        "checked: paper, 20",
    ):
        assert part in row
    assert row.count("|") == 3 and "{" not in table


def test_two_prices_are_no_formula():
    assert "&#36;2.7" in shortcodes.evidence(GUIDE, "x.md", "across") and "$" not in shortcodes.evidence(
        GUIDE, "x.md", "across"
    )


def test_a_strip_is_the_same_table_folded():
    strip = shortcodes.evidence_strip(GUIDE, "tasks/translation.md", "translation")
    count = sum(row.task == "translation" for row in ROWS.values())
    assert strip.startswith("??? quote") and f"{count} comparisons" in strip
    assert "(../llms/evidence.md#traps)" in strip
    assert all(line.startswith("    ") for line in strip.splitlines()[1:] if line)


FAULTS = {
    "unknown key": ("shots =", "shorts ="),
    "unknown figure": ('figure = "bert"}', 'figure = "brt"}'),
    "unknown figure in a text": ("{neighbors}", "{nobody}"),
    "unknown source": ('source = "gpt-ner"', 'source = "gpt"'),
    "unknown task": ('task = "token-classification"', 'task = "ner"'),
    "figure and verdict": ('figure = "bert"}', 'figure = "bert", verdict = "ahead"}'),
    "neither figure nor verdict": (', figure = "bert"}', "}"),
    "checked more than read": ('checked = "paper"', 'checked = "quoted"'),
    "no day": ("on = 2026-11-28\n", ""),
    "no caveat": (re.compile('caveat = ".*"'), 'caveat = ""'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_sentence_that_names_file_and_row(fault, tmp_path):
    before, after = FAULTS[fault]
    text = FILE.read_text("utf-8").split("[names-random]")[1].split("[names-best]")[0]
    spoiled = re.sub(before, lambda _: after, text) if isinstance(before, re.Pattern) else text.replace(before, after)
    assert spoiled != text
    path = tmp_path / "evidence.toml"
    path.write_text("[names-random]" + spoiled, "utf-8")
    with pytest.raises(errors.GuideError) as error:
        facts.load_evidence(path, SOURCES)
    said = str(error.value)
    assert "evidence.toml: row names-random: " in said and "\n" not in said


def test_a_task_without_rows_is_refused():
    with pytest.raises(errors.GuideError, match=r"evidence\.toml has no row of task 'ner'"):
        shortcodes.evidence(GUIDE, "x.md", "ner")
