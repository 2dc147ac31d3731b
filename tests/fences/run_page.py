"""Run the fences of one page, top to bottom in one namespace: JSON list of sources in, JSON list of outputs out.

A process of its own for each page: what one page imports, seeds or patches does not reach another.
"""

import contextlib
import io
import json
import sys

import hub

request = json.load(sys.stdin)
hub.stand_in()
namespace = {"__name__": "__main__"}
outputs = []
for number, source in enumerate(request["sources"], 1):
    printed = io.StringIO()
    where = f"{request['page']}, Python fence {number}"
    with contextlib.redirect_stdout(printed):
        exec(compile(source, where, "exec"), namespace)
    # Trainer closes with a line of seconds, which no two runs share; a page does not show it.
    lines = [line for line in printed.getvalue().splitlines() if not line.startswith("{'train_runtime'")]
    outputs.append("\n".join(lines))
json.dump(outputs, sys.stdout)
