! What a reconstruction knows. Hosts `use mirhydro`.
module mirhydro_results
  use, intrinsic :: iso_c_binding
  use mirhydro_abi
  use mirhydro_views, only: view
  use mirhydro_geometry, only: report
  implicit none
  private
  public :: mirhydro_reconstruction, mirhydro_flushed, mirhydro_stats, mirhydro_polygons, mirhydro_segments, &
    mirhydro_contours

  type :: mirhydro_stats
    integer(c_int64_t) :: mixed = 0, kept = 0, folded = 0, blended = 0, iterations = 0
    real(c_double) :: residual = 0
  end type

  ! Convex polygons: q has the points offsets(q) to offsets(q + 1) - 1.
  type :: mirhydro_polygons
    real(c_double), allocatable :: points(:, :)            ! (2, p)
    integer(c_int64_t), allocatable :: offsets(:)          ! (q + 1)
    integer(c_int32_t), allocatable :: cell(:), material(:) ! (q) row in cells, material
  end type
  type :: mirhydro_segments
    real(c_double), allocatable :: ends(:, :, :)           ! (2, 2, s) x y, first and second end
    real(c_double), allocatable :: normal(:, :), length(:) ! (2, s) out of `below`, (s)
    integer(c_int32_t), allocatable :: below(:), above(:), cell(:)
  end type
  type :: mirhydro_contours
    real(c_double), allocatable :: points(:, :)
    integer(c_int64_t), allocatable :: offsets(:)
    integer(c_int32_t), allocatable :: below(:), above(:)
  end type

  ! What left its cell entirely in swept(). Filled by every call that gets it.
  type :: mirhydro_flushed
    private
    type(c_ptr) :: handle = c_null_ptr
    integer(c_int64_t), public :: size = 0
    integer(c_int32_t), pointer :: cells(:, :) => null(), materials(:) => null()
    real(c_double), pointer :: shares(:, :) => null()
  contains
    procedure :: get => flushed_get
    procedure :: destroy => flushed_destroy
    final :: flushed_final
  end type

  type :: mirhydro_reconstruction
    type(c_ptr) :: handle = c_null_ptr ! for C code of the host
    integer :: code = 0                ! status of the last call without ierr
  contains
    procedure :: size => mixed_cells
    procedure :: stats
    procedure :: cells, index => rows, owner
    procedure :: volumes, centroids, subcell, clip
    procedure :: swept
    procedure :: polygons, segments, contours
    procedure :: failed => reconstruction_failed
    procedure :: destroy => reconstruction_destroy
    final :: reconstruction_final
  end type

