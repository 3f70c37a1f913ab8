"""python3-etcd3 against one member: every call asserts its result. Usage: python_etcd3.py HOST PORT"""

import sys
import threading

import etcd3
import etcd3.events
import etcd3.exceptions


def check(name, actual, expected):
    if actual != expected:
        sys.exit("%s: expected %r, got %r" % (name, expected, actual))
    print("ok %s" % name)


def main():
    client = etcd3.client(host=sys.argv[1], port=int(sys.argv[2]), timeout=10)

    first = client.put("py/a", "1").header.revision
    check("put gives the next revision", client.put("py/b", "2").header.revision, first + 1)
    value, meta = client.get("py/a")
    check("get", (value, meta.key, meta.version, meta.mod_revision), (b"1", b"py/a", 1, first))
    check("get of nothing", client.get("py/none"), (None, None))
    check("prefix", [v for v, _ in client.get_prefix("py/")], [b"1", b"2"])
    check(
        "sorted",
        [m.key for _, m in client.get_prefix("py/", sort_order="descend", sort_target="key")],
        [b"py/b", b"py/a"],
    )
    check("range", [m.key for _, m in client.get_range("py/a", "py/b")], [b"py/a"])
    check("keys only", [v for v, _ in client.get_prefix("py/", keys_only=True)], [b"", b""])
    check("put with previous", client.put("py/a", "3", prev_kv=True).prev_kv.value, b"1")

    succeeded, answers = client.transaction(
        compare=[client.transactions.value("py/a") == "3", client.transactions.version("py/b") > 0],
        success=[client.transactions.put("py/c", "4"), client.transactions.get("py/a")],
        failure=[client.transactions.delete("py/a")],
    )
    check("transaction", (succeeded, [v for v, _ in answers[1]]), (True, [b"3"]))
    succeeded, _ = client.transaction(
        compare=[client.transactions.create("py/a") == 0],
        success=[client.transactions.put("py/c", "never")],
        failure=[client.transactions.put("py/d", "5")],
    )
    check("other branch", (succeeded, client.get("py/c")[0], client.get("py/d")[0]), (False, b"4", b"5"))
    check("replace", (client.replace("py/d", "5", "6"), client.replace("py/d", "5", "7")), (True, False))
    check("put if absent", (client.put_if_not_exists("py/d", "8"), client.put_if_not_exists("py/e", "9")), (False, True))

    events, cancel = client.watch_prefix("py/", start_revision=first)
    history = [next(events) for _ in range(7)]
    check("history", [(e.key, e.value) for e in history], [
        (b"py/a", b"1"), (b"py/b", b"2"), (b"py/a", b"3"), (b"py/c", b"4"),
        (b"py/d", b"5"), (b"py/d", b"6"), (b"py/e", b"9"),
    ])
    threading.Timer(0.1, lambda: client.delete("py/e")).start()
    event = next(events)
    check("live", (type(event), event.key), (etcd3.events.DeleteEvent, b"py/e"))
    cancel()

    check("delete", client.delete("py/d"), True)
    check("delete of nothing", client.delete("py/d"), False)
    check("delete prefix", client.delete_prefix("py/").deleted, 3)

    revision = client.put("py/z", "1").header.revision
    client.put("py/z", "2")
    client.compact(revision, physical=True)
    try:
        client.compact(revision)
        sys.exit("compacting twice was accepted")
    except Exception as error:  # The library maps only some codes; the text is what matters.
        check("compacted", "required revision has been compacted" in str(error), True)

    iterator, cancel = client.watch("py/z", start_revision=1)
    try:
        next(iterator)
        sys.exit("a watch of compacted history delivered")
    except etcd3.exceptions.RevisionCompactedError as error:
        check("compacted watch", error.compacted_revision, revision)

    lease = client.lease(60)
    client.put("py/l", "1", lease=lease)
    check("attached", (client.get("py/l")[1].lease_id, lease.granted_ttl, lease.keys), (lease.id, 60, [b"py/l"]))
    check("remaining", 50 < lease.remaining_ttl <= 60, True)
    check("refreshed", [answer.TTL for answer in lease.refresh()], [60])
    lease.revoke()
    check("revoked", (client.get("py/l"), lease.remaining_ttl), ((None, None), -1))
    lock = client.lock("py", ttl=20)
    check(
        "locked and unlocked",
        (lock.acquire(), lock.is_acquired(), lock.release(), lock.is_acquired()),
        (True, True, True, False),
    )

    status = client.status()
    check("status leads", status.leader.name, "m1")
    check("members", [m.name for m in client.members], ["m1"])


main()
