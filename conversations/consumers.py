"""The live protocol of the inbox at `/ws/inbox/`: frames out in the order of history, small requests in."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeGuard
from uuid import UUID, uuid4

import orjson
import structlog
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from conversations import actions
from conversations.outgoing import Outgoing
from conversations.pages.saved import all_counts
from conversations.presence import STATES, Presence, device_of
from conversations.queries import changed_ticks
from conversations.receipts import may_show_typing
from conversations.tasks import send_typing
from kernel import live
from kernel.actors import Actor, ActorKind
from kernel.clocks import now, rfc3339
from kernel.errors import Invalid, Refusal
from kernel.events.reading import events_after, events_with
from kernel.feeds import READ_LIMIT, Feed, feeds, read_frames
from kernel.live import Batch, Frame, pack
from kernel.sockets import Message, Socket
from kernel.tenancy import PUBLIC, in_tenant
from tenants.handshake import Admitted, admit, still
from tenants.types import NOBODY, MemberInfo

SCOPE = "conversations:read"
HEARTBEAT_S = 20
RECHECK_S = 15.0
"""How often a socket's session is looked at again: a removed member or suspended tenant is out by then."""
COUNTS_S = 1.0
SMALL_FRAME = 65_536
BURST, PER_SECOND = 60, 20
FIRST_ANSWERS = 200
"""Conversations named in a gap; beyond that the page fetches its lists anew anyway."""

PROGRAM = MemberInfo(
    id=NOBODY, user_id=NOBODY, name="", email="", role="", language="en", time_zone="UTC", scopes=frozenset()
)
"""Stands where a member would, for the socket of an API key."""
log = structlog.get_logger("live")


