"""python3-etcd3 with users, over TLS, without which it sends no token. Usage: python_etcd3_auth.py HOST PORT CA"""

import sys

import etcd3
import etcd3.exceptions
import grpc
from etcd3 import etcdrpc
from etcd3.etcdrpc import auth_pb2


def check(name, actual, expected):
    if actual != expected:
        sys.exit("%s: expected %r, got %r" % (name, expected, actual))
    print("ok %s" % name, flush=True)


def connect(**more):
    return etcd3.client(host=sys.argv[1], port=int(sys.argv[2]), ca_cert=sys.argv[3], timeout=10, **more)


def refusal(work):
    try:
        work()
    except grpc.RpcError as error:
        return error.details()
    except etcd3.exceptions.Etcd3Exception as error:
        return type(error).__name__
    return None


def main():
    nobody = connect()
    nobody.put("mine/a", "1")
    nobody.put("other", "2")
    auth = etcdrpc.AuthStub(nobody.channel)
    auth.UserAdd(etcdrpc.AuthUserAddRequest(name="root", password="secret"))
    auth.UserAdd(etcdrpc.AuthUserAddRequest(name="ann", password="word"))
    auth.RoleAdd(etcdrpc.AuthRoleAddRequest(name="root"))
    auth.RoleAdd(etcdrpc.AuthRoleAddRequest(name="owner"))
    permission = auth_pb2.Permission(permType=auth_pb2.Permission.READWRITE, key=b"mine/", range_end=b"mine0")
    auth.RoleGrantPermission(etcdrpc.AuthRoleGrantPermissionRequest(name="owner", perm=permission))
    auth.UserGrantRole(etcdrpc.AuthUserGrantRoleRequest(user="root", role="root"))
    auth.UserGrantRole(etcdrpc.AuthUserGrantRoleRequest(user="ann", role="owner"))
    check("nobody may while auth is off", nobody.get("other")[0], b"2")
    auth.AuthEnable(etcdrpc.AuthEnableRequest())

    ann = connect(user="ann", password="word")
    check("what is hers", ann.get("mine/a")[0], b"1")
    check("all that is hers", [m.key for _, m in ann.get_prefix("mine/")], [b"mine/a"])
    ann.put("mine/b", "2")
    check("a transaction", ann.replace("mine/b", "2", "3"), True)
    lease = ann.lease(60)
    ann.put("mine/c", "4", lease=lease)
    events, cancel = ann.watch_prefix("mine/", start_revision=2)
    check("a watch", [next(events).key for _ in range(2)], [b"mine/a", b"mine/b"])
    cancel()
    denied = "etcdserver: permission denied"
    check("what is not hers", refusal(lambda: ann.get("other")), denied)
    check("nor to be written", refusal(lambda: ann.put("other", "x")), denied)
    check("nor to be deleted", refusal(lambda: ann.delete_prefix("oth")), denied)
    check("nor in a branch", refusal(lambda: ann.transaction(
        compare=[ann.transactions.version("mine/a") > 0],
        success=[ann.transactions.get("mine/a")],
        failure=[ann.transactions.get("other")],
    )), denied)
    check("nobody may not", refusal(lambda: nobody.get("mine/a")), "etcdserver: user name is empty")
    check("nor who guesses", refusal(lambda: connect(user="ann", password="guess")),
          "etcdserver: authentication failed, invalid user ID or password")
    root = connect(user="root", password="secret")
    check("root may", root.get("other")[0], b"2")
    check("root lists members", [m.name for m in root.members], ["m1"])
    print("ok auth is on", flush=True)


main()
