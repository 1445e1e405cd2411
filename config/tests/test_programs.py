from configparser import RawConfigParser
from pathlib import Path

from supervisor.options import ServerOptions

from config.programs import Program, configuration


def _configuration(tmp_path: Path) -> str:
    odd = Program("web", ["/bin/my python", "-m", "50%done", "a b"], environment={"X": "1%2"}, directory=tmp_path)
    return configuration(
        var=tmp_path, port=4321, password="pa%ss", servers=[Program("db", ["/bin/db"], account="nobody")], app=[odd],
        account="",
    )  # fmt: skip


def test_supervisor_itself_understands_the_configuration(tmp_path: Path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    path = tmp_path / "supervisord.conf"
    path.write_text(_configuration(tmp_path))
    options = ServerOptions()
    options.realize(["-c", str(path)])
    groups = {group.name: group for group in options.process_group_configs}
    assert sorted(groups) == ["db", "redress"]
    assert groups["db"].priority < groups["redress"].priority
    [web] = groups["redress"].process_configs
    assert web.command == "'/bin/my python' -m 50%done 'a b'"
    assert web.environment == {"PROCESS_NAME": "web", "X": "1%2"}
    assert (web.autostart, web.stopwaitsecs) == (False, 7)
    [server] = options.server_configs
    assert (server["host"], server["port"], server["password"]) == ("127.0.0.1", 4321, "pa%ss")


def test_every_section_has_only_values_that_are_set(tmp_path: Path):
    parser = RawConfigParser()
    parser.read_string(_configuration(tmp_path))
    assert parser["program:db"]["user"] == "nobody"
    assert "user" not in parser["program:web"]
    assert "user" not in parser["supervisord"]
