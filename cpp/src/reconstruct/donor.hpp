#pragma once
#include <cstddef>
#include <vector>

#include "reconstruct/regions.hpp"

namespace mirhydro::reconstruct {

/// What the materials of one mixed cell send through its two faces along an axis.
struct Outflow {
  std::vector<int> material;
  std::vector<double> vf, low, high;
  std::vector<bool> gone; ///< left entirely (flush)

  std::size_t size() const { return material.size(); }
  void reset(const Regions& regions, std::size_t row) {
    material.clear(), vf.clear();
    regions.materials(row, [&](int m, double f) {
      material.push_back(m);
      vf.push_back(f);
    });
    low.assign(size(), 0), high.assign(size(), 0), gone.assign(size(), false);
  }
};

/// Volumes that a cell of three or more materials sends through its low and high face along x (or y), by parallel lines
/// in closed form, by level sets, else by clipping. The largest closes each sum.
void skin_outflow(const Regions& regions, std::size_t row, bool along_y, double low, double high, Outflow& out);

/// Areas of regions become those of the materials: what each point of a region that holds too much gives to the others.
void share_areas(const Regions& regions, const Skin& skin, std::vector<double>& area);

/// Divides `whole` in the proportion of low and high, which add up to `both`: the smaller part is a product, the larger
/// closes the sum, so that a mirrored cell divides alike.
void divide(double whole, double both, double& low, double& high);

/// Clean fluxes, never states: volumes below eps become 0; what would leave less than eps behind leaves entirely, in
/// the proportion of its two volumes; the largest volume of a face, if it is well above eps, closes the sum.
void flush(double low, double high, double eps, Outflow& out);

} // namespace mirhydro::reconstruct
