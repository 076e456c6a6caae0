//! Describing a computation to the host; a failure names the line that asked.
#![allow(dead_code, non_camel_case_types)]

use crate::boundary::*;
use crate::ffi::*;
use std::ffi::c_void;
use std::mem::size_of;
use std::panic::Location;

pub const MAXIMUM_RANK: usize = 8;

// The codes of operations.h that are used here; add others as you need them.
pub const CONSTANT: u32 = 1;
pub const NEGATE: u32 = 16;
pub const SQUARE_ROOT: u32 = 19;
pub const SIGN: u32 = 26;
pub const ADD: u32 = 32;
pub const SUBTRACT: u32 = 33;
pub const MULTIPLY: u32 = 34;
pub const DIVIDE: u32 = 35;
pub const BROADCAST: u32 = 64;
pub const RESHAPE: u32 = 65;
pub const SLICE: u32 = 67;
pub const MATRIX_PRODUCT: u32 = 96;
pub const GATHER: u32 = 97;
pub const RMS_NORM: u32 = 129;
pub const CAUSAL_ATTENTION: u32 = 132;
pub const GELU: u32 = 134;
pub const LINEAR_CROSS_ENTROPY: u32 = 136;

/// A tensor in the graph.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct cpt_value {
    pub id: i32,
    pub element_type: u32,
    pub rank: u32,
    pub extents: [i64; MAXIMUM_RANK],
}

impl cpt_value {
    pub fn shape(&self) -> &[i64] {
        &self.extents[..(self.rank as usize).min(MAXIMUM_RANK)]
    }
}

#[repr(C)]
pub struct cpt_parameter {
    pub struct_size: usize,
    pub name: cpt_text,
    pub extents: [i64; MAXIMUM_RANK],
    pub rank: u32,
    pub initializer: u32,
    pub a: f32,
    pub b: f32,
    pub decays: i32,
}

#[repr(C)]
pub struct cpt_operation {
    pub struct_size: usize,
    pub code: u32,
    pub inputs: *const cpt_value,
    pub input_count: usize,
    pub integers: *const i64,
    pub integer_count: usize,
    pub reals: *const f64,
    pub real_count: usize,
    pub location: cpt_text,
}

#[repr(C)]
pub struct cpt_graph {
    pub struct_size: usize,
    pub context: *mut c_void,
    pub parameter: Option<
        unsafe extern "C" fn(
            *mut c_void, *const cpt_parameter, *mut cpt_value, ErrorSlot,
        ) -> cpt_status,
    >,
    pub add: Option<
        unsafe extern "C" fn(
            *mut c_void, *const cpt_operation, *mut cpt_value, ErrorSlot,
        ) -> cpt_status,
    >,
}

const _: () = {
    assert!(size_of::<cpt_value>() == 80 && size_of::<cpt_parameter>() == 112);
    assert!(size_of::<cpt_operation>() == 80 && size_of::<cpt_graph>() == 32);
};

/// How a parameter starts.
pub enum Initializer {
    Constant(f32),
    /// Mean 0.
    Normal { deviation: f64 },
}

/// The host's builder, for as long as the describing call runs.
pub struct Graph<'a>(&'a cpt_graph);

impl<'a> Graph<'a> {
    /// # Safety
    /// `graph` is what a describing function was given.
    pub unsafe fn new(graph: *const cpt_graph) -> Self {
        Graph(unsafe { &*graph })
    }

    /// Declares a parameter; only an architecture may.
    pub fn parameter(
        &self,
        name: &str,
        shape: &[i64],
        initializer: Initializer,
        decays: bool,
    ) -> Outcome<cpt_value> {
        let declare = self.0.parameter.ok_or_else(|| {
            Failure::new(INTERNAL, "only an architecture declares parameters")
        })?;
        let mut extents = [0; MAXIMUM_RANK];
        extents[..shape.len()].copy_from_slice(shape);
        let (initializer, a, b) = match initializer {
            Initializer::Constant(value) => (1, value, 0.0),
            Initializer::Normal { deviation } => (2, 0.0, deviation as f32),
        };
        let parameter = cpt_parameter {
            struct_size: size_of::<cpt_parameter>(),
            name: cpt_text::of(name),
            extents,
            rank: shape.len() as u32,
            initializer,
            a,
            b,
            decays: decays.into(),
        };
        self.ask(|result, error| unsafe { declare(self.0.context, &parameter, result, error) })
    }

    /// Adds an operation; operations.h says what each code takes.
    #[track_caller]
    pub fn add(
        &self,
        code: u32,
        inputs: &[cpt_value],
        integers: &[i64],
        reals: &[f64],
    ) -> Outcome<cpt_value> {
        let place = Location::caller();
        let location = format!("{}:{}", place.file(), place.line());
        let add = self.0.add.ok_or_else(|| Failure::new(INTERNAL, "the graph takes no operation"))?;
        let operation = cpt_operation {
            struct_size: size_of::<cpt_operation>(),
            code,
            inputs: inputs.as_ptr(),
            input_count: inputs.len(),
            integers: integers.as_ptr(),
            integer_count: integers.len(),
            reals: reals.as_ptr(),
            real_count: reals.len(),
            location: cpt_text::of(&location),
        };
        self.ask(|result, error| unsafe { add(self.0.context, &operation, result, error) })
    }

    #[track_caller]
    pub fn binary(&self, code: u32, x: cpt_value, y: cpt_value) -> Outcome<cpt_value> {
        self.add(code, &[x, y], &[], &[])
    }

    /// A tensor of another's shape, filled with one number.
    #[track_caller]
    pub fn filled_like(&self, other: cpt_value, value: f64) -> Outcome<cpt_value> {
        self.add(CONSTANT, &[], other.shape(), &[value])
    }

    #[track_caller]
    pub fn scaled(&self, x: cpt_value, factor: f64) -> Outcome<cpt_value> {
        let factor = self.filled_like(x, factor)?;
        self.binary(MULTIPLY, x, factor)
    }

    /// Repeats a tensor whose axes are the last ones of another's to that one's shape.
    #[track_caller]
    pub fn repeated_like(&self, x: cpt_value, other: cpt_value) -> Outcome<cpt_value> {
        if x.rank >= other.rank {
            return Ok(x);
        }
        let mut integers = vec![i64::from(x.rank)];
        integers.extend((other.rank - x.rank..other.rank).map(i64::from));
        integers.extend(other.shape());
        self.add(BROADCAST, &[x], &integers, &[])
    }

    /// x [R, inputs] and weight [outputs, inputs] give [R, outputs].
    #[track_caller]
    pub fn linear(&self, x: cpt_value, weight: cpt_value) -> Outcome<cpt_value> {
        self.add(MATRIX_PRODUCT, &[x, weight], &[0, 1], &[])
    }

    fn ask(&self, call: impl FnOnce(*mut cpt_value, ErrorSlot) -> cpt_status) -> Outcome<cpt_value> {
        let mut result = cpt_value::default();
        let mut error = std::ptr::null_mut();
        let status = call(&mut result, &mut error);
        let words = unsafe { take_words(error) };
        if status == OK {
            return Ok(result);
        }
        Err(Failure::new(status, words.unwrap_or_else(|| "the host refused an operation".into())))
    }
}
