//! A tokenizer of characters: the most frequent ones of the training text have an id of their own, and
//! everything else is written byte by byte, so that any bytes come back as they were.
//!
//! Ids 0 to 255 are the bytes; 256 and on are characters of more than one byte, the most frequent
//! first.

mod boundary;
mod bridge;
mod ffi;

use boundary::*;
use bridge::{table, cpt_tokenizer_table, Documents, Tokenizer};
use ffi::*;
use std::collections::{BTreeMap, HashMap};

/// What the host reads before any of this code runs.
#[no_mangle]
#[used]
#[link_section = "cpt_plugin"]
#[allow(non_upper_case_globals)]
pub static cpt_plugin_record: cpt_record =
    record(KIND_TOKENIZER, CONCURRENCY_CONCURRENT, "example-plugin", "example_plugin_entry");

/// # Safety
/// The host calls it, once, with pointers as the ABI says.
#[no_mangle]
pub unsafe extern "C" fn example_plugin_entry(
    host: *const cpt_host,
    plugin: *mut cpt_plugin,
    error: ErrorSlot,
) -> cpt_status {
    static TABLE: cpt_tokenizer_table = table::<Characters>();
    static OPTIONS: [cpt_option; 1] = [declared(
        "vocabulary",
        OPTION_INTEGER,
        OPTION_DEFAULTED,
        &DEFAULT_VOCABULARY,
        (BYTE_COUNT as f64, (1 << 20) as f64),
        "The most ids there may be: 256 bytes, and the most frequent characters.",
    )];
    unsafe { hand_over(host, plugin, error, KIND_TOKENIZER, &OPTIONS, &TABLE) }
}

static DEFAULT_VOCABULARY: cpt_option_value = default_integer(1024);
const BYTE_COUNT: usize = 256;
const MODEL_HEADER: &[u8] = b"example-plugin characters 1\n";

#[derive(Debug)]
struct Characters {
    /// By id, less the bytes.
    characters: Vec<Vec<u8>>,
    ids: HashMap<Vec<u8>, i32>,
}

impl Characters {
    /// Fails if a character stands in the list twice.
    fn new(characters: Vec<Vec<u8>>) -> Outcome<Self> {
        let ids: HashMap<_, _> = characters
            .iter()
            .enumerate()
            .map(|(index, character)| (character.clone(), (BYTE_COUNT + index) as i32))
            .collect();
        if ids.len() < characters.len() {
            return Err(corrupt("holds a character twice"));
        }
        Ok(Characters { characters, ids })
    }

    fn trained(documents: &mut dyn Documents, vocabulary: usize) -> Outcome<Self> {
        let mut counts = BTreeMap::<Vec<u8>, u64>::new();
        let mut done = 0;
        loop {
            if Host::is_cancelled() {
                return Err(Failure::new(CANCELLED, "stopped while counting characters"));
            }
            let Some(document) = documents.next()? else { break };
            let mut rest = document.as_slice();
            while !rest.is_empty() {
                let size = character_size(rest);
                if size > 0 {
                    *counts.entry(rest[..size].to_vec()).or_default() += 1;
                }
                rest = &rest[size.max(1)..];
            }
            done += document.len();
            if documents.byte_count() > 0 {
                let fraction = done as f64 / documents.byte_count() as f64;
                Host::progress(fraction, "counting characters");
            }
        }
        let mut list: Vec<_> = counts.into_iter().collect();
        // The map is sorted by character, and a stable sort keeps that order among equals.
        list.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        list.truncate(vocabulary - BYTE_COUNT);
        Self::new(list.into_iter().map(|(character, _)| character).collect())
    }
}

impl Tokenizer for Characters {
    fn train(documents: &mut dyn Documents, options: &Options) -> Outcome<Self> {
        let vocabulary = options.integer("vocabulary").ok_or_else(|| missing("vocabulary"))?;
        Self::trained(documents, vocabulary as usize)
    }

