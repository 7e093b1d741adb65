! Shapes and engines. Hosts `use mirhydro`.
module mirhydro_geometry
  use, intrinsic :: iso_c_binding
  use mirhydro_abi
  use mirhydro_views, only: view, c_array, precision_of
  implicit none
  private
  public :: mirhydro_shape, mirhydro_level_set, mirhydro_volume_fractions, mirhydro_overlap, mirhydro_engine, report, &
    fetched

  ! A region of the plane. Give each its value once; it is destroyed with its variable. Not to be assigned.
  type :: mirhydro_shape
    private
    type(c_ptr) :: handle = c_null_ptr
    integer :: code = 0
  contains
    procedure :: circle => shape_circle
    procedure :: ellipse => shape_ellipse
    procedure :: polygon => shape_polygon
    procedure :: half_plane => shape_half_plane
    procedure :: implicit => shape_implicit
    procedure :: complement => shape_complement
    procedure :: union => shape_union
    procedure :: intersection => shape_intersection
    procedure :: difference => shape_difference
    procedure :: failed => shape_failed
    procedure :: destroy => shape_destroy
    final :: shape_final
  end type

  ! A model: cells in, their outputs out.
  type :: mirhydro_engine
    private
    type(c_ptr) :: handle = c_null_ptr
    integer :: code = 0
    integer(c_int64_t), public :: inputs = 0, outputs = 0 ! numbers of one cell
  contains
    procedure :: create => engine_create
    procedure :: infer => engine_infer
    procedure :: description => engine_description
    procedure :: failed => engine_failed
    procedure :: destroy => engine_destroy
    final :: engine_final
  end type

