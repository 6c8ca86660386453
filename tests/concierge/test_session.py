"""Sessions and their handles, without a connection."""

import time

import pytest

from kiosk.concierge import session as session_module
from kiosk.concierge.session import Exchange, Sessions


def test_going_back_undoes_what_came_after() -> None:
    sessions = Sessions()
    session = sessions.new()
    early = session.checkpoint()
    activity = session.new_activity()
    activity.pcm += b"abcd"
    middle = session.checkpoint()
    activity.pcm += b"efgh"
    session.history += (Exchange("user", "hello"),)
    session.activity = None
    late = session.checkpoint()
    assert sessions.resume(middle) is session
    assert session.activity is not None
    assert bytes(session.activity.pcm) == b"abcd"
    assert session.history == ()
    session.activity.pcm += b"XXXX"
    sessions.resume(late)
    assert session.history == (Exchange("user", "hello"),)
    assert session.activity is None
    sessions.resume(middle)
    assert session.activity is not None
    assert bytes(session.activity.pcm) == b"abcd", "what was said after another resume is not in it"
    sessions.resume(early)
    assert (session.activity, session.history) == (None, ())
    assert sessions.resume("nobody.knows") is None


def test_handles_expire_after_the_end_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions()
    session = sessions.new()
    handle = session.checkpoint()
    now = time.monotonic()
    session.ended_s = now
    monkeypatch.setattr(session_module.time, "monotonic", lambda: now + 7_190)
    assert sessions.resume(handle) is session
    session.ended_s = now
    monkeypatch.setattr(session_module.time, "monotonic", lambda: now + 7_210)
    assert sessions.resume(handle) is None


def test_only_so_many_checkpoints_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "MAX_RESUME_POINTS", 3)
    sessions = Sessions()
    handles = [session.checkpoint() for session in [sessions.new()] for _ in range(5)]
    assert [sessions.resume(handle) is not None for handle in handles] == [0, 0, 1, 1, 1]
