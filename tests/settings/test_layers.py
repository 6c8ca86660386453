"""Layers, and a clear message for whatever can be wrong with one."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.errors import ConfigError
from kiosk.settings import packaged, show
from kiosk.settings.layers import TABLES, load
from tests.support.layers import bare, refused, write


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """Stands for /etc/kiosk."""
    folder = tmp_path / "etc"
    (folder / "kiosk.d").mkdir(parents=True)
    return folder


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A directory that this process may not enter; root becomes nobody for that."""
    write(tmp_path / "kiosk.toml", "")
    tmp_path.chmod(0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield tmp_path
    os.seteuid(was)
    tmp_path.chmod(0o700)


def refused_file(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load([file], system=Path("/nonexistent"))
    message = str(caught.value)
    assert str(file) in message
    return message


# --- the packaged default ------------------------------------------------------------------------


def test_the_default_is_the_documented_file() -> None:
    repository = Path(__file__).parents[2] / "config" / "kiosk.toml"
    assert packaged.path("kiosk.toml").read_bytes() == repository.read_bytes()


def tables_of(document: dict[str, Any], prefix: str = "") -> dict[str, dict[str, Any]]:
    """`{"a": {"b": {"c": 1}}}` to `{"a": {}, "a.b": {"c": 1}}`."""
    tables: dict[str, dict[str, Any]] = {}
    for name, table in document.items():
        if isinstance(table, dict):
            tables[f"{prefix}{name}"] = {k: v for k, v in table.items() if not isinstance(v, dict)}
            tables |= tables_of(table, f"{prefix}{name}.")
    return tables


def test_the_default_names_every_key_and_explains_it() -> None:
    text = packaged.path("kiosk.toml").read_text("utf-8")
    document = tomllib.loads(text)
    assert {table: set(keys) for table, keys in tables_of(document).items()} == {
        table: set(keys) for table, keys in TABLES.items()
    }
    lines = text.splitlines()
    table = ""
    for i, line in enumerate(lines):
        if line.startswith("["):
            table = line[1 : line.index("]")]
        name = line.partition(" = ")[0]
        if table in TABLES and name in TABLES[table]:
            assert lines[i - 1].startswith("#"), f"{name} is not explained"


def test_the_defaults_of_the_issue() -> None:
    default = bare().settings
    assert default.live.api == "developer"
    assert default.live.endpoint == ""
    assert default.live.model == "gemini-3.8-live"
    assert default.live.give_up_s == 90
    assert default.visit.end_after_s == 60
    assert default.audio.input == default.audio.output == "default"
    button = default.button
    assert (button.source, button.pre_roll_ms, button.tail_ms) == ("gpio", 300, 250)
    assert (button.min_hold_ms, button.max_hold_s) == (120, 60)
    assert default.display.driver == "auto"
    assert default.display.size is None
    assert default.avatar.driver == "face"


# --- layers --------------------------------------------------------------------------------------


def test_later_layers_win_key_by_key(etc: Path, tmp_path: Path) -> None:
    write(etc / "kiosk.toml", '[live]\nvoice = "Puck"\nlanguage = "de-DE"\n[button]\npin = 5\n')
    write(etc / "kiosk.d" / "20-b.toml", '[live]\nvoice = "Aoede"\n')
    write(etc / "kiosk.d" / "10-a.toml", '[live]\nvoice = "Charon"\n[visit]\nend_after_s = 30\n')
    write(etc / "kiosk.d" / ".hidden.toml", "broken")
    write(etc / "kiosk.d" / "notes.txt", "broken")
    one = write(tmp_path / "one.toml", "[visit]\nend_after_s = 40\n[lamp]\npin = 6\n")
    two = write(tmp_path / "two.toml", "[visit]\nend_after_s = 50\n")

    loaded = load([one, two], ["lamp.pin=7", "lamp.pin=8"], system=etc)

    assert loaded.settings.live.voice == "Aoede"
    assert loaded.settings.live.language == "de-DE"
    assert loaded.settings.visit.end_after_s == 50
    assert loaded.settings.lamp.pin == 8
    assert loaded.origins["live.voice"] == str(etc / "kiosk.d" / "20-b.toml")
    assert loaded.origins["live.language"] == str(etc / "kiosk.toml")
    assert loaded.origins["visit.end_after_s"] == str(two)
    assert loaded.origins["lamp.pin"] == "--set"
    assert loaded.origins["live.model"] == str(packaged.path("kiosk.toml"))
    assert [Path(file).name for file in loaded.files] == [
        *("kiosk.toml", "kiosk.toml", "10-a.toml", "20-b.toml", "one.toml", "two.toml")
    ]


def test_a_mistake_counts_where_a_later_layer_hides_it_too(etc: Path) -> None:
    write(etc / "kiosk.toml", "[button]\npin = 99\n")
    with pytest.raises(ConfigError, match=r"kiosk\.toml, line 2: button\.pin = 99"):
        load(overrides=["button.pin=5"], system=etc)


# --- --set ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("live.endpoint=ws://127.0.0.1:1", "ws://127.0.0.1:1"),
        ("live.endpoint=ws://[::1]:8765/base", "ws://[::1]:8765/base"),
        ("live.endpoint=wss://gateway.example:8443/live", "wss://gateway.example:8443/live"),
        ("live.endpoint=", ""),
        ('live.endpoint=""', ""),
        ("live.voice=Puck", "Puck"),
        ("live.voice = Puck ", "Puck"),
        ("live.voice='Puck'", "Puck"),
        ("live.instructions=You are a host.", "You are a host."),
        ("live.instructions=a\nmodel = 1", "a\nmodel = 1"),
        ("live.instructions=1\nmodel = 1", "1\nmodel = 1"),
        ("audio.input=file:/x.wav?loop=1", "file:/x.wav?loop=1"),
        ("audio.input=file:/a b/x=y.wav", "file:/a b/x=y.wav"),
        ("audio.output=null", "null"),
        ("button.source=script:/tmp/s.jsonl", "script:/tmp/s.jsonl"),
        ("button.min_hold_ms=0", 0),
        ("live.give_up_s=2", 2.0),
        ("audio.volume=0.25", 0.25),
        ("display.fullscreen=false", False),
        ("display.size=800x480", (800, 480)),
        ("display.size=[1280, 720]", (1280, 720)),
        ('display.size="1920x1080"', (1920, 1080)),
        ("display.size=auto", None),
        ("display.rotation=90", 90),
    ],
)
def test_set(override: str, value: object) -> None:
    table, _, name = override.partition("=")[0].strip().partition(".")
    found = getattr(getattr(bare(override).settings, table), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("override", ["live", "pin=3", "=3", "live.=x", "a b.c=1", "live.model"])
def test_set_wants_a_key_and_a_value(override: str) -> None:
    assert "expected TABLE.KEY=VALUE" in refused(override)


def test_set_wants_utf_8() -> None:
    assert "not UTF-8" in refused("live.instructions=\udcff")


def test_set_tells_broken_toml_from_a_bare_word() -> None:
    assert "not valid TOML" in refused("display.size=[1280,")
    assert "not valid TOML" in refused('live.model="x')


# --- what can be wrong ---------------------------------------------------------------------------


def test_an_idle_time_that_cannot_be_switched_off_hints_at_keeping_alive() -> None:
    message = refused("avatar.heygen.disable_idle_timeout=true")
    assert "keeps the session alive" in message
    assert "avatar.heygen.activity_idle_timeout_s" in message


def test_all_mistakes_are_told_at_once(etc: Path) -> None:
    write(etc / "kiosk.toml", "[live\n")
    write(etc / "kiosk.d" / "10.toml", "[audio]\nvolume = 7\n[vist]\nx = 1\n[live]\nmodle = 1\n")
    with pytest.raises(ConfigError) as caught:
        load(overrides=["button.pin=99", "nonsense"], system=etc)
    broken, volume, table, key, pin, nonsense = str(caught.value).splitlines()
    assert broken.startswith(f"{etc}/kiosk.toml, line 1, column 6: not valid TOML")
    assert volume.startswith(f"{etc}/kiosk.d/10.toml, line 2: audio.volume = 7 cannot be used")
    assert "line 3: vist is no known table" in table
    assert "line 6: live.modle is no known key. Did you mean live.model?" in key
    assert pin.startswith("--set: button.pin = 99")
    assert nonsense.startswith("--set: ")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[live]\nlanguage = "de"\napi = "vertex"\n', 3, "live.project"),
        ("[live.tuning]\ncompress_at = 6000\n", 2, "live.tuning.compress_to"),
        ('[lamp]\ndriver = "led"\n[button]\npin = 18\n', 4, "lamp.pin"),
        ('[live]\nproject = ""\napi = "vertex"\n', 2, "live.project"),
    ],
)
def test_what_is_wrong_together_is_told_where_a_person_wrote_it(tmp_path, text, line, key):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load([file], system=None)
    assert str(error.value).startswith(f"{file}, line {line}: {key} = ")


