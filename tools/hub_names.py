"""Which checkpoint or data set that the guide names is gone from the Hub: `python tools/hub_names.py`. Needs the network."""

import sys
import tomllib
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

ROOT = Path(__file__).resolve().parent.parent


def named() -> list[tuple[str, str, str]]:
    """(page of facts, kind, name on the Hub) of each task's checkpoint and data set."""
    facts = {path.name: tomllib.loads(path.read_text("utf-8")) for path in sorted((ROOT / "docs/tasks").glob("*.toml"))}
    return [
        (file, kind, fact[kind]["id"])
        for file, fact in facts.items()
        for kind in ("checkpoint", "dataset")
        if kind in fact
    ]


def gone(api: HfApi, names: list[tuple[str, str, str]]) -> list[str]:
    """A sentence for each name that the Hub no longer knows; SystemExit when the Hub itself is out of reach."""
    said = []
    for file, kind, name in names:
        try:
            api.repo_info(name, repo_type={"checkpoint": "model", "dataset": "dataset"}[kind])
        except GatedRepoError:
            continue  # it is there, behind a form
        except RepositoryNotFoundError:
            said.append(f"docs/tasks/{file}: the {kind} {name} is gone from the Hub; name another, or its new address")
        except (HfHubHTTPError, OSError) as error:
            sys.exit(f"hub: asking for {name} failed, so nothing is known: {error}")
    return said


if __name__ == "__main__":
    sentences = gone(HfApi(), named())
    print("\n".join(sentences) or "hub: every checkpoint and data set is there")
    sys.exit(bool(sentences))
