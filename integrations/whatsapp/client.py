"""Calls to the WhatsApp Cloud API for one phone number of one tenant.

Every send goes through the tenant's breaker and the vendor's limits, and ends in one of three ways: Accepted, a
VendorError of fate NOT_SENT, or one of fate UNKNOWN. The vendor documents no idempotency key, so nothing of unknown
fate is ever repeated here.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any, BinaryIO
from urllib.parse import quote

from django.conf import settings

from integrations import http, limits
from integrations.breaker import Breaker
from integrations.errors import LimitReached, Scope, VendorError
from integrations.limits import Limit
from integrations.whatsapp import answers, media
from integrations.whatsapp.media import MediaInfo
from integrations.whatsapp.types import Accepted, NumberInfo, Recipient
from kernel import redis

VENDOR = "whatsapp"
NUMBER_RATE = 80
"""Messages a second of one number; the vendor raises it to 1,000, and lowers it to 20 beside the phone app."""
PAIR_INTERVAL = 6.0
PAIR_BURST = 45
"""To one person: one message in 6 s, up to 45 at once that are paid back by waiting."""
_PATIENCE = 0.3
"""Seconds a send may wait for room before it is put off."""
_NO_SUCH_OBJECT = frozenset({"100", "131052", "HTTP_404"})
"""What the vendor says to an id it has forgotten."""
_NO_ID = "the vendor gave the file no id"
_NUMBER_FIELDS = "id,display_phone_number,verified_name,quality_rating,status"
_NUMBER_PAGE = "100"
_TEMPLATE_PAGE = "200"
_MOST_TEMPLATE_PAGES = 50


class WhatsAppClient:
    """One phone number. Cheap to make: connections, limits and breaker state live outside of it."""

    def __init__(
        self,
        *,
        tenant: str,
        phone_number_id: str,
        access_token: str,
        version: str | None = None,
        base_url: str | None = None,
        number_rate: int = NUMBER_RATE,
    ) -> None:
        """Take the tenant's schema name; `version` and `base_url` default to the settings."""
        self._tenant = tenant
        self._number = phone_number_id
        self._access_token = access_token
        self._version = version or settings.WHATSAPP_GRAPH_VERSION
        self._base_url = base_url or settings.WHATSAPP_GRAPH_URL
        self._number_rate = number_rate
        self._breaker = Breaker(VENDOR, tenant)

    def send_text(
        self, *, to: Recipient, body: str, tag: str, reply_to: str | None = None, preview_url: bool = False
    ) -> Accepted:
        """Send free text, which the vendor takes only inside the 24-hour window. Raises VendorError.

        `tag` comes back in every status of this message; `reply_to` is the vendor's id of the message to quote.
        """
        content = {"type": "text", "text": {"body": body, "preview_url": preview_url}}
        return self._send(to, content, tag, reply_to)

    def send_template(
        self, *, to: Recipient, name: str, language: str, components: list[dict[str, Any]], tag: str
    ) -> Accepted:
        """Send an approved template, which needs no open window. Raises VendorError."""
        template = {"name": name, "language": {"code": language}, "components": components}
        return self._send(to, {"type": "template", "template": template}, tag, None)

    def send_content(
        self, *, to: Recipient, content: dict[str, Any], tag: str, reply_to: str | None = None
    ) -> Accepted:
        """Send a message in the vendor's form (`integrations.whatsapp.outgoing`). Raises VendorError."""
        return self._send(to, content, tag, reply_to)

    def mark_read(self, *, message_id: str, typing: bool = False) -> None:
        """Show the customer that a message was read, and with `typing` that an answer is on its way.

        Raises VendorError, retryable also after a time-out: saying it twice does no harm.
        """
        payload: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        if typing:
            payload["typing_indicator"] = {"type": "text"}
        self._breaker.call(lambda: answers.checked(self._post(payload, harmless=True)))

    def list_numbers(self, *, waba_id: str) -> list[NumberInfo]:
        """Return the numbers of a business account that this access token may see. Raises VendorError."""
        query = {"fields": _NUMBER_FIELDS, "limit": _NUMBER_PAGE}
        page = answers.checked(
            self._breaker.call(lambda: self._call("GET", waba_id, "phone_numbers", query=query, harmless=True))
        )
        return answers.numbers(page)

    def subscribe(self, *, waba_id: str) -> None:
        """Have the app of this access token told what happens in a business account. Raises VendorError.

        Repeating it does no harm: an app is subscribed once.
        """
        self._breaker.call(
            lambda: answers.checked(self._call("POST", waba_id, "subscribed_apps", payload={}, harmless=True))
        )

    def list_templates(self, *, waba_id: str) -> list[dict[str, Any]]:
        """Return every template of a business account as the vendor lists it. Raises VendorError."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        for _page in range(_MOST_TEMPLATE_PAGES):
            query = {"limit": _TEMPLATE_PAGE, **({"after": after} if after else {})}
            page = answers.checked(self._breaker.call(lambda query=query: self._get(waba_id, query)))  # type: ignore[misc]
            found += answers.templates(page)
            after = answers.next_page(page)
            if after is None:
                break
        return found

    def look_up_media(self, media_id: str) -> MediaInfo:
        """Return where the vendor keeps a file. Raises VendorError, FILE_GONE when it keeps it no longer."""
        query = {"phone_number_id": self._number}
        try:
            answer = self._breaker.call(lambda: self._call("GET", media_id, "", query=query, harmless=True))
        except VendorError as error:
            if error.code in _NO_SUCH_OBJECT:
                raise media.refused(media.GONE, error.detail) from error
            raise
        found = answers.checked(answer)
        told = {name: str(found.get(name) or "") for name in ("url", "mime_type", "sha256")}
        return MediaInfo(url=told["url"], mime_type=told["mime_type"], sha256=media.hex_digest(told["sha256"]))

    def download_media(self, info: MediaInfo, *, into: BinaryIO, max_bytes: int) -> None:
        """Write a file the vendor keeps into `into`. Raises VendorError."""
        media.download(info.url, tenant=self._tenant, token=self._access_token, into=into, max_bytes=max_bytes)

    def upload_media(self, file: http.FilePart) -> str:
        """Bring a file to the vendor and return the id under which messages name it, for 30 days.

        Raises VendorError, retryable also after a time-out: a file nobody names does no harm.
        """
        fields = {"messaging_product": "whatsapp", "type": file.media_type}
        answer = answers.checked(self._breaker.call(lambda: self._upload(fields, file)))
        if not (isinstance(answer.get("id"), str) and answer["id"]):
            raise answers.lost(_NO_ID, harmless=True, outage=False)
        return str(answer["id"])

    def _send(self, to: Recipient, content: dict[str, Any], tag: str, reply_to: str | None) -> Accepted:
        payload: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **to.address,
            **content,
            "biz_opaque_callback_data": tag,
        }
        if reply_to:
            payload["context"] = {"message_id": reply_to}
        return self._breaker.call(lambda: self._send_within_limits(to, payload))

    def _send_within_limits(self, to: Recipient, payload: dict[str, Any]) -> Accepted:
        self._take(self._limits(to))
        return answers.accepted(self._post(payload, harmless=False))

    def _take(self, wanted: list[Limit]) -> None:
        """Count a message, after waiting a moment when that is all it needs: cheaper than coming back later."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return limits.take(wanted)
            except LimitReached as error:
                wait = error.retry_after or 0.0
                if time.monotonic() + wait > end:
                    raise
            time.sleep(wait)

    def _limits(self, to: Recipient) -> list[Limit]:
        """Return the limits of this number and of this pair; people appear in keys only as a digest."""
        person = hashlib.blake2s((to.phone or to.user_id or "").encode(), digest_size=12).hexdigest()
        number = f"{{{self._number}}}"
        return [
            Limit.per_second(redis.key(self._tenant, VENDOR, number, "number"), Scope.NUMBER, self._number_rate),
            Limit(redis.key(self._tenant, VENDOR, number, person), Scope.PAIR, PAIR_INTERVAL, PAIR_BURST),
        ]

    def _post(self, payload: dict[str, Any], *, harmless: bool) -> http.Answer:
        return self._call("POST", self._number, "messages", payload=payload, harmless=harmless)

    def _get(self, waba_id: str, query: dict[str, str]) -> http.Answer:
        return self._call("GET", waba_id, "message_templates", query=query, harmless=True)

    def _upload(self, fields: dict[str, str], file: http.FilePart) -> http.Answer:
        file.content.seek(0)
        door = http.client(self._base_url, operator_url=True, timeout=media.TIMEOUT)
        path, headers = self._path(self._number, "media"), self._headers()
        return self._judged(lambda: door.upload(path, fields=fields, file=file, headers=headers), harmless=True)

    def _call(
        self,
        method: str,
        node: str,
        edge: str,
        *,
        harmless: bool,
        query: dict[str, str] | None = None,
        payload: dict[str, Any] | None = None,
    ) -> http.Answer:
        door = http.client(self._base_url, operator_url=True)
        path, headers = self._path(node, edge), self._headers()
        return self._judged(
            lambda: door.request(method, path, headers=headers, query=query, payload=payload), harmless=harmless
        )

    def _path(self, node: str, edge: str) -> str:
        return f"/{quote(self._version)}/{quote(node, safe='')}" + (f"/{edge}" if edge else "")

    def _headers(self) -> dict[str, str]:
        """Return the headers of every call. Raises VendorError for a token that cannot be one."""
        if not _can_be_sent(self._access_token):
            raise answers.no_token()
        return {"authorization": f"Bearer {self._access_token}", "user-agent": "Redress"}

    def _judged(self, request: Callable[[], http.Answer], *, harmless: bool) -> http.Answer:
        """Make the request and judge how it went; `harmless` ones may be repeated whatever became of them."""
        try:
            answer = request()
        except http.NotReachedError as error:
            raise answers.unreachable(str(error)) from error
        except http.AnswerLostError as error:
            raise answers.lost(str(error), harmless=harmless) from error
        answers.raise_refusal(answer, harmless=harmless)
        return answer


def _can_be_sent(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
