"""Markdown extension: a widget's tag is a block.

Python-Markdown treats a tag that it does not know as inline: it would wrap `<task-finder>` in a paragraph and
push the table inside it out. The names are those of the files in docs/assets/widgets.
"""

from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension


def widget_names(folder: Path) -> list[str]:
    """Names of the custom elements: the modules of `folder` that have a hyphen, as a custom element must."""
    return sorted(path.stem for path in folder.glob("*-*.js"))


class WidgetBlocks(Extension):
    """Adds the widgets' names to Markdown's block-level tags; must come before md_in_html."""

    def __init__(self, names: list[str]):
        super().__init__()
        self.names = names

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the names."""
        md.block_level_elements = [*md.block_level_elements, *self.names]
