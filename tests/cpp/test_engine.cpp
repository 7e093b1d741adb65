// One suite over all engines, each bare and inside an engine that lies in wait for misuse of memory: the numbers of a
// forward pass in double precision, any size and strides, nothing read or written beside the views.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>
#include <thread>

#include <mirhydro/mirhydro.hpp>

#include "check.hpp"
#include "counting_new.h"
#include "net_files.hpp"

namespace {

using mirhydro::Engine;
using mirhydro::EngineOptions;
using mirhydro::Precision;
using mirhydro::View;
using nets::StencilNet;
using Index = std::ptrdiff_t;
using Infer = std::function<void(View<const float, 2>, View<float, 2>)>;

/// Memory that ends, or begins, at a page which nobody may touch.
class Guarded {
public:
  Guarded(std::size_t floats, bool at_end) : bytes_(floats * sizeof(float)) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    room_ = (bytes_ + page - 1) / page * page;
    whole_ = room_ + 2 * page;
    base_ = static_cast<char*>(mmap(nullptr, whole_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED) std::abort();
    mprotect(base_, page, PROT_NONE);
    mprotect(base_ + page + room_, page, PROT_NONE);
    data_ = reinterpret_cast<float*>(base_ + page + (at_end ? room_ - bytes_ : 0));
  }
  ~Guarded() { munmap(base_, whole_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  float* data() { return data_; }
  std::size_t size() const { return bytes_ / sizeof(float); }

private:
  std::size_t bytes_, room_ = 0, whole_ = 0;
  char* base_ = nullptr;
  float* data_ = nullptr;
};

// quiet, so that what is only copied raises no flag; their bits say who wrote what
constexpr std::uint32_t poison = 0x7fc0dead, canary = 0x7fc0cafe;
bool holds(float x, std::uint32_t bits) { return std::bit_cast<std::uint32_t>(x) == bits; }

/// Calls an engine on copies of the arrays: guarded pages before and behind, poison between rows and columns, a canary
/// in every output. Sees reads of what is no input (the poison comes out), writes beside the outputs or into the
/// inputs, outputs left unwritten.
void checking(const Infer& infer, View<const float, 2> batch, View<float, 2> out) {
  const Index n = batch.extent[0], in = batch.extent[1], width = out.extent[1];
  for (const bool at_end : {false, true})
    for (const Index step : {1, 3}) {
      const Index row = step * in + 2, out_row = step * width + 5;
      Guarded cells(std::size_t((n - 1) * row + (in - 1) * step + 1), at_end);
      Guarded results(std::size_t((n - 1) * out_row + (width - 1) * step + 1), at_end);
      for (std::size_t k = 0; k < cells.size(); ++k) cells.data()[k] = std::bit_cast<float>(poison);
      for (std::size_t k = 0; k < results.size(); ++k) results.data()[k] = std::bit_cast<float>(canary);
      for (Index r = 0; r < n; ++r)
        for (Index c = 0; c < in; ++c) cells.data()[r * row + c * step] = batch(r, c);
      const std::vector<float> before(cells.data(), cells.data() + cells.size());
      infer(View<const float, 2>(cells.data(), {n, in}, {row, step}),
            View<float, 2>(results.data(), {n, width}, {out_row, step}));
      CHECK(std::memcmp(before.data(), cells.data(), cells.size() * sizeof(float)) == 0);
      for (std::size_t k = 0; k < results.size(); ++k) {
        const Index r = Index(k) / out_row, c = Index(k) % out_row;
        const bool output = c % step == 0 && c / step < width;
        const float x = results.data()[k];
        if (output) {
          CHECK(!holds(x, canary) && !holds(x, poison) && x == x);
          out(r, c / step) = x;
        } else {
          CHECK(holds(x, canary));
        }
      }
    }
}

struct Subject {
  std::string name;
  Engine engine;
  bool exact; ///< native: the same bits whatever the batch
  Precision precision;
};

std::vector<float> run(const Infer& infer, const std::vector<float>& batch, Index n, Index inputs, Index outputs) {
  std::vector<float> out(std::size_t(n * outputs), -1);
  infer(View<const float, 2>(batch.data(), {n, inputs}), View<float, 2>(out.data(), {n, outputs}));
  return out;
}

bool near(const std::vector<float>& a, const std::vector<float>& b, double tolerance) {
  for (std::size_t k = 0; k < a.size(); ++k)
    if (!(std::abs(double(a[k]) - b[k]) <= tolerance * (1 + std::abs(double(b[k]))))) return false;
  return a.size() == b.size();
}

void numbers(const Subject& s, const StencilNet& net) {
  const Infer plain = [&](auto batch, auto out) { s.engine.infer(batch, out); };
  const Infer guarded = [&](auto batch, auto out) { checking(plain, batch, out); };
  const Index in = net.inputs(), width = net.outputs();
  CHECK(s.engine.input_shape() == std::vector<Index>{in} && s.engine.output_shape() == std::vector<Index>{width});
  const double tolerance = s.precision == Precision::float32 ? 1e-5 : s.exact ? 2e-2 : 6e-2;
  for (const int n : {1, 2, 63, 64, 65, 1000}) {
    const std::vector<float> batch = nets::random_batch(n, net.inputs(), unsigned(n));
    std::vector<float> truth;
    for (int r = 0; r < n; ++r)
      for (const double y : nets::forward(net, batch.data() + r * in, s.precision == Precision::bfloat16))
        truth.push_back(float(y));
    const std::vector<float> got = run(plain, batch, n, in, width);
    if (!CHECK(near(got, truth, tolerance))) std::printf("  %s, n = %d\n", s.name.c_str(), n);
    const std::vector<float> again = run(guarded, batch, n, in, width);
    if (!CHECK(s.exact ? again == got : near(again, got, tolerance))) std::printf("  %s, n = %d\n", s.name.c_str(), n);
    if (!s.exact) continue;
    for (const int r : {0, n / 2, n - 1}) { // alone, and the last of three
      const std::vector<float> one(batch.begin() + r * in, batch.begin() + (r + 1) * in);
      const std::vector<float> alone = run(plain, one, 1, in, width);
      CHECK(std::memcmp(alone.data(), got.data() + r * width, sizeof(float) * std::size_t(width)) == 0);
    }
  }
}

/// Upside down, transposed, one row for all: what a host's arrays look like.
void strides(const Subject& s, const StencilNet& net) {
  const Index n = 70, in = net.inputs(), width = net.outputs();
  const std::vector<float> batch = nets::random_batch(int(n), int(in), 5);
  const std::vector<float> wanted = run([&](auto b, auto o) { s.engine.infer(b, o); }, batch, n, in, width);
  const double tolerance = s.exact ? 0 : s.precision == Precision::float32 ? 1e-5 : 6e-2;
  std::vector<float> transposed(batch.size()), out(wanted.size()), back(wanted.size());
  for (Index r = 0; r < n; ++r)
    for (Index c = 0; c < in; ++c) transposed[std::size_t(c * n + n - 1 - r)] = batch[std::size_t(r * in + c)];
  s.engine.infer(View<const float, 2>(transposed.data() + n - 1, {n, in}, {-1, n}),
                 View<float, 2>(out.data() + (n - 1) * width, {n, width}, {-width, 1}));
  for (Index r = 0; r < n; ++r)
    for (Index c = 0; c < width; ++c) back[std::size_t(r * width + c)] = out[std::size_t((n - 1 - r) * width + c)];
  if (!CHECK(near(back, wanted, tolerance))) std::printf("  %s\n", s.name.c_str());
  s.engine.infer(View<const float, 2>(batch.data(), {n, in}, {0, 1}), View<float, 2>(out.data(), {n, width}, {1, n}));
  for (Index r = 0; r < n; ++r)
    for (Index c = 0; c < width; ++c) back[std::size_t(r * width + c)] = out[std::size_t(c * n + r)];
  for (Index r = 0; r < n; ++r)
    CHECK(std::abs(back[std::size_t(r * width)] - wanted[0]) <= tolerance * (1 + std::abs(wanted[0])));
  s.engine.infer(View<const float, 2>(nullptr, {0, in}), View<float, 2>(nullptr, {0, width}));
}

template <class Call> void refused(Call&& call, const std::string& why) {
  try {
    call();
    CHECK(false);
  } catch (const mirhydro::Error& error) {
    const std::string reason = error.what();
    if (!CHECK(reason.find(why) != std::string::npos))
      std::printf("  \"%s\", not \"%s\"\n", reason.c_str(), why.c_str());
  }
}

void refusals(const Subject& s) {
  std::vector<float> memory(4096, 1);
  const Index in = s.engine.input_shape()[0], width = s.engine.output_shape()[0];
  const auto call = [&](Index rows, Index columns, Index out_rows, Index out_columns) {
    s.engine.infer(View<const float, 2>(memory.data(), {rows, columns}),
                   View<float, 2>(memory.data(), {out_rows, out_columns}));
  };
  refused([&] { call(3, in + 1, 3, width); }, "batch has the shape (3, " + std::to_string(in + 1) + ")");
  refused([&] { call(3, in, 2, width); }, "out has the shape (2, ");
  refused([&] { call(3, in, 3, width - 1); }, "not (3, " + std::to_string(width) + ")");
  refused([&] { s.engine.infer(View<const float, 2>(nullptr, {1, in}), View<float, 2>(memory.data(), {1, width})); },
          "batch is a null pointer");
}

/// Four threads at once on one engine, as many results as alone.
void many_callers(const Subject& s) {
  const Index n = 300, in = s.engine.input_shape()[0], width = s.engine.output_shape()[0];
  const std::vector<float> batch = nets::random_batch(int(n), int(in), 17);
  const Infer infer = [&](auto b, auto o) { s.engine.infer(b, o); };
  const std::vector<float> wanted = run(infer, batch, n, in, width);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const std::vector<float> got = run(infer, batch, n, in, width);
        wrong += s.exact ? got != wanted : !near(got, wanted, 6e-2);
      }
    });
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
}

