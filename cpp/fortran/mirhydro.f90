! mirhydro for Fortran 2008: interfaces of materials inside the cells of a mesh, from volume fractions.
!
! Arrays are the C ones with their axes reversed, in place: vf(nx, ny, nmat), sections too. Cells, rows and materials
! count from 1, and a cell is (i, j). Coordinates in index space: cell (i, j) is [i-1, i] x [j-1, j]. Texts of refusals
! count from 0, in C's order: vf[m, j, i].
! Nothing stops the host: with ierr= a call gives its status (0: done); without, object%failed() tells, and
! mirhydro_message() says what was refused last in this thread. Objects are destroyed with their variables; do not assign
! one to another.
module mirhydro
  use, intrinsic :: iso_c_binding
  use mirhydro_abi
  use mirhydro_views, only: view, c_array, precision_of
  use mirhydro_geometry
  use mirhydro_results
  implicit none
  private
  public :: mirhydro_reconstructor, mirhydro_reconstruction, mirhydro_flushed, mirhydro_stats, mirhydro_polygons, &
    mirhydro_segments, mirhydro_contours, mirhydro_shape, mirhydro_level_set, mirhydro_engine
  public :: mirhydro_volume_fractions, mirhydro_overlap, mirhydro_message, mirhydro_methods, mirhydro_models, &
    mirhydro_instruction_set, mirhydro_version
  public :: mirhydro_ok, mirhydro_bad_argument, mirhydro_out_of_memory, mirhydro_internal, mirhydro_x, mirhydro_y, &
    mirhydro_mirror, mirhydro_periodic, mirhydro_replicate

  ! Plan once, call every time step. One may serve many threads, each with a reconstruction of its own.
  type :: mirhydro_reconstructor
    private
    type(c_ptr) :: handle = c_null_ptr
    integer :: code = 0
  contains
    procedure :: create => reconstructor_create
    procedure :: ghost_layers
    procedure, private :: reconstruct_double_3, reconstruct_single_3, reconstruct_double_2, reconstruct_single_2
    generic :: reconstruct => reconstruct_double_3, reconstruct_single_3, reconstruct_double_2, reconstruct_single_2
    procedure :: failed => reconstructor_failed
    procedure :: destroy => reconstructor_destroy
    final :: reconstructor_final
  end type

