"""Kiosk: a talking host for reception desks and exhibits, on a Raspberry Pi class board."""

__version__ = "0.1.0"
