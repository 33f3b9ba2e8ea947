#include "server/rpc/reflection_service.h"

#include <set>
#include <utility>

#include "google/protobuf/descriptor.pb.h"
#include "server/access/call_slots.h"
#include "server/errors/grpc_status.h"

namespace localstore::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;

constexpr char kMethod[] =
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

void SetError(grpc::StatusCode code, const char* message,
              ServerReflectionResponse& response) {
  response.mutable_error_response()->set_error_code(code);
  response.mutable_error_response()->set_error_message(message);
}

// The file and, so that it can be understood, all that it imports.
void AddFile(const FileDescriptor& file, std::set<const FileDescriptor*>& added,
             ServerReflectionResponse& response) {
  if (!added.insert(&file).second) return;
  FileDescriptorProto proto;
  file.CopyTo(&proto);
  response.mutable_file_descriptor_response()->add_file_descriptor_proto(
      proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) {
    AddFile(*file.dependency(i), added, response);
  }
}

void SetFile(const FileDescriptor* file, ServerReflectionResponse& response) {
  std::set<const FileDescriptor*> added;
  if (file == nullptr) {
    SetError(grpc::StatusCode::NOT_FOUND, "there is no such thing here",
             response);
  } else {
    AddFile(*file, added, response);
  }
}

void SetExtensionNumbers(const std::string& type, const DescriptorPool& pool,
                         ServerReflectionResponse& response) {
  const Descriptor* descriptor = pool.FindMessageTypeByName(type);
  if (descriptor == nullptr) {
    return SetError(grpc::StatusCode::NOT_FOUND, "there is no such type here",
                    response);
  }
  std::vector<const FieldDescriptor*> extensions;
  pool.FindAllExtensions(descriptor, &extensions);
  auto* numbers = response.mutable_all_extension_numbers_response();
  numbers->set_base_type_name(type);
  for (const FieldDescriptor* extension : extensions) {
    numbers->add_extension_number(extension->number());
  }
}

const FileDescriptor* FileOfExtension(const std::string& type, int number,
                                      const DescriptorPool& pool) {
  const Descriptor* descriptor = pool.FindMessageTypeByName(type);
  if (descriptor == nullptr) return nullptr;
  const FieldDescriptor* extension =
      pool.FindExtensionByNumber(descriptor, number);
  return extension == nullptr ? nullptr : extension->file();
}

// Answers the questions of one call in turn. Owns itself.
class ReflectionCall
    : public grpc::ServerBidiReactor<ServerReflectionRequest,
                                     ServerReflectionResponse> {
 public:
  ReflectionCall(const std::vector<std::string>& services, CallSlots::Slot slot)
      : services_(services), slot_(std::move(slot)) {
    StartRead(&request_);
  }
  explicit ReflectionCall(const grpc::Status& refusal)
      : services_(kNoServices) {
    Finish(refusal);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_ = AnswerReflection(request_, services_,
                                 *DescriptorPool::generated_pool());
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  static const std::vector<std::string> kNoServices;

  const std::vector<std::string>& services_;
  const CallSlots::Slot slot_;
  ServerReflectionRequest request_;
  ServerReflectionResponse response_;
};

const std::vector<std::string> ReflectionCall::kNoServices;

}  // namespace

ServerReflectionResponse AnswerReflection(
    const ServerReflectionRequest& request,
    const std::vector<std::string>& services, const DescriptorPool& pool) {
  ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      SetFile(pool.FindFileByName(request.file_by_filename()), response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      SetFile(pool.FindFileContainingSymbol(request.file_containing_symbol()),
              response);
      break;
    case ServerReflectionRequest::kFileContainingExtension:
      SetFile(FileOfExtension(
                  request.file_containing_extension().containing_type(),
                  request.file_containing_extension().extension_number(), pool),
              response);
      break;
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      SetExtensionNumbers(request.all_extension_numbers_of_type(), pool,
                          response);
      break;
    case ServerReflectionRequest::kListServices:
      for (const std::string& service : services) {
        response.mutable_list_services_response()->add_service()->set_name(
            service);
      }
      break;
    default:
      SetError(grpc::StatusCode::INVALID_ARGUMENT, "nothing is asked",
               response);
      break;
  }
  return response;
}

ReflectionService::ReflectionService(std::vector<std::string> services,
                                     Gate* gate)
    : services_(std::move(services)), gate_(gate) {}

grpc::ServerBidiReactor<ServerReflectionRequest, ServerReflectionResponse>*
ReflectionService::ServerReflectionInfo(grpc::CallbackServerContext* context) {
  auto slot = gate_->Admit(kMethod, *context);
  if (!slot.ok()) return new ReflectionCall(ToGrpcStatus(slot.status()));
  return new ReflectionCall(services_, *std::move(slot));
}

}  // namespace localstore::server
