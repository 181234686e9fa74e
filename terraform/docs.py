#!/usr/bin/env python3
"""Writes the tables of inputs and outputs in README.md from variables.tf and outputs.tf.

    docs.py           rewrite README.md
    docs.py --check   fail if README.md is not what would be written

It reads the blocks as this module writes them (terraform fmt: attributes indented by two spaces), not HCL in general.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def blocks(text, kind):
    """Each block `kind "name" { ... }` with the source of its attributes, and the section comment above it."""
    section = None
    lines = iter(text.splitlines())
    for line in lines:
        if heading := re.match(r"# -+ (.+?) -+$", line):
            section = heading.group(1)
        elif opening := re.match(rf'{kind} "(\w+)" {{$', line):
            body = []
            for line in lines:
                if line == "}":
                    break
                body.append(line)
            yield section, opening.group(1), {a: source.strip() for a, source in attributes(body).items()}


def attributes(body):
    found, name = {}, None
    for line in body:
        if start := re.match(r"  (\w+)\s+= (.*)$", line):
            name = start.group(1)
            found[name] = start.group(2)
        elif re.match(r"  \w+ {$", line):
            name = None  # validation
        elif name:
            found[name] += " " + line.strip()
    return found


def string(source):
    """A description's text: one quoted string on one line."""
    text = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', source)
    if not text:
        sys.exit(f"docs.py: a description must be one string on one line: {source}")
    return text.group(1).replace('\\"', '"').replace("|", "\\|")


def inputs():
    rows, last = [], None
    for section, name, a in blocks((HERE / "variables.tf").read_text(), "variable"):
        for needed in ("description", "type"):
            if needed not in a:
                sys.exit(f"docs.py: variable {name} has no {needed}")
        if section != last:
            rows += ["", f"### {section}", "", "| variable | type | default | |", "|---|---|---|---|"]
            last = section
        default = f"`{a['default']}`" if "default" in a else "**needed**"
        rows.append(f"| `{name}` | `{a['type']}` | {default} | {string(a['description'])} |")
    return rows


def outputs():
    rows = ["", "| output | |", "|---|---|"]
    for _, name, a in blocks((HERE / "outputs.tf").read_text(), "output"):
        if "description" not in a:
            sys.exit(f"docs.py: output {name} has no description")
        rows.append(f"| `{name}` | {string(a['description'])} |")
    return rows


def main():
    readme = HERE / "README.md"
    before = readme.read_text()
    after = before
    for marker, rows in (("inputs", inputs()), ("outputs", outputs())):
        begin, end = f"<!-- {marker}: docs.py -->", f"<!-- end of {marker} -->"
        if before.count(begin) != 1 or before.count(end) != 1:
            sys.exit(f"docs.py: README.md needs the lines {begin} and {end} once each")
        head, rest = after.split(begin)
        after = head + begin + "\n" + "\n".join(rows) + "\n\n" + end + rest.split(end)[1]
    if sys.argv[1:] == ["--check"]:
        if before != after:
            sys.exit("docs.py: README.md is stale. Run terraform/docs.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        readme.write_text(after)


main()
