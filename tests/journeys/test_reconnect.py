"""Losing the line: sleep, a server that goes away, no network; nothing is missing afterwards and nothing is doubled."""

import json
import re
import threading

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.journeys.agent import Agent
from tests.journeys.conftest import Hire, Meet
from tests.journeys.product import until


class Line:
    """The network of a browser, to cut and mend: requests and sockets alike."""

    def __init__(self, page: Page) -> None:
        self.page, self.is_cut = page, False
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket(re.compile(r"/ws/inbox/"), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close()
            return
        self.sockets.append(socket)
        socket.connect_to_server()

    def cut(self) -> None:
        """Nothing gets through, also on what is open."""
        self.is_cut = True
        self.page.context.set_offline(True)
        while self.sockets:
            self.sockets.pop().close()

    def mend(self) -> None:
        """Everything gets through again."""
        self.is_cut = False
        self.page.context.set_offline(False)


def texts(agent: Agent) -> list[str]:
    return agent.page.locator("#msgs .bub__text").all_inner_texts()


def test_server_restart_loses_and_doubles_nothing(hire: Hire, meet: Meet) -> None:
    alice, maribel = hire("alice"), meet("Maribel Ortega")
    maribel.says("one")
    alice.look_at("/inbox/?view=all")
    alice.open("Maribel Ortega")
    expect(alice.bubble("one")).to_have_count(1)

    alice.product.kill("web")
    expect(alice.page.locator("#offline")).to_contain_text("Offline")
    alice.reply("written while offline")
    waiting = alice.bubble("written while offline")
    expect(waiting.locator(".ticks")).to_have_attribute("data-status", "queued")
    expect(alice.page.locator("#offline")).to_contain_text("1 reply will be sent when you are back")

    alice.product.start("web")
    alice.product.wait_until_up()
    maribel.says("two")
    maribel.says("three")
    expect(alice.bubble("three")).to_have_count(1, timeout=60_000)
    expect(alice.page.locator("#offline")).to_be_hidden()
    expect(waiting.locator(".ticks")).to_have_attribute("data-status", re.compile("delivered|read"))
    expect(alice.bubble("two")).to_have_count(1)
    assert sorted(texts(alice)) == ["one", "three", "two", "written while offline"]
    assert alice.product.texts_sent(maribel.phone) == ["written while offline"]
    expect(alice.row("Maribel Ortega")).to_have_count(1)


def test_offline_browser_catches_up_and_sends_what_waited_after_a_reload(hire: Hire, meet: Meet) -> None:
    alice, omar = hire("alice"), meet("Omar Delgado")
    omar.says("one")
    line = Line(alice.page)
    alice.look_at("/inbox/?view=all")
    alice.open("Omar Delgado")
    line.cut()
    expect(alice.page.locator("#offline")).to_contain_text("Offline")
    alice.reply("kept in the browser")
    omar.says("two")
    meet("Sana Khalid").says("new while you were away")
    expect(alice.page.locator("#offline")).to_contain_text("1 reply will be sent when you are back")
    expect(alice.bubble("two")).to_have_count(0)
    line.mend()
    alice.page.reload()
    expect(alice.bubble("kept in the browser").locator(".ticks")).to_have_attribute(
        "data-status", re.compile("delivered|read")
    )
    expect(alice.bubble("two")).to_have_count(1)
    assert sorted(texts(alice)) == ["kept in the browser", "one", "two"]
    expect(alice.row("Sana Khalid")).to_have_count(1)
    assert alice.product.texts_sent(omar.phone) == ["kept in the browser"]


def test_asleep_page_resumes_without_a_reload(hire: Hire, meet: Meet) -> None:
    alice, maribel = hire("alice"), meet("Maribel Ortega")
    maribel.says("one")
    line = Line(alice.page)
    alice.look_at("/inbox/?view=all")
    alice.open("Maribel Ortega")
    alice.reply("two")
    expect(alice.bubble("two").locator(".ticks")).to_have_attribute("data-status", re.compile("delivered|read"))
    line.cut()
    for text in ("three", "four", "five"):
        maribel.says(text)
    meet("Sana Khalid").says("new while you slept")
    expect(alice.page.locator("#offline")).to_contain_text("Offline")
    line.mend()
    expect(alice.bubble("five")).to_have_count(1)
    expect(alice.row("Sana Khalid")).to_have_count(1)
    expect(alice.page.locator("#offline")).to_be_hidden()
    assert sorted(texts(alice)) == ["five", "four", "one", "three", "two"]


def test_blocked_sockets_fall_back_to_polling(hire: Hire, meet: Meet) -> None:
    alice, gloria = hire("alice"), meet("Gloria Restrepo")
    gloria.says("one")
    alice.page.route_web_socket(re.compile(r"/ws/inbox/"), lambda socket: socket.close())
    alice.page.goto(alice.product.url(alice.stage, "/inbox/?view=all"))
    alice.open("Gloria Restrepo")
    expect(alice.page.locator("#offline")).to_contain_text("every 5 seconds")
    gloria.says("two")
    expect(alice.bubble("two")).to_have_count(1)
    alice.reply("three")
    expect(alice.bubble("three").locator(".ticks")).to_have_attribute("data-status", re.compile("sent|delivered|read"))
    until(lambda: len(alice.product.accepted(gloria.phone)) == 1, "the reply did not reach the vendor")
    assert sorted(texts(alice)) == ["one", "three", "two"]


def test_gap_too_long_to_resume_refetches_list_and_thread(hire: Hire, meet: Meet) -> None:
    alice, terrence = hire("alice"), meet("Terrence Wade")
    terrence.says("before")
    lost, sockets = threading.Event(), list[WebSocketRoute]()

    def between(socket: WebSocketRoute) -> None:
        """Stand between page and server; while `lost` is set nothing the server says arrives."""
        sockets.append(socket)
        server = socket.connect_to_server()
        server.on_message(lambda message: None if lost.is_set() else socket.send(message))

    alice.page.route_web_socket(re.compile(r"/ws/inbox/"), between)
    alice.look_at("/inbox/?view=all")
    alice.open("Terrence Wade")
    expect(alice.bubble("before")).to_have_count(1)
    lost.set()
    terrence.says("lost on the way")
    meet("Sana Khalid").says("nobody told you of me")
    alice.page.wait_for_timeout(2500)
    expect(alice.bubble("lost on the way")).to_have_count(0)
    sockets[-1].send(json.dumps({"type": "gap", "from": 1, "to": 1000, "refetch": ["conversations"]}))
    expect(alice.bubble("lost on the way")).to_have_count(1)
    expect(alice.bubble("before")).to_have_count(1)
    expect(alice.row("Sana Khalid")).to_have_count(1)
    expect(alice.row("Terrence Wade")).to_have_count(1)