    /// A model is a header line, then every character in the order of the ids.
    fn load(model: &[u8], _: &Options) -> Outcome<Self> {
        let mut rest = model
            .strip_prefix(MODEL_HEADER)
            .ok_or_else(|| corrupt("does not start with its header line"))?;
        let mut characters = Vec::new();
        while !rest.is_empty() {
            let size = character_size(rest);
            if size == 0 {
                return Err(corrupt("holds bytes that are no character"));
            }
            characters.push(rest[..size].to_vec());
            rest = &rest[size..];
        }
        Self::new(characters)
    }

    fn save(&self) -> Outcome<Vec<u8>> {
        Ok([MODEL_HEADER, &self.characters.concat()].concat())
    }

    fn vocabulary_size(&self) -> i32 {
        (BYTE_COUNT + self.characters.len()) as i32
    }

    fn encode(&self, mut bytes: &[u8]) -> Outcome<Vec<i32>> {
        let mut ids = Vec::with_capacity(bytes.len());
        while let Some(&first) = bytes.first() {
            let size = character_size(bytes);
            let known = if size > 0 { self.ids.get(&bytes[..size]) } else { None };
            ids.push(known.copied().unwrap_or_else(|| first.into()));
            bytes = &bytes[if known.is_some() { size } else { 1 }..];
        }
        Ok(ids)
    }

    fn decode(&self, ids: &[i32]) -> Outcome<Vec<u8>> {
        let mut bytes = Vec::with_capacity(ids.len());
        for (place, &id) in ids.iter().enumerate() {
            if id < 0 || id >= self.vocabulary_size() {
                let last = self.vocabulary_size() - 1;
                let words = format!("id {id} at place {place} is none; ids are 0 to {last}");
                return Err(Failure::new(INVALID_ARGUMENT, words));
            }
            match u8::try_from(id) {
                Ok(byte) => bytes.push(byte),
                Err(_) => bytes.extend(&self.characters[id as usize - BYTE_COUNT]),
            }
        }
        Ok(bytes)
    }
}

fn corrupt(what: &str) -> Failure {
    let words =
        format!("the saved model of example-plugin {what}: remove the file, and it is trained anew");
    Failure::new(CORRUPT_DATA, words)
}

/// The size of the character of 2 to 4 bytes that `bytes` starts with; 0 where there is none.
fn character_size(bytes: &[u8]) -> usize {
    let size = match bytes[0] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return 0,
    };
    let whole = bytes.len() >= size && bytes[1..size].iter().all(|byte| byte & 0xC0 == 0x80);
    if whole { size } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Texts(Vec<&'static str>);

    impl Documents for Texts {
        fn byte_count(&self) -> u64 {
            0
        }

        fn next(&mut self) -> Outcome<Option<Vec<u8>>> {
            Ok(if self.0.is_empty() { None } else { Some(self.0.remove(0).into()) })
        }
    }

    fn trained() -> Characters {
        let mut texts = Texts(vec!["größer, größer", "数据和模型，模型", "🙂"]);
        Characters::trained(&mut texts, 262).expect("it trains")
    }

    #[test]
    fn bytes_come_back() {
        let tokenizer = trained();
        assert_eq!(tokenizer.vocabulary_size(), 262);
        let all: Vec<u8> = (0..=255).collect();
        let texts = ["größer 数据 🙂".as_bytes(), &all, b"", b"\xE6\x95", b"\xC0\x80\xF0\x82"];
        for text in texts {
            let ids = tokenizer.encode(text).expect("it encodes");
            assert_eq!(tokenizer.decode(&ids).expect("it decodes"), text);
        }
        assert_eq!(tokenizer.encode("ö".as_bytes()).expect("it encodes").len(), 1);
    }

    #[test]
    fn nonsense_is_refused() {
        let tokenizer = trained();
        let error = tokenizer.decode(&[262]).expect_err("there is no such id");
        assert_eq!(error.status, INVALID_ARGUMENT);
        let model = tokenizer.save().expect("it saves");
        assert!(model.starts_with(MODEL_HEADER));
        assert_eq!(Characters::new(vec![vec![1], vec![1]]).expect_err("twice").status, CORRUPT_DATA);
    }
}
