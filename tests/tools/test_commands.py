"""The two commands say in one sentence what is wrong with the machine."""

import socket
import sys

import chromium
import env
import pytest
import serve
import upgrade


def test_an_old_python_is_told_what_is_needed(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match=r"Python 3\.9\.18 .*3\.11 or newer.*make serve PYTHON="):
        env.check_python()


def test_a_python_without_venv_is_told_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        env.check_python()


def test_an_index_out_of_reach_is_said(monkeypatch):
    monkeypatch.setattr(env, "python", lambda: sys.executable)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_TIMEOUT", "1")
    with pytest.raises(SystemExit, match="the package index is out of reach"):
        env.pip("no-such-package-of-the-field-guide", index="http://127.0.0.1:9/simple")


def test_a_second_call_installs_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(env, "VENV", tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").write_text("")
    (tmp_path / "site.stamp").write_text(env.digest(env.SITE))
    monkeypatch.setattr(env, "pip", lambda *arguments, **options: pytest.fail("pip was called"))
    env.install("site")


def test_a_taken_port_is_said_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"port {port} is taken.*make serve PORT={port + 1}"):
            serve.main(str(port))


@pytest.mark.parametrize("wrong", ["eighty", "0", "70000"])
def test_a_port_that_is_none_is_said(wrong):
    with pytest.raises(SystemExit, match="is not a port"):
        serve.main(wrong)


def test_no_browser_is_one_sentence(monkeypatch):
    monkeypatch.setattr(chromium, "find", lambda: None)
    monkeypatch.setattr(chromium, "try_to_install", lambda: None)
    with pytest.raises(SystemExit, match="no Chromium was found and none could be installed"):
        chromium.chromium()


def test_single_releases_are_tried_beside_the_pins():
    pins = {"mkdocs": "mkdocs==1.6.1", "Torch": "Torch==2.0"}
    assert upgrade.wanted(pins, []) == ["mkdocs", "Torch", "mkdocs<2"]
    assert upgrade.wanted(pins, ["torch==1.0"]) == ["torch==1.0", "mkdocs==1.6.1"]
    assert upgrade.pinned("requirements.txt")["msgspec"].startswith("msgspec==")
