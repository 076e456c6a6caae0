! L(N, D) = E + A / N^alpha + B / D^beta at many points, with its derivatives by theta.
subroutine power_laws(n, d, theta, count, results, gradients) bind(c)
  use iso_c_binding
  integer(c_int64_t), value :: count
  real(c_double), intent(in) :: n(count), d(count), theta(5)
  real(c_double), intent(out) :: results(count), gradients(5, count)
  gradients(1, :) = 1
  gradients(2, :) = n**(-theta(3))
  gradients(3, :) = -theta(2) * gradients(2, :) * log(n)
  gradients(4, :) = d**(-theta(5))
  gradients(5, :) = -theta(4) * gradients(4, :) * log(d)
  results = theta(1) + theta(2) * gradients(2, :) + theta(4) * gradients(4, :)
end subroutine
