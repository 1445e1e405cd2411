"""The server's side of SMTP (RFC 5321), as much of it as clients use, over plain loopback."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from integrations.email.emulator.outbox import Outbox

MOST_BYTES = 10_000_000
_ADDRESS = re.compile(r"(?:FROM|TO):\s*<([^<>]*)>", re.IGNORECASE)


@dataclass
class Faults:
    """What goes wrong next: `step` (connect, mail, rcpt, data, dot) answers `code`, or hangs up with code 0."""

    step: str = ""
    code: int = 0
    count: int = 0

    def next(self, step: str) -> int | None:
        """Return the code of a fault that is due at this step, None when all is well."""
        if step != self.step or self.count <= 0:
            return None
        self.count -= 1
        return self.code


@dataclass
class Session:
    """One client's conversation."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    outbox: Outbox
    faults: Faults
    recipients: list[str] = field(default_factory=list)
    has_sender: bool = False

    async def run(self) -> None:
        """Answer until the client leaves or a fault hangs up."""
        try:
            if await self._say("connect", 220, "emulator ready"):
                while await self._answer((await self.reader.readline()).decode("ascii", "replace").strip()):
                    await self.writer.drain()
        except (ConnectionError, asyncio.LimitOverrunError, ValueError):
            pass  # the client is gone, or said something no server can take: there is nobody to tell
        finally:
            self.writer.close()

    async def _answer(self, line: str) -> bool:
        word = line.partition(" ")[0].upper()
        answers: dict[str, Callable[[str], tuple[str, int, str]]] = {
            "EHLO": lambda _line: ("ehlo", 250, "emulator"),
            "HELO": lambda _line: ("ehlo", 250, "emulator"),
            "MAIL": self._mail,
            "RCPT": self._recipient,
            "RSET": self._reset,
            "NOOP": lambda _line: ("noop", 250, "ok"),
        }
        if word == "DATA":
            return await self._data()
        if word in {"QUIT", ""}:
            await self._say("quit", 221, "bye")
            return False
        step, code, text = answers[word](line) if word in answers else ("other", 502, "not known here")
        return await self._say(step, code, text)

    def _mail(self, line: str) -> tuple[str, int, str]:
        self._reset(line)
        self.has_sender = _ADDRESS.search(line) is not None
        return ("mail", 250, "ok") if self.has_sender else ("mail", 501, "no address")

    def _recipient(self, line: str) -> tuple[str, int, str]:
        found = _ADDRESS.search(line)
        if not self.has_sender or found is None or "@" not in found[1]:
            return "rcpt", 501, "no address"
        self.recipients.append(found[1])
        return "rcpt", 250, "ok"

    def _reset(self, _line: str) -> tuple[str, int, str]:
        self.recipients, self.has_sender = [], False
        return "rset", 250, "ok"

    async def _data(self) -> bool:
        if not self.recipients:
            return await self._say("data", 503, "no recipient")
        fault = self.faults.next("data")
        if fault is not None:
            return await self._reply(fault, "not now")
        await self._reply(354, "end with a dot")
        lines, size = [], 0
        while (line := await self.reader.readline()) not in {b".\r\n", b""}:
            size += len(line)
            lines.append(line[1:] if line.startswith(b".") else line)
        if size > MOST_BYTES:
            return await self._say("dot", 552, "too large")
        code = self.faults.next("dot")
        if code is None or code == 0:  # a server that hangs up after the dot has taken the message
            self.outbox.keep(self.recipients, b"".join(lines))
        self._reset("")
        return await self._reply(250 if code is None else code, "taken")

    async def _say(self, step: str, code: int, text: str) -> bool:
        fault = self.faults.next(step)
        return await self._reply(code if fault is None else fault, text)

    async def _reply(self, code: int, text: str) -> bool:
        if code == 0:
            return False
        self.writer.write(f"{code} {text}\r\n".encode())
        await self.writer.drain()
        return True


async def serve(outbox: Outbox, faults: Faults, port: int) -> asyncio.Server:
    """Listen on loopback; 0 chooses a free port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Session(reader, writer, outbox, faults).run()

    return await asyncio.start_server(talk, "127.0.0.1", port, limit=MOST_BYTES)
