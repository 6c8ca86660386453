"""`kiosk privacy`: what goes where with these settings, for whoever answers for the visitors' data.

`docs/privacy.md` says the same of every configuration; this page leaves out what is not so here.
"""

from urllib.parse import urlsplit

from kiosk.settings.privacy_settings import PrivacySettings
from kiosk.settings.tool_settings import ToolSettings
from kiosk.settings.types import AvatarSettings, LiveSettings, Settings

VENDORS = {
    "heygen": "HeyGen",
    "liveavatar": "LiveAvatar (HeyGen)",
    "avatarim": "Alibaba Cloud (AvatarIM)",
}
"""Who shows an avatar."""


def page(settings: Settings) -> str:
    """The page, in Markdown."""
    memory = "Sound of visitors is" if settings.privacy.kept_days else "Words and sound are"
    end = (
        f"{memory} in memory only, and words of visitors are in no log. More, and what the house"
        " itself has to settle: docs/privacy.md."
    )
    lines = (f"- {line}" for line in _lines(settings))
    return "\n\n".join(["# What this kiosk does with what visitors say", *lines, end])


def _lines(settings: Settings) -> list[str]:
    button, visit = settings.button, settings.visit
    before_s, after_s = button.pre_roll_ms / 1000, button.tail_ms / 1000
    held = (
        f"**Listens** only while the button is held, {before_s:g} s before it and {after_s:g} s"
        " after it. All other sound is overwritten in memory within a second."
    )
    open_ = (
        f"**Listens** from a press of the button, and {before_s:g} s before it, to the end of the"
        " visit, but for while the avatar speaks: all that the microphone hears then is sent,"
        " whoever speaks. The screen says while it listens. What nobody has answered is kept in"
        f" memory, at most the last {button.max_hold_s:g} s of it."
    )
    lines = [
        held if settings.talk.mode == "hold" else open_,
        *_sent(settings),
        *_seen(settings),
        f"**Forgets** a visit {visit.end_after_s:g} s after its last word, and the sound of a"
        f" question once it is answered, at most {settings.live.give_up_s:g} s after it was asked.",
        _kept(settings.privacy),
    ]
    if reason := settings.screen.without_ai_notice:
        lines.append(f"**Does not say** on the screen that visitors talk with an AI, for: {reason}")
    else:
        lines.append("**Says** on the screen at any time that visitors talk with an AI.")
    return lines


def _kept(privacy: PrivacySettings) -> str:
    counts = "**Keeps** on its disk the settings, and counts of questions, tokens and paid minutes."
    if not privacy.kept_days:
        return f"{counts} No word, no sound and no picture of a visitor."
    return (
        f"{counts} And **what visitors and host say, as text**, for {privacy.kept_days} days in"
        f" {privacy.keep_transcripts}, as the screen tells them. No sound, no picture."
    )


def _seen(settings: Settings) -> list[str]:
    camera = settings.camera
    if camera.source == "none":
        return ["**Sees** nothing: no camera is used."]
    often = "one picture with each question"
    if camera.pictures == "stream":
        often = "one picture a second while a question is asked"
    return [
        f"**Sees**, by {camera.source}, {often}, for at most two minutes of a visit: it goes where"
        " the question goes. The screen says so meanwhile. A picture is in memory only, until its"
        " question is answered."
    ]


def _sent(settings: Settings) -> list[str]:
    avatar, own_dialogue = settings.avatar, _has_its_own_dialogue(settings.avatar)
    sent = [] if own_dialogue else [f"**Sends** what visitors say to {_service(settings.live)}."]
    if settings.live.tuning.google_search and not own_dialogue:
        sent.append("**Searches** the web for what visitors ask, by Google Search.")
    if avatar.driver in VENDORS:
        vendor = _vendor(avatar)
        if own_dialogue:
            sent.append(f"**Sends** what visitors say to {vendor}, and to nobody else.")
        else:
            sent.append(f"**Sends** the answers, and nothing of the visitor, to {vendor}.")
    if receivers := [_receiver(*one) for one in settings.tools.own.items() if one[1].pin is None]:
        sent.append(
            "**Hands on** what the model fills in for a tool, which may be what a visitor said: "
            + "; ".join(receivers)
            + "."
        )
    return sent


def _receiver(name: str, tool: ToolSettings) -> str:
    """Whom a tool of the house tells what."""
    what = f"`{name}`, {', '.join(tool.arguments)}," if tool.arguments else f"`{name}`"
    if tool.webhook:
        return f"{what} to {_host(tool.webhook)}"
    if tool.mcp:
        which = f"the tools {', '.join(tool.only)}" if tool.only else "all its tools"
        return f"{what} to {_host(tool.mcp)}, {which} (MCP)"
    return f"{what} to a program of this board"


def _has_its_own_dialogue(avatar: AvatarSettings) -> bool:
    return avatar.driver == "avatarim" and avatar.avatarim.mode == "visitors-voice"


def _service(live: LiveSettings) -> str:
    if live.endpoint:
        return f"{_host(live.endpoint)} (live.endpoint), by `{live.model}`"
    if live.api == "vertex":
        return f"Google's Vertex AI in `{live.location}`, by `{live.model}`"
    return f"Google's Gemini API, in a region that Google chooses, by `{live.model}`"


def _vendor(avatar: AvatarSettings) -> str:
    urls = {
        "heygen": avatar.heygen.base_url,
        "liveavatar": avatar.liveavatar.base_url,
        "avatarim": avatar.avatarim.url,
    }
    host = _host(urls[avatar.driver])
    return f"{VENDORS[avatar.driver]} at {host}" if host else VENDORS[avatar.driver]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
