#!/usr/bin/python3
"""Which of ThreadSanitizer's reports are gRPC's with itself, and which count. The stacks are from real reports, shortened."""

import unittest

import reports

CLEAR = [
    "std::function<void (bool)>::operator=(decltype(nullptr)) /usr/include/c++/12/bits/std_function.h:506 (libserver_Srpc.so+0x5b458)",
    "grpc::internal::CallbackWithSuccessTag::Clear() /usr/include/grpcpp/support/callback_common.h:177 (libserver_Srpc.so+0x5b458)",
    "<null> <null> (libgrpc++.so.1.51+0xa21ed)",
]
SET = [
    "grpc::internal::CallbackWithSuccessTag::Set(grpc_call*, std::function<void (bool)>) /usr/include/grpcpp/support/callback_common.h:163 (libserver_Srpc.so+0x51)",
    "localstore::server::WatchStream::Finish(absl::debian3::Status const&) server/rpc/watch_stream.cc:99 (libserver_Srpc.so+0x52)",
    "<null> <null> (libgrpc++.so.1.51+0xa21ed)",
]
PROCEED = [
    "grpc::internal::InterceptorBatchMethodsImpl::ProceedServer() /usr/include/grpcpp/impl/codegen/interceptor_common.h:343 (abuse_test+0x2dd04)",
    "grpc::internal::InterceptorBatchMethodsImpl::Proceed() /usr/include/grpcpp/impl/codegen/interceptor_common.h:61 (abuse_test+0x2dd04)",
    "Intercept server/metrics/rpc_metrics.cc:57 (libserver_Smetrics.so+0x3bd0)",
    "grpc::internal::InterceptorBatchMethodsImpl::RunInterceptors(std::function<void ()>) <null> (libgrpc++.so.1.51+0xab006)",
]
LOOK = [
    "Intercept server/metrics/rpc_metrics.cc:54 (libserver_Smetrics.so+0x3afc)",
    "grpc::internal::InterceptorBatchMethodsImpl::RunInterceptors(std::function<void ()>) <null> (libgrpc++.so.1.51+0xab006)",
]
NEW_BATCH = [
    "grpc::internal::InterceptorBatchMethodsImpl::InterceptorBatchMethodsImpl() /usr/include/grpcpp/impl/codegen/interceptor_common.h:40 (libhealth.so+0x29406)",
    "<null> <null> (libgrpc++.so.1.51+0xa3f49)",
    "Ask server/daemon/abuse_test.cc:129 (abuse_test+0x1d6e1)",
]
REACTOR_ENDS = [
    "grpc::ServerUnaryReactor::~ServerUnaryReactor() /usr/include/grpcpp/support/server_callback.h:701 (libresolve_Ucall.so+0x72c9)",
    "localstore::server::ResolveCall::~ResolveCall() server/rpc/resolve_call.h:20 (libresolve_Ucall.so+0x72c9)",
]
ON_DONE = [
    "localstore::server::ResolveCall::OnDone() server/rpc/resolve_call.cc:98 (libresolve_Ucall.so+0x46a5)",
    "grpc::internal::CallbackUnaryHandler<A, B>::ServerCallbackUnaryImpl::CallOnDone() /usr/include/grpcpp/x.h:1 (libresolve_Ucall.so+0x46a5)",
    "<null> <null> (libgrpc++.so.1.51+0xa21ed)",
]
OURS = [
    "std::__cxx11::basic_string<char>::size() const /usr/include/c++/12/bits/basic_string.h:1 (localstored+0x1)",
    "localstore::server::Job::Snapshot() const server/jobs/job.cc:10 (localstored+0x2)",
    "grpc::internal::CallbackWithSuccessTag::Run(bool) /usr/include/grpcpp/support/callback_common.h:212 (localstored+0x3)",
    "<null> <null> (libgrpc++.so.1.51+0x897ba)",
]
LOST = None
MADE = [
    "CreateServerInterceptor server/access/reset_guard.cc:73 (localstored+0x16b087)",
    "grpc::ServerContextBase::set_server_rpc_info(char const*, grpc::internal::RpcMethod::RpcType, int) <null> (libgrpc++.so.1.51+0xa9a5a)",
]
CONSTRUCTED = ["Watch server/access/reset_guard.cc:23 (localstored+0x16b087)"] + MADE
INTERCEPTING = [
    "std::atomic<bool>::operator=(bool) /usr/include/c++/12/atomic:80 (localstored+0x16b882)",
    "Intercept server/access/reset_guard.cc:31 (localstored+0x16b882)",
    "grpc::experimental::ServerRpcInfo::RunInterceptor(grpc::experimental::InterceptorBatchMethods*, unsigned long) /usr/include/grpcpp/support/server_interceptor.h:103 (localstored+0x1)",
]
DESTROYED = [
    "~Watch server/access/reset_guard.cc:19 (localstored+0x1e3c4d)",
    "grpc::ServerContextBase::~ServerContextBase() <null> (libgrpc++.so.1.51+0xb34a6)",
]

