"""More than a hundred ways for a web server to misbehave, and what a download from it may end with."""

import gzip
import os
import random
import time
import zlib

from scripted_web import script

EXPECTED = {}
SLOW = set()

COMPLETES = {"completes"}
BROKEN = {"HTTP_PROTOCOL", "CONNECT_FAILED"}
STATUS = {"HTTP_STATUS"}
REDIRECT = {"REDIRECT_REFUSED"}
STALLED = {"STALLED"}
WRONG = {"DIGEST_MISMATCH"}
SIZE = {"SIZE_MISMATCH"}


def table(outcomes, slow=False, **scripts):
    """Scripts by name, and what may come of each of them."""
    for name, function in scripts.items():

        def visit(v, function=function):
            function(v)

        visit.__name__ = name
        EXPECTED[name] = outcomes
        if slow:
            SLOW.add(name)
        script(visit)


def raw(text):
    """Just that, whatever was asked."""
    return steps(text)


def steps(*parts):
    """Sends what is text or bytes, calls what can be called, hangs up."""

    def visit(v):
        for part in parts:
            if callable(part):
                part = part(v)
            if isinstance(part, (str, bytes)):
                v.send(part)
        v.hang_up()

    return visit


def fields(*more):
    """All is well but for these fields."""
    return lambda v: v.answer(v.image, "200 OK", None, *more)


def head(*more, status="200 OK"):
    return "HTTP/1.1 %s\r\n%s\r\n" % (status, "".join(field + "\r\n" for field in more))


def body(v):
    return v.image


def length(v):
    return head("Content-Length: %d" % len(v.image))


def chunk(data, extension=b""):
    return b"%x%s\r\n" % (len(data), extension) + data + b"\r\n"


def whole_chunk(v):
    return chunk(v.image)


CHUNKED = head("Transfer-Encoding: chunked")


def for_ever(data, seconds=30):
    def send(v):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            v.send(data)

    return send


def silence(_):
    time.sleep(30)


def reset(v):
    v.reset()


