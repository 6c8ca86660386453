"""How much the model thinks: refused before dialling where it takes none."""

import pytest

from kiosk.errors import ConfigError
from kiosk.settings.layers import load

EXTENDED = "gemini-3.8-live-extended-thinking"
BUDGET = "gemini-live-2.5-flash-native-audio"


@pytest.mark.parametrize(
    ("model", "thinking", "words"),
    [
        ("gemini-3.8-live", "low", 'gemini-3.8-live does not take it. Set ""'),
        ("gemini-3.8-live", "1024", 'does not take it. Set ""'),
        (EXTENDED, "", 'needs one. Set "low" or "medium" or "high"'),
        (EXTENDED, "minimal", 'does not take it. Set "low" or "medium" or "high"'),
        (BUDGET, "low", 'does not take it. Set "" or a budget of tokens in quotes'),
        ("gemini-3.1-flash-live-preview", "512", 'Set "" or "minimal" or "low"'),
        ("gemini-5-live", "much", 'expected "" for none, a level'),
    ],
)
def test_what_a_model_does_not_take_is_refused_with_the_remedy(tmp_path, model, thinking, words):
    with pytest.raises(ConfigError) as told:
        load((), [f'live.model="{model}"', f'live.thinking="{thinking}"'], tmp_path)
    assert "live.thinking" in str(told.value)
    assert words in str(told.value)
