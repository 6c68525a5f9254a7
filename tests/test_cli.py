"""Help in pipes and terminals, NO_COLOR, and shell completion."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers_site import cli, environment
from helpers_terminal import run_in_terminal

ROOT = Path(__file__).parents[1]
ESCAPE = "\x1b["
COMMANDS = [[], ["--help"], ["publish", "--help"], ["subscribers", "--help"]]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_help_in_a_pipe_is_plain_lines(arguments: list[str]) -> None:
    done = cli(ROOT, *arguments)
    text = done.stdout + done.stderr
    assert text.startswith("Usage: ")
    assert text.isascii()
    assert all(len(line) <= 80 for line in text.splitlines())


def test_the_list_of_commands_shortens_no_sentence() -> None:
    for arguments in (["--help"], ["subscribers", "--help"]):
        assert "..." not in cli(ROOT, *arguments).stdout.partition("Commands:")[2]


def test_a_usage_error_in_a_pipe_is_plain_lines() -> None:
    done = cli(ROOT, "publish", "--nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.isascii()
    assert "No such option: --nothing" in done.stderr


def test_help_on_a_terminal_has_colours() -> None:
    assert ESCAPE in run_in_terminal(ROOT, "publish", "--help")[1]


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["publish", "--nothing"], ["check"], ["status"], ["compose", "unknown"], ["run", "--once"]],
    ids=" ".join,
)
def test_no_color_means_no_escape_sequences(tmp_path: Path, arguments: list[str]) -> None:
    for name in ("plain", "coloured"):
        shutil.copytree(ROOT / "examples" / "harbour", tmp_path / name)
    _, received = run_in_terminal(tmp_path / "plain", *arguments, NO_COLOR="1")
    assert received
    assert ESCAPE not in received
    assert ESCAPE in run_in_terminal(tmp_path / "coloured", *arguments)[1], "without NO_COLOR"


SHELLS = {"bash": ["bash", "--norc", "-c"], "zsh": ["zsh", "-f", "-c"], "fish": ["fish", "--no-config", "-c"]}
COMPLETIONS = {
    "bash": """
eval "$(syndicate --show-completion)"
COMP_WORDS=(syndicate {words}) COMP_CWORD={last}
_syndicate_completion syndicate
echo "${{COMPREPLY[@]}}"
""",
    "zsh": """
autoload -Uz compinit; compinit -u -D
eval "$(syndicate --show-completion)"
words=(syndicate {words}); CURRENT={last}+1
_arguments() {{ print -r -- "$@" }}
${{_comps[syndicate]}}
""",
    "fish": """
syndicate --show-completion | source
complete -C 'syndicate {words}'
""",
}


@pytest.mark.parametrize("shell", COMPLETIONS)
@pytest.mark.parametrize(("words", "completed"), [("pub", "publish"), ("publish --acc", "--accept-new-ids")])
def test_shells_complete_commands_and_options(shell: str, words: str, completed: str, tmp_path: Path) -> None:
    assert shutil.which(shell), f"apt-get install {shell}"
    scripts = str(Path(sys.executable).parent)
    done = subprocess.run(
        [*SHELLS[shell], COMPLETIONS[shell].format(words=words, last=len(words.split()))],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path), PATH=f"{scripts}{os.pathsep}{os.environ['PATH']}"),
    )
    assert re.search(rf"(?<![\w-]){re.escape(completed)}(?![\w-])", done.stdout), done


def test_completion_installs_itself(tmp_path: Path) -> None:
    scripts = str(Path(sys.executable).parent)
    subprocess.run(
        ["bash", "--norc", "-c", "syndicate --install-completion; true"],
        check=True,
        capture_output=True,
        timeout=120,
        env=environment(HOME=str(tmp_path), PATH=f"{scripts}{os.pathsep}{os.environ['PATH']}"),
    )
    assert "syndicate" in (tmp_path / ".bashrc").read_text(encoding="utf-8")
