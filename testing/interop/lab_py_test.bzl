"""Tests in Python that run on the device of a lab."""

def lab_py_test(name, src, data = [], **kwargs):
    """A test that runs in a lab of its own, with localstored and localstorectl at hand."""
    native.sh_test(
        name = name,
        srcs = ["//testing/e2e:run_in_lab.sh"],
        # Debian's, which has the Debian packages.
        args = [
            "/usr/bin/python3",
            "-B",
            "$(location %s)" % src,
        ],
        data = data + [
            src,
            ":device",
            "//client:localstorectl",
            "//server:localstored",
            "//testing/lab",
        ],
        **kwargs
    )
