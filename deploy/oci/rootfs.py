"""The smallest root file system that localstored runs in, as two archives.

  rootfs.py --epoch=SECONDS --system=OUT.tar --localstore=OUT.tar PROGRAM...

SYSTEM gets the shared libraries of the PROGRAMs from this machine's Debian packages, with the
packages' copyright and dpkg's record of them (which is where scanners look), the certificate
authorities that Debian ships, and users. LOCALSTORE gets the PROGRAMs in /usr/bin and the
folders that are the service's own. Neither depends on the machine beyond the packages'
versions: entries are sorted, and have no other times and owners than those given here.
"""

import argparse
import glob
import os
import re
import subprocess
import sys

from tar_file import TarFile

SERVICE_ID = 65532

PASSWD = """\
root:x:0:0:root:/:/nonexistent
localstore:x:%d:%d:Localstore:/var/lib/localstore:/nonexistent
""" % (SERVICE_ID, SERVICE_ID)

GROUP = """\
root:x:0:
localstore:x:%d:
""" % SERVICE_ID

NSSWITCH = """\
passwd: files
group: files
hosts: files dns
"""


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def libraries(programs):
    """{soname: path} of all that the dynamic linker loads for the programs, itself included."""
    found = {}
    for program in programs:
        for line in output_of("ldd", program).splitlines():
            entry = re.fullmatch(r"\s*(?:(\S+) => )?(/\S+) \(0x[0-9a-f]+\)", line)
            if entry:
                found[os.path.basename(entry[1] or entry[2])] = entry[2]
            elif "linux-vdso" not in line:
                sys.exit("rootfs.py: %s: ldd says: %s" % (program, line.strip()))
    return found


def packages_of(paths):
    """The Debian packages that the files are from."""
    real = {os.path.realpath(path) for path in paths}
    # dpkg knows a file under / or under /usr (merged /usr).
    names = real | {re.sub(r"^/usr/lib", "/lib", path) for path in real}
    owners = {}
    for line in subprocess.run(["dpkg-query", "-S"] + sorted(names), encoding="utf-8", check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines():
        packages, _, name = line.rpartition(": ")
        owners[re.sub(r"^/lib", "/usr/lib", name)] = packages.split(",")[0]
    strangers = real - set(owners)
    if strangers:
        sys.exit("rootfs.py: from no Debian package: " + " ".join(sorted(strangers)))
    return set(owners.values())


def read(path):
    with open(path, "rb") as file:
        return file.read()


def add_libraries(tar, found):
    multiarch = "usr/lib/" + output_of("gcc", "-print-multiarch").strip()
    for soname, path in found.items():
        tar.file("%s/%s" % (multiarch, soname), read(os.path.realpath(path)), 0o755)
        # The name of the dynamic linker that stands in every program.
        if os.path.dirname(path) == "/lib64":
            tar.link("usr/lib64/" + soname, "../../%s/%s" % (multiarch, soname))
    for name in ("lib", "lib64"):
        tar.link(name, "usr/" + name)


def add_packages(tar, packages):
    for package in packages:
        name = package.split(":")[0]
        tar.file("usr/share/doc/%s/copyright" % name, read("/usr/share/doc/%s/copyright" % name))
        record = output_of("dpkg-query", "-s", package)
        tar.file("var/lib/dpkg/status.d/" + name, record.encode())


def authorities():
    """Debian's, and none that this machine's administrator added."""
    paths = sorted(glob.glob("/usr/share/ca-certificates/mozilla/*.crt"))
    if not paths:
        sys.exit("rootfs.py: ca-certificates is not installed")
    return b"".join(read(path).rstrip(b"\n") + b"\n" for path in paths)


def write_system(path, epoch, programs):
    found = libraries(programs)
    tar = TarFile(path, epoch)
    add_libraries(tar, found)
    add_packages(tar, packages_of(found.values()) | {"ca-certificates", "base-files"})
    tar.file("etc/ssl/certs/ca-certificates.crt", authorities())
    tar.file("etc/os-release", read("/usr/lib/os-release"))
    tar.file("etc/passwd", PASSWD.encode())
    tar.file("etc/group", GROUP.encode())
    tar.file("etc/nsswitch.conf", NSSWITCH.encode())
    tar.folder("tmp", 0o1777)
    tar.close()


def write_localstore(path, epoch, programs):
    tar = TarFile(path, epoch)
    for program in programs:
        tar.file("usr/bin/" + os.path.basename(program), read(program), 0o755)
    tar.folder("etc/localstore")
    for folder in ("run/localstore", "var/lib/localstore", "var/lib/localstore/images",
                   "var/lib/localstore/state"):
        tar.folder(folder, 0o755 if folder.startswith("run") else 0o750, SERVICE_ID)
    tar.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epoch", type=int, required=True)
    parser.add_argument("--system", required=True)
    parser.add_argument("--localstore", required=True)
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    write_system(arguments.system, arguments.epoch, arguments.programs)
    write_localstore(arguments.localstore, arguments.epoch, arguments.programs)


main()
