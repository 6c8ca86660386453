"""A tool that calls a URL of the configuration, with what the model fills in."""

import json
import logging
from typing import Any
from urllib.parse import urlencode

from kiosk import __version__
from kiosk.errors import CredentialError
from kiosk.settings import secrets
from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.http_call import HttpAnswer, HttpCallError, HttpRequest, send
from kiosk.tools.template import fill, written
from kiosk.tools.tool import ToolError, ToolUse

log = logging.getLogger("kiosk.tools")


class Webhook:
    """See the module.

    Args:
        settings: of the tool.
    """

    def __init__(self, settings: ToolSettings) -> None:
        self._settings = settings

    async def run(self, args: dict[str, Any], use: ToolUse) -> dict[str, Any]:
        """Call it once. See `Tool.run`."""
        try:
            request = self.request(args, use)
        except CredentialError as error:
            log.error("%s", error)  # noqa: TRY400 - said to a person, and not to the model
            words = "its secret is missing; staff have to see to it"
            raise ToolError("not_available", words) from None
        try:
            answer = await send(request)
        except HttpCallError as error:
            words = secrets.clean(f"no answer: {error}")
            raise ToolError("failed", words, in_doubt=error.in_doubt) from None
        return _result(answer)

    def request(self, args: dict[str, Any], use: ToolUse) -> HttpRequest:
        """What is sent for a call.

        Raises:
            CredentialError: a secret of it is not there.
        """
        settings = self._settings
        headers = {name: fill(text, {}) for name, text in settings.headers.items()}
        headers |= {"User-Agent": f"kiosk/{__version__}", "Accept": "application/json"}
        url, content = fill(settings.webhook, {}), fill(settings.body, args) or args
        if settings.method == "GET":
            query = urlencode({name: written(value) for name, value in content.items()})
            mark = "&" if "?" in url else "?"
            return HttpRequest(f"{url}{mark * bool(query)}{query}", "GET", headers)
        headers |= {"Content-Type": "application/json", "Idempotency-Key": use.key}
        return HttpRequest(url, settings.method, headers, json.dumps(content).encode())


def _result(answer: HttpAnswer) -> dict[str, Any]:
    """What the model gets of an answer.

    Raises:
        ToolError: the service says that it was not done.
    """
    if 300 <= answer.status < 400:
        raise ToolError("failed", "the service answers with another address, which is not called")
    if not 200 <= answer.status < 300:
        words = f"the service answers with status {answer.status}"
        raise ToolError("failed", words, in_doubt=answer.status >= 500)
    text = secrets.hidden(answer.body.decode("utf-8", "replace")).strip()
    if not text:
        return {"done": True}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"done": True, "text": text}
    return value if isinstance(value, dict) else {"done": True, "result": value}
