#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks http://ADDRESS/ 200 times a second until SIGTERM, then tells how that went as JSON."""
import json
import signal
import socket
import sys
import threading
import time

RATE = 200
stop = threading.Event()
lock = threading.Lock()
result = {"asked": 0, "failed": 0, "slow": 0, "by": {}, "errors": {}, "gap_ms": 0.0}
last_good = time.monotonic()


def ask():
    global last_good
    begin = time.monotonic()
    try:
        with socket.create_connection((sys.argv[1], 80), timeout=2) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b""
            while part := connection.recv(4096):
                answer += part
        node, error = answer.rsplit(b"\n", 2)[-2].decode(), None
        if not answer.startswith(b"HTTP/1.1 200"):
            error = "not 200"
    except (OSError, IndexError) as problem:
        node, error = None, repr(problem)
    end = time.monotonic()
    with lock:
        result["asked"] += 1
        if error:
            result["failed"] += 1
            result["errors"][error] = result["errors"].get(error, 0) + 1
            return
        result["by"][node] = result["by"].get(node, 0) + 1
        result["slow"] += end - begin > 0.2
        result["gap_ms"] = max(result["gap_ms"], (end - last_good) * 1000)
        last_good = end


signal.signal(signal.SIGTERM, lambda *_: stop.set())
print("ready", flush=True)
due = time.monotonic()
threads = []
while not stop.is_set():
    thread = threading.Thread(target=ask)
    thread.start()
    threads.append(thread)
    due += 1 / RATE
    time.sleep(max(0, due - time.monotonic()))
for thread in threads:
    thread.join()
print(json.dumps(result), flush=True)
