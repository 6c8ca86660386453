"""Values of the configuration with names in braces: arguments of a call, and secrets."""

import json
import re
from typing import Any

from kiosk.settings import secrets

REFERENCE = re.compile(r"\{([a-z][a-z0-9_-]*)\}")
"""An argument, or a secret whose name begins with `tool-`."""


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
    return written(args[name]) if name in args else ""


def written(value: Any) -> str:
    """An argument as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
