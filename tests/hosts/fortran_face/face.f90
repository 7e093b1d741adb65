! The Fortran face: every procedure, arrays in place, refusals by status, nothing allocated in a warm step.
module checks
  use, intrinsic :: iso_c_binding
  use mirhydro
  implicit none
  integer, parameter :: nx = 20, ny = 16, nmat = 3
  integer :: failures = 0
  interface
    function counted_allocations() bind(c) result(n)
      import :: c_long
      integer(c_long) :: n
    end function
  end interface

contains

  subroutine check(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    failures = failures + 1
    print '(2a)', "failed: ", what
  end subroutine
  subroutine refused(ierr, words)
    integer, intent(in) :: ierr
    character(*), intent(in) :: words
    call check(ierr == mirhydro_bad_argument .and. index(mirhydro_message(), words) > 0, &
      "refusal with """//words//""", found: "//mirhydro_message())
  end subroutine

  subroutine fractions(vf)
    real(c_double), intent(inout) :: vf(:, :, :)
    type(mirhydro_shape) :: shapes(2), plane
    integer :: ierr
    call shapes(2)%circle(.5d0, .5d0, .3d0)
    call plane%half_plane(.45d0, 0d0, 1d0, .2d0)
    call shapes(1)%intersection(shapes(2), plane)
    call check(.not. (shapes(1)%failed() .or. shapes(2)%failed()), "shapes")
    call mirhydro_volume_fractions(shapes, vf, ierr=ierr)
    call check(ierr == mirhydro_ok, "fractions: "//mirhydro_message())
  end subroutine

  ! Sections of a larger array give what the array alone gives, in place.
  subroutine sections_are_used_in_place()
    use mirhydro_abi, only: c_view
    use mirhydro_views, only: view
    real(c_double), target :: vf(nx, ny, nmat), wide(2*nx + 1, ny, nmat), swept(nx + 1, ny, nmat)
    real(c_double) :: d(nx + 1, ny), around(3*(nx + 1), ny, nmat + 1), behind(nx + 1, ny, nmat)
    real(c_float) :: single(nx, ny, nmat)
    type(mirhydro_reconstructor) :: rec
    type(mirhydro_reconstruction) :: r
    type(c_view) :: seen
    integer :: ierr
    call fractions(vf)
    call rec%create("elvira", ierr=ierr)
    call check(ierr == 0, "create")
    d = .3d0
    call rec%reconstruct(vf, r, ierr=ierr)
    call r%swept(mirhydro_x, d, swept, ierr=ierr)
    call check(ierr == 0, "swept: "//mirhydro_message())

    wide = 7
    wide(2:2*nx:2, :, :) = vf
    seen = view(wide(2:2*nx:2, :, :))
    call check(c_associated(seen%data, c_loc(wide(2, 1, 1))), "a section's address is its own")
    call check(all(seen%stride(:3) == [(2*nx + 1)*ny, 2*nx + 1, 2]), "a section's strides")
    call check(all(seen%extent(:3) == [nmat, ny, nx]), "extents are reversed")
    call rec%reconstruct(wide(2:2*nx:2, :, :), r, ierr=ierr)
    around = 9
    call r%swept(mirhydro_x, d, around(2::3, :, 2:), ierr=ierr)
    call check(ierr == 0, "a section as out: "//mirhydro_message())
    call check(all(around(2::3, :, 2:) == swept), "a section as vf and out")
    call check(all(around(1::3, :, :) == 9) .and. all(around(3::3, :, :) == 9) .and. all(around(:, :, 1) == 9), &
      "nothing beside a section is written")

    call rec%reconstruct(vf(nx:1:-1, :, :), r, ierr=ierr)
    call r%swept(mirhydro_x, -d, behind(nx + 1:1:-1, :, :), ierr=ierr)
    call check(all(abs(behind + swept) < 1d-14), "axes that run backwards")

    single = real(vf, c_float)
    single(:, :, nmat) = 1 - single(:, :, 1) - single(:, :, 2)
    call rec%reconstruct(single, r, ierr=ierr)
    call check(ierr == 0 .and. r%size() > 10, "single precision: "//mirhydro_message())
    call rec%reconstruct(vf(:, :, 1), r, ierr=ierr)
    call check(ierr == 0 .and. r%size() > 10, "one material and the rest")
    call rec%reconstruct(single(:, :, 1), r, ierr=ierr)
    call check(ierr == 0 .and. r%size() > 10, "the same in single precision")
  end subroutine

  subroutine refusals_name_the_culprit()
    real(c_double) :: vf(nx, ny, nmat), d(nx + 1, ny), swept(nx + 1, ny, nmat)
    type(mirhydro_reconstructor) :: rec, nothing
    type(mirhydro_reconstruction) :: r
    type(mirhydro_shape) :: shape
    integer :: ierr
    integer(c_int64_t) :: before
    call fractions(vf)
    call rec%create("no method", ierr=ierr)
    call refused(ierr, "no method")
    call rec%create("no method")
    call check(rec%failed(), "without ierr the object tells")
    call rec%create("elvira", nodes=99, ierr=ierr)
    call rec%create("elvira", threads=0, ierr=ierr)
    call refused(ierr, "threads = 0")
    call rec%create("elvira", boundary=[0, 0, 5, 0], ierr=ierr)
    call refused(ierr, "boundary[2] = 5")
    call rec%create("neural", precision="half", ierr=ierr)
    call refused(ierr, "precision")
    call nothing%reconstruct(vf, r, ierr=ierr)
    call refused(ierr, "rec is NULL")
    call check(nothing%ghost_layers() == -1, "nothing has no layers")
    call rec%create("elvira")
    call check(.not. rec%failed(), "created")
    call r%swept(mirhydro_x, d, swept, ierr=ierr)
    call rec%reconstruct(vf, r, ierr=ierr)
    call check(ierr == 0, "reconstructed")
    before = r%size()
    vf(5, 4, 2) = -.2d0
    call rec%reconstruct(vf, r, ierr=ierr)
    call refused(ierr, "vf[1, 3, 4] = -0.2")
    call check(r%size() == before, "a refusal leaves the result alone")
    d = .3d0
    d(3, 8) = 1.5d0
    swept = 5
    call r%swept(mirhydro_x, d, swept, ierr=ierr)
    call refused(ierr, "displacement[7, 2] = 1.5")
    call check(all(swept == 5), "a refusal writes nothing")
    call r%swept(mirhydro_x, d(:nx, :), swept)
    call check(r%failed(), "without ierr the result tells")
    call shape%circle(0d0, 0d0, -1d0, ierr)
    call refused(ierr, "-1")
    call rec%destroy()
    call rec%reconstruct(vf, r, ierr=ierr)
    call refused(ierr, "rec is NULL")
  end subroutine

  subroutine geometry_counts_from_one(method)
    character(*), intent(in) :: method
    real(c_double) :: vf(nx, ny, nmat), square(2, 4)
    real(c_double), allocatable :: volumes(:, :), centroids(:, :, :), sub(:, :, :, :), part(:, :, :)
    integer(c_int32_t), allocatable :: cells(:, :)
    integer(c_int32_t) :: map(nx, ny)
    type(mirhydro_reconstructor) :: rec
    type(mirhydro_reconstruction) :: r
    type(mirhydro_polygons) :: p
    type(mirhydro_segments) :: s
    type(mirhydro_contours) :: c
    type(mirhydro_stats) :: stats
    integer :: n, k, m, ierr
    call fractions(vf)
    call rec%create(method)
    call rec%reconstruct(vf, r)
    n = int(r%size())
    stats = r%stats()
    call check(stats%mixed == n .and. n > 20 .and. stats%residual < 1d-14, method//": stats")
    allocate (cells(2, n), volumes(nmat, n), centroids(2, nmat, n), sub(4, 4, nmat, n), part(3, nmat, 1))
    call r%cells(cells)
    call r%volumes(volumes)
    call r%centroids(centroids)
    call r%subcell(sub)
    call check(.not. r%failed(), method//": geometry: "//mirhydro_message())
    do k = 1, n
      call check(all(abs(volumes(:, k) - vf(cells(1, k), cells(2, k), :)) < 1d-14), method//": cells are (i, j) from 1")
      do m = 1, nmat
        call check(abs(sum(sub(:, :, m, k))/16 - volumes(m, k)) < 1d-13, method//": sub-cells")
      end do
    end do
    call r%index(map)
    do k = 1, n
      call check(map(cells(1, k), cells(2, k)) == k, method//": rows from 1")
    end do
    call check(count(map == 0) == nx*ny - n, method//": 0 where there is none")
    call r%owner(map)
    call check(map(1, 1) == nmat .and. count(map == 0) == n, method//": owners from 1")
    square = reshape([0d0, 0d0, 1d0, 0d0, 1d0, 1d0, 0d0, 1d0], [2, 4])
    call r%clip(square, [1_c_int64_t, 5_c_int64_t], cells(:, n:n), part, ierr)
    call check(ierr == 0 .and. all(abs(part(1, :, 1) - volumes(:, n)) < 1d-14), method//": clip: "//mirhydro_message())
    call r%polygons(p)
    call check(p%offsets(1) == 1 .and. p%offsets(size(p%offsets)) == size(p%points, 2) + 1, method//": offsets from 1")
    call check(minval(p%cell) == 1 .and. maxval(p%cell) == n, method//": polygons' cells")
    call check(minval(p%material) >= 1 .and. maxval(p%material) == nmat, method//": polygons' materials")
    k = size(p%cell)
    call check(all(p%points(:, p%offsets(k):) >= spread(cells(:, p%cell(k)), 2, int(p%offsets(k + 1) - p%offsets(k))) &
      - 1 - 1d-12), method//": polygons lie in their cells")
    call check(all(p%points(:, p%offsets(k):) <= spread(cells(:, p%cell(k)), 2, int(p%offsets(k + 1) - p%offsets(k))) &
      + 1d-12), method//": cell (i, j) is [i-1, i] x [j-1, j]")
    call r%segments(s)
    call check(size(s%length) >= n .and. all(s%below /= s%above) .and. size(s%ends, 3) == size(s%length), method//": segments")
    call r%contours(c)
    call check(size(c%below) >= 1 .and. c%offsets(size(c%offsets)) == size(c%points, 2) + 1, method//": contours")
    call check(.not. r%failed(), method//": lists")
  end subroutine

  subroutine a_mask_restricts()
    real(c_double) :: vf(nx, ny, nmat)
    logical(c_bool) :: where(nx, ny)
    type(mirhydro_reconstructor) :: rec
    type(mirhydro_reconstruction) :: r
    integer :: ierr
    integer(c_int64_t) :: all
    call fractions(vf)
    call rec%create("elvira")
    call rec%reconstruct(vf, r)
    all = r%size()
    where = .false.
    where(:, :ny/2) = .true.
    call rec%reconstruct(vf, r, where=where, ierr=ierr)
    call check(ierr == 0 .and. r%size() > 0 .and. r%size() < all, "where: "//mirhydro_message())
  end subroutine

  subroutine a_warm_step_allocates_nothing(method)
    character(*), intent(in) :: method
    real(c_double), allocatable :: vf(:, :, :), d(:, :), swept(:, :, :)
    type(mirhydro_reconstructor) :: rec
    type(mirhydro_reconstruction) :: r
    type(mirhydro_flushed) :: flushed
    integer :: step, ierr, m, i, j
    integer(c_int64_t) :: k
    integer(c_long) :: before
    allocate (vf(nx, ny, nmat), d(nx + 1, ny), swept(nx + 1, ny, nmat))
    call fractions(vf)
    d = .3d0
    call rec%create(method)
    before = 0
    do step = 1, 8
      if (step == 4) before = counted_allocations()
      call rec%reconstruct(vf, r, ierr=ierr)
      call check(ierr == 0, "reconstruct")
      call r%swept(mirhydro_x, d, swept, 1d-2, flushed, ierr)
      call check(ierr == 0, "swept")
      do k = 1, flushed%size
        call flushed%get(k, m, i, j)
        call check(vf(i, j, m) > 0, "what is flushed was there")
      end do
    end do
    call check(flushed%size > 0, method//": something is flushed")
    call check(counted_allocations() == before, method//": a warm step allocates")
  end subroutine

  integer(c_int) function disc(x, y, values, n, context) bind(c)
    integer(c_size_t), value :: n
    real(c_double), intent(in) :: x(n), y(n)
    real(c_double), intent(out) :: values(n)
    type(c_ptr), value :: context
    real(c_double), pointer :: radius
    call c_f_pointer(context, radius)
    values = sqrt((x - .5d0)**2 + (y - .5d0)**2) - radius
    disc = 0
  end function

  subroutine shapes_and_engines()
    type(mirhydro_shape) :: a(1), b, c
    type(mirhydro_engine) :: engine
    real(c_double), target :: radius
    real(c_double) :: vf(32, 32, 2), area(1), triangle(2, 3)
    real(c_float), allocatable :: batch(:, :), out(:, :)
    integer :: ierr
    radius = .25d0
    call a(1)%implicit(disc, c_loc(radius))
    call mirhydro_volume_fractions(a, vf, ierr=ierr)
    call check(ierr == 0 .and. abs(sum(vf(:, :, 1))/1024 - acos(-1d0)/16) < 1d-9, "implicit: "//mirhydro_message())
    triangle = reshape([0d0, 0d0, 1d0, 0d0, 0d0, 1d0], [2, 3])
    call b%polygon(triangle)
    call mirhydro_overlap(b, triangle, [1_c_int64_t, 4_c_int64_t], area, ierr)
    call check(ierr == 0 .and. abs(area(1) - .5d0) < 1d-15, "overlap")
    call c%union(a(1), b)
    call c%difference(a(1), b)
    call c%complement(a(1))
    call c%ellipse(.5d0, .5d0, .2d0, .1d0, .3d0)
    call check(.not. c%failed(), "shapes of shapes")

    call engine%create("neural", ierr=ierr)
    call check(ierr == 0 .and. engine%inputs > 10 .and. engine%outputs > 3, "engine: "//mirhydro_message())
    allocate (batch(engine%inputs, 4), out(engine%outputs, 4))
    batch = .01
    call engine%infer(batch, out, ierr)
    call check(ierr == 0 .and. all(out(:, 1) == out(:, 4)), "infer: "//mirhydro_message())
    call engine%infer(batch(2:, :), out, ierr)
    call check(ierr == mirhydro_bad_argument, "infer refuses")
    call check(index(engine%description(), "native") > 0, "description: "//engine%description())
    call check(index(mirhydro_methods(), "elvira") > 0 .and. index(mirhydro_models(), "neural") > 0, "names")
    call check(len(mirhydro_version()) >= 5 .and. len(mirhydro_instruction_set()) > 3, "version")
  end subroutine
end module

program face
  use checks
  implicit none
  call sections_are_used_in_place()
  call refusals_name_the_culprit()
  call geometry_counts_from_one("elvira")
  call geometry_counts_from_one("ppic")
  call a_mask_restricts()
  call a_warm_step_allocates_nothing("elvira")
  call a_warm_step_allocates_nothing("neural")
  call shapes_and_engines()
  if (failures > 0) stop 1
  print '(a)', "passed"
end program
