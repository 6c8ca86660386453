"""CSS in an SVG file, worked into the attributes of the elements.

Selectors are what design tools write: a tag, classes, an id, and `*`. Any other is refused by name.

Source: https://www.w3.org/TR/css-cascade-4/ and https://www.w3.org/TR/SVG2/styling.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from kiosk.draw.svg.values import ValueRefusedError, short

MAX_CHARACTERS = 128 << 10
"""Of all stylesheets of a file together."""
MAX_NESTING = 8
"""Brackets within brackets, which the tokeniser follows by recursion."""
MAX_APPLIED = 100_000
"""Declarations of rules, counted once for each element that they apply to."""
_WIDE_GAMUT = re.compile(r"(color|lab|lch|oklab|oklch|color-mix)\(")
"""Colours of CSS 4, not drawn: Figma writes the same colour in sRGB before them, and that is."""
_REMEDY = "export it with styles as attributes (Presentation Attributes, plain SVG)"


class _Declaration(NamedTuple):
    name: str
    value: str
    is_important: bool


class _Rule(NamedTuple):
    weight: tuple[int, int, int, int]
    """How many ids, classes and tags it names, and its place in the sheet: the larger wins."""
    tag: str
    ids: frozenset[str]
    classes: frozenset[str]
    declarations: Sequence[_Declaration]


def apply(root: Element, sheet: str) -> None:
    """Make properties attributes, and take `style` and `class` away.

    An attribute gives way to a rule, a rule to the element's own style, all to `!important`.

    Raises:
        ValueRefusedError: the stylesheet has something in it that is not read.
    """
    rules = _rules(sheet) if sheet.strip() else {}
    applied = 0
    for node in root.iter():
        own = node.attrib.pop("style", "")
        classes = node.attrib.pop("class", "").split()
        declared = [one for rule in _matching(rules, node, classes) for one in rule.declarations]
        applied += len(declared)
        if applied > MAX_APPLIED:
            raise ValueRefusedError(f"more than {MAX_APPLIED} declarations apply", _REMEDY)
        declared += _declarations(own)
        for name, value, _ in sorted(declared, key=lambda one: one.is_important):
            if not (name in node.attrib and _WIDE_GAMUT.match(value)):
                node.attrib[name] = value


def _declarations(style: str) -> Iterator[_Declaration]:
    """Declarations of a `style` attribute, which design tools write without quotes or comments."""
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        plain = value.removesuffix("!important")
        if plain.strip():
            yield _Declaration(name.strip().lower(), plain.strip(), plain != value)


def _matching(
    rules: Mapping[str, list[_Rule]], node: Element, classes: Sequence[str]
) -> list[_Rule]:
    """The rules for an element, the weakest first."""
    if not rules:
        return []
    identity = node.get("id", "")
    keys = {"*", node.tag, f"#{identity}", *(f".{name}" for name in classes)}
    here = [
        rule
        for key in keys
        for rule in rules.get(key, ())
        if rule.tag in {"*", node.tag} and rule.ids <= {identity} and rule.classes <= set(classes)
    ]
    return sorted(here, key=lambda rule: rule.weight)


def _rules(sheet: str) -> Mapping[str, list[_Rule]]:
    """The rules of a stylesheet, each by an id, a class or a tag that an element must have."""
    import tinycss2  # At its first use, because few drawings need it.

    if len(sheet) > MAX_CHARACTERS or _nesting(sheet) > MAX_NESTING:
        raise ValueRefusedError(
            f"more than {MAX_CHARACTERS >> 10} KiB, or {MAX_NESTING} brackets within each other",
            _REMEDY,
        )
    rules: dict[str, list[_Rule]] = defaultdict(list)
    for place, rule in enumerate(tinycss2.parse_stylesheet(sheet, True, True)):
        if rule.type == "at-rule" and rule.lower_at_keyword not in {"charset", "font-face"}:
            raise ValueRefusedError(f"@{short(rule.at_keyword)} is not read", _REMEDY)
        if rule.type != "qualified-rule":
            continue
        declared = [
            _Declaration(one.lower_name, tinycss2.serialize(one.value).strip(), one.important)
            for one in tinycss2.parse_blocks_contents(rule.content)
            if one.type == "declaration"
        ]
        for selector in _selectors(rule.prelude):
            made = _rule(selector, place, declared)
            key = next((f"#{name}" for name in made.ids), None) or next(
                (f".{name}" for name in made.classes), made.tag
            )
            rules[key].append(made)
    return rules


def _nesting(sheet: str) -> int:
    depth = deepest = 0
    for letter in sheet:
        depth = max(depth + (letter in "([{") - (letter in ")]}"), 0)
        deepest = max(deepest, depth)
    return deepest


def _selectors(prelude: Sequence[Any]) -> Iterator[list[Any]]:
    """The parts between commas, without the blanks around them."""
    part: list[Any] = []
    for one in [*prelude, None]:
        if one is not None and one != ",":
            part.append(one)
            continue
        while part and part[-1].type == "whitespace":
            part.pop()
        while part and part[0].type == "whitespace":
            part.pop(0)
        yield part
        part = []


def _rule(selector: Sequence[Any], place: int, declared: Sequence[_Declaration]) -> _Rule:
    tag, ids, classes = "*", [], []
    parts = iter(selector)
    for at, one in enumerate(parts):
        if one.type == "ident" and at == 0:
            tag = one.value
        elif one.type == "hash":
            ids.append(one.value)
        elif one == "." and (name := next(parts, None)) is not None and name.type == "ident":
            classes.append(name.value)
        elif one != "*" or at:
            text = short("".join(part.serialize() for part in selector))
            raise ValueRefusedError(f'the selector "{text}" is not read', _REMEDY)
    weight = (len(ids), len(classes), int(tag != "*"), place)
    return _Rule(weight, tag, frozenset(ids), frozenset(classes), declared)
