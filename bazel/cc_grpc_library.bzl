"""gRPC C++ code from a proto_library, by the system's protoc and plugin."""

def _import_path(src, info):
    """The path by which other .proto files import src."""
    root = info.proto_source_root
    if root and root != "." and src.path.startswith(root + "/"):
        return src.path[len(root) + 1:]
    return src.short_path

def _cc_grpc_codegen_impl(ctx):
    info = ctx.attr.proto[ProtoInfo]
    base = ctx.label.name
    headers, sources, imports = [], [], []
    out_dir = None
    for src in info.direct_sources:
        imported_as = _import_path(src, info)
        imports.append(imported_as)
        stem = base + "/" + imported_as[:-len(".proto")]
        headers.append(ctx.actions.declare_file(stem + ".grpc.pb.h"))
        sources.append(ctx.actions.declare_file(stem + ".grpc.pb.cc"))
        if ctx.attr.mocks:
            headers.append(ctx.actions.declare_file(stem + "_mock.grpc.pb.h"))
        out_dir = sources[0].path[:sources[0].path.rindex("/" + base + "/") + len(base) + 1]
    args = ctx.actions.args()
    args.add("--plugin=protoc-gen-grpc=" + ctx.executable._plugin.path)
    args.add("--grpc_out=" + ("generate_mock_code=true:" if ctx.attr.mocks else "") + out_dir)
    args.add_joined("--descriptor_set_in", info.transitive_descriptor_sets, join_with = ":")
    args.add_all(imports)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [args],
        inputs = info.transitive_descriptor_sets,
        tools = [ctx.executable._plugin],
        outputs = headers + sources,
        mnemonic = "GrpcCpp",
        progress_message = "Generating gRPC C++ for %{label}",
    )
    return [
        DefaultInfo(files = depset(headers + sources)),
        OutputGroupInfo(hdrs = depset(headers), srcs = depset(sources)),
    ]

_cc_grpc_codegen = rule(
    implementation = _cc_grpc_codegen_impl,
    attrs = {
        "proto": attr.label(mandatory = True, providers = [ProtoInfo]),
        "mocks": attr.bool(default = False),
        "_protoc": attr.label(
            default = "@com_google_protobuf//:protoc",
            allow_single_file = True,
            executable = True,
            cfg = "exec",
        ),
        "_plugin": attr.label(
            default = "@com_github_grpc_grpc//:grpc_cpp_plugin",
            allow_single_file = True,
            executable = True,
            cfg = "exec",
        ),
    },
)

def cc_grpc_library(name, proto, deps, mocks = False, **kwargs):
    """C++ service code for proto; deps holds its cc_proto_library."""
    gen = name + "_codegen"
    _cc_grpc_codegen(name = gen, proto = proto, mocks = mocks, visibility = ["//visibility:private"])
    native.filegroup(name = name + "_hdrs", srcs = [gen], output_group = "hdrs", visibility = ["//visibility:private"])
    native.filegroup(name = name + "_srcs", srcs = [gen], output_group = "srcs", visibility = ["//visibility:private"])
    native.cc_library(
        name = name,
        srcs = [name + "_srcs"],
        hdrs = [name + "_hdrs"],
        includes = [gen],
        deps = deps + ["@com_github_grpc_grpc//:grpc++"],
        **kwargs
    )
