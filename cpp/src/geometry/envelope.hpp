#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace mirhydro::geometry {

/// Shares of a triangle, or of a square, on which each of n linear functions is the largest. A function of the rows of
/// corner values alone: neither the order of the corners (a square's turned and mirrored) nor that of the functions
/// changes a bit. Functions that are equal everywhere divide what they own into equal parts. Its scratch lives on: one
/// per thread.
template <std::size_t corners> class Envelope {
public:
  /// Values of the n functions at each corner; of a square at (0, 0), (1, 0), (0, 1), (1, 1).
  using Corners = std::array<const double*, corners>;

  /// @param share    n numbers, set
  /// @param rates    n x n or null, set: how fast the share of m grows at the cost of that of k as m is raised
  /// @param moments  n x n x 2 or null, set, of a square: rates times the place, from its centre, of the line between
  ///                 the two; by how much their shares change as m is tilted
  void operator()(const Corners& corner, std::size_t n, double* share, double* rates, double* moments = nullptr);

private:
  using Values = std::array<double, corners>;
  struct Column {
    Values value;
    std::vector<std::size_t> members; ///< functions with these values
  };
  struct Entry { ///< of the table: a column with its corners in another order
    Values value;
    std::size_t column;
  };
  using Table = std::vector<Entry>;
  struct Vertex {
    double u, v;
    std::size_t edge; ///< function across the edge that ends here, or none
  };

  static bool dominates(const Values& a, const Values& b);
  bool one_wins(const Corners& corner, std::size_t n, double* share) const;
  void find_columns(const Corners& corner, std::size_t n);
  void divide_two(std::size_t n, double* share, double* rates, double* moments) const;
  void put_in_order();
  void clip_all(bool with_rates);
  void hand_out(std::size_t n, double* share, double* rates, double* moments);
  template <class PartOf> double mean(PartOf&& part_of);
  std::array<double, 2> place_of(std::size_t tie, std::size_t a, std::size_t b) const;
  void clip_by(std::size_t m, std::size_t k);
  double area() const;

  std::vector<Column> columns_;
  std::size_t used_ = 0; ///< of columns_, whose memory lives on
  Table table_, trial_;
  struct Side {        ///< of a polygon, by the function across it
    double rate, u, v; ///< rate, and rate times the middle, from the centre of a square
  };
  std::vector<std::size_t> place_; ///< of each column in the table, for each of the `ties_` ways to read it
  std::size_t ties_ = 0;
  std::vector<Vertex> polygon_, next_;
  std::vector<std::size_t> orders_; ///< of the corners, one for each way
  std::vector<double> parts_, roles_;
  std::vector<Side> sides_; ///< (functions, functions)
};

} // namespace mirhydro::geometry