class InboxConsumer(Socket):
    """One open inbox. Everything written goes through `Outgoing`; everything read is answered or refused by notice."""

    async def websocket_connect(self, _message: Message) -> None:
        """Admit a signed-in member or whoever has a ticket, or close with a code that says why not."""
        self._id, self._looking_at, self._state = uuid4().hex, "", "online"
        self._feed: Feed | None = None
        self._tokens, self._tokens_at = float(BURST), time.monotonic()
        self._held: deque[Batch] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        admitted = await in_tenant(PUBLIC, admit, dict(self.scope["headers"]), SCOPE, self.scope["query_string"])
        await self.accept()
        if isinstance(admitted, int):
            await self.close(admitted)
            return
        await self._begin(admitted)

    async def _begin(self, admitted: Admitted) -> None:
        self._admitted, self._tenant = admitted, admitted.tenant
        self._member = admitted.member or PROGRAM
        self._member_id = str(self._member.id)
        self._presence = Presence(admitted.tenant.schema_name)
        self._device = device_of(dict(self.scope["headers"]).get(b"user-agent", b"").decode("latin-1"))
        feed = await feeds.attach(admitted.tenant.schema_name, self)
        self._feed = feed
        self._out = Outgoing(self._write, lambda: feed.seq)
        hello = {"type": "hello", "seq": feed.seq, "server_time": rfc3339(now()), "heartbeat_s": HEARTBEAT_S}
        self._out.say(hello)
        self._counts_wanted = asyncio.Event()
        self._want_counts()
        self._tasks = [asyncio.create_task(self._recheck()), asyncio.create_task(self._count())]
        for task in self._tasks:
            task.add_done_callback(_note_failure)
        if not self._only_watches:
            await self._meet_the_others()

    @property
    def _only_watches(self) -> bool:
        """Whether a program is at the other end: it sees everything and is seen by nobody."""
        return self._member is PROGRAM

    async def _meet_the_others(self) -> None:
        viewing = await self._presence.viewing()
        for seen in (await self._presence.here()).values():
            if seen.member != self._member_id:
                where = viewing.get(seen.member)
                self._out.say(_presence_frame(seen.member, seen.name, seen.state, seen.device, where))
        await self._sign("online")

    async def _write(self, text: str) -> None:
        await self.send(text_data=text)

    # --- what the feed hands over ------------------------------------------------------------

    def take(self, batch: Batch) -> None:
        """Get frames from the feed; while a resume is being read they wait behind it."""
        if batch.not_socket == self._id or (batch.only and batch.only != self._member_id):
            return
        if batch.without == self._member_id:
            return
        if self._held is not None:
            self._held.append(batch)
            return
        self._pass_on(batch)

    def _pass_on(self, batch: Batch) -> None:
        self._out.add(batch.frames)
        if batch.last:
            self._out.say({"type": "seq", "seq": batch.last})
            self._want_counts()

    def _want_counts(self) -> None:
        self._counts_since = time.monotonic()
        self._counts_wanted.set()

    def skip(self, first: int, last: int) -> None:
        """Tell that too much happened at once to be sent one by one."""
        self._out.say({"type": "gap", "from": first, "to": last, "refetch": ["conversations"]})

    # --- what the browser sends --------------------------------------------------------------

    async def websocket_receive(self, message: Message) -> None:
        """Answer one frame; whatever cannot be understood or is not allowed is told in a notice."""
        if self._feed is None:
            return
        try:
            await self._answer(self._read(message))
        except Refusal as refusal:
            self._notice(refusal)

    def _read(self, message: Message) -> Frame:
        text = message.get("text")
        if text is None or len(text) > SMALL_FRAME:
            raise Unreadable
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError as problem:
            raise Unreadable from problem
        if not isinstance(frame, dict) or frame.get("type") not in ANSWERS:
            raise Unreadable
        self._spend()
        if self._only_watches and frame["type"] not in WATCHING:
            raise NotAllowed
        return frame

    def _spend(self) -> None:
        moment = time.monotonic()
        self._tokens = min(BURST, self._tokens + (moment - self._tokens_at) * PER_SECOND)
        self._tokens_at = moment
        if self._tokens < 1:
            raise TooFast
        self._tokens -= 1

    async def _answer(self, frame: Frame) -> None:
        await ANSWERS[frame["type"]](self, frame)

    def _notice(self, refusal: Refusal) -> None:
        with translation.override(self._member.language):
            self._out.say({"type": "notice", "code": refusal.code, "text": str(refusal.message)})

    async def _ping(self, frame: Frame) -> None:
        """Answer at once, past whatever waits on a slow line.

        A client that knows the round trip of its last ping says so (`rtt_ms`), which no wrong clock can spoil; of
        another one the age of the ping is taken (`sent_at`, unix milliseconds).
        """
        sent_at, told = frame.get("sent_at"), frame.get("rtt_ms")
        if _is_number(told):
            self._out.pace.measure(float(told))
        elif _is_number(sent_at):
            self._out.pace.measure(time.time() * 1000 - float(sent_at))
        await self._write(pack({"type": "pong", "sent_at": sent_at, "seq": self._require_feed().seq}).text)

    async def _resume(self, frame: Frame) -> None:
        after = frame.get("after_seq")
        if not isinstance(after, int) or isinstance(after, bool) or after < 0:
            raise Unreadable
        feed, held = self._require_feed(), deque[Batch]()
        upto, self._held = feed.seq, held
        try:
            frames = await in_tenant(self._tenant.schema_name, read_missed, after, upto)
        finally:
            self._held = None
        self._out.add([pack(one) if isinstance(one, dict) else one for one in frames])
        for batch in held:
            self._pass_on(batch)

    async def _join(self, frame: Frame) -> None:
        conversation = _uuid(frame)
        await self._leave_current()
        self._looking_at = conversation
        viewers = await self._presence.look(self._id, self._member_id, self._member.name, conversation)
        self._tell({"type": "viewers", "conversation_id": conversation, "members": viewers})
        self._tell_presence()

    async def _leave(self, _frame: Frame) -> None:
        await self._leave_current()
        self._tell_presence()

    async def _leave_current(self) -> None:
        conversation, self._looking_at = self._looking_at, ""
        if conversation:
            viewers = await self._presence.look_away(self._id, conversation)
            self._tell({"type": "viewers", "conversation_id": conversation, "members": viewers})

    async def _typing(self, frame: Frame) -> None:
        who = {"id": self._member_id, "name": self._member.name}
        conversation = _uuid(frame)
        self._tell({"type": "typing", "conversation_id": conversation, "who": who}, without=self._member_id)
        if "messages:write" in self._member.scopes:
            await in_tenant(self._tenant.schema_name, tell_customer_of_typing, conversation)

    async def _say_presence(self, frame: Frame) -> None:
        if frame.get("state") not in STATES:
            raise Unreadable
        await self._sign(frame["state"])
        if self._looking_at:
            await self._presence.look(self._id, self._member_id, self._member.name, self._looking_at)

    async def _sign(self, state: str) -> None:
        news = await self._presence.sign(self._id, self._member_id, self._member.name, state, self._device)
        self._state = state
        if news:
            self._tell_presence()

    def _tell_presence(self) -> None:
        """Tell colleagues how this member is here, and what they look at."""
        where = self._looking_at or None
        frame = _presence_frame(self._member_id, self._member.name, self._state, self._device, where)
        self._tell(frame, without=self._member_id)

    async def _draft(self, frame: Frame) -> None:
        text, conversation = frame.get("text"), _uuid(frame)
        if not isinstance(text, str) or "\0" in text or "conversations:write" not in self._member.scopes:
            raise Unreadable
        await in_tenant(
            self._tenant.schema_name, actions.save_draft,
            conversation_id=UUID(conversation), member_id=self._member.id, text=text,
            is_note=frame.get("is_note") is True,
        )  # fmt: skip
        who = {"id": self._member_id, "name": self._member.name}
        told = {"type": "conversation:draft", "conversation_id": conversation, "who": who, "empty": not text.strip()}
        self._tell(told, without=self._member_id)
        self._tell({**told, "text": text}, only=self._member_id)

    async def _take_over(self, frame: Frame) -> None:
        if "conversations:write" not in self._member.scopes:
            raise NotAllowed
        await in_tenant(
            self._tenant.schema_name, actions.take_over,
            conversation_id=UUID(_uuid(frame)), member_id=self._member.id,
            actor=Actor(ActorKind.MEMBER, self._member_id),
        )  # fmt: skip

    def _tell(self, frame: Frame, *, only: str = "", without: str = "") -> None:
        """Push a frame that is no fact to the tenant's sockets but this one."""
        batch = Batch(0, 0, [pack(frame)], only, without, self._id if only else "")
        live.push(self._tenant.schema_name, batch)

    def _require_feed(self) -> Feed:
        if self._feed is None:
            raise Unreadable
        return self._feed

    # --- what goes on beside -----------------------------------------------------------------

    async def _recheck(self) -> None:
        """Close the socket when its session ended, its member left or its tenant was suspended; bury the silent."""
        while True:
            await asyncio.sleep(RECHECK_S)
            code = await in_tenant(PUBLIC, still, self._admitted, SCOPE)
            if code:
                await self.close(code)
                return
            for gone in await self._presence.bury():
                self._tell(_presence_frame(gone.member, gone.name, "offline", gone.device))

    async def _count(self) -> None:
        """Tell how many conversations each view holds, at most once a second and only when something happened."""
        while True:
            await self._counts_wanted.wait()
            self._counts_wanted.clear()
            counts = await counted.of(self._tenant.schema_name, self._member.id, since=self._counts_since)
            self._out.say({"type": "counts", "counts": counts})
            await asyncio.sleep(COUNTS_S)

    async def websocket_disconnect(self, message: Message) -> None:
        """Leave everything as if this socket had not been."""
        for task in self._tasks:
            task.cancel()
        if self._feed is not None:
            feed, self._feed = self._feed, None
            self._out.stop()
            await feeds.detach(feed, self)
            if not self._only_watches:
                await self._take_leave()
        await super().websocket_disconnect(message)

    async def _take_leave(self) -> None:
        await self._leave_current()
        await self._presence.leave(self._id)
        if self._member_id not in await self._presence.here():
            self._tell(_presence_frame(self._member_id, self._member.name, "offline", self._device))


