"""Schemas of tools as anybody might write them, and arguments for them, by a seed."""

import random
from typing import Any

WORDS = ("room", "name", "day", "floor", "kind", "q", "größe", "a b", "x_y")
TEXTS = ("red", "green", "", "blau", "a\nb", "7")


class SchemaMaker:
    """One schema a seed: most are sound, some use what the service lacks, some are broken."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.odd = self.random.random() < 0.3
        """Whether it may hold what nobody should write."""

    def tool(self) -> Any:
        """The schema of all arguments of a tool."""
        if self.odd and self.random.random() < 0.1:
            return self.random.choice([None, [], {"type": "string"}, {"type": "array"}, 5])
        schema = self.object(0)
        if not self.odd or self.random.random() < 0.8:
            schema["$defs"] = {"ref": self.any(3)}
        if self.odd and self.random.random() < 0.2:
            schema |= self.oddity()
        return schema

    def object(self, depth: int) -> dict[str, Any]:
        """An object; at times with nothing in it."""
        names = self.random.sample(WORDS, self.random.choice([0, 1, 2, 2, 3, 4]))
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {n: self.any(depth + 1) for n in names},
        }
        if names and self.random.random() < 0.6:
            schema["required"] = self.random.sample(names, self.random.randint(0, len(names)))
        if self.random.random() < 0.4:
            schema["additionalProperties"] = self.random.choice([False, False, True, {}])
        return schema

    def any(self, depth: int) -> Any:
        """A schema of anything."""
        makers = [self.text, self.text, self.number, self.flag, self.choice]
        if depth < 4:
            makers += [self.list, self.object, self.either, self.both]
        if depth < 3 and self.random.random() < 0.1:
            return {"$ref": "#/$defs/ref", "description": "As there."}
        maker = self.random.choice(makers)
        schema = maker(depth)
        if self.random.random() < 0.3:
            schema["description"] = self.random.choice(
                ["What it is.", "x" * 900, "a\x1b[31mb\u202e"]
            )
        if self.random.random() < 0.1:
            schema["title"] = "T"
        if self.random.random() < 0.1:
            schema["nullable"] = False
        if self.odd and self.random.random() < 0.1:
            schema |= self.oddity()
        return schema

    def text(self, _: int) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": self.random.choice(["string", "string", ["string", "null"]])
        }
        for name, value in (("minLength", 1), ("maxLength", 40), ("default", "red")):
            if self.random.random() < 0.2:
                schema[name] = value
        return schema

    def number(self, _: int) -> dict[str, Any]:
        kind = self.random.choice(["integer", "integer", "number"])
        schema: dict[str, Any] = {"type": kind}
        for name in ("minimum", "maximum") + ("exclusiveMinimum", "exclusiveMaximum") * (
            kind == "integer"
        ):
            if self.random.random() < 0.25:
                low = "in" in name[-7:].lower() and name.endswith("inimum")
                schema[name] = self.random.randint(-5, 0) if low else self.random.randint(3, 9)
        return schema

    def flag(self, _: int) -> dict[str, Any]:
        return {"type": self.random.choice(["boolean", ["boolean", "null"], ["boolean", "string"]])}

    def choice(self, _: int) -> dict[str, Any]:
        return dict(
            self.random.choice(
                [
                    {"type": "string", "enum": self.random.sample(TEXTS, 3)},
                    {"enum": self.random.sample(TEXTS, 2)},
                    {"enum": ["red", None, 4]},
                    {"type": "integer", "enum": [1, 2, 3]},
                    {"type": "integer", "enum": [1, 5, 9]},
                    {"type": ["string", "null"], "enum": ["red", None]},
                    {"const": self.random.choice(["red", 4, 2.5, None, True])},
                    {"type": "boolean", "enum": [True, False]},
                    {"type": "number", "enum": [0.5, 2]},
                ]
            )
        )

    def list(self, depth: int) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array", "items": self.any(depth + 1)}
        if self.random.random() < 0.3:
            schema["maxItems"] = 3
        return schema

    def either(self, depth: int) -> dict[str, Any]:
        options = [self.any(depth + 1) for _ in range(self.random.choice([1, 2, 3]))]
        options += [{"type": "null"}] * (self.random.random() < 0.4)
        return {self.random.choice(["anyOf", "oneOf"]): options}

    def both(self, depth: int) -> dict[str, Any]:
        return {"allOf": [self.object(depth), self.object(depth)]}

    def oddity(self) -> dict[str, Any]:
        """What is broken, or cannot be told."""
        return dict(
            self.random.choice(
                [
                    {"type": "date"}, {"type": 5}, {"type": []}, {"required": ["nowhere"]},
                    {"required": [5]}, {"properties": []}, {"not": {"type": "string"}},
                    {"if": {}, "then": {}}, {"patternProperties": {".": {}}}, {"enum": []},
                    {"enum": "red"}, {"enum": [{}, []]}, {"items": [{}, {}]}, {"prefixItems": []},
                    {"$ref": "#"}, {"$ref": "#/nowhere"}, {"$ref": "https://a.example/s"},
                    {"$ref": 5}, {"allOf": 5}, {"allOf": [5]}, {"anyOf": []}, {"anyOf": 7},
                    {"minimum": "x"}, {"minimum": float("inf")}, {"exclusiveMinimum": True},
                    {"maxLength": -1}, {"maxLength": "x"}, {"maxItems": 1e400},
                    {"description": 5}, {"description": None}, {"format": 5}, {"items": True},
                    {"additionalProperties": {"type": "string"}, "properties": {}}, {"const": {}},
                ]
            )
        )  # fmt: skip


def value_of(schema: dict[str, Any], rand: random.Random) -> Any:
    """A value that a declared schema takes, as far as a guess goes."""
    if "anyOf" in schema:
        return value_of(rand.choice(schema["anyOf"]), rand)
    if schema.get("nullable") and rand.random() < 0.2:
        return None
    match schema["type"]:
        case "STRING":
            return rand.choice(schema.get("enum") or ["red", "x" * 30, "5"])
        case "BOOLEAN":
            return rand.random() < 0.5
        case "INTEGER" | "NUMBER":
            least, most = schema.get("minimum", -9), schema.get("maximum", 9)
            return rand.choice([least, most, rand.uniform(least, most), int(least) + 1])
        case "ARRAY":
            return [value_of(schema["items"], rand) for _ in range(rand.randint(0, 4))]
    needed = schema.get("required", [])
    told = {n: s for n, s in schema["properties"].items() if n in needed or rand.random() < 0.6}
    return {name: value_of(one, rand) for name, one in told.items()}


def disturbed(value: Any, rand: random.Random) -> Any:
    """The value with one thing in it that may be wrong."""
    if isinstance(value, dict) and value and rand.random() < 0.8:
        name = rand.choice(list(value))
        return {**value, name: disturbed(value[name], rand)}
    if isinstance(value, list) and value and rand.random() < 0.8:
        at = rand.randrange(len(value))
        return [*value[:at], disturbed(value[at], rand), *value[at + 1 :]]
    return rand.choice([None, True, 0, 4, 2.5, "red", "", "x" * 60, [], ["red"], {}, {"room": 1}])
