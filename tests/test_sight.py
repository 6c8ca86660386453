"""A whole kiosk that sees: a picture stands for the camera, and the concierge is shown it."""

from pathlib import Path

from PIL import Image

from kiosk.concierge.exchanges import PICTURE_TOKENS
from tests.support.kiosks import Concierge, Kiosk, runtime_directory, until


def test_picture_goes_with_a_question_and_none_without(
    concierge: Concierge, visitor_wav: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (1600, 1200), (30, 90, 200)).save(tmp_path / "exhibit.png")

    def seen() -> int:
        """Tokens of pictures that the concierge has billed."""
        kinds = [each for one in concierge.lines("usage") for each in one["promptTokensDetails"]]
        return sum(kind["tokenCount"] for kind in kinds if kind["modality"] in ("VIDEO", "IMAGE"))

    with runtime_directory() as runtime:
        camera = f'camera.source="file:{tmp_path}/exhibit.png"'
        kiosk = Kiosk(runtime, concierge.url, visitor_wav, camera).up()
        try:
            assert not seen()
            kiosk.speak()
            assert kiosk.answered()["outcome"] == "answered"
            until(lambda: seen() == PICTURE_TOKENS)
        finally:
            assert "Traceback" not in kiosk.close()
