#pragma once
// One rank's part of the mesh with its ghost cells, and their exchange.
#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <mpi.h>

using Size = std::ptrdiff_t;

/// Where to cut rows (or columns) of these weights into `parts` of equal weight, none thinner than `least`: the first
/// of each part, and the end.
inline std::vector<Size> equal_parts(const std::vector<double>& weights, int parts, Size least) {
  const Size n = Size(weights.size());
  if (n < parts * least)
    throw std::runtime_error("a rank has " + std::to_string(n / parts) +
                             " rows or columns of cells, but its neighbours need " + std::to_string(least));
  double all = 0, before = 0;
  for (const double w : weights) all += w;
  std::vector<Size> cuts{0};
  Size k = 0;
  for (int part = 1; part < parts; ++part) {
    while (before + weights[std::size_t(k)] <= all * part / parts) before += weights[std::size_t(k++)];
    cuts.push_back(std::clamp(k, cuts.back() + least, n - (parts - part) * least));
  }
  cuts.push_back(n);
  return cuts;
}

/// Ranks in a grid, x along the second axis; where the mesh ends there is no neighbour.
struct RankGrid {
  MPI_Comm comm = MPI_COMM_NULL;
  int size = 0, rank = 0;
  std::array<int, 2> count{}, place{};     // y, x
  std::array<int, 2> low{}, high{};        // neighbours along y, x
  std::array<std::vector<Size>, 2> cuts{}; // of rows and columns, for all ranks the same

  RankGrid() {
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Dims_create(size, 2, count.data());
    const int periodic[2] = {0, 0};
    MPI_Cart_create(MPI_COMM_WORLD, 2, count.data(), periodic, 1, &comm);
    MPI_Comm_rank(comm, &rank);
    MPI_Cart_coords(comm, rank, 2, place.data());
    for (int axis = 0; axis < 2; ++axis)
      MPI_Cart_shift(comm, axis, 1, &low[std::size_t(axis)], &high[std::size_t(axis)]);
  }
  Size first(std::size_t axis) const { return cuts[axis][std::size_t(place[axis])]; }
  Size cells(std::size_t axis) const { return cuts[axis][std::size_t(place[axis]) + 1] - first(axis); }
};

/// A rank's cells [j0, j0 + rows) x [i0, i0 + columns) of the mesh, `ghost` layers around them.
struct Block {
  Size nmat = 0, ghost = 0, j0 = 0, i0 = 0, rows = 0, columns = 0;

  Block() = default;
  Block(const RankGrid& grid, Size nmat_, Size ghost_)
      : nmat(nmat_), ghost(ghost_), j0(grid.first(0)), i0(grid.first(1)), rows(grid.cells(0)), columns(grid.cells(1)) {}
  Size all_rows() const { return rows + 2 * ghost; }
  Size all_columns() const { return columns + 2 * ghost; }
  Size cells() const { return all_rows() * all_columns(); }
};

/// Fills the ghost cells of vf (nmat, all_rows, all_columns): first along x in the rank's own rows, then along y over
/// the whole width, so that corners come along. Beyond the mesh lies its mirror image. The messages are described once.
class GhostExchange {
public:
  GhostExchange(const RankGrid& grid, const Block& block) : grid_(grid), b_(block) {
    const int g = int(b_.ghost), rows = int(b_.rows), columns = int(b_.columns);
    make(x_send_low_, g, rows, g, g), make(x_send_high_, g, rows, columns, g);
    make(x_get_low_, g, rows, 0, g), make(x_get_high_, g, rows, columns + g, g);
    const int width = int(b_.all_columns());
    make(y_send_low_, g, g, 0, width), make(y_send_high_, rows, g, 0, width);
    make(y_get_low_, 0, g, 0, width), make(y_get_high_, rows + g, g, 0, width);
  }
  GhostExchange(const GhostExchange&) = delete;
  GhostExchange& operator=(const GhostExchange&) = delete;
  ~GhostExchange() {
    for (MPI_Datatype* t : {&x_send_low_, &x_send_high_, &x_get_low_, &x_get_high_, &y_send_low_, &y_send_high_,
                            &y_get_low_, &y_get_high_})
      MPI_Type_free(t);
  }

  void operator()(double* vf) const {
    swap(vf, x_send_low_, x_send_high_, x_get_low_, x_get_high_, 1);
    mirror(vf, false);
    swap(vf, y_send_low_, y_send_high_, y_get_low_, y_get_high_, 0);
    mirror(vf, true);
  }
  /// Bytes that this rank sends in one exchange.
  Size bytes() const {
    const auto sides = [&](std::size_t axis) {
      return Size(grid_.low[axis] != MPI_PROC_NULL) + Size(grid_.high[axis] != MPI_PROC_NULL);
    };
    return Size(sizeof(double)) * b_.nmat * b_.ghost * (sides(1) * b_.rows + sides(0) * b_.all_columns());
  }

private:
  void make(MPI_Datatype& type, int row, int rows, int column, int columns) {
    const int whole[3] = {int(b_.nmat), int(b_.all_rows()), int(b_.all_columns())};
    const int part[3] = {whole[0], rows, columns}, at[3] = {0, row, column};
    MPI_Type_create_subarray(3, whole, part, at, MPI_ORDER_C, MPI_DOUBLE, &type);
    MPI_Type_commit(&type);
  }
  void swap(double* vf, MPI_Datatype send_low, MPI_Datatype send_high, MPI_Datatype get_low, MPI_Datatype get_high,
            std::size_t axis) const {
    const int low = grid_.low[axis], high = grid_.high[axis];
    MPI_Sendrecv(vf, 1, send_low, low, 0, vf, 1, get_high, high, 0, grid_.comm, MPI_STATUS_IGNORE);
    MPI_Sendrecv(vf, 1, send_high, high, 1, vf, 1, get_low, low, 1, grid_.comm, MPI_STATUS_IGNORE);
  }
  void mirror(double* vf, bool along_y) const {
    const std::size_t axis = along_y ? 0 : 1;
    const Size stride = along_y ? b_.all_columns() : 1, across = along_y ? 1 : b_.all_columns();
    const Size length = along_y ? b_.all_rows() : b_.all_columns(), width = along_y ? b_.all_columns() : b_.all_rows();
    for (Size m = 0; m < b_.nmat; ++m)
      for (Size c = 0; c < width; ++c) {
        double* line = vf + m * b_.cells() + c * across;
        for (Size k = 0; k < b_.ghost; ++k) {
          if (grid_.low[axis] == MPI_PROC_NULL) line[(b_.ghost - 1 - k) * stride] = line[(b_.ghost + k) * stride];
          if (grid_.high[axis] == MPI_PROC_NULL)
            line[(length - b_.ghost + k) * stride] = line[(length - b_.ghost - 1 - k) * stride];
        }
      }
  }

  const RankGrid& grid_;
  Block b_;
  MPI_Datatype x_send_low_, x_send_high_, x_get_low_, x_get_high_, y_send_low_, y_send_high_, y_get_low_, y_get_high_;
};
