"""A model of the world around the core: a service, a line and a visitor, and what must hold.

`service` and `line` are pure and refuse what the real ones would; `state` is what a service holds.
`world` drives the core as the app and the dialer do. `judge` holds the invariant; `button`,
`microphone`, `loudspeaker`, `openings` and `punctual` judge what an utterance is, what of it was
recorded, what is heard, what a session is opened with, and time. `steps` is what may happen;
`mutants`, `mutants_seen` and `mutants_opening` are bugs that must be found; `test_stories` are bugs
that were.
"""
