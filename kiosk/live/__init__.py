"""The connection to the service: one WebSocket at a time, dialled as the session decides."""
