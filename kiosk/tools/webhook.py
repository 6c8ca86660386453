"""A tool that calls a URL of the configuration; the model fills in what stands in braces."""

import json
import logging
import re
from typing import Any
from urllib.parse import urlencode

from kiosk import __version__
from kiosk.errors import CredentialError
from kiosk.settings import secrets
from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.http_call import HttpAnswer, HttpCallError, HttpRequest, send
from kiosk.tools.tool import ToolError, ToolUse

REFERENCE = re.compile(r"\{([a-z][a-z0-9_-]*)\}")
"""In a text of the body: an argument, or a secret whose name begins with `tool-`."""


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
            query = urlencode({name: _text(value) for name, value in content.items()})
            mark = "&" if "?" in url else "?"
            return HttpRequest(f"{url}{mark * bool(query)}{query}", "GET", headers)
        headers |= {"Content-Type": "application/json", "Idempotency-Key": use.key}
        return HttpRequest(url, settings.method, headers, json.dumps(content).encode())


def fill(template: Any, args: dict[str, Any], *, reveal: bool = True) -> Any:
    """A template with arguments and secrets in it. What they hold is not looked into again.

    A text that is one argument becomes that argument, whatever it is; an item of one that was left
    out is left out too.

    Args:
        template: as it stands in the settings.
        args: of the call.
        reveal: whether secrets are put in; else their names stay.

    Raises:
        CredentialError: a secret is not there.
    """
    if isinstance(template, dict):
        filled = ((name, fill(value, args, reveal=reveal)) for name, value in template.items())
        return {name: value for name, value in filled if value is not None}
    if isinstance(template, list):
        listed = (fill(one, args, reveal=reveal) for one in template)
        return [value for value in listed if value is not None]
    if not isinstance(template, str):
        return template
    alone = REFERENCE.fullmatch(template)
    if alone is not None and not alone[1].startswith(secrets.OF_TOOLS):
        return args.get(alone[1])
    return REFERENCE.sub(lambda found: _put(found[1], args, reveal=reveal), template)


def _put(name: str, args: dict[str, Any], *, reveal: bool) -> str:
    if name.startswith(secrets.OF_TOOLS):
        return secrets.secret(name).reveal() if reveal else f"{{{name}}}"
    return _text(args[name]) if name in args else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


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
