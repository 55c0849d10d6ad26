// Eight events of @TITLE@ by ONNX Runtime, compared with those of Keras in golden.bin.
// Build: see CMakeLists.txt. Run: ./example [folder of model.onnx]; it returns 0 if the events agree.
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

struct Tensor {
  const char* name;
  std::vector<int64_t> shape;  // of one event
  int64_t size() const {
    int64_t numbers = 1;
    for (int64_t length : shape) numbers *= length;
    return numbers;
  }
};

// In the order of model.json: noise first, standard normal numbers, then conditions.
static const std::vector<Tensor> inputs = {@INPUTS@};
static const std::vector<Tensor> outputs = {@OUTPUTS@};
static const int64_t events = @EVENTS@;
static const double tolerance = @TOLERANCE@;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  std::ifstream golden(folder + "/golden.bin", std::ios::binary);
  const auto read = [&golden](const Tensor& tensor) {
    std::vector<float> values(events * tensor.size());
    golden.read(reinterpret_cast<char*>(values.data()), values.size() * sizeof(float));
    return values;
  };

  // Once for a program: loading takes longer than thousands of events.
  Ort::Env environment(ORT_LOGGING_LEVEL_WARNING, "@NAME@");
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);  // simulations have a thread for each event already
  Ort::Session session(environment, (folder + "/model.onnx").c_str(), options);

  // For every batch: one tensor for each input, which keeps no copy of its values.
  auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  std::vector<std::vector<float>> values;
  std::vector<const char*> names, results;
  std::vector<Ort::Value> tensors;
  for (const auto& input : inputs) values.push_back(read(input));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<int64_t> shape = {events};
    shape.insert(shape.end(), inputs[i].shape.begin(), inputs[i].shape.end());
    tensors.push_back(
        Ort::Value::CreateTensor<float>(memory, values[i].data(), values[i].size(), shape.data(), shape.size()));
    names.push_back(inputs[i].name);
  }
  for (const auto& output : outputs) results.push_back(output.name);
  auto found = session.Run(Ort::RunOptions{nullptr}, names.data(), tensors.data(), tensors.size(), results.data(),
                           results.size());

  double worst = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<float> expected = read(outputs[i]);
    const float* event = found[i].GetTensorData<float>();  // event by event, the last axis fastest
    double largest = 0, difference = 0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      largest = std::max(largest, std::fabs(double(expected[k])));
      difference = std::max(difference, std::fabs(double(event[k]) - expected[k]));
    }
    worst = std::max(worst, difference / largest);
  }
  if (!golden) std::printf("%s/golden.bin: cannot be read\n", folder.c_str());
  std::printf("@NAME@: %d events, off by %.2g of the largest value\n", int(events), worst);
  return golden && worst <= tolerance ? 0 : 1;
}