NEW = "operator new(unsigned long) ../../../../src/libsanitizer/tsan/tsan_new_delete.cpp:64 (libtsan.so.2+0x87323)"
IN_BATCH = [NEW, "<null> <null> (libgrpc++.so.1.51+0xa3e67)"]
IN_ARENA = ["malloc ../../../../src/libsanitizer/tsan/tsan_interceptors_posix.cpp:647 (libtsan.so.2+0x3ebb8)", "gpr_malloc <null> (libgpr.so.29+0x6bbd)"]
IN_INTERCEPTOR = [NEW] + MADE
IN_OURS = [NEW, "localstore::server::Job::Job() server/jobs/job.cc:1 (localstored+0x4)", "<null> <null> (libgrpc++.so.1.51+0xa3e67)"]


def report(one, other, memory, kind="data race"):
    lines = ["WARNING: ThreadSanitizer: %s (pid=12)" % kind]
    for heading, stack in (("Read of size 8 at 0x7b by thread T1:", one), ("Previous write of size 8 at 0x7b by thread T12:", other)):
        lines += ["  " + heading]
        lines += ["    #%d %s" % frame for frame in enumerate(stack)] if stack else ["    [failed to restore the stack]"]
        lines += [""]
    lines += ["  Location is heap block of size 1400 at 0x7b allocated by thread T12:"]
    lines += ["    #%d %s" % frame for frame in enumerate(memory)]
    lines += ["", "  Thread T1 'nexting_thread' (tid=68, running) created by main thread at:", "    #0 gpr_malloc <null> (libgpr.so.29+0xb0cb)"]
    return lines + ["", "SUMMARY: ThreadSanitizer: data race somewhere"]


