//! A data mixer as a Rust trait, and the C table that carries it.
#![allow(non_camel_case_types)]

use crate::boundary::*;
use crate::ffi::*;
use std::ffi::c_void;
use std::mem::size_of;

/// How far a stage has come.
#[repr(C)]
pub struct cpt_mixing_progress {
    pub struct_size: usize,
    pub tokens_drawn: u64,
    pub tokens_planned: u64,
    pub source_tokens_drawn: *const u64,
    pub source_count: usize,
}

impl cpt_mixing_progress {
    /// The part of the stage that is done, in 0...1.
    pub fn fraction(&self) -> f64 {
        if self.tokens_planned == 0 {
            return 0.0;
        }
        (self.tokens_drawn as f64 / self.tokens_planned as f64).min(1.0)
    }
}

/// Laws: weights are at least 0 and sum to one; they are a pure function of progress.
pub trait DataMixer: Sized + Send + Sync {
    fn create(options: &Options) -> Outcome<Self>;
    /// Every corpus that the options name, once.
    fn sources(&self) -> &[String];
    /// A weight for each source.
    fn weights(&self, progress: &cpt_mixing_progress) -> Outcome<Vec<f64>>;
}

#[repr(C)]
pub struct cpt_data_mixer_table {
    struct_size: usize,
    create: unsafe extern "C" fn(*const cpt_options, *mut *mut c_void, ErrorSlot) -> cpt_status,
    source_count: unsafe extern "C" fn(*mut c_void) -> usize,
    source: unsafe extern "C" fn(*mut c_void, usize) -> cpt_text,
    weights: unsafe extern "C" fn(
        *mut c_void, *const cpt_mixing_progress, *mut f64, ErrorSlot,
    ) -> cpt_status,
    destroy: unsafe extern "C" fn(*mut c_void),
}

const _: () =
    assert!(size_of::<cpt_mixing_progress>() == 40 && size_of::<cpt_data_mixer_table>() == 48);

pub const fn table<T: DataMixer>() -> cpt_data_mixer_table {
    cpt_data_mixer_table {
        struct_size: size_of::<cpt_data_mixer_table>(),
        create: create::<T>,
        source_count: source_count::<T>,
        source: source::<T>,
        weights: weights::<T>,
        destroy: destroy::<T>,
    }
}

unsafe extern "C" fn create<T: DataMixer>(
    options: *const cpt_options,
    instance: *mut *mut c_void,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        give(T::create(&Options::new(options))?, instance);
        Ok(())
    })
}

unsafe extern "C" fn source_count<T: DataMixer>(instance: *mut c_void) -> usize {
    guarded_or(0, || unsafe { at::<T>(instance) }.sources().len())
}

unsafe extern "C" fn source<T: DataMixer>(instance: *mut c_void, index: usize) -> cpt_text {
    guarded_or(cpt_text::EMPTY, || {
        let name = unsafe { at::<T>(instance) }.sources().get(index);
        name.map_or(cpt_text::EMPTY, |name| cpt_text::of(name))
    })
}

unsafe extern "C" fn weights<T: DataMixer>(
    instance: *mut c_void,
    progress: *const cpt_mixing_progress,
    weights: *mut f64,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        let mixer = at::<T>(instance);
        let result = mixer.weights(&*progress)?;
        assert_eq!(result.len(), mixer.sources().len(), "a weight for each source");
        weights.copy_from_nonoverlapping(result.as_ptr(), result.len());
        Ok(())
    })
}