@pytest.mark.parametrize(
    ("override", "remedy"),
    [
        ("zzz.x=1", "zzz is no known table. The tables are live, "),
        ("lamp.zzz=1", "The keys of [lamp] are "),
    ],
)
def test_what_resembles_no_name_is_answered_with_the_names(etc: Path, override: str, remedy: str):
    assert remedy in refused(override)


def test_keys_that_only_together_are_wrong(etc: Path) -> None:
    assert 'live.project = "" cannot be used' in refused("live.api=vertex")
    assert "live.location" in refused("live.api=vertex", "live.project=p", "live.location=")
    bare("live.api=vertex", "live.project=p")
    own = ("talk.mode=open", "avatar.driver=avatarim", "avatar.avatarim.mode=visitors-voice")
    assert 'Set "hold", or avatar.avatarim.mode = "voice-of-gemini"' in refused(*own)
    bare("talk.mode=open", "avatar.driver=avatarim", "avatar.avatarim.mode=voice-of-gemini")
    assert "the button's pin too" in refused("lamp.driver=led", "lamp.pin=17")
    bare("lamp.driver=led", "lamp.pin=17", "button.source=none")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("model = 'x'\n", "model is no known key. It belongs in a table: did you mean live.model?"),
        ("live = 3\n", "Write [live] once"),
        ("[[live]]\nvoice = 'Puck'\n", "in single brackets"),
        (
            "[live]\nvoice = Puck\n",
            ", line 2, column 9: not valid TOML (invalid value). Put text in straight",
        ),
        ("[live]\nvoice = 'a'\nvoice = 'b'\n", ", line 3, column 12: not valid TOML ("),
        ("[live\n", ", line 1, column 6: not valid TOML ("),
        ("[live]\nvoice = '", "not valid TOML ("),
        ("[button]\npin = " + "9" * 5000 + "\n", "not valid TOML ("),
        ("x = " + "[" * 100_000, "not usable TOML"),
    ],
)
def test_a_bad_file(tmp_path: Path, text: str, says: str) -> None:
    assert says in refused_file(write(tmp_path / "bad.toml", text))


