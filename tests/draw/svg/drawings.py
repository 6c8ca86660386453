"""SVG files of a few words."""

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" {}>'


def svg(inner: str, root: str = "") -> bytes:
    return f"{HEAD.format(root)}{inner}</svg>".encode()
