"""Headless Chromium by Playwright: pages opened, looked at, typed into, and what they tried to do to us.

Playwright (tests/browser/requirements.txt) drives the Chromium that the machine has, and fetches none. It is imported when a
browser starts: everything else of the tests can be collected without it. Its loop lives in a thread of its own, because a thread
in which one runs can begin no other, and nights are made beside it.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

#: the Chromium that is used, by name or path
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
#: letters as they are, at any size; what is left of Chromium's calls home would be refused many times a second
_FLAGS = ("--font-render-hinting=none", "--disable-quic")
ANSWER_SECONDS = 180.0

Json = dict[str, Any]
_T = TypeVar("_T")


def is_installed() -> bool:
    """Whether there is a Chromium on this machine, and Playwright in this venv."""
    return shutil.which(CHROMIUM) is not None and importlib.util.find_spec("playwright") is not None


class Failed(RuntimeError):
    """A question to a page failed."""


class Browser:
    """A Chromium with a profile of its own, for the block: `with Browser() as browser`."""

    def __enter__(self) -> Browser:
        self._thread = ThreadPoolExecutor(1, "chromium")
        try:
            self.do(self._start)
        except BaseException:
            self._thread.shutdown()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.do(self._stop)
        self._thread.shutdown()

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """A tab of its own, that nobody has used before: it has no cookies. It is closed at the end of the block."""
        # Without a viewport of Playwright's, which knows no phone that becomes a desk: see `resize`.
        context = self.do(lambda: self._chromium.new_context(no_viewport=True))
        try:
            yield Page(self, context)
        finally:
            self.do(context.close)

    def do(self, call: Callable[[], _T]) -> _T:
        """What a call of Playwright's gives, in the thread of its loop."""
        return self._thread.submit(call).result()

    def _start(self) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        # As root there is no sandbox.
        self._chromium = self._playwright.chromium.launch(
            executable_path=shutil.which(CHROMIUM), chromium_sandbox=False, args=list(_FLAGS), timeout=ANSWER_SECONDS * 1000
        )

    def _stop(self) -> None:
        self._chromium.close()
        self._playwright.stop()


class Page:
    """One tab: what it shows, and what it tried to do."""

    def __init__(self, browser: Browser, context: Any) -> None:
        self._do = browser.do
        self._address = ""
        self._is_loaded = False
        self.width = 0
        #: whether pages are loaded, and forms sent, as where JavaScript is switched off
        self.without_scripts = False
        #: addresses that the page asked for, itself and `data:` left out
        self.requests: list[str] = []
        #: what it wrote to the console, blocked requests and scripts among it
        self.complaints: list[str] = []
        #: texts of alert(), confirm() and prompt()
        self.dialogs: list[str] = []
        self._do(lambda: self._begin(context))

    def _begin(self, context: Any) -> None:
        self._tab = context.new_page()
        self._tab.set_default_timeout(ANSWER_SECONDS * 1000)
        # For what Playwright has no word for: questions that a page's policy does not apply to, phones, WebP.
        self._devtools = context.new_cdp_session(self._tab)
        self._tab.on("load", lambda _: setattr(self, "_is_loaded", True))
        self._tab.on("request", lambda request: self._note_request(request.url))
        self._tab.on("websocket", lambda socket: self._note_request(socket.url))
        self._tab.on("console", lambda message: self.complaints.append(message.text))
        self._tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._tab.on("dialog", self._note_dialog)

    def _note_request(self, address: str) -> None:
        if address != self._address and not address.startswith("data:"):
            self.requests.append(address)

    def _note_dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.accept()  # unanswered it would stop the page; there is nobody to wait for

    def open(self, path: Path, width: int = 1280, height: int = 900) -> None:
        """Show a file in a window of that width: up to 600 pixels as a phone does it, that is by the viewport's rules."""
        self.load(path.resolve().as_uri(), width, height)

    def load(self, address: str, width: int = 1280, height: int = 900) -> None:
        """Show what is at an address, as `open` does a file."""
        self.resize(width, height)
        with self.loading(address):
            self._do(lambda: self._tab.goto(address))

    @contextlib.contextmanager
    def loading(self, address: str = "") -> Iterator[None]:
        """What is done in the block leads to another page, at that address where it is known; it is there afterwards."""
        self._is_loaded, self._address = False, address
        self.requests, self.complaints, self.dialogs = [], [], []
        self._send("Emulation.setScriptExecutionDisabled", value=self.without_scripts)
        yield
        self._do(self._wait_until_loaded)
        self._send("Emulation.setScriptExecutionDisabled", value=False)  # what asks questions of the page is a script too
        # What a script or a style sheet asks for after loading is still on its way.
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")

    def _wait_until_loaded(self) -> None:
        if not self._is_loaded:  # events come in this thread alone, so that none is missed in between
            self._tab.wait_for_event("load")

    def download(self, key: str = "Enter") -> tuple[str, bytes]:
        """Name and content of the file that pressing a key leads to, while the page stays as it is."""
        def pressed() -> tuple[str, bytes]:
            with self._tab.expect_download() as awaited:
                self._tab.keyboard.press(key)
            return awaited.value.suggested_filename, Path(awaited.value.path()).read_bytes()

        return self._do(pressed)

    def choose_file(self, field: str, path: Path) -> None:
        """Choose a file in the field of that id, as somebody does in the window that the browser shows for it."""
        self._do(lambda: self._tab.set_input_files(f"#{field}", path))

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self._do(lambda: self._tab.keyboard.insert_text(text))

    def resize(self, width: int, height: int = 900) -> None:
        """Another width of the window."""
        self.width = width
        self._send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width <= 600)

    def media(self, kind: str) -> None:
        """`print`, or `screen` again."""
        self._do(lambda: self._tab.emulate_media(media=kind))

    def evaluate(self, expression: str) -> Any:
        """What a JavaScript expression gives, awaited. The page's own policy does not apply to it, as it does to Playwright's."""
        answer = self._send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failed(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press and let go of a key: Tab, Enter, Escape, Shift+Tab."""
        self._do(lambda: self._tab.keyboard.press(key))

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """The page as PNG, or as WebP by the name of the file: all of it, or what is seen without scrolling."""
        form: Json = {"format": "webp", "quality": 80} if path.suffix == ".webp" else {"format": "png"}
        answer = self._send("Page.captureScreenshot", captureBeyondViewport=whole, **form, **self._clip(whole))
        path.write_bytes(base64.b64decode(answer["data"]))

    def _clip(self, whole: bool) -> Json:
        if not whole:
            return {}
        size = self._send("Page.getLayoutMetrics")["cssContentSize"]
        # Chromium's textures end at 16 384 pixels: beyond that it repeats what it has drawn.
        height = min(size["height"], 16_000)
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}}

    def pdf(self) -> bytes:
        """The page printed on A4."""
        return self._do(lambda: bytes(self._tab.pdf(format="A4", print_background=True)))

    def _send(self, method: str, **parameters: Any) -> Json:
        answer: Json = self._do(lambda: self._devtools.send(method, parameters))
        return answer
