#pragma once

namespace mirhydro::engine {

/// Whom the work of a thread asks whether to go on.
struct Asked;
/// Of this thread's work; null: nobody.
Asked* asked() noexcept;

/// A call of the host begins: what ended the last one is over, and short calls never ask.
void begin_call() noexcept;
/// Throws Interrupted where the caller of this thread's work wants it to end. Once for every few cells or rows.
void let_interrupt();
/// Asks in the caller's thread while others work for it; they end by let_interrupt().
void ask_while_waiting() noexcept;

/// A thread that helps another one ends with it.
class Helping {
public:
  explicit Helping(Asked* whom) noexcept;
  ~Helping();
  Helping(const Helping&) = delete;
  Helping& operator=(const Helping&) = delete;

private:
  Asked* const before_;
};

} // namespace mirhydro::engine
