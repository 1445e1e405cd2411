import subprocess
import sys

from config.environment import ROOT
from kernel.testing.servers import program_environment
from tests.cast import Stage

PROGRAM = """
import django
django.setup()
from kernel.starting import begin
import gc
before = gc.get_freeze_count()
begin()
print(before, gc.get_freeze_count() > 50_000)
"""


def test_what_was_loaded_is_left_alone_once_a_process_begins(northside: Stage) -> None:
    environment = program_environment() | {"DJANGO_SETTINGS_MODULE": "config.settings_test"}
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert said.stdout.split() == ["0", "True"]
