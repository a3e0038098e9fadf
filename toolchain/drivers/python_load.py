"""Writes with redis-py or psycopg, and says what became of each write: tests/support/driver-load.ts speaks to it."""

import json
import os
import sys
import threading
import time

said = {"sent": 0, "answered": 0, "failed": 0, "unknown": 0, "resent": 0, "codes": {}, "slow": []}
guard = threading.Lock()
stop = threading.Event()


class RedisPy:
    def __init__(self, order):
        import redis
        from redis.backoff import ConstantBackoff
        from redis.exceptions import ReadOnlyError
        from redis.retry import Retry

        class Counting(Retry):
            def call_with_retry(self, do, fail, *more, **others):
                def counted(error, *rest):
                    if isinstance(error, ReadOnlyError):
                        with guard:
                            said["resent"] += 1
                    return fail(error, *rest)

                return super().call_with_retry(do, counted, *more, **others)

        self.version = "redis-py " + redis.__version__
        self._errors = redis.exceptions
        # It reads OpenSSL's usual CAs for each connection, before those that it is given.
        os.environ["SSL_CERT_FILE"] = order["ca"]
        os.environ["SSL_CERT_DIR"] = os.path.dirname(order["ca"])
        how = {"retry_on_error": [ReadOnlyError], "retry": Counting(ConstantBackoff(0.005), 400)}
        self._client = redis.Redis(
            host=order["host"],
            port=order["port"],
            password=order["password"] or None,
            ssl=True,
            ssl_ca_certs=order["ca"],
            single_connection_client=True,
            **(how if order["resend"] else {"retry": Counting(ConstantBackoff(0), 0)}),
        )
        self._run = order["run"]

    def write(self):
        try:
            self._client.xadd("understudy:events", {"run": self._run, "seq": "1"})
            return None
        except self._errors.ReadOnlyError:
            return "READONLY"
        except self._errors.ResponseError as error:
            return str(error).split(" ", 1)[0]
        except self._errors.RedisError:
            return "closed"


class Psycopg:
    def __init__(self, order):
        import psycopg

        self.version = "psycopg " + psycopg.__version__
        self._psycopg = psycopg
        self._order = order
        self._connection = self._open()

    def _open(self):
        order = self._order
        options = {"prepare_threshold": None} if order["resend"] else {}
        return self._psycopg.connect(
            host=order["host"],
            port=order["port"],
            user=order["user"],
            password=order["password"],
            dbname="understudy",
            sslmode="verify-full",
            sslrootcert=order["ca"],
            autocommit=True,
            **options,
        )

    def write(self):
        try:
            if self._connection.closed:
                self._connection = self._open()
            self._connection.execute(
                "insert into understudy.events (run, seq) values (%s, %s)", (self._order["run"], 1)
            )
            return None
        except self._psycopg.Error as error:
            return error.sqlstate or "closed"


def work(driver, order, ready):
    first = True
    while not stop.is_set():
        began, wall = time.monotonic(), time.time()
        code = driver.write()
        took = (time.monotonic() - began) * 1000
        with guard:
            said["sent"] += 1
            if code is None:
                said["answered"] += 1
            else:
                said["codes"][code] = said["codes"].get(code, 0) + 1
                said["unknown" if code == "closed" else "failed"] += 1
            if took > 20:
                said["slow"].append([wall * 1000, took])
        if first:
            first = False
            ready.release()
        stop.wait(order["intervalMs"] / 1000)


def main():
    order = json.loads(sys.stdin.readline())
    kind = {"redis-py": RedisPy, "psycopg": Psycopg}[sys.argv[1]]
    drivers = [kind(order) for _ in range(order["clients"])]
    ready = threading.Semaphore(0)
    threads = [threading.Thread(target=work, args=(driver, order, ready), daemon=True) for driver in drivers]
    for thread in threads:
        thread.start()
    for _ in threads:
        ready.acquire()
    print('{"ready":true}', flush=True)
    sys.stdin.readline()
    stop.set()
    for thread in threads:
        thread.join(10)
    print(json.dumps({"version": drivers[0].version, **said}), flush=True)


main()
