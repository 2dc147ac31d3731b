"""What the training pages say about the libraries: defaults, accumulation, flags, two real processes."""

import contextlib
import dataclasses
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import transformers
from accelerate.commands.launch import launch_command_parser
from transformers import Seq2SeqTrainingArguments, Trainer, TrainingArguments, set_seed

TRAINING = Path(__file__).resolve().parents[2] / "docs/training"
TRAINER = (TRAINING / "trainer.md").read_text("utf-8")
SCALE = (TRAINING / "scale.md").read_text("utf-8")


def test_the_defaults_in_the_table_are_the_librarys():
    table = TRAINER.split("{#arguments}")[1].split("### ")[0]
    shown = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", table, re.M))
    real = {field.name: repr(field.default) for field in dataclasses.fields(TrainingArguments)}
    assert len(shown) > 20
    assert {name: value.strip("\"'") for name, value in shown.items()} == {
        name: real[name].strip("'") for name in shown
    }


def test_every_argument_that_a_page_names_exists():
    names = {field.name for field in dataclasses.fields(Seq2SeqTrainingArguments)}
    for page in TRAINING.glob("*.md"):
        if page.stem in ("trainer", "scale", "curves"):
            for call in re.findall(r"TrainingArguments\(([^)]*)\)", page.read_text("utf-8")):
                assert set(re.findall(r"(\w+)=", call)) <= names, page