contains

  ! A status to where the host looks for it: ierr, or else the object's own.
  subroutine report(status, ierr, code)
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: ierr
    integer, intent(inout) :: code
    if (present(ierr)) then
      ierr = int(status)
    else
      code = int(status)
    end if
  end subroutine

  ! C's text as Fortran's.
  function fetched(text) result(string)
    type(c_ptr), intent(in) :: text
    character(:), allocatable :: string
    character(kind=c_char), pointer :: chars(:)
    integer :: k
    call c_f_pointer(text, chars, [c_strlen(text)])
    allocate (character(size(chars)) :: string)
    do k = 1, size(chars)
      string(k:k) = chars(k)
    end do
  end function

  ! An object takes a new value only when there is one.
  subroutine replace(shape, handle, status, ierr)
    type(mirhydro_shape), intent(inout) :: shape
    type(c_ptr), intent(in) :: handle
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: ierr
    integer(c_int32_t) :: ignored
    if (status == mirhydro_ok) then
      ignored = c_shape_destroy(shape%handle)
      shape%handle = handle
    end if
    call report(status, ierr, shape%code)
  end subroutine

  subroutine shape_circle(shape, x, y, radius, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    real(c_double), intent(in) :: x, y, radius
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_circle(x, y, radius, made)
    call replace(shape, made, status, ierr)
  end subroutine

  subroutine shape_ellipse(shape, x, y, a, b, angle, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    real(c_double), intent(in) :: x, y, a, b, angle
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_ellipse(x, y, a, b, angle, made)
    call replace(shape, made, status, ierr)
  end subroutine

  subroutine shape_polygon(shape, points, ierr) ! points(2, n)
    class(mirhydro_shape), intent(inout) :: shape
    real(c_double), intent(in), target :: points(:, :)
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_polygon(view(points), made)
    call replace(shape, made, status, ierr)
  end subroutine

  subroutine shape_half_plane(shape, px, py, nx, ny, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    real(c_double), intent(in) :: px, py, nx, ny
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_half_plane(px, py, nx, ny, made)
    call replace(shape, made, status, ierr)
  end subroutine

  ! f is called with `context`, which must live as long as the shape and all that are made of it.
  subroutine shape_implicit(shape, f, context, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    procedure(mirhydro_level_set) :: f
    type(c_ptr), intent(in), optional :: context
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made, given
    integer(c_int32_t) :: status
    made = c_null_ptr
    given = c_null_ptr
    if (present(context)) given = context
    status = c_implicit(c_funloc(f), given, made)
    call replace(shape, made, status, ierr)
  end subroutine

  subroutine shape_complement(shape, a, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    type(mirhydro_shape), intent(in) :: a
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_complement(a%handle, made)
    call replace(shape, made, status, ierr)
  end subroutine

  subroutine shape_union(shape, a, b, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    type(mirhydro_shape), intent(in) :: a, b
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_union(a%handle, b%handle, made)
    call replace(shape, made, status, ierr)
  end subroutine

  subroutine shape_intersection(shape, a, b, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    type(mirhydro_shape), intent(in) :: a, b
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_intersection(a%handle, b%handle, made)
    call replace(shape, made, status, ierr)
  end subroutine

  subroutine shape_difference(shape, a, b, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    type(mirhydro_shape), intent(in) :: a, b
    integer, intent(out), optional :: ierr
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_difference(a%handle, b%handle, made)
    call replace(shape, made, status, ierr)
  end subroutine

  logical function shape_failed(shape)
    class(mirhydro_shape), intent(in) :: shape
    shape_failed = shape%code /= 0
  end function

  subroutine shape_destroy(shape, ierr)
    class(mirhydro_shape), intent(inout) :: shape
    integer, intent(out), optional :: ierr
    call report(c_shape_destroy(shape%handle), ierr, shape%code)
    shape%handle = c_null_ptr
  end subroutine

  impure elemental subroutine shape_final(shape)
    type(mirhydro_shape), intent(inout) :: shape
    integer(c_int32_t) :: ignored
    ignored = c_shape_destroy(shape%handle)
    shape%handle = c_null_ptr
  end subroutine

  ! vf(nx, ny, size(shapes) + 1); extent: x0, x1, y0, y1, the unit square unless given
  subroutine mirhydro_volume_fractions(shapes, vf, extent, ierr)
    type(mirhydro_shape), intent(in) :: shapes(:)
    real(c_double), intent(inout), target :: vf(:, :, :)
    real(c_double), intent(in), optional :: extent(4)
    integer, intent(out) :: ierr
    type(c_ptr) :: handles(size(shapes))
    real(c_double) :: box(4)
    integer :: k
    box = [0, 1, 0, 1]
    if (present(extent)) box = extent
    do k = 1, size(shapes)
      handles(k) = shapes(k)%handle
    end do
    ierr = int(c_volume_fractions(handles, size(shapes, kind=c_int64_t), box, view(vf)))
  end subroutine

  ! points(2, p); polygon q has the points offsets(q) to offsets(q + 1) - 1; areas(q). Copies the offsets.
  subroutine mirhydro_overlap(shape, points, offsets, areas, ierr)
    type(mirhydro_shape), intent(in) :: shape
    real(c_double), intent(in), target :: points(:, :)
    integer(c_int64_t), intent(in) :: offsets(:)
    real(c_double), intent(inout), target :: areas(:)
    integer, intent(out) :: ierr
    integer(c_int64_t), target :: from_0(size(offsets))
    from_0 = offsets - 1
    ierr = int(c_overlap(shape%handle, view(points), view(from_0), view(areas)))
  end subroutine

  ! precision: "float32", "bfloat16" or (torch) "float16"
  subroutine engine_create(this, model, engine, device, precision, threads, trusted, ierr)
    class(mirhydro_engine), intent(inout) :: this
    character(*), intent(in) :: model
    character(*), intent(in), optional :: engine, device, precision
    integer, intent(in), optional :: threads
    logical, intent(in), optional :: trusted
    integer, intent(out), optional :: ierr
    type(c_engine_options) :: options
    character(kind=c_char), allocatable, target :: engine_text(:), device_text(:)
    type(c_ptr) :: made
    integer(c_int64_t) :: input(8), output(8), ranks(2)
    integer(c_int32_t) :: status, ignored
    status = c_engine_options_init(options, int(c_sizeof(options), c_int64_t))
    if (present(engine)) then
      engine_text = c_array(engine)
      options%engine = c_loc(engine_text)
    end if
    if (present(device)) then
      device_text = c_array(device)
      options%device = c_loc(device_text)
    end if
    if (present(precision)) options%precision = precision_of(precision)
    if (present(threads)) options%threads = int(threads, c_int32_t)
    if (present(trusted)) options%trusted = merge(1_c_int32_t, 0_c_int32_t, trusted)
    made = c_null_ptr
    status = c_engine_create(trim(model)//c_null_char, options, made)
    input = 1
    output = 1
    if (status == mirhydro_ok) then
      ignored = c_engine_destroy(this%handle)
      this%handle = made
      status = c_engine_shapes(made, 8_c_int64_t, ranks(1), input, ranks(2), output)
      this%inputs = product(input)
      this%outputs = product(output)
    end if
    call report(status, ierr, this%code)
  end subroutine

  ! batch(inputs, n), out(outputs, n)
  subroutine engine_infer(this, batch, out, ierr)
    class(mirhydro_engine), intent(inout) :: this
    real(c_float), intent(in), target :: batch(:, :)
    real(c_float), intent(inout), target :: out(:, :)
    integer, intent(out), optional :: ierr
    call report(c_infer(this%handle, view(batch), view(out)), ierr, this%code)
  end subroutine

  function engine_description(this) result(text)
    class(mirhydro_engine), intent(in) :: this
    character(:), allocatable :: text
    character(kind=c_char), target :: buffer(1024)
    integer(c_int64_t) :: needed
    buffer = c_null_char
    if (c_engine_description(this%handle, c_loc(buffer), size(buffer, kind=c_int64_t), needed) /= mirhydro_ok) needed = 1
    text = fetched(c_loc(buffer))
  end function

  logical function engine_failed(this)
    class(mirhydro_engine), intent(in) :: this
    engine_failed = this%code /= 0
  end function

  subroutine engine_destroy(this, ierr)
    class(mirhydro_engine), intent(inout) :: this
    integer, intent(out), optional :: ierr
    call report(c_engine_destroy(this%handle), ierr, this%code)
    this%handle = c_null_ptr
  end subroutine

  impure elemental subroutine engine_final(this)
    type(mirhydro_engine), intent(inout) :: this
    integer(c_int32_t) :: ignored
    ignored = c_engine_destroy(this%handle)
    this%handle = c_null_ptr
  end subroutine
end module
