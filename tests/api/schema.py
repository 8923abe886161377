# SPDX-License-Identifier: ISC
"""openapi/encl.json: its operations, and whether a response fits them."""
import json
import re

JSON_TYPES = {"object": dict, "array": list, "string": str, "null": type(None)}


def type_fits(value, name):
    if name == "boolean":
        return isinstance(value, bool)
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, JSON_TYPES[name])


class Spec:
    def __init__(self, path="openapi/encl.json"):
        with open(path, encoding="utf-8") as f:
            self.doc = json.load(f)
        self.operations = {}
        for path_, item in self.doc["paths"].items():
            for method, op in item.items():
                self.operations[op["operationId"]] = (
                    method.upper(), path_, op)

    def ref(self, node):
        while "$ref" in node:
            at = self.doc
            for part in node["$ref"][2:].split("/"):
                at = at[part.replace("~1", "/").replace("~0", "~")]
            node = at
        return node

    def faults(self, schema, value, at=""):
        """What is wrong with value, as a list of sentences."""
        schema = self.ref(schema)
        known = {"type", "enum", "const", "pattern", "properties", "required",
                 "additionalProperties", "patternProperties", "items", "oneOf",
                 "minimum", "maximum", "minLength", "maxLength", "minItems",
                 "maxItems", "uniqueItems", "minProperties", "maxProperties",
                 "description", "format", "contentEncoding",
                 "contentMediaType", "default", "anyOf", "$comment"}
        unknown = set(schema) - known
        if unknown:
            return [f"{at}: the validator does not know {unknown}"]
        out = []
        if "oneOf" in schema:
            hits = [s for s in schema["oneOf"] if not self.faults(s, value)]
            if len(hits) != 1:
                out.append(f"{at}: fits {len(hits)} of oneOf: {value!r:.200}")
                for s in schema["oneOf"]:
                    out += ["  " + x for x in self.faults(s, value, at)[:2]]
        if "anyOf" in schema and all(self.faults(s, value)
                                     for s in schema["anyOf"]):
            out.append(f"{at}: fits none of anyOf: {value!r:.200}")
        if "type" in schema and not type_fits(value, schema["type"]):
            return out + [f"{at}: is no {schema['type']}: {value!r:.80}"]
        if "const" in schema and (value != schema["const"] or
                                  type(value) is not type(schema["const"])):
            out.append(f"{at}: is not {schema['const']!r}")
        if "enum" in schema and value not in schema["enum"]:
            out.append(f"{at}: {value!r} is not in {schema['enum']}")
        if isinstance(value, str):
            out += self.text(schema, value, at)
        elif isinstance(value, dict):
            out += self.members(schema, value, at)
        elif isinstance(value, list):
            out += self.array(schema, value, at)
        elif isinstance(value, int) and not isinstance(value, bool):
            if not schema.get("minimum", value) <= value <= \
                    schema.get("maximum", value):
                out.append(f"{at}: {value} is out of range")
        return out

    @staticmethod
    def text(schema, value, at):
        out = []
        if "pattern" in schema and not re.search(schema["pattern"], value):
            out.append(f"{at}: {value!r:.80} does not match "
                       f"{schema['pattern']}")
        if not schema.get("minLength", 0) <= len(value) <= \
                schema.get("maxLength", len(value)):
            out.append(f"{at}: has {len(value)} characters")
        return out

    def members(self, schema, value, at):
        out = [f"{at}: lacks {k}" for k in schema.get("required", [])
               if k not in value]
        if not schema.get("minProperties", 0) <= len(value) <= \
                schema.get("maxProperties", len(value)):
            out.append(f"{at}: has {len(value)} members")
        for k, v in value.items():
            below = f"{at}/{k}"
            subs = [s for p, s in schema.get("patternProperties", {}).items()
                    if re.search(p, k)]
            if k in schema.get("properties", {}):
                subs.append(schema["properties"][k])
            for s in subs:
                out += self.faults(s, v, below)
            if not subs and schema.get("additionalProperties") is False:
                out.append(f"{below}: is not in the schema")
        return out

    def array(self, schema, value, at):
        out = []
        if not schema.get("minItems", 0) <= len(value) <= \
                schema.get("maxItems", len(value)):
            out.append(f"{at}: has {len(value)} items")
        for n, v in enumerate(value):
            out += self.faults(schema.get("items", {}), v, f"{at}/{n}")
        return out

    def response_faults(self, operation, status, headers, body):
        """What is wrong with a response to the operation."""
        op = self.operations[operation][2]
        if status in (414, 431):  # said before the request was looked at
            return []
        if str(status) not in op["responses"]:
            return [f"{operation} does not say that it answers {status}"]
        response = self.ref(op["responses"][str(status)])
        content = response.get("content")
        kind = headers.get("Content-Type", "")
        if not content:
            return [f"{status} has a body"] if body else []
        if kind not in content:
            return [f"{operation} {status}: Content-Type {kind!r} is not in "
                    f"{list(content)}"]
        if "json" not in kind:
            return []
        return self.faults(content[kind]["schema"], json.loads(body))
