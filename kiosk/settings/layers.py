"""From TOML layers to frozen settings.

The layers, later ones win key by key: the packaged default, `/etc/kiosk/kiosk.toml`,
`/etc/kiosk/kiosk.d/*.toml`, each `--config FILE`, each `--set KEY=VALUE`. Every value is checked in
the layer that sets it, even where a later layer hides it: a message can then name the file, and a
mistake does not lie in wait until the layer above it is removed.

The obvious way, merging first and converting the whole with msgspec, loses which file a value came
from, and msgspec's message ("Expected `int` <= 27 - at `$.button.pin`") tells a person no remedy.
"""

import contextlib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

import msgspec
from msgspec import Struct

from kiosk.errors import ConfigError
from kiosk.settings import packaged
from kiosk.settings.checks import check_together, converted, nearest, quoted, shortened
from kiosk.settings.findings import Finding
from kiosk.settings.setting_files import respelled
from kiosk.settings.textfile import line_of, misnamed, parse_toml, read_text
from kiosk.settings.tool_settings import NAME, ToolSettings
from kiosk.settings.types import Settings

MAX_FILE_BYTES = 1 << 20
"""Eighty times the packaged file. A bound is needed because `--config /dev/zero` must end."""

SECRET = re.compile(
    r"(^|[_-])(key|api_?key|token|secret|passw(or)?d|credentials?|bearer)s?($|[_-])", re.IGNORECASE
)
"""Names of keys under which people write secrets."""

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


class _Layer(NamedTuple):
    """Where settings come from: a file and its text, or `--set`."""

    name: str
    text: str = ""

    def at(self, key: str) -> str:
        """Where a key stands, for a person: the file, and the line where it is known."""
        line = line_of(key, self.text)
        return f"{self.name}, line {line}" if line else self.name


class _Mistakes:
    """Collects mistakes, so that a person reads all of them at once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Go on after a mistake in the block."""
        try:
            yield
        except ConfigError as error:
            self.lines.append(str(error))


class Loaded(Struct, frozen=True):
    """Settings, and where each of them came from."""

    settings: Settings
    origins: dict[str, str]
    """Full key, such as `live.model`, to the file that set it, or `--set`."""
    files: tuple[str, ...]
    """The files read, in the order of the layers."""
    passed_over: tuple[Finding, ...] = ()
    """Files beside them that look as if they were meant, and are not read."""
    place: Callable[..., str] = str
    """Tells file and line of the first of several keys that has no default any more."""


