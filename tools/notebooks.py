"""Notebooks: `.py` sources in, executed and stamped `.ipynb` files and results out.

    python tools/notebooks.py run [slug]     run what is stale (source, data or libraries changed); all or one
    python tools/notebooks.py check          say what is stale; runs nothing
    python tools/notebooks.py smoke [slug]   run each source with the tiny settings of its header, in an empty folder
    python tools/notebooks.py verify [slug]  run again, and compare the scores with the committed ones

A run that fails half-way leaves the committed files as they were.
"""

import hashlib
import importlib.metadata
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
REQUIREMENTS = ("requirements.txt", "requirements-models.txt")
# What decides the numbers. MKL_CBWR=COMPATIBLE would make them equal on more kinds of processor, at a third of the speed.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "2"}
# What decides the time, and no number: else the C library gives large blocks back after every training step, a quarter of its time.
ENVIRONMENT |= {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**33)}
LONGEST_CELL = 900  # seconds


class NotebookError(Exception):
    """Told in one sentence that names the notebook."""


def slugs(chosen: list[str]) -> list[str]:
    """The slugs named on the command line, or those of all sources."""
    known = sorted(path.stem for path in NOTEBOOKS.glob("*.py"))
    for slug in chosen:
        if slug not in known:
            raise NotebookError(f"notebooks/{slug}.py does not exist; there is {', '.join(known)}")
    return chosen or known


