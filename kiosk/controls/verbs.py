"""What the control socket may be asked: one class a verb.

The class is the verb's only definition. Its tag is the name, its docstring the help of `kiosk ctl`.
A field without a default is an argument of the command line, one with a default is an option; its
description is its help, and what an error says was expected.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from kiosk.core.scene import CardKind
from kiosk.errors import ControlError
from kiosk.settings.checks import expected_of, shortened

Request = dict[str, Any]
Answer = dict[str, Any]
RequestHandler = Callable[[Any], Awaitable[Answer]]
"""Takes a `ControlRequest` and gives the fields of the answer."""
ServedVerb = Callable[[Request], Awaitable[Answer]]
"""Takes a request as it came from the socket."""
MAX_SHOWN_S = 86_400
"""A card or an expression stays for a day at most, lest a typing error keep it for ever."""

Seconds = Annotated[
    float,
    Meta(
        gt=0,
        le=MAX_SHOWN_S,
        description=f"a number of seconds, more than 0 and at most {MAX_SHOWN_S}",
    ),
]


class ControlRequest(Struct, frozen=True, kw_only=True, tag_field="do"):
    """What somebody at the control socket asks for."""


class PressRequest(ControlRequest, frozen=True, tag="press"):
    """Press the button."""


class ReleaseRequest(ControlRequest, frozen=True, tag="release"):
    """Release the button."""


class StatusRequest(ControlRequest, frozen=True, tag="status"):
    """Print what the kiosk is doing."""


class SayRequest(ControlRequest, frozen=True, tag="say"):
    """Put text to the service as if a visitor had said it."""

    text: Annotated[
        str, Meta(pattern=r"\S", description='words, such as "Hello"', extra={"nargs": "+"})
    ]


class ResetRequest(ControlRequest, frozen=True, tag="reset"):
    """End the visit and forget it."""


class ScreenshotRequest(ControlRequest, frozen=True, tag="screenshot"):
    """Write the next frame as PNG into screenshots/ of the runtime directory."""

    path: Annotated[
        str, Meta(description='a file name such as "now.png"', extra={"metavar": "NAME.png"})
    ]


class LanguageRequest(ControlRequest, frozen=True, tag="language"):
    """Write the screen in another language."""

    language: Annotated[str, Meta(description='a language tag such as "de"')]


class ShowRequest(ControlRequest, frozen=True, forbid_unknown_fields=True, tag="show"):
    """Show a card beside the avatar."""

    kind: CardKind
    title: Annotated[str, Meta(description="words above the card")] = ""
    text: Annotated[str, Meta(description="its words; of a QR code what it says")] = ""
    items: Annotated[tuple[str, ...], Meta(description="a line of a list; repeatable")] = ()
    picture: Annotated[str, Meta(description="a file below screen.content")] = ""
    caption: Annotated[str, Meta(description="words below a QR code, not its address")] = ""
    seconds: Seconds = 60.0


class HideRequest(ControlRequest, frozen=True, tag="hide"):
    """Take the card away."""


class ExpressionRequest(ControlRequest, frozen=True, tag="expression"):
    """Ask the face for an expression."""

    name: Annotated[
        str,
        Meta(
            pattern=r"\A([a-z][a-z0-9-]{0,31})?\Z",
            description='a name such as "smile"; "" ends it',
        ),
    ]
    seconds: Seconds = 5.0


class QuitRequest(ControlRequest, frozen=True, tag="quit"):
    """Stop the kiosk."""


VERBS: dict[str, type[ControlRequest]] = {
    str(request.__struct_config__.tag): request
    for request in (
        *(PressRequest, ReleaseRequest, StatusRequest, SayRequest, ResetRequest),
        *(ScreenshotRequest, LanguageRequest, ShowRequest, HideRequest, ExpressionRequest),
        QuitRequest,
    )
}
"""By name, in the order in which the command line lists them."""


def served(handlers: Mapping[type[ControlRequest], RequestHandler]) -> dict[str, ServedVerb]:
    """By name, what checks a request as it came and hands it to its handler."""

    def checked(kind: type[ControlRequest], handler: RequestHandler) -> ServedVerb:
        async def serve(request: Request) -> Answer:
            return await handler(parse(kind, request))

        return serve

    return {name: checked(kind, handlers[kind]) for name, kind in VERBS.items()}


def parse(kind: type[ControlRequest], request: Request) -> ControlRequest:
    """Make a request of its JSON.

    Raises:
        ControlError: a field is missing, or holds something else than is expected.
    """
    verb, values = kind.__struct_config__.tag, {}
    fields = msgspec.structs.fields(kind)
    unknown = [name for name in request if name not in {"do", *(field.name for field in fields)}]
    if unknown and kind.__struct_config__.forbid_unknown_fields:
        known = ", ".join(field.name for field in fields)
        raise ControlError(f"{verb} has no field {unknown[0][:40]!r}; its fields are {known}")
    for field in fields:
        if field.name not in request:
            if field.required:
                raise ControlError(f'{verb} needs "{field.name}": {expected_of(field.type)}')
            continue
        value = request[field.name]
        expected = expected_of(field.type, value)
        try:
            values[field.name] = msgspec.convert(value, field.type)
        except msgspec.ValidationError:
            raise ControlError(
                f"{verb}: {field.name} = {shortened(value)} cannot be used; expected {expected}"
            ) from None
    return kind(**values)
