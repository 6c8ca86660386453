"""A Live API server on this board: the other side of the wire."""
