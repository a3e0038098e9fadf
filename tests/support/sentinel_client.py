"""A client of redis-py in Sentinel mode: says whom it finds and writes to, then the same once it is told of a switch."""

import json
import sys
import time

from redis.sentinel import MasterNotFoundError, Sentinel

sentinels = Sentinel([("127.0.0.1", int(port)) for port in sys.argv[1:]], socket_timeout=5)


def say(**what):
    print(json.dumps(what), flush=True)


def look(value):
    host, port = sentinels.discover_master("pair")
    primary = sentinels.master_for("pair", socket_timeout=5)
    primary.set("key", value)
    replicas = [port for _, port in sentinels.discover_slaves("pair")]
    say(primary=port, host=host, replicas=replicas, read=primary.get("key").decode())


told = sentinels.sentinels[0].pubsub(ignore_subscribe_messages=True)
told.subscribe("+switch-master")
told.get_message(timeout=5)
look("before")
message = None
deadline = time.monotonic() + 20
while message is None and time.monotonic() < deadline:
    message = told.get_message(timeout=5)
if message is None:
    sys.exit("not told of the switch within 20 s")
say(told=message["data"].decode())
look("after")
try:
    sentinels.discover_master("another")
except MasterNotFoundError:
    say(another="not found")
