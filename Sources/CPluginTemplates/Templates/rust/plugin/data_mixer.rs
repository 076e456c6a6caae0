//! A mixture that moves evenly from one set of shares at the start of a stage to another at its end.
//!
//! With f the part of the stage that is done, a corpus has the weight (1 - f) start + f end.

mod boundary;
mod bridge;
mod ffi;

use boundary::*;
use bridge::{cpt_data_mixer_table, cpt_mixing_progress, table, DataMixer};
use ffi::*;

/// What the host reads before any of this code runs.
#[no_mangle]
#[used]
#[link_section = "cpt_plugin"]
#[allow(non_upper_case_globals)]
pub static cpt_plugin_record: cpt_record =
    record(KIND_DATA_MIXER, CONCURRENCY_CONCURRENT, "example-plugin", "example_plugin_entry");

/// # Safety
/// The host calls it, once, with pointers as the ABI says.
#[no_mangle]
pub unsafe extern "C" fn example_plugin_entry(
    host: *const cpt_host,
    plugin: *mut cpt_plugin,
    error: ErrorSlot,
) -> cpt_status {
    static TABLE: cpt_data_mixer_table = table::<Anneal>();
    static OPTIONS: [cpt_option; 2] = [
        shares("start", "The share of each corpus at the start; they are divided by their sum."),
        shares("end", "The share of each corpus at the end; they are divided by their sum."),
    ];
    unsafe { hand_over(host, plugin, error, KIND_DATA_MIXER, &OPTIONS, &TABLE) }
}

const fn shares(name: &'static str, help: &'static str) -> cpt_option {
    declared(name, OPTION_SHARES, OPTION_REQUIRED, std::ptr::null(), (0.0, 1e15), help)
}

#[derive(Debug, Default)]
struct Anneal {
    sources: Vec<String>,
    start: Vec<f64>,
    end: Vec<f64>,
}

impl Anneal {
    fn new(start: &[(String, f64)], end: &[(String, f64)]) -> Outcome<Self> {
        let mut mixer = Anneal::default();
        for (corpus, share) in normalized("start", start)? {
            let index = mixer.source(&corpus);
            mixer.start[index] += share;
        }
        for (corpus, share) in normalized("end", end)? {
            let index = mixer.source(&corpus);
            mixer.end[index] += share;
        }
        Ok(mixer)
    }

    /// The place of a corpus, added where it is new.
    fn source(&mut self, corpus: &str) -> usize {
        let known = self.sources.iter().position(|source| source == corpus);
        known.unwrap_or_else(|| {
            self.sources.push(corpus.into());
            self.start.push(0.0);
            self.end.push(0.0);
            self.sources.len() - 1
        })
    }
}

/// Shares that sum to one.
fn normalized(option: &str, shares: &[(String, f64)]) -> Outcome<Vec<(String, f64)>> {
    let sum: f64 = shares.iter().map(|(_, share)| share).sum();
    if !(sum > 0.0 && sum.is_finite()) {
        let words = format!(
            "the shares of '{option}' sum to {sum}: name at least one corpus with a share above 0"
        );
        return Err(Failure::new(INVALID_ARGUMENT, words));
    }
    Ok(shares.iter().map(|(corpus, share)| (corpus.clone(), share / sum)).collect())
}

impl DataMixer for Anneal {
    fn create(options: &Options) -> Outcome<Self> {
        let read = |name| options.shares(name).ok_or_else(|| missing(name));
        Self::new(&read("start")?, &read("end")?)
    }

    fn sources(&self) -> &[String] {
        &self.sources
    }

    fn weights(&self, progress: &cpt_mixing_progress) -> Outcome<Vec<f64>> {
        let done = progress.fraction();
        Ok(self.start.iter().zip(&self.end).map(|(start, end)| (1.0 - done) * start + done * end).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(shares: &[(&str, f64)]) -> Vec<(String, f64)> {
        shares.iter().map(|(corpus, share)| (corpus.to_string(), *share)).collect()
    }

    #[test]
    fn it_moves_from_start_to_end() {
        let mixer = Anneal::new(&shares(&[("old", 3.0), ("new", 1.0)]), &shares(&[("new", 2.0)]))
            .expect("these shares are allowed");
        assert_eq!(mixer.sources(), ["old", "new"]);
        for (tokens_drawn, expected) in [(0, [0.75, 0.25]), (500, [0.375, 0.625]), (1000, [0.0, 1.0])] {
            let progress = cpt_mixing_progress {
                struct_size: std::mem::size_of::<cpt_mixing_progress>(),
                tokens_drawn,
                tokens_planned: 1000,
                source_tokens_drawn: std::ptr::null(),
                source_count: 0,
            };
            assert_eq!(mixer.weights(&progress).expect("it weighs"), expected);
        }
    }

    #[test]
    fn nothing_to_mix_is_refused() {
        let error = Anneal::new(&shares(&[("old", 0.0)]), &shares(&[("old", 1.0)]))
            .expect_err("a sum of 0 is refused");
        assert!(error.message.contains("'start'"));
    }
}
