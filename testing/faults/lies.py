"""Web servers that break off, repeat, corrupt, and lie: what they do, and what may come of it.

Each script says in its own words what the download may end with: "completes",
or the reasons of the error that it fails with or goes on trying after.
"""

from scripted_web import script

EXPECTED = {}


def expect(*outcomes, **fields):
    """What may come of a script; `fields` of the request beside the usual ones."""

    def mark(function):
        EXPECTED[function.__name__] = (set(outcomes), fields)
        return script(function)

    return mark


SIZE = {"size_bytes": True}


def first_half_then(visit, then):
    if visit.count == 1:
        visit.half()
    else:
        then(visit)


@expect("completes")
def breaks_off_once(v):
    first_half_then(v, type(v).honest)


@expect("completes")
def breaks_off_five_times(v):
    if v.count <= 5:
        first = v.asked_from or 0
        body = v.image[first : first + 300_000]
        if first:
            v.part(first, body, length=len(v.image) - first)
        else:
            v.whole(body, length=len(v.image))
        v.hang_up()
    else:
        v.honest()


@expect("completes")
def resets_once(v):
    if v.count == 1:
        v.whole(v.image[:700_000], length=len(v.image))
        v.reset()
    else:
        v.honest()


@expect("CONNECT_FAILED", "HTTP_PROTOCOL")
def breaks_off_before_the_body(v):
    v.whole(b"", length=len(v.image))
    v.hang_up()


@expect("CONNECT_FAILED", "HTTP_PROTOCOL")
def breaks_off_before_the_head(v):
    v.hang_up()


