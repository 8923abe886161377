# SPDX-License-Identifier: ISC
"""The API's description, by itself."""
import json
import re
import shutil
import subprocess
import sys

from schema import Spec

spec = Spec()
failed = 0


def said(ok, name, why=""):
    global failed
    print("ok" if ok else "not ok", name)
    if not ok:
        failed = 1
        print(why)


def walk(node, at=""):
    yield at, node
    if isinstance(node, dict):
        for k, v in node.items():
            yield from walk(v, f"{at}/{k}")
    elif isinstance(node, list):
        for n, v in enumerate(node):
            yield from walk(v, f"{at}/{n}")


def no_duplicates(pairs):
    names = [k for k, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a member stands twice in {names}")
    return dict(pairs)


def references():
    used, missing = set(), []
    for at, node in walk(spec.doc):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            used.add(node["$ref"])
            try:
                spec.ref(node)
            except KeyError:
                missing.append(at)
    said(not missing, "every reference leads somewhere", missing)
    components = {f"#/components/{kind}/{name}"
                  for kind, those in spec.doc["components"].items()
                  if kind != "securitySchemes" for name in those}
    said(components <= used, "every component is used", components - used)


def examples():
    wrong = []
    for at, node in walk(spec.doc):
        if isinstance(node, dict) and "example" in node and "schema" in node:
            wrong += [f"{at}: {f}" for f in
                      spec.faults(node["schema"], node["example"])]
    said(not wrong, "every example fits its schema", "\n".join(wrong[:20]))
    bare = [f"{m} {p} {s}" for m, p, op in spec.operations.values()
            for s, r in op["responses"].items()
            for t, c in spec.ref(r).get("content", {}).items()
            if "json" in t and "example" not in c]
    said(not bare, "every JSON answer has an example", bare)
    bare = [k for k, p in spec.doc["components"]["parameters"].items()
            if "example" not in p or not p.get("description")]
    said(not bare, "every parameter has an example and says what it is", bare)


def problems():
    wrong = []
    for name, (_, _, op) in spec.operations.items():
        for status, r in op["responses"].items():
            content = spec.ref(r).get("content", {})
            if int(status) >= 400 and list(content) != [
                    "application/problem+json"]:
                wrong.append(f"{name} {status}")
    said(not wrong, "every error is a problem", wrong)


def names():
    wrong = [at for at, node in walk(spec.doc["components"]["schemas"])
             if re.search(r"/properties/[^/]+$", at)
             and not re.search(r"/(EvervaultPcrs|KmsConditions)/", at)
             and not re.search(r"/properties/[a-z0-9_]+$", at)]
    said(not wrong, "members that we name are in snake_case", wrong)
    tags = {t["name"] for t in spec.doc["tags"]}
    said(all(set(op["tags"]) <= tags for _, _, op in
             spec.operations.values()), "every tag is known")
    n = sum(len(item) for item in spec.doc["paths"].values())
    said(n == len(spec.operations), "operationIds are unique")
    wrong = [name for name, (_, path, op) in spec.operations.items()
             if sorted(re.findall(r"{(\w+)}", path)) != sorted(
                 p["name"] for p in map(spec.ref, op["parameters"])
                 if p["in"] == "path")]
    said(not wrong, "path parameters are those of the path", wrong)


def definition():
    with open("openapi/definition.schema.json", encoding="utf-8") as f:
        schema = json.load(f)
    here = spec.doc["components"]["schemas"]["Definition"]
    said(here == {k: v for k, v in schema.items()
                  if k not in ("$schema", "title")},
         "the definition is that of definition.schema.json")


def outside():
    tool = shutil.which("openapi-spec-validator")
    if not tool:
        print("skipped openapi-spec-validator: it is not installed")
        return
    r = subprocess.run([tool, "openapi/encl.json"], capture_output=True)
    said(r.returncode == 0, "openapi-spec-validator", r.stdout + r.stderr)


with open("openapi/encl.json", encoding="utf-8") as file:
    json.load(file, object_pairs_hook=no_duplicates)
said(True, "well-formed, no member twice")
references()
examples()
problems()
names()
definition()
outside()
sys.exit(failed)
