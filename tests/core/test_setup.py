"""What a session is asked for, in the words of each model."""

import json

import pytest
from msgspec.structs import replace

from kiosk.core.messages import encode
from kiosk.core.setup import BRIEF, build_setup
from kiosk.settings.layers import load

from .service import LIVE


def test_answers_are_asked_to_be_short_after_all_else() -> None:
    setup = build_setup(LIVE, instruction="You are a host.", brief=True, recap="Visitor: Hello.")
    brief = setup.system_instruction
    assert brief is not None
    words = [part.text for part in brief.parts]
    assert words == ["You are a host.", BRIEF, "Visitor: Hello."]
    assert BRIEF not in encode(build_setup(LIVE)).decode()


EXTENDED = "gemini-3.8-live-extended-thinking"


BUDGET = "gemini-live-2.5-flash-native-audio"


@pytest.mark.parametrize(
    ("model", "thinking", "sent"),
    [
        ("gemini-3.8-live", "", None),
        (EXTENDED, "low", {"thinkingLevel": "LOW"}),
        ("gemini-3.1-flash-live-preview", "minimal", {"thinkingLevel": "MINIMAL"}),
        (BUDGET, "1024", {"thinkingBudget": 1024}),
        (BUDGET, "0", {"thinkingBudget": 0}),
        ("gemini-2.5-flash-native-audio-preview-12-2025", "-1", {"thinkingBudget": -1}),
        ("gemini-5-live", "xhigh", {"thinkingLevel": "XHIGH"}),
        ("gemini-5-live", "77", {"thinkingBudget": 77}),
        ("gemini-5-live", "", None),
    ],
)
def test_what_a_model_takes_is_sent(tmp_path, model, thinking, sent):
    told = [f'live.model="{model}"', f'live.thinking="{thinking}"']
    live = load((), told, tmp_path).settings.live
    setup = json.loads(encode(build_setup(live)))
    assert setup["generationConfig"].get("thinkingConfig") == sent
    assert "thinkingConfig" not in encode(build_setup(replace(LIVE, model=model))).decode()