# The status line.
table(
    BROKEN,
    nothing_but_a_newline=raw("\r\n"),
    no_status_line=raw("Content-Length: 3\r\n\r\nabc"),
    binary_garbage=raw(random.Random(1).randbytes(5000)),
    nul_bytes=raw(bytes(5000)),
    status_of_letters=raw("HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
    status_of_two_digits=raw("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
    status_of_nine_digits=raw("HTTP/1.1 200000000 OK\r\nContent-Length: 0\r\n\r\n"),
    status_negative=raw("HTTP/1.1 -200 OK\r\n\r\n"),
    status_with_nul=raw("HTTP/1.1 2\x0000 OK\r\nContent-Length: 0\r\n\r\n"),
    version_nine=raw("HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"),
    protocol_ssh=raw("SSH-2.0-OpenSSH_9.2\r\n"),
    protocol_ftp=raw("220 ready\r\n"),
    protocol_rtsp=raw("RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    protocol_tls=raw(b"\x15\x03\x03\x00\x02\x02\x28"),
    html_without_head=raw("<html><body>hello</body></html>"),
    body_only_as_in_http_0_9=steps(body),
    status_line_of_a_megabyte=raw("HTTP/1.1 200 " + "x" * (1 << 20) + "\r\nContent-Length: 0\r\n\r\n"),
    status_line_for_ever=steps("HTTP/1.1 200 ", for_ever(b"x" * 65536)),
)

# HTTP/2, which nobody asked for.
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
GOAWAY = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(8)
RESET = b"\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x08"
table(
    BROKEN,
    h2_settings=raw(SETTINGS),
    h2_goaway=raw(SETTINGS + GOAWAY),
    h2_resets=raw(SETTINGS + RESET * 1000),
    h2_preface=raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    h2_status_line=raw("HTTP/2 200\r\ncontent-length: 7\r\n\r\nnothing"),
    h2_settings_for_ever=steps(for_ever(SETTINGS * 1000)),
)
table(
    BROKEN | STATUS,
    upgrade_to_h2c=steps(head("Connection: Upgrade", "Upgrade: h2c", status="101 Switching Protocols"), SETTINGS + GOAWAY),
    upgrade_to_websocket=steps(head("Connection: Upgrade", "Upgrade: websocket", status="101 Switching Protocols"), b"\x81\x05hello"),
    upgrade_to_nothing=raw(head(status="101 Switching Protocols")),
)

# Interim answers.
CONTINUE = head(status="100 Continue")
table(COMPLETES, continues_ten=lambda v: (v.send(CONTINUE * 10), v.honest()), early_hints=lambda v: (v.send(head("Link: </x>", status="103 Early Hints")), v.honest()))
table(
    BROKEN | STALLED | STATUS,
    continues_for_ever=steps(for_ever(CONTINUE.encode() * 1000)),
    early_hints_for_ever=steps(for_ever(head("X: " + "y" * 1000, status="103 Early Hints").encode())),
    continues_a_hundred=steps(CONTINUE * 100),
    continue_and_nothing_more=raw(CONTINUE),
    processing_and_nothing_more=raw(head(status="102 Processing")),
)

# Fields.
table(
    BROKEN,
    fields_for_ever=steps("HTTP/1.1 200 OK\r\n", for_ever(b"X-Flood: " + b"y" * 1000 + b"\r\n")),
    fields_a_hundred_thousand=raw("HTTP/1.1 200 OK\r\n" + "A: b\r\n" * 100_000 + "Content-Length: 0\r\n\r\n"),
    field_of_ten_megabytes=raw("HTTP/1.1 200 OK\r\nX: " + "y" * (10 << 20) + "\r\n\r\n"),
    field_for_ever=steps("HTTP/1.1 200 OK\r\nX: ", for_ever(b"y" * 65536)),
    head_without_end=raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n"),
)
table(
    COMPLETES | BROKEN,
    field_without_colon=fields("this is no field"),
    field_without_name=fields(": value"),
    field_folded=fields("X-Folded: a\r\n b\r\n\tc"),
    field_with_nul=fields("X-Nul: a\0b"),
    field_with_escape_sequences=fields("Content-Type: \x1b[2J\x1b]0;owned\x07"),
    field_with_bare_carriage_return=fields("X: a\rContent-Length: 3"),
    field_of_every_byte=fields("X-All: " + "".join(map(chr, list(range(1, 10)) + [11, 12] + list(range(14, 256))))),
    field_name_with_a_space=fields("X-Length : 5"),
    field_behind_a_space=fields(" Leading: space"),
    bare_newlines=lambda v: (v.send("HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(v.image)), v.send(v.image)),
    content_type_of_thirty_kilobytes=fields("Content-Type: " + "a" * 30_000),
    content_type_that_is_not_utf8=fields("Content-Type: \xff\xfe\xc0"),
    cookies_by_the_hundred=fields(*["Set-Cookie: c%d=%s" % (i, "v" * 50) for i in range(300)]),
    cookie_for_all_of_local=fields("Set-Cookie: a=b; Domain=local; Path=/"),
    alternative_service=fields('Alt-Svc: h2="127.0.0.1:1"; ma=86400'),
    strict_transport_security=fields("Strict-Transport-Security: max-age=31536000; includeSubDomains"),
    refresh_elsewhere=fields("Refresh: 0; url=http://127.0.0.1/"),
    file_name_elsewhere=fields('Content-Disposition: attachment; filename="../../../../etc/passwd"'),
    dates_of_nonsense=fields("Last-Modified: yesterday, perhaps", "Date: 99999999999999999999"),
    trailer_announced_only=fields("Trailer: X"),
)

# Lengths.
table(
    BROKEN,
    length_of_letters=steps(head("Content-Length: many"), body),
    length_in_hex=steps(head("Content-Length: 0x1000"), body),
    length_of_forty_digits=steps(head("Content-Length: " + "9" * 40), body),
    lengths_that_contradict=steps(lambda v: head("Content-Length: 5", "Content-Length: %d" % len(v.image)), body),
    lengths_in_a_list=steps(lambda v: head("Content-Length: 5, %d" % len(v.image)), body),
)
table(COMPLETES | BROKEN | WRONG, length_with_plus=steps(lambda v: head("Content-Length: +%d" % len(v.image)), body), length_and_chunks=steps(head("Content-Length: 5", "Transfer-Encoding: chunked"), whole_chunk, b"0\r\n\r\n"))
table(WRONG | BROKEN | SIZE | STATUS, length_of_nothing=raw(head("Content-Length: 0")), no_content=raw(head(status="204 No Content")), reset_content=raw(head(status="205 Reset Content")), not_modified=raw(head(status="304 Not Modified")))

# Chunks.
END = b"0\r\n\r\n"
table(
    COMPLETES,
    chunks_of_a_thousand=steps(CHUNKED, lambda v: b"".join(chunk(v.image[i : i + 1000]) for i in range(0, len(v.image), 1000)), END),
    chunk_extensions=steps(CHUNKED, lambda v: chunk(v.image, b";a=b;c=" + b"d" * 100), END),
    trailers=steps(CHUNKED, whole_chunk, b"0\r\nX-Trailer: yes\r\n\r\n"),
    chunks_of_one_byte=steps(CHUNKED, lambda v: b"".join(chunk(v.image[i : i + 1]) for i in range(len(v.image))), END),
)
table(
    BROKEN,
    chunk_size_of_letters=steps(CHUNKED, b"zz\r\nabc\r\n"),
    chunk_size_negative=steps(CHUNKED, b"-5\r\nabc\r\n"),
    chunk_size_of_forty_digits=steps(CHUNKED, b"f" * 40 + b"\r\nabc\r\n"),
    chunk_size_for_ever=steps(CHUNKED, for_ever(b"0" * 65536)),
    chunk_longer_than_it_says=steps(CHUNKED, b"3\r\nabcdef\r\n0\r\n"),
    chunks_without_end=steps(CHUNKED, whole_chunk),
    transfer_encoding_unknown=steps(head("Transfer-Encoding: secret"), body),
)
table(COMPLETES | BROKEN, trailers_for_ever=steps(CHUNKED, whole_chunk, b"0\r\n", for_ever(b"X: " + b"y" * 1000 + b"\r\n")), chunk_extension_of_a_megabyte=steps(CHUNKED, lambda v: chunk(v.image, b";x=" + b"y" * (1 << 20)), END))
table({"TOO_LARGE"}, chunks_for_ever=steps(CHUNKED, for_ever(chunk(bytes(65536)))), body_for_ever=steps(head(), for_ever(bytes(65536))), length_beyond_the_limit=steps(head("Content-Length: %d" % (1 << 40)), body))

# Codings, though none is accepted.
BOMB = gzip.compress(bytes(64 << 20), 9)
table(
    WRONG | BROKEN,
    gzip_bomb=lambda v: v.answer(BOMB, "200 OK", None, "Content-Encoding: gzip"),
    gzip_bomb_in_a_bomb=lambda v: v.answer(gzip.compress(BOMB), "200 OK", None, "Content-Encoding: gzip, gzip"),
    gzip_garbage=lambda v: v.answer(os.urandom(10_000), "200 OK", None, "Content-Encoding: gzip"),
    gzip_of_the_image=lambda v: v.answer(gzip.compress(v.image, 1), "200 OK", None, "Content-Encoding: gzip"),
    deflate_bomb=lambda v: v.answer(zlib.compress(bytes(32 << 20), 9), "200 OK", None, "Content-Encoding: deflate"),
    codings_unknown=lambda v: v.answer(os.urandom(10_000), "200 OK", None, "Content-Encoding: br, zstd, secret"),
    codings_by_the_hundred=lambda v: v.answer(BOMB, "200 OK", None, "Content-Encoding: " + ", ".join(["gzip"] * 100)),
    transfer_encoding_gzip=steps(head("Transfer-Encoding: gzip, chunked"), chunk(BOMB), END),
)
table(COMPLETES | BROKEN, coding_claimed_only=fields("Content-Encoding: gzip"))


# Redirects.
def redirect(*locations, status="302 Found"):
    return lambda v: v.answer(b"", status, None, *("Location: " + (to(v) if callable(to) else to) for to in locations))


table(
    REDIRECT,
    redirect_to_itself=redirect(lambda v: v.target),
    redirect_in_a_circle=redirect(lambda v: v.target.split("?")[0] + "?%d" % random.randrange(3)),
    redirect_for_ever=redirect(lambda v: v.target.split("?")[0] + "?%d" % random.randrange(1 << 30)),
    redirect_308_for_ever=redirect(lambda v: v.target, status="308 Permanent Redirect"),
    redirect_to_a_file=redirect("file:///etc/passwd"),
    redirect_to_gopher=redirect("gopher://liar.local/"),
    redirect_to_ftp=redirect("ftp://liar.local/x"),
    redirect_to_data=redirect("data:text/plain,hello"),
    redirect_to_loopback=redirect("http://127.0.0.1/"),
    redirect_to_the_device=redirect("http://10.2.0.1/"),
    redirect_to_the_metadata_service=redirect("http://169.254.169.254/latest/meta-data/"),
    redirect_to_ipv6_loopback=redirect("http://[::1]/"),
    redirect_to_the_internet=redirect("http://example.com/"),
    redirect_to_no_host=redirect("http:///x"),
    redirect_to_port_0=redirect("http://liar.local:0/"),
    redirect_to_port_99999=redirect("http://liar.local:99999/"),
    redirect_to_garbage=redirect("http://[[[/"),
    redirect_to_control_characters=redirect("http://liar.local/\x01\x1b[2J"),
)
table(REDIRECT | STATUS | BROKEN, redirect_of_ninety_kilobytes=redirect("/" + "a" * 90_000), redirect_without_location=redirect(), redirect_to_nothing=redirect(""), multiple_choices=redirect(status="300 Multiple Choices"), use_proxy=redirect("http://127.0.0.1:3128/", status="305 Use Proxy"))
table(
    REDIRECT | STATUS | COMPLETES | BROKEN | WRONG,
    redirect_two_ways=redirect(lambda v: "/honest/" + v.target.split("/")[-1], "http://127.0.0.1/"),
    redirect_with_a_body_for_ever=steps(head("Location: /honest/x", status="302 Found"), for_ever(bytes(65536))),
)

# Statuses.
table(
    STATUS,
    unauthorized_with_fifty_challenges=lambda v: v.answer(b"", "401 Unauthorized", None, *['WWW-Authenticate: Basic realm="%s"' % ("r" * 500)] * 50),
    proxy_authentication=lambda v: v.answer(b"", "407 Proxy Authentication Required", None, "Proxy-Authenticate: Basic"),
    too_many_requests_for_a_century=lambda v: v.answer(b"", "429 Too Many Requests", None, "Retry-After: 3153600000"),
    unavailable_until_soon=lambda v: v.answer(b"", "503 Service Unavailable", None, "Retry-After: soon"),
    unavailable_negatively=lambda v: v.answer(b"", "503 Service Unavailable", None, "Retry-After: -5"),
    status_599=lambda v: v.answer(b"", "599 Odd"),
    not_found_with_a_body_for_ever=steps(head(status="404 Not Found"), for_ever(bytes(65536))),
    reason_of_escape_sequences=lambda v: v.answer(b"", "500 \x1b[31mred\x07"),
)
table(STATUS | BROKEN, status_999=lambda v: v.answer(b"", "999 Blocked"), part_that_nobody_asked_for=lambda v: v.answer(b"", "206 Partial Content"))

# Silence and haste.
table(BROKEN, hangs_up_at_once=steps(), resets_at_once=steps(reset), resets_in_the_head=steps("HTTP/1.1 200 OK\r\nContent-", reset), resets_in_the_body=steps(head("Content-Length: 100000"), bytes(10), reset))
table(STALLED, says_nothing=steps(silence), stops_in_the_head=steps("HTTP/1.1 200 OK\r\nContent-", silence), stops_in_the_body=steps(length, bytes(1000), silence), stops_between_chunks=steps(CHUNKED, chunk(b"abc"), silence))
table(
    STALLED | BROKEN,
    slow=True,
    drips_the_head=lambda v: v.drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000, 1, 0.4, 200),
    drips_the_body=lambda v: (v.send(length(v)), v.drip(v.image, 1, 0.2, 200)),
    drips_continues=lambda v: v.drip(CONTINUE.encode() * 5000, 25, 0.5, 200),
)
table(COMPLETES, more_behind_the_body=lambda v: (v.answer(v.image), v.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra" * 100)))