class Unreadable(Invalid):
    """A frame that is not of the protocol."""

    code = "BAD_FRAME"

    def __init__(self) -> None:
        super().__init__(_("This frame is not part of the protocol."))


class NotAllowed(Invalid):
    """The member's role does not allow it."""

    code = "FORBIDDEN"

    def __init__(self) -> None:
        super().__init__(_("Your role does not allow this."))


class TooFast(Refusal):
    """More frames than a person can cause."""

    code = "TOO_FAST"

    def __init__(self) -> None:
        super().__init__(_("Too many requests on this connection. Wait a moment."))


ANSWERS: dict[str, Callable[[InboxConsumer, Frame], Awaitable[None]]] = {
    "ping": InboxConsumer._ping,  # noqa: SLF001 - the protocol's table belongs to the class
    "resume": InboxConsumer._resume,  # noqa: SLF001
    "conversation:join": InboxConsumer._join,  # noqa: SLF001
    "conversation:leave": InboxConsumer._leave,  # noqa: SLF001
    "agent:takeover": InboxConsumer._take_over,  # noqa: SLF001
    "typing": InboxConsumer._typing,  # noqa: SLF001
    "presence": InboxConsumer._say_presence,  # noqa: SLF001
    "draft": InboxConsumer._draft,  # noqa: SLF001
}

