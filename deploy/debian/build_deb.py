"""Builds the Debian package, without debhelper and without root.

  build_deb.py --control=IN --version=V --epoch=SECONDS --output=OUT.deb
      [--program=PATH]... [--script=FILE]... [PLACE=FILE]...

PLACE is where FILE goes to, "etc/x/y"; what ends in .gz is compressed here. What is
under etc/ is a conffile, what is under bin/ or sbin/ is executable. The libraries that the package
depends on are found by dpkg-shlibdeps. The same input makes the same package, byte for byte.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile


def place_files(root, files):
    for entry in files:
        place, _, source = entry.partition("=")
        path = os.path.join(root, place)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(source, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(gzip.compress(content, 9, mtime=0) if place.endswith(".gz") else content)
        os.chmod(path, 0o755 if re.search(r"(^|/)s?bin/", place) else 0o644)


def regular_files(root):
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            yield os.path.relpath(path, root), path


def library_packages(programs):
    """What the programs need of Debian's libraries, as a Depends field has it."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "debian"))
        with open(os.path.join(folder, "debian/control"), "w", encoding="utf-8") as file:
            file.write("Source: localstore\n\nPackage: localstore\nArchitecture: any\n")
        out = subprocess.run(
            ["dpkg-shlibdeps", "-O", "--warnings=0"] + ["-e" + os.path.abspath(p) for p in programs],
            check=True, cwd=folder, stdout=subprocess.PIPE, encoding="utf-8").stdout
    return re.search(r"^shlibs:Depends=(.*)$", out, re.MULTILINE)[1]


def md5(path):
    with open(path, "rb") as file:
        return hashlib.md5(file.read()).hexdigest()


def write_control(root, arguments, programs):
    contents = list(regular_files(root))
    control = os.path.join(root, "DEBIAN")
    os.mkdir(control)
    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True,
                                  stdout=subprocess.PIPE, encoding="utf-8").stdout.strip()
    fields = {
        "VERSION": arguments.version,
        "ARCHITECTURE": architecture,
        "INSTALLED_SIZE": str(sum(os.path.getsize(path) // 1024 + 1 for _, path in contents)),
        "SHLIBS_DEPENDS": library_packages(programs),
    }
    with open(arguments.control, encoding="utf-8") as file:
        text = re.sub(r"@(\w+)@", lambda field: fields[field[1]], file.read())
    files = {
        "control": text,
        "conffiles": "".join("/%s\n" % name for name, _ in contents if name.startswith("etc/")),
        "md5sums": "".join("%s  %s\n" % (md5(path), name) for name, path in contents
                           if not name.startswith("etc/")),
    }
    for name, content in files.items():
        with open(os.path.join(control, name), "w", encoding="utf-8") as file:
            file.write(content)
    for script in arguments.script:
        shutil.copyfile(script, os.path.join(control, os.path.basename(script)))
        os.chmod(os.path.join(control, os.path.basename(script)), 0o755)


def settle(root, epoch):
    """The modes of folders and all times, whatever the umask and the clock say."""
    for folder, _, names in os.walk(root):
        os.chmod(folder, 0o755)
        for name in names:
            os.utime(os.path.join(folder, name), (epoch, epoch))
        os.utime(folder, (epoch, epoch))
    for name in ("control", "conffiles", "md5sums"):
        os.chmod(os.path.join(root, "DEBIAN", name), 0o644)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--epoch", type=int, required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--program", action="append", default=[])
    parser.add_argument("--script", action="append", default=[])
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        place_files(root, arguments.files)
        write_control(root, arguments, arguments.program)
        settle(root, arguments.epoch)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "--threads-max=1", "-Zxz", "--build", root,
             arguments.output],
            check=True, stdout=subprocess.DEVNULL,
            env=dict(os.environ, SOURCE_DATE_EPOCH=str(arguments.epoch)))


main()
