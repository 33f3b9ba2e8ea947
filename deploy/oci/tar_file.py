"""Archives that are the same, byte for byte, whenever they hold the same."""

import io
import os
import tarfile


class TarFile:
    """Gathers entries; close() writes them in the order of their names."""

    def __init__(self, path, epoch):
        self._path = path
        self._epoch = epoch
        self._entries = {}

    def file(self, name, content, mode=0o644):
        entry = self._entry(name, tarfile.REGTYPE, mode)
        entry.size = len(content)
        self._entries[name] = (entry, content)

    def link(self, name, target):
        entry = self._entry(name, tarfile.SYMTYPE, 0o777)
        entry.linkname = target
        self._entries[name] = (entry, b"")

    def folder(self, name, mode=0o755, owner=0):
        entry = self._entry(name, tarfile.DIRTYPE, mode)
        entry.uid = entry.gid = owner
        self._entries[name] = (entry, b"")

    def close(self):
        with tarfile.open(self._path, "w", format=tarfile.USTAR_FORMAT) as tar:
            for name in sorted(self._entries):
                entry, content = self._entries[name]
                tar.addfile(entry, io.BytesIO(content))

    def _entry(self, name, kind, mode):
        parent = os.path.dirname(name)
        if parent and parent not in self._entries:
            self.folder(parent)
        entry = tarfile.TarInfo(name)
        entry.type = kind
        entry.mode = mode
        entry.mtime = self._epoch
        return entry
