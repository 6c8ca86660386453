"""Microphone and speaker: two shared PCM rings, and the one process that touches PortAudio."""
