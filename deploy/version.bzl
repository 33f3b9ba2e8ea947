"""What the packages are called. version_test.sh holds it against the programs' own versions."""

VERSION = "0.1.0"

# Every file in a package has this time (seconds since 1970), so that a package depends on
# nothing but what is in it. It is the time of the newest entry in debian/changelog.
SOURCE_DATE_EPOCH = "1795564800"
