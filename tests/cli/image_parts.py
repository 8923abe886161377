# SPDX-License-Identifier: ISC
"""Parts of images for image.sh, in the folder that is named: root file
systems as tar in several ways, hostile ones, and OCI image layouts."""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

top = sys.argv[1]
FILES = [("bin", "dir"), ("bin/app", b"#!/bin/app\n" * 50), ("etc", "dir"),
         ("etc/conf", b"x = 1\n"), ("etc/\u00fcn\u00ef", b"name\n"),
         ("lib", "->usr/lib"), ("usr", "dir"), ("usr/lib", "dir"),
         ("usr/lib/big", b"0123456789abcdef" * 40000),
         ("bin/same", "=bin/app"), ("deep" + "/d" * 60, b"deep\n")]


def member(name, what, **more):
    t = tarfile.TarInfo(name)
    data = None
    if what == "dir":
        t.type, t.mode = tarfile.DIRTYPE, 0o755
    elif isinstance(what, str) and what.startswith("->"):
        t.type, t.linkname = tarfile.SYMTYPE, what[2:]
    elif isinstance(what, str) and what.startswith("="):
        t.type, t.linkname = tarfile.LNKTYPE, what[1:]
    elif isinstance(what, bytes):
        t.size, t.mode, data = len(what), 0o755, io.BytesIO(what)
    else:
        t.type = what[0]
    for k, v in more.items():
        setattr(t, k, v)
    return t, data


def tar(files, form=tarfile.GNU_FORMAT, **more):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        for name, what in files:
            t.addfile(*member(name, what, **more))
    return out.getvalue()


def put(name, data):
    path = os.path.join(top, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


put("one.tar", tar(FILES))
# The same as another user, at another time, in another order, written in
# another way; hard links stay behind what they name.
links = [f for f in FILES if str(f[1]).startswith("=")]
rest = [f for f in FILES if f not in links]
put("two.tar", tar(list(reversed(rest)) + links, tarfile.PAX_FORMAT,
                   uid=1000, gid=1000, uname="me", mtime=1700000000.25))
put("three.tgz", gzip.compress(tar([("./" + n, w) for n, w in FILES],
                                   mtime=99)))
put("other.tar", tar(FILES + [("etc/conf", b"x = 2\n")]))

for name, what in [
        ("dotdot", [("../evil", b"x")]), ("absolute", [("/evil", b"x")]),
        ("middle", [("a/../../evil", b"x")]),
        ("char", [("null", [tarfile.CHRTYPE])]),
        ("block", [("disk", [tarfile.BLKTYPE])]),
        ("fifo", [("pipe", [tarfile.FIFOTYPE])]),
        ("hardlink", [("a", "=../../etc/passwd")]),
        ("nolink", [("a", "=b")]),
        ("loop", [("a", "->b"), ("b", "->a"), ("a/x", b"x")]),
        ("through", [("a", b"x"), ("a/b", b"x")]),
        ("marked", [(".wh.a", b"")]),
        ("long", [("n" * 256, b"x")]),
        ("longer", [("/".join(["d" * 200] * 21), b"x")])]:
    put("hostile/%s.tar" % name, tar(what))
put("hostile/symlink.tar", tar([("a", "->/"), ("a/etc/evil", b"inside\n"),
                                ("b", "->../../.."), ("b/evil", b"x")]))
whole = tar(FILES)
put("hostile/cut.tar", whole[:100000])
put("hostile/noise.tar", bytes(range(256)) * 40)
put("hostile/cut.tgz", gzip.compress(whole)[:-2000])


class Layout:
    def __init__(self):
        self.blobs = {}

    def blob(self, data, kind, **more):
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return {"mediaType": "application/vnd.oci.image." + kind,
                "digest": "sha256:" + digest, "size": len(data), **more}

    def image(self, layers, arch="amd64", packed=gzip.compress, **config):
        diff = ["sha256:" + hashlib.sha256(x).hexdigest() for x in layers]
        c = json.dumps({"architecture": arch, "os": "linux", "config": config,
                        "rootfs": {"type": "layers", "diff_ids": diff}})
        kind = "layer.v1.tar" + ("+gzip" if packed else "")
        return json.dumps({
            "schemaVersion": 2, "config": self.blob(c.encode(), "config.v1+json"),
            "layers": [self.blob(packed(x) if packed else x, kind)
                       for x in layers]}).encode()

    def write(self, name, manifests, edit=lambda files: None):
        files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
                 "index.json": json.dumps({"schemaVersion": 2,
                                           "manifests": manifests}).encode()}
        files.update({"blobs/sha256/" + d: b for d, b in self.blobs.items()})
        edit(files)
        for n, b in files.items():
            put(os.path.join(name, n), b)
        put(name + ".tar", tar([("blobs", "dir"), *files.items()]))


