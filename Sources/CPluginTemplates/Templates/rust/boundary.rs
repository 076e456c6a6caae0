//! The boundary between Rust and the host: no panic crosses it, and its structs become safe values.
#![allow(dead_code)]

use crate::ffi::*;
use std::ffi::c_void;
use std::mem::size_of;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicPtr, Ordering};

/// Why a call fails, in words for the person who runs the pipeline: what is wrong, what is allowed, how
/// to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub status: cpt_status,
    pub message: String,
}

impl Failure {
    pub fn new(status: cpt_status, message: impl Into<String>) -> Self {
        Failure { status, message: message.into() }
    }
}

pub type Outcome<T> = Result<T, Failure>;

/// Runs the body of a C function. A failure or panic becomes a status and an error object.
pub fn guarded(slot: ErrorSlot, body: impl FnOnce() -> Outcome<()>) -> cpt_status {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return OK,
        Ok(Err(failure)) => failure,
        Err(panic) => {
            let words = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no reason given");
            Failure::new(INTERNAL, format!("the plugin panicked: {words}"))
        }
    };
    store(slot, failure)
}

/// Runs the body of a C function that cannot report a failure.
pub fn guarded_or<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

fn store(slot: ErrorSlot, failure: Failure) -> cpt_status {
    unsafe extern "C" fn release(error: *mut cpt_error) {
        // Both were made by `store`, and the receiver releases them once.
        unsafe {
            let error = Box::from_raw(error);
            drop(Box::from_raw(error.context.cast::<String>()));
        }
    }
    let status = failure.status;
    // The ABI says: null, or room for one pointer.
    let Some(slot) = (unsafe { slot.as_mut() }) else { return status };
    let words = Box::new(failure.message);
    *slot = Box::into_raw(Box::new(cpt_error {
        struct_size: size_of::<cpt_error>(),
        status,
        message: cpt_text::of(&words),
        context: Box::into_raw(words).cast(),
        release: Some(release),
    }));
    status
}

/// Copies the words of an error object that the host made, and releases it.
///
/// # Safety
/// `error` is null or an object that the host has just stored.
pub unsafe fn take_words(error: *mut cpt_error) -> Option<String> {
    let object = unsafe { error.as_ref()? };
    let words = unsafe { string(object.message) };
    if let Some(release) = object.release {
        unsafe { release(error) };
    }
    Some(words)
}

/// A slice of what the host lends, empty where it is null.
///
/// # Safety
/// `data` is null or points to `count` elements that live for `'a`.
pub unsafe fn slice<'a, T>(data: *const T, count: usize) -> &'a [T] {
    if data.is_null() || count == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, count) } }
}

/// A copy of a text that the host lends.
///
/// # Safety
/// The text is valid.
pub unsafe fn string(text: cpt_text) -> String {
    String::from_utf8_lossy(unsafe { slice(text.data, text.length) }).into_owned()
}

/// Text padded with zeros, as the record wants it; one zero at least.
pub const fn padded<const N: usize>(text: &str) -> [u8; N] {
    let bytes = text.as_bytes();
    assert!(bytes.len() < N, "a text of the record is too long");
    let mut result = [0; N];
    let mut place = 0;
    while place < bytes.len() {
        result[place] = bytes[place];
        place += 1;
    }
    result
}

/// The record of this crate.
pub const fn record(kind: cpt_kind, concurrency: u32, name: &str, entry: &str) -> cpt_record {
    cpt_record {
        magic: *b"CPTPLUG1",
        record_size: size_of::<cpt_record>() as u32,
        abi_major: ABI_MAJOR,
        abi_minor: ABI_MINOR,
        kind,
        concurrency,
        name: padded(name),
        version: padded(env!("CARGO_PKG_VERSION")),
        entry: padded(entry),
        capabilities: [0; 128],
        toolchain: padded(env!("TOOLCHAIN")),
        reserved: [0; 40],
    }
}

/// Fills what the entry function hands over, no further than the host's struct reaches.
///
/// # Safety
/// The pointers are those of the entry function, and `table` is the table of `kind`.
pub unsafe fn hand_over<Table>(
    host: *const cpt_host,
    plugin: *mut cpt_plugin,
    error: ErrorSlot,
    kind: cpt_kind,
    options: &'static [cpt_option],
    table: &'static Table,
) -> cpt_status {
    guarded(error, || {
        Host::set(host);
        let offered = unsafe { (*plugin).struct_size };
        if offered < size_of::<cpt_plugin>() {
            return Err(Failure::new(UNSUPPORTED, "the host is older than this plugin: update it"));
        }
        unsafe {
            plugin.write(cpt_plugin {
                struct_size: size_of::<cpt_plugin>(),
                abi_major: ABI_MAJOR.into(),
                abi_minor: ABI_MINOR.into(),
                kind,
                options: options.as_ptr(),
                option_count: options.len(),
                option_stride: size_of::<cpt_option>(),
                table: (table as *const Table).cast(),
            })
        };
        Ok(())
    })
}

