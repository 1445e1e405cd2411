"""Demo traffic: plausible, well-formed, signed, at the rate asked for."""

import asyncio
import hashlib
import itertools
import json
import random
import re
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from integrations.whatsapp import courier, signature
from integrations.whatsapp.inbound import split
from integrations.whatsapp.simulation import runner
from integrations.whatsapp.simulation.files import Files
from integrations.whatsapp.simulation.people import MOST_PEOPLE, person
from integrations.whatsapp.simulation.runner import Tally, Target, run
from integrations.whatsapp.simulation.stories import STORIES
from integrations.whatsapp.simulation.traffic import Post, Traffic
from integrations.whatsapp.tests.conftest import SECRET
from integrations.whatsapp.types import PieceKind
from integrations.whatsapp.wire import Number

NUMBERS = [Number("700100", "900100", "12125550100"), Number("700200", "900200", "13035550100")]


def posts(count: int, *, seed: int = 3, customers: int = 60, **more: Any) -> list[Post]:
    return list(itertools.islice(Traffic(NUMBERS, customers=customers, at_once=12, seed=seed, **more), count))


@pytest.fixture
def files(emulator) -> Iterator[Files]:
    chance = random.Random(3)  # noqa: S311 - which picture, no secret
    with closing(Files(emulator.url, chance)) as opened:
        yield opened


class TestPeople:
    def test_everybody_is_somebody_else_with_a_fictional_phone(self):
        everybody = [person(number) for number in range(MOST_PEOPLE)]
        assert len({one.phone for one in everybody}) == len({one.user_id for one in everybody}) == MOST_PEOPLE
        for one in everybody:
            assert re.fullmatch(r"\+1[2-9]\d\d55501[0-8]\d", one.phone)
            assert re.fullmatch(r"US\.\d{20}", one.user_id)

    def test_two_in_five_speak_spanish_and_a_few_hide_their_phone(self):
        crowd = [person(number) for number in range(340)]
        assert sum(one.language == "es" for one in crowd) == 136
        assert sum(one.hides_phone for one in crowd) == 20

    def test_the_same_number_is_always_the_same_person(self):
        assert person(41) == person(41)


class TestTraffic:
    def test_every_post_is_one_good_message_of_its_sender(self, files):
        for post in posts(800, files=files):
            (piece,) = split(json.loads(json.dumps(post.payload)))
            assert (piece.kind, piece.problem) == (PieceKind.MESSAGE, "")
            message, who = piece.value, post.person
            expected_phone = None if who.hides_phone else who.phone
            assert (message.sender.user_id, message.sender.phone) == (who.user_id, expected_phone)
            assert message.sender.name == who.name
            assert message.type == post.kind
            assert abs(message.sent_at.timestamp() - time.time()) < 30
            assert piece.phone_number_id in {"700100", "700200"}

    def test_every_kind_of_message_and_both_languages_occur(self, files):
        seen = posts(800, files=files)
        kinds = Counter(post.kind for post in seen)
        assert set(kinds) == {turn.kind for stories in STORIES.values() for story in stories for turn in story}
        assert kinds["text"] > 400
        assert {post.person.language for post in seen} == {"en", "es"}

    def test_every_file_can_be_fetched_and_is_another_one(self, emulator, files):
        found: dict[str, dict[str, Any]] = {}
        for post in posts(300, files=files):
            if post.kind in {"image", "audio", "document", "sticker"}:
                media: Any = body(post)[post.kind]
                assert media["id"] not in found
                found[media["id"]] = media
        assert len(found) > 30
        for media_id, media in list(found.items())[::10]:
            headers = {"authorization": "Bearer t"}
            shown = httpx.get(f"{emulator.url}/v26.0/{media_id}", headers=headers).json()
            content = httpx.get(shown["url"], headers=headers).content
            assert b64decode(media["sha256"]) == hashlib.sha256(content).digest()
            assert shown["mime_type"] == media["mime_type"].partition(";")[0]

    def test_files_can_be_more_or_fewer(self, files):
        def share(wanted: float) -> float:
            seen = posts(400, files=files, media_share=wanted)
            return sum(post.kind in {"image", "audio", "document", "sticker"} for post in seen) / len(seen)

        assert share(0.0) == 0
        assert share(1.0) == 1
        assert 0.4 < share(0.5) < 0.6

    def test_without_an_emulator_nobody_sends_files(self):
        assert {post.kind for post in posts(400)} & {"image", "audio", "document", "sticker"} == set()

    def test_only_those_who_speak_a_language(self):
        assert {post.person.language for post in posts(200, languages=("es",))} == {"es"}

    def test_some_quote_what_they_said_before(self):
        said: dict[str, set[str]] = {}
        quoted = 0
        for post in posts(800):
            message: dict[str, Any] = body(post)
            if "context" in message:
                assert message["context"]["id"] in said[post.person.phone]
                quoted += 1
            said.setdefault(post.person.phone, set()).add(message["id"])
        assert quoted > 20

    def test_people_write_several_turns_and_stay_with_one_number(self):
        of_person: dict[str, list[Post]] = {}
        for post in posts(300, customers=60):
            of_person.setdefault(post.person.phone, []).append(post)
        assert len(of_person) > 20
        assert max(len(turns) for turns in of_person.values()) >= 5

    def test_a_reaction_is_to_a_message_of_the_same_conversation(self):
        said: dict[str, set[str]] = {}
        for post in posts(800):
            (message,) = post.payload["entry"][0]["changes"][0]["value"]["messages"]
            if post.kind == "reaction":
                assert message["reaction"]["message_id"] in said[post.person.phone]
            said.setdefault(post.person.phone, set()).add(message["id"])

    def test_a_seed_repeats_the_words_and_never_the_ids(self):
        def words(seed: int) -> list[tuple[str, str]]:
            return [(post.person.name, json.dumps(body(post).get("text"))) for post in posts(100, seed=seed)]

        assert words(5) == words(5)
        assert words(5) != words(6)
        assert len({body(post)["id"] for post in posts(100) + posts(100)}) == 200

    def test_fewer_customers_than_places_is_fine(self):
        assert len({post.person.phone for post in posts(100, customers=2)}) == 2