SMALL = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "pad_token_id": 0,
}
STILL = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
DISTIL = {"vocab_size": 50, "dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 16, "dropout": 0.0}
DISTIL |= {"attention_dropout": 0.0, "seq_classif_dropout": 0.0}
T5 = {"vocab_size": 50, "d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2, "dropout_rate": 0.0}
T5 |= {"decoder_start_token_id": 0}
BART = {"vocab_size": 50, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2}
BART |= {"decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "dropout": 0.0}
BART |= {"pad_token_id": 0, "decoder_start_token_id": 2, "eos_token_id": 2, "bos_token_id": 1}
MODERN = {**SMALL, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
GPT2 = {
    "vocab_size": 50,
    "n_embd": 16,
    "n_layer": 1,
    "n_head": 2,
    "resid_pdrop": 0.0,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
}
# Class of the model: its configuration, and what accumulation over four batches multiplies the loss by.
MULTIPLIED = {
    "BertForSequenceClassification": {**SMALL, **STILL},
    "BertForTokenClassification": {**SMALL, **STILL},
    "RobertaForSequenceClassification": {**SMALL, **STILL},
    "RobertaForTokenClassification": {**SMALL, **STILL},
    "ModernBertForSequenceClassification": MODERN,
    "ModernBertForTokenClassification": MODERN,
    "DistilBertForSequenceClassification": DISTIL,
    "ElectraForSequenceClassification": {**SMALL, **STILL, "embedding_size": 16},
    "DebertaV2ForSequenceClassification": {**SMALL, **STILL},
    "BertForMaskedLM": {**SMALL, **STILL},
    "DistilBertForMaskedLM": DISTIL,
    "MarianMTModel": BART,
    "BartForConditionalGeneration": BART,
    "T5ForConditionalGeneration": T5,
    "MT5ForConditionalGeneration": T5,
    "LlamaForSequenceClassification": SMALL,
}
RIGHT = {
    "GPT2LMHeadModel": GPT2,
    "LlamaForCausalLM": SMALL,
    "ModernBertForMaskedLM": MODERN,
    "BertForQuestionAnswering": {**SMALL, **STILL},
}


def first_loss(name: str, options: dict, folder: str, **sizes) -> float:
    """The logged loss of one step of a tiny model on the same eight rows."""
    draw = torch.Generator().manual_seed(0)
    rows = []
    for at in range(8):
        ids = torch.randint(3, 50, (8,), generator=draw)
        row = {"input_ids": ids, "attention_mask": torch.ones(8, dtype=torch.long)}
        if "Sequence" in name:
            row["labels"] = torch.tensor(at % 2)
        elif "Token" in name:
            row["labels"] = ids % 2
        elif "Question" in name:
            row |= {"start_positions": torch.tensor(1), "end_positions": torch.tensor(2)}
        else:
            row["labels"] = ids.clone()
        rows.append(row)
    set_seed(0)
    kind = getattr(transformers, name)
    model = kind(kind.config_class(**options)).double()
    arguments = TrainingArguments(
        folder, max_steps=1, logging_steps=1, report_to="none", save_strategy="no", disable_tqdm=True, **sizes
    )
    trainer = Trainer(model, arguments, train_dataset=rows)
    with contextlib.redirect_stdout(io.StringIO()):
        trainer.train()
    return trainer.state.log_history[0]["loss"]


@pytest.mark.parametrize("name", [*MULTIPLIED, *RIGHT])
def test_accumulation_multiplies_the_loss_of_these_classes_and_not_of_those(name, tmp_path):
    options = (MULTIPLIED | RIGHT)[name]
    whole = first_loss(name, options, str(tmp_path), per_device_train_batch_size=8)
    parts = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4}
    factor = first_loss(name, options, str(tmp_path), **parts) / whole
    assert factor == pytest.approx(4 if name in MULTIPLIED else 1, rel=0.01)
    if "Classification" not in name:
        assert f"`{name}`" in TRAINER


def test_the_flags_of_accelerate_launch_exist():
    known = {option for action in launch_command_parser()._actions for option in action.option_strings}
    named = set(re.findall(r"--[a-z_]+", SCALE)) - {"--nproc_per_node"}
    assert len(named) > 10 and named <= known


def test_two_processes_print_what_the_page_shows(tmp_path):
    """The page's script without a GPU, started in the four ways of its table: two together, two strangers, one, two together."""
    script = SCALE.split('```python title="two.py"\n')[1].split("```")[0]
    alone, both = re.findall(r"```text\n([^`]*process\(es\)[^`]*)```", SCALE)
    (tmp_path / "two.py").write_text(script)
    # What an Accelerator of an earlier test left behind (ACCELERATE_USE_CPU) would keep the script in one process.
    quiet = {key: value for key, value in os.environ.items() if not key.startswith("ACCELERATE_")}
    quiet |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}

    def printed(*command: str) -> str:
        done = subprocess.run([sys.executable, "-m", *command], cwd=tmp_path, env=quiet, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert printed("torch.distributed.run", "--nproc_per_node", "2", "two.py") == both
    assert printed("accelerate.commands.launch", "--cpu", "--num_processes", "2", "two.py") == alone
    (tmp_path / "two.py").write_text(script + "accelerator.print(torch.distributed.get_backend())\n")
    assert printed("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "two.py") == both + "gloo\n"
    (tmp_path / "two.py").write_text(script.replace("cpu=True", ""))
    # A file for each process's output: in one pipe the two write between each other's words.
    printed("torch.distributed.run", "--nproc_per_node", "2", "--log-dir", "logs", "--redirects", "1", "two.py")
    assert [log.read_text("utf-8") for log in tmp_path.glob("logs/**/stdout.log")] == [alone, alone]


def test_grouping_by_length_saves_nothing_below_eight_batches():
    from transformers.trainer_pt_utils import get_length_grouped_indices

    def places(order: list[int], lengths: list[int]) -> int:
        """Places of all batches of four, padding included."""
        return sum(4 * max(lengths[one] for one in order[at : at + 4]) for at in range(0, len(order), 4))

    for batches, saves in ((7, False), (8, True), (64, True)):
        lengths = torch.randint(3, 99, (4 * batches,), generator=torch.Generator().manual_seed(1)).tolist()
        draw = [torch.Generator().manual_seed(0) for _ in range(2)]
        grouped = places(get_length_grouped_indices(lengths, 4, generator=draw[0]), lengths)
        assert (grouped < places(torch.randperm(len(lengths), generator=draw[1]).tolist(), lengths)) == saves
    assert "with fewer than eight batches it saves nothing" in (TRAINING / "collators.md").read_text("utf-8")
