import itertools

import pytest

from kiosk.avatar.cloud.session_state import LEGAL_MOVES, CloudSessionState, CloudSessionStatus

OVER, OPENING, JOINING, READY, AWAY = (
    CloudSessionState.OVER,
    CloudSessionState.OPENING,
    CloudSessionState.JOINING,
    CloudSessionState.READY,
    CloudSessionState.AWAY,
)


def test_a_life(caplog) -> None:
    caplog.set_level("DEBUG", "kiosk.avatar")
    status = CloudSessionStatus("session of heygen")
    assert status.state is OVER
    for state in (OPENING, JOINING, READY, AWAY, READY, OVER):
        assert status.move(state)
        assert not status.move(state), "that is no change"
    assert "session of heygen: away, was ready" in caplog.text


@pytest.mark.parametrize(("before", "after"), list(itertools.product(CloudSessionState, repeat=2)))
def test_the_table_is_kept(before: CloudSessionState, after: CloudSessionState) -> None:
    paths = {
        OVER: [],
        OPENING: [OPENING],
        JOINING: [OPENING, JOINING],
        READY: [OPENING, JOINING, READY],
        AWAY: [OPENING, JOINING, READY, AWAY],
    }
    status = CloudSessionStatus("it")
    for state in paths[before]:
        status.move(state)
    if after is before:
        assert not status.move(after)
    elif after in LEGAL_MOVES[before]:
        assert status.move(after)
    else:
        with pytest.raises(AssertionError, match="it: "):
            status.move(after)


def test_from_everywhere_it_may_be_over_at_once() -> None:
    assert all(OVER in after for before, after in LEGAL_MOVES.items() if before is not OVER)
    assert set(LEGAL_MOVES) == set(CloudSessionState)
