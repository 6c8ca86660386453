"""`kiosk config show`: the settings in force as TOML, each with the file that set it."""

import re
from collections.abc import Iterator
from operator import attrgetter

from kiosk.settings.checks import quoted
from kiosk.settings.layers import CHOSEN, TABLES, Loaded
from kiosk.settings.secrets import NAMES, describe

HIDDEN = "not-shown"


def text(loaded: Loaded) -> str:
    """Write all settings as TOML that `--config` would read back; secrets only as set or not."""
    secrets = [f"#   {name:<20} {describe(name)}" for name in NAMES]
    return "\n".join([settings(loaded), "# Secrets never stand in settings:", *secrets])


def settings(loaded: Loaded) -> str:
    """All settings as TOML that `--config` would read back."""
    return "\n".join(_lines(loaded))


def _lines(loaded: Loaded) -> Iterator[str]:
    for table, keys in TABLES.items():
        values = attrgetter(table)(loaded.settings)
        lines = {key: f"{key} = {_written(key, getattr(values, key))}" for key in keys}
        width = max(len(line) for line in lines.values() if len(line) <= 48)
        yield f"[{table}]"
        for key, line in lines.items():
            yield f"{line:<{width}}  # from {_origin(loaded.origins[f'{table}.{key}'])}"
        yield ""
    for table, (field, keys) in CHOSEN.items():
        for name, values in getattr(attrgetter(table)(loaded.settings), field).items():
            yield f"[{table}.{name}]"
            for key in keys:
                if origin := loaded.origins.get(f"{table}.{name}.{key}"):
                    yield f"{key} = {_written(key, getattr(values, key))}  # from {_origin(origin)}"
            yield ""


def _written(key: str, value: object) -> str:
    if isinstance(value, str) and key.endswith("_url"):
        value = without_secrets(value)
    return '"auto"' if value is None else quoted(value)


def without_secrets(url: str) -> str:
    """A stream's URL without the password and the values after its `?` that may be keys.

    A reference such as `{avatarim-video-key}` stays: it shows nothing.
    """
    url = re.sub(r"://[^/@{}]+@", f"://{HIDDEN}@", url)
    return re.sub(r"(?<=[?&])([^=&{}]*=)?([^&{}]+)(?=&|$)", rf"\1{HIDDEN}", url)


def _origin(origin: str) -> str:
    """A file's name for a comment: without line breaks, which a name may hold."""
    return "".join(c if c.isprintable() else "?" for c in origin)
