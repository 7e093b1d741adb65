! Three materials in the single vortex that winds them up and back: a whole host code in Fortran 2008.
!   advection METHOD [N [MODEL [STEPS [FILE]]]]    MODEL -: the method's own; STEPS 0: the whole period
! The same arithmetic, in the same order, as ../cpp/advection.cpp, where it is explained.
module vortex
  use, intrinsic :: iso_fortran_env, only: real64, int64, error_unit
  use mirhydro
  implicit none
  integer, parameter :: nmat = 3
  real(real64), parameter :: pi = 3.14159265358979323846_real64, period = 2, cfl = .5_real64, flush = 1e-10_real64

  type :: host
    integer :: n
    real(real64) :: h
    real(real64), allocatable :: vf(:, :, :), fills(:, :, :)
    real(real64), allocatable :: speed_x(:, :), speed_y(:, :), displacement_x(:, :), displacement_y(:, :)
    real(real64), allocatable :: swept_x(:, :, :), swept_y(:, :, :)
    type(mirhydro_reconstructor) :: rec
    type(mirhydro_reconstruction) :: r
    type(mirhydro_flushed) :: flushed
  end type

  interface ! C's, to the bit: gfortran's sin may come from a vector library, which rounds otherwise
    pure function sine(x) bind(c, name="sin")
      import :: real64
      real(real64), value :: x
      real(real64) :: sine
    end function
    pure function cosine(x) bind(c, name="cos")
      import :: real64
      real(real64), value :: x
      real(real64) :: cosine
    end function
  end interface

contains

  ! A host that cannot go on says why.
  subroutine try(ierr)
    integer, intent(in) :: ierr
    if (ierr == 0) return
    write (error_unit, '(a)') mirhydro_message()
    stop 1
  end subroutine

  subroutine create(this, method, model, n)
    type(host), intent(inout) :: this
    character(*), intent(in) :: method, model
    integer, intent(in) :: n
    type(mirhydro_shape) :: shapes(2), left
    integer :: ierr
    this%n = n
    this%h = 1/real(n, real64)
    allocate (this%vf(n, n, nmat), this%fills(n, n, nmat))
    allocate (this%speed_x(n + 1, n), this%displacement_x(n + 1, n), this%swept_x(n + 1, n, nmat))
    allocate (this%speed_y(n, n + 1), this%displacement_y(n, n + 1), this%swept_y(n, n + 1, nmat))
    if (model == "-") then
      call this%rec%create(method, ierr=ierr) ! once: it plans, and reads the model
    else
      call this%rec%create(method, model=model, ierr=ierr)
    end if
    call try(ierr)
    call shapes(2)%circle(.5_real64, .75_real64, .15_real64)
    call left%half_plane(.5_real64, 0._real64, 1._real64, 0._real64)
    call shapes(1)%intersection(shapes(2), left)
    call mirhydro_volume_fractions(shapes, this%vf, ierr=ierr)
    call try(ierr)
    call set_speeds(this)
  end subroutine

  pure function psi(this, j, i)
    type(host), intent(in) :: this
    integer, intent(in) :: j, i
    real(real64) :: psi, sx, sy
    sx = sine(pi*(i*this%h))
    sy = sine(pi*(j*this%h))
    psi = ((sx*sx)*(sy*sy))/pi
  end function

  subroutine set_speeds(this)
    type(host), intent(inout) :: this
    integer :: i, j
    do j = 0, this%n - 1
      do i = 0, this%n
        this%speed_x(i + 1, j + 1) = -((psi(this, j + 1, i) - psi(this, j, i))/this%h)
        this%speed_y(j + 1, i + 1) = (psi(this, i, j + 1) - psi(this, i, j))/this%h
      end do
    end do
  end subroutine

  subroutine set_fills(this)
    type(host), intent(inout) :: this
    integer :: i, j, m, most
    do j = 1, this%n
      do i = 1, this%n
        most = 1
        do m = 2, nmat
          if (this%vf(i, j, m) > this%vf(i, j, most)) most = m
        end do
        this%fills(i, j, :) = 0
        this%fills(i, j, most) = 1
      end do
    end do
  end subroutine

  subroutine sweep_x(this, cells_per_speed)
    type(host), intent(inout) :: this
    real(real64), intent(in) :: cells_per_speed
    integer :: ierr, i, j, m
    integer(int64) :: k
    this%displacement_x = this%speed_x*cells_per_speed
    call this%rec%reconstruct(this%vf, this%r, ierr=ierr)
    call try(ierr)
    call this%r%swept(mirhydro_x, this%displacement_x, this%swept_x, flush, this%flushed, ierr)
    call try(ierr)
    do m = 1, nmat
      do j = 1, this%n
        do i = 1, this%n
          this%vf(i, j, m) = this%vf(i, j, m) - (this%swept_x(i + 1, j, m) - this%swept_x(i, j, m))
        end do
      end do
    end do
    do k = 1, this%flushed%size ! what left entirely leaves no round-off behind
      call this%flushed%get(k, m, i, j)
      this%vf(i, j, m) = entered(this%swept_x(i, j, m), this%swept_x(i + 1, j, m))
    end do
    do j = 1, this%n
      do i = 1, this%n
        call close_cell(this, i, j, this%displacement_x(i + 1, j) - this%displacement_x(i, j))
      end do
    end do
  end subroutine

  subroutine sweep_y(this, cells_per_speed)
    type(host), intent(inout) :: this
    real(real64), intent(in) :: cells_per_speed
    integer :: ierr, i, j, m
    integer(int64) :: k
    this%displacement_y = this%speed_y*cells_per_speed
    call this%rec%reconstruct(this%vf, this%r, ierr=ierr)
    call try(ierr)
    call this%r%swept(mirhydro_y, this%displacement_y, this%swept_y, flush, this%flushed, ierr)
    call try(ierr)
    do m = 1, nmat
      do j = 1, this%n
        do i = 1, this%n
          this%vf(i, j, m) = this%vf(i, j, m) - (this%swept_y(i, j + 1, m) - this%swept_y(i, j, m))
        end do
      end do
    end do
    do k = 1, this%flushed%size
      call this%flushed%get(k, m, i, j)
      this%vf(i, j, m) = entered(this%swept_y(i, j, m), this%swept_y(i, j + 1, m))
    end do
    do j = 1, this%n
      do i = 1, this%n
        call close_cell(this, i, j, this%displacement_y(i, j + 1) - this%displacement_y(i, j))
      end do
    end do
  end subroutine

  pure function entered(low, high)
    real(real64), intent(in) :: low, high
    real(real64) :: entered
    entered = merge(low, 0._real64, low > 0) - merge(high, 0._real64, high < 0)
  end function

  pure subroutine close_cell(this, i, j, stretch)
    type(host), intent(inout) :: this
    integer, intent(in) :: i, j
    real(real64), intent(in) :: stretch
    real(real64) :: moved, total
    integer :: m
    total = 0
    do m = 1, nmat
      moved = this%vf(i, j, m) + this%fills(i, j, m)*stretch
      this%vf(i, j, m) = merge(moved, 0._real64, moved > 0)
      total = total + this%vf(i, j, m)
    end do
    do m = 1, nmat
      this%vf(i, j, m) = this%vf(i, j, m)/total
    end do
  end subroutine

  subroutine step(this, k, dt)
    type(host), intent(inout) :: this
    integer, intent(in) :: k
    real(real64), intent(in) :: dt
    real(real64) :: factor, cells_per_speed
    factor = cosine(pi*((k + .5_real64)*dt)/period)
    cells_per_speed = factor*dt/this%h
    call set_fills(this)
    if (mod(k, 2) == 0) then
      call sweep_x(this, cells_per_speed)
      call sweep_y(this, cells_per_speed)
    else
      call sweep_y(this, cells_per_speed)
      call sweep_x(this, cells_per_speed)
    end if
  end subroutine

  function hash(vf) result(h)
    real(real64), intent(in) :: vf(:, :, :)
    integer(int64) :: h
    integer :: i, j, m
    h = 305419896
    do m = 1, size(vf, 3)
      do j = 1, size(vf, 2)
        do i = 1, size(vf, 1)
          h = ieor(h, transfer(vf(i, j, m), 0_int64))
          h = ieor(h, ishft(h, 13))
          h = ieor(h, ishft(h, -7))
          h = ieor(h, ishft(h, 17))
        end do
      end do
    end do
  end function
