"""What a call of a tool would do, in words for a person; nothing is done, no secret is shown."""

import json
from typing import Any
from urllib.parse import urlencode

from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.template import fill
from kiosk.tools.tool import Tool


def preview(tool: Tool, settings: ToolSettings | None, args: dict[str, Any]) -> str:
    """See the module.

    Args:
        tool: that would be called.
        settings: of it, where it is one of the configuration.
        args: of the call.
    """
    if settings is None or settings.python:
        return f"{tool.origin}: {tool.name}({json.dumps(args, ensure_ascii=False)})"
    if settings.pin is not None:
        on = f"is on for {settings.pulse_ms} ms" if settings.pulse_ms else "is switched"
        level = "3.3 V" if settings.active_high else "0 V"
        given = "" if settings.pulse_ms else f": on = {json.dumps(args.get('on'))}"
        return f"GPIO {settings.pin} {on}{given} (on is {level})"
    content = fill(settings.body, args, reveal=False) or args
    lines = [f"{name}: {text}" for name, text in settings.headers.items()]
    if settings.method == "GET":
        return "\n".join([f"GET {settings.webhook} with {urlencode(content)}", *lines])
    body = json.dumps(content, ensure_ascii=False, indent=2)
    return "\n".join([f"{settings.method} {settings.webhook}", *lines, body])
