"""A tool that is an async function of the house, whose schema comes from its annotations."""

import importlib
import importlib.util
import inspect
import typing
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from kiosk.errors import ConfigError
from kiosk.tools.json_schema import SchemaError, declared
from kiosk.tools.tool import ToolError, ToolUse

_DONE = {"done": True}


class PythonTool:
    """See the module.

    Args:
        function: is called in the daemon's loop, with what its annotations say.

    Raises:
        ConfigError: it cannot be a tool; in words that go on after its name.
    """

    def __init__(self, function: Callable[..., Awaitable[Any]]) -> None:
        self._function = function
        self._arguments = _struct_of(function)
        self.about = inspect.cleandoc(function.__doc__ or "").partition("\n\n")[0]
        """The first paragraph of its docstring."""
        try:
            schema = msgspec.json.schema(self._arguments)
            self.parameters = declared(schema).parameters
        except SchemaError as error:
            raise ConfigError(f"the model cannot be told of {error}") from None
        except TypeError as error:
            raise ConfigError(f"has an annotation that no argument can have: {error}") from None

    async def run(self, args: dict[str, Any], _: ToolUse) -> dict[str, Any]:
        """Call it. See `Tool.run`."""
        try:
            given = msgspec.convert(args, self._arguments)
        except msgspec.ValidationError as error:
            raise ToolError("bad_arguments", str(error)) from None
        fields = self._arguments.__struct_fields__
        try:
            result = await self._function(**{name: getattr(given, name) for name in fields})
        except ToolError as error:
            told = f"it answers {error.code}"  # The house's words may repeat a visitor's.
            raise ToolError(error.code, str(error), in_doubt=error.in_doubt, journal=told) from None
        if result is None:
            return _DONE
        told = msgspec.to_builtins(result, str_keys=True)
        return told if isinstance(told, dict) else {"result": told}


@lru_cache
def load(name: str) -> PythonTool:
    """Import a function, of a module or of a file; once a process.

    Args:
        name: such as `house.tools:open_gate` or `/etc/kiosk/tools/gate.py:open_gate`.

    Raises:
        ConfigError: there is no such function, or it cannot be a tool.
    """
    place, _, function_name = name.rpartition(":")
    try:
        module = _of_file(Path(place)) if place.startswith("/") else importlib.import_module(place)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the house's code raises
        raise ConfigError(f"cannot be imported: {type(error).__name__}: {error}") from None
    function = getattr(module, function_name, None)
    if not inspect.iscoroutinefunction(function):
        known = [key for key, one in vars(module).items() if inspect.iscoroutinefunction(one)]
        raise ConfigError(f"{function_name} is no async function; there are: {', '.join(known)}")
    return PythonTool(function)


def _of_file(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"kiosk_tool_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _struct_of(function: Callable[..., Any]) -> type[msgspec.Struct]:
    """The arguments of a function as a type. Those with a default may be left out."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError) as error:
        raise ConfigError(f"has an annotation that cannot be read: {error}") from None
    fields: list[Any] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ConfigError(f"takes {parameter}: expected arguments with names and types")
        if parameter.kind is parameter.POSITIONAL_ONLY or name not in hints:
            raise ConfigError(f'{name}: expected a name with a type, such as "{name}: str"')
        kind = _described(hints[name])
        has_default = parameter.default is not parameter.empty
        fields.append((name, kind, parameter.default) if has_default else (name, kind))
    return msgspec.defstruct("Arguments", fields, kw_only=True, forbid_unknown_fields=True)


def _described(hint: Any) -> Any:
    """`Annotated[str, "whose name"]` with its words as msgspec writes a description."""
    words = [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, str)]
    if not words:
        return hint
    return typing.Annotated[hint.__origin__, msgspec.Meta(description=words[0])]
