"""What a model closes with 1007 on, though its platform knows the field.

The concierge's own reading of the documents, apart from the kiosk's (`core.capabilities`): a
referee does not judge by the player's list. A model that is not named here refuses nothing.

Source: Gemini API, gemini-3.8-live and gemini-3.1-flash-live-preview, "migrating from"; Live API,
thinking; livekit/agents pull request 5251, issues 5985 and 7302; google-genai issue 1739.
"""

from collections.abc import Iterator
from typing import Any

from kiosk.concierge.client_messages import Platform, Refusal, invalid

_LEVELS = ("LOW", "MEDIUM", "HIGH")


def check(setup: dict[str, Any], platform: Platform) -> None:
    """Judge a setup whose names are legal.

    Raises:
        Refusal: the model does not take something that is in it, or needs what is not.
    """
    model = setup["model"].rpartition("/")[2]
    for version, rule in _RULES:
        if model.startswith(version):
            for why in rule(setup):
                raise invalid(f"{model}: {why}")
            break
    in_alpha = platform.vertex or platform.version == "v1alpha"
    if not in_alpha and "enableAffectiveDialog" in setup.get("generationConfig", {}):
        raise _unknown("enableAffectiveDialog", "setup.generation_config")
    for at, declared in enumerate(functions(setup)):
        if platform.vertex and "behavior" in declared:
            raise _unknown("behavior", f"setup.tools[0].function_declarations[{at}]")


def takes_content(model: str, *, history: bool) -> bool:
    """Whether `clientContent` is taken: as the history that was announced, or in mid-session.

    Args:
        model: id, with or without its path.
        history: it is the history.
    """
    return history or not model.rpartition("/")[2].startswith("gemini-3.1-flash-live")


def _unknown(name: str, place: str) -> Refusal:
    unknown = f"Unknown name \"{name}\" at '{place}': Cannot find field."
    return Refusal(1007, f"Invalid JSON payload received. {unknown}")


def _thinking(setup: dict[str, Any]) -> dict[str, Any]:
    thinking: dict[str, Any] = setup.get("generationConfig", {}).get("thinkingConfig", {})
    return thinking


def functions(setup: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a setup declares."""
    for tool in setup.get("tools", []):
        yield from tool.get("functionDeclarations", tool.get("function_declarations")) or []


def _no_mood(setup: dict[str, Any]) -> Iterator[str]:
    if "enableAffectiveDialog" in setup.get("generationConfig", {}):
        yield "there is no enableAffectiveDialog"


def _version_3_8(setup: dict[str, Any]) -> Iterator[str]:
    yield from _no_mood(setup)
    if setup.get("proactivity", {}).get("proactiveAudio") is False:
        yield "proactiveAudio is always on"
    if {"thinkingLevel", "thinkingBudget"} & _thinking(setup).keys():
        yield "there is no thinkingConfig"


def _extended_thinking(setup: dict[str, Any]) -> Iterator[str]:
    yield from _no_mood(setup)
    if _thinking(setup).get("thinkingLevel") not in _LEVELS:
        yield "thinkingLevel must be LOW, MEDIUM or HIGH"
    if any(declared.get("behavior") == "BLOCKING" for declared in functions(setup)):
        yield "tools are NON_BLOCKING"


def _version_3_1(setup: dict[str, Any]) -> Iterator[str]:
    yield from _no_mood(setup)
    if "proactivity" in setup:
        yield "there is no proactivity"
    if "thinkingBudget" in _thinking(setup):
        yield "it takes a thinkingLevel"
    if any(declared.get("behavior") == "NON_BLOCKING" for declared in functions(setup)):
        yield "tools are BLOCKING"


def _version_2_5(setup: dict[str, Any]) -> Iterator[str]:
    if "thinkingLevel" in _thinking(setup):
        yield "it takes a thinkingBudget"


_RULES = (
    ("gemini-3.8-live-extended-thinking", _extended_thinking),
    ("gemini-3.8-live", _version_3_8),
    ("gemini-3.1-flash-live", _version_3_1),
    ("gemini-live-2.5-flash", _version_2_5),
    ("gemini-2.5-flash-native-audio", _version_2_5),
)
