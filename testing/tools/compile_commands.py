"""Prints a compile_commands.json of //..., for clang-tidy and editors.

Asks Bazel for the commands that it would run; nothing is built.
"""

import json
import os
import subprocess
import sys

# What GCC knows and Clang does not.
ONLY_GCC = ("-fno-canonical-system-headers", "-Wno-free-nonheap-object")

# clang-tidy's plugin, which is not Bazel's to build: tidy.py does.
PLUGIN = "testing/tools/tidy_scope.cc"
FOR_PLUGIN = ("c++", "-std=c++17", "-O1", "-DNDEBUG", "-fPIC", "-fno-rtti", "-isystem/usr/lib/llvm-14/include")

# Paths that are not in the workspace itself.
GENERATED = ("bazel-out/", "external/")


def bazel(*arguments):
    done = subprocess.run(("bazel",) + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode())
    return done.stdout.decode()


def absolute(argument, root):
    """The argument for a compiler started elsewhere; generated headers become
    system headers, whose style is not ours to judge."""
    if argument.startswith(GENERATED):
        return os.path.join(root, argument)
    if argument.startswith("-I") and argument[2:].startswith(GENERATED):
        return "-isystem" + os.path.join(root, argument[2:])
    return argument


def with_system_headers(arguments):
    """The arguments with every folder of generated headers one of system headers."""
    following = arguments[1:] + [""]
    return ["-isystem" if a == "-iquote" and b.startswith(GENERATED) else a for a, b in zip(arguments, following)]


def main():
    workspace = bazel("info", "workspace").strip()
    made = bazel("info", "execution_root").strip()
    actions = json.loads(bazel("aquery", "--output=jsonproto", 'mnemonic("CppCompile", //...)'))
    commands = {PLUGIN: {"directory": workspace, "file": PLUGIN, "arguments": [*FOR_PLUGIN, "-c", PLUGIN]}}
    for action in actions.get("actions", []):
        arguments = action["arguments"]
        source = arguments[arguments.index("-c") + 1]
        if source.startswith(GENERATED):
            continue
        arguments = [absolute(a, made) for a in with_system_headers(arguments) if a not in ONLY_GCC]
        commands.setdefault(source, {"directory": workspace, "file": source, "arguments": arguments})
    json.dump(list(commands.values()), sys.stdout, indent=1)


main()