def read_source(slug: str):
    """The notebook that the source of `slug` describes, without outputs."""
    import jupytext

    notebook = jupytext.read(NOTEBOOKS / f"{slug}.py", fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # jupytext draws random ids
    return notebook


def code_of(notebook) -> list[str]:
    """Sources of the code cells, in order."""
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def library_minors() -> dict[str, str]:
    """Installed major.minor of every pinned library that a notebook may use."""
    lines = "\n".join((NOTEBOOKS / name).read_text("utf-8") for name in REQUIREMENTS)
    names = re.findall(r"^([\w-]+)==", lines, re.M)
    return {name: ".".join(importlib.metadata.version(name).split("+")[0].split(".")[:2]) for name in names}


def stamp(slug: str, notebook) -> dict:
    """What the outputs depend on: hashes of code and data, and the libraries' major.minor."""
    code, data = "\0".join(code_of(notebook)), hashlib.sha256()
    own = sorted((NOTEBOOKS / "data").glob(f"{slug}*"))
    named = (path for path in sorted((NOTEBOOKS / "data").glob("*")) if f'"{path.stem}"' in code)
    for path in own or named:  # a notebook without a corpus of its own names those that it reads
        if path.suffix in (".jsonl", ".py"):  # rows, and the grammars that write rows; not the cards
            data.update(path.name.encode() + path.read_bytes())
    return {"code": hashlib.sha256(code.encode()).hexdigest(), "data": data.hexdigest(), "libraries": library_minors()}


def committed(slug: str) -> dict | None:
    """The committed notebook, or None."""
    path = NOTEBOOKS / f"{slug}.ipynb"
    try:
        return json.loads(path.read_text("utf-8")) if path.exists() else None
    except ValueError:
        raise NotebookError(
            f"notebooks/{slug}.ipynb is not a whole notebook; delete it and run `make notebooks`"
        ) from None


def stale(slug: str) -> str:
    """Why the committed notebook is not what its source would give now; empty when it is."""
    have, want = committed(slug), read_source(slug)
    if have is None:
        return "it was never run"
    old, new = have["metadata"]["guide"].get("stamp", {}), stamp(slug, want)
    for part in ("code", "data"):
        if old.get(part) != new[part]:
            return f"its {part} changed since it was run"
    # A library that was not pinned at the time of the run is not counted: the code would have changed with its use.
    moved = [name for name, minor in new["libraries"].items() if old["libraries"].get(name, minor) != minor]
    return f"it was run with another {', '.join(moved)}" if moved else ""


def text_differs(slug: str) -> bool:
    """Whether text cells, marker lines or header of the committed notebook are not those of the source."""

    def told(notebook) -> tuple:
        header = {key: value for key, value in notebook["metadata"]["guide"].items() if key != "stamp"}
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
        return header, ["".join(cell["source"]) for cell in cells], [cell["metadata"] for cell in notebook["cells"]]

    return told(committed(slug)) != told(read_source(slug))


def execute(notebook, folder: Path) -> None:
    """Run all cells in `folder`, in place. NotebookError names the cell that failed."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    os.environ.update(ENVIRONMENT)
    client = NotebookClient(
        notebook,
        timeout=LONGEST_CELL,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookError(f"a cell failed:\n{error}") from None


def normalise(notebook) -> None:
    """Take out of the outputs what differs between two equal runs: colours, addresses, ids of processes."""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell["metadata"].pop("execution", None)
        for output in cell["outputs"]:
            if "text" in output:
                output["text"] = re.sub(r"\x1b\[[0-9;]*m| at 0x[0-9a-f]+", "", output["text"])
            if "image/svg+xml" in output.get("data", {}):
                output["data"].pop("text/plain", None)


def merge_text(slug: str) -> None:
    """Give the committed notebook the source's text cells, and keep its outputs."""
    old, new = committed(slug), read_source(slug)
    outputs = iter([(cell["outputs"], cell["execution_count"]) for cell in old["cells"] if cell["cell_type"] == "code"])
    for cell in new["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = next(outputs)
    finish(slug, new)


def finish(slug: str, notebook) -> None:
    """Stamp and write the notebook in one step."""
    guide = dict(notebook["metadata"].get("guide", {}))
    guide["stamp"] = stamp(slug, notebook)
    notebook["metadata"] = {
        "guide": guide,
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    replace(NOTEBOOKS / f"{slug}.ipynb", text)


def replace(path: Path, text: str) -> None:
    """Write `text` beside `path`, then move it there: a file is never half-written."""
    new = path.with_suffix(path.suffix + ".new")
    new.write_text(text, "utf-8")
    new.replace(path)


def lay_out(folder: Path, slug: str) -> None:
    """Put into `folder` what the notebook of `slug` finds beside itself in the repository; the results of the others."""
    (folder / "data").symlink_to(NOTEBOOKS / "data")
    (folder / "results").mkdir()
    for path in sorted((NOTEBOOKS / "results").glob("*.json")):
        if path.stem != slug:
            (folder / "results" / path.name).symlink_to(path)
    for name in REQUIREMENTS:
        (folder / name).symlink_to(NOTEBOOKS / name)


def run_in(folder: Path, slug: str):
    """Execute the source of `slug` in `folder`; the notebook and its results."""
    notebook = read_source(slug)
    began = time.time()
    execute(notebook, folder)
    normalise(notebook)
    results = json.loads((folder / f"results/{slug}.json").read_text("utf-8"))
    spent = time.time() - began + results["run"].get("earlier_seconds", 0)  # parts that a run broken off had made
    results["run"]["minutes"] = round(spent / 60, 1)
    return notebook, results


def run(slug: str) -> None:
    """Run one notebook and put notebook and results in their places, both or neither."""
    with tempfile.TemporaryDirectory() as name:
        lay_out(Path(name), slug)
        notebook, results = run_in(Path(name), slug)
    finish(slug, notebook)
    replace(NOTEBOOKS / f"results/{slug}.json", json.dumps(results, ensure_ascii=False, indent=1) + "\n")


def verify(slug: str) -> None:
    """Run one notebook again; NotebookError when a score differs from the committed one."""
    with tempfile.TemporaryDirectory() as name:
        lay_out(Path(name), slug)
        _, results = run_in(Path(name), slug)
    have = json.loads((NOTEBOOKS / f"results/{slug}.json").read_text("utf-8"))
    if have["scores"] != results["scores"]:
        raise NotebookError(f"notebooks/results/{slug}.json: the scores of a new run differ: {results['scores']}")


def smoke(slug: str) -> None:
    """Run one source with tiny settings, alone in an empty folder, its data fetched from a local copy of the repository."""
    notebook = read_source(slug)
    settings = notebook["metadata"]["guide"]["smoke"]
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell["source"] = re.sub(r'(?m)^REPOSITORY = ".*"$', f'REPOSITORY = "{NOTEBOOKS.as_uri()}"', cell["source"])
        if "parameters" in cell["metadata"].get("tags", []):
            cell["source"] += "".join(f"\n{key} = {value!r}" for key, value in settings.items())
    with tempfile.TemporaryDirectory() as name:
        execute(notebook, Path(name))
        if not (Path(name) / f"results/{slug}.json").exists():
            raise NotebookError("it wrote no results")


def main(arguments: list[str]) -> int:
    """Carry out one verb; 1 when something is stale or failed."""
    verb, chosen = (arguments or [""])[0], arguments[1:]
    if verb not in ("run", "check", "smoke", "verify"):
        print(__doc__)
        return 2
    failed = 0
    for slug in slugs(chosen):
        try:
            why = stale(slug)
            if verb == "check" and (why or text_differs(slug)):
                raise NotebookError(f"{why or 'its text changed'}; run `make notebooks`")
            if verb == "run" and why:
                print(f"notebooks/{slug}: running, {why}", flush=True)
                run(slug)
            elif verb == "run" and text_differs(slug):
                merge_text(slug)
                print(f"notebooks/{slug}: text merged")
            elif verb in ("smoke", "verify"):
                globals()[verb](slug)
        except NotebookError as error:
            print(f"notebooks/{slug}: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NotebookError as error:
        sys.exit(f"notebooks: {error}")