class ReportsTest(unittest.TestCase):
    def expect_grpcs(self, *arguments):
        self.assertTrue(reports.is_grpcs_own(report(*arguments)))

    def expect_counted(self, *arguments):
        self.assertFalse(reports.is_grpcs_own(report(*arguments)))

    def test_a_tag_that_the_library_has_handed_over(self):
        self.expect_grpcs(CLEAR, SET, IN_ARENA)
        self.expect_grpcs(SET, CLEAR, IN_OURS)
        self.expect_grpcs(CLEAR, LOST, IN_ARENA)

    def test_a_batch_that_an_interceptor_has_from_the_library(self):
        self.expect_grpcs(PROCEED, LOST, IN_BATCH)
        self.expect_grpcs(PROCEED, NEW_BATCH, IN_BATCH)
        self.expect_grpcs(LOOK, NEW_BATCH, IN_BATCH)

    def test_a_reactor_that_ends_when_grpc_is_done_with_it(self):
        self.expect_grpcs(REACTOR_ENDS + ON_DONE, CLEAR, IN_OURS, "data race on vptr (ctor/dtor vs virtual call)")

    def test_a_reactor_that_ends_before_counts(self):
        self.expect_counted(REACTOR_ENDS + OURS, CLEAR, IN_OURS, "data race on vptr (ctor/dtor vs virtual call)")

    def test_an_access_of_ours_counts(self):
        for memory in (IN_OURS, IN_BATCH, IN_ARENA):
            for other in (OURS, LOST, CLEAR, SET, PROCEED, LOOK, NEW_BATCH):
                self.expect_counted(OURS, other, memory)
                self.expect_counted(other, OURS, memory)

    def test_where_a_stack_is_lost_the_memory_must_be_grpcs(self):
        self.expect_counted(PROCEED, LOST, IN_OURS)
        self.expect_counted(LOST, LOST, IN_BATCH)
        self.expect_counted(LOOK, NEW_BATCH, IN_OURS)
        self.expect_counted(LOOK, LOST, IN_BATCH)
        self.expect_counted(LOOK, LOOK, IN_BATCH)

    def test_two_calls_of_ours_at_once_count(self):
        self.expect_counted(SET, SET, IN_ARENA)

    def test_an_interceptors_own_data_counts(self):
        own = ["Intercept server/metrics/rpc_metrics.cc:55 (libserver_Smetrics.so+0x3afc)", PROCEED[2], PROCEED[3]]
        self.expect_counted(own, PROCEED, IN_OURS)
        self.expect_counted(own, own, IN_OURS)

    def test_an_interceptor_is_made_before_it_is_called_and_ends_after(self):
        self.expect_grpcs(INTERCEPTING, CONSTRUCTED, IN_INTERCEPTOR)
        self.expect_grpcs(INTERCEPTING[2:], CONSTRUCTED, IN_INTERCEPTOR)
        self.expect_grpcs(DESTROYED, INTERCEPTING, IN_INTERCEPTOR)

    def test_an_interceptor_that_is_called_twice_at_once_counts(self):
        self.expect_counted(INTERCEPTING, INTERCEPTING, IN_INTERCEPTOR)

    def test_an_interceptor_that_others_use_counts(self):
        for other in (OURS, LOST, ON_DONE, OURS + INTERCEPTING[2:]):
            self.expect_counted(CONSTRUCTED, other, IN_INTERCEPTOR)
            self.expect_counted(DESTROYED, other, IN_INTERCEPTOR)
            self.expect_counted(INTERCEPTING, other, IN_INTERCEPTOR)

    def test_what_interceptors_share_counts(self):
        for memory in (IN_OURS, IN_BATCH, ["<null> <null> (libstdc++.so.6+0x1)"]):
            self.expect_counted(INTERCEPTING, CONSTRUCTED, memory)
            self.expect_counted(DESTROYED, INTERCEPTING, memory)

    def test_anything_but_a_data_race_counts(self):
        for kind in ("lock-order-inversion (potential deadlock)", "heap-use-after-free", "thread leak"):
            self.expect_counted(CLEAR, SET, IN_ARENA, kind)

    def test_reports_are_found_among_other_lines(self):
        log = "\n".join(["started", "=================="] + report(CLEAR, SET, IN_ARENA) + ["==================", "goes on"] + report(OURS, LOST, IN_OURS))
        counted, own = reports.sorted_out(log)
        self.assertEqual((len(counted), own), (1, 1))
        self.assertIn("Job::Snapshot", "\n".join(counted[0]))

    def test_an_atomic_access_is_one(self):
        lines = report(INTERCEPTING, CONSTRUCTED, IN_INTERCEPTOR)
        lines[1] = "  Atomic write of size 1 at 0x7b by thread T1:"
        self.assertTrue(reports.is_grpcs_own(lines))

    def test_other_sanitizers_count(self):
        counted, own = reports.sorted_out("==7==ERROR: AddressSanitizer: heap-use-after-free on address\n    #0 f a.cc:1\nx.cc:3:4: runtime error: signed integer overflow\n")
        self.assertEqual((len(counted), own), (2, 0))

    def test_the_end_of_a_sanitizer_itself_counts(self):
        for line in ("FATAL: ThreadSanitizer: unexpected memory mapping", "ThreadSanitizer: CHECK failed: x.cpp:1", "==1==ERROR: ThreadSanitizer: SEGV"):
            self.assertEqual(len(reports.sorted_out(line)[0]), 1)


if __name__ == "__main__":
    unittest.main()
