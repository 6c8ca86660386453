"""How a faults file is read, and what its mistakes are told as."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.concierge.faults import plan as fault_plan
from kiosk.concierge.faults.kinds import KINDS
from kiosk.errors import ConfigError

from ..misbehaving import fault
from ..test_serve import run


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("seed = ", ["not valid TOML"]),
        ("sede = 1", ["`sede`", "docs/faults.md"]),
        ('seed = "x"', ["seed = 'x'", "Expected `int`"]),
        ('[readings]\nupdates = "never"', ["readings.updates = 'never'"]),
        (fault(when="speaking", do="explode"), ["fault[0].do = 'explode'", "choose of refuse"]),
        (fault(when="speaking"), ["fault[0].do = None"]),
        (fault(when="noon", do="reset"), ["fault[0].when = 'noon'"]),
        (fault(when="asked", do="close", code=99), ["fault[0].code = 99", ">= 1000"]),
        (fault(when="asked", do="slow"), ["fault[0]", "`each_s`"]),
        (fault(when="asked", do="reset", samples=5), ["fault[0].samples", '"answering"']),
        (fault(when="asked", do="reset", after_s=[-1, 2]), ["fault[0].after_s", "less than 0"]),
        (fault(when="upgrade", do="reset"), ["fault[0].when", '"refuse"']),
        (fault(when="asked", do="send", garbage=["rubbish"]), ["['rubbish']", "no json"]),
    ],
)
def test_mistakes_name_file_key_value_and_remedy(
    plan: str, words: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(plan)
    with pytest.raises(ConfigError) as caught:
        fault_plan.load(file)
    for word in (str(file), *words):
        assert word in str(caught.value)


def test_a_mistake_is_one_message_and_status_2(tmp_path: Path) -> None:
    result = run("--faults", str(tmp_path / "nowhere"))
    assert result.returncode == 2
    assert "there is no such file" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_is_documented_is_what_there_is() -> None:
    text = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
    for name in KINDS:
        assert f"`{name}`" in text, name
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert 'do = "go away"' in example


def test_the_example_of_the_documents_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
    file = tmp_path / "faults.toml"
    file.write_text(text.partition("```toml\n")[2].partition("```")[0])
    (only,) = fault_plan.load(file).faults
    assert only.samples == (4000, 16000)


def test_behaving_services_do_not_import_it() -> None:
    words = "import sys, kiosk.concierge.serve; print([m for m in sys.modules if 'faults' in m])"
    found = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
