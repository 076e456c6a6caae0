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
    Parameter { name, role: Role::Shape, bounds: (0.0, 80.0), unit: "1" }
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
        let (size_term, data_term) = ((alpha / beta * size).exp(), data.exp());
        let sum = size_term + data_term;
        let power = sum.powf(beta);
        if let Some(gradient) = gradient {
            let slope = sum.powf(beta - 1.0);
            gradient.copy_from_slice(&[
                1.0,
                alpha * slope * size_term,
                slope * size_term * size,
                beta * slope * data_term,
                power * sum.ln() - alpha / beta * slope * size_term * size,
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
