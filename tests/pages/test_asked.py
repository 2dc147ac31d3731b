"""Every question that readers asked is answered in full by the section to which its row points."""

import html
import re
from pathlib import Path

import pytest
import review

ROOT = Path(__file__).resolve().parents[2]
ASKED = review.load_asked(ROOT / "docs/review/asked.toml")
# Its tables show their code in cells; tests/facts/test_renames.py runs both sides of every row.
RUN_ELSEWHERE = "training/renames.md"


def section(page: str, anchor: str) -> tuple[int, int]:
    """Where a section of a built page begins and ends: up to the next heading of its level or above, or a table's row."""
    named = rf'id="?{re.escape(anchor)}["> ]'
    heading = re.search(rf"<h([1-6]) {named}", page)
    if heading:
        following = re.compile(rf"<h[1-{heading[1]}][ >]|</article>").search(page, heading.end())
        return heading.start(), following.start()
    inside = re.search(rf" {named}", page)
    assert inside, f"nothing has the id {anchor}"
    return page.rindex("<tr", 0, inside.start()), page.index("</tr>", inside.end())


def words_of(part: str) -> str:
    """What a reader reads of a piece of HTML, white space made single, quotes as one types them."""
    text = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(?:td|th|li|p|dt|dd)\b", " <", part)))
    return re.sub(r"\s+", " ", text).replace("’", "'")


@pytest.mark.parametrize("row", ASKED, ids=lambda row: f"{row.number} {row.answer}")
def test_the_section_answers(site, row):
    page, _, anchor = row.answer.partition("#")
    built = site.html(page)
    begin, end = section(built, anchor)
    said = words_of(built[begin:end])
    assert [word for word in row.words if word not in said] == []
    if row.code and page != RUN_ELSEWHERE:
        blocks = [match.start() for match in re.finditer(r'<div class="[^"]*\blanguage-python\b', built)]
        fences = [fence for fence in site.fences[page] if fence.language == "python"]
        assert len(blocks) == len(fences)
        inside = [fence for at, fence in zip(blocks, fences, strict=True) if begin < at < end]
        assert [fence for fence in inside if not fence.excused], "no fence of the section was run"


def test_every_question_has_its_row():
    assert sorted(row.number for row in ASKED) == list(range(1, 49))


def test_the_review_points_to_sections_that_exist(site):
    for question in review.load_questions(ROOT / "docs/review/questions.toml"):
        page, _, anchor = question.see.partition("#")
        section(site.html(page), anchor)


def test_the_course_map_has_every_section():
    """The titles of the course's table of contents, chapters 1, 3, 7 and 8, in its order."""
    tables = (ROOT / "docs/review/course.md").read_text("utf-8").split("## ")[1:]
    for title, sections in COURSE.items():
        table = next(part for part in tables if part.startswith(f"Chapter {title}"))
        assert re.findall(r"^\| \[([^\]]+)\]\(https://huggingface\.co/learn/llm-course/", table, re.M) == sections


COURSE = {
    "1": [
        "Introduction",
        "Natural Language Processing and Large Language Models",
        "Transformers, what can they do?",
        "How do Transformers work?",
        "How 🤗 Transformers solve tasks",
        "Transformer Architectures",
        "Quick quiz",
        "Inference with LLMs",
        "Bias and limitations",
        "Summary",
        "Certification exam",
    ],
    "3": [
        "Introduction",
        "Processing the data",
        "Fine-tuning a model with the Trainer API",
        "A full training loop",
        "Understanding Learning Curves",
        "Fine-tuning, Check!",
        "End-of-chapter quiz",
    ],
    "7": [
        "Introduction",
        "Token classification",
        "Fine-tuning a masked language model",
        "Translation",
        "Summarization",
        "Training a causal language model from scratch",
        "Question answering",
        "Mastering LLMs",
        "End-of-chapter quiz",
    ],
    "8": [
        "Introduction",
        "What to do when you get an error",
        "Asking for help on the forums",
        "Debugging the training pipeline",
        "How to write a good issue",
        "Part 2 completed!",
        "End-of-chapter quiz",
    ],
}
