#pragma once
#include <stdexcept>
#include <string>

#include <mirhydro/export.hpp>

namespace mirhydro {

enum class Status { ok, bad_argument, out_of_memory, internal };

/// Every refusal of the library. The text names argument, index, value and rule: `vf[1, 3, 4] = -0.2: ...`.
class MIRHYDRO_PUBLIC Error : public std::runtime_error {
public:
  Error(Status status, const std::string& text) : std::runtime_error(text), status_(status) {}
  Status status() const noexcept { return status_; }

private:
  Status status_;
};

} // namespace mirhydro