def body(post: Post) -> dict[str, object]:
    (message,) = post.payload["entry"][0]["changes"][0]["value"]["messages"]
    return dict(message)


def play(target: Target, *, rate: float, seconds: float, stop_after: float | None = None) -> tuple[Tally, float]:
    async def go() -> Tally:
        stop = asyncio.Event()
        if stop_after is not None:
            asyncio.get_running_loop().call_later(stop_after, stop.set)
        traffic = Traffic(NUMBERS, customers=30, at_once=6, seed=1)
        return await run(traffic, target, rate=rate, seconds=seconds, report=lambda *_: None, stop=stop)

    started = time.monotonic()
    return asyncio.run(go()), time.monotonic() - started


class TestRunning:
    def test_as_many_as_asked_for_signed_and_evenly_spread(self, receiver):
        tally, seconds = play(Target(receiver.url, SECRET), rate=50, seconds=1)
        assert (tally.sent, tally.accepted, tally.failed, tally.retries, tally.waiting) == (50, 50, 0, 0, 0)
        assert seconds >= 0.98
        assert len(receiver.seen) == 50
        for seen in receiver.seen:
            assert signature.matches(SECRET, seen.raw, seen.headers["x-hub-signature-256"])
        assert seen.raw.isascii()

    def test_what_is_not_taken_is_tried_again_with_the_same_bytes(self, receiver):
        receiver.recorder.answers = [(503, {}), (500, {}), (200, {})]
        tally, _seconds = play(Target(receiver.url, SECRET), rate=1, seconds=1)
        assert (tally.sent, tally.accepted, tally.retries) == (1, 1, 2)
        assert len({seen.raw for seen in receiver.seen}) == 1

    def test_what_nobody_takes_is_given_up_and_counted(self, monkeypatch):
        monkeypatch.setattr(runner, "GIVE_UP_AFTER", 0.3)
        tally, _seconds = play(Target("http://127.0.0.1:9/", SECRET), rate=4, seconds=0.5)
        assert (tally.sent, tally.accepted, tally.failed) == (2, 0, 2)
        assert tally.summary(1.0)["ack_ms"] == {"p50": None, "p95": None, "max": None}

    def test_it_stops_when_asked(self):
        tally, seconds = play(Target("http://127.0.0.1:9/", SECRET), rate=10, seconds=60, stop_after=0.3)
        assert seconds < 30
        assert 1 <= tally.sent < 300

    def test_the_waits_grow_and_have_an_end(self):
        assert [courier.wait_before(attempt) for attempt in (1, 2, 3, 8, 9999)] == [0.25, 0.5, 1.0, 30.0, 30.0]


