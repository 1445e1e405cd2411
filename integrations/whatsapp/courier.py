"""Posting signed webhooks the way the vendor does, for those who play the vendor in development."""

import secrets

import httpx

from integrations.whatsapp import signature

TIMEOUT = 10.0
GIVE_UP_AFTER = 7 * 86_400.0
"""Seconds after which the vendor drops a webhook that nobody took."""
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 30.0
"""The vendor waits for hours in the end; in development nobody wants to."""
_OK = 200


def new_client() -> httpx.AsyncClient:
    """Return a client for `post`; close it after use."""
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=3.0)
    return httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False)


async def post(client: httpx.AsyncClient, url: str, secret: str, raw: bytes) -> bool:
    """Post one webhook; tell whether it was taken. Only status 200 counts, as with the vendor."""
    return await send(client, url, secret, raw) == _OK


async def send(client: httpx.AsyncClient, url: str, secret: str, raw: bytes) -> int:
    """Post one webhook; return the status of the answer, 0 for none."""
    headers = {
        "content-type": "application/json",
        "user-agent": "facebookexternalua",
        signature.HEADER: signature.sign(secret, raw),
    }
    try:
        answer = await client.post(url, content=raw, headers=headers)
    except httpx.HTTPError:
        return 0
    return answer.status_code


def wait_before(attempt: int) -> float:
    """Return the seconds before try number `attempt` + 1: almost at once, then less and less often."""
    return min(_FIRST_WAIT * 2.0 ** min(attempt - 1, 16), _LONGEST_WAIT)


async def challenge(url: str, verify_token: str) -> bool:
    """Ask a receiver to prove that it is ours, as the vendor does before it sends webhooks to a new address."""
    word = secrets.token_hex(8)
    query = {"hub.mode": "subscribe", "hub.challenge": word, "hub.verify_token": verify_token}
    async with new_client() as client:
        try:
            answer = await client.get(url, params=query)
        except httpx.HTTPError:
            return False
    return answer.status_code == _OK and answer.text == word
