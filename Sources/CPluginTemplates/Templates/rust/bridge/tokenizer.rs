//! A tokenizer as a Rust trait, and the C table that carries it.
#![allow(non_camel_case_types)]

use crate::boundary::*;
use crate::ffi::*;
use std::ffi::c_void;
use std::mem::size_of;

/// The documents to train on, in a fixed order.
pub trait Documents {
    /// The size of all documents together.
    fn byte_count(&self) -> u64;
    /// The next document, or nothing after the last.
    fn next(&mut self) -> Outcome<Option<Vec<u8>>>;
}

/// Laws: `decode(encode(x)) == x` for any bytes `x`; every id lies in `0..vocabulary_size`; the same
/// documents and options train the same model; a saved model reads back as the same tokenizer.
pub trait Tokenizer: Sized + Send + Sync {
    fn train(documents: &mut dyn Documents, options: &Options) -> Outcome<Self>;
    /// Fails with `CORRUPT_DATA` where the bytes are no such model.
    fn load(model: &[u8], options: &Options) -> Outcome<Self>;
    fn save(&self) -> Outcome<Vec<u8>>;
    fn vocabulary_size(&self) -> i32;
    fn encode(&self, bytes: &[u8]) -> Outcome<Vec<i32>>;
    /// Fails with `INVALID_ARGUMENT` where an id lies outside the vocabulary.
    fn decode(&self, ids: &[i32]) -> Outcome<Vec<u8>>;
}

#[repr(C)]
pub struct cpt_documents {
    struct_size: usize,
    context: *mut c_void,
    byte_count: u64,
    next: unsafe extern "C" fn(*mut c_void, *mut cpt_text) -> cpt_status,
}

#[repr(C)]
pub struct cpt_tokenizer_table {
    struct_size: usize,
    train: unsafe extern "C" fn(
        *const cpt_options, *const cpt_documents, *mut *mut c_void, ErrorSlot,
    ) -> cpt_status,
    load: unsafe extern "C" fn(
        *const cpt_options, *const u8, usize, *mut *mut c_void, ErrorSlot,
    ) -> cpt_status,
    save: unsafe extern "C" fn(*mut c_void, *const cpt_byte_sink, ErrorSlot) -> cpt_status,
    vocabulary_size: unsafe extern "C" fn(*mut c_void) -> i32,
    encode: unsafe extern "C" fn(
        *mut c_void, *const u8, usize, *mut i32, usize, *mut usize, ErrorSlot,
    ) -> cpt_status,
    decode: unsafe extern "C" fn(
        *mut c_void, *const i32, usize, *const cpt_byte_sink, ErrorSlot,
    ) -> cpt_status,
    destroy: unsafe extern "C" fn(*mut c_void),
}

const _: () = assert!(size_of::<cpt_documents>() == 32 && size_of::<cpt_tokenizer_table>() == 64);

pub const fn table<T: Tokenizer>() -> cpt_tokenizer_table {
    cpt_tokenizer_table {
        struct_size: size_of::<cpt_tokenizer_table>(),
        train: train::<T>,
        load: load::<T>,
        save: save::<T>,
        vocabulary_size: vocabulary_size::<T>,
        encode: encode::<T>,
        decode: decode::<T>,
        destroy: destroy::<T>,
    }
}

impl Documents for &cpt_documents {
    fn byte_count(&self) -> u64 {
        self.byte_count
    }

    fn next(&mut self) -> Outcome<Option<Vec<u8>>> {
        let mut document = cpt_text::EMPTY;
        match unsafe { (self.next)(self.context, &mut document) } {
            OK if document.data.is_null() => Ok(None),
            OK => Ok(Some(unsafe { slice(document.data, document.length) }.to_vec())),
            status => Err(Failure::new(status, "the host could not give the next document")),
        }
    }
}

unsafe extern "C" fn train<T: Tokenizer>(
    options: *const cpt_options,
    documents: *const cpt_documents,
    instance: *mut *mut c_void,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        give(T::train(&mut &*documents, &Options::new(options))?, instance);
        Ok(())
    })
}

unsafe extern "C" fn load<T: Tokenizer>(
    options: *const cpt_options,
    model: *const u8,
    length: usize,
    instance: *mut *mut c_void,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        give(T::load(slice(model, length), &Options::new(options))?, instance);
        Ok(())
    })
}

unsafe extern "C" fn save<T: Tokenizer>(
    instance: *mut c_void,
    sink: *const cpt_byte_sink,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe { write(&at::<T>(instance).save()?, sink) })
}

unsafe extern "C" fn vocabulary_size<T: Tokenizer>(instance: *mut c_void) -> i32 {
    guarded_or(0, || unsafe { at::<T>(instance) }.vocabulary_size())
}

unsafe extern "C" fn encode<T: Tokenizer>(
    instance: *mut c_void,
    bytes: *const u8,
    length: usize,
    ids: *mut i32,
    capacity: usize,
    count: *mut usize,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe {
        let encoded = at::<T>(instance).encode(slice(bytes, length))?;
        *count = encoded.len();
        if encoded.len() > capacity {
            let words = format!("{} ids do not fit into room for {capacity}", encoded.len());
            return Err(Failure::new(BUFFER_TOO_SMALL, words));
        }
        if !encoded.is_empty() {
            ids.copy_from_nonoverlapping(encoded.as_ptr(), encoded.len());
        }
        Ok(())
    })
}

unsafe extern "C" fn decode<T: Tokenizer>(
    instance: *mut c_void,
    ids: *const i32,
    count: usize,
    sink: *const cpt_byte_sink,
    error: ErrorSlot,
) -> cpt_status {
    guarded(error, || unsafe { write(&at::<T>(instance).decode(slice(ids, count))?, sink) })
}

unsafe fn write(bytes: &[u8], sink: *const cpt_byte_sink) -> Outcome<()> {
    let sink = unsafe { &*sink };
    let write = sink.write.ok_or_else(|| Failure::new(INTERNAL, "the sink cannot be written to"))?;
    match unsafe { write(sink.context, bytes.as_ptr(), bytes.len()) } {
        OK => Ok(()),
        status => Err(Failure::new(status, "the host did not take the bytes")),
    }
}
