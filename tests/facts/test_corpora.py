"""The corpora: rows are whole, splits hold names and subjects out, and the cards say what the files say."""

import collections
import json
import re
from pathlib import Path

import agreement
import pytest

DATA = Path(__file__).resolve().parents[2] / "notebooks/data"
ROWS = [json.loads(line) for line in (DATA / "token-classification.jsonl").read_text("utf-8").splitlines()]
CARD = (DATA / "token-classification.md").read_text("utf-8")


def spans(row) -> list[tuple]:
    """The entities of a row as (first word, one past the last, type); fails on an I- without its B-."""
    found, before = [], "O"
    for at, tag in enumerate(row["ner_tags"]):
        if tag.startswith("B-"):
            found.append([at, at + 1, tag[2:]])
        elif tag.startswith("I-"):
            assert before[2:] == tag[2:], row["id"]
            found[-1][1] = at + 1
        before = tag
    return [tuple(span) for span in found]


def passes(prefix: str) -> tuple[dict, dict]:
    """The two label files of a corpus."""
    return tuple(agreement.read_labels(DATA / f"{prefix}-{one}.jsonl") for one in ("first", "second"))


def names(rows) -> set[str]:
    return {" ".join(row["tokens"][first:last]).lower() for row in rows for first, last, _ in spans(row)}


