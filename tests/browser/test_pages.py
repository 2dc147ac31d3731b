"""Every page in a real browser: both schemes, 360 px, no other origin, an empty console, axe without a finding."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
PAGES = sorted(
    path.relative_to(ROOT).as_posix().removeprefix("docs/").rsplit(".", 1)[0].removesuffix("index").rstrip("/")
    for path in SOURCES
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_accessible_quiet_and_at_home(visit, page, scheme):
    tab, watch = visit(f"{page}/" if page else "", scheme=scheme)
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    assert watch.elsewhere == [] and watch.console == []
    assert tab.evaluate("document.body.dataset.mdColorScheme") == {"light": "default", "dark": "slate"}[scheme]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_360_pixels(visit, page):
    tab, _ = visit(f"{page}/" if page else "", width=360)
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    # What is wider than the screen scrolls inside a box of its own that the keyboard reaches.
    assert tab.evaluate(
        "[...document.querySelectorAll('.md-typeset__scrollwrap')]"
        ".every(box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"
    )


def test_the_scheme_that_a_reader_chose_stays(visit):
    tab, _ = visit()
    tab.click("label[for=__palette_1]")
    tab.reload()
    assert tab.evaluate("document.body.dataset.mdColorScheme") == "slate"


def test_a_page_without_scripts_is_complete(visit):
    tab, _ = visit("tasks/token-classification/", java_script_enabled=False)
    assert tab.locator("h2").count() == 12
    assert tab.locator("a.headerlink[href='#collator']").count() == 1


# Query to the section that answers it; it stands, unfolded, among the first six results.
QUERIES = {
    "DataCollatorForTokenClassification": "tasks/token-classification/#collator",
    "Unable to create tensor": "debugging/data/#unable-to-create-tensor-input-ids",
    "Unable to create tensor, you should probably": "debugging/data/#unable-to-create-tensor-labels",
    "word_ids": "tasks/token-classification/#tokens",
    "entity F1": "metrics/entity-f1/#by-hand",
    "grouped_entities": "training/renames/#models-renamed",
    "BIO scheme": "glossary/#data-and-labels",
    "-100": "tasks/translation/#collator",
    "DataCollatorWithPadding": "tasks/text-classification/#collator",
    "multi_label_classification": "tasks/text-classification/#problem",
    "token_type_ids": "tasks/text-classification/#tokens",
    "macro-F1": "metrics/classification/#by-hand",
    "result type Float can't be cast to the desired output type Long": "tasks/text-classification/#pitfalls",
    "The task question-answering has been removed from transformers": "training/pipelines/#question-answering",
    "offset_mapping stride": "tasks/question-answering/#tokens",
    "exact match": "tasks/question-answering/#metric",
    "whole_word_mask": "tasks/masked-language-modeling/#tokens",
    "too many indices for array: array is 0-dimensional": "tasks/masked-language-modeling/#pitfalls",
    "pseudo-perplexity": "tasks/masked-language-modeling/#metric",
    "fill-mask": "tasks/masked-language-modeling/#inference",
    "The task translation has been removed from transformers": "training/pipelines/#translation",
    "number too small to fit in target type": "tasks/translation/#pitfalls",
    "text_target": "tasks/translation/#tokens",
    "forced_bos_token_id": "tasks/translation/#inference",
    "sacrebleu signature": "tasks/translation/#metric",
    "paired bootstrap": "metrics/#paired",
    "'numpy.float64' object has no attribute 'mid'": "metrics/rouge/#means",
    "rougeLsum newline": "metrics/rouge/#means",
    "corpus_bleu references shape": "metrics/bleu/#by-hand",
    "Target is multiclass but average='binary'": "metrics/classification/#report",
    "precision and recall swapped": "metrics/entity-f1/#by-hand",
    "BERTScore": "metrics/learned/#idea",
    "got an unexpected keyword argument 'evaluation_strategy'": "training/renames/#arguments-renamed",
    "cannot import name 'Repository' from 'huggingface_hub'": "training/renames/#hub-renamed",
    "No log": "training/trainer/#no-log",
    "gradient accumulation loss": "training/accelerate/#loop",
    "EarlyStoppingCallback": "training/curves/#early-stopping",
    "resume_from_checkpoint": "training/curves/#resume",
    "bf16 fp16 nan": "training/scale/#precision",
    "torchrun two processes": "training/scale/#processes",
    "TFAutoModelForSequenceClassification": "training/keras/#old-code",
    "expected sequence of length 6 at dim 1 (got 10)": "training/collators/#wrong-one",
    "does the data collator shift labels": "training/collators/#minus-100",
    "DataCollatorWithFlattening": "training/collators/#batch",
    "group_by_length predict order": "training/collators/#padding-cost",
    "apply_chat_template": "training/tokens/#chat-templates",
    "A decoder-only architecture is being used, but right-padding was detected": "training/tokens/#padding-side",
    "Asking to pad but the tokenizer does not have a padding token": "training/tokens/#special-tokens",
    "text input must be of type str Column": "training/renames/#data-renamed",
    "Dataset scripts are no longer supported": "tasks/token-classification/#data",
    "hf auth login": "training/hub/#login",
    "summarization pipeline": "training/pipelines/#summarization",
    "encoder vs decoder": "architectures/#decision",
    "causal mask": "architectures/decoder/#sees",
    "cross-attention": "architectures/encoder-decoder/#sees",
    "Cannot handle batch sizes > 1 if no padding token is defined": "architectures/decoder/#good-at",
    "get_peft_model merge_and_unload": "architectures/pretraining/#lora",
    "continue pretraining or fine-tune": "architectures/pretraining/#domain-adaptation",
    "Mastering LLMs": "review/course/#chapter-7",
    "ROUGE-L below the paper": "review/asked/#asked-scores",
    "The task summarization has been removed from transformers": "training/pipelines/#summarization",
    "rougeLsum newlines": "tasks/summarization/#metric",
    "predict_with_generate": "tasks/summarization/#training",
    "model never stops generating": "tasks/causal-language-modeling/#pitfalls",
    "bits per byte": "tasks/causal-language-modeling/#metric",
    "accelerate launch num_processes": "tasks/causal-language-modeling/#processes",
    "right-padding was detected": "training/tokens/#padding-side",
    "top_p temperature": "training/generation/#step",
    "KV cache": "training/generation/#cache",
    "max_new_tokens": "training/generation/#stopping",
    "how many labels do I need": "llms/choose/#labels",
    "contamination": "llms/evidence/#traps",
    "fine-tune or prompt": "llms/choose/",
    "GPT-NER": "llms/evidence/#traps",
    "price of a million sentences": "llms/choose/#price",
    "IndexError: Target 3 is out of bounds.": "debugging/model/#target-out-of-bounds",
    "got an unexpected keyword argument 'num_items_in_batch'": "debugging/training/#compute-loss-num-items-in-batch",
    "Repository Not Found for url": "debugging/hub/#repository-not-found",
    "CUDA error: device-side assert triggered": "debugging/model/#device-side-assert",
    "expected scalar type Half but found Float": "debugging/model/#same-dtype-float-and-bfloat16",
    "minimal reproducible example": "debugging/asking/#minimal",
    "temperature has to be a strictly positive float": "debugging/writing/#temperature-strictly-positive",
}


def settled(tab) -> list[str]:
    """Addresses of the links in sight, once the list has stood still for half a second (each key asks anew)."""
    before = None
    for _ in range(20):
        tab.wait_for_timeout(500)
        links = tab.eval_on_selector_all(
            ".md-search-result__link",
            "links => links.filter(link => link.checkVisibility()).map(link => new URL(link.href)).map(url => url.pathname + url.hash)",
        )
        if links and links == before:
            return links
        before = links
    return before


@pytest.mark.parametrize("query", QUERIES)
def test_search_answers(visit, query):
    tab, watch = visit()
    tab.click(".md-search__input")
    tab.locator(".md-search__input").press_sequentially(query, delay=5)
    tab.wait_for_function("() => document.querySelector('.md-search-result__link')", timeout=10_000)
    links = settled(tab)
    assert any(link.endswith("/nlp-field-guide/" + QUERIES[query]) for link in links[:6]), links
    assert watch.console == [] and watch.elsewhere == []


def test_the_search_index_is_fetched_with_the_first_key(visit):
    tab, watch = visit()
    fetched = []
    tab.on("request", lambda request: fetched.append(request.url.split("/")[-1]))
    tab.reload()
    tab.wait_for_load_state("networkidle")
    stub = tab.evaluate("fetch('search/search_index.json').then(answer => answer.json())")
    assert stub["docs"] == [] and "index.json" not in fetched
    tab.click(".md-search__input")
    tab.locator(".md-search__input").press_sequentially("collator", delay=5)
    tab.wait_for_function("() => document.querySelector('.md-search-result__link')")
    assert "index.json" in fetched and watch.console == []


def test_search_recovers_when_the_index_could_not_be_fetched(visit):
    tab, _ = visit()
    tab.context.route("**/search/index.json", lambda route: route.abort())
    tab.click(".md-search__input")
    tab.locator(".md-search__input").press_sequentially("colla", delay=5)
    tab.wait_for_timeout(500)
    assert tab.locator(".md-search-result__link").count() == 0
    tab.context.unroute("**/search/index.json")
    tab.locator(".md-search__input").press_sequentially("tor", delay=5)
    tab.wait_for_function("() => document.querySelector('.md-search-result__link')", timeout=5_000)
