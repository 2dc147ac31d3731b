"""Serve the site on localhost with live reload: `python tools/serve.py PORT`."""

import os
import socket
import sys


def port_is_free(port: int) -> bool:
    """Whether 127.0.0.1:port can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main(argument: str) -> None:
    """Replace this process by `mkdocs serve`, or stop with a sentence."""
    if not argument.isdigit() or not 0 < int(argument) < 65536:
        sys.exit(f"guide: PORT={argument} is not a port; choose a number, for example: make serve PORT=8001")
    port = int(argument)
    if not port_is_free(port):
        sys.exit(f"guide: port {port} is taken. Choose another one: make serve PORT={port + 1}")
    os.execv(sys.executable, [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"])


if __name__ == "__main__":
    main(sys.argv[1])