void warm_calls_allocate_nothing(const Subject& s) {
  const Index n = 200, in = s.engine.input_shape()[0], width = s.engine.output_shape()[0];
  const std::vector<float> batch = nets::random_batch(int(n), int(in), 18);
  std::vector<float> out(std::size_t(n * width));
  const auto call = [&] {
    s.engine.infer(View<const float, 2>(batch.data(), {n, in}), View<float, 2>(out.data(), {n, width}));
  };
  call();
  const std::int64_t before = counted_allocations();
  for (int k = 0; k < 10; ++k) call();
  CHECK(counted_allocations() == before);
}

/// P6: every allocation of loading and of a first call fails once; then the error arrives, and the next try works.
void a_failed_allocation_spoils_nothing(const std::string& path) {
  const std::vector<float> batch = nets::random_batch(70, 55, 20);
  std::vector<float> wanted, out(70 * 26);
  const auto attempt = [&] {
    std::thread([&] { // a thread of its own: its scratch is not warm
      try {
        const Engine engine(path);
        engine.infer(View<const float, 2>(batch.data(), {70, 55}), View<float, 2>(out.data(), {70, 26}));
      } catch (const std::bad_alloc&) {
        out.assign(out.size(), 0);
      }
    })
        .join();
  };
  attempt();
  wanted = out;
  int failed = 0;
  for (std::int64_t n = 2; n < 10000; ++n) { // the first two start the thread
    fail_allocation_after(long(n));
    attempt();
    const bool reached = allocation_will_fail() == 0;
    fail_allocation_after(-1);
    if (!reached) break;
    ++failed;
    attempt();
    CHECK(out == wanted);
  }
  CHECK(failed > 20);
}

