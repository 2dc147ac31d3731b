"""Prompts of the pages: every parser makes of every answer what its row says, raises at none, and every answer has an origin."""

import re
from pathlib import Path

import errors
import prompts
import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs/llms/prompts.toml"
PROMPTS = prompts.load(FILE)
ANSWERS = prompts.load_answers(ROOT / "docs/llms/answers.toml", PROMPTS)
NOISE = [
    "",
    " ",
    "\n",
    "{",
    "}{",
    "[]",
    "null",
    "{}",
    '{"PER": 1}',
    "Answer:",
    "answer is",
    "“",
    "complaint" * 50,
    "\x00é☃",
]


def parser_of(prompt: prompts.Prompt):
    """The parser as its page shows it: the fence that defines it stands alone."""
    text = (ROOT / "docs" / prompt.page).read_text("utf-8")
    fences = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    [source] = [one for one in fences if f"def {prompt.parser}(" in one]
    space = {}
    exec(source, space)
    return space[prompt.parser]


def cases(prompt: prompts.Prompt, name: str):
    """Every answer of a prompt with what the parser must return."""
    for at, row in enumerate(prompt.rows):
        for way in prompts.ways(prompt):
            yield ANSWERS[name, at, way], getattr(row, way)
    for one in prompt.by_hand:
        yield one.text, one.parsed


@pytest.mark.parametrize("name", PROMPTS)
def test_the_parser_makes_of_every_answer_what_its_row_says(name):
    prompt = PROMPTS[name]
    parse = parser_of(prompt)
    assert [(text, parse(text)) for text, _ in cases(prompt, name)] == list(cases(prompt, name))


@pytest.mark.parametrize("name", PROMPTS)
def test_a_parser_raises_at_nothing(name):
    parse = parser_of(PROMPTS[name])
    found = [parse(text) for text in NOISE]
    assert found[0] is None, "an empty answer is no answer"


def test_what_does_not_parse_counts_as_wrong():
    assert prompts.verdict(None, "praise") == prompts.verdict(None, None) == "wrong: no answer found"
    assert [prompts.verdict("praise", wanted) for wanted in ("praise", "fault")] == ["right", "wrong"]


def test_every_kind_of_bad_answer_is_shown():
    shown = {one.kind for prompt in PROMPTS.values() for one in prompt.by_hand}
    assert shown == {"as asked", "refusal", "prose around it", "wrong label", "cut off", "wrong language"}


@pytest.mark.parametrize("name", PROMPTS)
def test_a_page_shows_the_prompt_with_the_origin_of_every_answer(name):
    prompt = PROMPTS[name]
    pages = [path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")]
    assert any(f"<!-- guide:prompt {name} -->" in page for page in pages)
    shown = prompts.render(name, prompt, ANSWERS)
    rows = [line for line in shown.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(list(cases(prompt, name)))
    assert all(prompts.RECORDED in row or prompts.BY_HAND in row for row in rows)
    assert all(row.count("|") - row.count("\\|") == 3 for row in rows)


FAULTS = {
    "unknown key": ("parser =", "parse ="),
    "unknown task": ('task = "text-classification"', 'task = "classify"'),
    "no slot": ('content = "{text}"', 'content = "text"'),
    "a schema's answer without a schema": ('wanted = "question"', 'wanted = "question", schema = "question"'),
    "unknown kind": ('kind = "refusal"', 'kind = "no"'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_sentence_that_names_file_and_prompt(fault, tmp_path):
    text = FILE.read_text("utf-8").split("[label]")[1].split("[label-few]")[0]
    spoiled = text.replace(*FAULTS[fault])
    assert spoiled != text
    path = tmp_path / "prompts.toml"
    path.write_text("[label]" + spoiled, "utf-8")
    with pytest.raises(errors.GuideError, match=r"prompts\.toml: prompt label: [^\n]*$"):
        prompts.load(path)


def test_a_prompt_that_changed_must_be_recorded_again(tmp_path):
    path = tmp_path / "prompts.toml"
    path.write_text(FILE.read_text("utf-8").replace("one word: complaint", "a word: complaint"), "utf-8")
    with pytest.raises(errors.GuideError, match=r"prompt label has changed; run tools/record_prompts\.py"):
        prompts.load_answers(ROOT / "docs/llms/answers.toml", prompts.load(path))
