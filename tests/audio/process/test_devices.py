import pytest

from kiosk.audio.process.devices import Device, choose, plan
from kiosk.errors import DeviceError

LIST = [
    Device(0, "USB Audio Device: - (hw:2,0)", 1, 48000),
    Device(1, "bcm2835 Headphones: - (hw:0,0)", 8, 44100),
    Device(2, "pulse", 32, 44100),
    Device(3, "default", 32, 44100),
]


@pytest.fixture
def asound(tmp_path):
    for number, card in ((0, "Headphones"), (2, "Device")):
        (tmp_path / f"card{number}").mkdir()
        (tmp_path / card).symlink_to(f"card{number}")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *(("default", 3), ("pulse", 2), ("Device", 0), ("Headphones", 1), ("bcm2835", 1)),
        ("plughw:CARD=Device,DEV=0", 0),
        ("hw:CARD=Headphones", 1),
        ("hw:Device,0", 0),
        ("sysdefault:CARD=Device", 0),
        ("front:CARD=Device,DEV=0", 0),
        ("plughw:Headphones,0,0", 1),
    ],
)
def test_finds_a_device_by_a_name_that_stays(asound, name, number):
    assert choose(name, LIST, asound).number == number


def test_a_card_id_wins_over_a_part_of_a_name(asound):
    assert "Device" in LIST[0].name
    (asound / "Device").unlink()
    (asound / "Device").symlink_to("card0")
    assert choose("Device", LIST, asound).number == 1


@pytest.mark.parametrize(
    "name", ["hw", "Speaker", "", "plughw:CARD=Device,DEV=1", "plughw:CARD=Gone,DEV=0"]
)
def test_says_which_devices_there_are(asound, name):
    with pytest.raises(DeviceError, match="bcm2835"):
        choose(name, LIST, asound)


def test_default_is_the_first_device_where_none_has_that_name(asound):
    assert choose("default", LIST[:2], asound).number == 0
    with pytest.raises(DeviceError):
        choose("default", [], asound)


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({(16000, 1), (48000, 2)}, (16000, 1)),
        ({(16000, 2), (48000, 1)}, (16000, 2)),
        ({(48000, 1), (48000, 2)}, (48000, 1)),
        ({(44100, 8)}, (44100, 8)),
    ],
)
def test_opens_a_device_as_we_want_it_or_as_it_can(able, expected):
    found = plan(Device(0, "card", 8, 44100), 16000, lambda r, c: (r, c) in able)
    assert (found.rate, found.channels) == expected


def test_a_device_that_can_nothing_is_an_error():
    with pytest.raises(DeviceError, match="44100"):
        plan(LIST[1], 24000, lambda *_: False)