lower = tar(FILES + [("gone", b"x"), ("var", "dir"), ("var/old", b"x"),
                     ("var/kept-not", b"x"), ("sub", "dir"),
                     ("sub/a", b"a"), ("sub/b", b"b")])
upper = tar([(".wh.gone", b""), ("var/new", b"new"),
             ("var/.wh..wh..opq", b""), ("sub/.wh.a", b""),
             ("lib/through-link", b"y"), ("usr/lib/big", b"small")])
CONFIG = {"Entrypoint": ["/bin/app"], "Cmd": ["serve", "--all"],
          "Env": ["PATH=/bin", "MODE=on"]}
a = Layout()
linux = {"os": "linux", "architecture": "amd64"}
m = a.image([lower, upper], **CONFIG)
a.write("oci", [a.blob(m, "manifest.v1+json", platform=linux, annotations={
    "org.opencontainers.image.ref.name": "v1"})])
# What the two layers come to, by hand.
put("merged.tar", tar([f for f in FILES if f[0] != "usr/lib/big"] + [
    ("usr/lib/big", b"small"), ("usr/lib/through-link", b"y"), ("var", "dir"),
    ("var/new", b"new"), ("sub", "dir"), ("sub/b", b"b")]))

# An index of an index, two platforms, an attestation beside.
b = Layout()
m2 = b.image([tar([("bin/app", b"other")])], packed=None, **CONFIG)
inner = json.dumps({"schemaVersion": 2, "manifests": [
    b.blob(b.image([lower, upper], **CONFIG), "manifest.v1+json",
           platform=linux),
    b.blob(b.image([upper], arch="arm64", **CONFIG), "manifest.v1+json",
           platform={"os": "linux", "architecture": "arm64"}),
    b.blob(b"{}", "manifest.v1+json",
           platform={"os": "unknown", "architecture": "unknown"})]}).encode()
b.write("multi", [
    b.blob(inner, "index.v1+json", annotations={
        "org.opencontainers.image.ref.name": "v1"}),
    b.blob(m2, "manifest.v1+json", platform=linux, annotations={
        "org.opencontainers.image.ref.name": "v2"})])


def broken(name, edit):
    c = Layout()
    x = c.image([lower], **CONFIG)
    c.write("broken/" + name, [c.blob(x, "manifest.v1+json", platform=linux)],
            edit)


def spoil(files):
    n = max((n for n in files if n.startswith("blobs")),
            key=lambda n: len(files[n]))
    files[n] = files[n][:-1] + bytes([files[n][-1] ^ 1])


def lose(files):
    n = max((n for n in files if n.startswith("blobs")),
            key=lambda n: len(files[n]))
    del files[n]


broken("spoiled", spoil)
broken("lost", lose)
broken("noindex", lambda f: f.pop("index.json"))
broken("nolayout", lambda f: f.pop("oci-layout"))
broken("notjson", lambda f: f.update({"index.json": b"{"}))
put("kernel", b"kernel " * 1000)
put("boot", b"boot" * 250 + b"!")
