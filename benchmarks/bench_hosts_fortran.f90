! The time steps of bench_hosts.h in Fortran.
module bench_hosts_fortran
  use, intrinsic :: iso_c_binding
  use mirhydro
  implicit none
  type(mirhydro_reconstructor), save :: rec
  type(mirhydro_reconstruction), save :: r
  logical, save :: warm = .false.
contains
  integer(c_int) function fortran_steps(vf, displacement, swept, count) bind(c)
    integer, parameter :: nx = 64, ny = 8, nmat = 2
    real(c_double), intent(in), target :: vf(nx, ny, nmat), displacement(nx + 1, ny)
    real(c_double), intent(inout), target :: swept(nx + 1, ny, nmat)
    integer(c_int), value :: count
    integer :: k, ierr
    ierr = 0
    if (.not. warm) call rec%create("elvira", ierr=ierr)
    warm = .true.
    do k = 1, count
      if (ierr == 0) call rec%reconstruct(vf, r, ierr=ierr)
      if (ierr == 0) call r%swept(mirhydro_x, displacement, swept, ierr=ierr)
    end do
    fortran_steps = int(ierr, c_int)
  end function
end module
