"""The screen: window, frame loop, captions, the picture of each state."""
