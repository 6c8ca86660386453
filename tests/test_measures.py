"""What `make measures` counts is what is there."""

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def measures():
    loader = SourceFileLoader("measures", str(REPOSITORY / "scripts/measures"))
    module = module_from_spec(spec_from_loader("measures", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def house(measures, tmp_path: Path):
    """Makes a checkout of the files given, each by its path."""

    def make(**files: str):
        for name in ("kiosk/__init__.py", "tests/__init__.py"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("")
        for name, text in files.items():
            file = tmp_path / f"{name.replace('__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return measures.House(tmp_path)

    return make


def names(findings) -> list[str]:
    return [str(finding) for finding in findings]


def test_lines_of_code_are_without_comments_blanks_and_docstrings(house):
    text = '"""One\nTwo."""\n\nX = 1  # said beside it\n# alone\n"""What X is."""\nY = """a\nb"""\n'
    module = next(m for m in house(kiosk__core__x=text).modules if m.stem == "x")
    assert module.code_lines == 3
    assert module.room == "core"


def test_a_module_at_the_root_is_found(house):
    found = house(kiosk__errors="", kiosk__thing="", kiosk__core__x="").root_modules()
    assert names(found) == ["kiosk/thing.py: belongs into a room"]


def test_what_is_too_long_is_found(house):
    long = "def f():\n" + "    pass\n" * 59
    made = house(kiosk__core__long=long + "    pass\n", kiosk__core__short=long + "\n" * 400)
    assert names(made.long_functions()) == ["kiosk/core/long.py:1: f: 61 lines"]
    assert names(made.long_files()) == ["kiosk/core/short.py: 460 lines"]


def test_a_name_that_occurs_twice_is_found(house):
    made = house(kiosk__a__wire="class Line: ...", kiosk__b__wire="class Line: ...")
    assert names(made.classes_twice()) == ["kiosk/a/wire.py:1, kiosk/b/wire.py:1: Line"]
    assert names(made.modules_twice()) == ["kiosk/a/wire.py, kiosk/b/wire.py: wire"]


def test_two_vendors_parts_may_be_called_alike(house):
    assert not house(kiosk__a__session="", kiosk__b__session="").modules_twice()


UTTERANCE = "class Utterance:\n    begun: bool = False\n    start: int = 0\n"


def test_booleans_of_an_utterance_are_counted(house):
    found = house(kiosk__core__outgoing=UTTERANCE).utterance_booleans()
    assert names(found) == ["kiosk/core/outgoing.py:2: begun"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("session.outbox.trim()", ["session.outbox"]),
        ("u.begun", ["u.begun"]),
        ("utterance.start", ["utterance.start"]),
        ("press.start", []),  # A name that others have too.
        ("task.begun()", []),  # A method, where the utterance has a field.
        ("other._hidden", ["other._hidden"]),
        ("self._own + cls._own", []),
        ("os._exit(1)", []),
    ],
)
def test_reaching_past_the_door_is_found(house, line: str, found: list[str]):
    made = house(
        kiosk__core__outgoing=UTTERANCE,
        kiosk__core__inside="session.outbox",
        kiosk__a__others="class Press:\n    start: int = 0\n",
        kiosk__live__dialer=line,
    )
    assert names(made.reach_ins()) == [f"kiosk/live/dialer.py:1: {one}" for one in found]


def report(root: Path) -> str:
    """In a process of its own: this one has imported the real house."""
    command = [sys.executable, REPOSITORY / "scripts/measures", root]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_circle_is_found(house, tmp_path: Path):
    house(kiosk__a__one="import kiosk.b.two", kiosk__b__two="import kiosk.a.one")
    for room in "ab":
        (tmp_path / "kiosk" / room / "__init__.py").write_text('"""A room."""\ndef f(): ...\n')
    assert "     1 import circles\n         kiosk.a.one: kiosk.b.two\n" in report(tmp_path)


def test_a_module_without_its_test_file_is_found(house):
    made = house(
        kiosk__a__one="def f(): return 1",
        kiosk__a__two="def f(): return 1",
        kiosk__a__data="X = 1",
        kiosk__a__protocol="class P:\n    def f(self): ...",
        tests__a__test_two_slowly="",
    )
    assert names(made.untested()) == ["kiosk/a/one.py: no tests/a/test_one.py"]


def test_a_module_that_is_tested_through_another_is_named_in_the_mirror(house, tmp_path: Path):
    made = house(kiosk__a__one="def f(): return 1", kiosk__a__two="def f(): return 1")
    house(tests__a__test_two="", tests__a__test_whole="")
    line = '[[through]]\ntests = ["tests/a/test_{}.py"]\nmodules = ["a/{}"]\n'
    (tmp_path / "tests/mirror.toml").write_text(line.format("whole", "one"))
    assert names(made.untested()) == []
    (tmp_path / "tests/mirror.toml").write_text(line.format("gone", "two"))
    assert names(made.untested()) == [
        "tests/mirror.toml: no tests/a/test_gone.py",
        "kiosk/a/one.py: no tests/a/test_one.py",
        "tests/mirror.toml: kiosk/a/two.py has its own test",
    ]


def test_a_test_that_cannot_fail_is_found(house):
    made = house(
        tests__a__test_one="def test_asserts():\n    assert f()\n"
        "def test_by_a_helper():\n    judged()\n"
        "def test_by_a_fixture(checked):\n    pass\n"
        "def test_nothing():\n    print()\n",
        tests__a__helpers="def judged():\n    raise ValueError\n"
        "def checked():\n    yield\n    judged()\n",
    )
    assert names(made.tests_that_cannot_fail()) == ["tests/a/test_one.py:7: test_nothing"]


def test_private_attributes_in_tests_are_found(house):
    made = house(tests__a__test_one="ring._words\n", tests__a__helper="ring._words\n")
    assert names(made.private_in_tests()) == ["tests/a/test_one.py:1: ring._words"]


def test_public_definitions_with_a_docstring_are_counted(house):
    text = 'class A:\n    """Told."""\n    def b(self): ...\n    def _c(self): ...\n'
    assert house(kiosk__a__one=text).documented() == (1, 2)


def test_words_of_the_old_dialect_are_names_in_their_rooms(house):
    made = house(
        kiosk__a__x='SENT_MOST = 1\n# pump\n"pump"\npump()\n',
        kiosk__window__glass="glass = 1",
        kiosk__a__glass="glass = 1",
    )
    assert made.dialect() == {"SENT_MOST": 1, "pump": 1, "glass": 2}


def test_a_broken_floor_is_told_and_fails(house, measures, monkeypatch, capsys):
    made = house(kiosk__thing="")
    monkeypatch.setattr(measures, "FLOORS", ("modules at the root, beyond three",))
    assert not measures.check(made)
    assert "kiosk/thing.py: belongs into a room" in capsys.readouterr().err


def test_the_report_of_this_checkout_is_made_and_its_floors_hold(measures):
    lines = report(REPOSITORY).splitlines()
    assert any("lines of code in kiosk/" in line for line in lines)
    assert {f"{0:6} {floor}" for floor in measures.FLOORS} <= set(lines)