/// P4: a child that was forked off works, or is told; it does not hang.
void after_a_fork(const Subject& s) {
  const Index n = 2000, in = s.engine.input_shape()[0], width = s.engine.output_shape()[0];
  const std::vector<float> batch = nets::random_batch(int(n), int(in), 19);
  const Infer infer = [&](auto b, auto o) { s.engine.infer(b, o); };
  const std::vector<float> wanted = run(infer, batch, n, in, width);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    try {
      _exit(run(infer, batch, n, in, width) == wanted && s.exact ? 0 : 1);
    } catch (const mirhydro::Error& error) {
      _exit(!s.exact && std::string(error.what()).find("forked process") != std::string::npos ? 0 : 2);
    }
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void options_and_names(nets::Folder& folder, const std::string& path) {
  const auto with = [&](auto change) {
    EngineOptions options;
    change(options);
    return [=] { Engine(path, options); };
  };
  refused(with([](EngineOptions& o) { o.engine = "onnx"; }), "engine = \"onnx\": native or torch");
  refused(with([](EngineOptions& o) { o.threads = 0; }), "threads = 0: lies in [1, 1024]");
  refused(with([](EngineOptions& o) { o.device = "cuda"; }), "device = \"cuda\": the native engine runs on \"cpu\"");
  refused([] { Engine("no-such-model"); }, "no no-such-model.safetensors in ");
  refused([] { Engine(""); }, "model = \"\"");
  refused([&] { Engine(folder.path()); }, "it is a directory");
  refused([&] { Engine(folder.write("a.pt", "PK\x03\x04 and so on")); }, "TorchScript modules run with engine");
  refused(
      [&] {
        EngineOptions options;
        options.engine = "torch";
        Engine(folder.write("b.pt", "PK\x03\x04 and so on"), options);
      },
      "trusted = True");
  setenv("MIRHYDRO_MODELS", ("/nonexistent:" + folder.path()).c_str(), 1);
  const std::vector<std::string> names = mirhydro::models();
  CHECK(std::find(names.begin(), names.end(), "net0") != names.end());
  CHECK(Engine("net0").input_shape()[0] == 55);
  const mirhydro::ModelDescription d = mirhydro::describe_model("net0");
  CHECK(d.path == path && d.tensors.size() == 6 && d.tensors[0].name == "layer0.weight" && d.tensors[0].shape[1] == 55);
  unsetenv("MIRHYDRO_MODELS");
}

} // namespace

