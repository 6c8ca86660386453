"""What Google's documents leave open about resumption, each as a switch.

A client must be right under each combination. The defaults are the likeliest by Google's own Live
skill and by other people's logs; `--faults FILE` chooses others.
"""

from typing import Literal

from msgspec import Struct


class ProtocolVariants(Struct, frozen=True, forbid_unknown_fields=True):
    """`[readings]` of a faults file."""

    first_index: Literal[0, 1, 2] = 1
    """Index of the first message after the setup: 1 where the setup is 0, 2 where the setup counts
    as a message, 0 where it does not count and counting begins at 0."""
    indexes: Literal["connection", "session"] = "connection"
    """What messages are numbered in: `session` goes on from the index that came with the handle."""
    index_type: Literal["string", "number"] = "string"
    """How an int64 is written; proto3 JSON allows both."""
    updates: Literal["message", "second", "turn"] = "message"
    """When a transparent session tells what it has consumed."""
    open_utterance: Literal["restored", "forgotten"] = "restored"
    """What a handle from the middle of an utterance leads back to."""
    older_handles: Literal["good", "refused"] = "good"
    """Whether any handle but the session's newest still leads back."""
    unanswered_turn: Literal["asked again", "answered"] = "asked again"
    """A turn that ended before its answer began: `answered` gives a handle in that moment, and
    answers after the resume; else there is no handle before the answer is over."""
    input_in_a_call: Literal["taken", "refused"] = "taken"
    """Speech or text while a tool call waits for its response: `taken`, it interrupts, and the call
    is cancelled; `refused`, the connection ends with 1008, but for the end of an activity."""
    omitted_behavior: Literal["BLOCKING", "NON_BLOCKING"] = "BLOCKING"
    """What a function is that is declared without `behavior`."""
    scheduling: Literal["beside", "inside"] = "beside"
    """Where the `scheduling` of an answer is read: beside `response`; or in it, and beside it is an
    unknown field."""
