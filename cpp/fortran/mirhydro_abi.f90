! The C functions of mirhydro.h, as Fortran sees them. For the module mirhydro only.
module mirhydro_abi
  use, intrinsic :: iso_c_binding
  implicit none
  public

  integer(c_int32_t), parameter :: mirhydro_ok = 0, mirhydro_bad_argument = 1, mirhydro_out_of_memory = 2, &
    mirhydro_internal = 3
  integer(c_int32_t), parameter :: mirhydro_x = 0, mirhydro_y = 1
  integer(c_int32_t), parameter :: mirhydro_mirror = 0, mirhydro_periodic = 1, mirhydro_replicate = 2

  type, bind(c) :: c_view
    type(c_ptr) :: data = c_null_ptr
    integer(c_int32_t) :: dtype = 0, rank = 0
    integer(c_int64_t) :: extent(4) = 1, stride(4) = 1
  end type

  type, bind(c) :: c_options
    integer(c_int64_t) :: struct_size = 0
    real(c_double) :: eps = 0
    type(c_ptr) :: spacing_x = c_null_ptr, spacing_y = c_null_ptr, order = c_null_ptr
    type(c_ptr) :: model = c_null_ptr, engine = c_null_ptr, device = c_null_ptr
    integer(c_int64_t) :: spacing_x_size = 0, spacing_y_size = 0, order_size = 0
    integer(c_int32_t) :: threads = 0, ghost = 0, boundary(4) = 0, nodes = 0, share_nodes = 0, precision = 0, trusted = 0
  end type

  type, bind(c) :: c_engine_options
    integer(c_int64_t) :: struct_size = 0
    type(c_ptr) :: engine = c_null_ptr, device = c_null_ptr
    integer(c_int32_t) :: precision = 0, threads = 0, trusted = 0, unused = 0
  end type

  type, bind(c) :: c_stats
    integer(c_int64_t) :: struct_size = 0, mixed = 0, kept = 0, folded = 0, blended = 0
    real(c_double) :: residual = 0
    integer(c_int64_t) :: iterations = 0
  end type

  type, bind(c) :: c_polygons
    type(c_ptr) :: owner = c_null_ptr
    integer(c_int64_t) :: size = 0, points_size = 0
    type(c_ptr) :: points = c_null_ptr, offsets = c_null_ptr, cell = c_null_ptr, material = c_null_ptr
  end type

  type, bind(c) :: c_segments
    type(c_ptr) :: owner = c_null_ptr
    integer(c_int64_t) :: size = 0
    type(c_ptr) :: ends = c_null_ptr, normal = c_null_ptr, length = c_null_ptr, below = c_null_ptr, above = c_null_ptr, &
      cell = c_null_ptr
  end type

  type, bind(c) :: c_contours
    type(c_ptr) :: owner = c_null_ptr
    integer(c_int64_t) :: size = 0, points_size = 0
    type(c_ptr) :: points = c_null_ptr, offsets = c_null_ptr, below = c_null_ptr, above = c_null_ptr
  end type

  abstract interface
    ! n values of a level set, negative inside; 0, or anything else to give up
    function mirhydro_level_set(x, y, values, n, context) bind(c) result(code)
      import :: c_double, c_size_t, c_ptr, c_int
      integer(c_size_t), value :: n
      real(c_double), intent(in) :: x(n), y(n)
      real(c_double), intent(out) :: values(n)
      type(c_ptr), value :: context
      integer(c_int) :: code
    end function
  end interface

  interface
    function c_last_error() bind(c, name="mirhydro_last_error") result(text)
      import :: c_ptr
      type(c_ptr) :: text
    end function
    function c_version() bind(c, name="mirhydro_version") result(text)
      import :: c_ptr
      type(c_ptr) :: text
    end function
    function c_strlen(text) bind(c, name="strlen") result(length)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
      integer(c_size_t) :: length
    end function

    function c_methods(buffer, size, needed) bind(c, name="mirhydro_methods") result(status)
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: buffer
      integer(c_int64_t), value :: size
      integer(c_int64_t), intent(out) :: needed
      integer(c_int32_t) :: status
    end function
    function c_models(buffer, size, needed) bind(c, name="mirhydro_models") result(status)
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: buffer
      integer(c_int64_t), value :: size
      integer(c_int64_t), intent(out) :: needed
      integer(c_int32_t) :: status
    end function
    function c_instruction_set(buffer, size, needed) bind(c, name="mirhydro_instruction_set") result(status)
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: buffer
      integer(c_int64_t), value :: size
      integer(c_int64_t), intent(out) :: needed
      integer(c_int32_t) :: status
    end function

    function c_options_init(options, struct_size) bind(c, name="mirhydro_options_init") result(status)
      import :: c_options, c_int32_t, c_int64_t
      type(c_options), intent(inout) :: options
      integer(c_int64_t), value :: struct_size
      integer(c_int32_t) :: status
    end function
    function c_reconstructor_create(method, options, handle) bind(c, name="mirhydro_reconstructor_create") result(status)
      import :: c_char, c_options, c_ptr, c_int32_t
      character(kind=c_char), intent(in) :: method(*)
      type(c_options), intent(in) :: options
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_reconstructor_destroy(handle) bind(c, name="mirhydro_reconstructor_destroy") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: handle
      integer(c_int32_t) :: status
    end function
    function c_ghost_layers(handle, layers) bind(c, name="mirhydro_ghost_layers") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: handle
      integer(c_int32_t), intent(inout) :: layers
      integer(c_int32_t) :: status
    end function
    function c_reconstruct(handle, vf, where, centroids, r) bind(c, name="mirhydro_reconstruct") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: handle, where, centroids, r
      type(c_view), intent(in) :: vf
      integer(c_int32_t) :: status
    end function

    function c_reconstruction_create(handle) bind(c, name="mirhydro_reconstruction_create") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_reconstruction_destroy(handle) bind(c, name="mirhydro_reconstruction_destroy") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: handle
      integer(c_int32_t) :: status
    end function
    function c_extents(r, nmat, ny, nx, size) bind(c, name="mirhydro_extents") result(status)
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: r
      integer(c_int64_t), intent(inout) :: nmat, ny, nx, size
      integer(c_int32_t) :: status
    end function
    function c_get_stats(r, stats) bind(c, name="mirhydro_get_stats") result(status)
      import :: c_ptr, c_int32_t, c_stats
      type(c_ptr), value :: r
      type(c_stats), intent(inout) :: stats
      integer(c_int32_t) :: status
    end function
    function c_cells(r, view) bind(c, name="mirhydro_cells") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: r
      type(c_view), intent(in) :: view
      integer(c_int32_t) :: status
    end function
    function c_index(r, view) bind(c, name="mirhydro_index") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: r
      type(c_view), intent(in) :: view
      integer(c_int32_t) :: status
    end function
    function c_owner(r, view) bind(c, name="mirhydro_owner") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: r
      type(c_view), intent(in) :: view
      integer(c_int32_t) :: status
    end function
    function c_volumes(r, view) bind(c, name="mirhydro_volumes") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: r
      type(c_view), intent(in) :: view
      integer(c_int32_t) :: status
    end function
    function c_centroids(r, view) bind(c, name="mirhydro_centroids") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: r
      type(c_view), intent(in) :: view
      integer(c_int32_t) :: status
    end function
    function c_subcell(r, view) bind(c, name="mirhydro_subcell") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: r
      type(c_view), intent(in) :: view
      integer(c_int32_t) :: status
    end function
    function c_clip(r, points, offsets, cells, view) bind(c, name="mirhydro_clip") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: r
      type(c_view), intent(in) :: points, offsets, cells, view
      integer(c_int32_t) :: status
    end function
    function c_flushed_create(handle) bind(c, name="mirhydro_flushed_create") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_flushed_destroy(handle) bind(c, name="mirhydro_flushed_destroy") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: handle
      integer(c_int32_t) :: status
    end function
    function c_flushed_get(handle, size, cells, material, share) bind(c, name="mirhydro_flushed_get") result(status)
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: handle
      integer(c_int64_t), intent(inout) :: size
      type(c_ptr), intent(inout) :: cells, material, share
      integer(c_int32_t) :: status
    end function
    function c_swept(r, axis, displacement, view, flush, flushed) bind(c, name="mirhydro_swept") result(status)
      import :: c_ptr, c_view, c_int32_t, c_double
      type(c_ptr), value :: r, flushed
      integer(c_int32_t), value :: axis
      type(c_view), intent(in) :: displacement, view
      real(c_double), value :: flush
      integer(c_int32_t) :: status
    end function
    function c_arrays_destroy(owner) bind(c, name="mirhydro_arrays_destroy") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: owner
      integer(c_int32_t) :: status
    end function
    function c_get_polygons(r, all) bind(c, name="mirhydro_get_polygons") result(status)
      import :: c_ptr, c_polygons, c_int32_t
      type(c_ptr), value :: r
      type(c_polygons), intent(inout) :: all
      integer(c_int32_t) :: status
    end function
    function c_get_segments(r, all) bind(c, name="mirhydro_get_segments") result(status)
      import :: c_ptr, c_segments, c_int32_t
      type(c_ptr), value :: r
      type(c_segments), intent(inout) :: all
      integer(c_int32_t) :: status
    end function
    function c_get_contours(r, all) bind(c, name="mirhydro_get_contours") result(status)
      import :: c_ptr, c_contours, c_int32_t
      type(c_ptr), value :: r
      type(c_contours), intent(inout) :: all
      integer(c_int32_t) :: status
    end function

    function c_engine_options_init(options, struct_size) bind(c, name="mirhydro_engine_options_init") result(status)
      import :: c_engine_options, c_int32_t, c_int64_t
      type(c_engine_options), intent(inout) :: options
      integer(c_int64_t), value :: struct_size
      integer(c_int32_t) :: status
    end function
    function c_engine_create(model, options, handle) bind(c, name="mirhydro_engine_create") result(status)
      import :: c_char, c_engine_options, c_ptr, c_int32_t
      character(kind=c_char), intent(in) :: model(*)
      type(c_engine_options), intent(in) :: options
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_engine_destroy(handle) bind(c, name="mirhydro_engine_destroy") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: handle
      integer(c_int32_t) :: status
    end function
    function c_engine_shapes(handle, room, input_rank, input, output_rank, output) &
        bind(c, name="mirhydro_engine_shapes") result(status)
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: handle
      integer(c_int64_t), value :: room
      integer(c_int64_t), intent(inout) :: input_rank, input(*), output_rank, output(*)
      integer(c_int32_t) :: status
    end function
    function c_engine_description(handle, buffer, size, needed) bind(c, name="mirhydro_engine_description") result(status)
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: handle, buffer
      integer(c_int64_t), value :: size
      integer(c_int64_t), intent(out) :: needed
      integer(c_int32_t) :: status
    end function
    function c_infer(handle, batch, view) bind(c, name="mirhydro_infer") result(status)
      import :: c_ptr, c_view, c_int32_t
      type(c_ptr), value :: handle
      type(c_view), intent(in) :: batch, view
      integer(c_int32_t) :: status
    end function

    function c_circle(x, y, radius, handle) bind(c, name="mirhydro_circle") result(status)
      import :: c_ptr, c_int32_t, c_double
      real(c_double), value :: x, y, radius
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_ellipse(x, y, a, b, angle, handle) bind(c, name="mirhydro_ellipse") result(status)
      import :: c_ptr, c_int32_t, c_double
      real(c_double), value :: x, y, a, b, angle
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_polygon(points, handle) bind(c, name="mirhydro_polygon") result(status)
      import :: c_ptr, c_int32_t, c_view
      type(c_view), intent(in) :: points
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_half_plane(px, py, nx, ny, handle) bind(c, name="mirhydro_half_plane") result(status)
      import :: c_ptr, c_int32_t, c_double
      real(c_double), value :: px, py, nx, ny
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_implicit(f, context, handle) bind(c, name="mirhydro_implicit") result(status)
      import :: c_funptr, c_ptr, c_int32_t
      type(c_funptr), value :: f
      type(c_ptr), value :: context
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_complement(a, handle) bind(c, name="mirhydro_complement") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: a
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_union(a, b, handle) bind(c, name="mirhydro_union") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: a, b
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_intersection(a, b, handle) bind(c, name="mirhydro_intersection") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: a, b
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_difference(a, b, handle) bind(c, name="mirhydro_difference") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: a, b
      type(c_ptr), intent(inout) :: handle
      integer(c_int32_t) :: status
    end function
    function c_shape_destroy(handle) bind(c, name="mirhydro_shape_destroy") result(status)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: handle
      integer(c_int32_t) :: status
    end function
    function c_volume_fractions(shapes, count, extent, view) bind(c, name="mirhydro_volume_fractions") result(status)
      import :: c_ptr, c_int32_t, c_int64_t, c_double, c_view
      type(c_ptr), intent(in) :: shapes(*)
      integer(c_int64_t), value :: count
      real(c_double), intent(in) :: extent(4)
      type(c_view), intent(in) :: view
      integer(c_int32_t) :: status
    end function
    function c_overlap(shape, points, offsets, view) bind(c, name="mirhydro_overlap") result(status)
      import :: c_ptr, c_int32_t, c_view
      type(c_ptr), value :: shape
      type(c_view), intent(in) :: points, offsets, view
      integer(c_int32_t) :: status
    end function
  end interface
end module
