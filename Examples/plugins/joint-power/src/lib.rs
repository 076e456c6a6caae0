//! A power law in which size and data hold each other back:
//!
//!     L(N, D) = E + ((N_c / N)^(alpha / beta) + D_c / D)^beta
//!
//! Kaplan et al. 2020, arXiv 2001.08361, equation 1.5, with an irreducible loss E added, as Droppo and
//! Elibol 2021, arXiv 2106.09488, do. N_c and D_c span many orders of magnitude, so a fit sees their
//! natural logarithms.

// An author outside this repository has these files in the project that `cpt-host plugins new` wrote.
#[path = "../../../../Sources/CPluginTemplates/Templates/rust/boundary.rs"]
mod boundary;
#[path = "../../../../Sources/CPluginTemplates/Templates/rust/bridge/scaling_law.rs"]
mod bridge;
#[path = "../../../../Sources/CPluginTemplates/Templates/rust/ffi.rs"]
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
    record(KIND_SCALING_LAW, CONCURRENCY_CONCURRENT, "joint-power", "joint_power_entry");

/// # Safety
/// The host calls it, once, with pointers as the ABI says.
#[no_mangle]
pub unsafe extern "C" fn joint_power_entry(
    host: *const cpt_host,
    plugin: *mut cpt_plugin,
    error: ErrorSlot,
) -> cpt_status {
    static TABLE: cpt_scaling_law_table = table::<JointPower>();
    unsafe { hand_over(host, plugin, error, KIND_SCALING_LAW, &[], &TABLE) }
}

struct JointPower;

const fn logarithm(name: &'static str) -> Parameter {
    Parameter { name, role: Role::Shape, bounds: (5.0, 45.0), unit: "1" }
}

const fn exponent(name: &'static str) -> Parameter {
    Parameter { name, role: Role::Exponent, bounds: (0.03, 1.5), unit: "1" }
}

impl ScalingLaw for JointPower {
    const VARIABLES: &'static [&'static str] = &["N", "D"];
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "E", role: Role::Coefficient, bounds: (0.0, 100.0), unit: "nats" },
        logarithm("log_N_c"),
        exponent("alpha"),
        logarithm("log_D_c"),
        exponent("beta"),
    ];

    fn create(_: &Options) -> Outcome<Self> {
        Ok(JointPower)
    }

    fn predict(&self, theta: &[f64], point: &[f64], gradient: Option<&mut [f64]>) -> Outcome<f64> {
        let [e, log_n_c, alpha, log_d_c, beta] = *theta else { unreachable!("theta has five numbers") };
        let (size, data) = (log_n_c - point[0].ln(), log_d_c - point[1].ln());
        // The sum of two powers by its logarithm: either may be too large for a number.
        let (log_size_term, log_data_term) = (alpha / beta * size, data);
        let greater = log_size_term.max(log_data_term);
        let log_sum =
            greater + ((log_size_term - greater).exp() + (log_data_term - greater).exp()).ln();
        let power = (beta * log_sum).exp();
        if let Some(gradient) = gradient {
            let size_part = (log_size_term - log_sum).exp();
            gradient.copy_from_slice(&[
                1.0,
                alpha * power * size_part,
                power * size_part * size,
                beta * power * (log_data_term - log_sum).exp(),
                power * (log_sum - log_size_term * size_part),
            ]);
        }
        Ok(e + power)
    }

    /// Along D = compute / 6 N the sum is least where its terms stand as beta to alpha.
    fn optimum(&self, theta: &[f64], compute: f64) -> Outcome<(f64, f64)> {
        let [_, log_n_c, alpha, log_d_c, beta] = *theta else { unreachable!("theta has five numbers") };
        if !(compute > 0.0 && compute.is_finite()) {
            let words = format!("compute is {compute} FLOPs; it must be above 0");
            return Err(Failure::new(INVALID_ARGUMENT, words));
        }
        if !(alpha > 0.0 && beta > 0.0) {
            let words = format!(
                "there is no best size at alpha = {alpha}, beta = {beta}: both must be above 0"
            );
            return Err(Failure::new(UNSUPPORTED, words));
        }
        let ratio = alpha / beta;
        let log_product = (compute / 6.0).ln();
        let log_n = (ratio.ln() + ratio * log_n_c + log_product - log_d_c) / (1.0 + ratio);
        Ok((log_n.exp(), (log_product - log_n).exp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THETA: [f64; 5] = [1.2, 18.0, 0.3, 20.0, 0.4];

    fn loss(theta: &[f64], n: f64, d: f64) -> f64 {
        JointPower.predict(theta, &[n, d], None).expect("it predicts")
    }

    #[test]
    fn it_is_the_formula() {
        let terms = (18f64.exp() / 1e7).powf(0.3 / 0.4) + 20f64.exp() / 2e8;
        assert!((loss(&THETA, 1e7, 2e8) - (1.2 + terms.powf(0.4))).abs() < 1e-12);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut gradient = [0.0; 5];
        JointPower.predict(&THETA, &[1e7, 2e8], Some(&mut gradient)).expect("it predicts");
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
        let (n, d) = JointPower.optimum(&THETA, 1e18).expect("there is one");
        assert!((6.0 * n * d / 1e18 - 1.0).abs() < 1e-12);
        assert!(loss(&THETA, n, d) < loss(&THETA, n * 1.01, d / 1.01));
        assert!(loss(&THETA, n, d) < loss(&THETA, n / 1.01, d * 1.01));
    }

    #[test]
    fn it_is_finite_at_the_ends_of_its_bounds() {
        for ends in 0..32 {
            let theta: Vec<f64> = JointPower::PARAMETERS
                .iter()
                .enumerate()
                .map(|(index, it)| if ends >> index & 1 == 0 { it.bounds.0 } else { it.bounds.1 })
                .collect();
            let mut gradient = [0.0; 5];
            let loss = JointPower.predict(&theta, &[1e6, 1e8], Some(&mut gradient));
            assert!(loss.expect("it predicts").is_finite());
            assert!(gradient.iter().all(|slope| slope.is_finite()), "at {theta:?}");
        }
    }
}
