"""Shortcodes: HTML comments in Markdown, `<!-- guide:name argument … -->`, that become Markdown or HTML.

Each shortcode is a function of the guide's data, the page that holds it, and its arguments; SHORTCODES lists them.
"""

import html
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path

import results
import review
from errors import GuideError
from facts import KEY, Evidence, HubItem, Side, Source, Task, Use
from messages import Index, lists, stage_of
from prompts import Prompt, render
from renames import Renames
from renames import table as rename_table

COMMENT = re.compile(r"<!--\s*guide:(\S+)\s*(.*?)\s*-->", re.S)


@dataclass(frozen=True)
class Guide:
    """What shortcodes read: facts, sources, folders, the paths of the pages that exist (as `tasks/index.md`), renames, the review, evidence, messages, prompts with their answers."""

    tasks: dict[str, Task]
    sources: dict[str, Source]
    results: Path
    figures: Path
    pages: frozenset[str]
    renames: Renames | None = None
    questions: tuple[review.Question, ...] = ()
    asked: tuple[review.Asked, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    messages: Index | None = None
    prompts: dict[str, Prompt] = field(default_factory=dict)
    answers: dict[tuple[str, int, str], str] = field(default_factory=dict)


def expand(markdown: str, guide: Guide, page: str) -> str:
    """Replace every shortcode of a page. Raises GuideError naming the page for an unknown one or a wrong argument."""

    def replace(match: re.Match) -> str:
        name, arguments = match[1], match[2]
        if name not in SHORTCODES:
            known = ", ".join(SHORTCODES)
            raise GuideError(f"docs/{page}: no shortcode is called {name!r}; use one of {known}")
        try:
            return SHORTCODES[name](guide, page, arguments)
        except GuideError as error:
            raise GuideError(f"docs/{page}: shortcode {name}: {error}") from None

    return COMMENT.sub(replace, markdown)


def find(table: dict, key: str, what: str):
    """The entry `key` of `table`, or a GuideError that lists what there is."""
    if key not in table:
        raise GuideError(f"no {what} is called {key!r}; use one of {', '.join(table)}")
    return table[key]


def link(guide: Guide, page: str, slug: str) -> str:
    """The task's name, linked when its page exists."""
    target, name = f"tasks/{slug}.md", guide.tasks[slug].name
    if target not in guide.pages:
        return name
    return f"[{name}]({posixpath.relpath(target, posixpath.dirname(page) or '.')})"


def use_today(use: Use) -> str:
    """How the task's fine-tuned model is used today."""
    if use.pipeline == "available":
        return f'`pipeline("{use.name}")`'
    return f"{use.instead} (the `{use.name}` pipeline was removed)"


def collator(task: Task) -> str:
    """The collator as one writes it."""
    options = ", ".join(f"{name}={value}" for name, value in task.collator_options.items())
    return f"`{task.collator}({options})`" if options else f"`{task.collator}`"


def hub(item: HubItem) -> str:
    """A checkpoint or data set, and where it was last seen."""
    seen = item.seen
    where = f"[{seen.where}]({seen.url})" if seen.url else seen.where
    when = f", {seen.date}" if seen.date else ""
    return f"`{item.id}`: {item.note} *(last seen: {where}{when}; not checked against the live Hub)*"


def sheet(guide: Guide, page: str, arguments: str) -> str:
    """`guide:sheet <slug>`: the fact sheet of one task, as a definition list."""
    task = find(guide.tasks, arguments, "task")
    rows = {
        "Architecture": f"{task.architecture}: {task.because}",
        "Model class": f"`{task.auto_class}`",
        "Collator": collator(task),
        "Labels": task.labels,
        "Train with": f"`{task.trainer}`, or a loop with Accelerate",
        "Metric": f"{task.metric.name}, `{task.metric.function}`: {task.metric.why}",
        "Use today": use_today(task.use),
        "Start from": hub(task.checkpoint),
        "Practise on": hub(task.dataset),
        "With an LLM": task.llm,
    }
    lines = [f"{name}\n:   {value}\n" for name, value in rows.items()]
    return '<div class="sheet" markdown>\n\n' + "\n".join(lines) + "\n</div>"


def strip(guide: Guide, page: str, arguments: str) -> str:
    """`guide:strip <slug>`: the running example, what goes in and what comes out."""
    example = find(guide.tasks, arguments, "task").example
    return (
        '<div class="strip" markdown>\n\n'
        f"In\n:   {example.given}\n\nOut\n:   {example.wanted}\n\n"
        "</div>"
    )  # fmt: skip


def compare(guide: Guide, page: str, arguments: str) -> str:
    """`guide:compare`: all tasks in one table."""
    head = "| Task | Architecture | Model class | Labels | Collator | Metric | Use today |\n|---|---|---|---|---|---|---|\n"
    rows = [
        f"| {link(guide, page, slug)} | {task.architecture} | `{task.auto_class}` | {task.labels} | {collator(task)} "
        f"| {task.metric.name} | {use_today(task.use)} |"
        for slug, task in guide.tasks.items()
    ]
    return head + "\n".join(rows)


def finder(guide: Guide, page: str, arguments: str) -> str:
    """`guide:finder`: which task answers which question, with its running example."""
    head = "| The question | The task | In | Out |\n|---|---|---|---|\n"
    rows = [
        f"| {task.question} | {link(guide, page, slug)} | {task.example.given} | {task.example.wanted} |"
        for slug, task in guide.tasks.items()
    ]
    return head + "\n".join(rows)


def choosing(guide: Guide, page: str, arguments: str) -> str:
    """`guide:choosing`: which architecture each task takes, why, and a checkpoint to start from."""
    head = "| Task | Architecture | Because | Start from |\n|---|---|---|---|\n"
    here = posixpath.dirname(page) or "."
    rows = [
        f"| {link(guide, page, slug)} | [{task.architecture}]({posixpath.relpath(f'architectures/{task.architecture}.md', here)}) "
        f"| {task.because} | `{task.checkpoint.id}` |"
        for slug, task in guide.tasks.items()
    ]
    return head + "\n".join(rows)


def score(guide: Guide, page: str, arguments: str) -> str:
    """`guide:score <slug> <key>`: a number that a notebook measured."""
    slug, _, key = arguments.partition(" ")
    key = key.strip()
    return results.spell(results.look_up(guide.results, slug, key), timed=key.startswith("run."))


def shown(guide: Guide, page: str, arguments: str) -> str:
    """`guide:shown <slug> <key>`: text that a notebook's run printed, as a block."""
    slug, _, key = arguments.partition(" ")
    text = results.look_up(guide.results, slug, f"shown.{key.strip()}")
    return f"``` {{.text .run}}\n{text}\n```"


def figure(guide: Guide, page: str, arguments: str) -> str:
    """`guide:figure <name> <caption>`: a drawing of docs/assets/figures, inlined so that it takes the page's colours."""
    name, _, caption = arguments.partition(" ")
    path = guide.figures / f"{name}.svg"
    if not path.exists():
        raise GuideError(f"{path}: the drawing is missing")
    svg = path.read_text("utf-8")
    described = re.search(r'<svg[^>]*role="img"[^>]*aria-labelledby="([\w-]+) ([\w-]+)"', svg)
    if not described or not all(f'id="{one}"' in svg for one in described.groups()):
        raise GuideError(
            f'{path}: give the <svg> role="img" and aria-labelledby with the ids of its <title> and <desc>'
        )
    if not caption.strip():
        raise GuideError(f"{path}: write the caption after the name: what is to be seen in it")
    svg = re.sub(r"\s*\n\s*", " ", svg.strip())
    return (
        f'<figure class="drawing" markdown="0"><div data-search-exclude>{svg}</div>'
        f"<figcaption>{html.escape(caption.strip(), quote=False)}</figcaption></figure>"
    )


def source(guide: Guide, page: str, arguments: str) -> str:
    """`guide:source <key>`: who says it, with the year and a link."""
    entry = find(guide.sources, arguments, "source")
    how = " (as quoted by others)" if entry.confidence == "quoted by others" else ""
    return f"[{entry.authors}, {entry.year}]({entry.url} {chr(34)}{entry.title}{chr(34)}){how}"


def cited(guide: Guide, page: str, arguments: str) -> str:
    """`guide:cited <key> <figure>`: a number as its source prints it."""
    key, _, name = arguments.partition(" ")
    return find(find(guide.sources, key, "source").figures, name.strip(), f"figure of {key}").value


def renamed(guide: Guide, page: str, arguments: str) -> str:
    """`guide:renames <group>`: old lines, what they say, new lines; `silent` for lines that run and are wrong."""
    return rename_table(guide.renames, arguments)


def quiz(guide: Guide, page: str, arguments: str) -> str:
    """`guide:quiz <topic>`: the review's questions on one topic, with folded answers."""
    topics = {one.topic: [each for each in guide.questions if each.topic == one.topic] for one in guide.questions}
    return review.quiz(find(topics, arguments, "topic of the review"), page)


def asked(guide: Guide, page: str, arguments: str) -> str:
    """`guide:asked <about>`: what readers asked about one thing, each with the section that answers it."""
    groups = {one.about: [each for each in guide.asked if each.about == one.about] for one in guide.asked}
    return review.asked(find(groups, arguments, "group of questions asked"), page)


def one_side(side: Side, source: Source, better: bool) -> str:
    """One system of a comparison: its figure, bold where it is the better one, its name, its kind."""
    value = source.figures[side.figure].value if side.figure else f"*{side.verdict}*"
    return f"{f'**{value}**' if better else value} {side.system} <small>({side.kind})</small>"


def evidence_row(guide: Guide, page: str, row: Evidence) -> str:
    """A row of the table of evidence: claim, caveat and where it was seen; the two sides."""
    entry = guide.sources[row.source]
    seen = f"{row.checked}, {row.on}" if row.on else row.checked
    detail = f"{row.metric} · {row.test} · {row.shots} · {source(guide, page, row.source)} · checked: {seen}"
    told = f"**{row.claim}** {row.caveat}<br><small>{detail}</small>"
    sides = [one_side(side, entry, row.better == name) for name, side in (("left", row.left), ("right", row.right))]
    line = f"| {KEY.sub(lambda match: entry.figures[match[1]].value, told)} | {'<br>'.join(sides)} |"
    return line.replace("$", "&#36;")  # two prices in a row would be a formula


def evidence(guide: Guide, page: str, arguments: str) -> str:
    """`guide:evidence <task>`: the published comparisons of one task (or `across`), with caveat, source and check."""
    rows = [evidence_row(guide, page, row) for row in guide.evidence.values() if row.task == arguments]
    if not rows:
        raise GuideError(f"docs/llms/evidence.toml has no row of task {arguments!r}")
    head = "| What was found, and what to know before you quote it | The two sides |\n|---|---|\n"
    return '<div class="evidence" markdown>\n\n' + head + "\n".join(rows) + "\n\n</div>"


def evidence_strip(guide: Guide, page: str, arguments: str) -> str:
    """`guide:evidence-strip <slug>`: the same rows folded under one line, for a task's page; search finds the other."""
    name = find(guide.tasks, arguments, "task").name.lower()
    table = evidence(guide, page, arguments).replace(" markdown>", " data-search-exclude>", 1)
    count = sum(row.task == arguments for row in guide.evidence.values())
    whole = posixpath.relpath("llms/evidence.md", posixpath.dirname(page) or ".")
    body = f"{table}\n\nHow to read them: [traps]({whole}#traps). The other tasks: [all the evidence]({whole}#table)."
    folded = "\n".join(f"    {line}" if line else "" for line in body.splitlines())
    return f'??? quote "Published evidence on {name}: {count} comparisons, each with its caveat"\n\n{folded}'


def error_entries(guide: Guide, page: str, arguments: str) -> str:
    """`guide:errors <stage>`: the entries of the error index of one stage."""
    return stage_of(guide.messages, arguments)


def error_list(guide: Guide, page: str, arguments: str) -> str:
    """`guide:errors-list all|silent`: links to all messages, or to what fails without one."""
    return lists(guide.messages, guide.renames, arguments)


def prompt(guide: Guide, page: str, arguments: str) -> str:
    """`guide:prompt <name>`: a prompt, the answers to it, what the parser makes of each."""
    return render(arguments, find(guide.prompts, arguments, "prompt"), guide.answers)


SHORTCODES = {
    "sheet": sheet,
    "strip": strip,
    "compare": compare,
    "finder": finder,
    "choosing": choosing,
    "score": score,
    "shown": shown,
    "figure": figure,
    "source": source,
    "cited": cited,
    "renames": renamed,
    "quiz": quiz,
    "asked": asked,
    "evidence": evidence,
    "evidence-strip": evidence_strip,
    "errors": error_entries,
    "errors-list": error_list,
    "prompt": prompt,
}
