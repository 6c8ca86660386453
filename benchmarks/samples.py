"""Sample words in each language, for the preview, the gallery and what is measured of captions."""

from msgspec import Struct

from kiosk.cli.avatars_preview import ANSWER, QUESTION


class SampleWords(Struct, frozen=True):
    """A visitor's question, the answer in two pieces, and a card."""

    question: str
    answer: tuple[str, str]
    title: str
    text: str
    items: tuple[str, ...]


SAMPLES = {
    "en": SampleWords(
        QUESTION,
        ANSWER,
        "The steam engine",
        "Built in 1887. It drove the looms of a whole street until 1952.",
        ("Main hall, ground floor", "Every Sunday at 3 pm", "Admission is free"),
    ),
    "de": SampleWords(
        "Wann wurde die große Dampfmaschine gebaut, und läuft sie noch?",
        (
            "Die Dampfmaschine in der Halle wurde 1887 gebaut. ",
            "Sie trieb die Webstühle einer ganzen Straße an und läuft noch jeden Sonntag um drei.",
        ),
        "Die Dampfmaschine",
        "Gebaut 1887. Sie trieb bis 1952 die Webstühle einer ganzen Straße an.",
        ("Haupthalle, Erdgeschoss", "Jeden Sonntag um 15 Uhr", "Der Eintritt ist frei"),
    ),
    "es": SampleWords(
        "¿Cuándo se construyó la gran máquina de vapor, y funciona todavía?",
        (
            "La máquina de vapor de la sala se construyó en 1887. ",
            "Movía los telares de toda una calle y aún funciona cada domingo a las tres.",
        ),
        "La máquina de vapor",
        "Construida en 1887. Movió los telares de toda una calle hasta 1952.",
        ("Sala principal, planta baja", "Cada domingo a las 15 h", "La entrada es gratuita"),
    ),
    "fr": SampleWords(
        "Quand la grande machine à vapeur a-t-elle été construite ?",
        (
            "La machine à vapeur de la halle a été construite en 1887. ",
            "Elle entraînait les métiers de toute une rue, et tourne encore chaque dimanche.",
        ),
        "La machine à vapeur",
        "Construite en 1887. Elle entraîna les métiers de toute une rue jusqu’en 1952.",
        ("Grande halle, rez-de-chaussée", "Chaque dimanche à 15 h", "Entrée libre"),
    ),
    "pt": SampleWords(
        "Quando foi construída a grande máquina a vapor, e ainda funciona?",
        (
            "A máquina a vapor do salão foi construída em 1887. ",
            "Movia os teares de uma rua inteira e ainda funciona todos os domingos às três.",
        ),
        "A máquina a vapor",
        "Construída em 1887. Moveu os teares de uma rua inteira até 1952.",
        ("Salão principal, rés do chão", "Todos os domingos às 15 h", "Entrada gratuita"),
    ),
    "zh": SampleWords(
        "那台大蒸汽机是什么时候建造的？现在还能运转吗？",
        (
            "大厅里的蒸汽机建于1887年。",
            "它曾带动整条街的织布机，现在每个星期天下午三点仍会运转。",
        ),
        "蒸汽机",
        "建于1887年，直到1952年都带动着整条街的织布机。",
        ("一楼主展厅", "每周日下午三点", "免费参观"),
    ),
    "ja": SampleWords(
        "大きな蒸気機関はいつ造られましたか。今も動きますか。",
        (
            "ホールの蒸気機関は1887年に造られました。",
            "通り全体の織機を動かしていて、今も毎週日曜日の三時に動きます。",
        ),
        "蒸気機関",
        "1887年に造られ、1952年まで通り全体の織機を動かしました。",
        ("1階メインホール", "毎週日曜日 午後3時", "入場無料"),
    ),
    "ar": SampleWords(
        "متى بُنيت الآلة البخارية الكبيرة؟ وهل ما زالت تعمل؟",
        (
            "بُنيت الآلة البخارية في القاعة عام 1887. ",
            "كانت تشغّل أنوال شارع كامل، وما زالت تعمل كل يوم أحد (Sunday) في الثالثة.",
        ),
        "الآلة البخارية",
        "بُنيت عام 1887، وشغّلت أنوال شارع كامل حتى عام 1952.",
        ("القاعة الرئيسية، الطابق الأرضي", "كل يوم أحد الساعة 3", "الدخول مجاني"),
    ),
}
