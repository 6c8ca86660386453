"""Who a board is to the vendor."""

from pathlib import Path

import pytest

from kiosk.avatar.cloud.avatarim import account
from kiosk.avatar.cloud.avatarim.account import user_id


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(account, "MACHINE_ID", tmp_path / "machine-id")
    monkeypatch.setattr(account, "SERIAL", tmp_path / "serial-number")
    (tmp_path / "machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    (tmp_path / "serial-number").write_bytes(b"10000000deadbeef\0")
    return tmp_path


def test_a_board_is_always_the_same_and_shows_nothing_of_itself(board: Path) -> None:
    name = user_id()
    assert name == user_id()
    assert name.startswith("kiosk-")
    assert "deadbeef" not in name
    assert "01234567" not in name


def test_cards_of_one_image_are_two_boards(board: Path) -> None:
    """Each reaps what runs under its name."""
    first = user_id()
    (board / "serial-number").write_bytes(b"10000000cafecafe\0")
    assert user_id() != first


def test_a_machine_without_a_serial_number_has_a_name(board: Path) -> None:
    first = user_id()
    (board / "serial-number").unlink()
    second = user_id()
    (board / "machine-id").write_text("fedcba9876543210fedcba9876543210\n")
    assert len({first, second, user_id()}) == 3
