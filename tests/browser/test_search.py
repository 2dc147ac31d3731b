"""The search box, asked what people ask: queries.toml, queries-plain.toml, and each message of the error index pasted as it is printed.

A query is typed (names, slips) or pasted (messages, questions) into the box of the served site, and the links in sight are read. The half of the queries that
nobody tuned on decides, and so does the list in plain words that nobody tuned on at all. A page that only heads a group of its matching sections is not counted.
"""

import hashlib
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from building import SUB_PATH

ROOT = Path(__file__).resolve().parents[2]
QUERIES = tomllib.loads((ROOT / "tests/browser/queries.toml").read_text("utf-8"))["query"]
PLAIN = tomllib.loads((ROOT / "tests/browser/queries-plain.toml").read_text("utf-8"))["query"]

# Each result carries the query that it answers: kept, so that a test knows when the list in sight is the last key's.
KEEP_ANSWERED = """
const Stock = Worker;
window.Worker = class extends Stock {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => { if (data.type === 3) window.answered = data.data.query; });
  }
};
"""
IN_SIGHT = """items => items.flatMap(item => {
  const links = [...item.querySelectorAll(".md-search-result__link")].filter(link => link.checkVisibility());
  return links.slice(links.length > 1 ? 1 : 0).map(link => new URL(link.href)).map(url => url.pathname + url.hash);
})"""


def half(text: str) -> str:
    """Which half a query belongs to, by its words alone: "tuned" or "reported"."""
    return ["tuned", "reported"][hashlib.sha256(text.encode()).digest()[0] % 2]


def entries() -> list[dict]:
    """The error index as queries: each message that something prints, and the entries that explain it."""
    found = tomllib.loads((ROOT / "docs/debugging/errors.toml").read_text("utf-8"))["entry"]
    published = (ROOT / "tests/pages/published-ids.txt").read_text("utf-8").split()
    where = {one.partition("#")[2]: one.replace(".md", "") for one in published if one.startswith("debugging/")}
    said = defaultdict(list)
    for entry in found:
        if "message" in entry:
            said[entry["message"]].append(where[entry["id"]])
    return [{"text": message, "kind": "entry", "answers": answers} for message, answers in said.items()]


def rank(answers: list[str], links: list[str]) -> int | None:
    """The place of the first right link, from 1; None when there is none."""
    parts = [one.partition("#") for one in answers]
    right = {f"/{SUB_PATH}/{page}/{mark}{part}".replace("/index/", "/") for page, mark, part in parts}
    return next((place for place, link in enumerate(links, 1) if link in right), None)


def asker(tab):
    """A function that puts a query into the search box of an open page and returns the links in sight."""
    box = tab.locator(".md-search__input")
    box.click()

    def ask(text: str, pasted: bool) -> list[str]:
        box.fill("")
        if pasted:
            box.fill(text)
        else:
            box.press_sequentially(text)
        box.press("End")  # a paste ends with a key let go, which is what the page listens for
        tab.wait_for_function("text => window.answered === text", arg=box.input_value(), timeout=20_000)
        tab.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return tab.eval_on_selector_all(".md-search-result__item", IN_SIGHT)

    return ask


