"""What proves that an image works of a project that names no port: its own HEALTHCHECK, of a bot or
a worker that its process goes on, or of a program for the command line that it explains itself."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.detect.copied_files import source_of
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing
from runner.model.project import Proof

_OPTIONS = re.compile(
    r"\b(?:import|from)[ \t]+(?:argparse|click|typer|docopt|optparse|fire|absl|cyclopts)\b"
    r"|\bflag\.Parse\(\)|spf13/(?:cobra|pflag)|urfave/cli|alecthomas/kong|jessevdk/go-flags"
    r"|(?:require\(|from )[\"'](?:commander|yargs|meow|minimist|cac|oclif|@oclif/core)[\"']"
    r"|\buse clap\b|\bOptionParser\.new\b"
)
"""What sources have of a program that is told by options what to do."""
_SERVES_NOTHING = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+(?:telegram|telebot|aiogram|pyrogram|telethon|discord|disnake"
    r"|nextcord|hikari|interactions|slack_bolt|vk_api|vkbottle|twitchio|tweepy|praw|nio|irc"
    r"|celery|rq|huey|dramatiq|arq|taskiq|apscheduler|schedule|kafka|aiokafka|confluent_kafka|pika"
    r"|aio_pika|nats|paho)\b"
    r"|(?:require\(|from )[\"'](?:discord\.js|telegraf|grammy|node-telegram-bot-api|bullmq|amqplib"
    r"|kafkajs|node-cron|cron|@slack/bolt)[\"']",
    re.MULTILINE,
)
"""What sources have of a program that asks others, and is not asked: clients of networks for bots,
queues, and schedules."""
_SERVES = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+(?:flask|fastapi|django|starlette|sanic|quart|tornado|bottle"
    r"|falcon|litestar|streamlit|gradio|dash|aiohttp\.web|uvicorn)\b|from aiohttp import web\b"
    r"|(?:require\(|from )[\"'](?:express|fastify|koa|@nestjs/core|hono|next)[\"']",
    re.MULTILINE,
)
_WORKERS = frozenset(("celery", "rq", "dramatiq", "huey_consumer", "arq", "taskiq"))
_SHELLS = frozenset(("sh", "bash", "ash", "dash", "zsh", "tini", "dumb-init", "env"))
_SHEBANG = re.compile(r"#![^\n]*\b(?:ba|da|a|z)?sh\b")
_INTERPRETER = re.compile(r"(?:python|pypy|ruby|node|perl|php)[\d.]*")
HELP = "--help"


@dataclass(frozen=True)
class Instead:
    """What is looked at in place of an answer on a port."""

    check: Mapping[str, object]
    """Keys of the project's check."""
    said: str


def instead_of_port(dockerfile: Dockerfile, listing: Listing) -> Instead | None:
    """The HEALTHCHECK of the image, else that a bot or worker goes on, else that its program ends
    well when it is asked for help; None where it has none, so that a port has to be named."""
    checks = [item.value for item in dockerfile.final if item.keyword == "HEALTHCHECK"]
    if checks and checks[-1].strip().upper() != "NONE":
        return Instead(
            {"proof": Proof.healthcheck.value}, "healthy by its HEALTHCHECK, as no port is named"
        )
    if dockerfile.process and serves_nothing(dockerfile.process, listing):
        return Instead(
            {"proof": Proof.runs.value},
            "healthy if its process goes on for some seconds, or ends where it asks a host of the"
            " network, which a check's container does not reach: it is a bot or a worker and names"
            " no port. This proves that it starts with what it imports, and no more (for a service,"
            " write its port into dockbench.yaml)",
        )
    words = _help_of(dockerfile, listing)
    if not words or not any(map(_OPTIONS.search, listing.texts.values())):
        return None
    shown = " ".join([*_program(dockerfile.process), HELP])
    return Instead(
        {"proof": Proof.exit_code.value, "command": words},
        f"healthy if {shown} ends with 0, as it is a program for the command line and names no"
        " port: this proves that it starts, and no more (for a service, write its port into"
        " dockbench.yaml)",
    )


def serves_nothing(process: Sequence[str], listing: Listing) -> bool:
    """Whether a process is a bot or a worker by what it starts, or by what its sources import."""
    if any(posixpath.basename(word) in _WORKERS for word in process[:3]):
        return True
    texts = listing.texts.values()
    return any(map(_SERVES_NOTHING.search, texts)) and not any(map(_SERVES.search, texts))


def _help_of(dockerfile: Dockerfile, listing: Listing) -> list[str]:
    """What a container is given so that its program explains itself; nothing for a shell, and for a
    script of one, which do what they like with it."""
    entry, words = dockerfile.entrypoint, dockerfile.process
    if not words or _is_shells(words[0]):
        return []
    source = source_of(dockerfile, words[0], listing.paths)
    if _is_shells(source) or _SHEBANG.match(listing.texts.get(source, "")):
        return []
    if entry:
        return [HELP] if _program(entry) == entry else []
    return [*_program(words), HELP]


def _program(words: Sequence[str]) -> list[str]:
    """The words that start a program: an interpreter with its file or module, else the first."""
    if not _INTERPRETER.fullmatch(posixpath.basename(words[0])):
        return [words[0]]
    taken = [words[0]]
    for word in words[1:]:
        taken.append(word)
        if not word.startswith("-"):
            break
    return taken


def _is_shells(word: str) -> bool:
    name = posixpath.basename(word)
    return name in _SHELLS or name.endswith(".sh") or name.startswith("docker-entrypoint")
