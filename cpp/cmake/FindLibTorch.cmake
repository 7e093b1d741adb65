# LibTorch, linked by file. TorchConfig.cmake is not used: with a CUDA build of torch it stops the configuration where no
# CUDA toolkit is installed, and we need none.
#   LibTorch_FOUND, LibTorch_VERSION, LibTorch_LIBRARY_DIR, target LibTorch::LibTorch
find_path(LibTorch_INCLUDE_DIR torch/headeronly/version.h PATH_SUFFIXES include torch/include)
find_library(LibTorch_CPU torch_cpu PATH_SUFFIXES lib torch/lib)
find_library(LibTorch_C10 c10 PATH_SUFFIXES lib torch/lib)
find_library(LibTorch_CUDA torch_cuda PATH_SUFFIXES lib torch/lib)
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_CPU LibTorch_C10 LibTorch_CUDA)
if(LibTorch_INCLUDE_DIR)
  file(STRINGS "${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9]+([0-9]+)" "\\1." LibTorch_VERSION "${lines}")
  string(REGEX REPLACE "\\.$" "" LibTorch_VERSION "${LibTorch_VERSION}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_CPU LibTorch_C10 LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION)
if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  cmake_path(GET LibTorch_CPU PARENT_PATH LibTorch_LIBRARY_DIR)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
    "${LibTorch_INCLUDE_DIR}" "${LibTorch_INCLUDE_DIR}/torch/csrc/api/include")
  target_link_libraries(LibTorch::LibTorch INTERFACE "${LibTorch_CPU}" "${LibTorch_C10}")
  if(LibTorch_CUDA) # nothing refers to it, yet it registers the CUDA kernels
    target_link_libraries(LibTorch::LibTorch INTERFACE -Wl,--push-state,--no-as-needed "${LibTorch_CUDA}" -Wl,--pop-state)
  endif()
  target_link_options(LibTorch::LibTorch INTERFACE -Wl,--allow-shlib-undefined)
endif()
