"""A stand-in for one vendor's cloud, by itself: `python -m tests.support.stand_in heygen FOLDER`.

It tells on its first line, as JSON, with which settings and environment a kiosk meets it; when its
standard input ends, on its last, how many sessions were opened and how many are still open.
"""

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support import avatarim, avatarim_control, heygen, heygen_rest
from tests.support.publisher import Publisher

PRODUCTS = ("heygen", "liveavatar", "avatarim")
SIZE = "640x360"
"""Of AvatarIM's picture: one process draws and codes it."""


class Cloud:
    """A cloud that runs: what a kiosk must be told, and what it costs."""

    def __init__(self, settings: dict[str, str], environment: dict[str, str]) -> None:
        self.settings = settings
        self.environment = environment

    def cost(self) -> dict[str, Any]:
        """How many sessions were opened, and are open; what a client did wrong."""
        raise NotImplementedError

    def billed_s(self) -> float:
        """Seconds that the vendor bills, by its own meter."""
        raise NotImplementedError


class _HeyGen(Cloud):
    def __init__(self, service: heygen.StandIn, product: str) -> None:
        name = {"heygen": "avatar", "liveavatar": "avatar_id"}[product]
        settings = {
            "avatar.driver": product,
            f"avatar.{product}.base_url": service.url,
            f"avatar.{product}.{name}": "anna",
            f"avatar.{product}.quality": "high",
        }
        key = {"heygen": "HEYGEN_API_KEY", "liveavatar": "LIVEAVATAR_API_KEY"}[product]
        super().__init__(settings, {key: heygen_rest.KEY})
        self.service = service

    def cost(self) -> dict[str, Any]:
        service = self.service
        return {
            "opened": len(service.sessions),
            "left_open": len(service.open_sessions),
            "wrongs": service.wrongs,
        }

    def billed_s(self) -> float:
        return sum(session.billed_s for session in self.service.sessions)


class _AvatarIm(Cloud):
    def __init__(self, cloud: avatarim.AvatarIm, publisher: Publisher, mode: str) -> None:
        settings = {
            "avatar.driver": "avatarim",
            "avatar.avatarim.mode": mode,
            "avatar.avatarim.url": cloud.url,
            "avatar.avatarim.control_url": cloud.control_url,
            "avatar.avatarim.app_id": "an-app",
            "avatar.avatarim.tenant_id": "17",
            "avatar.avatarim.video_url": f"{publisher.address()}/live.flv",
        }
        super().__init__(settings, {"AVATARIM_TOKEN": avatarim_control.ACCESS_KEY})
        self.cloud = cloud
        self.publisher = publisher

    def cost(self) -> dict[str, Any]:
        unsigned = [query["why"] for query in self.cloud.actions("unsigned")]
        return {
            "opened": len(self.cloud.actions("StartInstance")),
            "left_open": len(self.cloud.instances),
            "wrongs": unsigned,
        }

    def billed_s(self) -> float:
        return self.cloud.billed_s


@contextlib.contextmanager
def running(product: str, folder: Path, mode: str = "voice-of-gemini") -> Iterator[Cloud]:
    """Run the stand-in of a product; `folder` is for what it writes."""
    if product != "avatarim":
        with heygen.StandIn() as service:
            yield _HeyGen(service, product)
        return
    voice = folder / "voice.raw"
    with (
        avatarim.AvatarIm(voice) as cloud,
        Publisher("serve", "--size", SIZE, "--voice", str(voice)) as publisher,
    ):
        yield _AvatarIm(cloud, publisher, mode)


def main() -> None:
    """Run until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("product", choices=PRODUCTS)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    with running(options.product, options.folder) as cloud:
        told = {"settings": cloud.settings, "environment": cloud.environment}
        print(json.dumps(told), flush=True)
        sys.stdin.read()
        print(json.dumps(cloud.cost()), flush=True)


if __name__ == "__main__":
    main()
