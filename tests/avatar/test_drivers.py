"""Which avatars the settings name."""

from kiosk.avatar import drivers
from kiosk.avatar.face.face import Face
from tests.support.layers import bare


def test_our_own_face_needs_no_cloud():
    settings = bare().settings.avatar
    assert drivers.make_cloud_avatar(settings, journal=None) is None
    assert isinstance(drivers.make_face(settings), Face)
