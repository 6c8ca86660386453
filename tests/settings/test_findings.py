"""A finding is one line: how bad, where, what, and how to mend it."""

from kiosk.settings.findings import Finding


def test_a_line_says_all_of_it() -> None:
    finding = Finding("theme.font", "/a.ttf does not exist", "Name another one")
    assert finding.line() == "error: theme.font: /a.ttf does not exist. Name another one"
    assert finding.line("/etc/kiosk/kiosk.toml").startswith(
        "error: theme.font (/etc/kiosk/kiosk.toml): "
    )


def test_what_is_true_of_this_machine_alone_is_said() -> None:
    here = Finding("button.pin", "in use", "Take another", "warning", "machine")
    assert here.line().startswith("warning [this machine]: button.pin: ")
    hidden = Finding("a key", "may not be read", "sudo", "note", "rights")
    assert hidden.line().startswith("note [not looked into]: a key: ")
