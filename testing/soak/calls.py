"""The calls that the soak makes beside those of the harness."""

from api import SERVICE, Api, pb

CALL_SECONDS = 240


class Calls(Api):
    """A channel of its own to the server."""

    def _stream(self, method, request, reply):
        call = self.channel.unary_stream("/%s/%s" % (SERVICE, method), request_serializer=type(request).SerializeToString, response_deserializer=reply.FromString)
        return call(request, timeout=CALL_SECONDS)

    def watch(self, *ids):
        return self._stream("Watch", pb.WatchRequest(download_ids=ids), pb.WatchResponse)

    def browse(self, seconds):
        request = pb.BrowseRequest()
        request.duration.FromMilliseconds(int(seconds * 1000))
        return self._stream("Browse", request, pb.BrowseResponse)

    def page(self, size, token):
        return self._unary("Status", pb.StatusRequest(page_size=size, page_token=token), pb.StatusResponse, CALL_SECONDS)


def state_of(download):
    return pb.Download.State.Name(download.state)[len("STATE_") :]
