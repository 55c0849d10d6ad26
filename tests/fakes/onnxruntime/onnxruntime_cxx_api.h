// The part of ONNX Runtime's C++ interface that example.cpp uses, on the library of the Python wheel, which comes
// without headers. The numbers are positions in the table of functions of its C interface, which only grows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

struct OrtApiBase {
  const void* (*GetApi)(uint32_t version);
  const char* (*GetVersionString)();
};
extern "C" const OrtApiBase* OrtGetApiBase();

enum OrtLoggingLevel { ORT_LOGGING_LEVEL_WARNING = 2 };
enum OrtAllocatorType { OrtArenaAllocator = 1 };
enum OrtMemType { OrtMemTypeDefault = 0 };

namespace Ort {
template <int Position, typename... Arguments>
void call(Arguments... arguments) {
  using Function = void* (*)(Arguments...);
  static void* const* table = static_cast<void* const*>(OrtGetApiBase()->GetApi(11));
  void* status = reinterpret_cast<Function>(table[Position])(arguments...);
  if (!status) return;
  using Message = const char* (*)(const void*);
  std::fprintf(stderr, "%s\n", reinterpret_cast<Message>(table[2])(status));
  std::exit(3);
}

struct Env {
  Env(OrtLoggingLevel level, const char* name) { call<3>(int(level), name, &handle); }
  void* handle = nullptr;
};
struct SessionOptions {
  SessionOptions() { call<10>(&handle); }
  void SetIntraOpNumThreads(int threads) { call<24>(handle, threads); }
  void* handle = nullptr;
};
struct RunOptions {
  explicit RunOptions(std::nullptr_t) {}
};
struct MemoryInfo {
  static MemoryInfo CreateCpu(OrtAllocatorType allocator, OrtMemType type) {
    MemoryInfo info;
    call<69>(int(allocator), int(type), &info.handle);
    return info;
  }
  void* handle = nullptr;
};
struct Value {
  template <typename T>
  static Value CreateTensor(const MemoryInfo& info, T* data, size_t count, const int64_t* shape, size_t axes) {
    const int FLOAT = 1;
    Value value;
    call<49>(static_cast<const void*>(info.handle), static_cast<void*>(data), count * sizeof(T), shape, axes, FLOAT,
             &value.handle);
    return value;
  }
  template <typename T>
  const T* GetTensorData() const {
    void* data = nullptr;
    call<51>(handle, &data);
    return static_cast<const T*>(data);
  }
  void* handle = nullptr;
};
struct Session {
  Session(const Env& env, const char* path, const SessionOptions& options) {
    call<7>(static_cast<const void*>(env.handle), path, static_cast<const void*>(options.handle), &handle);
  }
  std::vector<Value> Run(const RunOptions&, const char* const* names, const Value* inputs, size_t count,
                         const char* const* results, size_t number) {
    std::vector<const void*> given;
    for (size_t i = 0; i < count; ++i) given.push_back(inputs[i].handle);
    std::vector<void*> found(number, nullptr);
    call<9>(handle, static_cast<const void*>(nullptr), names, given.data(), count, results, number, found.data());
    std::vector<Value> values(number);
    for (size_t i = 0; i < number; ++i) values[i].handle = found[i];
    return values;
  }
  void* handle = nullptr;
};
}  // namespace Ort