@pytest.fixture(scope="module")
def answers(browser, address):
    """Every query with the links that it brought, its rank and its half."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    tab = context.new_page()
    console = []
    tab.on("console", lambda message: console.append(message.text))
    tab.add_init_script(KEEP_ANSWERED)
    tab.goto(address)
    tab.wait_for_load_state("networkidle")
    ask = asker(tab)
    found = []
    halves = [{**query, "half": half(query["text"])} for query in (*QUERIES, *entries())]
    for query in [*halves, *({**query, "half": "plain"} for query in PLAIN)]:
        links = ask(" ".join(query["text"].split()), pasted=query["kind"] not in ("identifier", "misspelling"))
        found.append({**query, "links": links, "rank": rank(query["answers"], links)})
    assert console == []
    context.close()
    return found


def table(found) -> dict[tuple[str, str], tuple[int, float, float]]:
    """For each half and kind, and all kinds: how many queries, the share with a right section first, among three."""
    groups = defaultdict(list)
    for one in found:
        for kind in (one["kind"], "all"):
            groups[one["half"], kind].append(one["rank"])

    def share(ranks, most):
        return sum(rank is not None and rank <= most for rank in ranks) / len(ranks)

    return {key: (len(ranks), share(ranks, 1), share(ranks, 3)) for key, ranks in sorted(groups.items())}


def test_a_right_section_is_among_the_first_three(answers):
    shares = table(answers)
    for (part, kind), (count, first, three) in shares.items():
        print(f"{part:9} {kind:12} {count:4}  first {first:.2f}  among three {three:.2f}")
    for one in answers:
        if one["rank"] != 1:
            print(one["half"], one["rank"], one["kind"], repr(one["text"][:90]), one["answers"][0], one["links"][:3])
    _, first, three = shares["reported", "all"]
    assert three >= 0.95 and first >= 0.75
    _, first, three = shares["plain", "all"]
    assert three >= 0.8 and first >= 0.65


def test_no_query_is_left_without_a_result(answers):
    assert [one["text"] for one in answers if not one["links"]] == []


def test_the_list_is_long_enough_to_mean_something():
    texts = [query["text"] for query in (*QUERIES, *PLAIN)]
    assert len(QUERIES) >= 200 and len(PLAIN) >= 140 and len(set(texts)) == len(texts)


def test_the_index_is_fetched_with_the_first_key(visit):
    tab, watch = visit()
    fetched = []
    tab.on("request", lambda request: fetched.append(request.url.split("/")[-1]))
    tab.reload()
    tab.wait_for_load_state("networkidle")
    stub = tab.evaluate("fetch('search/search_index.json').then(answer => answer.json())")
    assert stub["docs"] == [] and not {"index.json", "rank.js", "query.js", "words.js"} & set(fetched)
    tab.click(".md-search__input")
    tab.locator(".md-search__input").press_sequentially("collator")
    tab.wait_for_function("() => document.querySelector('.md-search-result__link')")
    assert "index.json" in fetched and watch.console == []


def test_search_recovers_when_the_index_could_not_be_fetched(visit):
    tab, _ = visit()
    tab.context.route("**/search/index.json", lambda route: route.abort())
    tab.click(".md-search__input")
    tab.locator(".md-search__input").press_sequentially("colla")
    tab.wait_for_timeout(500)
    assert tab.locator(".md-search-result__link").count() == 0
    tab.context.unroute("**/search/index.json")
    tab.locator(".md-search__input").press_sequentially("tor")
    tab.wait_for_function("() => document.querySelector('.md-search-result__link')", timeout=5_000)


def test_a_key_opens_the_search_and_the_page_found_marks_the_words(visit):
    tab, watch = visit("tasks/")
    tab.add_init_script(KEEP_ANSWERED)
    tab.reload()
    tab.wait_for_load_state("networkidle")
    tab.keyboard.press("/")
    tab.keyboard.type("perplexity")
    tab.wait_for_function("() => window.answered === 'perplexity'")
    tab.locator(".md-search-result__link").first.click()
    tab.wait_for_function("() => document.querySelector('article mark')")
    # What the spellings of the word begin with.
    assert "?h=perplexit" in tab.url and watch.console == []


def test_an_address_can_hold_the_query(visit):
    tab, watch = visit("?q=%22torch.Size(%5B5%2C+768%5D)%22+-100")
    tab.wait_for_function("() => document.querySelector('.md-search-result__link')")
    assert tab.locator(".md-search__input").input_value() == '"torch.Size([5, 768])" -100'
    assert watch.console == []


# What lunr's grammar would read as an operator, a field, a wildcard, or not at all.
ODD = [
    "-",
    "-100",
    '"',
    "+must -not",
    "title:bleu",
    "nofield:bleu",
    "loss~ bleu^ roug*",
    "[[[",
    "torch.Size([5, 768])",
    "\\n",
    "损失 nan",
    "🤗",
]


def test_what_is_pasted_never_breaks_the_search(browser, address):
    context = browser.new_context()
    tab = context.new_page()
    console = []
    tab.on("console", lambda message: console.append(message.text))
    tab.on("pageerror", lambda error: console.append(str(error)))
    tab.add_init_script(KEEP_ANSWERED)
    tab.goto(address)
    ask = asker(tab)
    for text in [*ODD, "loss " * 2_000]:
        ask(text.strip(), pasted=True)
    assert console == []
    assert ask("-100", pasted=True) and ask("torch.Size([5, 768])", pasted=True)
    context.close()


# Three sections of two pages, as the index holds them.
TOY = """[
  {location: "metrics/", title: "Metrics", text: "", tags: ["scores"]},
  {location: "metrics/#bleu", title: "BLEU: shared n-grams", text: "<p>Counts n-grams. BLEU says nothing about meaning.</p>", tags: ["scores"]},
  {location: "metrics/#loss", title: "What a loss is", text: "<p>The loss, the loss, the loss; and n-grams, BLEU.</p>", tags: ["scores"]},
  {location: "errors/#size", title: "ValueError: batch size", text: "<p>Expected input batch_size (4) to match target batch_size (8).</p>", also: ["shapes differ"]},
]"""

PURE = {
    "words cut alike on both sides": (
        "words('Tokenisers, labelled; fine-tuned eval_strategy').map(([word]) => word)",
        ["tokenizer", "label", "fin", "tun", "finetun", "eval_strategy"],
    ),
    "a compound has pieces": ("words('DataCollatorForSeq2Seq')[0].slice(1, 4)", ["data", "collator", "for"]),
    "markup is no text": ("plain('<p>a &lt; b</p>').split(/\\s+/).filter(Boolean)", ["a", "b"]),
    "a swap is one slip": ("distance('trian', 'train', 2)", 1),
    "far apart is not measured": ("distance('loss', 'gradient', 2)", 3),
    "a half-typed word stands for what begins with it": (
        "nearest('grad', new Map([['gradient', 3], ['loss', 9]]))",
        ["gradient"],
    ),
    "a misspelt word stands for the nearest": (
        "nearest('perplexty', new Map([['perplexity', 3], ['complexity', 9]]))",
        ["perplexity"],
    ),
    "small words go, unless nothing else is there": (
        "[terms('what is the loss', index.known), terms('what is', index.known)].map((found) => found.map(({forms}) => forms[0]))",
        [["loss"], ["what", "is"]],
    ),
    "a quotation counts more": (
        "terms('the \"loss\"', index.known)[0].weight > terms('the loss', index.known)[0].weight",
        True,
    ),
    "a title that is the query comes first": ("best('bleu')", "metrics/#bleu"),
    "a pasted message finds its section by the order of its words": (
        "best('to match target batch_size (16)')",
        "errors/#size",
    ),
    "words that only the readers use find it too": ("best('shapes differ')", "errors/#size"),
    "nothing found, nothing shown": ("best('zebra')", None),
    "a page folds what is worse than its first section": (
        "grouped(scores(terms('bleu n-grams', index.known), index), docs, new Map(), [])[0].map(({location, score}) => [location, score])",
        [["metrics/#bleu", 1], ["metrics/#loss", 0], ["metrics/", 0]],
    ),
}


@pytest.mark.parametrize("case", PURE)
def test_the_parts_of_the_search(visit, case):
    tab, _ = visit()
    source, expected = PURE[case]
    found = tab.evaluate(f"""async () => {{
      const [{{ words, plain }}, {{ distance, nearest, terms }}, {{ read, scores, grouped }}] = await Promise.all(
        ["words", "query", "rank"].map((name) => import(new URL(`assets/search/${{name}}.js`, location))));
      const docs = new Map({TOY}.map((doc) => [doc.location, doc]));
      const index = read([...docs.values()]);
      const best = (query) => grouped(scores(terms(query, index.known), index), docs, new Map(), [])[0]?.[0].location ?? null;
      return {source};
    }}""")
    assert found == expected
