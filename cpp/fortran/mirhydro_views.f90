! Fortran arrays as the library sees them: the host's own memory, axes reversed, strides taken from the addresses of
! neighbouring elements, so that sections are used in place. For the module mirhydro only.
module mirhydro_views
  use, intrinsic :: iso_c_binding
  use mirhydro_abi, only: c_view
  implicit none
  private
  public :: view, c_array, precision_of

  integer(c_int32_t), parameter :: float64 = 1, float32 = 2, int32 = 3, int64 = 4, bool = 5
  integer(c_int32_t), parameter :: uneven = -1 ! MIRHYDRO_UNEVEN: the library refuses it

  interface view
    module procedure double_1, double_2, double_3, double_4, single_2, single_3, int32_2, int64_1, logical_2
  end interface

contains

  ! Extents in C's order; strides are set by along().
  function started(dtype, extents) result(v)
    integer(c_int32_t), intent(in) :: dtype
    integer(c_int64_t), intent(in) :: extents(:)
    type(c_view) :: v
    v%dtype = dtype
    v%rank = int(size(extents), c_int32_t)
    v%extent(:size(extents)) = extents(size(extents):1:-1)
  end function

  ! The stride of Fortran's axis: the distance of the element `next` from the first, of `bytes` each.
  subroutine along(v, axis, next, bytes)
    type(c_view), intent(inout) :: v
    integer, intent(in) :: axis
    type(c_ptr), intent(in) :: next
    integer(c_intptr_t), intent(in) :: bytes
    integer(c_intptr_t) :: distance
    distance = transfer(next, 0_c_intptr_t) - transfer(v%data, 0_c_intptr_t)
    v%stride(v%rank + 1 - axis) = distance / bytes
    if (mod(distance, bytes) /= 0) v%dtype = uneven
  end subroutine

  function double_1(a) result(v)
    real(c_double), intent(in), target :: a(:)
    type(c_view) :: v
    v = started(float64, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2)), 8_c_intptr_t)
  end function

  function double_2(a) result(v)
    real(c_double), intent(in), target :: a(:, :)
    type(c_view) :: v
    v = started(float64, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1, 1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2, 1)), 8_c_intptr_t)
    if (size(a, 2) > 1) call along(v, 2, c_loc(a(1, 2)), 8_c_intptr_t)
  end function

  function double_3(a) result(v)
    real(c_double), intent(in), target :: a(:, :, :)
    type(c_view) :: v
    v = started(float64, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1, 1, 1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2, 1, 1)), 8_c_intptr_t)
    if (size(a, 2) > 1) call along(v, 2, c_loc(a(1, 2, 1)), 8_c_intptr_t)
    if (size(a, 3) > 1) call along(v, 3, c_loc(a(1, 1, 2)), 8_c_intptr_t)
  end function

  function double_4(a) result(v)
    real(c_double), intent(in), target :: a(:, :, :, :)
    type(c_view) :: v
    v = started(float64, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1, 1, 1, 1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2, 1, 1, 1)), 8_c_intptr_t)
    if (size(a, 2) > 1) call along(v, 2, c_loc(a(1, 2, 1, 1)), 8_c_intptr_t)
    if (size(a, 3) > 1) call along(v, 3, c_loc(a(1, 1, 2, 1)), 8_c_intptr_t)
    if (size(a, 4) > 1) call along(v, 4, c_loc(a(1, 1, 1, 2)), 8_c_intptr_t)
  end function

  function single_2(a) result(v)
    real(c_float), intent(in), target :: a(:, :)
    type(c_view) :: v
    v = started(float32, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1, 1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2, 1)), 4_c_intptr_t)
    if (size(a, 2) > 1) call along(v, 2, c_loc(a(1, 2)), 4_c_intptr_t)
  end function

  function single_3(a) result(v)
    real(c_float), intent(in), target :: a(:, :, :)
    type(c_view) :: v
    v = started(float32, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1, 1, 1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2, 1, 1)), 4_c_intptr_t)
    if (size(a, 2) > 1) call along(v, 2, c_loc(a(1, 2, 1)), 4_c_intptr_t)
    if (size(a, 3) > 1) call along(v, 3, c_loc(a(1, 1, 2)), 4_c_intptr_t)
  end function

  function int32_2(a) result(v)
    integer(c_int32_t), intent(in), target :: a(:, :)
    type(c_view) :: v
    v = started(int32, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1, 1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2, 1)), 4_c_intptr_t)
    if (size(a, 2) > 1) call along(v, 2, c_loc(a(1, 2)), 4_c_intptr_t)
  end function

  function int64_1(a) result(v)
    integer(c_int64_t), intent(in), target :: a(:)
    type(c_view) :: v
    v = started(int64, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2)), 8_c_intptr_t)
  end function

  function logical_2(a) result(v)
    logical(c_bool), intent(in), target :: a(:, :)
    type(c_view) :: v
    v = started(bool, shape(a, c_int64_t))
    if (size(a) == 0) return
    v%data = c_loc(a(1, 1))
    if (size(a, 1) > 1) call along(v, 1, c_loc(a(2, 1)), 1_c_intptr_t)
    if (size(a, 2) > 1) call along(v, 2, c_loc(a(1, 2)), 1_c_intptr_t)
  end function

  ! A text as C keeps it, without the blanks at its end.
  function c_array(text) result(chars)
    character(*), intent(in) :: text
    character(kind=c_char), allocatable :: chars(:)
    integer :: k
    allocate (chars(len_trim(text) + 1))
    do k = 1, len_trim(text)
      chars(k) = text(k:k)
    end do
    chars(len_trim(text) + 1) = c_null_char
  end function

  ! The number that C knows a precision by; another name gives one that the library refuses.
  function precision_of(name) result(number)
    character(*), intent(in) :: name
    integer(c_int32_t) :: number
    number = -1
    if (name == "float32") number = 0
    if (name == "bfloat16") number = 1
    if (name == "float16") number = 2
  end function
end module