def test_rows_are_whole():
    assert len({row["id"] for row in ROWS}) == len(ROWS) >= 1000
    assert len({" ".join(row["tokens"]).lower() for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert len(row["tokens"]) == len(row["ner_tags"]) > 0
        assert set(row["ner_tags"]) <= {"O"} | {f"{p}-{kind}" for p in "BI" for kind in ("PER", "ORG", "LOC", "WORK")}


def test_names_and_subjects_of_the_test_are_held_out():
    test = [row for row in ROWS if row["split"] == "test"]
    rest = [row for row in ROWS if row["split"] != "test"]
    assert not names(test) & names(rest)
    assert not {row["subject"] for row in test} & {row["subject"] for row in rest}


def test_the_final_labels_are_those_of_one_of_the_two_passes():
    first, second = passes("token-classification")
    for row in ROWS:
        assert set(spans(row)) in (first[row["id"]]["spans"], second[row["id"]]["spans"]), row["id"]


def test_the_card_tells_the_counts_and_the_agreement():
    first, second = passes("token-classification")
    found = agreement.agreement(first, second)
    for kind in ("PER", "ORG", "LOC", "WORK"):
        assert f"| {kind} | {found[f'span F1, {kind}']:.3f} |" in CARD, kind
    assert f"| all | {found['span F1']:.3f} |" in CARD
    for split in ("train", "validation", "test"):
        rows = [row for row in ROWS if row["split"] == split]
        kinds = collections.Counter(kind for row in rows for _, _, kind in spans(row))
        cells = [split, len(rows), *(kinds[kind] for kind in ("PER", "ORG", "LOC", "WORK"))]
        assert "| " + " | ".join(str(cell) for cell in cells) + " |" in CARD, cells
    assert f"{sum(not spans(row) for row in ROWS)} sentences hold no name" in CARD
    differ = sum(first[row] != second[row] for row in first)
    assert f"{differ} of {len(ROWS):,} sentences" in CARD


def test_agreement_on_cases_worked_by_hand():
    first = {"a": {"spans": {(0, 1, "PER"), (2, 4, "LOC")}}, "b": {"spans": set()}}
    second = {"a": {"spans": {(0, 1, "PER"), (2, 3, "LOC")}}, "b": {"spans": {(0, 1, "PER")}}}
    found = agreement.agreement(first, second)
    # Two spans in the first pass, three in the second, one in both: 2 * 1 / 5. Of places: three and three, two in both.
    assert found["span F1"] == pytest.approx(0.4) and found["F1 of covered places"] == pytest.approx(4 / 6)
    assert found["span F1, LOC"] == 0 and found["span F1, PER"] == pytest.approx(2 / 3)
    # Agree on three of four; by chance 1/2 * 1/2 + 1/2 * 1/2 would on half: (3/4 - 1/2) / (1 - 1/2).
    labels = [
        {str(row): {"same": value} for row, value in enumerate(values)} for values in ([1, 1, 0, 0], [1, 0, 0, 0])
    ]
    assert agreement.agreement(*labels)["kappa of same"] == pytest.approx(0.5)
    topics = [{"a": {"topics": {"money", "staff"}}}, {"a": {"topics": {"money"}}}]
    assert agreement.agreement(*topics) == {"F1 of topics": pytest.approx(2 / 3)}


def read(slug: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / f"{slug}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    "slug",
    ["text-classification", "question-answering", "masked-language-modeling-text", "translation", "summarization"],
)
def test_subjects_of_the_test_are_held_out_and_ids_are_unique(slug):
    rows = read(slug)
    assert len({row["id"] for row in rows}) == len(rows)
    test = {row["subject"] for row in rows if row["split"] == "test"}
    assert test and not test & {row["subject"] for row in rows if row["split"] != "test"}


def test_messages_and_their_card():
    rows, card = read("text-classification"), (DATA / "text-classification.md").read_text("utf-8")
    labels = ["complaint", "question", "fault", "suggestion", "praise"]
    for split in ("train", "validation", "test"):
        part = collections.Counter(row["label"] for row in rows if row["split"] == split)
        cells = [split, part.total(), *(part[label] for label in labels)]
        assert "| " + " | ".join(str(cell) for cell in cells) + " |" in card, cells
    assert all(row["label"] in labels and len(row["topics"]) < 4 and 1 <= row["urgency"] <= 5 for row in rows)
    assert len({row["text"] for row in rows}) == len(rows)
    first, second = passes("text-classification")
    for row in rows:
        one, two = first[row["id"]], second[row["id"]]
        assert row["label"] in (one["label"], two["label"]) and row["urgency"] == (one["urgency"] + two["urgency"]) / 2
        assert one["topics"] & two["topics"] <= set(row["topics"]) <= one["topics"] | two["topics"], row["id"]
    found = agreement.agreement(first, second)
    assert f"| messages | kappa of label | {found['kappa of label']:.3f} |" in card
    assert f"| messages | F1 of topics | {found['F1 of topics']:.3f} |" in card
    assert f"| messages | kappa of urgency, quadratic weights | {found['kappa of urgency']:.3f} |" in card


def test_pairs_and_their_card():
    rows, card = read("text-classification-pairs"), (DATA / "text-classification.md").read_text("utf-8")
    first, second = passes("text-classification-pairs")
    assert all(row["same"] == first[row["id"]]["same"] for row in rows)
    assert f"| pairs | kappa of same | {agreement.agreement(first, second)['kappa of same']:.3f} |" in card
    same = {split: sum(row["same"] for row in rows if row["split"] == split) for split in ("train", "test")}
    assert f"100 pairs to train ({same['train']} same) and 100 to test ({same['test']} same)" in card
    assert len({text for row in rows for text in (row["first"], row["second"])}) == 2 * len(rows) == 400


def test_answers_stand_in_their_passages_and_the_card_counts_them():
    rows, card = read("question-answering"), (DATA / "question-answering.md").read_text("utf-8")
    for row in rows:
        for text, start in zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True):
            assert row["context"][start : start + len(text)] == text, row["id"]
    for split in ("train", "validation", "test"):
        part = [row for row in rows if row["split"] == split]
        empty = sum(not row["answers"]["text"] for row in part)
        assert f"| {split} | {len({row['paragraph'] for row in part})} | {len(part)} | {empty} |" in card
        assert empty * 4 == len(part) if split == "test" else 0.2 < empty / len(part) < 0.3
    first, second = passes("question-answering")
    found = agreement.agreement(first, second)
    assert all(f"| {measure} | {found[measure]:.3f} |" in card for measure in ("span F1", "F1 of covered places"))
    for row in rows:
        starts = zip(row["answers"]["answer_start"], row["answers"]["text"], strict=True)
        spans = {(start, start + len(text), "answer") for start, text in starts}
        both = first[row["id"]]["spans"] | second[row["id"]]["spans"]
        assert spans == (first[row["id"]]["spans"] if row["split"] == "train" else both), row["id"]


def test_everyday_texts_gapped_sentences_and_their_card():
    rows, card = read("masked-language-modeling-text"), (DATA / "masked-language-modeling.md").read_text("utf-8")
    for split in ("train", "validation", "test"):
        texts = [row["text"] for row in rows if row["split"] == split]
        assert f"| {split} | {len(texts)} | {sum(len(text.split()) for text in texts)} |" in card
    assert len({row["text"] for row in rows}) == len(rows)
    gapped, whole = read("masked-language-modeling"), " ".join(row["text"] for row in rows)
    assert [sum(row["clue"] == side for row in gapped) for side in ("left", "right")] == [20, 20]
    for row in gapped:
        assert row["text"].count("[MASK]") == 1 and row["answer"] in row["candidates"], row["id"]
        assert len(set(row["candidates"])) == 4 and row["text"].replace("[MASK]", row["answer"]) not in whole


def test_translations_and_their_card():
    rows, card = read("translation"), (DATA / "translation.md").read_text("utf-8")
    for side in ("id", "en", "fr"):
        assert len({row[side] for row in rows}) == len(rows) == 610
    for split in ("train", "validation", "test"):
        part = [row for row in rows if row["split"] == split]
        words = [sum(len(row[side].split()) for row in part) for side in ("en", "fr")]
        cells = [split, len(part), len({row["subject"] for row in part}), *words]
        assert "| " + " | ".join(map(str, cells)) + " |" in card, cells
    assert len({row["register"] for row in rows}) == 16
    assert not any("'" in row["en"] + row["fr"] for row in rows)  # typographic apostrophes throughout


def test_articles_have_summaries_of_one_and_three_sentences_and_the_card_counts_them():
    rows, card = read("summarization"), (DATA / "summarization.md").read_text("utf-8")
    for split in ("train", "validation", "test"):
        part = [row for row in rows if row["split"] == split]
        lengths = [
            f"{sum(len(row[key].split()) for row in part) / len(part):.1f}" for key in ("article", "one", "three")
        ]
        cells = [split, len(part), len({row["subject"] for row in part}), *lengths]
        assert "| " + " | ".join(str(cell) for cell in cells) + " |" in card, cells
    for key in ("id", "title", "article", "one", "three"):
        assert len({row[key] for row in rows}) == len(rows) == 88, key
    genres = collections.Counter(row["genre"] for row in rows)
    assert "Genres: " + ", ".join(f"{genre} {count}" for genre, count in genres.most_common()) + "." in card
    assert all(len(row["one"]) < len(row["three"]) < len(row["article"]) / 2 for row in rows)
    for row in rows:
        numbers = re.findall(r"\d[\d,.]*\d|\d", row["one"] + " " + row["three"])
        assert not [number for number in numbers if number not in row["article"]], row["id"]


def test_the_grammar_holds_out_what_its_card_says():
    import runpy

    grammar, card = runpy.run_path(str(DATA / "translation-grammar.py")), (DATA / "translation.md").read_text("utf-8")
    sizes = [len(grammar[name]) for name in ("NOUN_ROWS", "ADJECTIVE_ROWS", "VERB_ROWS")]
    assert (
        "{} nouns of six kinds with gender and plural, {} adjectives with place and agreement, {} verbs".format(*sizes)
        in card
    )
    make, taken = grammar["pairs"], set()
    parts = {part: make(part, 200, taken) for part in ("test", "names", "train")}
    assert make("test", 20) == parts["test"][:20]  # seeded
    unseen = set(grammar["UNSEEN"].split())
    for part, rows in parts.items():
        words = [set(re.findall(r"\w+", row["en"])) for row in rows]
        assert all(bool(one & unseen) == (part == "names") for one in words), part
        assert len({row["en"] for row in rows}) == len(rows)
    assert not re.search(
        r"\b(?:le|la|de|ne|je|que) [aeiouhéê]|\bà les? |\bde les? ", " ".join(row["fr"] for row in parts["train"])
    )


def test_the_outputs_of_the_metrics_corpus_vary_truth_and_wording_apart():
    import difflib

    rows = [json.loads(line) for line in (DATA / "metrics.jsonl").read_text("utf-8").splitlines()]
    pairs = [json.loads(line) for line in (DATA / "translation.jsonl").read_text("utf-8").splitlines()]
    english = {row["id"]: row["en"] for row in pairs if row["split"] == "test"}
    card = (DATA / "metrics.md").read_text("utf-8")

    def changed(one: str, two: str) -> int:
        """Words of the longer text that the other lacks, in order."""
        words, others = one.split(), two.split()
        blocks = difflib.SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
        return max(len(words), len(others)) - sum(block.size for block in blocks)

    for row in rows:
        assert row["reference"] == english[row["source"]]
        assert len({row[key] for key in ("reference", "near", "far", "near_wrong", "far_wrong")}) == 5
        assert 1 <= changed(row["reference"], row["near"]) <= 4
        assert 1 <= changed(row["reference"], row["near_wrong"]) <= 3
        assert 1 <= changed(row["far"], row["far_wrong"]) <= 9
    assert card.startswith(f"# Data card: metrics\n\n{len(rows)} English sentences")
    for fault, count in collections.Counter(row["fault"] for row in rows).items():
        assert f"{count} {fault}" in card


def test_functions_compile_and_the_card_counts_them():
    rows, card = read("causal-language-modeling"), (DATA / "causal-language-modeling.md").read_text("utf-8")
    texts = [row["text"] for row in rows]
    assert len(set(texts)) == len({row["id"] for row in rows}) == len(rows)
    for text in texts:
        compile(text, "snippet", "exec")
        assert '"""' in text and all(len(line) <= 100 for line in text.splitlines())
    lengths = [len(text) for text in texts]
    lines = sum(text.count("\n") for text in texts)
    assert f"{len(rows)} short Python functions" in card and f"{lines} lines and {sum(lengths):,} characters" in card
    assert f"From {min(lengths)} to {max(lengths)} characters" in card
