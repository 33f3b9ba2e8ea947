"""own_root.py CMD...: runs CMD in a mount namespace whose root is a mount point.

In a chroot it is not, and then neither `ip netns exec` nor `unshare --mount`
can cut the namespace's mounts off from the machine's. So: leave the chroot
within a namespace of our own, cut that off, make the chroot's folder a mount
point, and enter it again.
"""

import ctypes
import os
import sys

CLONE_NEWNS = 0x20000
MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 0x1000, 0x2000, 0x4000, 1 << 18

libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result != 0:
        sys.exit("own_root.py: %s: %s" % (what, os.strerror(ctypes.get_errno())))


def main():
    where = os.getcwd()
    checked(libc.unshare(CLONE_NEWNS), "unshare")
    chroot = os.open("/", os.O_RDONLY)
    # Entering a mount namespace sets the root to the namespace's.
    own = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    checked(libc.setns(own, CLONE_NEWNS), "setns")
    checked(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount --make-rprivate /")
    os.fchdir(chroot)
    checked(libc.mount(b".", b".", None, MS_BIND | MS_REC, None), "mount --bind")
    # Over the namespace's root, so that who enters the namespace is here, too.
    os.chdir(os.getcwd())
    checked(libc.mount(b".", b"/", None, MS_MOVE, None), "mount --move")
    os.chroot(".")
    os.chdir(where)
    os.execvp(sys.argv[1], sys.argv[1:])


main()
