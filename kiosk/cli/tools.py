"""`kiosk tools`: what the model may call with these settings, and a call by hand."""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from kiosk.cli import ctl
from kiosk.core import inputs
from kiosk.errors import ControlError, UserError

if TYPE_CHECKING:
    from kiosk.core.inputs import Input
    from kiosk.runtime.make_tools import KioskTools
    from kiosk.settings.types import Settings
    from kiosk.tools.tool import Tool

Print = Callable[[str], None]


def add(tools: argparse.ArgumentParser, print_: Print, *parents: argparse.ArgumentParser) -> None:
    """Add what `kiosk tools` can do.

    Args:
        tools: the parser of `kiosk tools`.
        print_: prints a text for the person.
        parents: the options `--config`, `--set` and `--runtime-dir`.
    """
    what = tools.add_subparsers(metavar="list|call", required=True)
    listed = what.add_parser("list", parents=parents, help="print what the model may call")
    listed.set_defaults(verb=partial(_list, print_))
    call = what.add_parser("call", parents=parents, help="call one, as the model does")
    call.add_argument("name", help="of the tool, such as call_staff")
    call.add_argument("arguments", nargs="?", default="{}", help="JSON, such as '{\"on\": true}'")
    call.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and do nothing"
    )
    call.set_defaults(verb=partial(_call, print_))


def _list(print_: Print, options: argparse.Namespace) -> int:
    import asyncio

    settings = _settings(options)
    tools = asyncio.run(_with_tools(settings, options, _described))
    print_("\n".join(tools) or "none: tools.builtin and [tools.NAME] name no tool (docs/tools.md)")
    return 0


async def _described(tools: "KioskTools") -> list[str]:
    return [line for tool in tools.registry.tools() for line in _lines(tool)]


def _lines(tool: "Tool") -> list[str]:
    schema = tool.parameters or {}
    required = schema.get("required", ())
    names = [name if name in required else f"[{name}]" for name in schema.get("properties", {})]
    head = f"{tool.name}({', '.join(names)})  {tool.origin}, {tool.timeout_s:g} s"
    return [head + (", at most once a call" if tool.acts else ""), f"    {tool.about}"]


def _call(print_: Print, options: argparse.Namespace) -> int:
    import asyncio

    settings = _settings(options)
    arguments = _arguments(options.arguments)
    result = asyncio.run(
        _with_tools(settings, options, partial(_result, options, settings, arguments))
    )
    print_(result if isinstance(result, str) else ctl.readable(result))
    return 0


def _arguments(text: str) -> dict[str, Any]:
    import json

    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"the arguments are not JSON: {error}. Write '{{\"on\": true}}'") from None
    if not isinstance(arguments, dict):
        raise UserError("the arguments are a JSON object, such as '{\"on\": true}'")
    return arguments


async def _result(
    options: argparse.Namespace,
    settings: "Settings",
    arguments: dict[str, Any],
    tools: "KioskTools",
) -> str | dict[str, Any]:
    from uuid import uuid4

    from kiosk.tools.preview import preview
    from kiosk.tools.tool import ToolUse
    from kiosk.tools.tool_runner import run, shortened

    tool = tools.registry.find(options.name)
    if tool is None:
        known = ", ".join(one.name for one in tools.registry.tools()) or "none"
        raise UserError(f"there is no tool {options.name}. There are: {known}")
    if options.dry_run:
        return preview(tool, settings.tools.own.get(tool.name), arguments)
    return shortened(await run(tool, arguments, ToolUse("by hand", uuid4().hex)))


async def _with_tools(
    settings: "Settings", options: argparse.Namespace, do: Callable[["KioskTools"], Any]
) -> Any:
    """Do something with the tools of a kiosk that does not run."""
    from tempfile import TemporaryDirectory

    from kiosk.runtime.briefing import Briefing
    from kiosk.runtime.make_tools import KioskTools
    from kiosk.settings.paths import control_socket

    with TemporaryDirectory() as folder:
        briefing = Briefing(settings, Path(folder))
        await briefing.read()
        shown: list[Input] = []
        tools = KioskTools(settings, briefing, Path(folder), shown.append)
        try:
            await tools.look()
            result = await do(tools)
        finally:
            await tools.close(keep=False)
    for happened in shown:
        _show(control_socket(options.runtime_dir), happened)
    return result


def _show(socket: Path, happened: "Input") -> None:
    """What a tool shows is shown by the kiosk that runs here."""
    seconds: float
    match happened:
        case inputs.ShowCard(card=card, until_s=until_s):
            seconds = max(1.0, until_s - time.monotonic())
            given = {name: value for name, value in asdict(card).items() if value}
            request = {"do": "show", **given, "seconds": seconds}
        case inputs.HideCard():
            request = {"do": "hide"}
        case inputs.Express(name=name, until_s=until_s):
            seconds = max(1.0, until_s - time.monotonic())
            request = {"do": "expression", "name": name, "seconds": seconds}
        case _:
            raise ControlError("a call by hand cannot do this; only the model can")
    answer = ctl.ask(socket, request)
    if answer.get("ok") is not True:
        raise ControlError(str(answer.get("error", "the kiosk refuses it")))


def _settings(options: argparse.Namespace) -> "Settings":
    from kiosk.settings import layers

    return layers.load(options.config, options.set).settings
