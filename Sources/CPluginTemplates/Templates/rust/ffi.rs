//! The structs of the plugin ABI, version 1.0, as the C headers of cpt-host lay them out.
//!
//! Here are those that every plugin needs; each `bridge` adds those of its kind. The headers' comments
//! say what each member means, who owns it, and how long it lives.
#![allow(non_camel_case_types, dead_code)]

use std::ffi::c_void;
use std::mem::{offset_of, size_of};

pub const ABI_MAJOR: u16 = 1;
pub const ABI_MINOR: u16 = 0;

pub type cpt_status = i32;
pub const OK: cpt_status = 0;
pub const INVALID_ARGUMENT: cpt_status = 1;
pub const UNSUPPORTED: cpt_status = 2;
pub const OUT_OF_MEMORY: cpt_status = 3;
pub const CANCELLED: cpt_status = 4;
pub const BUFFER_TOO_SMALL: cpt_status = 5;
pub const CORRUPT_DATA: cpt_status = 6;
pub const INTERNAL: cpt_status = 7;

pub type cpt_kind = u32;
pub const KIND_TOKENIZER: cpt_kind = 1;
pub const KIND_ARCHITECTURE: cpt_kind = 2;
pub const KIND_OPTIMIZER: cpt_kind = 3;
pub const KIND_DATA_MIXER: cpt_kind = 4;
pub const KIND_SCALING_LAW: cpt_kind = 5;

pub const CONCURRENCY_CONCURRENT: u32 = 3;

pub const OPTION_INTEGER: u32 = 2;
pub const OPTION_REAL: u32 = 3;
pub const OPTION_SHARES: u32 = 7;
pub const OPTION_REQUIRED: u32 = 1;
pub const OPTION_OPTIONAL: u32 = 2;
pub const OPTION_DEFAULTED: u32 = 3;

/// UTF-8 text; `data` may be null only if `length` is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct cpt_text {
    pub data: *const u8,
    pub length: usize,
}

impl cpt_text {
    pub const EMPTY: cpt_text = cpt_text { data: std::ptr::null(), length: 0 };

    /// The text is borrowed: the caller keeps it alive for as long as the ABI says.
    pub const fn of(text: &str) -> cpt_text {
        cpt_text { data: text.as_ptr(), length: text.len() }
    }
}

#[repr(C)]
pub struct cpt_error {
    pub struct_size: usize,
    pub status: cpt_status,
    pub message: cpt_text,
    pub context: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut cpt_error)>,
}

/// Where a failing function stores its error object; may be null.
pub type ErrorSlot = *mut *mut cpt_error;

#[repr(C)]
pub struct cpt_byte_sink {
    pub struct_size: usize,
    pub context: *mut c_void,
    pub write: Option<unsafe extern "C" fn(*mut c_void, *const u8, usize) -> cpt_status>,
}

#[repr(C)]
pub struct cpt_record {
    pub magic: [u8; 8],
    pub record_size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub kind: cpt_kind,
    pub concurrency: u32,
    pub name: [u8; 64],
    pub version: [u8; 32],
    pub entry: [u8; 64],
    pub capabilities: [u8; 128],
    pub toolchain: [u8; 160],
    pub reserved: [u8; 40],
}

#[repr(C)]
pub struct cpt_host {
    pub struct_size: usize,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub context: *mut c_void,
    pub log: Option<unsafe extern "C" fn(*mut c_void, u32, cpt_text)>,
    pub is_cancelled: Option<unsafe extern "C" fn(*mut c_void) -> i32>,
    pub progress: Option<unsafe extern "C" fn(*mut c_void, f64, cpt_text)>,
    pub extension: Option<unsafe extern "C" fn(*mut c_void, cpt_text) -> *const c_void>,
}

#[repr(C)]
pub struct cpt_option_value {
    pub struct_size: usize,
    pub name: cpt_text,
    pub kind: u32,
    pub integer: i64,
    pub real: f64,
    pub text: cpt_text,
    pub names: *const cpt_text,
    pub shares: *const f64,
    pub share_count: usize,
}

#[repr(C)]
pub struct cpt_option {
    pub struct_size: usize,
    pub name: cpt_text,
    pub kind: u32,
    pub presence: u32,
    pub default_value: *const cpt_option_value,
    pub minimum: f64,
    pub maximum: f64,
    pub choices: *const cpt_text,
    pub choice_count: usize,
    pub help: cpt_text,
}

#[repr(C)]
pub struct cpt_options {
    pub struct_size: usize,
    pub values: *const cpt_option_value,
    pub count: usize,
    pub stride: usize,
}

#[repr(C)]
pub struct cpt_plugin {
    pub struct_size: usize,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub kind: cpt_kind,
    pub options: *const cpt_option,
    pub option_count: usize,
    pub option_stride: usize,
    pub table: *const c_void,
}

// Safe to share: static declarations point to static data that nothing changes.
unsafe impl Sync for cpt_option_value {}
unsafe impl Sync for cpt_option {}

const _: () = {
    assert!(size_of::<cpt_text>() == 16);
    assert!(size_of::<cpt_error>() == 48 && offset_of!(cpt_error, message) == 16);
    assert!(size_of::<cpt_byte_sink>() == 24);
    assert!(size_of::<cpt_record>() == 512 && offset_of!(cpt_record, toolchain) == 312);
    assert!(size_of::<cpt_host>() == 56 && offset_of!(cpt_host, progress) == 40);
    assert!(size_of::<cpt_option_value>() == 88 && offset_of!(cpt_option_value, text) == 48);
    assert!(size_of::<cpt_option>() == 88 && offset_of!(cpt_option, minimum) == 40);
    assert!(size_of::<cpt_options>() == 32);
    assert!(size_of::<cpt_plugin>() == 56 && offset_of!(cpt_plugin, options) == 24);
};
