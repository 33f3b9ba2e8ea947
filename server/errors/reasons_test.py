"""Do the documentation and the code say the same of the reasons?  reasons_test.py PRINT_REASONS README.md"""

import os
import re
import subprocess
import sys

# The file in the runfiles is a link into the source tree.
ROOT = os.path.join(os.path.dirname(os.path.realpath(sys.argv[2])), "../..")
MAKERS = ("resolver", "fetcher", "server")
KEY = re.compile(r'(?:(?:emplace_back|push_back)\(\{?|\{)"([a-z_]+)",')


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def sources():
    for folder in MAKERS:
        for parent, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in names:
                if re.search(r"(?<!_test)\.(cc|h)$", name) and not name.startswith("fake_"):
                    yield read(os.path.join(parent, name))


def makers(text):
    """Pieces of code that make errors, or choose their reasons, to the end of the statement."""
    return re.findall(r"(?:Make(?:Error|ErrorWithCode|BadRequest)\(|return v1::ERROR_REASON_).*?;", text, re.DOTALL)


def comments(proto):
    """What stands above each reason."""
    found, above = {}, ""
    for line in map(str.strip, proto.splitlines()):
        value = re.match(r"ERROR_REASON_(\w+) =", line)
        if value:
            found[value.group(1)] = above
        above = above + line if line.startswith("//") else ""
    return found


def rows(table):
    for line in table.splitlines()[2:]:
        reason, code, when, metadata, _ = [cell.strip() for cell in line.strip("|").split(" | ")]
        yield reason.strip("` "), code, when, re.findall(r"`([a-z_]+)`", metadata)


def main():
    table = subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, check=True, text=True).stdout
    failures = []
    if "<!-- reasons -->\n%s<!-- /reasons -->" % table not in read(sys.argv[2]):
        failures.append("README.md is not what is printed now: run server/errors/update_readme.sh")
    proto = comments(read(os.path.join(ROOT, "protos/localstore/v1/error_reason.proto")))
    texts = list(sources())
    code_of_makers = "\n".join(piece for text in texts for piece in makers(text))
    known = set()
    for reason, code, when, keys in rows(table):
        known.update(keys)
        if code not in proto[reason] and reason != "HTTP_STATUS":
            failures.append("error_reason.proto does not say %s of %s" % (code, reason))
        made = reason == "INVALID_REQUEST" or re.search(r"\bERROR_REASON_%s\b" % reason, code_of_makers)
        if bool(made) == ("Not sent by this version" in when):
            failures.append("%s is %smade in the code" % (reason, "" if made else "not "))
    for text in texts:
        for piece in makers(text):
            for key in set(KEY.findall(piece)) - known:
                if "MakeBadRequest" not in piece:
                    failures.append("the metadata key %s is in no row" % key)
    for failure in failures:
        print("FAILED: " + failure)
    return 1 if failures else 0


sys.exit(main())
