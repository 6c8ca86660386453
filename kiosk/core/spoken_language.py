"""In which of a few languages a transcript is written: by its script, then by its small words.

Made for the few languages of a house, not for all of the world: where small words do not decide, it
says that it does not know. `tests/core/test_spoken_language.py` measures it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

MAX_CHARACTERS = 400
"""Of a transcript that are looked at; a sentence is enough."""
SURE_WORDS = 3
"""So many small words of another language, and none of ours, make a transcript foreign."""
_LATIN = frozenset({"LATIN"})
_SCRIPTS = {
    "ar": {"ARABIC"}, "be": {"CYRILLIC"}, "bg": {"CYRILLIC"}, "bn": {"BENGALI"},
    "el": {"GREEK"}, "fa": {"ARABIC"}, "gu": {"GUJARATI"}, "he": {"HEBREW"},
    "hi": {"DEVANAGARI"}, "hy": {"ARMENIAN"}, "ja": {"HIRAGANA", "KATAKANA", "CJK"},
    "ka": {"GEORGIAN"}, "kn": {"KANNADA"}, "ko": {"HANGUL"}, "ml": {"MALAYALAM"},
    "mr": {"DEVANAGARI"}, "ne": {"DEVANAGARI"}, "pa": {"GURMUKHI"}, "ru": {"CYRILLIC"},
    "sr": {"CYRILLIC", "LATIN"}, "ta": {"TAMIL"}, "te": {"TELUGU"}, "th": {"THAI"},
    "uk": {"CYRILLIC"}, "ur": {"ARABIC"}, "zh": {"CJK"},
}  # fmt: skip
"""The first words of the names that Unicode gives the letters; of other languages, Latin."""
_SMALL_WORDS = {
    "de": "der die das den dem des ein eine einen einem einer und oder aber ist sind war wird"
    " werden haben hat ich du er sie wir ihr es nicht kein keine mit von zu zum zur im auf für"
    " bei nach aus wie was wo wann warum wer auch noch nur schon sehr hier da dort ja nein bitte"
    " danke kann können gibt uhr heute morgen finden links rechts guten tag hallo als wenn dass",
    "en": "the a an and or but is are was were be been have has had i you he she we they it not"
    " no with of to in on for at from by how what where when why who also only very here there"
    " yes please thank thanks can could will would there's it's you'll today tomorrow find left"
    " right hello as if that this these your my our do does which",
    "es": "el la los las un una unos y o pero es son está están fue ser hay tiene tienen yo tú él"
    " ella nosotros no con de del a al en por para desde cómo qué dónde cuándo quién también solo"
    " muy aquí allí sí favor gracias puede pueden hoy mañana izquierda derecha hola como que se su"
    " sus le lo me mi más usted abre cierra cuál",
    "fr": "le la les l un une des et ou mais est sont était être a ont avez je tu il elle nous vous"
    " ils ne pas avec de du au aux à en dans sur pour par chez comment que quoi où quand pourquoi"
    " qui aussi seulement très ici là oui non merci peut pouvez aujourd hui demain gauche droite"
    " bonjour comme si ce cette ces se sa son ses votre c d qu j plus y quelle quel",
    "it": "il lo la i gli le un uno una e o ma è sono era essere ha hanno ho io tu lui lei noi voi"
    " non con di del della dei a al alla in nel nella su per da dal come che cosa dove quando"
    " perché chi anche solo molto qui lì sì grazie può oggi domani sinistra destra ciao buongiorno"
    " si suo mi più questo questa c'è",
    "nl": "de het een en of maar is zijn was worden hebben heeft ik jij je hij zij wij we u niet"
    " geen met van te naar in op voor bij uit hoe wat waar wanneer waarom wie ook nog alleen al"
    " heel hier daar ja nee alstublieft dank kan kunt er vandaag morgen vindt links rechts hallo"
    " als dat dit deze uw mijn",
    "pt": "o a os as um uma e ou mas é são está estão foi ser há tem têm eu você ele ela nós não"
    " com de do da dos das ao à em no na nos nas por para desde como que onde quando quem também"
    " só muito aqui ali sim favor obrigado obrigada pode podem hoje amanhã esquerda direita olá se"
    " seu sua lhe me meu mais fica qual",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def primary(tag: str) -> str:
    """The language of a tag such as `de-DE`; Mandarin and Cantonese are written as Chinese."""
    language = tag.partition("-")[0].lower()
    return {"cmn": "zh", "yue": "zh"}.get(language, language)


def language_of(text: str, among: Sequence[str]) -> str:
    """Which of some languages a text is written in; empty where that cannot be told.

    Args:
        text: a transcript, or its beginning.
        among: languages such as `de`.
    """
    fitting = _of_script(text, among)
    if len(fitting) <= 1:
        return fitting[0] if fitting else ""
    small = _small_words(text, fitting)
    (first, most), (_, second) = sorted(small.items(), key=lambda one: -one[1])[:2]
    return first if most > second else ""


def is_foreign(text: str, among: Sequence[str]) -> bool:
    """Whether a text is surely written in none of some languages, or in none of their scripts."""
    if not any(c.isalpha() for c in text[:MAX_CHARACTERS]):
        return False
    fitting = _of_script(text, among)
    if not fitting:
        return True
    if not all(language in _WORDS for language in fitting):
        return False  # Of one of them we know no words: it may be that.
    small = _small_words(text, tuple(_WORDS))
    return not any(small[ours] for ours in fitting) and max(small.values()) >= SURE_WORDS


def _of_script(text: str, among: Sequence[str]) -> tuple[str, ...]:
    """Those of the languages that are written in the script of most of the letters."""
    letters = (c for c in text[:MAX_CHARACTERS] if c.isalpha())
    scripts = Counter(unicodedata.name(c, "?").split()[0].split("-")[0] for c in letters)
    if not scripts:
        return ()
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    most = "HIRAGANA" if kana and kana + scripts["CJK"] >= scripts.total() / 2 else ""
    most = most or scripts.most_common(1)[0][0]
    fitting = tuple(one for one in among if most in _SCRIPTS.get(one, _LATIN))
    # Without any kana it is Chinese, where both are spoken.
    return ("zh",) if most == "CJK" and "zh" in fitting else fitting


def _small_words(text: str, languages: Sequence[str]) -> dict[str, int]:
    words = [word.lower() for word in _WORD.findall(text[:MAX_CHARACTERS])]
    known = {one: _WORDS.get(one, frozenset()) for one in languages}
    return {one: sum(word in of_it for word in words) for one, of_it in known.items()}
