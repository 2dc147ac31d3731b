"""A served site and a real headless Chromium."""

import functools
import http.server
import threading

import pytest
from building import SUB_PATH
from chromium import chromium
from playwright.sync_api import sync_playwright

# As root and without a network: no sandbox, and nothing that phones home by itself.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line a request."""

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served, under its sub-path."""
    handler = functools.partial(Quiet, directory=str(site.folder.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{SUB_PATH}/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What a page did that it should not: requests to other origins, and messages in the console."""

    def __init__(self, context, address):
        self.elsewhere, self.console = [], []
        self.here = address.split(f"/{SUB_PATH}")[0]
        context.route("**/*", self.route)

    def route(self, route):
        if route.request.url.startswith((self.here, "data:", "blob:")):
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()

    def page(self, context):
        page = context.new_page()
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        return page


@pytest.fixture
def visit(browser, address):
    """Open a page: `visit("tasks/", scheme="dark", width=360)` gives the Playwright page and its Watch."""
    contexts = []

    def open_page(path="", scheme="light", width=1200, **options):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        watch = Watch(context, address)
        page = watch.page(context)
        response = page.goto(address + path)
        assert response.ok, path
        page.wait_for_load_state("networkidle")
        return page, watch

    yield open_page
    for context in contexts:
        context.close()
