"""Whether what the house has written down can be read, and what is passed over."""

import os
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from kiosk.knowledge.house_knowledge import Knowledge
from kiosk.knowledge.reading import KnowledgeReader
from kiosk.settings.findings import Finding
from kiosk.settings.installation import library
from kiosk.settings.types import Settings

USUAL_FOLDER = "/etc/kiosk/knowledge"
"""The default need not be there."""


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with the files of `knowledge.folder`."""
    folder = Path(settings.knowledge.folder)
    # Not Path.is_dir, which raises where a folder above it may not be entered.
    if not os.path.isdir(folder):  # noqa: PTH112
        if settings.knowledge.folder != USUAL_FOLDER:
            yield Finding("knowledge.folder", f"{folder} is no folder that is here", "Check it")
        return
    knowledge = KnowledgeReader(folder, settings.live.language, settings.hours.timezone).read(
        datetime.now()
    )
    yield from findings(folder, knowledge)


def findings(folder: Path, knowledge: Knowledge) -> Iterator[Finding]:
    """What is wrong with the files of a folder, as they were read."""
    for name, fault in knowledge.faults.items():
        what, _, remedy = fault.partition(". ")
        yield Finding(str(folder / name), what, remedy)
    for one in knowledge.passed_over:
        yield Finding(str(folder / one.name), one.what, one.remedy, "warning")
    for document in knowledge.documents:
        if document.note:
            yield Finding(
                str(folder / document.name), document.note, "Replace it once it is over", "note"
            )
    if not knowledge.is_whole and find_spec("bm25s") is None:
        yield Finding(
            "knowledge.folder", "the library that looks up in so much is missing",
            f"Install it: {library('knowledge')}",
        )  # fmt: skip
