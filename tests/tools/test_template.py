"""What is put into the values of the configuration, and what is left as it is."""

import pytest

from kiosk.errors import CredentialError
from kiosk.tools.template import fill


def test_what_an_argument_holds_is_not_looked_into() -> None:
    assert fill("{a} {b}", {"a": "{tool-desk}", "b": "{a}"}) == "{tool-desk} {a}"
    assert fill({"x": "{a}"}, {"a": {"y": "{tool-desk}"}}) == {"x": {"y": "{tool-desk}"}}


def test_a_text_that_is_one_argument_becomes_it_and_one_left_out_is_left_out() -> None:
    template = {"n": "{n}", "all": ["{n}", "{gone}"], "gone": "{gone}", "text": "{n} of {gone}"}
    assert fill(template, {"n": 3}) == {"n": 3, "all": [3], "text": "3 of "}


def test_a_secret_is_put_in_where_it_is_named_and_not_shown_to_who_only_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(CredentialError, match="tool-desk"):
        fill("Bearer {tool-desk}", {})
    monkeypatch.setenv("TOOL_DESK", "Zx81-Kq4v-Wm7p")
    assert fill("Bearer {tool-desk}", {}) == "Bearer Zx81-Kq4v-Wm7p"
    assert fill("Bearer {tool-desk}", {}, reveal=False) == "Bearer {tool-desk}"
