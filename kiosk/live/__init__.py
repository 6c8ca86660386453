"""The wire: one WebSocket at a time, dialled as the session decides."""
