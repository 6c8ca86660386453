"""`kiosk config check`: the settings, and all that they point to.

Each room checks its own part, and is imported for that alone: `kiosk run` does not load it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from kiosk.errors import ConfigError
from kiosk.settings.findings import Finding
from kiosk.settings.installation import Installation, installation
from kiosk.settings.layers import Loaded
from kiosk.settings.textfile import NoSuchFileError

KNOWLEDGE = Path("/etc/kiosk/concierge.toml")
"""What the concierge of this installation knows, where it has one."""


def _secrets(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.settings.secrets_check import judge

    return judge(loaded.settings)


def _live(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.runtime.live_check import judge

    return judge(loaded.settings)


def _audio(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.audio.audio_check import judge

    return judge(loaded.settings)


def _controls(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.controls.controls_check import judge

    return judge(loaded.settings)


def _screen(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.window.screen_check import judge

    return judge(loaded.settings)


def _avatar(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.avatar.avatar_check import judge

    return judge(loaded.settings)


def _camera(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.camera.camera_check import judge

    return judge(loaded.settings)


def _money(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.runtime.money_check import judge

    return judge(loaded.settings)


def _greeting(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.runtime.greeting import judge

    return judge(loaded.settings)


def _unit(loaded: Loaded) -> Iterator[Finding]:
    if installation() is not Installation.SERVICE:
        return iter(())
    from kiosk.service.unit_check import judge

    return judge(loaded.settings, loaded.files)


def _knowledge(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.knowledge.knowledge_check import judge

    return judge(loaded.settings)


def _tools(loaded: Loaded) -> Iterator[Finding]:
    from kiosk.tools.tools_check import judge

    return judge(loaded.settings)


def _concierge(_: Loaded) -> Iterator[Finding]:
    from kiosk.knowledge.questions import read_questions

    try:
        read_questions(KNOWLEDGE)
    except NoSuchFileError:
        return
    except ConfigError as error:
        yield Finding(str(KNOWLEDGE), str(error), "Without it the concierge does not start")


JUDGES: tuple[Callable[[Loaded], Iterator[Finding]], ...] = (
    *(_live, _secrets, _audio, _controls, _screen, _avatar, _money, _greeting, _unit, _knowledge),
    *(_tools, _camera, _concierge),
)


def findings(loaded: Loaded) -> list[Finding]:
    """Everything that is wrong with an installation, errors first."""
    found = [*loaded.passed_over]
    for judge in JUDGES:
        found += judge(loaded)
    order = ("error", "warning", "note")
    return sorted(found, key=lambda finding: order.index(finding.severity))


def text(loaded: Loaded, found: list[Finding]) -> str:
    """A line of summary, a line for each finding, and the files that were read."""
    lines = [finding.line(loaded.origins.get(finding.where, "")) for finding in found]
    return "\n".join([_summary(found), *lines, *(f"read {file}" for file in loaded.files)])


def _summary(found: list[Finding]) -> str:
    if not found:
        return "ok"
    counts = [
        (kind, sum(f.severity == kind for f in found)) for kind in ("error", "warning", "note")
    ]
    told = ", ".join(f"{n} {kind}{'s' * (n > 1)}" for kind, n in counts if n)
    return told if counts[0][1] else f"ok, with {told}"
