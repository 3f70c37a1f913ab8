"""python3-etcd3 while its member is restarted. Usage: python_etcd3_restart.py HOST PORT SNAPSHOT

Prints "restart" and waits for a line when the member is to be killed and started again.
"""

import os
import queue
import sys
import time

import etcd3
import etcd3.events
import etcd3.exceptions


def check(name, actual, expected):
    if actual != expected:
        sys.exit("%s: expected %r, got %r" % (name, expected, actual))
    print("ok %s" % name, flush=True)


def eventually(work):
    deadline = time.time() + 30
    while True:
        try:
            return work()
        except etcd3.exceptions.Etcd3Exception:
            if time.time() > deadline:
                raise
            time.sleep(0.05)


def try_lock(lock):
    """One attempt. To wait for another the library asks its helper in a way that later ones do not take."""
    try:
        return lock.acquire(timeout=1)
    except TypeError:
        return False


def connect():
    return etcd3.client(host=sys.argv[1], port=int(sys.argv[2]), timeout=10)


def main():
    client = connect()

    # Two clients and one lock.
    other = connect()
    held, wanted = client.lock("job", ttl=60), other.lock("job", ttl=60)
    check("the first has the lock", held.acquire(), True)
    check("the second has not", (try_lock(wanted), wanted.is_acquired()), (False, False))
    check("the first lets go", held.release(), True)
    check("the second has it", try_lock(wanted), True)

    # A watch with a callback, and a lease, from before the restart.
    seen = queue.Queue()
    client.add_watch_prefix_callback("watched/", seen.put)
    revision = client.put("watched/a", "1").header.revision
    check("the callback hears", [e.value for e in seen.get(timeout=10).events], [b"1"])
    lease = client.lease(60)
    client.put("leased", "1", lease=lease)

    with open(sys.argv[3], "wb") as file:
        client.snapshot(file)
    check("a snapshot comes", os.path.getsize(sys.argv[3]) > 4096, True)

    print("restart", flush=True)
    sys.stdin.readline()

    check("the watch is told that it is over", isinstance(seen.get(timeout=30), Exception), True)
    client = connect()
    eventually(lambda: client.put("watched/b", "2"))
    eventually(lambda: client.delete("watched/a"))
    events, cancel = client.watch_prefix("watched/", start_revision=revision)
    history = [next(events) for _ in range(3)]
    check("a watch from before goes on", [(type(e), e.key) for e in history], [
        (etcd3.events.PutEvent, b"watched/a"),
        (etcd3.events.PutEvent, b"watched/b"),
        (etcd3.events.DeleteEvent, b"watched/a"),
    ])
    cancel()
    check("the lease is there", client.get("leased")[1].lease_id, lease.id)
    check("and is kept alive", [answer.TTL for answer in client.refresh_lease(lease.id)], [60])
    client.revoke_lease(lease.id)
    check("and ends with its key", client.get("leased"), (None, None))
    check("the lock is still the second's", (try_lock(client.lock("job", ttl=5)), client.get("/locks/job")[0]), (False, wanted.uuid))
    check("no alarm", list(client.list_alarms()), [])
    client.defragment()
    check("watch once", type(client.watch_once("watched/b", timeout=10, start_revision=revision)), etcd3.events.PutEvent)
    try:
        client.watch_once("watched/none", timeout=1)
        sys.exit("a watch of nothing delivered")
    except etcd3.exceptions.WatchTimedOut:
        print("ok watch of nothing", flush=True)


main()
