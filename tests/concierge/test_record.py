"""The record says what a session holds after a resume."""

import json

from .misbehaving import ask
from .visitor import Visitor, setup


async def test_the_record_says_what_survives(bad) -> None:
    concierge = bad("")
    visitor = await Visitor.arrive(concierge.port)
    handle = await visitor.handle()
    await ask(visitor)
    visitor.socket.transport.abort()
    again = await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": handle}))
    told = [{"role": "user", "parts": [{"text": "in writing"}]}]
    await again.send({"clientContent": {"turns": told}})
    await ask(again)
    await again.leave()
    lines = (concierge.record / "states.jsonl").read_text().splitlines()
    states = [json.loads(line) for line in lines]
    assert states[0]["resumed"] is False
    last = states[-1]
    assert last["resumed"] is True
    assert last["session"] == visitor.session
    assert [(e["role"], e["text"], bool(e["pcm"])) for e in last["history"]] == [
        ("user", "in writing", False),
        ("user", "where are the toilets", True),
        ("model", "There.", False),
    ]
    assert len((concierge.record / last["history"][1]["pcm"]).read_bytes()) == 12_800
