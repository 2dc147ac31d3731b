"""Build the site for tests, and keep what it warned about and the fences that its pages showed."""

import logging
from dataclasses import dataclass
from pathlib import Path

import fences
from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).resolve().parent.parent
# Under a sub-path, as GitHub Pages serves a project.
SUB_PATH = "nlp-field-guide"


@dataclass
class Site:
    """A built site: its folder, the fences of each page, and the warnings that a strict build counts."""

    folder: Path
    fences: dict[str, list[fences.Fence]]
    warnings: list[str]

    def html(self, page: str) -> str:
        """The HTML of a page named by its source, as `tasks/index.md`."""
        path = page.removesuffix(".md").removesuffix(".ipynb").removesuffix("index")
        return (self.folder / path / "index.html").read_text("utf-8")


class Warnings(logging.Handler):
    """Collects what MkDocs warns about."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record):
        self.said.append(record.getMessage())


def build_site(folder: Path, **settings) -> Site:
    """Build the site of this repository into `folder`; `settings` replace those of mkdocs.yml."""
    recorder, warnings = fences.Recorder(), Warnings()
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), **settings)
    config["extra"]["fences"] = recorder
    logging.getLogger("mkdocs").addHandler(warnings)
    try:
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
    finally:
        logging.getLogger("mkdocs").removeHandler(warnings)
    return Site(folder, recorder.pages, warnings.said)
