//! An optimizer as a Rust trait, and the C table that carries it.
#![allow(non_camel_case_types)]

use crate::boundary::*;
use crate::ffi::*;
use crate::graph::*;
use std::ffi::c_void;
use std::mem::size_of;

/// A state tensor of one parameter, in the parameter's shape.
pub struct State {
    pub name: &'static str,
    pub initial_value: f32,
}

/// The inputs of one update.
pub struct Update<'a> {
    pub parameter: cpt_value,
    /// In the parameter's shape, already clipped.
    pub gradient: cpt_value,
    /// A scalar: 1 in the first update.
    #[allow(dead_code)]
    pub step: cpt_value,
    /// A scalar.
    pub learning_rate: cpt_value,
    /// In the declared order.
    pub states: &'a [cpt_value],
    /// Whether weight decay is meant to act.
    pub decays: bool,
}

/// Laws: the states declared are those returned, in order and shape; the update decreases a quadratic;
/// it is a pure function of its inputs.
pub trait Optimizer: Sized + Send + Sync {
    const STATES: &'static [State];

    fn create(options: &Options) -> Outcome<Self>;
    /// The new parameter and the new states.
    fn describe(&self, update: &Update, graph: &Graph) -> Outcome<(cpt_value, Vec<cpt_value>)>;
}

#[repr(C)]
pub struct cpt_parameter_info {
    struct_size: usize,
    name: cpt_text,
    extents: [i64; MAXIMUM_RANK],
    rank: u32,
    decays: i32,
}

#[repr(C)]
pub struct cpt_optimizer_state {
    struct_size: usize,
    name: cpt_text,
    extents: [i64; MAXIMUM_RANK],
    rank: u32,
    initial_value: f32,
}

#[repr(C)]
pub struct cpt_update {
    struct_size: usize,
    info: *const cpt_parameter_info,
    parameter: cpt_value,
    gradient: cpt_value,
    step: cpt_value,
    learning_rate: cpt_value,
    states: *const cpt_value,
    state_count: usize,
}

#[repr(C)]
pub struct cpt_optimizer_table {
    struct_size: usize,
    create: unsafe extern "C" fn(*const cpt_options, *mut *mut c_void, ErrorSlot) -> cpt_status,
    state_count: unsafe extern "C" fn(
        *mut c_void, *const cpt_parameter_info, *mut usize, ErrorSlot,
    ) -> cpt_status,
    state: unsafe extern "C" fn(
        *mut c_void, *const cpt_parameter_info, usize, *mut cpt_optimizer_state, ErrorSlot,
    ) -> cpt_status,
    describe: unsafe extern "C" fn(
        *mut c_void, *const cpt_graph, *const cpt_update, *mut cpt_value, *mut cpt_value, ErrorSlot,
    ) -> cpt_status,
    destroy: unsafe extern "C" fn(*mut c_void),
}

const _: () = {
    assert!(size_of::<cpt_parameter_info>() == 96 && size_of::<cpt_optimizer_state>() == 96);
    assert!(size_of::<cpt_update>() == 352 && size_of::<cpt_optimizer_table>() == 48);
};

pub const fn table<T: Optimizer>() -> cpt_optimizer_table {
    cpt_optimizer_table {
        struct_size: size_of::<cpt_optimizer_table>(),
        create: create::<T>,
        state_count: state_count::<T>,
        state: state::<T>,
        describe: describe::<T>,
        destroy: destroy::<T>,
    }
}

unsafe extern "C" fn create<T: Optimizer>(
    options: *const cpt_options,
    instance: *mut *mut c_void,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        give(T::create(&Options::new(options))?, instance);
        Ok(())
    })
}

unsafe extern "C" fn state_count<T: Optimizer>(
    _: *mut c_void,
    _: *const cpt_parameter_info,
    count: *mut usize,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || {
        unsafe { *count = T::STATES.len() };
        Ok(())
    })
}

unsafe extern "C" fn state<T: Optimizer>(
    _: *mut c_void,
    info: *const cpt_parameter_info,
    index: usize,
    result: *mut cpt_optimizer_state,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || {
        let state = T::STATES.get(index).ok_or_else(|| {
            let words = format!("there is no state {index}; there are {}", T::STATES.len());
            Failure::new(INVALID_ARGUMENT, words)
        })?;
        unsafe {
            result.write(cpt_optimizer_state {
                struct_size: size_of::<cpt_optimizer_state>(),
                name: cpt_text::of(state.name),
                extents: (*info).extents,
                rank: (*info).rank,
                initial_value: state.initial_value,
            })
        };
        Ok(())
    })
}

unsafe extern "C" fn describe<T: Optimizer>(
    instance: *mut c_void,
    graph: *const cpt_graph,
    update: *const cpt_update,
    parameter: *mut cpt_value,
    states: *mut cpt_value,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        let given = &*update;
        let update = Update {
            parameter: given.parameter,
            gradient: given.gradient,
            step: given.step,
            learning_rate: given.learning_rate,
            states: slice(given.states, given.state_count),
            decays: (*given.info).decays != 0,
        };
        if update.states.len() != T::STATES.len() {
            let words = format!("{} states are given, not {}", update.states.len(), T::STATES.len());
            return Err(Failure::new(INVALID_ARGUMENT, words));
        }
        let (new, new_states) = at::<T>(instance).describe(&update, &Graph::new(graph))?;
        assert_eq!(new_states.len(), update.states.len(), "a new state for each old one");
        *parameter = new;
        if !new_states.is_empty() {
            states.copy_from_nonoverlapping(new_states.as_ptr(), new_states.len());
        }
        Ok(())
    })
}
