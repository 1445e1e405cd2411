import json
import os
import time

from django.conf import LazySettings

from kernel import heartbeat, redis


def test_beat_is_heard_with_its_process():
    heartbeat.beat("ingest")
    [one] = heartbeat.heartbeats()
    assert (one.name, one.pid) == ("ingest", os.getpid())
    assert one.age < 1


def test_beat_writes_only_every_few_seconds():
    heartbeat.beat("ingest")
    redis.client().flushdb()
    heartbeat.beat("ingest")
    assert heartbeat.heartbeats() == []


def test_a_process_silent_for_ten_minutes_is_no_longer_listed_and_is_forgotten():
    heartbeat.beat("ingest")
    long_ago = json.dumps({"name": "worker", "host": "h", "pid": 1, "at": time.time() - 601})
    redis.client().hset(redis.key("heartbeats"), "worker:h:1", long_ago)
    assert [one.name for one in heartbeat.heartbeats()] == ["ingest"]
    assert heartbeat.forget_the_gone() == 1
    assert redis.client().hlen(redis.key("heartbeats")) == 1
    assert heartbeat.forget_the_gone() == 0


def test_a_start_forgets_the_processes_of_this_machine_only():
    heartbeat.beat("ingest")
    elsewhere = json.dumps({"name": "worker", "host": "elsewhere", "pid": 1, "at": time.time()})
    redis.client().hset(redis.key("heartbeats"), "worker:elsewhere:1", elsewhere)
    heartbeat.forget_this_host()
    heartbeat.forget_this_host()
    assert [one.host for one in heartbeat.heartbeats()] == ["elsewhere"]


def test_beat_without_redis_does_not_stop_the_work(settings: LazySettings):
    there = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis.client.cache_clear()
    heartbeat.beat("ingest")
    settings.REDIS_URL = there
    redis.client.cache_clear()
    assert heartbeat.heartbeats() == []
