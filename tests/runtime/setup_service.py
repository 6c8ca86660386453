"""A service that takes each setup, says that it is complete, and may call a tool."""

import json
import queue
import threading
from typing import Any

from websockets.sync.server import ServerConnection, serve


class SetupService:
    """See the module.

    Args:
        calls: what it has done after each setup: ids, names and arguments.
        only_declared: after a setup that declares all of them.
    """

    def __init__(self, *calls: dict[str, Any], only_declared: bool = False) -> None:
        self.setups: queue.Queue[dict[str, Any]] = queue.Queue()
        self.responses: queue.Queue[dict[str, Any]] = queue.Queue()
        self._calls = list(calls)
        self._only_declared = only_declared
        self._server = serve(self._talk, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def say(self, frame: dict[str, Any]) -> None:
        """Say something on the newest connection."""
        self._connection.send(json.dumps(frame))

    def _talk(self, connection: ServerConnection) -> None:
        self._connection = connection
        for message in connection:
            frame = json.loads(message)
            if "setup" in frame:
                self.setups.put(frame["setup"])
                connection.send('{"setupComplete":{}}')
                if self._calls and not (self._only_declared and self._lacks(frame["setup"])):
                    connection.send(json.dumps({"toolCall": {"functionCalls": self._calls}}))
            for response in frame.get("toolResponse", {}).get("functionResponses", []):
                self.responses.put(response)

    def _lacks(self, setup: dict[str, Any]) -> bool:
        functions = [one for tool in setup["tools"] for one in tool["functionDeclarations"]]
        return not {one["name"] for one in self._calls} <= {one["name"] for one in functions}

    def told(self, limit_s: float = 15.0) -> str:
        """The instruction of the next session."""
        return self.setups.get(timeout=limit_s)["systemInstruction"]["parts"][0]["text"]

    def close(self) -> None:
        self._server.shutdown()
