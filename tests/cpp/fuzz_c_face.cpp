// libFuzzer on the C face: cmake -DMIRHYDRO_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++ ..., then
//   MIRHYDRO_MODELS=python/mirhydro/models fuzz_c_face -max_len=512 -max_total_time=60 CORPUS
// A string of bytes is a host: it makes objects, calls them with arrays of all kinds, forgets and mistakes handles.
// Whatever it does, a call that succeeds keeps its promises, and one that fails says why and has written nothing.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "fields.hpp"
#include "guarded_array.hpp"

using guarded::Array;
using guarded::Bytes;

#define PROMISE(...)                                                                                                   \
  do {                                                                                                                 \
    if (!(__VA_ARGS__)) {                                                                                              \
      std::fprintf(stderr, "%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #__VA_ARGS__, mirhydro_last_error());   \
      std::abort();                                                                                                    \
    }                                                                                                                  \
  } while (0)

namespace {

enum Kind { reconstructor, reconstruction, flushed, arrays, engine, shape };

/// A handle, and what the host should remember of it.
struct Handle {
  Kind kind;
  void* pointer;
  bool lives = true, is_mof = false, is_slow = false; // slow: where three materials and more meet
  int ghost = 0;
};

class Host {
public:
  Host(const unsigned char* data, std::size_t size) : bytes_(data, size) {}
  ~Host() {
    for (Handle& h : handles_)
      if (h.lives) PROMISE(destroyed(h.kind, h.pointer) == MIRHYDRO_OK);
  }

  void live() {
    for (int calls = 0; calls < 24 && !bytes_.empty(); ++calls) {
      switch (bytes_.below(20)) {
      case 0: make_reconstructor(); break;
      case 1: make_plain(); break;
      case 2: make_shape(); break;
      case 3: combine_shapes(); break;
      case 4:
      case 5:
      case 6:
      case 7: reconstruct(); break;
      case 8:
      case 9:
      case 10: sweep(); break;
      case 11: cells_and_maps(); break;
      case 12: regions(); break;
      case 13: clip(); break;
      case 14: geometry(); break;
      case 15: fractions_of_shapes(); break;
      case 16: texts(); break;
      case 17: infer(); break;
      case 18: destroy(); break;
      default: flushed_list();
      }
    }
  }

private:
  /// A status, and what every call promises of its text: set where it fails, left alone where it succeeds.
  template <class Call> bool fine(bool is_right, Call&& call) {
    *const_cast<char*>(mirhydro_last_error()) = '\0';
    const mirhydro_status status = call();
    PROMISE(status == MIRHYDRO_OK || status == MIRHYDRO_BAD_ARGUMENT);
    PROMISE((status == MIRHYDRO_OK) == (mirhydro_last_error()[0] == '\0'));
    PROMISE(is_right || status != MIRHYDRO_OK);
    return status == MIRHYDRO_OK;
  }

  mirhydro_status destroyed(Kind kind, void* p) {
    switch (kind) {
    case reconstructor: return mirhydro_reconstructor_destroy(static_cast<mirhydro_reconstructor*>(p));
    case reconstruction: return mirhydro_reconstruction_destroy(static_cast<mirhydro_reconstruction*>(p));
    case flushed: return mirhydro_flushed_destroy(static_cast<mirhydro_flushed*>(p));
    case arrays: return mirhydro_arrays_destroy(static_cast<mirhydro_arrays*>(p));
    case engine: return mirhydro_engine_destroy(static_cast<mirhydro_engine*>(p));
    default: return mirhydro_shape_destroy(static_cast<mirhydro_shape*>(p));
    }
  }

  template <class T> struct Picked {
    T* pointer;
    bool is_right;
    Handle* handle;
  };
  /// The newest handle of a kind or, now and then, another or none.
  template <class T> Picked<T> pick(Kind kind) {
    if (bytes_.one_in(24)) {
      static double no_handle[8];
      if (handles_.empty() || bytes_.one_in(4)) return {nullptr, false, nullptr};
      if (bytes_.one_in(4))
        return {reinterpret_cast<T*>(reinterpret_cast<char*>(no_handle) + bytes_.below(16)), false, nullptr};
      Handle& any = handles_[std::size_t(bytes_.below(int(handles_.size())))];
      return {static_cast<T*>(any.pointer), any.lives && any.kind == kind, &any};
    }
    int older = bytes_.below(4) == 3 ? 1 : 0;
    Handle* found = nullptr;
    for (std::size_t k = handles_.size(); k-- > 0;)
      if (handles_[k].kind == kind && handles_[k].lives && (found = &handles_[k], older-- == 0)) break;
    return {found != nullptr ? static_cast<T*>(found->pointer) : nullptr, found != nullptr, found};
  }
  void keep(Kind kind, void* pointer) {
    PROMISE(pointer != nullptr);
    handles_.push_back({kind, pointer});
  }

  void make_reconstructor() {
    struct {
      mirhydro_options known;
      std::int64_t later[2];
    } o;
    const std::uint64_t sizes[] = {sizeof o.known, sizeof o.known, sizeof o.known, sizeof o, 16, 64, 8, 17, 0, 5000};
    const std::uint64_t size = sizes[bytes_.below(10)];
    std::memset(&o, untouched_, sizeof o);
    const bool knows = size >= 8 && size <= 4096;
    if (!fine(knows, [&] { return mirhydro_options_init(&o.known, size); })) return;
    const double few[] = {1, 1e-3, 1e3, .7, 2, 1, 1, 5, 1};
    double widths[12];
    std::int32_t order[6];
    for (double& w : widths) w = bytes_.one_in(40) ? bytes_.wild() : few[bytes_.below(9)];
    for (int k = 0; k < 6; ++k) order[k] = bytes_.one_in(20) ? bytes_.below(9) - 1 : 5 - k;
    if (size >= sizeof o.known) {
      mirhydro_options& k = o.known;
      const auto some = [&] { return bytes_.below(4) == 3; };
      if (some()) k.eps = bytes_.one_in(3) ? bytes_.wild() : std::pow(10., -bytes_.below(16));
      if (some()) k.spacing_x = widths, k.spacing_x_size = bytes_.below(14) - 1;
      if (some()) k.spacing_y = widths + 1, k.spacing_y_size = bytes_.below(12);
      k.spacing_x_size = std::min<std::int64_t>(k.spacing_x_size, 12);
      if (some()) k.order = order + bytes_.below(5), k.order_size = order + 6 - k.order;
      if (bytes_.one_in(16)) k.threads = bytes_.below(5) - 1;
      if (some()) k.ghost = bytes_.below(6) - (bytes_.one_in(8) ? 3 : 0);
      for (std::int32_t& side : k.boundary) side = bytes_.one_in(32) ? bytes_.below(9) - 2 : k.boundary[0];
      if (some()) k.boundary[0] = k.boundary[1] = bytes_.below(3);
      if (some()) k.boundary[2] = k.boundary[3] = bytes_.below(3);
      if (some()) k.nodes = bytes_.below(10);
      if (some()) k.share_nodes = bytes_.below(4) - 1;
      if (bytes_.one_in(16)) k.precision = bytes_.below(3);
      if (bytes_.one_in(16)) k.trusted = bytes_.below(3);
      if (bytes_.one_in(16)) k.engine = bytes_.below(2) == 0 ? "native" : "none";
      if (bytes_.one_in(16)) k.device = bytes_.below(2) == 0 ? "cpu" : "cuda:7";
      if (bytes_.one_in(16)) k.model = bytes_.below(2) == 0 ? "neural" : "\xff/absent";
      if (size > sizeof o.known && bytes_.one_in(4)) o.later[bytes_.below(2)] = 1;
    }
    const char* const names[] = {"youngs", "myc", "elvira", "lvira", "mof", "ppic", "neural", "", "none", nullptr};
    int which = bytes_.below(64);
    which = which < 48 ? which % 6 : which < 56 ? 6 : which < 60 ? 5 : 7 + which % 3;
    mirhydro_reconstructor* rec = nullptr;
    const bool is_right = which < 7 && size >= 16 && size <= 4096 && size % 8 == 0;
    if (!fine(is_right, [&] {
          return mirhydro_reconstructor_create(names[which], bytes_.one_in(8) && is_right ? nullptr : &o.known, &rec);
        })) {
      PROMISE(rec == nullptr);
      return;
    }
    keep(reconstructor, rec);
    handles_.back().is_mof = which == 4;
    handles_.back().is_slow = which >= 4 || (size >= sizeof o.known && o.known.share_nodes == 1);
    handles_.back().ghost = size >= sizeof o.known ? o.known.ghost : 0;
    std::int32_t layers = -1;
    PROMISE(fine(true, [&] { return mirhydro_ghost_layers(rec, &layers); }) && layers >= 2 && layers <= 6);
  }

  void make_plain() {
    mirhydro_reconstruction* r = nullptr;
    mirhydro_flushed* f = nullptr;
    if (bytes_.below(4) < 3) {
      PROMISE(fine(true, [&] { return mirhydro_reconstruction_create(&r); }));
      keep(reconstruction, r);
    } else {
      PROMISE(fine(true, [&] { return mirhydro_flushed_create(&f); }));
      keep(flushed, f);
    }
  }

  double coordinate() { return bytes_.one_in(40) ? bytes_.wild() : 1.5 * bytes_.unit() - .25; }
  static int level_set(const double* x, const double* y, double* values, std::size_t n, void* context) {
    const auto how = int(reinterpret_cast<std::uintptr_t>(context)); // no memory that a shape could outlive
    for (std::size_t k = 0; k < n; ++k) values[k] = how == 1 ? NAN : std::hypot(x[k] - .4, y[k] - .6) - .1 * how;
    return how == 2 ? 7 : 0;
  }

  void make_shape() {
    mirhydro_shape* s = nullptr;
    bool made = false;
    switch (bytes_.below(8)) {
    case 0: {
      Array<double> points(bytes_, {bytes_.below(8), bytes_.one_in(32) ? 3 : 2});
      for (std::int64_t k = 0; k < points.size(); ++k) points.set(k, coordinate());
      points.keep();
      bool is_right = true;
      const mirhydro_view v = misread(bytes_, points.view(), is_right);
      made = fine(true, [&] { return mirhydro_polygon(&v, &s); });
      PROMISE(points.is_untouched());
      break;
    }
    case 1: {
      auto* const how = reinterpret_cast<void*>(std::uintptr_t(bytes_.below(8)));
      made = fine(true, [&] { return mirhydro_implicit(bytes_.one_in(16) ? nullptr : level_set, how, &s); });
      break;
    }
    case 2:
    case 3: {
      const double px = coordinate(), py = coordinate(), nx = coordinate() - .5, ny = coordinate() - .5;
      made = fine(true, [&] { return mirhydro_half_plane(px, py, nx, ny, &s); });
      break;
    }
    case 4: {
      const double x = coordinate(), y = coordinate(), a = coordinate(), b = coordinate(), turn = coordinate();
      made = fine(true, [&] { return mirhydro_ellipse(x, y, a, b, turn, &s); });
      break;
    }
    default: {
      const double x = coordinate(), y = coordinate(), radius = coordinate();
      made = fine(true, [&] { return mirhydro_circle(x, y, radius, &s); });
    }
    }
    if (made) keep(shape, s);
    PROMISE(made == (s != nullptr));
  }

  void combine_shapes() {
    const auto a = pick<mirhydro_shape>(shape), b = pick<mirhydro_shape>(shape);
    mirhydro_shape* s = nullptr;
    bool made = false;
    switch (bytes_.below(4)) {
    case 0: made = fine(a.is_right, [&] { return mirhydro_complement(a.pointer, &s); }); break;
    case 1: made = fine(a.is_right && b.is_right, [&] { return mirhydro_union(a.pointer, b.pointer, &s); }); break;
    case 2:
      made = fine(a.is_right && b.is_right, [&] { return mirhydro_intersection(a.pointer, b.pointer, &s); });
      break;
    default: made = fine(a.is_right && b.is_right, [&] { return mirhydro_difference(a.pointer, b.pointer, &s); });
    }
    if (made) keep(shape, s);
    PROMISE(made == (s != nullptr));
  }

  void fractions_of_shapes() {
    const int count = bytes_.below(4), side = 1 + bytes_.below(6);
    std::array<const mirhydro_shape*, 4> list{};
    bool is_right = true;
    for (int k = 0; k < count; ++k) {
      const auto s = pick<mirhydro_shape>(shape);
      list[std::size_t(k)] = s.pointer;
      is_right = is_right && s.is_right;
    }
    Array<double> out(bytes_, {count + 1, side, side + 1});
    double box[] = {0, 1, 0, 1};
    for (double& edge : box)
      if (bytes_.one_in(24)) edge = bytes_.wild();
    bool is_seen_right = true;
    const mirhydro_view v = misread(bytes_, out.view(), is_seen_right);
    if (fine(is_right, [&] { return mirhydro_volume_fractions(list.data(), count, box, &v); }) && is_seen_right) {
      PROMISE(out.is_filled());
      const std::int64_t plane = side * (side + 1);
      for (std::int64_t k = 0; k < plane; ++k) {
        double sum = 0;
        for (int m = 0; m <= count; ++m) {
          PROMISE(out.get(m * plane + k) >= 0 && out.get(m * plane + k) <= 1);
          sum += out.get(m * plane + k);
        }
        PROMISE(std::abs(sum - 1) < 1e-14);
      }
    }
    const auto one = pick<mirhydro_shape>(shape);
    const std::int64_t n = 1 + bytes_.below(5);
    Array<double> points(bytes_, {n, 2}), areas(bytes_, {2});
    Array<std::int64_t> offsets(bytes_, {3});
    for (std::int64_t k = 0; k < 2 * n; ++k) points.set(k, coordinate());
    const std::int64_t middle = bytes_.below(int(n) + 1);
    for (std::int64_t k = 0; k < 3; ++k)
      offsets.set(k, bytes_.one_in(40) ? bytes_.below(12) - 2 : k == 0 ? 0 : k == 1 ? middle : n);
    if (fine(one.is_right,
             [&] { return mirhydro_overlap(one.pointer, &points.view(), &offsets.view(), &areas.view()); })) {
      PROMISE(areas.is_filled());
      for (int k = 0; k < 2; ++k) PROMISE(std::isfinite(areas.get(k)));
    }
  }

  /// Fields of every family; most of them are fractions.
  fields::Field field(bool slow) {
    const int wide = bytes_.one_in(16) && !slow ? 60 : 1;
    const std::ptrdiff_t ny = 1 + bytes_.below(slow ? 5 : 10), nx = wide + bytes_.below(slow ? 5 : 10);
    const std::ptrdiff_t nmat = bytes_.one_in(16) ? 1 + bytes_.below(12) : 1 + bytes_.below(4);
    fields::Random random(bytes_.word());
    fields::Field f = fields::random_field(random, nmat, ny, nx);
    const int family = bytes_.below(6);
    const double slope = 4 * bytes_.unit() - 2, height = 4 * bytes_.unit() - 2;
    for (std::ptrdiff_t j = 0; j < ny && family > 1; ++j)
      for (std::ptrdiff_t i = 0; i < nx; ++i) {
        double left = 1;
        for (std::ptrdiff_t m = 0; m + 1 < nmat; ++m) {
          double part = left / double(nmat - m); // 2: the same everywhere
          if (family == 3) part = left * bytes_.below(5) / 4;
          if (family == 4) part = std::clamp(height + slope * double(i) - double(j - m), 0., left);
          if (family == 5) part = (i + j + m) % 2 == 0 ? left : 0;
          f(m, j, i) = part;
          left -= part;
        }
        f(nmat - 1, j, i) = left;
      }
    if (family > 1) f.stack();
    if (bytes_.one_in(8)) f.vf[std::size_t(bytes_.word() % f.vf.size())] = bytes_.wild();
    if (bytes_.one_in(8)) f.vf[std::size_t(bytes_.word() % f.vf.size())] += 1e-9;
    if (bytes_.one_in(8)) f.centroids[std::size_t(bytes_.word() % f.centroids.size())] = bytes_.wild();
    return f;
  }

  template <class T> void reconstruct_in() {
    const auto rec = pick<mirhydro_reconstructor>(reconstructor);
    const auto r = pick<mirhydro_reconstruction>(reconstruction);
    const fields::Field f = field(rec.handle != nullptr && rec.handle->is_slow);
    const bool alone = bytes_.one_in(8); // one material and the rest
    Array<T> vf(bytes_, alone ? std::vector<std::int64_t>{f.ny, f.nx} : std::vector<std::int64_t>{f.nmat, f.ny, f.nx});
    for (std::int64_t k = 0; k < vf.size(); ++k) vf.set(k, T(f.vf[std::size_t(k)]));
    Array<unsigned char> where(bytes_, {f.ny, f.nx});
    const bool asks = bytes_.one_in(4);
    const std::uint64_t asked = asks ? bytes_.word() : 0;
    for (std::int64_t k = 0; k < where.size(); ++k) where.set(k, static_cast<unsigned char>(asked >> k % 61 & 1));
    if (asks && bytes_.one_in(8)) where.set(bytes_.byte() % where.size(), static_cast<unsigned char>(bytes_.byte()));
    const std::int64_t nmat = alone ? 2 : f.nmat;
    Array<double> centroids(bytes_, {nmat, f.ny, f.nx, 2});
    for (std::int64_t k = 0; k < centroids.size(); ++k)
      centroids.set(k, std::size_t(k) < f.centroids.size() ? f.centroids[std::size_t(k)] : .5);
    vf.keep(), where.keep(), centroids.keep();
    bool is_seen_right = true;
    const mirhydro_view v = misread(bytes_, vf.view(), is_seen_right), w = misread(bytes_, where.view(), is_seen_right),
                        c = misread(bytes_, centroids.view(), is_seen_right);
    const bool is_mof = rec.handle != nullptr && rec.handle->is_mof;
    const bool gives = bytes_.one_in(32) ? !is_mof : is_mof;
    std::array<std::int64_t, 4> before{}, after{};
    const auto extents = [&](std::array<std::int64_t, 4>& e) {
      return r.is_right && mirhydro_extents(r.pointer, &e[0], &e[1], &e[2], &e[3]) == MIRHYDRO_OK;
    };
    extents(before);
    const bool done = fine(rec.is_right && r.is_right, [&] {
      return mirhydro_reconstruct(rec.pointer, &v, asks ? &w : nullptr, gives ? &c : nullptr, r.pointer);
    });
    PROMISE(vf.is_untouched() && where.is_untouched() && centroids.is_untouched());
    extents(after);
    if (!done) PROMISE(before == after);
    if (!done) return;
    r.handle->ghost = rec.handle->ghost;
    if (is_seen_right) PROMISE(after[0] == nmat && after[1] == f.ny && after[2] == f.nx);
    mirhydro_stats stats;
    std::memset(&stats, untouched_, sizeof stats);
    stats.struct_size = 16 + 8 * std::uint64_t(bytes_.below(6));
    const bool fits = stats.struct_size <= sizeof stats;
    const mirhydro_stats old = stats;
    if (fine(fits, [&] { return mirhydro_get_stats(r.pointer, &stats); })) {
      const auto *now = reinterpret_cast<const char*>(&stats), *then = reinterpret_cast<const char*>(&old);
      PROMISE(std::memcmp(now + stats.struct_size, then + stats.struct_size, sizeof stats - stats.struct_size) == 0);
      PROMISE(stats.mixed == after[3]);
      if (stats.struct_size >= 48) PROMISE(stats.residual <= 1e-14);
    } else {
      PROMISE(std::memcmp(&stats, &old, sizeof stats) == 0);
    }
    check_volumes(r.pointer, after);
  }
  void reconstruct() { bytes_.below(3) == 2 ? reconstruct_in<float>() : reconstruct_in<double>(); }

  void check_volumes(const mirhydro_reconstruction* r, const std::array<std::int64_t, 4>& e) {
    Array<double> out(bytes_, {e[3], e[0]});
    PROMISE(fine(true, [&] { return mirhydro_volumes(r, &out.view()); }) && out.is_filled());
    for (std::int64_t row = 0; row < e[3]; ++row) {
      double sum = 0;
      for (std::int64_t m = 0; m < e[0]; ++m) {
        PROMISE(out.get(row * e[0] + m) >= 0 && out.get(row * e[0] + m) <= 1);
        sum += out.get(row * e[0] + m);
      }
      PROMISE(std::abs(sum - 1) <= 1e-14);
    }
  }

  /// A reconstruction and its extents; zeros where the handle is wrong.
  struct Result {
    const mirhydro_reconstruction* r;
    bool is_right;
    std::int64_t nmat = 0, ny = 0, nx = 0, n = 0;
    int ghost = 0;
  };
  Result result() {
    const auto r = pick<mirhydro_reconstruction>(reconstruction);
    Result e{r.pointer, r.is_right};
    const bool told = fine(r.is_right, [&] { return mirhydro_extents(r.pointer, &e.nmat, &e.ny, &e.nx, &e.n); });
    PROMISE(told == r.is_right);
    if (told) e.ghost = r.handle->ghost;
    return e;
  }
  /// Calls with an array to fill, which is filled, or left alone.
  template <class T, class Call> bool fills(const Result& e, Array<T>& out, Call&& call) {
    bool is_seen_right = true;
    const mirhydro_view v = misread(bytes_, out.view(), is_seen_right);
    const bool done = fine(e.is_right, [&] { return call(&v); });
    if (!done || !is_seen_right) {
      if (!done) PROMISE(out.is_untouched());
      return false;
    }
    PROMISE(out.is_filled());
    return true;
  }

  void sweep() {
    const Result e = result();
    const auto left = pick<mirhydro_flushed>(flushed);
    const bool along_y = bytes_.below(2) == 1, wants_list = bytes_.one_in(2) && left.pointer != nullptr;
    const std::int64_t rows = e.ny + (along_y ? 1 : 0), columns = e.nx + (along_y ? 0 : 1);
    fields::Random random(bytes_.word());
    std::vector<double> d = fields::random_displacement(random, rows, columns, along_y);
    const int how = bytes_.below(4);
    const double same = 2 * bytes_.unit() - 1;
    for (double& v : d)
      if (how > 1) v = how == 2 ? same : 0;
    if (bytes_.one_in(8) && !d.empty()) d[std::size_t(bytes_.word() % d.size())] = bytes_.wild();
    Array<double> moved(bytes_, {rows, columns}), out(bytes_, {e.nmat, rows, columns});
    for (std::int64_t k = 0; k < moved.size(); ++k) moved.set(k, d[std::size_t(k)]);
    moved.keep();
    bool is_seen_right = true;
    const mirhydro_view faces = misread(bytes_, moved.view(), is_seen_right);
    const double areas[] = {0, 0, 1e-12, 1e-6, .01, .003};
    const double flush = bytes_.one_in(16) ? bytes_.wild() : areas[bytes_.below(6)];
    const std::int32_t axis = bytes_.one_in(64) ? 2 : along_y ? MIRHYDRO_Y : MIRHYDRO_X;
    const Result both{e.r, e.is_right && (!wants_list || left.is_right), e.nmat, e.ny, e.nx, e.n, e.ghost};
    const bool done = fills(both, out, [&](const mirhydro_view* v) {
      return mirhydro_swept(e.r, axis, &faces, v, flush, wants_list ? left.pointer : nullptr);
    });
    PROMISE(moved.is_untouched());
    if (!done || !is_seen_right || e.ghost > 0) return;
    const double open =
        2 * double(e.nmat) * flush; // what a flush may leave of a face where nothing large closes its sum
    for (std::int64_t k = 0; k < moved.size(); ++k) {
      double sum = 0;
      for (std::int64_t m = 0; m < e.nmat; ++m) {
        const double s = out.get(m * moved.size() + k), u = moved.get(k);
        PROMISE(s == 0 || (s < 0) == (u < 0));
        PROMISE(std::abs(s) <= std::abs(u) + open);
        sum += s;
      }
      PROMISE(std::abs(sum - moved.get(k)) <= 2.3e-16 * double(e.nmat) + open);
    }
  }

  void flushed_list() {
    const auto left = pick<mirhydro_flushed>(flushed);
    std::int64_t size = -1;
    const std::int32_t *cells = nullptr, *material = nullptr;
    const double* share = nullptr;
    if (!fine(left.is_right, [&] { return mirhydro_flushed_get(left.pointer, &size, &cells, &material, &share); })) {
      PROMISE(size == -1 && cells == nullptr && material == nullptr && share == nullptr);
      return;
    }
    for (std::int64_t k = 0; k < size; ++k) {
      PROMISE(cells[2 * k] >= 0 && cells[2 * k + 1] >= 0 && material[k] >= 0);
      PROMISE(share[2 * k] >= 0 && std::abs(share[2 * k] + share[2 * k + 1] - 1) < 1e-15);
    }
  }

  void cells_and_maps() {
    const Result e = result();
    Array<std::int32_t> cells(bytes_, {e.n, 2}), index(bytes_, {e.ny, e.nx}), owner(bytes_, {e.ny, e.nx});
    const bool have = fills(e, cells, [&](const mirhydro_view* v) { return mirhydro_cells(e.r, v); });
    const bool map = fills(e, index, [&](const mirhydro_view* v) { return mirhydro_index(e.r, v); });
    for (std::int64_t k = 0; k < e.n && have; ++k) {
      const std::int32_t j = cells.get(2 * k), i = cells.get(2 * k + 1);
      PROMISE(j >= 0 && j < e.ny && i >= 0 && i < e.nx);
      if (map) PROMISE(index.get(j * e.nx + i) == k);
    }
    if (fills(e, owner, [&](const mirhydro_view* v) { return mirhydro_owner(e.r, v); }))
      for (std::int64_t k = 0; k < owner.size(); ++k)
        PROMISE(owner.get(k) >= -1 && owner.get(k) < e.nmat && (!map || index.get(k) < 0 || owner.get(k) == -1));
  }

  void regions() {
    const Result e = result();
    const std::int64_t s = bytes_.below(4);
    Array<double> centroids(bytes_, {e.n, e.nmat, 2}), parts(bytes_, {e.n, e.nmat, s, s});
    if (fills(e, centroids, [&](const mirhydro_view* v) { return mirhydro_centroids(e.r, v); }))
      for (std::int64_t k = 0; k < centroids.size(); ++k)
        PROMISE(std::isnan(centroids.get(k)) || (centroids.get(k) >= 0 && centroids.get(k) <= 1));
    if (!fills(e, parts, [&](const mirhydro_view* v) { return mirhydro_subcell(e.r, v); })) return;
    for (std::int64_t k = 0; k < e.n * s * s; ++k) {
      double sum = 0;
      for (std::int64_t m = 0; m < e.nmat; ++m) {
        const double part = parts.get((k / (s * s) * e.nmat + m) * s * s + k % (s * s));
        PROMISE(part >= 0 && part <= 1);
        sum += part;
      }
      PROMISE(std::abs(sum - 1) < 1e-13);
    }
  }

  void clip() {
    const Result e = result();
    const std::int64_t n = bytes_.below(4);
    Array<double> points(bytes_, {4 * n, 2}), out(bytes_, {n, e.nmat, 3});
    Array<std::int64_t> offsets(bytes_, {n + 1});
    Array<std::int32_t> cells(bytes_, {n, 2});
    std::vector<double> area;
    const bool are_boxes = bytes_.below(2) == 0;
    for (std::int64_t q = 0; q < n; ++q) {
      const double x0 = bytes_.unit(), x1 = bytes_.unit(), y0 = bytes_.unit(), y1 = bytes_.unit();
      const double box[] = {x0, y0, x1, y0, x1, y1, x0, y1};
      area.push_back(std::abs((x1 - x0) * (y1 - y0)));
      for (std::int64_t k = 0; k < 8; ++k)
        points.set(8 * q + k, are_boxes ? box[k] : bytes_.one_in(64) ? bytes_.wild() : bytes_.unit());
      cells.set(2 * q, bytes_.below(int(e.ny) + 1) - (bytes_.one_in(32) ? 1 : 0));
      cells.set(2 * q + 1, bytes_.below(int(e.nx) + 1));
      for (int k = 0; k < 2; ++k) // mostly in the mesh
        if (!bytes_.one_in(32))
          cells.set(2 * q + k, std::max(0, std::min(cells.get(2 * q + k), int(k == 0 ? e.ny : e.nx) - 1)));
    }
    bool are_whole = true;
    for (std::int64_t q = 0; q <= n; ++q) {
      const bool is_wrong = bytes_.one_in(64);
      are_whole = are_whole && !is_wrong;
      offsets.set(q, is_wrong ? bytes_.below(20) - 3 : 4 * q);
    }
    points.keep(), offsets.keep(), cells.keep();
    const bool done = fills(e, out, [&](const mirhydro_view* v) {
      return mirhydro_clip(e.r, &points.view(), &offsets.view(), &cells.view(), v);
    });
    if (!done) return;
    for (std::int64_t k = 0; k < out.size(); ++k) PROMISE(std::isfinite(out.get(k)));
    for (std::int64_t q = 0; q < n && are_boxes && are_whole; ++q) {
      double sum = 0;
      for (std::int64_t m = 0; m < e.nmat; ++m) sum += out.get((q * e.nmat + m) * 3);
      PROMISE(std::abs(sum - area[std::size_t(q)]) < 1e-13);
    }
  }

  void geometry() {
    const Result e = result();
    const auto inside = [&](const double* points, std::int64_t count) {
      for (std::int64_t k = 0; k < 2 * count; ++k)
        PROMISE(points[k] >= -1e-9 && points[k] <= double(k % 2 == 0 ? e.nx : e.ny) + 1e-9);
    };
    const auto ascend = [](const std::int64_t* offsets, std::int64_t size, std::int64_t end) {
      PROMISE(offsets[0] == 0 && offsets[size] == end);
      for (std::int64_t k = 0; k < size; ++k) PROMISE(offsets[k] < offsets[k + 1]);
    };
    const auto among = [](const std::int32_t* list, std::int64_t size, std::int64_t end) {
      for (std::int64_t k = 0; k < size; ++k) PROMISE(list[k] >= 0 && list[k] < end);
    };
    mirhydro_polygons p;
    mirhydro_segments s;
    mirhydro_contours c;
    if (fine(e.is_right, [&] { return mirhydro_get_polygons(e.r, &p); })) {
      keep(arrays, p.owner);
      inside(p.points, p.points_size), ascend(p.offsets, p.size, p.points_size);
      among(p.cell, p.size, e.n), among(p.material, p.size, e.nmat);
    } else {
      PROMISE(p.owner == nullptr);
    }
    if (fine(e.is_right, [&] { return mirhydro_get_segments(e.r, &s); })) {
      keep(arrays, s.owner);
      inside(s.ends, 2 * s.size);
      among(s.cell, s.size, e.n), among(s.below, s.size, e.nmat), among(s.above, s.size, e.nmat);
      for (std::int64_t k = 0; k < s.size; ++k) {
        PROMISE(s.below[k] != s.above[k] && s.length[k] >= 0 && s.length[k] < 1.5);
        PROMISE(std::abs(std::hypot(s.normal[2 * k], s.normal[2 * k + 1]) - 1) < 1e-12);
      }
    } else {
      PROMISE(s.owner == nullptr);
    }
    if (fine(e.is_right, [&] { return mirhydro_get_contours(e.r, &c); })) {
      keep(arrays, c.owner);
      inside(c.points, c.points_size), ascend(c.offsets, c.size, c.points_size);
      among(c.below, c.size, e.nmat), among(c.above, c.size, e.nmat);
    } else {
      PROMISE(c.owner == nullptr);
    }
  }

  void texts() {
    const auto of = pick<mirhydro_engine>(engine);
    char text[4096];
    std::memset(text, untouched_, sizeof text);
    const int which = bytes_.below(5);
    const std::uint64_t size = bytes_.one_in(2) ? std::uint64_t(bytes_.below(256)) : sizeof text - 1;
    char* const buffer = bytes_.one_in(8) ? nullptr : text;
    std::uint64_t needed = 0;
    const char* const models[] = {"neural", "absent", "", nullptr};
    const char* const model = models[bytes_.one_in(16) ? 0 : 1 + bytes_.below(3)];
    const bool done = fine(which != 4 || of.is_right, [&] {
      switch (which) {
      case 0: return mirhydro_methods(buffer, size, &needed);
      case 1: return mirhydro_models(buffer, size, &needed);
      case 2: return mirhydro_instruction_set(buffer, size, &needed);
      case 3: return mirhydro_describe_model(model, buffer, size, &needed);
      default: return mirhydro_engine_description(of.pointer, buffer, size, &needed);
      }
    });
    const std::uint64_t written = done && buffer != nullptr ? needed : 0;
    PROMISE(written <= size);
    if (written > 0) PROMISE(std::strlen(text) + 1 == written);
    for (std::uint64_t k = written; k < sizeof text; ++k) PROMISE(text[k] == char(untouched_));
  }

  void infer() {
    auto e = pick<mirhydro_engine>(engine);
    if (e.pointer == nullptr) {
      mirhydro_engine_options o;
      PROMISE(fine(true, [&] { return mirhydro_engine_options_init(&o, sizeof o); }));
      if (bytes_.one_in(8)) o.precision = bytes_.below(4) - 1;
      if (bytes_.one_in(8)) o.unused = bytes_.below(2);
      if (bytes_.one_in(8)) o.struct_size = std::uint64_t(bytes_.below(int(sizeof o) + 1));
      mirhydro_engine* made = nullptr;
      const char* const models[] = {"neural", "neural", "absent", nullptr};
      const char* const model = models[bytes_.below(4)];
      if (fine(true, [&] { return mirhydro_engine_create(model, &o, &made); })) keep(engine, made);
      return;
    }
    std::int64_t ranks[2] = {0, 0}, in[1] = {0}, out[1] = {0};
    const std::int64_t room = bytes_.one_in(16) ? -1 : 1;
    if (!fine(e.is_right && room > 0,
              [&] { return mirhydro_engine_shapes(e.pointer, room, &ranks[0], in, &ranks[1], out); }))
      return;
    PROMISE(ranks[0] == 1 && ranks[1] == 1 && in[0] > 0 && out[0] > 0);
    const std::int64_t n = bytes_.below(20);
    Array<float> batch(bytes_, {n, in[0]}), said(bytes_, {n, out[0]});
    const auto some = float(bytes_.unit());
    for (std::int64_t k = 0; k < batch.size(); ++k) batch.set(k, some * float(k % 7));
    if (n > 0 && bytes_.one_in(4))
      batch.set(std::int64_t(bytes_.word() % std::uint64_t(batch.size())), float(bytes_.wild()));
    batch.keep();
    Result as{nullptr, e.is_right};
    fills(as, said, [&](const mirhydro_view* v) { return mirhydro_infer(e.pointer, &batch.view(), v); });
    PROMISE(batch.is_untouched());
  }

  void destroy() {
    if (handles_.empty()) return;
    Handle& h = handles_[std::size_t(bytes_.below(int(std::min<std::size_t>(handles_.size(), 256))))];
    const Kind as = bytes_.one_in(8) ? Kind(bytes_.below(6)) : h.kind;
    const bool is_right = h.lives && as == h.kind;
    PROMISE(fine(is_right, [&] { return destroyed(as, h.pointer); }) == is_right);
    if (is_right) h.lives = false;
  }

  static constexpr unsigned char untouched_ = guarded::untouched;
  Bytes bytes_;
  std::vector<Handle> handles_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  Host(data, size).live();
  return 0;
}
