"""What every tool is."""

from kiosk.tools.tool import ToolError


def test_an_error_is_told_to_the_model_with_its_code() -> None:
    error = ToolError("failed", "the bell is broken")
    assert error.response() == {"error": {"code": "failed", "message": "the bell is broken"}}