end module

program advection
  use vortex
  implicit none
  type(host) :: this
  real(real64), allocatable :: start(:, :, :)
  real(real64) :: area, misplaced
  integer :: n, asked, all, k, i, j, m, unit, trouble
  n = number(2, 64)
  asked = number(4, 0)
  if (command_argument_count() < 1 .or. n < 4) then
    write (error_unit, '(a)') "advection METHOD [N [MODEL [STEPS [FILE]]]], N >= 4"
    stop 2
  end if
  call create(this, argument(1, ""), argument(3, "-"), n)
  start = this%vf
  all = ceiling(period/(cfl*this%h)*(1 - 1e-12_real64))
  do k = 0, merge(asked, all, asked > 0) - 1
    call step(this, k, period/all)
  end do

  print '(a)', "material  area                    misplaced"
  do m = 1, nmat
    area = 0
    misplaced = 0
    do j = 1, n
      do i = 1, n
        area = area + this%vf(i, j, m)
        misplaced = misplaced + abs(this%vf(i, j, m) - start(i, j, m))
      end do
    end do
    print '(i8, 2es24.16e2)', m, area*this%h*this%h, misplaced*this%h*this%h
  end do
  print '("hash ", z16.16)', hash(this%vf)
  if (command_argument_count() > 4) then
    open (newunit=unit, file=argument(5, ""), form="unformatted", access="stream", status="replace", iostat=trouble)
    if (trouble == 0) write (unit, iostat=trouble) this%vf
    if (trouble == 0) close (unit, iostat=trouble)
    if (trouble /= 0) then
      write (error_unit, '(2a)') argument(5, ""), " cannot be written"
      stop 1
    end if
  end if

contains

  function argument(k, default) result(text)
    integer, intent(in) :: k
    character(*), intent(in) :: default
    character(:), allocatable :: text
    integer :: length
    text = default
    if (k > command_argument_count()) return
    call get_command_argument(k, length=length)
    deallocate (text)
    allocate (character(length) :: text)
    call get_command_argument(k, text)
  end function

  integer function number(k, default)
    integer, intent(in) :: k, default
    character(:), allocatable :: text
    integer :: trouble
    number = default
    text = argument(k, "")
    if (len(text) > 0) read (text, *, iostat=trouble) number
    if (len(text) > 0 .and. trouble /= 0) number = 0
  end function
end program