@expect("DIGEST_MISMATCH")
def corrupts_a_bit(v):
    body = bytearray(v.image)
    body[len(body) // 3] ^= 4
    v.whole(bytes(body))


@expect("DIGEST_MISMATCH")
def repeats_a_block(v):
    at = len(v.image) // 2 // 4096 * 4096
    v.whole(v.image[:at] + v.image[at - 4096 : at] + v.image[at + 4096 :])


@expect("DIGEST_MISMATCH")
def swaps_two_blocks(v):
    at = 1 << 20
    v.whole(v.image[:at] + v.image[at + 4096 : at + 8192] + v.image[at : at + 4096] + v.image[at + 8192 :])


@expect("DIGEST_MISMATCH")
def sends_zeros(v):
    v.whole(bytes(len(v.image)))


@expect("completes", "DIGEST_MISMATCH")
def corrupts_the_half_that_it_breaks_off(v):
    if v.count == 1:
        v.half(body=bytes(len(v.image)))
    else:
        v.honest()


@expect("completes", "DIGEST_MISMATCH")
def sends_the_page_of_a_portal_once(v):
    if v.count == 1:
        v.answer(b"<html>log in first</html>")
    else:
        v.honest()


# Content-Length


@expect("CONNECT_FAILED", "HTTP_PROTOCOL", "SIZE_MISMATCH", "STALLED")
def length_is_more_than_it_sends(v):
    if v.asked_from is None:
        v.whole(length=len(v.image) + 1000)
    else:
        v.part(v.asked_from, b"", content_range="bytes %d-%d/%d" % (v.asked_from, len(v.image) + 999, len(v.image) + 1000), length=1000)
    v.hang_up()


@expect("DIGEST_MISMATCH", "SIZE_MISMATCH")
def length_is_less_than_it_sends(v):
    v.whole(length=len(v.image) - 1000)
    v.hang_up()


@expect("SIZE_MISMATCH", **SIZE)
def length_is_not_the_size_asked_for(v):
    v.whole(v.image + b"more")


@expect("SIZE_MISMATCH", **SIZE)
def body_without_length_is_longer(v):
    v.head("200 OK", "Connection: close")
    v.send(v.image + b"more")
    v.hang_up()


@expect("SIZE_MISMATCH", "DIGEST_MISMATCH", "HTTP_PROTOCOL", "CONNECT_FAILED", **SIZE)
def body_without_length_is_shorter(v):
    v.head("200 OK", "Connection: close")
    v.send(v.image[:-1])
    v.hang_up()


@expect("HTTP_PROTOCOL", "CONNECT_FAILED")
def two_lengths(v):
    v.head("200 OK", "Content-Length: %d" % len(v.image), "Content-Length: %d" % (len(v.image) - 1))
    v.send(v.image)
    v.hang_up()


@expect("HTTP_PROTOCOL", "CONNECT_FAILED", "TOO_LARGE", "NO_SPACE", "SIZE_MISMATCH")
def length_is_huge(v):
    v.whole(length=1 << 62)
    v.hang_up()


@expect("HTTP_PROTOCOL", "CONNECT_FAILED")
def length_is_negative(v):
    v.whole(length=-1)
    v.hang_up()


@expect("completes")
def no_length_at_all(v):
    v.head("200 OK", "Connection: close")
    v.send(v.image)
    v.hang_up()


# Content-Range: the first answer breaks off, the second lies.


def ranged(*outcomes, **fields):
    """The first answer breaks off; what the script sends to the range comes once, then the truth."""

    def mark(function):
        def visit(v):
            if v.count == 1:
                v.half()
            elif v.count == 2 and v.asked_from is not None:
                function(v, v.asked_from)
            else:
                v.honest()

        visit.__name__ = function.__name__
        return expect(*outcomes, **fields)(visit)

    return mark


@ranged("completes")
def range_begins_earlier(v, first):
    v.part(first - 1000, content_range="bytes %d-%d/%d" % (first - 1000, len(v.image) - 1, len(v.image)))


@ranged("completes")
def range_begins_later(v, first):
    v.part(first + 1000)


@ranged("completes", "DIGEST_MISMATCH")
def range_says_right_sends_wrong(v, first):
    v.part(first, v.image[first - 1000 : -1000])


@ranged("completes")
def range_of_another_total(v, first):
    v.part(first, content_range="bytes %d-%d/%d" % (first, len(v.image) - 1, len(v.image) + 1))


@ranged("completes")
def range_ends_early(v, first):
    v.part(first, v.image[first : first + 100_000], "bytes %d-%d/%d" % (first, first + 99_999, len(v.image)))


@ranged("completes")
def range_ends_behind_the_end(v, first):
    v.part(first, v.image[first:] + b"x" * 10, "bytes %d-%d/%d" % (first, len(v.image) + 9, len(v.image)))


@ranged("completes")
def range_of_unknown_total(v, first):
    v.part(first, content_range="bytes %d-%d/*" % (first, len(v.image) - 1))


@ranged("completes")
def range_in_other_units(v, first):
    v.part(first, content_range="lines %d-%d/%d" % (first, len(v.image) - 1, len(v.image)))


@ranged("completes")
def range_that_is_no_range(v, first):
    v.part(first, content_range="bytes banana")


@ranged("completes")
def range_of_numbers_beyond_64_bits(v, first):
    v.part(first, content_range="bytes %d-%d/%d" % (first + (1 << 64), len(v.image) - 1, len(v.image)))


@ranged("completes")
def part_without_range(v, first):
    v.part(first, content_range="")


@ranged("completes")
def part_with_the_whole_body(v, first):
    v.part(first, v.image)


@ranged("completes")
def two_ranges(v, first):
    v.answer(v.image[first:], "206 Partial Content", None, "Content-Range: bytes %d-%d/%d" % (first, len(v.image) - 1, len(v.image)), "Content-Range: bytes 0-%d/%d" % (len(v.image) - first - 1, len(v.image)))


@ranged("completes")
def multipart_byteranges(v, first):
    body = b"--x\r\nContent-Range: bytes %d-%d/%d\r\n\r\n" % (first, len(v.image) - 1, len(v.image)) + v.image[first:] + b"\r\n--x--\r\n"
    v.answer(body, "206 Partial Content", None, "Content-Type: multipart/byteranges; boundary=x")


@ranged("completes")
def whole_instead_of_the_range(v, _):
    v.whole()


@ranged("completes")
def whole_of_another_image_instead(v, _):
    v.half('"two"', bytes(len(v.image)))


@ranged("completes")
def not_satisfiable(v, _):
    v.answer(b"", "416 Range Not Satisfiable", None, "Content-Range: bytes */%d" % len(v.image))


@ranged("completes")
def not_satisfiable_of_another_size(v, _):
    v.answer(b"", "416 Range Not Satisfiable", None, "Content-Range: bytes */77")


@ranged("completes")
def not_satisfiable_without_size(v, _):
    v.answer(b"no", "416 Range Not Satisfiable")


@expect("completes", "HTTP_PROTOCOL")
def part_that_nobody_asked_for(v):
    if v.count == 1:
        v.part(1000)
    else:
        v.honest()


# ETag


@ranged("completes")
def tag_changes_with_the_range(v, first):
    v.part(first, bytes(len(v.image) - first), etag='"two"')


@ranged("completes", "DIGEST_MISMATCH")
def tag_stays_though_the_image_changed(v, first):
    v.part(first, bytes(len(v.image) - first))


@expect("completes")
def tag_changes_each_time(v):
    if v.count < 4:
        v.half('"%d"' % v.count)
    else:
        v.honest('"%d"' % v.count)


@expect("completes", "DIGEST_MISMATCH")
def tag_is_weak(v):
    if v.count == 1:
        v.half('W/"one"')
    else:
        v.honest('W/"one"')


@expect("completes")
def tag_is_huge(v):
    if v.count == 1:
        v.half('"%s"' % ("x" * 30_000))
    else:
        v.honest('"%s"' % ("x" * 30_000))


@expect("completes")
def tag_holds_control_characters(v):
    if v.count == 1:
        v.half('"a\tb\x01c"')
    else:
        v.honest('"a\tb\x01c"')
