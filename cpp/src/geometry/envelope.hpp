#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace mirhydro::geometry {

/// Shares of a triangle on which each of n linear functions is the largest. A function of the three rows of corner
/// values alone: neither the order of the corners nor that of the functions changes a bit. Functions that are equal on
/// the whole triangle divide what they own into equal parts. Its scratch lives on: one per thread.
class Envelope {
public:
  /// @param p, q, r  values of the n functions at the corners
  /// @param share    n numbers, set
  /// @param rates    n x n or null, set: how fast the share of m grows at the cost of that of k as m is raised
  void operator()(const double* p, const double* q, const double* r, std::size_t n, double* share, double* rates);

private:
  struct Column {
    std::array<double, 3> value;
    std::vector<std::size_t> members; ///< functions with these values
  };
  struct Entry { ///< of the table: a column with its corners in another order
    std::array<double, 3> value;
    std::size_t column;
  };
  using Table = std::vector<Entry>;
  struct Vertex {
    double u, v;
    std::size_t edge; ///< function across the edge that ends here, or none
  };

  bool one_wins(const double* const (&corner)[3], std::size_t n, double* share) const;
  void find_columns(const double* const (&corner)[3], std::size_t n);
  void divide_two(std::size_t n, double* share, double* rates) const;
  void put_in_order();
  void clip_all(bool with_rates);
  void hand_out(std::size_t n, double* share, double* rates);
  template <class PartOf> double mean(PartOf&& part_of);
  void clip_by(std::size_t m, std::size_t k);
  double area() const;

  std::vector<Column> columns_;
  std::size_t used_ = 0; ///< of columns_, whose memory lives on
  Table table_, trial_;
  std::vector<std::size_t> place_; ///< of each column in the table, for each of the `ties_` ways to read it
  std::size_t ties_ = 0;
  std::vector<Vertex> polygon_, next_;
  std::vector<double> parts_, lengths_, roles_;
};

} // namespace mirhydro::geometry
