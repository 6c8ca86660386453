"""`kiosk demo`: a conversation on whatever this machine has.

The service runs on this board (the concierge, in a process of its own) and the kiosk that talks to
it is the one of the field: only its edges are chosen. With a screen, a microphone and a loudspeaker
a person talks to it; else a scripted visitor does, and what happened is left in a folder.
"""

from kiosk.demo.run import run

__all__ = ["run"]
