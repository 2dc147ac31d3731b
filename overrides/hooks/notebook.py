"""A notebook becomes Markdown and files, so that it passes through the same pipeline and checks as every page.

A pure function of the notebook's JSON: mkdocs-jupyter's own HTML is 700 KB a page, its links are not checked, and
its figures have no text for screen readers.
"""

import base64
import json
import re
from dataclasses import dataclass, field

from errors import GuideError

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# As GitHub sees them, links of a notebook go through ../docs/; on the site both live under one root.
DOCS_LINK = re.compile(r"(\]\()\.\./docs/")
REPOSITORY_LINK = re.compile(r"(\]\()((?:data/|results/|\.\./(?!tasks/|notebooks/))[^)\s]+|[\w-]+\.py)\)")
IMAGES = {"image/svg+xml": "svg", "image/png": "png"}


@dataclass
class Converted:
    """The Markdown of a notebook, the files that it needs (name to bytes), and its `guide` metadata."""

    markdown: str
    files: dict[str, bytes] = field(default_factory=dict)
    meta: dict = field(default_factory=dict)


def text_of(value: str | list[str]) -> str:
    """The notebook format stores text as a string or as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def plain(text: str) -> str:
    """Terminal output as one reads it: no colours, and of an overwritten line only its last state."""
    lines = ANSI.sub("", text).split("\n")
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines).rstrip()


def fence(text: str, header: str) -> str:
    """A fence longer than any run of backticks inside it."""
    ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"{ticks} {header}\n{text}\n{ticks}"


def clean_table(html_table: str) -> str:
    """The <table> of a pandas output without its style, classes and borders; the site's own styles take over."""
    table = re.search(r"<table.*?</table>", html_table, re.S)
    if not table:
        return ""
    bare = re.sub(r'\s(?:class|style|border|id)="[^"]*"', "", table[0])
    # pandas names the index in an empty header cell, which screen readers read as nothing.
    bare = re.sub(r"<th></th>", "<td></td>", bare)
    return re.sub(r"\n\s*", "\n", bare)


def image(data: dict, cell: dict, name: str, out: Converted) -> str:
    """Store the figure of an output; its alternative text comes from the cell's metadata."""
    kind = next(kind for kind in IMAGES if kind in data)
    alt = cell["metadata"].get("alt", "").strip()
    if not alt:
        raise GuideError(
            f"{name}: the figure has no text for screen readers; add `alt` to the cell's metadata in the .py"
        )
    content = text_of(data[kind])
    out.files[f"{name}.{IMAGES[kind]}"] = content.encode() if kind == "image/svg+xml" else base64.b64decode(content)
    return f"![{alt}]({name}.{IMAGES[kind]}){{ loading=lazy }}"


def outputs(cell: dict, name: str, out: Converted) -> list[str]:
    """The blocks of one cell's outputs: consecutive stream outputs are one block."""
    blocks, stream = [], ""
    for number, output in enumerate(cell["outputs"]):
        if output["output_type"] == "stream":
            stream += text_of(output["text"])
            continue
        if stream.strip():
            blocks.append(fence(plain(stream), "{.text .run}"))
            stream = ""
        if output["output_type"] == "error":
            blocks.append(fence(plain("\n".join(output["traceback"])), "{.pytb .run}"))
            continue
        data = output["data"]
        if any(kind in data for kind in IMAGES):
            blocks.append(image(data, cell, f"{name}-{number}", out))
        elif "text/html" in data and clean_table(text_of(data["text/html"])):
            blocks.append(clean_table(text_of(data["text/html"])))
        elif "text/markdown" in data:
            blocks.append(text_of(data["text/markdown"]))
        elif "text/latex" in data:
            blocks.append(text_of(data["text/latex"]))
        elif plain(text_of(data.get("text/plain", ""))):
            blocks.append(fence(plain(text_of(data["text/plain"])), "{.text .run}"))
    if stream.strip():
        blocks.append(fence(plain(stream), "{.text .run}"))
    return blocks


def text_cell(cell: dict, name: str, repository: str, out: Converted) -> str:
    """A Markdown cell with its links made the site's, and its attachments made files."""
    text = text_of(cell["source"])
    for file, kinds in cell.get("attachments", {}).items():
        out.files[f"{name}-{file}"] = base64.b64decode(text_of(next(iter(kinds.values()))))
        text = text.replace(f"attachment:{file}", f"{name}-{file}")
    text = DOCS_LINK.sub(r"\1../", text)
    return REPOSITORY_LINK.sub(lambda m: f"{m[1]}{repository}/blob/main/{repository_path(m[2])})", text)


def repository_path(target: str) -> str:
    """A link of a notebook as a path from the root of the repository."""
    return target[3:] if target.startswith("../") else f"notebooks/{target}"


def convert(source: str, path: str, repository: str) -> Converted:
    """Convert the notebook's JSON `source`; `path` names it in errors, `repository` is the repository's address.

    Raises GuideError for a file that is not a notebook and for a figure without alternative text.
    """
    try:
        notebook = json.loads(source)
        cells = notebook["cells"]
    except (ValueError, KeyError, TypeError):
        raise GuideError(f"{path}: not a whole notebook (truncated?); make it again with `make notebooks`") from None
    stem = path.rsplit("/", 1)[-1].removesuffix(".ipynb")
    out = Converted("", meta=notebook.get("metadata", {}).get("guide", {}))
    blocks = []
    for number, cell in enumerate(cells):
        tags, name = cell["metadata"].get("tags", []), f"{stem}-{number}"
        if "remove-cell" in tags:
            continue
        if cell["cell_type"] == "markdown":
            blocks.append(text_cell(cell, name, repository, out))
        elif cell["cell_type"] == "code":
            if "hide-input" not in tags and text_of(cell["source"]).strip():
                blocks.append(fence(text_of(cell["source"]), "{.python}"))
            if "hide-output" not in tags:
                try:
                    blocks += outputs(cell, name, out)
                except GuideError as error:
                    raise GuideError(f"{path}: cell {error}") from None
    out.markdown = "\n\n".join(blocks) + "\n"
    return out
