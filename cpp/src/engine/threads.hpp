#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace mirhydro::engine {

/// A few threads that wait for work. Started at the first use, started anew after a fork. One caller at a time has
/// them; whoever comes meanwhile works alone, with the same results.
class Threads {
public:
  explicit Threads(int count);
  ~Threads();

  int count() const noexcept { return count_; }
  /// Calls work(0) .. work(parts - 1), each once, and returns when all are done; rethrows the first part's exception.
  void run(int parts, const std::function<void(int)>& work) const;

private:
  struct Pool;
  int count_;
  mutable std::unique_ptr<Pool> pool_;
};

/// Calls work(part, begin, end) on as many threads as there are; small jobs stay on one.
template <class Work> void share(const Threads* threads, std::size_t n, std::size_t least, Work&& work) {
  const int parts = threads == nullptr || n < least ? 1 : threads->count();
  if (parts == 1) return work(0, std::size_t(0), n);
  threads->run(parts, [&](int part) {
    work(part, n * std::size_t(part) / std::size_t(parts), n * std::size_t(part + 1) / std::size_t(parts));
  });
}

} // namespace mirhydro::engine
