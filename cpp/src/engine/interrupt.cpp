#include "engine/interrupt.hpp"

#include <atomic>
#include <chrono>

#include <mirhydro/interrupt.hpp>

namespace mirhydro {

using Clock = std::chrono::steady_clock;

struct MIRHYDRO_LOCAL engine::Asked {
  Interrupt wanted = nullptr;
  Clock::time_point next;
  std::atomic<bool> ends{false}; ///< read by helpers
};

namespace {

constexpr std::chrono::milliseconds pause{50};

thread_local engine::Asked own;                ///< of the calls that this thread makes
thread_local engine::Asked* current = nullptr; ///< of the work that it does

} // namespace

Interrupt set_interrupt(Interrupt wanted) noexcept {
  const Interrupt before = own.wanted;
  own.wanted = wanted;
  current = wanted != nullptr ? &own : nullptr;
  return before;
}

namespace engine {

Asked* asked() noexcept { return current; }

void begin_call() noexcept {
  if (current == nullptr) return;
  own.ends = false;
  own.next = Clock::now() + pause;
}

void ask_while_waiting() noexcept {
  if (current != &own || own.ends || Clock::now() < own.next) return;
  own.next = Clock::now() + pause;
  if (own.wanted()) own.ends = true;
}

void let_interrupt() {
  if (current == nullptr) return;
  ask_while_waiting();
  if (current->ends) throw Interrupted();
}

Helping::Helping(Asked* whom) noexcept : before_(current) { current = whom; }
Helping::~Helping() { current = before_; }

} // namespace engine
} // namespace mirhydro