static HOST: AtomicPtr<cpt_host> = AtomicPtr::new(std::ptr::null_mut());

/// The host's services, each of which may be absent.
pub struct Host;

impl Host {
    fn set(host: *const cpt_host) {
        HOST.store(host.cast_mut(), Ordering::Release);
    }

    fn get() -> Option<&'static cpt_host> {
        // The host's services live as long as the process; in a test of this crate there is no host.
        unsafe { HOST.load(Ordering::Acquire).as_ref() }
    }

    /// Whether the user asked to stop; long calls ask often and then fail with `CANCELLED`.
    pub fn is_cancelled() -> bool {
        Self::get().is_some_and(|host| {
            host.is_cancelled.is_some_and(|ask| unsafe { ask(host.context) } != 0)
        })
    }

    /// Reports how much of the current long call is done, in 0...1.
    pub fn progress(fraction: f64, message: &str) {
        if let Some((host, report)) = Self::get().and_then(|host| Some((host, host.progress?))) {
            unsafe { report(host.context, fraction, cpt_text::of(message)) };
        }
    }
}

/// The options of one instance; the host has checked them against their declarations.
pub struct Options<'a>(&'a cpt_options);

impl<'a> Options<'a> {
    /// # Safety
    /// `options` is what a function of the table was given.
    pub unsafe fn new(options: *const cpt_options) -> Self {
        Options(unsafe { &*options })
    }

    fn find(&self, name: &str) -> Option<&'a cpt_option_value> {
        (0..self.0.count)
            .map(|index| unsafe {
                &*self.0.values.cast::<u8>().add(index * self.0.stride).cast::<cpt_option_value>()
            })
            .find(|value| unsafe { slice(value.name.data, value.name.length) } == name.as_bytes())
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.find(name).filter(|value| value.kind == OPTION_INTEGER).map(|value| value.integer)
    }

    pub fn real(&self, name: &str) -> Option<f64> {
        self.find(name).filter(|value| value.kind == OPTION_REAL).map(|value| value.real)
    }

    /// The corpora that the option names, with their shares.
    pub fn shares(&self, name: &str) -> Option<Vec<(String, f64)>> {
        let value = self.find(name).filter(|value| value.kind == OPTION_SHARES)?;
        let names = unsafe { slice(value.names, value.share_count) };
        let shares = unsafe { slice(value.shares, value.share_count) };
        Some(names.iter().zip(shares).map(|(name, share)| (unsafe { string(*name) }, *share)).collect())
    }
}

/// What an option without a value is refused with.
pub fn missing(name: &str) -> Failure {
    Failure::new(INVALID_ARGUMENT, format!("the option '{name}' is missing"))
}

/// A value to take where a pipeline writes none.
pub const fn default_integer(integer: i64) -> cpt_option_value {
    cpt_option_value { integer, ..default_of(OPTION_INTEGER) }
}

/// A value to take where a pipeline writes none.
pub const fn default_real(real: f64) -> cpt_option_value {
    cpt_option_value { real, ..default_of(OPTION_REAL) }
}

const fn default_of(kind: u32) -> cpt_option_value {
    cpt_option_value {
        struct_size: size_of::<cpt_option_value>(),
        name: cpt_text::EMPTY,
        kind,
        integer: 0,
        real: 0.0,
        text: cpt_text::EMPTY,
        names: std::ptr::null(),
        shares: std::ptr::null(),
        share_count: 0,
    }
}

/// A declaration; the bounds are those of a number, or of each share.
pub const fn declared(
    name: &'static str,
    kind: u32,
    presence: u32,
    default_value: *const cpt_option_value,
    bounds: (f64, f64),
    help: &'static str,
) -> cpt_option {
    cpt_option {
        struct_size: size_of::<cpt_option>(),
        name: cpt_text::of(name),
        kind,
        presence,
        default_value,
        minimum: bounds.0,
        maximum: bounds.1,
        choices: std::ptr::null(),
        choice_count: 0,
        help: cpt_text::of(help),
    }
}

/// Hands a new instance to the host, which ends it with `destroy`.
///
/// # Safety
/// `slot` has room for one pointer.
pub unsafe fn give<T>(instance: T, slot: *mut *mut c_void) {
    unsafe { slot.write(Box::into_raw(Box::new(instance)).cast()) };
}

/// # Safety
/// `instance` was made by `give` as the same type and not destroyed yet.
pub unsafe fn at<'a, T>(instance: *mut c_void) -> &'a T {
    unsafe { &*instance.cast::<T>() }
}

/// Ends an instance that `give` handed out.
pub unsafe extern "C" fn destroy<T>(instance: *mut c_void) {
    if !instance.is_null() {
        guarded_or((), || drop(unsafe { Box::from_raw(instance.cast::<T>()) }));
    }
}
