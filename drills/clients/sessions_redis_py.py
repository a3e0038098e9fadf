"""Sessions of redis-py: one connection each, and no retries of its own unless they are asked for, and counted."""

import errno
import os
import re
import threading

import redis
from redis import exceptions
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from not_connected import NotConnected
from pem_files import pem_files

# redis-py takes the code off the words of these errors.
CODES = (
    (exceptions.ReadOnlyError, "READONLY"),
    (exceptions.BusyLoadingError, "LOADING"),
    (getattr(exceptions, "MasterDownError", exceptions.ReadOnlyError), "MASTERDOWN"),
    (exceptions.NoPermissionError, "NOPERM"),
    (exceptions.AuthenticationError, "WRONGPASS"),
)
AWAY = ("READONLY", "MASTERDOWN", "LOADING", "UNBLOCKED")


# Until a promotion is over: a write is refused at once, and sent again after so many seconds, so often.
AGAIN_SECONDS = 0.005
AGAIN_TIMES = 400


def version():
    return redis.__version__


class CountingRetry(Retry):
    """The driver's own retries. A thread's `times` is how often it has sent a refused write again."""

    sent = threading.local()

    def call_with_retry(self, do, fail):
        def counted(error):
            if isinstance(error, exceptions.ReadOnlyError):
                CountingRetry.sent.times = getattr(CountingRetry.sent, "times", 0) + 1
            fail(error)

        try:
            return super().call_with_retry(do, counted)
        except exceptions.ReadOnlyError:
            # The last refusal was handed over, not sent again.
            CountingRetry.sent.times -= 1
            raise


def code_of(error):
    """The code of an error: of a reply its first word, of a connection its errno, else `closed`."""
    for kind, code in CODES:
        if isinstance(error, kind):
            return code
    if isinstance(error, exceptions.ResponseError):
        word = str(error).split(" ", 1)[0]
        return word if re.fullmatch(r"[A-Z0-9_]{2,40}", word) else "ERR"
    cause = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in errno.errorcode:
            return errno.errorcode[cause.errno]
        cause = cause.__cause__ or cause.__context__
    return "closed"


def is_reply(error):
    return isinstance(error, exceptions.ResponseError) or isinstance(
        error, (exceptions.BusyLoadingError, exceptions.AuthenticationError)
    )


class Session:
    def __init__(self, client, run):
        self._client = client
        self._run = run

    def is_open(self):
        return True

    def send(self, number):
        CountingRetry.sent.times = 0
        try:
            self._client.execute_command("XADD", "understudy:events", "*", "run", self._run, "seq", number)
            return ("a", "", CountingRetry.sent.times)
        except exceptions.RedisError as error:
            if isinstance(error, exceptions.TimeoutError):
                return ("u", "no-answer", CountingRetry.sent.times)
            return ("f" if is_reply(error) else "u", code_of(error), CountingRetry.sent.times)

    def leads_away(self, reply):
        return reply[0] == "u" or reply[1] in AWAY

    def close(self):
        try:
            self._client.close()
            self._client.connection_pool.disconnect()
        except exceptions.RedisError:
            pass


class Driver:
    def __init__(self, order):
        self._run = order["run"]
        self._door = order["route"] == "door"
        self._addresses = list(order["addresses"])
        self._how = {
            "username": None if order["user"] == "default" else order["user"],
            "password": order["password"] or None,
            "socket_timeout": order["statementTimeoutMs"] / 1000,
            "socket_connect_timeout": order["connectTimeoutMs"] / 1000,
            "retry_on_timeout": False,
            "single_connection_client": True,
        }
        if order["resend"]:
            self._how.update(
                retry_on_error=[exceptions.ReadOnlyError], retry=CountingRetry(ConstantBackoff(AGAIN_SECONDS), AGAIN_TIMES)
            )
        if "tls" in order:
            files = pem_files(order["tls"])
            # For every connection redis-py reads OpenSSL's usual CAs first, 0.05 s of processor time where they are the system's.
            os.environ["SSL_CERT_FILE"] = files["ca"]
            os.environ["SSL_CERT_DIR"] = os.path.dirname(files["ca"])
            self._how.update(
                ssl=True,
                ssl_cert_reqs="required",
                ssl_check_hostname=True,
                ssl_ca_certs=files["ca"],
                ssl_certfile=files["cert"],
                ssl_keyfile=files["key"],
            )

    def open(self):
        code = None
        for address in self._addresses:
            try:
                client = redis.Redis(host=address["host"], port=address["port"], **self._how)
                session = Session(client, self._run)
                if self._door or client.execute_command("ROLE")[0] in (b"master", "master"):
                    # The one that was primary last is asked first the next time.
                    self._addresses = sorted(self._addresses, key=lambda one: one != address)
                    return session
                session.close()
            except exceptions.RedisError as error:
                code = code or code_of(error)
        raise NotConnected(code or "no-primary")