contains

  function mirhydro_message() result(text)
    character(:), allocatable :: text
    text = fetched(c_last_error())
  end function
  function mirhydro_version() result(text)
    character(:), allocatable :: text
    text = fetched(c_version())
  end function

  ! One name a line.
  function mirhydro_methods() result(text)
    character(:), allocatable :: text
    character(kind=c_char), target :: buffer(65536)
    integer(c_int64_t) :: needed
    buffer(1) = c_null_char
    if (c_methods(c_loc(buffer), size(buffer, kind=c_int64_t), needed) /= mirhydro_ok) buffer(1) = c_null_char
    text = fetched(c_loc(buffer))
  end function
  function mirhydro_models() result(text)
    character(:), allocatable :: text
    character(kind=c_char), target :: buffer(65536)
    integer(c_int64_t) :: needed
    buffer(1) = c_null_char
    if (c_models(c_loc(buffer), size(buffer, kind=c_int64_t), needed) /= mirhydro_ok) buffer(1) = c_null_char
    text = fetched(c_loc(buffer))
  end function
  function mirhydro_instruction_set() result(text)
    character(:), allocatable :: text
    character(kind=c_char), target :: buffer(64)
    integer(c_int64_t) :: needed
    buffer(1) = c_null_char
    if (c_instruction_set(c_loc(buffer), size(buffer, kind=c_int64_t), needed) /= mirhydro_ok) buffer(1) = c_null_char
    text = fetched(c_loc(buffer))
  end function

  ! boundary: x low, x high, y low, y high; order: materials of an onion skin; precision: "float32" or "bfloat16"
  subroutine reconstructor_create(this, method, model, engine, device, threads, precision, eps, spacing_x, spacing_y, &
      ghost, boundary, order, nodes, share_nodes, trusted, ierr)
    class(mirhydro_reconstructor), intent(inout) :: this
    character(*), intent(in) :: method
    character(*), intent(in), optional :: model, engine, device, precision
    integer, intent(in), optional :: threads, ghost, boundary(4), order(:), nodes
    real(c_double), intent(in), optional :: eps, spacing_x(:), spacing_y(:)
    logical, intent(in), optional :: share_nodes, trusted
    integer, intent(out), optional :: ierr
    type(c_options) :: options
    character(kind=c_char), allocatable, target :: model_text(:), engine_text(:), device_text(:)
    real(c_double), allocatable, target :: widths_x(:), widths_y(:)
    integer(c_int32_t), allocatable, target :: skins(:)
    type(c_ptr) :: made
    integer(c_int32_t) :: status, ignored
    status = c_options_init(options, int(c_sizeof(options), c_int64_t))
    if (present(model)) then
      model_text = c_array(model)
      options%model = c_loc(model_text)
    end if
    if (present(engine)) then
      engine_text = c_array(engine)
      options%engine = c_loc(engine_text)
    end if
    if (present(device)) then
      device_text = c_array(device)
      options%device = c_loc(device_text)
    end if
    if (present(spacing_x)) then
      widths_x = spacing_x
      options%spacing_x = c_loc(widths_x)
      options%spacing_x_size = size(widths_x, kind=c_int64_t)
    end if
    if (present(spacing_y)) then
      widths_y = spacing_y
      options%spacing_y = c_loc(widths_y)
      options%spacing_y_size = size(widths_y, kind=c_int64_t)
    end if
    if (present(order)) then
      skins = int(order, c_int32_t) - 1
      options%order = c_loc(skins)
      options%order_size = size(skins, kind=c_int64_t)
    end if
    if (present(eps)) options%eps = eps
    if (present(threads)) options%threads = int(threads, c_int32_t)
    if (present(ghost)) options%ghost = int(ghost, c_int32_t)
    if (present(boundary)) options%boundary = int(boundary, c_int32_t)
    if (present(nodes)) options%nodes = int(nodes, c_int32_t)
    if (present(share_nodes)) options%share_nodes = merge(1_c_int32_t, 0_c_int32_t, share_nodes)
    if (present(precision)) options%precision = precision_of(precision)
    if (present(trusted)) options%trusted = merge(1_c_int32_t, 0_c_int32_t, trusted)
    made = c_null_ptr
    status = c_reconstructor_create(trim(method)//c_null_char, options, made)
    if (status == mirhydro_ok) then
      ignored = c_reconstructor_destroy(this%handle)
      this%handle = made
    end if
    call report(status, ierr, this%code)
  end subroutine

  ! Layers of ghost cells that give a rank the bits of the whole mesh; -1 where nothing was created.
  integer function ghost_layers(this)
    class(mirhydro_reconstructor), intent(in) :: this
    integer(c_int32_t) :: layers
    layers = -1
    if (c_ghost_layers(this%handle, layers) /= mirhydro_ok) layers = -1
    ghost_layers = int(layers)
  end function

  ! The four reconstruct() differ in the view of vf alone.
  subroutine reconstruct(this, vf, r, where, centroids, ierr)
    class(mirhydro_reconstructor), intent(in) :: this
    type(c_view), intent(in) :: vf
    type(mirhydro_reconstruction), intent(inout) :: r
    logical(c_bool), intent(in), optional, target :: where(:, :)
    real(c_double), intent(in), optional, target :: centroids(:, :, :, :)
    integer, intent(out), optional :: ierr
    type(c_view), target :: where_view, centroids_view
    type(c_ptr) :: where_at, centroids_at
    integer(c_int32_t) :: status
    where_at = c_null_ptr
    centroids_at = c_null_ptr
    if (present(where)) then
      where_view = view(where)
      where_at = c_loc(where_view)
    end if
    if (present(centroids)) then
      centroids_view = view(centroids)
      centroids_at = c_loc(centroids_view)
    end if
    status = mirhydro_ok
    if (.not. c_associated(r%handle)) status = c_reconstruction_create(r%handle)
    if (status == mirhydro_ok) status = c_reconstruct(this%handle, vf, where_at, centroids_at, r%handle)
    call report(status, ierr, r%code)
  end subroutine

  ! vf(nx, ny, nmat); where(nx, ny): cells to reconstruct; centroids(2, nx, ny, nmat): for mof. A refusal leaves r as it
  ! was. Without ierr, r%failed() tells.
  subroutine reconstruct_double_3(this, vf, r, where, centroids, ierr)
    class(mirhydro_reconstructor), intent(in) :: this
    real(c_double), intent(in), target :: vf(:, :, :)
    type(mirhydro_reconstruction), intent(inout) :: r
    logical(c_bool), intent(in), optional, target :: where(:, :)
    real(c_double), intent(in), optional, target :: centroids(:, :, :, :)
    integer, intent(out), optional :: ierr
    call reconstruct(this, view(vf), r, where, centroids, ierr)
  end subroutine
  subroutine reconstruct_single_3(this, vf, r, where, centroids, ierr)
    class(mirhydro_reconstructor), intent(in) :: this
    real(c_float), intent(in), target :: vf(:, :, :)
    type(mirhydro_reconstruction), intent(inout) :: r
    logical(c_bool), intent(in), optional, target :: where(:, :)
    real(c_double), intent(in), optional, target :: centroids(:, :, :, :)
    integer, intent(out), optional :: ierr
    call reconstruct(this, view(vf), r, where, centroids, ierr)
  end subroutine
  ! vf(nx, ny): one material; the rest of each cell is material 2
  subroutine reconstruct_double_2(this, vf, r, where, centroids, ierr)
    class(mirhydro_reconstructor), intent(in) :: this
    real(c_double), intent(in), target :: vf(:, :)
    type(mirhydro_reconstruction), intent(inout) :: r
    logical(c_bool), intent(in), optional, target :: where(:, :)
    real(c_double), intent(in), optional, target :: centroids(:, :, :, :)
    integer, intent(out), optional :: ierr
    call reconstruct(this, view(vf), r, where, centroids, ierr)
  end subroutine
  subroutine reconstruct_single_2(this, vf, r, where, centroids, ierr)
    class(mirhydro_reconstructor), intent(in) :: this
    real(c_float), intent(in), target :: vf(:, :)
    type(mirhydro_reconstruction), intent(inout) :: r
    logical(c_bool), intent(in), optional, target :: where(:, :)
    real(c_double), intent(in), optional, target :: centroids(:, :, :, :)
    integer, intent(out), optional :: ierr
    call reconstruct(this, view(vf), r, where, centroids, ierr)
  end subroutine

  logical function reconstructor_failed(this)
    class(mirhydro_reconstructor), intent(in) :: this
    reconstructor_failed = this%code /= 0
  end function

  subroutine reconstructor_destroy(this, ierr)
    class(mirhydro_reconstructor), intent(inout) :: this
    integer, intent(out), optional :: ierr
    call report(c_reconstructor_destroy(this%handle), ierr, this%code)
    this%handle = c_null_ptr
  end subroutine

  impure elemental subroutine reconstructor_final(this)
    type(mirhydro_reconstructor), intent(inout) :: this
    integer(c_int32_t) :: ignored
    ignored = c_reconstructor_destroy(this%handle)
    this%handle = c_null_ptr
  end subroutine

end module
