"""Writes what people read about localstored's settings, from config.proto.

  settings.py conf CONFIG_PROTO            a configuration file with every setting, commented out
  settings.py man CONFIG_PROTO TEMPLATE    the manual page: TEMPLATE with @SETTINGS@ filled in
"""

import re
import sys
import textwrap
from collections import namedtuple

Setting = namedtuple("Setting", "name type repeated comment")

CONF_HEAD = """\
# Configuration of localstored, in Protobuf text format; localstored(8) tells more.
# Every setting is here. A line that begins with "#" and a setting shows its
# default, or an empty value where there is none: take the "#" away and change it.
# Settings marked "Live" take effect at "systemctl reload localstored", the others at
# "systemctl restart localstored"; "localstored --check_config --config=FILE" checks a file.
"""

# The sockets of localstored.socket: who may call is for systemd to say. A loopback
# address would be for every local user.
PACKAGED = {"listen": ['"systemd:"']}

EXAMPLES = {
    "datastores": """\
#datastores {
#  name: "images"
#  fqdn: "http://ubuntu-4321-http-server.local"
#}
""",
    "access": """\
#access {
#  callers: "group:localstore"
#  allow: "read"
#  allow: "download"
#}
""",
}


def read_settings(path):
    """The fields of message Config, in the order of the file."""
    settings = []
    comment = []
    inside = False
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if line == "message Config {":
            inside, comment = True, []
        elif not inside:
            continue
        elif line == "}":
            break
        elif line.startswith("//"):
            comment.append(line[2:].strip())
        else:
            field = re.fullmatch(r"(optional|repeated) ([\w.]+) (\w+) = \d+;", line)
            if not field:
                sys.exit("%s: not understood: %s" % (path, line))
            settings.append(Setting(field[3], field[2], field[1] == "repeated", " ".join(comment)))
            comment = []
    if not settings:
        sys.exit("%s: no message Config" % path)
    return settings


def default_values(setting):
    """The default that the comment names, as Protobuf text; [""] for a string without one."""
    text = setting.comment.partition("Default: ")[2]
    if setting.type == "string" and " in state_dir" in text:
        return ['"/var/lib/localstore/state/%s"' % re.search(r'"([^"]*)"', text)[1]]
    if setting.type == "string":
        return re.findall(r'"[^"]*"', text) or ['"*"' if setting.name == "bridges" else '""']
    word = re.match(r"[\w.]+", text)
    value = word[0].rstrip(".") if word else ""
    if setting.type == "bool":
        return [value if value in ("true", "false") else "false"]
    if setting.type == "google.protobuf.Duration":
        return [value[:-1] if re.fullmatch(r"\d+s", value) else "0"]
    return [value if re.fullmatch(r"\d+", value) else "0"]


def example(setting, values):
    if setting.type == "google.protobuf.Duration":
        return ["%s { seconds: %s }" % (setting.name, value) for value in values]
    return ["%s: %s" % (setting.name, value) for value in values]


def is_message(setting):
    return setting.type[0].isupper()


def conf(settings):
    out = [CONF_HEAD]
    for setting in settings:
        out.append("\n" + textwrap.fill(setting.comment, 88, initial_indent="# ", subsequent_indent="# ",
                                        break_long_words=False, break_on_hyphens=False) + "\n")
        if is_message(setting):
            out.append(EXAMPLES.get(setting.name, "#%s { }\n" % setting.name))
        elif setting.name in PACKAGED:
            out += [line + "\n" for line in example(setting, PACKAGED[setting.name])]
        else:
            out += ["#" + line + "\n" for line in example(setting, default_values(setting))]
    return "".join(out)


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def man(settings, template):
    out = []
    for setting in settings:
        out.append(".TP\n.B %s\n%s" % (roff(setting.name), roff(setting.comment)))
    return template.replace("@SETTINGS@", "\n".join(out))


def main():
    settings = read_settings(sys.argv[2])
    if sys.argv[1] == "conf":
        sys.stdout.write(conf(settings))
    else:
        sys.stdout.write(man(settings, open(sys.argv[3], encoding="utf-8").read()))


if __name__ == "__main__":
    main()
