"""A model of the world around the core: a service, a line and a visitor, and what must hold.

`service` and `line` are pure and refuse what the real ones would; `world` drives the core as the
app and the dialer do; `judge` holds the invariant; `steps` is what may happen; `mutants` are bugs
that must be found.
"""
