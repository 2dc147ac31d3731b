"""The one module that knows MkDocs: it hands files to the pure modules beside it and puts back what they make.

The day the site moves to another generator, this file is what is rewritten.
"""

import json
import logging
import posixpath
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# `errors` stays: the GuideError that is raised must be the one that is caught.
OURS = [path.stem for path in HERE.glob("*.py") if path.stem not in ("site", "errors")]

# A warning under this name counts in a strict build.
log = logging.getLogger("mkdocs.hooks.guide")
# What one build knows; on_config makes it anew.
state: dict = {}


def stops_the_build(event):
    """Turn a GuideError of `event` into the sentence with which MkDocs stops."""

    def wrapped(*args, **kwargs):
        # MkDocs restores sys.path after it has loaded a hook, so the modules beside this one are put on it here.
        if str(HERE) not in sys.path:
            sys.path.insert(0, str(HERE))
        from errors import GuideError

        try:
            return event(*args, **kwargs)
        except GuideError as error:
            raise PluginError(str(error).replace(f"{ROOT}/", "")) from None

    return wrapped


@stops_the_build
def on_config(config):
    """Load facts, and give Markdown our recorder of fences and our blocks."""
    for name in OURS:
        # `serve` would otherwise keep the code of its first build.
        sys.modules.pop(name, None)
    import blocks
    import facts
    import fences
    import findable
    import messages
    import prompts
    import renames
    import review
    import versions

    docs = Path(config["docs_dir"])
    state.clear()
    state["tasks"] = facts.load_tasks(docs / "tasks")
    state["sources"] = facts.load_sources(docs / "sources.toml")
    state["renames"] = renames.load(docs / "training/renames.toml")
    state["questions"] = tuple(review.load_questions(docs / "review/questions.toml"))
    state["asked"] = tuple(review.load_asked(docs / "review/asked.toml"))
    state["evidence"] = facts.load_evidence(docs / "llms/evidence.toml", state["sources"])
    state["messages"] = messages.load(docs / "debugging/errors.toml")
    state["also"] = findable.load_words(docs / "search.toml")
    state["said"] = findable.load_phrases(docs / "phrases.toml")
    state["parts"] = {}
    state["prompts"] = prompts.load(docs / "llms/prompts.toml")
    state["answers"] = prompts.load_answers(docs / "llms/answers.toml", state["prompts"])
    state["notebooks"] = ROOT / "notebooks"
    state["recorder"] = config["extra"].get("fences") or fences.Recorder()
    config["mdx_configs"].setdefault("pymdownx.superfences", {})["custom_fences"] = state["recorder"].custom_fences()
    config["markdown_extensions"].insert(0, blocks.WidgetBlocks(blocks.widget_names(docs / "assets/widgets")))
    config["extra"]["true_for"] = versions.true_for(ROOT / "notebooks/requirements.txt", ROOT / "notebooks/results")
    config["extra"]["colab"] = str(config["repo_url"]).replace(
        "https://github.com/", "https://colab.research.google.com/github/"
    )
    return config


@event_priority(100)  # before mkdocs-jupyter looks for notebooks
@stops_the_build
def on_files(files, config):
    """Add the notebooks, which live outside docs/, and refuse what cannot become pages."""
    import moved
    from errors import GuideError
    from shortcodes import Guide

    for path in sorted(state["notebooks"].glob("*.ipynb")):
        file = File(f"notebooks/{path.name}", str(ROOT), config["site_dir"], config["use_directory_urls"])
        files.append(file)
    taken: dict[str, str] = {}
    for file in files:
        if not file.src_uri.endswith((".md", ".ipynb")):
            continue
        try:
            Path(file.abs_src_path).read_text("utf-8")
        except UnicodeDecodeError:
            raise GuideError(
                f"{file.abs_src_path}: not UTF-8 text (a binary file?); save it as UTF-8 or take it out"
            ) from None
        url = posixpath.join("/", file.url).rstrip("/")
        if url in taken:
            raise GuideError(f"{file.abs_src_path}: has the address {url}/ of {taken[url]} too; rename one of them")
        taken[url] = file.abs_src_path
    state["moved"] = moved.load(Path(config["docs_dir"]) / "moved.toml", {file.src_uri for file in files})
    state["guide"] = Guide(
        tasks=state["tasks"],
        sources=state["sources"],
        results=state["notebooks"] / "results",
        figures=Path(config["docs_dir"]) / "assets/figures",
        pages=frozenset(file.src_uri for file in files),
        renames=state["renames"],
        questions=state["questions"],
        asked=state["asked"],
        evidence=state["evidence"],
        messages=state["messages"],
        prompts=state["prompts"],
        answers=state["answers"],
    )
    return files


@stops_the_build
def on_page_markdown(markdown, page, config, files):
    """Expand shortcodes; for a notebook, put its Markdown in the place of mkdocs-jupyter's HTML."""
    import notebook
    import shortcodes

    state["recorder"].start(page.file.src_uri)
    if not page.file.src_uri.endswith(".ipynb"):
        return shortcodes.expand(markdown, state["guide"], page.file.src_uri)
    # mkdocs-jupyter hangs its own `render` on this page; without it the page renders like all others.
    page.__dict__.pop("render", None)
    source = Path(page.file.abs_src_path).read_text("utf-8")
    converted = notebook.convert(source, page.file.src_uri, config["repo_url"])
    page.meta.update({key: converted.meta[key] for key in ("title", "description") if key in converted.meta})
    page.edit_url = f"{config['repo_url']}/edit/main/notebooks/{Path(page.file.name).stem}.py"
    for name, content in converted.files.items():
        files.append(File.generated(config, f"notebooks/{name}", content=content))
    return converted.markdown


@stops_the_build
def on_page_content(html, page, config, files):
    """Formulas to MathML; leaner code blocks; the link of every heading becomes our widget."""
    import formulas
    import highlighting
    import widgets

    state["recorder"].check(page.file.src_uri)
    html = highlighting.thin(formulas.render(html, page.file.src_uri))
    return widgets.wrap_heading_links(html)


@stops_the_build
def on_post_page(output, page, config):
    """Check the page as it will be read, name its landmarks, and squeeze it."""
    import checks
    import findable
    import highlighting
    import landmarks

    state["parts"][page.url] = findable.parts(output)
    for sentence in checks.findings(output):
        log.warning(f"{page.file.src_uri}: {sentence}")
    return highlighting.squeeze(landmarks.name(output))


@event_priority(-100)  # after the search plugin has written its index
@stops_the_build
def on_post_build(config):
    """Pages that moved lead on. A stub where pages look for the search index: docs/assets/search/worker.js fetches the whole."""
    import findable
    import moved

    for old, new in state["moved"].items():
        place = Path(config["site_dir"]) / moved.folder(old) / "index.html"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(moved.stub(old, new), "utf-8")
    folder = Path(config["site_dir"]) / "search"
    whole = json.loads((folder / "search_index.json").read_text("utf-8"))
    asked = [(one.answer, one.question) for one in state["asked"]]
    docs = findable.enrich(whole["docs"], state["parts"], state["also"], state["said"], asked)
    (folder / "index.json").write_text(json.dumps({**whole, "docs": docs}, ensure_ascii=False), "utf-8")
    # `config` stays: the page highlights terms with its separator.
    (folder / "search_index.json").write_text(json.dumps({**whole, "docs": []}), "utf-8")
