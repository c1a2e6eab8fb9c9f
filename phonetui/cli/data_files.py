"""`phonetui data NAME` and `phonetui completion SHELL`: print files that come with the program."""

import argparse
from importlib.resources import files

SHELLS = ("bash", "zsh", "fish")

FILES = {
    "alerts": ("alerts.yml", "alerting rules for Prometheus"),
    "alerts-test": ("alerts.test.yml", "what raises each of them, for `promtool test rules`"),
    "container": ("Containerfile", "an image that runs the collector: non-root, on a read-only file system"),
    "grafana": ("grafana.json", "a dashboard for Grafana"),
    "man": ("phonetui.1", "the manual page; `phonetui data man | man -l -` reads it"),
    "mesh-timer": ("phonetui-mesh@.timer", "when the test calls of mesh-unit run: every night"),
    "mesh-unit": ("phonetui-mesh@.service", "a systemd unit for the test calls of a plan, beside the collector's"),
    "report-timer": ("phonetui-report.timer", "when report-unit runs: every week"),
    "report-unit": ("phonetui-report.service", "a systemd unit for the weekly report"),
    "scrape": ("scrape.yml", "how Prometheus asks, for prometheus.yml"),
    "unit": ("phonetui.service", "a systemd unit for the collector, with hardening"),
}
"""By name: the file in `phonetui/data`, and what it is for."""


def read(file: str) -> str:
    """The text of a file in `phonetui/data`."""
    return files("phonetui").joinpath("data", file).read_text(encoding="utf-8")


class CompletionCommand:
    """`phonetui completion bash|zsh|fish`."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        words.add_argument("shell", choices=SHELLS, help="whose completion; evaluate or install what is printed")

    def run(self, options: argparse.Namespace) -> int:
        print(read(f"completion.{options.shell}"), end="")
        return 0


class DataCommand:
    """`phonetui data NAME`."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        summaries = "; ".join(f"{name}: {summary}" for name, (_, summary) in FILES.items())
        words.add_argument("name", metavar="NAME", choices=tuple(FILES), help=summaries)

    def run(self, options: argparse.Namespace) -> int:
        print(read(FILES[options.name][0]), end="")
        return 0


COMMANDS = {"completion": CompletionCommand(), "data": DataCommand()}
