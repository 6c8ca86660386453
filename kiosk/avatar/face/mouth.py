"""The mouth as SVG, for any opening, width, rounding and smile.

Lips, teeth and tongue are drawn in that order of depth; the lips cover what would stick out of the
opening.
"""

_INSIDE, _TEETH, _TONGUE = "#6f1f2c", "#fffaf3", "#cf5f66"
_UPPER, _LOWER, _SHINE, _SEAM = "#c8605c", "#d9756d", "#eb9a8f", "#9b3f44"


def draw_mouth(opened: float, wide: float, rounded: float, smile: float) -> str:
    """SVG of the mouth about the middle of the closed lips, in design units; arguments 0 to 1."""
    half = 43 + 13 * wide + 9 * smile - 19 * rounded - 5 * opened * (1 - wide)
    gap = 48 * opened
    corner = -(8 * smile + 3 * wide) * (1 - 0.4 * opened) + 4
    top = 3 * smile - 0.22 * gap
    bottom = 4.5 * smile + 0.78 * gap
    thick = 1 + 0.25 * rounded - 0.15 * wide

    def arch(middle: float) -> float:
        """Height of a cubic's control points so that it passes `middle` half way."""
        return (middle - 0.25 * corner) / 0.75

    upper, lower = arch(top), arch(bottom)
    bow, outer = top - 11 * thick, arch(bottom + 13 * thick)
    edge = f"C {-0.55 * half:.2f} {upper:.2f} {0.55 * half:.2f} {upper:.2f} {half:.2f} {corner:.2f}"
    back = (
        f"C {0.55 * half:.2f} {upper:.2f} {-0.55 * half:.2f} {upper:.2f} {-half:.2f} {corner:.2f} Z"
    )
    start = f"M {-half:.2f} {corner:.2f}"

    drawn = []
    if gap > 1:
        drawn.append(
            f'<path d="{start} {edge} C {0.55 * half:.2f} {lower:.2f} {-0.55 * half:.2f} {lower:.2f} '
            f'{-half:.2f} {corner:.2f} Z" fill="{_INSIDE}"/>'
        )
        inner = 0.62 * half
        depth = min(0.42 * gap, 12.0)
        drawn.append(
            f'<path d="M {-inner:.2f} {top - 3:.2f} L {inner:.2f} {top - 3:.2f} '
            f"C {0.96 * inner:.2f} {top + depth:.2f} {0.5 * inner:.2f} {top + depth:.2f} 0 {top + depth:.2f} "
            f"C {-0.5 * inner:.2f} {top + depth:.2f} {-0.96 * inner:.2f} {top + depth:.2f} "
            f'{-inner:.2f} {top - 3:.2f} Z" fill="{_TEETH}"/>'
        )
        if gap > 14:
            drawn.append(
                f'<ellipse cx="0" cy="{bottom - 0.04 * gap:.2f}" rx="{0.48 * half:.2f}" '
                f'ry="{0.24 * gap:.2f}" fill="{_TONGUE}"/>'
            )
    drawn.append(
        f'<path d="{start} C {-0.62 * half:.2f} {bow + 6:.2f} {-0.32 * half:.2f} {bow - 1:.2f} '
        f"{-0.14 * half:.2f} {bow:.2f} Q 0 {bow + 4:.2f} {0.14 * half:.2f} {bow:.2f} "
        f"C {0.32 * half:.2f} {bow - 1:.2f} {0.62 * half:.2f} {bow + 6:.2f} {half:.2f} {corner:.2f} "
        f'{back}" fill="{_UPPER}"/>'
    )
    drawn.append(
        f'<path d="{start} C {-0.55 * half:.2f} {lower:.2f} {0.55 * half:.2f} {lower:.2f} '
        f"{half:.2f} {corner:.2f} C {0.6 * half:.2f} {outer:.2f} {-0.6 * half:.2f} {outer:.2f} "
        f'{-half:.2f} {corner:.2f} Z" fill="{_LOWER}"/>'
    )
    drawn.append(
        f'<ellipse cx="{-0.12 * half:.2f}" cy="{bottom + 6.5 * thick:.2f}" rx="{0.24 * half:.2f}" '
        f'ry="{2.2 * thick:.2f}" fill="{_SHINE}" opacity="0.8"/>'
    )
    if gap <= 3:
        drawn.append(
            f'<path d="{start} {edge}" fill="none" stroke="{_SEAM}" stroke-width="3.4" '
            f'stroke-linecap="round"/>'
        )
    return "".join(drawn)
