"""Prompts: messages, the parser that reads the answer, and answers good and bad. Data in docs/llms/prompts.toml.

What SmolLM2 answered stands in docs/llms/answers.toml, which tools/record_prompts.py writes; nobody edits it. What a person says of each
answer (what the parser must make of it) stands with the prompt, so that a test can run every parser on every answer.
"""

import hashlib
import json
from pathlib import Path
from typing import Literal

import msgspec
from errors import GuideError
from facts import SLUGS, Record, read

# What a parser returns: a label or text, a number, or lists of names by type; None, which TOML leaves out, when it finds no answer.
Parsed = str | int | dict[str, list[str]]
RECORDED = "SmolLM2-135M-Instruct, greedy, recorded"
BY_HAND = "written by hand to show a format"
WAYS = ("free", "schema")


class Message(Record):
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class Row(Record):
    """A text for the slot of the last message, what is right, and what the parser must make of the recorded answers."""

    text: str
    wanted: Parsed | None = None
    free: Parsed | None = None
    schema: Parsed | None = None


class ByHand(Record):
    """An answer that shows a format; `parsed` is left out where the parser must find none."""

    kind: Literal["as asked", "refusal", "prose around it", "wrong label", "cut off", "wrong language"]
    text: str
    parsed: Parsed | None = None


class Prompt(Record):
    """A prompt: `{text}` in its last message is the slot; `parser` is a function that a fence of `page` defines."""

    task: Literal[SLUGS]
    page: str
    parser: str
    messages: list[Message]
    rows: list[Row]
    max_new_tokens: int
    schema: str = ""
    by_hand: list[ByHand] = msgspec.field(default_factory=list)


class Answer(Record):
    """What the model wrote for one row of one prompt, freely or held to the schema."""

    prompt: str
    made_from: str
    row: int
    way: Literal[WAYS]
    text: str


class Answers(Record):
    """The file of recorded answers, and the weights that gave them."""

    weights: str
    sha256: str
    answer: list[Answer]


def chat(prompt: Prompt, text: str) -> list[dict]:
    """The messages of a prompt with `text` in the slot, as `apply_chat_template` takes them."""
    filled = [{"role": one.role, "content": one.content} for one in prompt.messages]
    filled[-1]["content"] = filled[-1]["content"].replace("{text}", text)
    return filled


def ways(prompt: Prompt) -> tuple[str, ...]:
    """How the prompt is recorded: under its schema, too, if it has one."""
    return WAYS if prompt.schema else WAYS[:1]


def made_from(prompt: Prompt) -> str:
    """A short hash of all that decides the recorded answers: when it changes, they are stale."""
    asked = [chat(prompt, row.text) for row in prompt.rows]
    whole = json.dumps([asked, prompt.max_new_tokens, prompt.schema])
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def fault(prompt: Prompt) -> str:
    """What keeps a prompt from being shown, as half a sentence; empty when nothing does."""
    if prompt.messages[-1].role != "user" or "{text}" not in prompt.messages[-1].content:
        return "its last message must be the user's, with {text} where the row goes"
    if not prompt.rows:
        return "it has no row; give it at least one text"
    if not prompt.schema and any(row.schema is not None for row in prompt.rows):
        return "a row says what comes of the schema, but there is none"
    return ""


def load(path: Path) -> dict[str, Prompt]:
    """The prompts at `path` by name; GuideError names the file and the prompt."""
    prompts = {}
    for name, raw in read(path, dict[str, dict]).items():
        try:
            prompts[name] = msgspec.convert(raw, Prompt)
        except msgspec.ValidationError as error:
            raise GuideError(f"{path}: prompt {name}: {error}; mend that key") from None
        if said := fault(prompts[name]):
            raise GuideError(f"{path}: prompt {name}: {said}")
    return prompts


def load_answers(path: Path, prompts: dict[str, Prompt]) -> dict[tuple[str, int, str], str]:
    """The recorded answers by (prompt, row, way), one for each; GuideError when one is missing, stale or a stranger."""
    found = {}
    for one in read(path, Answers).answer:
        if one.prompt not in prompts or one.made_from != made_from(prompts[one.prompt]):
            raise GuideError(f"{path}: prompt {one.prompt} has changed; run tools/record_prompts.py")
        found[one.prompt, one.row, one.way] = one.text
    for name, prompt in prompts.items():
        for at in range(len(prompt.rows)):
            for way in ways(prompt):
                if (name, at, way) not in found:
                    raise GuideError(f"{path}: prompt {name} has no recorded answer; run tools/record_prompts.py")
    return found


def verdict(parsed: Parsed | None, wanted: Parsed | None) -> str:
    """How an answer counts in the score."""
    if parsed is None:
        return "wrong: no answer found"
    if wanted is None:
        return "goes to the metric"
    return "right" if parsed == wanted else "wrong"


def code(value: Parsed | None) -> str:
    """A value as code in a table's cell."""
    text = "None" if value is None else repr(value)
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{text}{ticks}".replace("|", "\\|")


def cell(text: str) -> str:
    """An answer in a table's cell, its line breaks shown as signs, its markup as letters."""
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;").replace("\n", " ⏎ ")
    return "".join(f"\\{sign}" if sign in "*_`[]{}$\\#" else sign for sign in shown)


def shown(answer: str, origin: str, parsed: Parsed | None, wanted: Parsed | None, asked: str = "") -> str:
    """One answer as a row of the table: what was asked, what came, from where; what the parser makes of it, how it counts."""
    before = f"{cell(asked)}<br>" if asked else ""
    return f"| {before}<b>{cell(answer)}</b><br><small>{origin}</small> | {code(parsed)}<br><small>{verdict(parsed, wanted)}</small> |"


def table(name: str, prompt: Prompt, answers: dict) -> list[str]:
    """All answers of a prompt: the recorded ones row by row, then those written by hand, which answer its first row."""
    found = []
    for at, row in enumerate(prompt.rows):
        for way in ways(prompt):
            origin = RECORDED + (" under the schema" if way == "schema" else "")
            asked = row.text if way == WAYS[0] else ""
            found.append(shown(answers[name, at, way], origin, getattr(row, way), row.wanted, asked))
    wanted = prompt.rows[0].wanted
    return found + [shown(one.text, f"{BY_HAND}: {one.kind}", one.parsed, wanted) for one in prompt.by_hand]


def render(name: str, prompt: Prompt, answers: dict) -> str:
    """A prompt as Markdown: its messages, then every answer with what the parser makes of it. Search leaves it out."""
    turns = "\n".join(f"{one.role}: {one.content}" for one in prompt.messages)
    head = f"| What was asked, and **the answer** | `{prompt.parser}` |\n|---|---|\n"
    body = f"``` {{.text .run}}\n{turns}\n```\n\n{head}" + "\n".join(table(name, prompt, answers))
    return f'<div class="prompt" data-search-exclude markdown>\n\n{body}\n\n</div>'
