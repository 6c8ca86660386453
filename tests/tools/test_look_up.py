"""What the model looks up in a running kiosk."""

from pathlib import Path

from tests.runtime.setup_service import SetupService
from tests.support.kiosks import Kiosk, runtime_directory, write_visitor


def test_the_model_looks_up_what_is_too_much_for_the_instruction(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    rows = [f"Locomotive {n};{1850 + n};hall {n % 7}" for n in range(900)]
    (folder / "engines.csv").write_text("\n".join(["engine;built;where", *rows]))
    service = SetupService(
        {"id": "a", "name": "look_up", "args": {"question": "locomotive 77"}},
        {"id": "b", "name": "look_up", "args": {}},
    )
    with runtime_directory() as directory:
        wav = write_visitor(tmp_path / "visitor.wav")
        kiosk = Kiosk(directory, service.url, wav, f'knowledge.folder="{folder}"')
        try:
            setup = service.setups.get(timeout=15)
            (tool,) = setup["tools"]
            assert [one["name"] for one in tool["functionDeclarations"]] == ["look_up"]
            told = setup["systemInstruction"]["parts"][0]["text"]
            assert "engines.csv" in told
            assert "Locomotive 77" not in told
            came = [service.responses.get(timeout=15) for _ in range(2)]
            answers = {one["id"]: one["response"] for one in came}
            first = answers["a"]["passages"][0]
            assert first["file"] == "engines.csv"
            assert first["text"] == "engine: Locomotive 77; built: 1927; where: hall 0"
            assert answers["b"]["error"]["code"] == "bad_arguments"
        finally:
            assert "Traceback" not in kiosk.close()
            service.close()