int main() try {
  trap_floating_point();
  const std::vector<StencilNet> all = [] {
    std::vector<StencilNet> result;
    result.push_back(nets::random_net(55, {64, 64}, 4, 1));
    result.push_back(nets::random_net(55, {33}, 2, 2));
    result.push_back(nets::random_net(9, {7, 20, 31}, 3, 3));
    return result;
  }();
  nets::Folder folder;
  std::vector<std::string> paths;
  for (std::size_t k = 0; k < all.size(); ++k)
    paths.push_back(folder.write("net" + std::to_string(k) + ".safetensors", nets::file_text(all[k])));
  options_and_names(folder, paths[0]);
  a_failed_allocation_spoils_nothing(paths[0]);
  for (std::size_t k = 0; k < all.size(); ++k)
    for (const std::string engine : {"native", "torch"})
      for (const Precision precision : {Precision::float32, Precision::bfloat16})
        for (const int threads : {1, 2}) {
          EngineOptions options;
          options.engine = engine, options.precision = precision, options.threads = threads;
          try {
            const Subject s{engine + " " + std::to_string(threads), Engine(paths[k], options), engine == "native",
                            precision};
            if (k == 0 && threads == 1) std::printf("%s\n", s.engine.description().c_str());
            numbers(s, all[k]);
            strides(s, all[k]);
            refusals(s);
            many_callers(s);
            if (s.exact && threads == 1) warm_calls_allocate_nothing(s);
            if (k == 0) after_a_fork(s);
          } catch (const mirhydro::Error& error) {
            // a build without LibTorch says so; nothing else may fail
            CHECK(engine == "torch" && std::string(error.what()).find("was built without it") != std::string::npos);
          }
        }
  return report("engine");
} catch (const std::exception& error) {
  return report(error);
}
