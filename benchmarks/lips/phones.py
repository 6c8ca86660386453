"""Phones → visemes: every voice's alphabet by way of IPA."""

import unicodedata
from typing import NamedTuple

_IPA = {
    "PP": "pbmβɓ",
    "FF": "fvʋɱɸ",
    "TH": "θð",
    "DD": "tdɾʈɖ",
    "kk": "kɡgxχɣqcɟɢʁħʕ",
    "CH": "ʃʒɕʑçʂʐ",
    "SS": "sz",
    "nn": "nŋlɫɭɲʎɳɴ",
    "RR": "rɹɽɻɚɝɜ",
    "aa": "aɑæʌɐä",
    "E": "eɛəɘɵ",
    "ih": "iɪɨjʝɯ",
    "oh": "oɔɒøœ",
    "ou": "uʊwyɥʏʉ",
}
_VISEME = {letter: viseme for viseme, letters in _IPA.items() for letter in letters}
_AFFRICATES = {"tʃ": "ʃ", "dʒ": "ʒ", "tɕ": "ɕ", "dʑ": "ʑ", "ts": "s", "dz": "z", "pf": "p"}
_BREATH = "hɦʔ"
"""No shape of their own: lips wait in that of what follows."""

_ARPABET = {
    **{"aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "ay": "aɪ"},
    **{"ch": "ʃ", "dh": "ð", "eh": "ɛ", "er": "ɚ", "ey": "eɪ", "hh": "h", "ih": "ɪ", "iy": "i"},
    **{"jh": "ʒ", "ng": "ŋ", "ow": "oʊ", "oy": "ɔɪ", "r": "ɹ", "sh": "ʃ", "th": "θ"},
    **{"uh": "ʊ", "uw": "u", "y": "j", "zh": "ʒ"},
}
_SAMPA = {
    **{"J": "ɲ", "L": "ʎ", "S": "ʃ", "Z": "ʒ", "tS": "ʃ", "dZ": "ʒ", "ng": "ŋ", "rr": "r"},
    **{"E": "ɛ", "O": "ɔ", "ax": "ə", "N": "ŋ", "D": "ð", "B": "β", "G": "ɣ", "T": "θ"},
}
_CZECH = {
    **{"_": "ʔ", "c": "s", "c~": "ʃ", "ch": "x", "d~": "ɟ", "dz": "z", "dz~": "ʒ", "n~": "ɲ"},
    **{"n*": "ŋ", "r~": "rʒ", "r~*": "rʃ", "s~": "ʃ", "t~": "c", "z~": "ʒ", "h": "h"},
}
_FINNISH = {"@": "æ", "7": "ø", "N": "ŋ", "##": "ʔ", "S": "ʃ"}
_RUSSIAN = {
    **{"aa": "a", "ae": "e", "ay": "ə", "ee": "e", "ii": "i", "oo": "o", "uu": "u", "ur": "ʊ"},
    **{"y": "ɨ", "yy": "ɨ", "c": "s", "ch": "ɕ", "h": "x", "hh": "x", "sch": "ɕ", "sh": "ʃ"},
    **{"zh": "ʒ", "j": "j"},
}
ALPHABETS = {
    "arpabet": _ARPABET,
    "sampa": _SAMPA,
    "czech": _CZECH,
    "finnish": _FINNISH,
    "russian": _RUSSIAN,
}
SILENT = ("", "#", "pau", "h#", "sil", "_:")


class Phone(NamedTuple):
    """A phone of an utterance, in the alphabet of its voice."""

    name: str
    start_s: float
    end_s: float


class Piece(NamedTuple):
    """A stretch in which the lips have one aim."""

    viseme: str
    start_s: float
    end_s: float


def ipa(name: str, alphabet: str | None) -> str:
    """A phone's name in IPA; `alphabet` is one of ALPHABETS, None where it is IPA already."""
    if alphabet is None or name in SILENT:
        return name
    known = ALPHABETS[alphabet]
    plain = name.rstrip("012:")
    for each in (name, plain):
        if each in known:
            return known[each]
    # Russian writes what is palatalised double.
    return plain[:1] if alphabet == "russian" else plain


def visemes(name: str) -> list[str]:
    """The visemes of a phone in IPA, in their order; "h" stands for breath."""
    if name in SILENT:
        return ["sil"]
    plain = unicodedata.normalize("NFD", name)
    for affricate, fricative in _AFFRICATES.items():
        plain = plain.replace(affricate, fricative)
    found: list[str] = []
    for letter in plain:
        viseme = "h" if letter in _BREATH else _VISEME.get(letter)
        if viseme and (not found or found[-1] != viseme):
            found.append(viseme)
    return found


def pieces(phones: list[Phone], alphabet: str | None = None) -> list[Piece]:
    """What the lips do over an utterance.

    A diphthong passes from one shape to the next; a mark without a shape of its own (a language's
    name, "ʲ") prolongs what went before it.
    """
    result: list[Piece] = []
    for phone in phones:
        found = visemes(ipa(phone.name, alphabet)) if "(" not in phone.name else []
        if not found:
            if result:
                result[-1] = result[-1]._replace(end_s=phone.end_s)
            continue
        part_s = (phone.end_s - phone.start_s) / len(found)
        result += [
            Piece(viseme, phone.start_s + n * part_s, phone.start_s + (n + 1) * part_s)
            for n, viseme in enumerate(found)
        ]
    for at in range(len(result) - 1, -1, -1):
        if result[at].viseme == "h":
            after = result[at + 1].viseme if at + 1 < len(result) else "sil"
            result[at] = result[at]._replace(viseme="E" if after == "sil" else after)
    joined: list[Piece] = []
    for piece in result:
        if piece.end_s <= piece.start_s:
            continue
        if joined and joined[-1].viseme == piece.viseme:
            joined[-1] = joined[-1]._replace(end_s=piece.end_s)
        else:
            joined.append(piece)
    return joined