contains

  ! Mixed cells reconstructed.
  integer(c_int64_t) function mixed_cells(r)
    class(mirhydro_reconstruction), intent(in) :: r
    integer(c_int64_t) :: nmat, ny, nx
    mixed_cells = 0
    if (.not. c_associated(r%handle)) return
    if (c_extents(r%handle, nmat, ny, nx, mixed_cells) /= mirhydro_ok) mixed_cells = 0
  end function

  function stats(r) result(all)
    class(mirhydro_reconstruction), intent(in) :: r
    type(mirhydro_stats) :: all
    type(c_stats) :: s
    s%struct_size = int(c_sizeof(s), c_int64_t)
    if (c_get_stats(r%handle, s) /= mirhydro_ok) return
    all = mirhydro_stats(s%mixed, s%kept, s%folded, s%blended, s%iterations, s%residual)
  end function

  ! out(2, n): i, j of the mixed cells, in row order
  subroutine cells(r, out, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    integer(c_int32_t), intent(inout), target :: out(:, :)
    integer, intent(out), optional :: ierr
    integer(c_int32_t) :: status, j
    integer :: k
    status = c_cells(r%handle, view(out))
    if (status == mirhydro_ok) then
      do k = 1, size(out, 2)
        j = out(1, k) + 1
        out(1, k) = out(2, k) + 1
        out(2, k) = j
      end do
    end if
    call report(status, ierr, r%code)
  end subroutine

  ! out(nx, ny): row in cells, or 0
  subroutine rows(r, out, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    integer(c_int32_t), intent(inout), target :: out(:, :)
    integer, intent(out), optional :: ierr
    integer(c_int32_t) :: status
    status = c_index(r%handle, view(out))
    if (status == mirhydro_ok) out = out + 1
    call report(status, ierr, r%code)
  end subroutine

  ! out(nx, ny): material of a pure cell, or 0 in a mixed one
  subroutine owner(r, out, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    integer(c_int32_t), intent(inout), target :: out(:, :)
    integer, intent(out), optional :: ierr
    integer(c_int32_t) :: status
    status = c_owner(r%handle, view(out))
    if (status == mirhydro_ok) out = out + 1
    call report(status, ierr, r%code)
  end subroutine

  ! out(nmat, n): area of each region
  subroutine volumes(r, out, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    real(c_double), intent(inout), target :: out(:, :)
    integer, intent(out), optional :: ierr
    call report(c_volumes(r%handle, view(out)), ierr, r%code)
  end subroutine

  ! out(2, nmat, n): centroid x, y of each region in the unit cell; NaN where the material is absent
  subroutine centroids(r, out, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    real(c_double), intent(inout), target :: out(:, :, :)
    integer, intent(out), optional :: ierr
    call report(c_centroids(r%handle, view(out)), ierr, r%code)
  end subroutine

  ! out(s, s, nmat, n): exact fraction of each of the s x s sub-cells
  subroutine subcell(r, out, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    real(c_double), intent(inout), target :: out(:, :, :, :)
    integer, intent(out), optional :: ierr
    call report(c_subcell(r%handle, view(out)), ierr, r%code)
  end subroutine

  ! points(2, p) x, y in the unit cell; polygon q has the points offsets(q) to offsets(q + 1) - 1 and lies in cell
  ! in_cells(:, q) = i, j; out(3, nmat, q): area, integral of x, integral of y. Copies offsets and cells.
  subroutine clip(r, points, offsets, in_cells, out, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    real(c_double), intent(in), target :: points(:, :)
    integer(c_int64_t), intent(in) :: offsets(:)
    integer(c_int32_t), intent(in) :: in_cells(:, :)
    real(c_double), intent(inout), target :: out(:, :, :)
    integer, intent(out), optional :: ierr
    integer(c_int64_t), allocatable, target :: from_0(:)
    integer(c_int32_t), allocatable, target :: turned(:, :)
    integer(c_int32_t) :: status
    integer :: trouble
    allocate (from_0(size(offsets)), turned(size(in_cells, 1), size(in_cells, 2)), stat=trouble)
    status = mirhydro_out_of_memory
    if (trouble == 0) then
      from_0 = offsets - 1
      turned = in_cells(size(in_cells, 1):1:-1, :) - 1
      status = c_clip(r%handle, view(points), view(from_0), view(turned), view(out))
    end if
    call report(status, ierr, r%code)
  end subroutine

  ! Volume of each material that faces displaced along the axis (mirhydro_x, mirhydro_y) sweep out of their donor cells.
  ! displacement(nx + 1, ny) or (nx, ny + 1), donor-cell widths; out(nx + 1, ny, nmat) or (nx, ny + 1, nmat). flush: 0, or
  ! an area below which nothing travels alone; flushed: lists what left entirely. Allocates nothing once warm.
  subroutine swept(r, axis, displacement, out, flush, flushed, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    integer(c_int32_t), intent(in) :: axis
    real(c_double), intent(in), target :: displacement(:, :)
    real(c_double), intent(inout), target :: out(:, :, :)
    real(c_double), intent(in), optional :: flush
    type(mirhydro_flushed), intent(inout), optional :: flushed
    integer, intent(out), optional :: ierr
    real(c_double) :: least
    type(c_ptr) :: list
    integer(c_int32_t) :: status
    least = 0
    if (present(flush)) least = flush
    list = c_null_ptr
    status = mirhydro_ok
    if (present(flushed)) then
      if (.not. c_associated(flushed%handle)) status = c_flushed_create(flushed%handle)
      list = flushed%handle
    end if
    if (status == mirhydro_ok) status = c_swept(r%handle, axis, view(displacement), view(out), least, list)
    if (status == mirhydro_ok .and. present(flushed)) call look(flushed, status)
    call report(status, ierr, r%code)
  end subroutine

  subroutine look(flushed, status)
    type(mirhydro_flushed), intent(inout) :: flushed
    integer(c_int32_t), intent(out) :: status
    type(c_ptr) :: cells_at, materials_at, shares_at
    status = c_flushed_get(flushed%handle, flushed%size, cells_at, materials_at, shares_at)
    if (status /= mirhydro_ok .or. flushed%size == 0) return
    call c_f_pointer(cells_at, flushed%cells, [2_c_int64_t, flushed%size])
    call c_f_pointer(materials_at, flushed%materials, [flushed%size])
    call c_f_pointer(shares_at, flushed%shares, [2_c_int64_t, flushed%size])
  end subroutine

  ! Entry k of 1 .. size: material m left cell (i, j) through its low and its high face; the shares add up to 1.
  subroutine flushed_get(flushed, k, m, i, j, low, high)
    class(mirhydro_flushed), intent(in) :: flushed
    integer(c_int64_t), intent(in) :: k
    integer, intent(out) :: m, i, j
    real(c_double), intent(out), optional :: low, high
    m = int(flushed%materials(k)) + 1
    j = int(flushed%cells(1, k)) + 1
    i = int(flushed%cells(2, k)) + 1
    if (present(low)) low = flushed%shares(1, k)
    if (present(high)) high = flushed%shares(2, k)
  end subroutine

  subroutine flushed_destroy(flushed)
    class(mirhydro_flushed), intent(inout) :: flushed
    integer(c_int32_t) :: ignored
    ignored = c_flushed_destroy(flushed%handle)
    flushed%handle = c_null_ptr
    flushed%size = 0
  end subroutine
  impure elemental subroutine flushed_final(flushed)
    type(mirhydro_flushed), intent(inout) :: flushed
    integer(c_int32_t) :: ignored
    ignored = c_flushed_destroy(flushed%handle)
    flushed%handle = c_null_ptr
  end subroutine

  ! Arrays of the library as the host's own.
  function doubles(at, n) result(copy)
    type(c_ptr), intent(in) :: at
    integer(c_int64_t), intent(in) :: n
    real(c_double), allocatable :: copy(:)
    real(c_double), pointer :: seen(:)
    allocate (copy(n))
    if (n == 0) return
    call c_f_pointer(at, seen, [n])
    copy = seen
  end function
  function numbers(at, n) result(copy) ! from 1
    type(c_ptr), intent(in) :: at
    integer(c_int64_t), intent(in) :: n
    integer(c_int32_t), allocatable :: copy(:)
    integer(c_int32_t), pointer :: seen(:)
    allocate (copy(n))
    if (n == 0) return
    call c_f_pointer(at, seen, [n])
    copy = seen + 1
  end function
  function starts(at, n) result(copy) ! from 1
    type(c_ptr), intent(in) :: at
    integer(c_int64_t), intent(in) :: n
    integer(c_int64_t), allocatable :: copy(:)
    integer(c_int64_t), pointer :: seen(:)
    call c_f_pointer(at, seen, [n])
    copy = seen + 1
  end function

  subroutine polygons(r, all, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    type(mirhydro_polygons), intent(inout) :: all
    integer, intent(out), optional :: ierr
    type(c_polygons) :: c
    integer(c_int32_t) :: status
    status = c_get_polygons(r%handle, c)
    if (status == mirhydro_ok) then
      all%points = reshape(doubles(c%points, 2 * c%points_size), [2_c_int64_t, c%points_size])
      all%offsets = starts(c%offsets, c%size + 1)
      all%cell = numbers(c%cell, c%size)
      all%material = numbers(c%material, c%size)
      status = c_arrays_destroy(c%owner)
    end if
    call report(status, ierr, r%code)
  end subroutine

  subroutine segments(r, all, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    type(mirhydro_segments), intent(inout) :: all
    integer, intent(out), optional :: ierr
    type(c_segments) :: c
    integer(c_int32_t) :: status
    status = c_get_segments(r%handle, c)
    if (status == mirhydro_ok) then
      all%ends = reshape(doubles(c%ends, 4 * c%size), [2_c_int64_t, 2_c_int64_t, c%size])
      all%normal = reshape(doubles(c%normal, 2 * c%size), [2_c_int64_t, c%size])
      all%length = doubles(c%length, c%size)
      all%below = numbers(c%below, c%size)
      all%above = numbers(c%above, c%size)
      all%cell = numbers(c%cell, c%size)
      status = c_arrays_destroy(c%owner)
    end if
    call report(status, ierr, r%code)
  end subroutine

  subroutine contours(r, all, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    type(mirhydro_contours), intent(inout) :: all
    integer, intent(out), optional :: ierr
    type(c_contours) :: c
    integer(c_int32_t) :: status
    status = c_get_contours(r%handle, c)
    if (status == mirhydro_ok) then
      all%points = reshape(doubles(c%points, 2 * c%points_size), [2_c_int64_t, c%points_size])
      all%offsets = starts(c%offsets, c%size + 1)
      all%below = numbers(c%below, c%size)
      all%above = numbers(c%above, c%size)
      status = c_arrays_destroy(c%owner)
    end if
    call report(status, ierr, r%code)
  end subroutine

  logical function reconstruction_failed(r)
    class(mirhydro_reconstruction), intent(in) :: r
    reconstruction_failed = r%code /= 0
  end function

  subroutine reconstruction_destroy(r, ierr)
    class(mirhydro_reconstruction), intent(inout) :: r
    integer, intent(out), optional :: ierr
    call report(c_reconstruction_destroy(r%handle), ierr, r%code)
    r%handle = c_null_ptr
  end subroutine

  impure elemental subroutine reconstruction_final(r)
    type(mirhydro_reconstruction), intent(inout) :: r
    integer(c_int32_t) :: ignored
    ignored = c_reconstruction_destroy(r%handle)
    r%handle = c_null_ptr
  end subroutine
end module
