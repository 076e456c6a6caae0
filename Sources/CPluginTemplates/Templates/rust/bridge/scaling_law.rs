//! A scaling law as a Rust trait, and the C table that carries it.
#![allow(non_camel_case_types)]

use crate::boundary::*;
use crate::ffi::*;
use std::ffi::c_void;
use std::mem::size_of;

/// What a parameter does in the form.
#[derive(Clone, Copy)]
#[repr(u32)]
#[allow(dead_code)]
pub enum Role {
    /// The loss is linear in it, and it is at least 0: E, A, B.
    Coefficient = 1,
    /// A power of N or D: alpha, beta.
    Exponent = 2,
    /// Anything else.
    Shape = 3,
}

/// A parameter of a law, with the bounds of a fit.
pub struct Parameter {
    pub name: &'static str,
    pub role: Role,
    pub bounds: (f64, f64),
    pub unit: &'static str,
}

/// Laws: the gradient equals finite differences; fitted to its own predictions the law recovers its
/// coefficients; its closed-form optimum equals a numeric minimum.
pub trait ScalingLaw: Sized + Send + Sync {
    /// The variables of a point.
    const VARIABLES: &'static [&'static str];
    /// The parameters, in the order of `theta`.
    const PARAMETERS: &'static [Parameter];

    fn create(options: &Options) -> Outcome<Self>;
    /// The loss at a point, in nats a token; with `gradient` also its derivative by each parameter.
    fn predict(&self, theta: &[f64], point: &[f64], gradient: Option<&mut [f64]>) -> Outcome<f64>;
    /// The N and D of least loss with 6 N D = `compute`. Fails with `UNSUPPORTED` where these
    /// coefficients have none.
    fn optimum(&self, theta: &[f64], compute: f64) -> Outcome<(f64, f64)>;
}

#[repr(C)]
pub struct cpt_law_parameter {
    struct_size: usize,
    name: cpt_text,
    role: u32,
    lower: f64,
    upper: f64,
    unit: cpt_text,
}

#[repr(C)]
pub struct cpt_scaling_law_table {
    struct_size: usize,
    create: unsafe extern "C" fn(*const cpt_options, *mut *mut c_void, ErrorSlot) -> cpt_status,
    variable_count: unsafe extern "C" fn(*mut c_void) -> usize,
    variable: unsafe extern "C" fn(*mut c_void, usize) -> cpt_text,
    parameter_count: unsafe extern "C" fn(*mut c_void) -> usize,
    parameter: unsafe extern "C" fn(
        *mut c_void, usize, *mut cpt_law_parameter, ErrorSlot,
    ) -> cpt_status,
    evaluate: unsafe extern "C" fn(
        *mut c_void, *const f64, *const *const f64, usize, *mut f64, *mut f64, ErrorSlot,
    ) -> cpt_status,
    optimum: unsafe extern "C" fn(
        *mut c_void, *const f64, f64, *mut f64, *mut f64, ErrorSlot,
    ) -> cpt_status,
    destroy: unsafe extern "C" fn(*mut c_void),
}

const _: () =
    assert!(size_of::<cpt_law_parameter>() == 64 && size_of::<cpt_scaling_law_table>() == 72);

pub const fn table<T: ScalingLaw>() -> cpt_scaling_law_table {
    cpt_scaling_law_table {
        struct_size: size_of::<cpt_scaling_law_table>(),
        create: create::<T>,
        variable_count: variable_count::<T>,
        variable: variable::<T>,
        parameter_count: parameter_count::<T>,
        parameter: parameter::<T>,
        evaluate: evaluate::<T>,
        optimum: optimum::<T>,
        destroy: destroy::<T>,
    }
}

unsafe extern "C" fn create<T: ScalingLaw>(
    options: *const cpt_options,
    instance: *mut *mut c_void,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        give(T::create(&Options::new(options))?, instance);
        Ok(())
    })
}

unsafe extern "C" fn variable_count<T: ScalingLaw>(_: *mut c_void) -> usize {
    T::VARIABLES.len()
}

unsafe extern "C" fn variable<T: ScalingLaw>(_: *mut c_void, index: usize) -> cpt_text {
    T::VARIABLES.get(index).map_or(cpt_text::EMPTY, |name| cpt_text::of(name))
}

unsafe extern "C" fn parameter_count<T: ScalingLaw>(_: *mut c_void) -> usize {
    T::PARAMETERS.len()
}

unsafe extern "C" fn parameter<T: ScalingLaw>(
    _: *mut c_void,
    index: usize,
    result: *mut cpt_law_parameter,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || {
        let parameter = T::PARAMETERS.get(index).ok_or_else(|| {
            let words = format!("there is no parameter {index}; there are {}", T::PARAMETERS.len());
            Failure::new(INVALID_ARGUMENT, words)
        })?;
        unsafe {
            result.write(cpt_law_parameter {
                struct_size: size_of::<cpt_law_parameter>(),
                name: cpt_text::of(parameter.name),
                role: parameter.role as u32,
                lower: parameter.bounds.0,
                upper: parameter.bounds.1,
                unit: cpt_text::of(parameter.unit),
            })
        };
        Ok(())
    })
}

unsafe extern "C" fn evaluate<T: ScalingLaw>(
    instance: *mut c_void,
    theta: *const f64,
    columns: *const *const f64,
    count: usize,
    losses: *mut f64,
    gradients: *mut f64,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        let law = at::<T>(instance);
        let width = T::PARAMETERS.len();
        let theta = slice(theta, width);
        let columns = slice(columns, T::VARIABLES.len());
        for index in 0..count {
            let point: Vec<f64> = columns.iter().map(|column| *column.add(index)).collect();
            let mut row = vec![0.0; width];
            let wanted = if gradients.is_null() { None } else { Some(row.as_mut_slice()) };
            *losses.add(index) = law.predict(theta, &point, wanted)?;
            if !gradients.is_null() {
                gradients.add(index * width).copy_from_nonoverlapping(row.as_ptr(), width);
            }
        }
        Ok(())
    })
}

unsafe extern "C" fn optimum<T: ScalingLaw>(
    instance: *mut c_void,
    theta: *const f64,
    compute: f64,
    parameters: *mut f64,
    tokens: *mut f64,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        let theta = slice(theta, T::PARAMETERS.len());
        (*parameters, *tokens) = at::<T>(instance).optimum(theta, compute)?;
        Ok(())
    })
}
