"""The cell "Swap in the real thing" works when the Hub is there: run against the stand-in, with `USE_HUB` true."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import facts
import pytest

import notebooks

ROOT = Path(__file__).resolve().parents[2]
# Every cell up to the model, the imports of those after it, then the swap, then one training step on what it made.
PROGRAM = """
import json, sys
sys.path.insert(0, "tests/fences")
import hub
hub.stand_in()
import os
os.chdir("notebooks")
cells, space = json.loads(sys.stdin.read()), {}
for source in cells:
    exec(source, space)
step = space["model"](**space["collator"]([space["parts"]["train"][0], space["parts"]["train"][1]]))
print("swapped", float(step.loss) > 0, space["model"].config.id2label[1])
"""
# What the swapped model calls its label 1: the data set's own name, or the default where there are no classes.
SECOND_LABEL = {"token-classification": "B-PER", "text-classification": "Sports"}


def imports(cell: str) -> str:
    """The import statements of a cell that is not run whole: a reader who reaches the swap has them."""
    found = [node for node in ast.parse(cell).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(map(ast.unparse, found))


@pytest.mark.parametrize("slug", [slug for slug in notebooks.slugs([]) if slug in facts.SLUGS])
def test_the_swap_runs(slug):
    cells = notebooks.code_of(notebooks.read_source(slug))
    until = next(at for at, cell in enumerate(cells) if "\nmodel = new_model(" in cell) + 1
    swap = next(at for at, cell in enumerate(cells) if cell.startswith("hub_checkpoint"))
    chosen = [*cells[:until], *map(imports, cells[until:swap]), cells[swap]]
    sources = [cell.replace("USE_HUB = False", "USE_HUB = True") for cell in chosen]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        input=json.dumps(sources),
        capture_output=True,
        text=True,
        env=dict(os.environ, TRANSFORMERS_VERBOSITY="error"),
    )
    assert f"swapped True {SECOND_LABEL.get(slug, 'LABEL_1')}" in done.stdout, done.stderr[-2000:]
