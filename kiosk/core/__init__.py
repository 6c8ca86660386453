"""What decides: events in, actions out. No clock, thread, socket or asyncio in this room."""
