"""Our own face, drawn on the board."""
