"""The cell of labels-or-prompts that asks a larger model, against a server that speaks the protocol."""

import http.server
import json
import os
import threading
import time
import urllib.request

import numpy as np
import pytest

import notebooks

SOURCE = notebooks.code_of(notebooks.read_source("labels-or-prompts"))


class Model(http.server.BaseHTTPRequestHandler):
    """Answers the first label of the schema, or text that is no JSON; refuses an unknown model."""

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        allowed = body["response_format"]["json_schema"]["schema"]["properties"]["label"]["enum"]
        said = "No idea." if "mute" in body["messages"][-1]["content"] else json.dumps({"label": allowed[0]})
        reply = {"choices": [{"message": {"content": said}}], "usage": {"prompt_tokens": 50, "completion_tokens": 5}}
        content = json.dumps(reply).encode()
        self.send_response(200 if body["model"] == "some" else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def space():
    """What the cell finds before it: two messages, and the functions of earlier cells."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    classes = ["complaint", "praise"]
    yield {
        **{"json": json, "os": os, "time": time, "urllib": urllib, "np": np},
        **{
            "KINDS": ("PER",),
            "RULES": {"messages": "Answer with one word."},
            "WORDS": {"messages": classes, "roles": ["outcome"]},
        },
        **{"ENDPOINT": f"http://127.0.0.1:{server.server_port}/v1", "ENDPOINT_MODEL": "some", "PRICES": (1.0, 2.0)},
        **{
            "SHOTS": (0, 8),
            "sets": {"messages": {"subset": [0, 1], "test": [("late", "complaint"), ("mute", "praise")]}},
        },
        **{"cut": str, "solved_for": lambda task, name, shots: [("thanks", "praise")] * shots, "answers": {}},
        **{"kept": lambda name, settings, make, *inputs: make(*inputs)},
        **{"result": lambda texts, rows, guess, cpu, ms: guess, "from_json": None},
    }
    server.shutdown()


def test_a_larger_model_is_asked_its_answers_read_and_its_tokens_priced(space, capsys):
    for cell in SOURCE:
        if "def post(" in cell or "def larger(" in cell:
            exec(cell, space)
    assert space["answers"]["messages", "larger model", 0] == [["complaint", None]]
    assert space["dollars"] == {f"messages, {shots} examples": 2 * (50 + 2 * 5) / 1e6 for shots in (0, 8)}


def test_a_refusal_is_told_in_one_sentence(space):
    space["ENDPOINT_MODEL"] = "other"
    with pytest.raises(RuntimeError, match=r"/v1 refused the request: HTTP Error 404"):
        for cell in SOURCE:
            if "def post(" in cell or "def larger(" in cell:
                exec(cell, space)
