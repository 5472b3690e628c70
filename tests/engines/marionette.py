"""Firefox by Selenium, and nothing between them.

Firefox speaks the commands of WebDriver itself, under names of its own, on a socket (Marionette).
Selenium expects geckodriver there, which only hands them on and which Debian does not have.
Source: Firefox source docs, Marionette, protocol; remote/marionette/driver.sys.mjs.
"""

import json
import socket
import time
from pathlib import Path
from typing import Any

from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.remote_connection import RemoteConnection

NAMES = {
    Command.NEW_SESSION: "NewSession",
    Command.QUIT: "DeleteSession",
    Command.GET: "Navigate",
    Command.GET_CURRENT_URL: "GetCurrentURL",
    Command.FIND_ELEMENT: "FindElement",
    Command.FIND_ELEMENTS: "FindElements",
    Command.CLICK_ELEMENT: "ElementClick",
    Command.SEND_KEYS_TO_ELEMENT: "ElementSendKeys",
    Command.GET_ELEMENT_TEXT: "GetElementText",
    Command.W3C_EXECUTE_SCRIPT: "ExecuteScript",
    Command.W3C_EXECUTE_SCRIPT_ASYNC: "ExecuteAsyncScript",
    Command.SWITCH_TO_FRAME: "SwitchToFrame",
    Command.SWITCH_TO_WINDOW: "SwitchToWindow",
    Command.W3C_GET_CURRENT_WINDOW_HANDLE: "GetWindowHandle",
    Command.W3C_GET_WINDOW_HANDLES: "GetWindowHandles",
    Command.CLOSE: "CloseWindow",
    Command.SET_WINDOW_RECT: "SetWindowRect",
    Command.SET_TIMEOUTS: "SetTimeouts",
    Command.SCREENSHOT: "TakeScreenshot",
    Command.W3C_ACTIONS: "PerformActions",
}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
COMMAND, ANSWERS_WITHIN_SECONDS = 0, 120


class Marionette(RemoteConnection):
    """A connection of Selenium's that ends in Firefox's own socket."""

    def __init__(self, port: int) -> None:
        super().__init__(client_config=ClientConfig(f"http://127.0.0.1:{port}"))
        self._socket = socket.create_connection(("127.0.0.1", port), ANSWERS_WITHIN_SECONDS)
        self._sent = 0
        self._read()  # its greeting

    def execute(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        self._sent += 1
        name = "WebDriver:" + NAMES[command]
        self._write([COMMAND, self._sent, name, _parameters(command, params)])
        _, _, refusal, result = self._read()
        if refusal:
            # In the form in which Selenium reads every driver's refusals.
            return {"status": 500, "value": json.dumps({"value": refusal})}
        is_wrapped = isinstance(result, dict) and set(result) == {"value"}
        return {"value": result["value"] if is_wrapped else result}

    def close(self) -> None:
        self._socket.close()

    def _write(self, message: Any) -> None:
        text = json.dumps(message).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))

    def _read(self) -> Any:
        digits = b""
        while not digits.endswith(b":"):
            digits += self._some(1)
        return json.loads(self._some(int(digits[:-1])))

    def _some(self, wanted: int) -> bytes:
        parts = b""
        while len(parts) < wanted:
            part = self._socket.recv(wanted - len(parts))
            if not part:
                raise ConnectionError("Firefox has gone.")
            parts += part
        return parts


def _parameters(command: str, params: dict[str, Any]) -> dict[str, Any]:
    """What differs from WebDriver over HTTP: flat capabilities, and a frame by its element."""
    if command == Command.NEW_SESSION:
        asked: dict[str, Any] = params["capabilities"]["alwaysMatch"]
        return {name: value for name, value in asked.items() if ":" not in name}
    frame = params.get("id")
    if command == Command.SWITCH_TO_FRAME and isinstance(frame, dict):
        return {"element": frame[ELEMENT]}
    return params


def port_of(profile: Path, wait_seconds: float) -> int:
    """Where a Firefox that was started with this profile listens; it writes it down there."""
    file, deadline = profile / "MarionetteActivePort", time.monotonic() + wait_seconds
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.05)
    raise RuntimeError("Firefox does not listen.")
