#!/bin/sh
# Limits of processes count for the user on the whole machine, not for the container.
set -e
rm -f /run/avahi-daemon/pid
avahi-daemon --daemonize --no-rlimits
exec nginx
