"""Cards as staff write them: what cannot be shown is refused, with a remedy."""

import os
from pathlib import Path

import pytest

from kiosk.core.scene import Card
from kiosk.display import content
from kiosk.display.content import attract, card_of, code_caption
from kiosk.errors import ConfigError, ControlError
from kiosk.settings.below import inside


def test_a_card_is_made_of_its_fields():
    card = card_of({"kind": "list", "title": "Today", "items": ["Tea", "Cake"]})
    assert card == Card("list", "Today", items=("Tea", "Cake"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "kind"),
        ({"kind": "film"}, "kind"),
        ({"kind": "text", "colour": "red"}, "colour"),
        ({"kind": "text", "text": 5}, "text"),
        ({"kind": "text"}, "title or a text"),
        ({"kind": "list"}, "items"),
        ({"kind": "list", "items": ["a"] * 31}, "30 items"),
        ({"kind": "qr"}, "text"),
        ({"kind": "qr", "text": "x" * 1001}, "1000"),
        ({"kind": "text", "text": "x" * 2001}, "2000"),
        ({"kind": "image"}, "picture"),
        ({"kind": "image", "picture": "../key"}, "content folder"),
        ({"kind": "image", "picture": "/etc/passwd"}, "content folder"),
        ({"kind": "map", "picture": "a/../../b.png"}, "content folder"),
        ({"kind": "map", "picture": "a\0.png"}, "content folder"),
        ({"kind": "text", "text": "a", "caption": "b"}, "kind qr"),
        ({"kind": "qr", "text": "a", "caption": "x" * 2001}, "2000"),
    ],
)
def test_what_is_no_card_is_refused(fields, words):
    with pytest.raises(ControlError, match=words):
        card_of(fields)


ADDRESSES = [
    "https://museum.example/tickets",
    "HTTPS://MUSEUM.EXAMPLE/A?b=c",
    "museum.example",
    "www.museum.example:8080/a/b#c",
    "http://192.0.2.7/plan",
    "https://müller.example",
    "mailto:panel@museum.example",
    "tel:+4930123456",
]
FOR_TELEPHONES = [
    "WIFI:T:WPA;S:house;P:secret;;",
    "wifi:S:house;P:museum.example;;",
    "otpauth://totp/House:panel?secret=JBSWY3DP",
    "BEGIN:VCARD\nTEL:+49170123\nEND:VCARD",
    "MECARD:N:House;TEL:+49170123;;",
    "LPA:1$smdp.example$K2-SECRET",
    "DPP:K:MDkwEwYHKoZI;;",
    "BCD\n002\n1\nSCT\n\nHouse\nDE02120300000000202051",
    "bitcoin:175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W",
    "https://panel:secret@museum.example/",
    "ssh://panel:secret@museum.example",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "correct horse battery staple",
    '{"password": "secret"}',
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_stands_below_its_code(text):
    assert code_caption(Card("qr", text=text)) == text


@pytest.mark.parametrize("text", FOR_TELEPHONES)
def test_what_only_a_telephone_should_read_stands_below_no_code(text):
    assert code_caption(Card("qr", text=text)) == ""
    assert code_caption(Card("qr", text=text, caption="Our Wi-Fi")) == "Our Wi-Fi"


def test_pictures_stay_in_their_folder_also_by_links(tmp_path):
    home = tmp_path / "content"
    (home / "rooms").mkdir(parents=True)
    (tmp_path / "secret.png").touch()
    (home / "rooms/plan.png").touch()
    (home / "way-out.png").symlink_to(tmp_path / "secret.png")
    (home / "up").symlink_to(tmp_path)
    assert inside(home, "rooms/plan.png") == (home / "rooms/plan.png").resolve()
    for name in ("way-out.png", "up/secret.png", "../secret.png", "/etc/passwd", "", "a\0b"):
        with pytest.raises(ValueError, match=r"folder|below|out of"):
            inside(home, name)


def test_attract_cards_come_from_a_file(tmp_path):
    assert attract(tmp_path) == ()
    (tmp_path / content.ATTRACT).write_text(
        '[[card]]\nkind = "text"\ntitle = "Open until six"\n\n'
        '[[card]]\nkind = "qr"\ntext = "https://museum.example"\n'
    )
    assert [card.kind for card in attract(tmp_path)] == ["text", "qr"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[card]]\nkind = 'film'", "card 1"),
        ("[[card]]\nkind = 'text'\ntitle = 'a'\n[[card]]\nkind = 'qr'", "card 2"),
        ("cards = 1", "card"),
        ("card = 1", "card"),
        ("card = [1]", "card 1"),
        ("[[card", "TOML"),
        ("x = '" + "x" * content.MAX_FILE_BYTES + "'", "longer"),
    ],
)
def test_a_wrong_file_names_its_card(tmp_path, text, words):
    (tmp_path / content.ATTRACT).write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        attract(tmp_path)
    assert content.ATTRACT in str(caught.value)


@pytest.mark.parametrize("name", ["loop.png", "there/plan.png"])
def test_a_link_that_leads_to_itself_is_a_missing_file(tmp_path, name):
    """Some Pythons raise RuntimeError where such a link is followed."""
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "there").symlink_to("back")
    (tmp_path / "back").symlink_to("there")
    try:
        assert not inside(tmp_path, name).is_file()
    except ValueError as error:
        assert "leads to itself" in str(error)  # noqa: PT017 - of one Python, not of another


def test_attract_cards_in_a_pipe_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "attract.toml")
    with pytest.raises(ConfigError, match="pipe"):
        attract(tmp_path)


def test_pictures_are_named_as_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "rooms").mkdir()
    for name in ("plan.PNG", "rooms/blue.svg", "attract.toml", "rooms/\x1b.png", "\udcff.png"):
        (tmp_path / name).touch()
    assert content.pictures(tmp_path) == ("plan.PNG", "rooms/blue.svg")
    for number in range(content.MAX_PICTURES):
        (tmp_path / f"{number}.png").touch()
    assert len(content.pictures(tmp_path)) == content.MAX_PICTURES
    assert content.pictures(tmp_path / "none") == ()
