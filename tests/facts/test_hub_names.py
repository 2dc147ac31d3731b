"""The check of names on the Hub, against a local server."""

import threading
from http.server import ThreadingHTTPServer

import hub_names
import pytest
from hub_server import Answer
from huggingface_hub import HfApi, constants


@pytest.fixture
def api(monkeypatch):
    """The real client, on a server of this machine."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield HfApi(endpoint=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


def test_a_name_that_is_gone_is_said_with_its_file(api):
    names = [
        ("one.toml", "checkpoint", "me/tagger"),
        ("two.toml", "checkpoint", "me/missing"),
        ("three.toml", "checkpoint", "big/gated"),
    ]
    said = hub_names.gone(api, names)
    assert len(said) == 1 and said[0].startswith("docs/tasks/two.toml: the checkpoint me/missing is gone")


def test_a_hub_that_does_not_answer_is_no_evidence(api):
    with pytest.raises(SystemExit, match="asking for me/busy failed, so nothing is known"):
        hub_names.gone(api, [("one.toml", "checkpoint", "me/busy")])


def test_every_task_names_a_checkpoint_and_a_data_set():
    assert len(hub_names.named()) == 14
