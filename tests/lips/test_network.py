import contextlib

import numpy as np
import pytest

from kiosk.lips import network
from kiosk.lips.network import AFTER_SAMPLES, BEFORE_SAMPLES, Lips
from kiosk.lips.visemes import VISEMES
from kiosk.settings import packaged

WIDTH = len(network.CONTEXT) * network.BANDS


def random_network(units: int = 3, fill: float = 0.1) -> Lips:
    shapes = [(WIDTH, units), (units,), (units, len(VISEMES)), (len(VISEMES),)]
    return Lips(*(np.full(shape, fill, np.float32) for shape in shapes))


def test_the_packaged_model_is_small_and_whole():
    path = packaged.path("lips.npz")
    assert path.stat().st_size < 80_000
    network.load(path, VISEMES)
    with np.load(path) as file:
        assert str(file["licence"]) == "Apache-2.0"
        assert "benchmarks.lips.train" in str(file["made"])


def test_what_is_saved_is_read_again(tmp_path):
    network.save(tmp_path / "m.npz", random_network(), VISEMES, licence="x")
    again = network.load(tmp_path / "m.npz", VISEMES)
    assert again.hidden == pytest.approx(random_network().hidden, abs=1e-3)


@pytest.mark.parametrize("made", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00garbage", b"a text"])
def test_what_is_no_model_is_refused(tmp_path, made):
    (tmp_path / "m.npz").write_bytes(made)
    with pytest.raises(ValueError, match="cannot be read"):
        network.load(tmp_path / "m.npz", VISEMES)


def test_any_damage_is_told_as_a_value_error(tmp_path):
    path = tmp_path / "m.npz"
    network.save(path, random_network(), VISEMES)
    whole = path.read_bytes()
    dice = np.random.default_rng(1)
    for place in dice.integers(0, len(whole), 60):
        path.write_bytes(whole[:place])
        with pytest.raises(ValueError, match="cannot be read"):
            network.load(path, VISEMES)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(ValueError):
            network.load(path, VISEMES)


def test_a_model_of_other_shapes_visemes_or_version_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "m.npz"
    network.save(path, random_network(), VISEMES[:-1])
    with pytest.raises(ValueError, match="other visemes"):
        network.load(path, VISEMES)
    network.save(path, random_network(fill=float("nan")), VISEMES)
    with pytest.raises(ValueError, match="not a number"):
        network.load(path, VISEMES)
    narrow = Lips(
        random_network().hidden[:5],
        *(getattr(random_network(), n) for n in Lips.__struct_fields__[1:]),
    )
    network.save(path, narrow, VISEMES)
    with pytest.raises(ValueError, match="other shapes"):
        network.load(path, VISEMES)
    monkeypatch.setattr(network, "VERSION", 9)
    network.save(path, random_network(), VISEMES)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="version 9"):
        network.load(path, VISEMES)


def test_shares_are_whole_at_every_frame():
    samples = (
        np.random.default_rng(1).normal(0, 0.1, BEFORE_SAMPLES + AFTER_SAMPLES).astype(np.float32)
    )
    shares, level = random_network().around(samples)
    assert shares.shape == (2 * network.SPREAD_FRAMES + 1, len(VISEMES))
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(shares)), abs=1e-5)
    assert 10 * np.log10(level.mean()) == pytest.approx(-20, abs=6)


def test_16_bits_are_heard_as_fractions_are():
    pcm = np.random.default_rng(1).normal(0, 3000, BEFORE_SAMPLES + AFTER_SAMPLES).astype(np.int16)
    model = network.load(packaged.path("lips.npz"), VISEMES)
    for ours, plain in zip(
        model.around(pcm), model.around(pcm.astype(np.float32) / 32768), strict=True
    ):
        assert ours == pytest.approx(plain, rel=1e-3, abs=1e-5)


def test_a_voice_is_its_loud_frames():
    bands = np.full((10, network.BANDS), -15.0, np.float32)
    bands[4:6] = -3.0
    assert network.voice(bands) == pytest.approx(np.full(network.BANDS, -3.0))


def test_what_is_seen_does_not_depend_on_loudness():
    bands = np.random.default_rng(1).normal(-5, 1, (30, network.BANDS)).astype(np.float32)
    centres = np.array([12, 15])
    seen, louder = (
        network.features(each, network.voice(each)[None], centres) for each in (bands, bands + 4)
    )
    assert seen == pytest.approx(louder, abs=1e-4)