def _fields(struct: type[Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(struct)}


def _tables(struct: type[Struct], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Every table below `struct`, such as `avatar` and `avatar.heygen`: its name to its keys."""
    tables: dict[str, dict[str, Any]] = {}
    for name, kind in _fields(struct).items():
        if _is_table(kind):
            table = f"{prefix}{name}"
            tables[table] = {
                k: t for k, t in _fields(kind).items() if not (_is_table(t) or _named(t))
            }
            tables |= _tables(kind, f"{table}.")
    return tables


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _named(kind: Any) -> type[Struct] | None:
    """What each of several tables is, whose names a person chooses; else None."""
    arguments = get_args(kind) if get_origin(kind) is dict else ()
    return arguments[1] if arguments and _is_table(arguments[1]) else None


TABLES = _tables(Settings)
"""Table to key to type."""

CHOSEN = {"tools": ("own", _fields(ToolSettings))}
"""Tables below which there are tables whose names a person chooses: the field that they are in, and
what each of them may hold."""


def keys_of(table: str) -> dict[str, Any] | None:
    """The keys of a table with their types; None where there is no such table."""
    parent, _, name = table.rpartition(".")
    if parent in CHOSEN and NAME.fullmatch(name) and name not in TABLES[parent]:
        return CHOSEN[parent][1]
    return TABLES.get(table)


def load(
    files: Sequence[Path] = (),
    overrides: Sequence[str] = (),
    system: Path | None = Path("/etc/kiosk"),
) -> Loaded:
    """Read all layers.

    Args:
        files: of `--config`.
        overrides: of `--set`.
        system: folder of the system's files; None: without them.

    Raises:
        ConfigError: something cannot be used; with a line for a person for each mistake.
    """
    values: dict[str, Any] = {}
    layers: dict[str, _Layer] = {}
    read: list[str] = []
    mistakes = _Mistakes()

    def lay(document: dict[str, Any], layer: _Layer) -> None:
        for key, value in _flatten(document, layer, mistakes):
            with mistakes.noted():
                values[key] = _converted(key, value, layer)
                layers[key] = layer

    for file in (packaged.path("kiosk.toml"), *_system_files(system), *files):
        with mistakes.noted():
            text = read_text(file, MAX_FILE_BYTES, pipes=True)
            lay(parse_toml(text, str(file)), _Layer(str(file), text))
        read.append(str(file))
    for override in overrides:
        with mistakes.noted():
            lay(_parse_override(override), _Layer("--set"))
    if mistakes.lines:
        raise ConfigError("\n".join(mistakes.lines))

    def place(*keys: str) -> str:
        # Not the packaged file: it holds the defaults, and a person does not mend them there.
        written = (key for key in keys if layers[key].name != read[0])
        key = next(written, keys[0])
        return layers[key].at(key)

    check_together(values, place)
    tree: dict[str, Any] = {}
    for key, written in values.items():
        value = respelled(key, written)
        *path, name = key.split(".")
        if (parent := ".".join(path[:-1])) in CHOSEN:
            path.insert(-1, CHOSEN[parent][0])
        table = tree
        for part in path:
            table = table.setdefault(part, {})
        table[name] = value
    origins = {key: layer.name for key, layer in layers.items()}
    settings = msgspec.convert(tree, Settings)
    return Loaded(settings, origins, tuple(read), tuple(_passed_over(system)), place)


def _system_files(system: Path | None) -> list[Path]:
    """`/etc/kiosk/kiosk.toml` if it is there, and `kiosk.d/*.toml` by name."""
    if system is None:
        return []
    main = system / "kiosk.toml"
    files = [main] if os.path.lexists(main) else []
    return files + [file for file in _listed(system / "kiosk.d") if _is_read(file.name)]


def _is_read(name: str) -> bool:
    """Whether a file in `kiosk.d` holds settings."""
    return name.endswith(".toml") and not name.startswith(".")


def _listed(folder: Path) -> list[Path]:
    """What is in a folder, by name; nothing where there is none."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot be listed: {error.strerror}. Let this user read it, or remove it"
        ) from error


def _passed_over(system: Path | None) -> Iterator[Finding]:
    """Whatever lies in `kiosk.d` and is not read, and a `kiosk.toml` under another name."""
    if system is None:
        return
    yield from misnamed(system / "kiosk.toml")
    for file in _listed(system / "kiosk.d"):
        if _is_read(file.name):
            continue
        if file.is_dir():
            what, remedy = "a folder is not looked into", f"Put its files into {file.parent}"
        elif file.name.startswith("."):
            what, remedy = "a hidden file is not read", "Name it without the dot, or remove it"
        else:
            what = "is not read: only names that end in .toml are"
            remedy = f"Name it {file.name.partition('.toml')[0].removesuffix('.txt')}.toml if it"
            remedy += " holds settings, else remove it"
        yield Finding(str(file), what, remedy, "warning")


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
        tree = parse_toml(f"value = {value}", f"--set {name}")["value"]
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


def _flatten(
    document: dict[str, Any], layer: _Layer, mistakes: _Mistakes
) -> Iterator[tuple[str, Any]]:
    """`{"live": {"model": x}}` to `live.model` and x; unknown names are mistakes."""
    tables = list(document.items())
    for table, content in tables:  # a table in a table joins the end of the list
        with mistakes.noted():
            _refuse_table(table, content, layer)
            for name, value in content.items():
                key = f"{table}.{name}"
                chosen = table in CHOSEN and isinstance(value, dict)
                if key in TABLES or (chosen and value and name not in TABLES[table]):
                    tables.append((key, value))
                    continue
                with mistakes.noted():
                    _refuse_secret(key, layer)
                    if name not in (keys_of(table) or ()):
                        _refuse_unknown(key, layer)
                    yield key, value


def _refuse_table(table: str, content: Any, layer: _Layer) -> None:
    _refuse_secret(table, layer)
    if keys_of(table) is None:
        _refuse_name(table, layer)
        _refuse_unknown(table, layer)
    if not isinstance(content, dict):
        raise ConfigError(
            f"{layer.at(table)}: {table} is a table of settings, not a value."
            f" Write [{table}] once, in single brackets, and its keys below it"
        )


def _refuse_name(table: str, layer: _Layer) -> None:
    parent, _, name = table.rpartition(".")
    if parent in CHOSEN:
        raise ConfigError(
            f"{layer.at(table)}: {shortened(name)} is no name for a tool; expected a small letter,"
            f" then small letters, digits and _, 40 in all. Write [{parent}.open_door]"
        )


def _refuse_secret(key: str, layer: _Layer) -> None:
    if SECRET.search(key.rpartition(".")[2]):
        raise ConfigError(f"{layer.at(key)}: {key} looks like a secret, and {WHERE_SECRETS_BELONG}")


def _refuse_unknown(key: str, layer: _Layer) -> None:
    """Raise for a table or key that does not exist, with the nearest that does."""
    if key.rpartition(".")[2] == "disable_idle_timeout":
        raise ConfigError(
            f"{layer.at(key)}: {key} is no known key: HeyGen has withdrawn it, and it is never"
            " sent. The kiosk keeps the session alive while somebody is here; the longest pause"
            " without a sign of life is avatar.heygen.activity_idle_timeout_s"
        )
    known = [f"{table}.{name}" for table, names in TABLES.items() for name in names]
    table, dot, name = key.rpartition(".")
    at_home = next((k for k in known if k.endswith(f".{key}")), None)  # key is without its table
    elsewhere = [k for k in known if dot and k.endswith(f".{name}")]
    if not dot and at_home:
        remedy = f"It belongs in a table: did you mean {at_home}?"
    elif not dot:
        near = nearest(key, TABLES)
        remedy = f"{f'Did you mean [{near}]? ' if near else ''}The tables are {', '.join(TABLES)}"
    elif elsewhere:
        remedy = f"Did you mean {' or '.join(elsewhere)}?"
    elif near := nearest(name, keys := keys_of(table) or {}):
        remedy = f"Did you mean {table}.{near}?"
    else:
        remedy = f"The keys of [{table}] are {', '.join(keys)}"
    if table in CHOSEN:
        remedy += f". Each other name is a table, such as [{table}.open_door]"
    what = "key" if dot or at_home else "table"
    raise ConfigError(f"{layer.at(key)}: {key} is no known {what}. {remedy}")


def _converted(key: str, value: Any, layer: _Layer) -> Any:
    """`value` as the setting's type, checked by itself."""
    if isinstance(value, str | list | dict) and GOOGLE_SECRET.search(str(value)):
        raise ConfigError(
            f"{layer.at(key)}: {key} holds a key or token, and {WHERE_SECRETS_BELONG}"
        )
    table, _, name = key.rpartition(".")
    try:
        return converted((keys_of(table) or {})[name], value)
    except ValueError as error:
        raise ConfigError(
            f"{layer.at(key)}: {key} = {_veiled(key, value)} cannot be used; expected {error}."
            " Correct it, or remove it to have the default"
        ) from None


def _veiled(key: str, value: Any) -> str:
    """`value` for a message: short, and never anything that could be a secret."""
    try:
        text = value if isinstance(value, str) else quoted(value)
    except (ValueError, RecursionError):
        text = ""  # A whole number of thousands of digits; `shortened` says so.
    # What was pasted there by mistake, a table of headers under another key too.
    holds_secrets = isinstance(value, dict) or key.endswith((".headers", ".body", ".webhook"))
    if holds_secrets or SECRET.search(key) or LIKE_A_SECRET.search(text):
        return "(not shown: it could hold a secret)"
    return shortened(value)
