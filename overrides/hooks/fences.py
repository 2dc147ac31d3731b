"""Records every fence while a page is rendered, so that tests run exactly what the site shows.

The fences come from the site's own Markdown instance: tabs, indented fences and every spelling of attributes
are seen, which a fence finder with a grammar of its own would miss.
"""

from dataclasses import dataclass

from errors import GuideError
from pymdownx.superfences import highlight_validator

# What a fence on a page may be written in; `console` is for shell sessions.
LANGUAGES = ("python", "text", "bash", "json", "toml", "yaml", "html", "pytb")


@dataclass(frozen=True)
class Fence:
    """One fence: `excused` is the reason why it is not run; the class `run` marks what a notebook's run printed."""

    language: str
    source: str
    excused: str
    classes: tuple[str, ...]


class Recorder:
    """Collects the fences of the page that is being rendered; `pages` maps a page's path to its fences, in order."""

    def __init__(self):
        self.pages: dict[str, list[Fence]] = {}
        self._page = ""

    def start(self, page: str) -> None:
        """The fences that follow belong to `page`."""
        self._page = page
        self.pages[page] = []

    def validate(self, language, inputs, options, attrs, md) -> bool:
        """Take `excused="reason"` for ourselves; leave the rest to the highlighter."""
        excused = inputs.pop("excused", "")
        good = highlight_validator(language, inputs, options, attrs, md)
        options["excused"] = excused
        return good

    def format(self, source, language, css_class, options, md, **kwargs) -> str:
        """Record, then render as the highlighter would have done."""
        fence = Fence(language, source, options.pop("excused", ""), tuple(kwargs["classes"]))
        self.pages[self._page].append(fence)
        return md.preprocessors["fenced_code_block"].highlight(
            src=source, language=language, options=options, md=md, **kwargs
        )

    def check(self, page: str) -> None:
        """GuideError when a fence of `page` is excused without a reason (superfences would swallow it in `validate`)."""
        for fence in self.pages[page]:
            if fence.excused and len(fence.excused.split()) < 2:
                raise GuideError(f'docs/{page}: a fence is excused without a reason; write excused="needs …"')

    def custom_fences(self) -> list[dict]:
        """What superfences needs to call this recorder for each of LANGUAGES."""
        return [
            {"name": name, "class": "highlight", "format": self.format, "validator": self.validate}
            for name in LANGUAGES
        ]
