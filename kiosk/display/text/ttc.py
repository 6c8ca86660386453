"""One face of a font collection: pygame opens only the first."""

import io
from pathlib import Path

_HEADER = 12
"""Bytes before the table of the faces' places: tag, version, number of faces."""


class Collection(io.RawIOBase):
    """A collection's file that begins with another of its faces.

    Noto's CJK fonts are one file of faces that share their outlines but not their taste: the same
    character is drawn otherwise in Japan and in China. SDL_ttf could choose, pygame does not ask.
    """

    def __init__(self, file: Path, face: int) -> None:
        self._file = file.open("rb")
        head = self._file.read(_HEADER + 4 * (face + 1))
        count = int.from_bytes(head[8:12], "big")
        wanted = head[_HEADER + 4 * face :] if head[:4] == b"ttcf" and face < count else b""
        self._first = wanted if len(wanted) == 4 else b""
        self._file.seek(0)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        """The next bytes, with the wanted face's place as the first face's."""
        start = self._file.tell()
        data = self._file.read(size)
        if not self._first or start >= _HEADER + 4 or start + len(data) <= _HEADER:
            return data
        whole = bytearray(data)
        for index in range(4):
            at = _HEADER + index - start
            if 0 <= at < len(whole):
                whole[at] = self._first[index]
        return bytes(whole)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
