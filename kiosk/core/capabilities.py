"""What each platform and each family of models takes, as data.

The Live API closes a connection with 1007 on what a model does not take, and says no more than
"invalid argument". So it is known here and refused before anything is dialled, with a remedy.

Source: Gemini API, models (gemini-3.8-live and gemini-3.1-flash-live-preview, each with "migrating
from"), Live API, thinking; Agent Platform, "Developer's guide to Gemini 3.8 Live"; google-genai's
converters; livekit/agents pull request 5251 and issue 7302. docs/live-api.md tells all of it field
by field.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kiosk.settings.types import LiveSettings

MAX_BUDGET_TOKENS = 24_576
"""Of thinking, for the models that take a budget."""
_BUDGET = "budget"
_BOTH = ("developer", "vertex")
_NAMES = {"developer": "the Developer API", "vertex": "Vertex AI"}


class ModelFamily(Struct, frozen=True, kw_only=True):
    """What the models take whose ids begin alike."""

    model: str
    """How the ids begin."""
    platforms: tuple[str, ...] = _BOTH
    """Which are known to offer them."""
    thinking: tuple[str, ...] = ()
    """Levels, or a budget."""
    thinking_required: bool = False
    extras: Mapping[str, tuple[str, ...]]
    """Keys of `[live.tuning]` that not every family takes, and the platforms where this one does.
    """
    always: tuple[str, ...] = ()
    """Those of these keys that are always on, and refused for that reason."""
    max_output: int = 65_536
    """Tokens of one answer."""
    writes_content: bool = True
    """Whether `clientContent` is taken in mid-session. Else it is the history before the first turn
    alone, and what is typed goes as `realtimeInput.text`."""
    behaviors: tuple[str, ...] = ("BLOCKING", "NON_BLOCKING")
    """Of tools: whether the model can wait for an answer, or talk on. The first is asked for."""
    unfit: str = ""
    """Why they cannot be a host."""


_EXTRAS = {
    "media_resolution": '"auto"',
    "proactive_audio": "false",
    "affective_dialog": "false",
    "vocabulary": "[]",
}
"""Keys of `[live.tuning]` that not every family takes, and with which value nothing is sent."""
# The Developer API has affective dialogue in v1alpha alone, and v1beta is what we dial.
_NATIVE_2 = {"proactive_audio": _BOTH, "affective_dialog": ("vertex",)}
_NATIVE_3 = {"media_resolution": _BOTH, "vocabulary": _BOTH}

FAMILIES = (
    # The newest is the first: what is not known is taken for its like.
    ModelFamily(
        model="gemini-3.8-live",
        extras=_NATIVE_3,
        always=("proactive_audio", "affective_dialog"),
    ),
    ModelFamily(
        model="gemini-3.8-live-extended-thinking",
        platforms=("developer",),
        thinking=("low", "medium", "high"),
        thinking_required=True,
        extras=_NATIVE_3,
        always=("proactive_audio", "affective_dialog"),
        behaviors=("NON_BLOCKING",),
    ),
    ModelFamily(
        model="gemini-3.1-flash-live",
        platforms=("developer",),
        thinking=("minimal", "low", "medium", "high"),
        extras={"media_resolution": _BOTH},
        writes_content=False,
        behaviors=("BLOCKING",),
    ),
    ModelFamily(
        model="gemini-live-2.5-flash",
        platforms=("vertex",),
        thinking=(_BUDGET,),
        extras=_NATIVE_2,
    ),
    ModelFamily(
        model="gemini-2.5-flash-native-audio",
        platforms=("developer",),
        thinking=(_BUDGET,),
        extras=_NATIVE_2,
        max_output=8_192,
    ),
    ModelFamily(
        model="gemini-3.5-transcribe-live", extras={}, unfit="it writes down and does not answer"
    ),
    ModelFamily(
        model="gemini-3.5-live-translate", extras={}, unfit="it translates and does not answer"
    ),
)
NEWEST = FAMILIES[0]


class Capabilities(Struct, frozen=True):
    """What a model takes on a platform."""

    family: ModelFamily
    known: bool
    """Whether the model is one of the family; else the family is a guess."""
    transparent: bool
    """`sessionResumption.transparent`. Source: google-genai refuses it for the Developer API."""
    behavior: str
    """`behavior` of a declared tool; empty where it must be left out. Source: google-genai issue
    1739: Vertex AI closes with 1007 on it."""


class NotTaken(Struct, frozen=True):
    """A setting that the model does not take."""

    key: str
    why: str
    remedy: str


def capabilities_of(live: LiveSettings) -> Capabilities:
    """What the model of these settings takes on their platform."""
    fitting = [family for family in FAMILIES if live.model.startswith(family.model)]
    family = max(fitting, key=lambda family: len(family.model), default=NEWEST)
    vertex = live.api == "vertex"
    behavior = "" if vertex else family.behaviors[0]
    return Capabilities(family, bool(fitting), transparent=vertex, behavior=behavior)


def refusals(live: LiveSettings) -> Iterator[NotTaken]:
    """What a model does not take that it would be sent. Of one that is not known, it is a guess."""
    family = capabilities_of(live).family
    if family.unfit:
        yield NotTaken("live.model", family.unfit, f'Set one that talks, such as "{NEWEST.model}"')
    thinking = _thinking(family, live)
    if thinking is not None:
        yield thinking
    tuning = live.tuning
    for key, off in _EXTRAS.items():
        set_ = getattr(tuning, key)
        if set_ in ("auto", False, ()) or live.api in family.extras.get(key, ()):
            continue
        if key in family.always:
            why = f"{live.model} always does it, and refuses to be told"
        else:
            where = f" on {_NAMES[live.api]}" if key in family.extras else ""
            why = f"{live.model} does not take it{where}"
        yield NotTaken(f"live.tuning.{key}", why, f"Set {off}")
    if tuning.max_output is not None and tuning.max_output > family.max_output:
        why = f"an answer of {live.model} has at most {family.max_output} tokens"
        yield NotTaken("live.tuning.max_output", why, 'Set that at most, or "auto"')


def doubts(live: LiveSettings) -> Iterator[NotTaken]:
    """What is not known to work: a model that nobody here has heard of, or not on this platform."""
    capabilities = capabilities_of(live)
    if not capabilities.known:
        yield NotTaken(
            "live.model",
            f"{live.model} is not known here, and is taken for a {NEWEST.model}",
            "Nothing, if it talks; else a model that docs/live-api.md names",
        )
    elif live.api not in capabilities.family.platforms:
        yield NotTaken(
            "live.model",
            f"{live.model} is not known to be offered by {_NAMES[live.api]}",
            "Set another model, or the other live.api",
        )


def _thinking(family: ModelFamily, live: LiveSettings) -> NotTaken | None:
    """Source: the 2.5 models take a budget of tokens, the later ones a level; gemini-3.8-live
    closes with 1007 on either, and its extended-thinking refuses a setup without a level.
    """
    budget = f'a budget of tokens in quotes, such as "1024" (at most {MAX_BUDGET_TOKENS})'
    choices = [budget if one == _BUDGET else f'"{one}"' for one in family.thinking]
    required, value = family.thinking_required, live.thinking
    if not value:
        if not required:
            return None
        return NotTaken("live.thinking", f"{live.model} needs one", f"Set {' or '.join(choices)}")
    known = value if value.isalpha() else _BUDGET
    if known in family.thinking and (known != _BUDGET or int(value) <= MAX_BUDGET_TOKENS):
        return None
    none = [] if required else ['""']
    remedy = f"Set {' or '.join(none + choices)}"
    return NotTaken("live.thinking", f"{live.model} does not take it", remedy)