@pytest.fixture
def demo(settings, tmp_path, receiver):
    """Stand where the product is running."""
    settings.DATA_DIR = tmp_path
    outlets = [{"id": "o1", "phone_number_id": "700100", "display_phone_number": "+12125550100"}]
    content = {
        "whatsapp": {"app_secret": SECRET, "webhook_url": receiver.url},
        "tenants": [
            {"slug": "northside", "outlets": outlets},
            {"slug": "harbor", "outlets": [{"id": "o2", "phone_number_id": "700200"}]},
        ],
    }
    (tmp_path / "demo.json").write_text(json.dumps(content))
    return tmp_path / "demo.json"


def simulate(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("simulate", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def numbers_hit(receiver) -> set[str]:
    return {piece.phone_number_id for seen in receiver.seen for piece in split(seen.body)}


@pytest.mark.usefixtures("demo")
class TestCommand:
    def test_it_finds_the_outlets_by_itself(self, receiver):
        out, _err = simulate("--rate", "40", "--minutes", "0.01", "--seed", "4")
        assert "24 sent, 24 taken" in out
        assert "customers:" in out
        assert numbers_hit(receiver) == {"700100", "700200"}

    def test_json_is_the_only_thing_on_stdout(self, receiver):
        out, err = simulate("--rate", "20", "--minutes", "0.01", "--json", "--tenant", "harbor")
        result = json.loads(out)
        assert (result["sent"], result["accepted"], result["failed"], result["waiting"]) == (12, 12, 0, 0)
        assert sum(result["by_type"].values()) == 12
        assert 0 < result["ack_ms"]["p50"] <= result["ack_ms"]["p95"] <= result["ack_ms"]["max"]
        assert "20 messages/s" in err
        assert numbers_hit(receiver) == {"700200"}

    def test_it_ends_after_so_many_messages_in_one_language_with_files(self, emulator):
        asked = ["--messages", "10", "--language", "es", "--media-share", "1", "--emulator-url", emulator.url]
        out, err = simulate("--rate", "100", "--json", *asked)
        result = json.loads(out)
        assert (result["sent"], result["accepted"]) == (10, 10)
        assert set(result["by_type"]) <= {"image", "audio", "document", "sticker"}
        assert "No emulator" not in err

    def test_without_an_emulator_it_says_so(self):
        out, _err = simulate("--messages", "2", "--rate", "20")
        assert "nobody sends files" in out

    def test_an_outlet_can_be_named(self, receiver):
        simulate("--rate", "20", "--minutes", "0.01", "--phone-number-id", "700999")
        assert numbers_hit(receiver) == {"700999"}

    def test_what_is_not_taken_ends_with_exit_code_1(self, monkeypatch):
        monkeypatch.setattr(runner, "GIVE_UP_AFTER", 0.2)
        with pytest.raises(SystemExit) as caught:
            simulate("--rate", "20", "--minutes", "0.002", "--webhook-url", "http://127.0.0.1:9/")
        assert caught.value.code == 1

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            (["--rate", "0"], "--rate is above 0 and at most 1000"),
            (["--rate", "nan"], "--rate is above 0 and at most 1000"),
            (["--minutes", "-1"], "--minutes is above 0"),
            (["--customers", "0"], "--customers is 1 to 1440"),
            (["--messages", "0"], "--messages is above 0"),
            (["--media-share", "1.5"], "--media-share is 0 to 1"),
            (["--media-share", "0.5"], "--media-share: no emulator at"),
            (["--tenant", "nobody"], "no such tenant in the running product: nobody"),
        ],
    )
    def test_unusable_input_ends_with_exit_code_2(self, arguments, problem):
        with pytest.raises(CommandError, match=problem) as caught:
            simulate(*arguments)
        assert caught.value.returncode == 2

    def test_a_broken_demo_file_is_told(self, demo):
        demo.write_text("{")
        with pytest.raises(CommandError, match=r"demo\.json is no JSON") as caught:
            simulate()
        assert caught.value.returncode == 2

    def test_without_a_running_product_an_outlet_must_be_named(self, demo, receiver):
        demo.unlink()
        with pytest.raises(CommandError, match="start the product with `make run` first"):
            simulate()
        url = ["--webhook-url", receiver.url]
        simulate("--phone-number-id", "700999", "--rate", "20", "--minutes", "0.002", *url)
        assert numbers_hit(receiver) == {"700999"}
