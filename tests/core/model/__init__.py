"""A model of the world around the core: a service, a line and a visitor, and what must hold.

`service` and `line` are pure and judge what they are given; `world` drives the core as the app and
the dialer do, and holds the invariant; `steps` is what may happen in it.
"""
