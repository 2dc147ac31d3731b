"""The review: questions whose every choice is explained, and what readers asked, each with the section that answers it.

Pure functions of `docs/review/*.toml`; nothing knows MkDocs.
"""

import posixpath
import re
from collections import Counter
from pathlib import Path
from typing import Literal

from errors import GuideError
from facts import SLUGS, Record, read

TOPICS = (*SLUGS, "architectures", "tokens", "training", "metrics", "debugging")
Topic = Literal[TOPICS]

SECTION = re.compile(r"[\w/-]+\.md#[\w-]+")


class Choice(Record):
    """One answer to choose, and why it is right or wrong."""

    text: str
    why: str
    right: bool = False


class Question(Record):
    """A question of the review.

    `code` is shown and run before the choices and `prints` is what it prints; `see` is the section to read again; `points` are
    the learning points of the course's quizzes that it takes up; `proof` is Python that asserts the answer, run by the tests.
    """

    topic: Topic
    ask: str
    see: str
    choices: list[Choice]
    code: str = ""
    prints: str = ""
    points: tuple[str, ...] = ()
    proof: str = ""

    def __post_init__(self):
        """Refuse a question that cannot be asked or answered."""
        if {choice.right for choice in self.choices} != {True, False}:
            raise ValueError(f"the question {self.ask[:40]!r} needs a right choice and a wrong one")
        if not SECTION.fullmatch(self.see):
            raise ValueError(f"`see` of the question {self.ask[:40]!r} must be a page and an id, as page.md#id")
        if bool(self.code) != bool(self.prints):
            raise ValueError(f"the question {self.ask[:40]!r} needs both `code` and what it `prints`, or neither")


class Quiz(Record):
    """The file of questions."""

    question: list[Question]


class Asked(Record):
    """What readers asked in public, in our words, and the section that answers it.

    The tests look for `words` in that section, and, where the answer is `code`, for a fence in it that was run.
    """

    number: int
    about: Literal["names", "data", "batches", "training", "scores", "inference", "choice"]
    question: str
    threads: list[str]
    answer: str
    words: list[str]
    code: bool

    def __post_init__(self):
        """Refuse a row that answers nothing."""
        if not SECTION.fullmatch(self.answer):
            raise ValueError(f"`answer` of question {self.number} must be a page and an id, as page.md#id")
        if not self.words or not self.threads:
            raise ValueError(f"question {self.number} needs the words of its answer, and where it was asked")


class AskedFile(Record):
    """The file of questions asked."""

    asked: list[Asked]


def load_questions(path: Path) -> list[Question]:
    """The questions of the review, in the order of the file."""
    return read(path, Quiz).question


def load_asked(path: Path) -> list[Asked]:
    """What readers asked. Raises GuideError when a number stands twice."""
    rows = read(path, AskedFile).asked
    number, times = Counter(row.number for row in rows).most_common(1)[0]
    if times > 1:
        raise GuideError(f"{path}: question {number} stands {times} times; number each once")
    return rows


def relative(section: str, page: str) -> str:
    """The link from `page` to `section`, both named from docs/."""
    path, _, anchor = section.partition("#")
    return f"{posixpath.relpath(path, posixpath.dirname(page) or '.')}#{anchor}"


def place(section: str) -> str:
    """How a section is named in a link: `tasks/translation.md#metric` as “translation: metric”."""
    path, _, anchor = section.partition("#")
    name = path.removesuffix(".md").removesuffix("/index").split("/")[-1]
    return f"{name}: {anchor}".replace("-", " ")


def quiz(questions: list[Question], page: str) -> str:
    """Questions as Markdown: numbered, lettered choices (by the style of `.quiz`), a folded answer that explains each."""
    parts = []
    for number, question in enumerate(questions, 1):
        parts.append(f"**{number}.** {question.ask}")
        if question.code:
            parts.append(f"```python\n{question.code.strip()}\n```")
        parts.append("\n".join(f"1. {choice.text}" for choice in question.choices))
        answer = [f"```text\n{question.prints.strip()}\n```"] if question.prints else []
        answer.append("\n".join(f"1. **{'Yes' if one.right else 'No'}.** {one.why}" for one in question.choices))
        answer.append(f"Read again: [{place(question.see)}]({relative(question.see, page)}).")
        folded = "\n\n".join(answer).replace("\n", "\n    ")
        parts.append(f'??? question "Answer to {number}"\n\n    {folded}'.replace("\n    \n", "\n\n"))
    return '<div class="quiz" markdown>\n\n' + "\n\n".join(parts) + "\n\n</div>"


def thread(address: str) -> str:
    """A thread as a link: `course #974` for one on GitHub, else the site's name."""
    on_github = re.fullmatch(r"https://github\.com/[^/]+/([^/]+)/(?:issues|pull)/(\d+)", address)
    name = f"{on_github[1]} #{on_github[2]}" if on_github else address.split("/")[2].removeprefix("www.")
    return f"[{name}]({address})"


def asked(rows: list[Asked], page: str) -> str:
    """What was asked as a table: the question links to its answer, the threads to where it was asked."""
    head = "| The question, with its answer behind it | Asked at |\n|---|---|\n"
    return head + "\n".join(
        f"| [{row.question}]({relative(row.answer, page)}) | {', '.join(map(thread, row.threads))} |" for row in rows
    )
