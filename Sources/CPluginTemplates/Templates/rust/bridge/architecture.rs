//! An architecture as a Rust trait, and the C table that carries it.
#![allow(non_camel_case_types)]

use crate::boundary::*;
use crate::ffi::*;
use crate::graph::*;
use std::ffi::c_void;
use std::mem::size_of;

/// What the pipeline and the tokenizer fix: V token ids, and T, the longest sequence in tokens.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct cpt_model_dimensions {
    pub struct_size: usize,
    pub vocabulary: i64,
    pub context: i64,
}

/// The number of parameters: all, and those of the token tables.
#[repr(C)]
pub struct cpt_parameter_count {
    pub struct_size: usize,
    pub total: i64,
    pub embedding: i64,
}

/// Laws: `parameter_count` equals what `describe` declares; the loss of a fresh model is near log V;
/// describing twice gives the same graph.
pub trait Architecture: Sized + Send + Sync {
    /// The integer options whose non-embedding parameters come nearest to a target.
    fn shape_near(
        target: i64,
        options: &Options,
        dimensions: &cpt_model_dimensions,
    ) -> Outcome<Vec<(&'static str, i64)>>;

    fn create(options: &Options, dimensions: &cpt_model_dimensions) -> Outcome<Self>;
    /// All parameters, and those of the token tables.
    fn parameter_count(&self) -> (i64, i64);
    /// Tokens and targets are [B, T] int32; the result is the loss of each target: [B T] float32, nats.
    fn describe(&self, tokens: cpt_value, targets: cpt_value, graph: &Graph) -> Outcome<cpt_value>;
}

#[repr(C)]
pub struct cpt_option_sink {
    struct_size: usize,
    context: *mut c_void,
    set: unsafe extern "C" fn(*mut c_void, *const cpt_option_value) -> cpt_status,
}

#[repr(C)]
pub struct cpt_architecture_table {
    struct_size: usize,
    shape_near: unsafe extern "C" fn(
        *const cpt_options, *const cpt_model_dimensions, i64, *const cpt_option_sink, ErrorSlot,
    ) -> cpt_status,
    create: unsafe extern "C" fn(
        *const cpt_options, *const cpt_model_dimensions, *mut *mut c_void, ErrorSlot,
    ) -> cpt_status,
    parameter_count: unsafe extern "C" fn(
        *mut c_void, *mut cpt_parameter_count, ErrorSlot,
    ) -> cpt_status,
    describe: unsafe extern "C" fn(
        *mut c_void, *const cpt_graph, *const cpt_value, *const cpt_value, *mut cpt_value, ErrorSlot,
    ) -> cpt_status,
    destroy: unsafe extern "C" fn(*mut c_void),
}

const _: () = {
    assert!(size_of::<cpt_model_dimensions>() == 24 && size_of::<cpt_parameter_count>() == 24);
    assert!(size_of::<cpt_option_sink>() == 24 && size_of::<cpt_architecture_table>() == 48);
};

pub const fn table<T: Architecture>() -> cpt_architecture_table {
    cpt_architecture_table {
        struct_size: size_of::<cpt_architecture_table>(),
        shape_near: shape_near::<T>,
        create: create::<T>,
        parameter_count: parameter_count::<T>,
        describe: describe::<T>,
        destroy: destroy::<T>,
    }
}

unsafe extern "C" fn shape_near<T: Architecture>(
    options: *const cpt_options,
    dimensions: *const cpt_model_dimensions,
    target: i64,
    chosen: *const cpt_option_sink,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        let sink = &*chosen;
        for (name, integer) in T::shape_near(target, &Options::new(options), &*dimensions)? {
            let value =
                cpt_option_value { name: cpt_text::of(name), ..default_integer(integer) };
            let status = (sink.set)(sink.context, &value);
            if status != OK {
                return Err(Failure::new(status, "the host did not take the chosen shape"));
            }
        }
        Ok(())
    })
}

unsafe extern "C" fn create<T: Architecture>(
    options: *const cpt_options,
    dimensions: *const cpt_model_dimensions,
    instance: *mut *mut c_void,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        give(T::create(&Options::new(options), &*dimensions)?, instance);
        Ok(())
    })
}

unsafe extern "C" fn parameter_count<T: Architecture>(
    instance: *mut c_void,
    count: *mut cpt_parameter_count,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        let (total, embedding) = at::<T>(instance).parameter_count();
        let struct_size = size_of::<cpt_parameter_count>();
        count.write(cpt_parameter_count { struct_size, total, embedding });
        Ok(())
    })
}

unsafe extern "C" fn describe<T: Architecture>(
    instance: *mut c_void,
    graph: *const cpt_graph,
    tokens: *const cpt_value,
    targets: *const cpt_value,
    losses: *mut cpt_value,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        *losses = at::<T>(instance).describe(*tokens, *targets, &Graph::new(graph))?;
        Ok(())
    })
}
