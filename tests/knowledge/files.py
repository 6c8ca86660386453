"""Files of knowledge, whole and broken, made without the libraries that read them."""

import io
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{}END:VCALENDAR\r\n"
EVENT = "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n{lines}END:VEVENT\r\n"
MUSEUM = '[[entry]]\nquestions = ["where is it"]\nanswer = "There."\n'


def calendar(*events: str) -> str:
    """A calendar; each event as its lines, such as `DTSTART:20261205T140000`."""
    told = [
        EVENT.format(uid=number, lines="".join(f"{line}\r\n" for line in lines.split("\n")))
        for number, lines in enumerate(events)
    ]
    return CALENDAR.format("".join(told))


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    """An .xlsx. Source: ECMA-376, with what it cannot do without."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    names = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    targets = "".join(
        f'<Relationship Id="r{n}" Type="{rel}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml"'
        f' ContentType="application/xml"/><Override PartName="/xl/workbook.xml"'
        f' ContentType="{types}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1"'
        f' Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>{names}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{targets}'
        "</Relationships>",
    }
    for n, rows in enumerate(sheets.values(), 1):
        lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return packed.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text on each page. Source: ISO 32000-1, 7.5."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R"
            f" >> >> /Contents {5 + 2 * n} 0 R >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        out
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\n"
            f"startxref\n{len(out)}\n%%EOF\n"
        ).encode()
    )


def broken() -> Iterator[tuple[str, bytes]]:
    """Names and contents of files that cannot be used, each in another way."""
    texts = {
        "empty": b"", "blank": b" \n\t\n", "latin": "Caf\xe9".encode("latin-1"),
        "utf16": "words".encode("utf-16"), "utf32": "words".encode("utf-32"),
        "cut": "Grüße".encode()[:3], "stray": b"ok\n\xff\xfe\xfd", "nuls": b"\0\0\0\0words",
    }  # fmt: skip
    for suffix in ("md", "txt", "csv", "tsv", "toml", "ics", "markdown"):
        for name, data in texts.items():
            yield f"{name}.{suffix}", data
    tables = {
        "wide": "a,b\n1,2,3\n", "open": 'a,b\n"1,2\n', "late": "a;b\n1;2\n3;4;5\n",
        "quote": 'a,b\n"x"y,2\n', "names": "a,b,c\n", "rows": "a,b\n,\n,\n",
        "long": "a,b\n" + "1,2\n" * 20_001,
    }  # fmt: skip
    for name, text in tables.items():
        yield f"{name}.csv", text.encode()
    for number, text in enumerate(_questions()):
        yield f"questions{number}.toml", text.encode()
    good = workbook({"Rooms": [["room", "floor"], ["Hall", 1]]})
    for number in range(40):
        yield f"cut{number}.xlsx", good[: len(good) * number // 41]
    yield "sheetless.xlsx", workbook({})
    yield "bare.xlsx", workbook({"Rooms": [["room", "floor"]]})
    yield "words.xlsx", b"room,floor\nHall,1\n"
    yield "words.ods", b"room,floor\nHall,1\n"
    page = pdf("Hello", "World")
    for number in range(20):
        yield f"cut{number}.pdf", page[: len(page) // 3 * number // 20]
    yield "silent.pdf", pdf("", "")
    yield "words.pdf", b"Hello"
    yield "rootless.pdf", page.replace(b"/Root 1 0 R", b"/Root 9 0 R").replace(b"/Catalog", b"/Cat")
    for number, text in enumerate(_calendars()):
        yield f"calendar{number}.ics", text.encode()


def _questions() -> Iterator[str]:
    entry = MUSEUM
    yield from (
        'use = "x"\n',
        "use = ?",
        "[[entry]]\n",
        'greeting = "Hi"\n',
        "entry = []\n",
        "[place.a]\n",
    )
    yield entry.replace("answer", "anser")
    yield entry.replace("questions", "question")
    yield entry.replace('"There."', "7")
    yield entry.replace('"There."', '" "')
    yield entry.replace('["where is it"]', "[]")
    yield entry.replace('["where is it"]', '"where"')
    yield entry.replace('["where is it"]', "[1]")
    yield entry.replace("where is it", "42?")
    yield entry + 'use = "b"\nuse = "c"\n'
    yield entry + "colour = 'red'\n"
    yield entry + "call = 'x'\n"
    yield entry + "call = { nam = 'x' }\n"
    yield entry.replace("[[entry]]", "[entry]")
    yield entry + "[place.a]\ngreeting = 'x'\nfallback = 'y'\n"
    yield 'use = "a"\n[place.b]\nentry = []\n'
    yield "a = " + "[" * 2000
    yield "a = " + "9" * 5000
    yield from (entry[:at] for at in range(4, 50, 3))


def _calendars() -> Iterator[str]:
    whole = calendar("DTSTART:20261205T140000\nDTEND:20261205T150000\nSUMMARY:Tour")
    yield "BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 2
    yield "SUMMARY:Tour\r\n"
    yield "END:VCALENDAR\r\n"
    yield "no calendar at all"
    yield whole.replace("END:VEVENT\r\n", "")
    yield calendar("DTSTART:20261205T140000\nRRULE:FREQ=SECONDLY\nSUMMARY:Too often")
    yield calendar(*["DTSTART:20261205T140000\nSUMMARY:Tour"] * 5001)
    yield from (whole[:at] for at in range(20, len(whole) - 15, 5))
