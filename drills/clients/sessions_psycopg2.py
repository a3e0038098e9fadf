"""Sessions of psycopg2, which is libpq: its own list of hosts, and `target_session_attrs=read-write`."""

import re

import psycopg2

from not_connected import NotConnected
from pem_files import pem_files

WRITE = "insert into understudy.events (run, seq, written_at) values (%s, %s, clock_timestamp())"

# SQLSTATEs with which a server ends a session, and what stands for a lost connection. 25006: a standby.
ENDS_SESSION = re.compile(r"57P0[1-5]$")
LOST = re.compile(r"08|58|XX")


def version():
    libpq = psycopg2.extensions.libpq_version()
    return f"{psycopg2.__version__.split(' ', 1)[0]} with libpq {libpq // 10000}.{libpq % 10000}"


class Session:
    def __init__(self, connection, run):
        self._connection = connection
        self._cursor = connection.cursor()
        self._run = run

    def is_open(self):
        return self._connection.closed == 0

    def send(self, number):
        try:
            self._cursor.execute(WRITE, (self._run, number))
            return ("a", "")
        except psycopg2.Error as error:
            code = error.pgcode
            if code is None:
                return ("u", "closed")
            if ENDS_SESSION.match(code):
                return ("e", code)
            return ("u" if LOST.match(code) else "f", code)

    def leads_away(self, reply):
        return reply[0] in ("e", "u") or reply[1] == "25006"

    def close(self):
        try:
            self._connection.close()
        except psycopg2.Error:
            pass


class Driver:
    def __init__(self, order):
        self._run = order["run"]
        addresses = order["addresses"]
        self._how = {
            "host": ",".join(one["host"] for one in addresses),
            "port": ",".join(str(one["port"]) for one in addresses),
            "user": order["user"],
            "password": order["password"],
            "dbname": "understudy",
            "application_name": "understudy-clients",
            "connect_timeout": max(2, round(order["connectTimeoutMs"] / 1000)),
            "tcp_user_timeout": order["statementTimeoutMs"],
            "sslmode": "disable",
        }
        if order["route"] == "direct":
            self._how["target_session_attrs"] = "read-write"
        if "tls" in order:
            files = pem_files(order["tls"])
            self._how.update(
                sslmode="verify-full", sslrootcert=files["ca"], sslcert=files["cert"], sslkey=files["key"]
            )

    def open(self):
        try:
            connection = psycopg2.connect(**self._how)
            connection.autocommit = True
            return Session(connection, self._run)
        except psycopg2.Error as error:
            raise NotConnected(error.pgcode or "not-connected") from error
