"""What may happen in the world, as data: hypothesis shrinks a list of these to a short story."""

from itertools import chain

from hypothesis import strategies as st

from kiosk.core.disconnects import Disconnect

from .state import Reading
from .world import World

LOSSES = (
    Disconnect(reason="the line broke"),
    Disconnect(1000, "The operation was cancelled."),
    Disconnect(1000, ""),
    Disconnect(1007, "Request contains an invalid argument."),
    Disconnect(1008, "The operation was aborted."),
    Disconnect(1008, "Operation is not implemented, or supported, or enabled"),
    Disconnect(1011, "Internal error encountered."),
    Disconnect(1011, "Deadline expired before operation could complete."),
    Disconnect(1012, ""),
)
REFUSALS = (
    Disconnect(reason="no route"),
    Disconnect(http_status=503),
    Disconnect(http_status=401),
    Disconnect(http_status=403),
    Disconnect(http_status=429),
    Disconnect(1011, "RESOURCE_EXHAUSTED"),
    Disconnect(1011, "Internal error encountered."),
    "mute",
    "slow",
)
GO_AWAYS = (("50s", 50.0), ("9.5s", 9.5), ("300s", 300.0), ("0s", 0.5), (None, 12.0), ("?", 12.0))
SHARES = st.sampled_from([0.0, 0.5, 1.0])
STEPS = st.one_of(
    st.tuples(st.just("press")),
    st.tuples(st.just("release")),
    st.tuples(st.just("ask"), st.sampled_from([0.2, 0.5, 1.0])),
    st.tuples(st.just("run"), st.sampled_from([0.02, 0.06, 0.13, 0.4])),
    st.tuples(st.just("run"), st.sampled_from([1.0, 2.0, 9.0, 30.0])),
    st.tuples(st.just("lose"), st.sampled_from(LOSSES), SHARES, SHARES),
    st.tuples(st.just("react"), st.integers(1, 8)),
    st.tuples(st.just("mute"), st.booleans()),
    st.tuples(st.just("go_away"), st.sampled_from(GO_AWAYS), st.booleans()),
    st.tuples(st.just("refuse"), st.lists(st.sampled_from(REFUSALS), min_size=1, max_size=3)),
    st.tuples(st.just("latency"), st.sampled_from([0.0, 0.05, 0.3])),
    st.tuples(st.just("setup"), st.sampled_from([0.0, 0.3, 1.5])),
    st.tuples(st.just("slow"), st.sampled_from([1, 3, 1000])),
    st.tuples(st.just("stall"), st.sampled_from([0.5, 2.0, 4.0, 1e9])),
    st.tuples(st.just("expire")),
    st.tuples(st.just("say")),
    st.tuples(st.just("tool"), st.sampled_from(["light", "nobody's"])),
    st.tuples(st.just("listen"), st.booleans()),
    st.tuples(st.just("crash"), st.sampled_from([0.3, 1.5])),
    st.tuples(st.just("kill sound"), st.sampled_from([0.1, 0.3, 1.5])),
    st.tuples(st.just("leave")),
)
BEGINNINGS = st.sampled_from([[], [("ask", 0.5), ("run", 2.0), ("run", 2.0)]])
"""Nothing, or a first turn that goes well, after which the index's base is known."""
STORIES = st.tuples(BEGINNINGS, st.lists(st.lists(STEPS), max_size=12)).map(
    lambda story: [*story[0], *chain(*story[1])]
)
"""Lists of lists grow longer than lists, and shrink as well."""
_YES_OR_NO = st.booleans()
_OPEN = {
    "index": st.sampled_from([None, "string", "number"]),
    "counts_setup": _YES_OR_NO,
    "per_session": _YES_OR_NO,
    "updates": st.sampled_from(["turn", "second", "message"]),
    "lag": st.sampled_from([0, 1, 5]),
    "older_handles": _YES_OR_NO,
    "answers_after_resume": _YES_OR_NO,
    "transcript": st.sampled_from(["early", "live", "late", "never"]),
    "interrupts_unseen": _YES_OR_NO,
    "spurious_pair": _YES_OR_NO,
    "pair_in_one_frame": _YES_OR_NO,
    "silent_answers": _YES_OR_NO,
    "said_late": _YES_OR_NO,
    "status": st.sampled_from(["", "beside", "apart"]),
    "goes_on": _YES_OR_NO,
    "stops": _YES_OR_NO,
    "thinks": _YES_OR_NO,
    "in_one_frame": _YES_OR_NO,
    "refuses_in_a_call": _YES_OR_NO,
    "chokes": st.sampled_from([False, False, True]),
    "history": st.sampled_from(["taken", "taken", "turns", "words"]),
    "dead_handles": st.sampled_from([False, False, False, True]),
}
READINGS = st.builds(Reading, **_OPEN)


def play(world: World, steps: list[tuple]) -> None:
    """Let it happen, then let all be well."""
    for step in steps:
        happen(world, *step)
        world.look()
    world.settle()


def happen(world: World, name: str, *with_: object) -> None:
    link = world.link
    match name, with_:
        case ("press", ()):
            world.press()
        case ("release", ()):
            world.release()
        case ("ask", (seconds,)):
            world.ask(seconds)
        case ("run", (seconds,)):
            world.run(seconds)
        case ("lose", (loss, up, down)):
            world.lose(loss, up, down)
            world.step(0)
        case ("react", (n,)) if link is not None:
            for _ in range(n):
                link.connection.react(world.now_s)
            world.step(0)
        case ("mute", (muted,)):
            world.muted = muted
        case ("go_away", ((time_left, left_s), mute)) if link is not None:
            link.connection.go_away(time_left, left_s, world.now_s, mute)
            link.warned = False
            world.step(0)
        case ("refuse", (refusals,)):
            world.line.refusals.extend(refusals)
        case ("latency", (seconds,)):
            world.line.latency_s = seconds
        case ("setup", (seconds,)):
            world.line.setup_s = seconds
        case ("slow", (writes,)):
            world.line.writes = writes
        case ("stall", (seconds,)) if link is not None:
            link.stalled_until_s = world.now_s + seconds
        case ("expire", ()):
            world.service.expire()
        case ("tool", (tool,)) if link is not None and link.setup_at_s is None:
            link.connection.call_a_tool(tool)
        case ("say", ()):
            world.say()
        case ("listen", (listening,)):
            world.listening = listening
        case ("crash", (seconds,)):
            world.crash(seconds)
        case ("kill sound", (seconds,)):
            world.kill_sound(seconds)
        case ("leave", ()):
            world.leave()
