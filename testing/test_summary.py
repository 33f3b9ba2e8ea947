"""Counts the tests of a Bazel run: test_summary.py EVENTS BAZEL_EXIT_CODE.

EVENTS is the file of --build_event_json_file. Each case in a target's test.xml
counts; a target that gave none, or failed although its cases passed (a leak
reported at exit, say), counts as one that failed. The last line is
"N passed, N failed"; the exit code is 0 only if that N is 0 and Bazel agrees.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def read_events(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def cases(path):
    """(passed, [names of the failed]) of one test.xml."""
    passed, failed = 0, []
    for case in ElementTree.parse(path).iter("testcase"):
        if case.get("status") == "notrun" or case.get("result") in ("skipped", "suppressed"):
            continue
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append("%s.%s" % (case.get("classname", ""), case.get("name", "")))
        else:
            passed += 1
    return passed, failed


def last_attempts(events):
    """{label: {shard and run: result}}, with an empty dict for what did not run."""
    targets = {}
    for event in events:
        if "targetConfigured" in event["id"] and "testSize" in event.get("configured", {}):
            targets.setdefault(event["id"]["targetConfigured"]["label"], {})
        if "testResult" in event["id"]:
            test = event["id"]["testResult"]
            results = targets.setdefault(test["label"], {})
            # A run that is broken off says of each test only that.
            results[(test.get("run"), test.get("shard"))] = event.get("testResult", {"status": "ABORTED"})
    return targets


def summarize(results):
    """(passed, [names of the failed]) of all shards of one target."""
    if not results:
        return 0, ["was not built or did not run"]
    passed, failed = 0, []
    for result in results.values():
        xml = [o["uri"] for o in result.get("testActionOutput", []) if o["name"] == "test.xml"]
        shard_failed = []
        for uri in xml:
            try:
                n, shard_failed = cases(urllib.parse.unquote(uri[len("file://"):]))
                passed += n
            except (ElementTree.ParseError, OSError) as error:
                shard_failed = ["test.xml: %s" % error]
        if result["status"] != "PASSED" and not shard_failed:
            shard_failed = ["%s, though no case of it failed" % result["status"]]
        failed += shard_failed
    return passed, failed


def main():
    passed, failed = 0, 0
    for label, results in sorted(last_attempts(read_events(sys.argv[1])).items()):
        target_passed, target_failed = summarize(results)
        print("%-60s %4d passed, %d failed" % (label, target_passed, len(target_failed)))
        for name in target_failed:
            print("    FAILED: " + name)
        passed += target_passed
        failed += len(target_failed)
    bazel_exit = int(sys.argv[2])
    if not failed and (bazel_exit or not passed):
        print("bazel ended with exit code %d" % bazel_exit)
        failed = 1
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
