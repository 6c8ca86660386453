"""What each platform and family is told of a tool, and of when its answer is taken up."""

import pytest
from google.genai import types
from msgspec.structs import replace

from kiosk.knowledge import look_up_tool
from kiosk.tools.declarations import SAY_NOTHING, answered, declaration

from ..core.service import LIVE
from .trial_tools import tool

BELL = tool("bell")
DONE = {"done": True}
V3_8, THINKING = "gemini-3.8-live", "gemini-3.8-live-extended-thinking"
V3_1 = "gemini-3.1-flash-live-preview"
SILENTLY = {**DONE, "say": SAY_NOTHING}


@pytest.mark.parametrize(
    ("api", "model", "answer", "behavior", "told", "scheduling"),
    [
        ("developer", V3_8, "first", "BLOCKING", DONE, ""),
        ("developer", V3_8, "later", "NON_BLOCKING", DONE, "WHEN_IDLE"),
        ("developer", V3_8, "silent", "NON_BLOCKING", DONE, "SILENT"),
        ("developer", THINKING, "first", "NON_BLOCKING", DONE, ""),
        ("developer", THINKING, "silent", "NON_BLOCKING", DONE, "SILENT"),
        ("developer", V3_1, "later", "BLOCKING", DONE, ""),
        ("developer", V3_1, "silent", "BLOCKING", SILENTLY, ""),
        ("vertex", V3_8, "first", None, DONE, ""),
        ("vertex", V3_8, "later", None, DONE, ""),
        ("vertex", V3_8, "silent", None, SILENTLY, ""),
    ],
)
def test_each_family_is_told_what_it_takes(api, model, answer, behavior, told, scheduling) -> None:
    live, bell = replace(LIVE, api=api, model=model), replace(BELL, answer=answer)
    assert declaration(bell, live).get("behavior") == behavior
    assert answered(bell, DONE, live, "beside") == (told, scheduling)
    inside = {**told, "scheduling": scheduling} if scheduling else told
    assert answered(bell, DONE, live, "inside") == (inside, "")


def test_a_declaration_is_one_as_the_sdk_knows_them() -> None:
    searching = replace(BELL, about=look_up_tool.ABOUT, parameters=look_up_tool.PARAMETERS)
    told = types.FunctionDeclaration.model_validate(declaration(searching, LIVE))
    assert (told.name, told.description) == ("bell", look_up_tool.ABOUT)
    assert told.parameters is not None
    assert told.parameters.required == ["question"]


def test_a_tool_without_arguments_has_no_schema() -> None:
    assert "parameters" not in declaration(BELL, LIVE)
