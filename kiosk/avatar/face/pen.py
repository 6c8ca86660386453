"""Words for drawing in SVG: what the parts of a face are written with."""


def d(*steps: str | float) -> str:
    """Path data from commands and numbers: `d("M", 0, 0, "C", …)`; commands may hold numbers
    too.
    """
    return " ".join(step if isinstance(step, str) else f"{step:.2f}" for step in steps)


def shape(data: str, fill: str, opacity: float = 1.0, rule: str = "nonzero") -> str:
    """A filled path."""
    return f'<path d="{data}" fill="{fill}" opacity="{opacity:.2f}" fill-rule="{rule}"/>'


def line(data: str, colour: str, width: float, opacity: float = 1.0) -> str:
    """A stroke with round ends."""
    return (
        f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{width:.2f}" '
        f'opacity="{opacity:.2f}" stroke-linecap="round" stroke-linejoin="round"/>'
    )


def oval(x: float, y: float, rx: float, ry: float, fill: str, *, opacity: float = 1.0) -> str:
    """An ellipse about (x, y)."""
    return (
        f'<ellipse cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}" fill="{fill}" '
        f'opacity="{opacity:.2f}"/>'
    )


def fade(name: str, top: float, bottom: float, *stops: tuple[float, str, float]) -> str:
    """A vertical gradient to be used as fill `url(#name)`; stops are (place 0 to 1, colour,
    opacity).
    """
    inner = "".join(
        f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{opacity}"/>'
        for at, colour, opacity in stops
    )
    # In user space: nanosvg makes one flat colour of a gradient that is measured by its object.
    return (
        f'<defs><linearGradient id="{name}" gradientUnits="userSpaceOnUse" '
        f'x1="0" y1="{top}" x2="0" y2="{bottom}">{inner}</linearGradient></defs>'
    )


def glow(x: float, y: float, radius: float, colour: str, opacity: float) -> str:
    """A round spot of colour that fades to nothing."""
    name = f"glow{x:.0f}x{y:.0f}".replace("-", "m")
    return (
        f'<defs><radialGradient id="{name}" gradientUnits="userSpaceOnUse" '
        f'cx="{x}" cy="{y}" r="{radius}">'
        f'<stop offset="0" stop-color="{colour}" stop-opacity="{opacity}"/>'
        f'<stop offset="1" stop-color="{colour}" stop-opacity="0"/></radialGradient></defs>'
        + oval(x, y, radius, radius, f"url(#{name})")
    )


def turned(drawing: str, transform: str) -> str:
    """A drawing under a transform."""
    return f'<g transform="{transform}">{drawing}</g>'
