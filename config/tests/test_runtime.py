import socket
from pathlib import Path

import pytest

from config.runtime import SECRETS, Runtime, write_private


def test_secrets_are_made_once_and_stay(tmp_path: Path):
    first = Runtime.load(tmp_path)
    first.complete()
    first.save()
    second = Runtime.load(tmp_path)
    second.complete()
    assert {name: second.values[name] for name in SECRETS} == {name: first.values[name] for name in SECRETS}
    assert len({first.values[name] for name in SECRETS}) == len(SECRETS)


def test_ports_stay_while_they_are_free(tmp_path: Path):
    runtime = Runtime.load(tmp_path)
    runtime.complete()
    before = dict(runtime.values)
    with socket.create_server(("127.0.0.1", runtime.port("REDIS_PORT"))):
        runtime.complete()
    assert runtime.values["POSTGRES_PORT"] == before["POSTGRES_PORT"]
    assert runtime.values["REDIS_PORT"] != before["REDIS_PORT"]


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    runtime = Runtime(tmp_path, {"WHATSAPP_APP_SECRET": "ours"})
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "theirs")
    assert runtime["WHATSAPP_APP_SECRET"] == "theirs"
    monkeypatch.delenv("WHATSAPP_APP_SECRET")
    assert runtime["WHATSAPP_APP_SECRET"] == "ours"


def test_the_file_is_private_and_replaced_whole(tmp_path: Path):
    path = tmp_path / "x"
    write_private(path, "one")
    inode = path.stat().st_ino
    write_private(path, "two")
    assert path.read_text() == "two"
    assert path.stat().st_ino != inode
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
