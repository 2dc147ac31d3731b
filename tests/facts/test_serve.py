"""`transformers serve` and a client of the OpenAI style, both really run: what docs/llms/running.md says of them.

The served model is a random decoder with a chat template: the tests read forms and settings, never an answer.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/llms/running.md"
CHAT = [{"role": "user", "content": "Where does the ferry stop?"}]


class Server:
    """A served folder: its address, its name as a model, its log."""

    def __init__(self, folder: Path, log: Path, *options: str):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url, self.model, self.log = f"http://127.0.0.1:{port}", str(folder), log
        command = [Path(sys.executable).parent / "transformers", "serve", self.model, "--device", "cpu"]
        command += ["--host", "127.0.0.1", "--port", str(port), *options]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, env=dict(os.environ, HF_HUB_OFFLINE="1")
            )

    def wait(self, seconds: int = 120):
        """Return when the server is healthy; fail with its log when it ends or never is."""
        for _ in range(seconds * 4):
            assert self.process.poll() is None, self.log.read_text()
            try:
                return urllib.request.urlopen(f"{self.url}/health", timeout=5).read()
            except OSError:
                time.sleep(0.25)
        raise AssertionError(self.log.read_text())

    def ask(self, **settings) -> dict:
        """The whole response of one chat completion."""
        body = {"model": self.model, "messages": CHAT, "max_tokens": 8, **settings}
        request = urllib.request.Request(
            f"{self.url}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        return json.load(urllib.request.urlopen(request, timeout=120))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    sys.path.insert(0, str(ROOT / "tests/fences"))
    import hub

    folder = tmp_path_factory.mktemp("served")
    hub.small_chat(folder)
    served = Server(folder, folder / "log.txt")
    try:
        served.wait()
        yield served
    finally:
        served.process.terminate()
        served.process.wait(20)


def text(response: dict) -> str:
    return response["choices"][0]["message"]["content"]


def test_it_answers_in_the_openai_form(server):
    response = server.ask(temperature=0)
    assert response["object"] == "chat.completion"
    assert response["choices"][0]["finish_reason"] == "length"
    assert response["usage"]["completion_tokens"] == 8


@pytest.fixture
def online(monkeypatch):
    """The client refuses every address under HF_HUB_OFFLINE, which the tests may be run with."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


def test_the_client_of_huggingface_hub_gets_the_same(server, online):
    from huggingface_hub import InferenceClient

    client = InferenceClient(base_url=f"{server.url}/v1")
    answer = client.chat_completion(CHAT, model=server.model, max_tokens=8, temperature=0)
    assert answer.choices[0].message.content == text(server.ask(temperature=0))


def test_the_client_asks_nobody_in_offline_mode(monkeypatch):
    from huggingface_hub import InferenceClient
    from huggingface_hub.errors import OfflineModeIsEnabled

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(OfflineModeIsEnabled):
        InferenceClient(base_url="http://127.0.0.1:9/v1").chat_completion(CHAT, model="any")


def test_the_pages_one_place_for_an_endpoint_reaches_it(server, monkeypatch, online):
    fences = re.findall(r"^```python.*?\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    [source] = [one for one in fences if "def ask(" in one]
    monkeypatch.setenv("LLM_BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("LLM_MODEL", server.model)
    page = {}
    exec(source, page)
    assert page["ask"](CHAT, limit=8) == (text(server.ask(temperature=0)), "length")


def test_it_ignores_response_format(server):
    schema = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
    asked = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}}
    answer = text(server.ask(temperature=0, max_tokens=64, response_format=asked))
    assert answer == text(server.ask(temperature=0, max_tokens=64))
    with pytest.raises(ValueError):
        json.loads(answer)
    assert "Ignoring unsupported fields in the request: {'response_format'}" in server.log.read_text()


def test_another_name_is_refused_where_the_server_has_one_model(server):
    with pytest.raises(urllib.error.HTTPError) as error:
        server.ask(model="another")
    assert error.value.code == 400


def test_without_a_limit_it_writes_1024_tokens(server):
    response = server.ask(temperature=0, max_tokens=None)
    assert response["choices"][0]["finish_reason"] == "length"
    assert response["usage"]["completion_tokens"] == 1024


def test_a_field_that_nobody_knows_is_refused(server):
    with pytest.raises(urllib.error.HTTPError) as error:
        server.ask(temprature=0)
    assert error.value.code == 422


def test_whether_it_samples_is_the_checkpoints_default(server, tmp_path):
    """A temperature does not turn sampling on: `generation_config.json` says whether it samples."""
    settings = {"max_tokens": 24, "temperature": 1.0}
    assert text(server.ask(**settings, seed=1)) == text(server.ask(**settings, seed=2))
    sampling = json.dumps({"do_sample": True, "max_new_tokens": 24})
    assert text(server.ask(seed=1, generation_config=sampling)) != text(server.ask(seed=2, generation_config=sampling))
