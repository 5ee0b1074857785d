"""Starting servers and loading them: `gunicorn -w 2 -k sync`, driven by wrk over loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = 8
WARM_UP_SECONDS = 4
"""A worker of the product takes two to three to start beside others."""

SCRIPT = """
local requests = {}
local thread_number = 0
function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end
function init(args)
  local lines = {}
  for line in io.lines(os.getenv("REQUESTS")) do lines[#lines + 1] = line end
  local threads = tonumber(os.getenv("THREADS"))
  for at = number + 1, #lines, threads do
    local method, path, headers, body = lines[at]:match("^(%S+)\\t(%S+)\\t([^\\t]*)\\t(.*)$")
    local fields = {}
    for name, value in headers:gmatch("([^:|]+): ([^|]*)") do fields[name] = value end
    requests[#requests + 1] = wrk.format(method, path, fields, body ~= "" and body or nil)
  end
  place = 0
end
function request()
  place = place + 1
  if place > #requests then place = 1 end
  return requests[place]
end
function response(status)
  if status >= 400 then bad = (bad or 0) + 1 end
end
function done(summary, latency, requests)
  io.write(string.format("RESULT seconds=%.6f requests=%d errors=%d p50=%.3f p99=%.3f\\n",
    summary.duration / 1e6, summary.requests, summary.errors.status + summary.errors.read + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


class Rate(float):
    """Requests a second."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(application: str, environment: Mapping[str, str]) -> Iterator[str]:
    """A server of `application` with two sync workers; its address."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "-w", "2", "-k", "sync", "--log-level", "error"),
        *("-b", f"127.0.0.1:{port}", application),
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1.0)
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def load(address: str, lines: Sequence[str], *, seconds: float, warm_up: Sequence[str] = ()) -> Rate:
    """Requests a second over these request lines (method, path, headers, body; tab between). Any error is raised.

    `warm_up` are asked first: by the end of them each worker has started, and read what it keeps.
    """
    if warm_up:
        load(address, warm_up, seconds=WARM_UP_SECONDS)
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("wrk is needed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        requests, script = Path(folder) / "requests", Path(folder) / "load.lua"
        requests.write_text("\n".join(lines) + "\n", encoding="utf-8")
        script.write_text(SCRIPT, encoding="utf-8")
        environment = {"REQUESTS": str(requests), "THREADS": "2"}
        command = [
            wrk,
            "-t2",
            f"-c{CONNECTIONS}",
            f"-d{round(seconds)}s",
            "--timeout",
            "30s",
            "-s",
            str(script),
            address,
        ]
        output = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=True
        )
    found = re.search(r"RESULT seconds=(\S+) requests=(\d+) errors=(\d+)", output.stdout)
    if found is None or int(found[3]):
        raise RuntimeError(f"errors under load: {output.stdout}{output.stderr}")
    return Rate(int(found[2]) / float(found[1]))


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two middle ones."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def compare(name: str, floor: Sequence[float], product: Sequence[float], target: float) -> str:
    """One line: both rates and their ratio, from runs that took turns."""
    ratio = median(product) / median(floor)
    verdict = "reached" if ratio >= target else "MISSED"
    rates = f"product {median(product):.0f}/s, floor {median(floor):.0f}/s"
    return f"{name}: {rates}, ratio {ratio:.2f} (target {target}, {verdict})"
