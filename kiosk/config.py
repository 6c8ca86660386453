"""From TOML layers to frozen settings.

The layers, later ones win key by key: the packaged default, `/etc/kiosk/kiosk.toml`,
`/etc/kiosk/kiosk.d/*.toml`, each `--config FILE`, each `--set KEY=VALUE`. Every value is checked in
the layer that sets it, even where a later layer hides it: a message can then name the file, and a
mistake does not lie in wait until the layer above it is removed.

The obvious way, merging first and converting the whole with msgspec, loses which file a value came
from, and msgspec's message ("Expected `int` <= 27 - at `$.button.pin`") tells a person no remedy.
"""

import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kiosk import packaged
from kiosk.checks import check_together, check_value, expected_of, nearest, quoted
from kiosk.errors import ConfigError
from kiosk.settings import Settings

MOST_BYTES = 1 << 20
"""A settings file is never longer; `--config /dev/zero` must end."""

SECRET = re.compile(
    r"(^|[_-])(key|api_?key|token|secret|passw(or)?d|credentials?|bearer)s?($|[_-])", re.IGNORECASE
)
"""Key names under which people write secrets."""

GOOGLE_SECRET = re.compile(r"AIza[\w-]{30,}|ya29\.[\w.-]{20,}|auth_tokens/\w{8,}")
"""Google's API keys, access tokens and ephemeral tokens, wherever they were pasted."""

LIKE_A_SECRET = re.compile(
    r"AIza|ya29\.|auth_tokens/|://[^/]*@|[?&](key|token|access_token)=", re.IGNORECASE
)
"""Values that hold a secret: Google's API keys and tokens, and URLs that carry one."""

WHERE_SECRETS_BELONG = (
    "secrets never stand in settings. Give the API key as the systemd credential gemini-api-key, in"
    " the environment variable GEMINI_API_KEY, or in the file /etc/kiosk/gemini-api-key or"
    " ~/.config/kiosk/gemini-api-key with mode 0600; a cloud avatar's likewise (heygen-api-key,"
    " liveavatar-api-key, avatarim-token); a Vertex token as the credential vertex-access-token or"
    " in VERTEX_ACCESS_TOKEN"
)


class Loaded(Struct, frozen=True):
    """Settings, and where each of them came from."""

    settings: Settings
    origins: dict[str, str]
    """Full key, such as `live.model`, to the file that set it, or `--set`."""
    files: tuple[str, ...]
    """The files read, in the order of the layers."""


