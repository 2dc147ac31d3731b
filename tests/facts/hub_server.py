"""A local server that answers as the Hub does, by status and error code, so that the real client raises its own errors.

What the Hub's server writes into a message is not known here: such words are ours, and entries leave them out (`…`).
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0" * 40
CONFIG = json.dumps({"model_type": "bert", "hidden_size": 16, "num_hidden_layers": 1}).encode()
# Repository to status and error code.
REFUSED = {
    "me/missing": (401, "RepoNotFound"),
    "big/gated": (403, "GatedRepo"),
    "me/busy": (429, ""),
}


class Answer(BaseHTTPRequestHandler):
    """One request."""

    def log_message(self, *arguments) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes = b"{}", code: str = "", **headers: str) -> None:
        """Send a status, the error code that the client reads, and a body."""
        self.send_response(status)
        if status >= 400:
            headers |= {"X-Error-Code": code, "X-Error-Message": "the server's words"}
        for name, value in {
            "Content-Length": str(len(body)),
            "ETag": '"0"',
            "X-Repo-Commit": COMMIT,
            "X-Request-Id": "Root=1-request",
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        """Files, information about repositories, and who the token belongs to."""
        repository = next((name for name in (*REFUSED, "me/tagger") if name in self.path), "")
        if repository in REFUSED:
            status, code = REFUSED[repository]
            self.reply(status, json.dumps({"error": "the server's words"}).encode(), code)
        elif self.path == "/api/whoami-v2":
            good = self.headers["Authorization"] == "Bearer hf_yours"
            self.reply(200 if good else 401, b'{"name": "me", "type": "user", "orgs": []}' if good else b"{}")
        elif "/resolve/v9/" in self.path or "/revision/v9" in self.path:
            self.reply(404, code="RevisionNotFound")
        elif self.path.endswith("/config.json"):
            self.reply(200, CONFIG)
        elif repository and self.path.startswith("/api/models/"):
            about = {"id": repository, "sha": COMMIT, "siblings": [{"rfilename": "config.json"}], "tags": []}
            self.reply(200, json.dumps(about).encode())
        else:
            self.reply(404, code="EntryNotFound")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Creating a repository."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["name"] == "tagger" and asked.get("organization") == "google":
            self.reply(403, b'{"error": "the server\'s words"}')
        elif asked["name"] == "tagger":
            self.reply(409, b'{"error": "the server\'s words", "url": "http://127.0.0.1/me/tagger"}')
        else:
            self.reply(200, json.dumps({"url": "http://127.0.0.1/me/" + asked["name"]}).encode())


def start() -> str:
    """Serve in a thread of this process; the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
