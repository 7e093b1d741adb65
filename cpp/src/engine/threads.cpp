#include "engine/threads.hpp"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/interrupt.hpp"

namespace mirhydro::engine {

struct Threads::Pool {
  explicit Pool(int helpers) : owner(getpid()) {
    try {
      for (int k = 0; k < helpers; ++k) threads.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
      // the system gives no more threads: those that there are, and the caller, share the work
    }
  }
  ~Pool() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
    }
    wake.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  /// Takes parts until none is left; returns with the lock held.
  void take(std::unique_lock<std::mutex>& lock) {
    while (next < parts) {
      const int part = next++;
      lock.unlock();
      std::exception_ptr problem;
      const Helping helping(caller);
      try {
        (*work)(part);
      } catch (...) {
        problem = std::current_exception();
      }
      lock.lock();
      if (problem && (!error || part < error_part)) error = problem, error_part = part;
      if (--unfinished == 0) done.notify_all();
    }
  }
  void serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return ending || next < parts; });
      if (ending) return;
      take(lock);
    }
  }

  const pid_t owner;
  std::mutex mutex, busy;
  std::condition_variable wake, done;
  std::vector<std::thread> threads;
  const std::function<void(int)>* work = nullptr;
  Asked* caller = nullptr; ///< of the work
  int parts = 0, next = 0, unfinished = 0, error_part = 0;
  bool ending = false;
  std::exception_ptr error;
};

namespace {
std::mutex starting; // a pool is made by one thread only
}

Threads::Threads(int count) : count_(count) {}
Threads::~Threads() {
  if (pool_ && pool_->owner != getpid()) static_cast<void>(pool_.release()); // its threads stayed in the parent
}

void Threads::run(int parts, const std::function<void(int)>& work) const {
  const auto alone = [&] {
    for (int part = 0; part < parts; ++part) work(part);
  };
  if (count_ < 2 || parts < 2) return alone();
  {
    const std::lock_guard lock(starting);
    if (pool_ && pool_->owner != getpid()) static_cast<void>(pool_.release());
    if (!pool_) pool_ = std::make_unique<Pool>(count_ - 1);
  }
  Pool& pool = *pool_;
  const std::unique_lock mine(pool.busy, std::try_to_lock);
  if (!mine) return alone();
  std::unique_lock lock(pool.mutex);
  pool.work = &work;
  pool.caller = asked();
  pool.error = nullptr;
  pool.next = 0;
  pool.parts = pool.unfinished = parts;
  pool.wake.notify_all();
  pool.take(lock);
  const auto all_done = [&] { return pool.unfinished == 0; };
  while (pool.caller != nullptr && !pool.done.wait_for(lock, std::chrono::milliseconds(20), all_done)) {
    lock.unlock();
    ask_while_waiting();
    lock.lock();
  }
  pool.done.wait(lock, all_done);
  pool.parts = 0;
  if (pool.error) std::rethrow_exception(pool.error);
  let_interrupt(); // the answer may have come after the last part
}

} // namespace mirhydro::engine
