"""Each command says what it does, with examples that work, its exit codes, and help for every option."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from webtv.cli import app

ROOT = typer.main.get_command(app)
SCRIPT = Path(sys.executable).parent / "webtv"


def commands(group: object = ROOT, name: str = "") -> Iterator[tuple[str, TyperCommand]]:
    assert isinstance(group, TyperGroup)
    for word, command in group.commands.items():
        full = f"{name} {word}".strip()
        if isinstance(command, TyperGroup):
            yield from commands(command, full)
        else:
            assert isinstance(command, TyperCommand)
            yield full, command


COMMANDS = dict(commands())


def examples(command: TyperCommand) -> list[str]:
    return re.findall(r"^\$ webtv (.*)$", command.epilog or "", re.M)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_sentence_examples_and_exit_codes(name: str) -> None:
    command = COMMANDS[name]
    assert (command.help or "").endswith(".")
    assert examples(command)
    assert all(example.startswith(name) for example in examples(command))
    assert re.search(r"^Exit codes: 0 .*\.$", command.epilog or "", re.M)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_has_help(name: str) -> None:
    for parameter in COMMANDS[name].params:
        assert getattr(parameter, "help", None), f"{parameter.name} of {name}"


@pytest.mark.parametrize("example", [each for command in COMMANDS.values() for each in examples(command)])
def test_every_example_can_be_typed(example: str) -> None:
    words = shlex.split(re.split(r" [|>] ", example)[0])
    name = next(name for name in COMMANDS if words[: len(name.split())] == name.split())
    COMMANDS[name].make_context(name, words[len(name.split()) :])


def completed(line: str, shell: str) -> set[str]:
    """What the installed command answers to the completion that it installs in a shell."""
    words = {"bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}}.get(
        shell, {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    )
    asked = os.environ | {"_WEBTV_COMPLETE": f"complete_{shell}"} | words
    answer = subprocess.run([SCRIPT], env=asked, capture_output=True, text=True, timeout=120, check=False)
    word = r'"([\w.-]+)"(?=[:)])' if shell == "zsh" else r"^([\w.-]+)"
    return set(re.findall(word, answer.stdout, re.M))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_options_and_keys(shell: str) -> None:
    assert completed("webtv ", shell) >= {"run", "check", "explain", "diff", "models"}
    assert completed("webtv models ", shell) >= {"list", "pull", "check"}
    assert completed("webtv explain format.f", shell) == {"format.fps"}
    assert completed("webtv models check ze", shell) == {"zeroscope"}


def test_completion_can_be_shown_for_a_shell() -> None:
    shown = subprocess.run(
        [SCRIPT, "--show-completion", "bash"], capture_output=True, text=True, timeout=120, check=False
    )
    assert "_WEBTV_COMPLETE=complete_bash" in shown.stdout