def test_encodings(tmp_path: Path) -> None:
    file = tmp_path / "file.toml"
    text = "[live]\ninstructions = 'Grüß Gott'\n"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        file.write_bytes(text.encode(encoding))
        assert "expected UTF-8" in refused_file(file)
    file.write_bytes(text.encode("latin-1"))
    assert ", line 2: the byte 0xfc is not UTF-8, perhaps Latin-1" in refused_file(file)
    for encoding in ("utf-8", "utf-8-sig"):
        file.write_bytes(text.encode(encoding))
        loaded = load([file], system=Path("/nonexistent"))
        assert loaded.settings.live.instructions == "Grüß Gott"


def test_files_that_cannot_be_read(tmp_path: Path, etc: Path) -> None:
    assert "there is no such file" in refused_file(tmp_path / "absent.toml")
    assert "is a directory" in refused_file(tmp_path)
    assert "longer than 1 MiB" in refused_file(Path("/dev/zero"))
    (etc / "kiosk.d" / "gone.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="there is no such file"):
        load(system=etc)


def test_files_without_permission(locked: Path) -> None:
    assert "may not be read" in refused_file(locked / "kiosk.toml")
    with pytest.raises(ConfigError, match=r"kiosk\.d: cannot be listed: Permission denied"):
        load(system=locked)


SECRET = "AIzaSyA-secret-0123456789abcdefghijklmn"


@pytest.mark.parametrize(
    "override",
    [
        f"live.key={SECRET}",
        f"live.api_key={SECRET}",
        f"live.gemini-api-key={SECRET}",
        f"live.access_token={SECRET}",
        f"live.password={SECRET}",
        f"credentials.gemini={SECRET}",
        f"live.model=models/{SECRET}",
        f"live.model={SECRET}",
        f"live.instructions=Your key is {SECRET}",
        f"live.endpoint=wss://user:{SECRET}@gateway.example",
        f"live.endpoint=wss://gateway.example/?key={SECRET}",
        f"live.endpoint=wss://gateway.example/#{SECRET}",
        f"api_key={SECRET}",
        SECRET,
    ],
)
def test_a_secret_is_refused_and_not_repeated(override: str) -> None:
    message = refused(override)
    assert SECRET not in message
    if "=" in override and "." in override.partition("=")[0]:
        assert "secrets never stand in settings" in message or "not shown" in message


def test_a_secret_in_a_file_is_told_where_it_belongs(tmp_path: Path) -> None:
    message = refused_file(write(tmp_path / "x.toml", f'[live]\napi_key = "{SECRET}"\n'))
    assert SECRET not in message
    assert "gemini-api-key" in message
    assert "GEMINI_API_KEY" in message
    message = refused_file(write(tmp_path / "x.toml", f'api_key = "{SECRET}"\n'))
    assert SECRET not in message


# --- whatever a person writes --------------------------------------------------------------------

WORDS = st.sampled_from([*TABLES, *(name for keys in TABLES.values() for name in keys), "x", "key"])
VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "") + "'"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {as_toml(v)}" for k, v in value.items()) + "}"
    return str(value)


