"""What the daemon and the window process say to each other."""

from kiosk.window import packets


def test_what_is_told_between_the_processes_survives_the_way():
    for report in (
        packets.Shown(3, 0.01),
        packets.WindowLost("unplugged", changed=True),
        packets.WindowResized((3, 4)),
    ):
        assert packets.decode_report(packets.encode(report)) == report
    for command in (
        packets.Show(1, [(0, 1, 2, 3)]),
        packets.Power(on=False),
        packets.Canvas((5, 6)),
    ):
        assert packets.decode_command(packets.encode(command)) == command
