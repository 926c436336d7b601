#!/usr/bin/env python3
"""What a stranger on the network may do to the root broker's port, one function each; also a command:

    attacks.py ADDRESS PORT [ATTACK…]

The bytes are those of ZMTP 3.1 (https://rfc.zeromq.org/spec/37) and its mechanism CURVE (spec/26). Each attack keeps its
connections in a list until it is over, so that those which the other side does not close stay open together.
"""
import contextlib
import os
import resource
import select
import socket
import struct
import sys

PATIENCE = 20  # seconds for one connection
DESCRIPTORS = 8192
FLOOD = 2000  # connections at a time


class Target:
    """Where to connect to."""

    def __init__(self, address, port):
        self.place = (address, int(port))
        self.open = []

    def connect(self, *parts):
        """A connection on which these bytes went out; None when nobody takes it, as under a flood."""
        with contextlib.suppress(OSError):
            connection = socket.create_connection(self.place, PATIENCE)
            self.open.append(connection)
            for part in parts:
                connection.sendall(part)
            return connection

    def close(self):
        for connection in self.open:
            connection.close()
        self.open.clear()


def greeting(mechanism):
    return b"\xff" + bytes(8) + b"\x7f" + b"\x03\x01" + mechanism.ljust(20, b"\0") + b"\0" + bytes(31)


def command(name, body):
    data = bytes([len(name)]) + name + body
    return (b"\x04" + bytes([len(data)]) if len(data) < 256 else b"\x06" + struct.pack(">Q", len(data))) + data


def port_scan(target):
    """Connects and goes, as scanners do."""
    for _ in range(200):
        target.connect()
        target.close()


def garbage(target):
    for size in (1, 10, 64, 1000, 100_000):
        target.connect(os.urandom(size))
    target.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    target.connect(b"SSH-2.0-OpenSSH_9.2\r\n")
    target.connect(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500))  # TLS


def without_mechanism(target):
    """NULL, and a message for whoever takes it."""
    target.connect(greeting(b"NULL"), command(b"READY", b"\x0bSocket-Type\0\0\0\6DEALER"), b"\0\5hello")


def with_password(target):
    target.connect(greeting(b"PLAIN"), command(b"HELLO", b"\5admin\5admin"))


def wrong_keys(target):
    """A well-formed HELLO of CURVE, made without the server's key."""
    for _ in range(20):
        target.connect(greeting(b"CURVE"), command(b"HELLO", b"\1\0" + bytes(72) + os.urandom(32 + 8 + 80)))


def wrong_order(target):
    """INITIATE, MESSAGE and READY before HELLO."""
    for name in (b"INITIATE", b"MESSAGE", b"READY", b"ERROR", b"NONSENSE", b""):
        target.connect(greeting(b"CURVE"), command(name, os.urandom(200)))


def oversize(target):
    """Frames that announce up to 2^63 bytes, and one that sends many."""
    for size in (1 << 20, 1 << 32, (1 << 63) - 1, (1 << 64) - 1):
        target.connect(greeting(b"CURVE"), b"\x06" + struct.pack(">Q", size), os.urandom(100_000))
    target.connect(greeting(b"CURVE"), b"\x06" + struct.pack(">Q", 600 << 20), *[bytes(1 << 20)] * 600)


def slow(target):
    """A byte now and then, on many connections at a time."""
    text = greeting(b"CURVE")
    for _ in range(100):
        target.connect(text[:11])
    for byte in text[11:40]:
        for connection in target.open:
            with contextlib.suppress(OSError):
                connection.sendall(bytes([byte]))


def half_open(target):
    """Hundreds that say nothing, and some that stop in the middle."""
    for _ in range(500):
        target.connect()
    for _ in range(100):
        target.connect(greeting(b"CURVE"))


def patient(target):
    """Hundreds that say nothing until the other side has had enough of each."""
    for _ in range(500):
        target.connect()
    for connection in target.open:
        with contextlib.suppress(OSError):
            while connection.recv(4096):
                pass


def many(target):
    """Thousands, one after the other."""
    for _ in range(2000):
        target.connect(greeting(b"CURVE"))
        target.close()


def is_hung_up(connection):
    """Reads the greeting of the other side."""
    try:
        return not connection.recv(4096)
    except OSError:
        return True


def flood(target):
    """Without an end, and none of ATTACKS: who is hung up comes again, and says nothing."""
    waiting = select.poll()
    by_fd = {}
    while True:
        while len(by_fd) < FLOOD:
            connection = socket.socket()
            connection.setblocking(False)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # frees its port
            connection.connect_ex(target.place)
            by_fd[connection.fileno()] = connection
            waiting.register(connection, select.POLLIN)
        for fd, _ in waiting.poll():
            if is_hung_up(by_fd[fd]):
                waiting.unregister(fd)
                by_fd.pop(fd).close()


ATTACKS = (port_scan, garbage, without_mechanism, with_password, wrong_keys, wrong_order, oversize, slow, half_open,
           patient, many)


def attack(address, port, attacks=ATTACKS):
    """One after the other; the connections of each stay open until the next has begun."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    before = None
    for each in attacks:
        target = Target(address, port)
        each(target)
        if before:
            before.close()
        before = target
    before.close()


if __name__ == "__main__":
    chosen = [function for function in (*ATTACKS, flood) if function.__name__ in sys.argv[3:]]
    attack(sys.argv[1], sys.argv[2], chosen or ATTACKS)
