from tests.support.screen import dummy_display

__all__ = ["dummy_display"]
