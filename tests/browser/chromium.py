"""Headless Chromium over its DevTools pipe: pages opened, looked at, typed into, and what they tried to do to us.

The standard library alone: Chromium reads commands from descriptor 3 and answers on descriptor 4, so there is neither a
driver nor a port. Debian's packages `chromium` and fonts are all that a machine needs.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: the Chromium that is used, by name or path
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
#: As root there is no sandbox; the rest keeps Chromium from calling home, which would be refused many times a second.
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage",
    "--font-render-hinting=none", "--remote-debugging-pipe",
)  # fmt: skip
ANSWER_SECONDS = 180.0
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27}

Json = dict[str, Any]


def is_installed() -> bool:
    """Whether there is a Chromium on this machine."""
    return shutil.which(CHROMIUM) is not None


class Failed(RuntimeError):
    """Chromium did not answer, or refused a command."""


class Browser:
    """A Chromium with a profile of its own, for the block: `with Browser() as browser`."""

    def __enter__(self) -> Browser:
        self._profile = tempfile.TemporaryDirectory(prefix="suivi-chromium-", ignore_cleanup_errors=True)
        commands, self._to = os.pipe()
        self._from, answers = os.pipe()
        # The shell moves our two pipes to the numbers that Chromium expects, and becomes Chromium.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{commands} 4>&{answers}', "chromium", CHROMIUM, *_FLAGS,
             f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=(commands, answers), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(commands)
        os.close(answers)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._answers: dict[int, Json] = {}
        self._pages: dict[str, Page] = {}
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(Failed, OSError):
            self.send("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._profile.cleanup()

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """A tab of its own, closed at the end of the block."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        try:
            for domain in ("Page", "Runtime", "Network", "Log"):
                page.send(f"{domain}.enable")
            yield page
        finally:
            del self._pages[session]
            self.send("Target.closeTarget", targetId=target)

    def send(self, method: str, session: str | None = None, **parameters: Any) -> Json:
        """The answer to a DevTools command. Raises Failed."""
        number = self._write(method, session, parameters)
        deadline = time.monotonic() + ANSWER_SECONDS
        while number not in self._answers:
            self._read(deadline, method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']['message']}")
        result: Json = answer["result"]
        return result

    def listen(self, seconds: float) -> None:
        """Take in what Chromium tells for that long."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(Failed):
            while True:
                self._read(deadline, "events")

    def _write(self, method: str, session: str | None, parameters: Json) -> int:
        number = next(self._numbers)
        message: Json = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        return number

    def _read(self, deadline: float, waiting_for: str) -> None:
        """Take in at least one message before the deadline, or raise Failed."""
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self._from, 1 << 20) if ready else b""
            if not data:
                raise Failed(f"Chromium did not answer in time, or ended: {waiting_for}")
            self._buffer += data
        *messages, self._buffer = self._buffer.split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self._pages:
                self._pages[message["sessionId"]].told(message["method"], message["params"])


class Page:
    """One tab: what it shows, and what it tried to do."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._is_loaded = False
        self._address = ""
        self.width = 0
        #: whether pages are loaded, and forms sent, as where JavaScript is switched off
        self.without_scripts = False
        #: addresses that the page asked for, itself and `data:` left out
        self.requests: list[str] = []
        #: what it wrote to the console, blocked requests and scripts among it
        self.complaints: list[str] = []
        #: texts of alert(), confirm() and prompt()
        self.dialogs: list[str] = []

    def told(self, method: str, event: Json) -> None:
        """Note an event of this tab."""
        match method:
            case "Page.loadEventFired":
                self._is_loaded = True
            case "Network.requestWillBeSent" | "Network.webSocketCreated":
                address = event["request"]["url"] if "request" in event else event["url"]
                if address != self._address and not address.startswith("data:"):
                    self.requests.append(address)
            case "Log.entryAdded":
                self.complaints.append(event["entry"]["text"])
            case "Runtime.consoleAPICalled":
                self.complaints.append(" ".join(str(argument.get("value")) for argument in event["args"]))
            case "Runtime.exceptionThrown":
                self.complaints.append(event["exceptionDetails"]["text"])
            case "Page.javascriptDialogOpening":
                self.dialogs.append(event["message"])
                # Unanswered it would stop the page; there is nobody to wait for.
                self._browser._write("Page.handleJavaScriptDialog", self._session, {"accept": True})

    def send(self, method: str, **parameters: Any) -> Json:
        """The answer of this tab to a DevTools command."""
        return self._browser.send(method, self._session, **parameters)

    def open(self, path: Path, width: int = 1280, height: int = 900) -> None:
        """Show a file in a window of that width: up to 600 pixels as a phone does it, that is by the viewport's rules."""
        self.load(path.resolve().as_uri(), width, height)

    def load(self, address: str, width: int = 1280, height: int = 900) -> None:
        """Show what is at an address, as `open` does a file."""
        self.resize(width, height)
        with self.loading(address):
            failure = self.send("Page.navigate", url=address).get("errorText")
            if failure:
                raise Failed(f"{address}: {failure}")

    @contextlib.contextmanager
    def loading(self, address: str = "") -> Iterator[None]:
        """What is done in the block leads to another page, at that address where it is known; it is there afterwards."""
        self._is_loaded, self._address = False, address
        self.requests, self.complaints, self.dialogs = [], [], []
        self.send("Emulation.setScriptExecutionDisabled", value=self.without_scripts)
        yield
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self._is_loaded:
            self._browser._read(deadline, f"loading {address.rpartition('/')[2]}")
        self.send("Emulation.setScriptExecutionDisabled", value=False)  # what asks questions of the page is a script too
        # What a script or a style sheet asks for after loading is still on its way.
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")

    def choose_file(self, field: str, path: Path) -> None:
        """Choose a file in the field of that id, as somebody does in the window that the browser shows for it."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=f"#{field}")["nodeId"]
        self.send("DOM.setFileInputFiles", files=[str(path)], nodeId=node)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self.send("Input.insertText", text=text)

    def forget_cookies(self) -> None:
        """Forget all cookies."""
        self.send("Network.clearBrowserCookies")

    def resize(self, width: int, height: int = 900) -> None:
        """Another width of the window."""
        self.width = width
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width <= 600)

    def media(self, kind: str) -> None:
        """`print`, or `screen` again."""
        self.send("Emulation.setEmulatedMedia", media="" if kind == "screen" else kind)

    def evaluate(self, expression: str) -> Any:
        """What a JavaScript expression gives, awaited. The page's own policy does not apply to it."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failed(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and let go of a key: Tab, Enter, Escape."""
        code = _KEYS[key]
        text = {"text": "\r"} if key == "Enter" else {}
        common: Json = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """The page as PNG, or as WebP by the name of the file: all of it, or what is seen without scrolling."""
        form: Json = {"format": "webp", "quality": 80} if path.suffix == ".webp" else {"format": "png"}
        answer = self.send("Page.captureScreenshot", captureBeyondViewport=whole, **form, **self._clip(whole))
        path.write_bytes(base64.b64decode(answer["data"]))

    def _clip(self, whole: bool) -> Json:
        if not whole:
            return {}
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        # Chromium's textures end at 16 384 pixels: beyond that it repeats what it has drawn.
        height = min(size["height"], 16_000)
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}}

    def pdf(self) -> bytes:
        """The page printed on A4."""
        answer = self.send("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True)
        return base64.b64decode(answer["data"])
