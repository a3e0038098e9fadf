"""A client load made of a driver of Python: its clients, its clock and its record.

The same protocol as main.ts: one JSON object a line, commands on stdin, events on stdout. Every client is a thread that
sends one statement after the other, as a plain application does, and sends nothing twice.
"""

import json
import signal
import sys
import threading
import time

from not_connected import NotConnected


def say(event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class Log:
    """Every statement, in the order in which they were begun."""

    def __init__(self, origin_ns):
        self._origin_ns = origin_ns
        self._lock = threading.Lock()
        self._begun = []
        self._ended = []
        self._number = 0

    def now(self):
        """Milliseconds on the drill's clock, to the microsecond. Linux gives all processes one monotonic clock."""
        return max(0, round((time.monotonic_ns() - self._origin_ns) / 1000) / 1000)

    def begin(self, client):
        with self._lock:
            self._number += 1
            self._begun.append((client, self.now()))
            self._ended.append(None)
            return len(self._ended) - 1, self._number

    def end(self, at, reply):
        with self._lock:
            if self._ended[at] is None:
                self._ended[at] = (self.now(), reply)

    def answered_of(self, client):
        with self._lock:
            pairs = zip(self._begun, self._ended)
            return sum(1 for begun, ended in pairs if begun[0] == client and ended and ended[1][0] == "a")

    def samples(self, now_ms):
        """What is still under way has no answer: nobody knows what becomes of it."""
        with self._lock:
            ends = [ended or (now_ms, ("u", "no-answer")) for ended in self._ended]
            return {
                "client": [client for client, _ in self._begun],
                "startMs": [start for _, start in self._begun],
                "endMs": [end for end, _ in ends],
                "end": [reply[0] for _, reply in ends],
                "errors": [{"at": at, "code": reply[1]} for at, (_, reply) in enumerate(ends) if reply[0] != "a"],
                "resent": [
                    {"at": at, "times": reply[2]}
                    for at, (_, reply) in enumerate(ends)
                    if len(reply) > 2 and reply[2] > 0
                ],
            }


class Load:
    """The clients of one driver at work. A driver is a class with `open()`, which gives a session, and sessions have
    `send(number)`, which gives how it ended, why, and how often the driver sent it again, `is_open()`, `leads_away(reply)` and `close()`."""

    def __init__(self, order, driver):
        self._order = order
        self._driver = driver
        self._log = Log(int(order["originNs"]))
        self._stop = threading.Event()
        self._started_ms = self._log.now()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(order["clients"])
        ]
        for thread in self._threads:
            thread.start()
        over = threading.Timer(order["maxDurationMs"] / 1000, self._stop.set)
        over.daemon = True
        over.start()

    def _run(self, number):
        session = None
        due = self._log.now()
        while not self._stop.is_set():
            at, count = self._log.begin(number)
            reply = ("f", "not-connected")
            try:
                if session is None or not session.is_open():
                    session = None
                    session = self._driver.open()
                reply = session.send(count)
            except NotConnected as failure:
                reply = ("f", failure.code)
            self._log.end(at, reply)
            if session is not None and session.leads_away(reply):
                session.close()
                session = None
            due = max(due + self._order["intervalMs"], self._log.now())
            self._stop.wait(max(0.001, (due - self._log.now()) / 1000))
        if session is not None:
            session.close()

    def why_not_ready(self):
        wanted = self._order["readyAfter"]
        behind = sum(1 for number in range(len(self._threads)) if self._log.answered_of(number) < wanted)
        return "" if behind == 0 else f"{behind} of {len(self._threads)} clients were not answered"

    def finish(self):
        self._stop.set()
        until = time.monotonic() + (self._order["statementTimeoutMs"] + 2 * self._order["connectTimeoutMs"]) / 1000
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))
        finished_ms = self._log.now()
        return {
            "event": "record",
            "startedAtMs": self._started_ms,
            "finishedAtMs": finished_ms,
            "samples": self._log.samples(finished_ms),
        }


def watch_readiness(load, order):
    until = time.monotonic() + order["readyWithinMs"] / 1000
    while load.why_not_ready() and time.monotonic() < until:
        time.sleep(0.01)
    reason = load.why_not_ready()
    say({"event": "not-ready", "reason": reason} if reason else {"event": "ready"})


def driver_of(order):
    """The driver's class and its version. A driver that is not installed raises ImportError."""
    if order["driver"] == "psycopg2":
        import sessions_psycopg2 as module
    else:
        import sessions_redis_py as module
    return module.Driver(order), module.version()


def main():
    load = None
    for line in sys.stdin:
        command = json.loads(line)
        if command["command"] == "start" and load is None:
            order = command["order"]
            try:
                driver, version = driver_of(order)
            except ImportError as missing:
                say({"event": "unavailable", "reason": f"the module {missing.name} is not installed"})
                return 0
            python = ".".join(str(part) for part in sys.version_info[:3])
            say({"event": "hello", "version": f"{version} on Python {python}", "clockNs": str(time.monotonic_ns())})
            load = Load(order, driver)
            threading.Thread(target=watch_readiness, args=(load, order), daemon=True).start()
        elif command["command"] == "finish" and load is not None:
            say(load.finish())
            return 0
        else:
            return 2
    return 1


if __name__ == "__main__":
    # Ctrl-C at a terminal reaches every process of the group; this one ends with its parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main())