def _fields(struct: type[Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(struct)}


def _tables(struct: type[Struct], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Every table below `struct`, such as `avatar` and `avatar.heygen`: its name to its keys."""
    tables: dict[str, dict[str, Any]] = {}
    for name, kind in _fields(struct).items():
        if _is_table(kind):
            table = f"{prefix}{name}"
            tables[table] = {k: t for k, t in _fields(kind).items() if not _is_table(t)}
            tables |= _tables(kind, f"{table}.")
    return tables


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


TABLES = _tables(Settings)
"""Table to key to type."""


def load(
    files: Sequence[Path] = (),
    overrides: Sequence[str] = (),
    system: Path = Path("/etc/kiosk"),
) -> Loaded:
    """Read all layers; `files` are those of `--config`, `overrides` those of `--set`.

    Raises `ConfigError` with a message for a person at whatever cannot be used.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    read: list[str] = []

    def lay(document: dict[str, Any], origin: str) -> None:
        for key, value in _flatten(document, origin).items():
            values[key] = _converted(key, value, origin)
            origins[key] = origin

    for file in (packaged.path("kiosk.toml"), *_system_files(system), *files):
        lay(_read(file), str(file))
        read.append(str(file))
    for override in overrides:
        lay(_parse_override(override), "--set")
    check_together(values, origins)
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *path, name = key.split(".")
        table = tree
        for part in path:
            table = table.setdefault(part, {})
        table[name] = value
    return Loaded(msgspec.convert(tree, Settings), origins, tuple(read))


def _system_files(system: Path) -> list[Path]:
    """`/etc/kiosk/kiosk.toml` if it is there, and `kiosk.d/*.toml` by name."""
    main, folder = system / "kiosk.toml", system / "kiosk.d"
    files = [main] if os.path.lexists(main) else []
    try:
        names = sorted(file.name for file in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        names = []
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot be listed: {error.strerror}. Let this user read it, or remove it"
        ) from error
    return files + [folder / n for n in names if n.endswith(".toml") and not n.startswith(".")]


def _read(file: Path) -> dict[str, Any]:
    """One TOML file as a document."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"{file}: there is no such file. Check the path") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{file}: is a directory. Name a TOML file") from error
    except PermissionError as error:
        raise ConfigError(
            f"{file}: may not be read by this user. Settings hold no secrets: chmod a+r {file}"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{file}: is longer than 1 MiB. Name a TOML file of settings")
    return _parse(_decode(data, file), str(file))


def _decode(data: bytes, file: Path) -> str:
    """TOML is UTF-8 by its specification; a byte order mark before it is dropped."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        raise ConfigError(
            f"{file}: is encoded in UTF-16 or UTF-32; expected UTF-8. Save it again as UTF-8, or:"
            " iconv -f UTF-16 -t UTF-8"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{file}, line {line}: the byte 0x{data[error.start]:02x} is not UTF-8, perhaps"
            " Latin-1. Save it again as UTF-8, or: iconv -f LATIN1 -t UTF-8"
        ) from error


def _parse(text: str, origin: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError(f"{origin}: is not usable TOML: nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, and a whole number of thousands of digits
        message = str(error)
        place = re.search(r" \(at (line \d+), column \d+\)$", message)
        where = f"{origin}, {place[1]}" if place else origin
        raise ConfigError(
            f"{where}: is not TOML: {message}. Strings stand in quotes, true and false are small,"
            " and a table or key stands once"
        ) from error


def _parse_override(argument: str) -> dict[str, Any]:
    """Make a document of `live.voice=Puck`. What is not TOML, such as `800x480`, is a string."""
    name, equals, value = argument.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", name):
        raise ConfigError(
            f"--set: {_veiled(name, argument)} cannot be used; expected TABLE.KEY=VALUE, such as"
            " live.voice=Puck"
        )
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(f"--set {name}: the value is not UTF-8. Write it as UTF-8") from error
    tree: Any = value
    if value.startswith(('"', "'", "[", "{")):
        tree = _parse(f"value = {value}", f"--set {name}")["value"]
    else:
        try:
            document = tomllib.loads(f"value = {value}")
        except (ValueError, RecursionError):
            document = {}
        # A line break in a bare word could have begun another key: then it was no TOML value.
        if list(document) == ["value"]:
            tree = document["value"]
    for part in reversed(name.split(".")):
        tree = {part: tree}
    return tree  # type: ignore[no-any-return]


def _flatten(document: dict[str, Any], origin: str) -> dict[str, Any]:
    """`{"live": {"model": x}}` to `{"live.model": x}`; refuses what no setting is called."""
    flat: dict[str, Any] = {}
    tables = list(document.items())
    for table, content in tables:  # a table in a table joins the end of the list
        _refuse_secret(table, origin)
        if table not in TABLES:
            _refuse_unknown(table, origin)
        if not isinstance(content, dict):
            raise ConfigError(
                f"{origin}: {table} is a table of settings, not a value."
                f" Write [{table}] once, in single brackets, and its keys below it"
            )
        for name, value in content.items():
            key = f"{table}.{name}"
            if key in TABLES:
                tables.append((key, value))
                continue
            _refuse_secret(key, origin)
            if name not in TABLES[table]:
                _refuse_unknown(key, origin)
            flat[key] = value
    return flat


def _refuse_secret(key: str, origin: str) -> None:
    if SECRET.search(key.rpartition(".")[2]):
        raise ConfigError(f"{origin}: {key} looks like a secret, and {WHERE_SECRETS_BELONG}")


def _refuse_unknown(key: str, origin: str) -> None:
    """Raise for a table or key that does not exist, with the nearest that does."""
    if key.rpartition(".")[2] == "disable_idle_timeout":
        raise ConfigError(
            f"{origin}: {key} is no known key: HeyGen has withdrawn it, and it is never sent. The"
            " kiosk keeps the session alive while somebody is here; the longest pause without a"
            " sign of life is avatar.heygen.activity_idle_timeout_s"
        )
    known = [f"{table}.{name}" for table, names in TABLES.items() for name in names]
    table, dot, name = key.rpartition(".")
    at_home = next((k for k in known if k.endswith(f".{key}")), None)  # key is without its table
    elsewhere = [k for k in known if dot and k.endswith(f".{name}")]
    if not dot and at_home:
        remedy = f"It belongs in a table: did you mean {at_home}?"
    elif not dot:
        remedy = f"Did you mean [{nearest(key, TABLES)}]? The tables are {', '.join(TABLES)}"
    elif elsewhere:
        remedy = f"Did you mean {' or '.join(elsewhere)}?"
    else:
        remedy = f"Did you mean {table}.{nearest(name, TABLES[table])}?"
    what = "key" if dot or at_home else "table"
    raise ConfigError(f"{origin}: {key} is no known {what}. {remedy}")


def _converted(key: str, value: Any, origin: str) -> Any:
    """`value` as the setting's type, checked by itself."""
    if isinstance(value, str) and GOOGLE_SECRET.search(value):
        raise ConfigError(f"{origin}: {key} holds a key or token, and {WHERE_SECRETS_BELONG}")
    table, _, name = key.rpartition(".")
    kind = TABLES[table][name]
    try:
        result = check_value(key, value)
        return msgspec.convert(result, kind, strict=True)
    except ValueError as error:  # msgspec.ValidationError is one
        own = not isinstance(error, msgspec.ValidationError)
        expected = str(error) if own else expected_of(kind)
        raise ConfigError(
            f"{origin}: {key} = {_veiled(key, value)} cannot be used; expected {expected}."
            " Correct it, or remove it to have the default"
        ) from None


def _veiled(key: str, value: Any) -> str:
    """`value` for a message: short, and never anything that could be a secret."""
    try:
        text = value if isinstance(value, str) else quoted(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits
        return "(too long to show)"
    if SECRET.search(key) or LIKE_A_SECRET.search(text):
        return "(not shown: it could hold a secret)"
    shown = quoted(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
