import asyncio

from channels.layers import get_channel_layer

from kernel import live, redis


def test_a_tenant_is_listened_to_while_a_process_has_its_group_open_and_no_other_is():
    async def listen():
        layer = get_channel_layer()
        channel = await layer.new_channel()
        before = await asyncio.to_thread(live.anybody_listens, "t_one")
        await layer.group_add(live.group_of("t_one"), channel)
        during = [await asyncio.to_thread(live.anybody_listens, schema) for schema in ("t_one", "t_two")]
        await layer.group_discard(live.group_of("t_one"), channel)
        after = await asyncio.to_thread(live.anybody_listens, "t_one")
        await layer.flush()
        return before, during, after

    assert asyncio.run(listen()) == (False, [True, False], False)


def test_without_an_answer_somebody_may_be_listening(monkeypatch):
    away = redis.redis.Redis(port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr(live.redis, "client", lambda: away)
    assert live.anybody_listens("t_one")
