"""What may be kept of visitors, and for how long."""

import pytest

from kiosk.settings.layers import load
from kiosk.settings.privacy_settings import PrivacySettings
from tests.support.layers import refused


def test_nothing_is_kept_by_default(tmp_path):
    assert load((), (), tmp_path).settings.privacy.kept_days == 0
    assert PrivacySettings("/var/lib/kiosk/said", 7).kept_days == 7


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("keep_transcripts=said", "the absolute path of a folder"),
        ("keep_transcripts=true", "expected text in quotes"),
        ("keep_days=0", "from 1 to 365"),
        ("keep_days=366", "from 1 to 365"),
    ],
)
def test_what_it_cannot_be_is_told(override, says):
    assert says in refused(f"privacy.{override}")
