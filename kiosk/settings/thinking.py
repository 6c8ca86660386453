"""How much a model thinks before it answers: which values each model takes.

Source: Live API, `generationConfig.thinkingConfig` and the thinking guide: the 2.5 models take a
budget of tokens, the later ones a level; gemini-3.8-live closes with 1007 on either, and
gemini-3.8-live-extended-thinking refuses a setup without a level.
"""

from msgspec import Struct

LEVELS = ("minimal", "low", "medium", "high", "xhigh")
MAX_BUDGET_TOKENS = 24_576
_BUDGET = "budget"


class _Taken(Struct, frozen=True):
    """What a family of models takes. The first entry whose `model` begins the id counts."""

    model: str
    choices: tuple[str, ...]
    """Levels, or a budget."""
    required: bool = False


_TAKEN = (
    _Taken("gemini-3.8-live-extended-thinking", ("low", "medium", "high"), required=True),
    _Taken("gemini-3.8-live", ()),
    _Taken("gemini-3.1-flash-live", ("minimal", "low", "medium", "high")),
    _Taken("gemini-live-2.5-flash", (_BUDGET,)),
    _Taken("gemini-2.5-flash-native-audio", (_BUDGET,)),
)


def refusal(model: str, thinking: str) -> tuple[str, str] | None:
    """Why a model does not take a value of `live.thinking`, and the remedy; None where it does, and
    where the model is not known.
    """
    taken = next((taken for taken in _TAKEN if model.startswith(taken.model)), None)
    if taken is None:
        return None
    budget = f'a budget of tokens in quotes, such as "1024" (at most {MAX_BUDGET_TOKENS})'
    choices = [budget if c == _BUDGET else f'"{c}"' for c in taken.choices]
    if not thinking:
        return (f"{model} needs one", f"Set {' or '.join(choices)}") if taken.required else None
    kind = thinking if thinking in LEVELS else _BUDGET
    if kind in taken.choices:
        return None
    none = [] if taken.required else ['""']
    return f"{model} does not take it", f"Set {' or '.join(none + choices)}"
