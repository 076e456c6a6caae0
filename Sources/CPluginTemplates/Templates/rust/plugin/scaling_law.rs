//! A power law in the number of parameters N and of training tokens D:
//!
//!     L(N, D) = E + A / N^alpha + B / D^beta
//!
//! after Hoffmann et al., arXiv 2203.15556, section 3.3.

mod boundary;
mod bridge;
mod ffi;

use boundary::*;
use bridge::{cpt_scaling_law_table, table, Parameter, Role, ScalingLaw};
use ffi::*;

/// What the host reads before any of this code runs.
#[no_mangle]
#[used]
#[link_section = "cpt_plugin"]
#[allow(non_upper_case_globals)]
pub static cpt_plugin_record: cpt_record =
    record(KIND_SCALING_LAW, CONCURRENCY_CONCURRENT, "example-plugin", "example_plugin_entry");

/// # Safety
/// The host calls it, once, with pointers as the ABI says.
#[no_mangle]
pub unsafe extern "C" fn example_plugin_entry(
    host: *const cpt_host,
    plugin: *mut cpt_plugin,
    error: ErrorSlot,
) -> cpt_status {
    static TABLE: cpt_scaling_law_table = table::<PowerLaw>();
    unsafe { hand_over(host, plugin, error, KIND_SCALING_LAW, &[], &TABLE) }
}

struct PowerLaw;

const fn coefficient(name: &'static str, most: f64) -> Parameter {
    Parameter { name, role: Role::Coefficient, bounds: (0.0, most), unit: "nats" }
}

const fn exponent(name: &'static str) -> Parameter {
    Parameter { name, role: Role::Exponent, bounds: (0.03, 1.5), unit: "1" }
}

impl ScalingLaw for PowerLaw {
    const VARIABLES: &'static [&'static str] = &["N", "D"];
    const PARAMETERS: &'static [Parameter] = &[
        coefficient("E", 100.0),
        coefficient("A", 1e30),
        exponent("alpha"),
        coefficient("B", 1e30),
        exponent("beta"),
    ];

    fn create(_: &Options) -> Outcome<Self> {
        Ok(PowerLaw)
    }

    fn predict(&self, theta: &[f64], point: &[f64], gradient: Option<&mut [f64]>) -> Outcome<f64> {
        let [e, a, alpha, b, beta] = *theta else { unreachable!("theta has five numbers") };
        let (log_n, log_d) = (point[0].ln(), point[1].ln());
        let (size_term, data_term) = ((-alpha * log_n).exp(), (-beta * log_d).exp());
        if let Some(gradient) = gradient {
            gradient.copy_from_slice(&[
                1.0,
                size_term,
                -a * size_term * log_n,
                data_term,
                -b * data_term * log_d,
            ]);
        }
        Ok(e + a * size_term + b * data_term)
    }

    /// Where dL/dN = 0 along D = compute / 6 N (equation 4 of the paper).
    fn optimum(&self, theta: &[f64], compute: f64) -> Outcome<(f64, f64)> {
        let [_, a, alpha, b, beta] = *theta else { unreachable!("theta has five numbers") };
        if !(compute > 0.0 && compute.is_finite()) {
            let words = format!("compute is {compute} FLOPs; it must be above 0");
            return Err(Failure::new(INVALID_ARGUMENT, words));
        }
        if !(a > 0.0 && b > 0.0 && alpha > 0.0 && beta > 0.0) {
            let words = format!(
                "there is no best size at A = {a}, alpha = {alpha}, B = {b}, beta = {beta}: all must \
                 be above 0"
            );
            return Err(Failure::new(UNSUPPORTED, words));
        }
        let log_scale = (alpha.ln() + a.ln() - beta.ln() - b.ln()) / (alpha + beta);
        let log_product = (compute / 6.0).ln();
        let log_n = log_scale + beta / (alpha + beta) * log_product;
        Ok((log_n.exp(), (log_product - log_n).exp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THETA: [f64; 5] = [1.7, 400.0, 0.34, 410.0, 0.28];

    fn loss(theta: &[f64], n: f64, d: f64) -> f64 {
        PowerLaw.predict(theta, &[n, d], None).expect("it predicts")
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut gradient = [0.0; 5];
        PowerLaw.predict(&THETA, &[1e7, 2e8], Some(&mut gradient)).expect("it predicts");
        for index in 0..5 {
            // A step of 1e-5 of the parameter leaves an error of about 1e-10 of the derivative's size.
            let step = 1e-5 * THETA[index];
            let (mut above, mut below) = (THETA, THETA);
            above[index] += step;
            below[index] -= step;
            let slope = (loss(&above, 1e7, 2e8) - loss(&below, 1e7, 2e8)) / (2.0 * step);
            assert!((slope - gradient[index]).abs() <= 1e-6 * slope.abs(), "parameter {index}");
        }
    }

    #[test]
    fn the_optimum_is_a_minimum() {
        let (n, d) = PowerLaw.optimum(&THETA, 1e18).expect("there is one");
        assert!((6.0 * n * d / 1e18 - 1.0).abs() < 1e-12);
        assert!(loss(&THETA, n, d) < loss(&THETA, n * 1.01, d / 1.01));
        assert!(loss(&THETA, n, d) < loss(&THETA, n / 1.01, d * 1.01));
        let flat = [1.7, 0.0, 0.34, 410.0, 0.28];
        assert_eq!(PowerLaw.optimum(&flat, 1e18).expect_err("no minimum").status, UNSUPPORTED);
    }
}
