#pragma once
#include <functional>
#include <memory>

namespace mirhydro::reconstruct {

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

} // namespace mirhydro::reconstruct