def load_or_refuse(file: Path) -> None:
    message = ""
    try:
        load([file], system=Path("/nonexistent"))
    except ConfigError as error:
        message = str(error)
    assert not message or str(file) in message


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "replace")))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None
)
def test_any_bytes_load_or_are_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "any.toml"
    file.write_bytes(data)
    load_or_refuse(file)


@given(st.dictionaries(WORDS, st.dictionaries(WORDS, VALUES, max_size=3) | VALUES, max_size=3))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400, deadline=None
)
def test_any_tables_load_or_are_refused(tmp_path: Path, tree: dict[str, object]) -> None:
    file = tmp_path / "any.toml"
    text = "\n".join(f"{key} = {as_toml(value)}" for key, value in tree.items())
    file.write_text(text, "utf-8", "replace")
    load_or_refuse(file)


@given(st.sampled_from(sorted(f"{t}.{k}" for t in TABLES for k in TABLES[t])), st.text(max_size=20))
@settings(max_examples=400, deadline=None)
def test_any_override_loads_or_is_refused(key: str, value: str) -> None:
    try:
        loaded = bare(f"{key}={value}")
    except ConfigError:
        return
    assert loaded.origins[key] == "--set"
    # What can be set can be shown, and read again.
    shown = tomllib.loads(show.text(loaded))
    table, _, name = key.rpartition(".")
    assert name in tables_of(shown)[table]


# --- config show ---------------------------------------------------------------------------------
