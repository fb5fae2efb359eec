"""The bytes of a document -> its text, or what is wrong with them."""

from typing import Final

from runner.errors import UsageError
from runner.model import MIB, Source

MAX_BYTES: Final = 16 * MIB


def decoded(data: bytes, path: str) -> str:
    """The text, without a byte order mark; UsageError with the line where it is none."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path}:1:1: the document is larger than {MAX_BYTES // MIB} MB; split it")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        at = _source(data[: error.start].decode(), path)
        byte = f"byte 0x{data[error.start]:02x}"
        raise UsageError(f"{at}: not UTF-8 ({byte}); save the document as UTF-8") from None
    if "\0" in text:
        at = _source(text[: text.index("\0")], path)
        raise UsageError(f"{at}: a NUL character; save the document as text, in UTF-8")
    return text


def _source(before: str, path: str) -> Source:
    """Of what follows this text."""
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Source(path=path, line=len(lines), column=len(lines[-1]) + 1)
