"""The API of localstored for tests in Python: stubs made from the prototypes as they are now."""

import glob
import importlib
import os
import subprocess
import sys

import grpc

import device

PROTOS = os.path.join(os.getcwd(), "protos")
SERVICE = "localstore.v1.LocalDatastoreService"
GENERATED = os.path.join(device.SCRATCH, "generated")


def generate():
    """Makes the Python modules of the prototypes, once a run."""
    if not os.path.isdir(GENERATED):
        os.makedirs(GENERATED, exist_ok=True)
        names = ["localstore/v1/local_datastore.proto", "localstore/v1/error_reason.proto", "google/rpc/status.proto", "google/rpc/error_details.proto"]
        includes = ["-I" + PROTOS] + ["-I" + path for path in glob.glob("/usr/include") if os.path.isdir(path)]
        subprocess.run(["protoc", *includes, "--python_out=" + GENERATED, *names], check=True)
    sys.path.insert(0, GENERATED)
    # google.protobuf is Debian's; google.rpc is ours, in another folder of the same package.
    package = importlib.import_module("google")
    package.__path__.append(os.path.join(GENERATED, "google"))


generate()

# pylint: disable=wrong-import-position,no-name-in-module,import-error
from google.rpc import error_details_pb2, status_pb2
from localstore.v1 import local_datastore_pb2 as pb

__all__ = ["Api", "pb", "reason_of", "reason_of_status"]

ENDED = (pb.Download.STATE_COMPLETED, pb.Download.STATE_FAILED, pb.Download.STATE_CANCELLED)


def reason_of_status(status):
    """ErrorInfo.reason of a google.rpc.Status; "" when there is not exactly one."""
    reasons = []
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
            reasons.append(info.reason)
    return reasons[0] if len(reasons) == 1 else ""


def reason_of(error):
    """The same of a grpc.RpcError; the name of its code where it has no details."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = status_pb2.Status()
            status.ParseFromString(value)
            return reason_of_status(status)
    return error.code().name


class Api:
    """One channel of its own to the server."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(
            address,
            options=[("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", 256 << 20), ("grpc.max_send_message_length", 256 << 20)],
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def raw(self, method, stream=False):
        """The method with bytes in and bytes out."""
        make = self.channel.unary_stream if stream else self.channel.unary_unary
        return make("/%s/%s" % (SERVICE, method))

    def _unary(self, method, request, reply, timeout):
        call = self.channel.unary_unary("/%s/%s" % (SERVICE, method), request_serializer=type(request).SerializeToString, response_deserializer=reply.FromString)
        return call(request, timeout=timeout)

    def resolve(self, host, timeout=20, **fields):
        return self._unary("Resolve", pb.ResolveRequest(host=host, **fields), pb.ResolveResponse, timeout)

    def status(self, *ids, timeout=20):
        """All downloads, page by page."""
        downloads, token = [], ""
        while True:
            page = self._unary("Status", pb.StatusRequest(download_ids=ids, page_token=token), pb.StatusResponse, timeout)
            downloads += page.downloads
            token = page.next_page_token
            if not token:
                return downloads

    def cancel(self, download_id, discard=False, timeout=20):
        return self._unary("Cancel", pb.CancelRequest(download_id=download_id, discard_partial=discard), pb.CancelResponse, timeout)

    def remove(self, download_id, delete=False, timeout=20):
        return self._unary("Remove", pb.RemoveRequest(download_id=download_id, delete_file=delete), pb.RemoveResponse, timeout)

    def download(self, rpc_timeout=600, **fields):
        """A stream of snapshots."""
        call = self.channel.unary_stream("/%s/Download" % SERVICE, request_serializer=pb.DownloadRequest.SerializeToString, response_deserializer=pb.DownloadResponse.FromString)
        return call(pb.DownloadRequest(**fields), timeout=rpc_timeout)

    def start_download(self, **fields):
        """Asks for the download and leaves it running."""
        stream = self.download(rpc_timeout=20, **fields)
        first = next(iter(stream)).download
        stream.cancel()
        return first

    def serving(self, timeout=5):
        """What the standard health service says."""
        call = self.channel.unary_unary("/grpc.health.v1.Health/Check")
        try:
            return call(b"", timeout=timeout) == b"\x08\x01"
        except grpc.RpcError:
            return False

    def await_end(self, download_id, timeout, poll=0.05):
        """The download once it has ended; as it is when time is up."""

        def look():
            download = self.status(download_id)[0]
            return download if download.state in ENDED else None

        return device.wait_until(look, timeout, poll) or self.status(download_id)[0]
