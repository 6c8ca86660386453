from tests.support.screen import dummy_display, open_stage

__all__ = ["dummy_display", "open_stage"]