WATCHING = frozenset({"ping", "resume"})
"""What a program may say."""


class Counted:
    """View counts, read once per tenant and second for all sockets of this process."""

    def __init__(self) -> None:
        self._reading: dict[str, tuple[float, frozenset[UUID], asyncio.Task[dict[UUID, dict[str, int]]]]] = {}

    async def of(self, schema: str, member_id: UUID, *, since: float) -> dict[str, int]:
        """Return the counts of one member, read at or after `since` (monotonic seconds): never from before an event."""
        asked_at, members, reading = self._reading.get(schema, (0.0, frozenset(), None))
        if reading is None or member_id not in members or asked_at < since:
            members = frozenset({member_id, *_members(schema)})
            reading = asyncio.create_task(_read_counts(schema, members))
            self._reading[schema] = (time.monotonic(), members, reading)
        return (await reading)[member_id]


async def _read_counts(schema: str, members: frozenset[UUID]) -> dict[UUID, dict[str, int]]:
    return await in_tenant(schema, all_counts, members)


def _members(schema: str) -> set[UUID]:
    return {listener._member.id for listener in feeds.listeners(schema) if isinstance(listener, InboxConsumer)}  # noqa: SLF001


counted = Counted()


def tell_customer_of_typing(conversation_id: str) -> None:
    """Have the customer shown that somebody types, every 20 seconds at most; a Redis that is away keeps it quiet."""
    try:
        if may_show_typing(conversation_id):
            send_typing.delay(conversation_id)
    except (RedisError, OperationalError) as problem:
        log.info("typing_not_shown", problem=type(problem).__name__)


def read_missed(after: int, upto: int) -> list[Any]:
    """Return what a socket missed between two seqs of the current tenant: frames, ticks, and `resumed` or `gap`."""
    if upto - after > READ_LIMIT or after > upto:  # ahead of history: it was restored from a copy
        return [{"type": "gap", "from": after + 1, "to": upto, "refetch": ["conversations", *_touched(after, upto)]}]
    known = events_with([after])
    ticks = changed_ticks(known[0].recorded_at) if known else []
    missed = read_frames(after, upto).frames if upto > after else []
    return [*missed, *ticks, {"type": "resumed", "seq": upto}]


def _touched(after: int, upto: int) -> list[str]:
    events = events_after(after, upto=upto, limit=max(upto - after, 0))
    ids = dict.fromkeys(event.payload["conversation_id"] for event in events if "conversation_id" in event.payload)
    return list(ids)[:FIRST_ANSWERS]


def _is_number(value: Any) -> TypeGuard[float]:  # noqa: ANN401 - JSON
    return isinstance(value, int | float) and not isinstance(value, bool)


def _note_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("socket_task_failed", exc_info=task.exception())


def _presence_frame(member: str, name: str, state: str, device: str, viewing: str | None = None) -> Frame:
    who = {"id": member, "name": name}
    return {"type": "presence", "user": who, "state": state, "device": device, "viewing": viewing}


def _uuid(frame: Frame) -> str:
    try:
        return str(UUID(frame["conversation_id"]))
    except (KeyError, ValueError, TypeError, AttributeError) as problem:
        raise Unreadable from problem
