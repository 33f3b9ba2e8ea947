"""End-to-end tests: a GoogleTest program that runs on the device of a lab."""

def lab_cc_test(name, srcs, deps, data = [], **kwargs):
    """A test that runs in a lab of its own, with localstored and localstorectl at hand."""
    program = name + "_program"
    native.cc_binary(
        name = program,
        testonly = True,
        srcs = srcs,
        visibility = ["//visibility:private"],
        deps = deps + [
            ":fixture",
            "@com_google_googletest//:gtest_main",
        ],
    )
    native.sh_test(
        name = name,
        srcs = ["run_in_lab.sh"],
        args = ["$(location %s)" % program],
        data = data + [
            program,
            "//client:localstorectl",
            "//server:localstored",
            "//testing/lab",
        ],
        **kwargs
    )
