//! A small decoder: learned positions, then layers of causal attention and a GELU feed-forward part,
//! each behind an RMS norm and added to the stream; one token table for input and output.
//!
//! In shapes: B sequences, T positions, R = B T rows, w width, H heads, V vocabulary.

mod boundary;
mod bridge;
mod ffi;
mod graph;

use boundary::*;
use bridge::{cpt_architecture_table, cpt_model_dimensions, table, Architecture};
use ffi::*;
use graph::*;

/// What the host reads before any of this code runs.
#[no_mangle]
#[used]
#[link_section = "cpt_plugin"]
#[allow(non_upper_case_globals)]
pub static cpt_plugin_record: cpt_record =
    record(KIND_ARCHITECTURE, CONCURRENCY_CONCURRENT, "example-plugin", "example_plugin_entry");

/// # Safety
/// The host calls it, once, with pointers as the ABI says.
#[no_mangle]
pub unsafe extern "C" fn example_plugin_entry(
    host: *const cpt_host,
    plugin: *mut cpt_plugin,
    error: ErrorSlot,
) -> cpt_status {
    static TABLE: cpt_architecture_table = table::<Decoder>();
    static OPTIONS: [cpt_option; 2] = [
        size(
            "width",
            (LEAST_WIDTH as f64, GREATEST_WIDTH as f64),
            "Width of the stream; chosen for the target size where it is absent.",
        ),
        size(
            "layers",
            (1.0, GREATEST_DEPTH as f64),
            "Number of layers; chosen for the target size where it is absent.",
        ),
    ];
    unsafe { hand_over(host, plugin, error, KIND_ARCHITECTURE, &OPTIONS, &TABLE) }
}

const fn size(name: &'static str, bounds: (f64, f64), help: &'static str) -> cpt_option {
    declared(name, OPTION_INTEGER, OPTION_OPTIONAL, std::ptr::null(), bounds, help)
}

const LEAST_WIDTH: i64 = 8;
const GREATEST_WIDTH: i64 = 4096;
const GREATEST_DEPTH: i64 = 256;
const DEVIATION: f64 = 0.02;

#[derive(Clone, Copy)]
struct Decoder {
    width: i64,
    layers: i64,
    vocabulary: i64,
    context: i64,
}

impl Decoder {
    fn embedding_size(&self) -> i64 {
        self.vocabulary * self.width
    }

    /// Attention 4 w^2, feed-forward 8 w^2, two norms.
    fn layer_size(&self) -> i64 {
        12 * self.width * self.width + 2 * self.width
    }

    /// All but the token table: positions T w, the last norm, the layers.
    fn rest_size(&self) -> i64 {
        self.context * self.width + self.width + self.layers * self.layer_size()
    }

    /// The most heads of a width of 32 or more that divide the width.
    fn heads(&self) -> i64 {
        (2..=self.width / 32).rev().find(|heads| self.width % heads == 0).unwrap_or(1)
    }

    /// Tries widths in steps of 4, each with the depth that comes nearest, at most a layer for each 8.
    fn nearest(
        target: i64,
        width: Option<i64>,
        layers: Option<i64>,
        dimensions: &cpt_model_dimensions,
    ) -> Self {
        let (vocabulary, context) = (dimensions.vocabulary, dimensions.context);
        let free: Vec<i64> = (LEAST_WIDTH..=GREATEST_WIDTH).step_by(4).collect();
        let widths = width.map_or(free, |width| vec![width]);
        let models = widths.into_iter().map(|width| {
            let empty = Decoder { width, layers: 0, vocabulary, context };
            let layer = empty.layer_size();
            let fitting = (target - empty.rest_size() + layer / 2) / layer;
            Decoder { layers: layers.unwrap_or(fitting.clamp(1, width / 8)), ..empty }
        });
        models.min_by_key(|model| (target - model.rest_size()).abs()).expect("there is a width")
    }

    /// A matrix [outputs, inputs].
    fn matrix(
        &self,
        graph: &Graph,
        name: &str,
        outputs: i64,
        inputs: i64,
        deviation: f64,
    ) -> Outcome<cpt_value> {
        graph.parameter(name, &[outputs, inputs], Initializer::Normal { deviation }, true)
    }

    /// What adds to the stream starts smaller, lest the stream grow with the depth.
    fn output_deviation(&self) -> f64 {
        DEVIATION / (2.0 * self.layers as f64).sqrt()
    }

    fn norm(&self, graph: &Graph, name: &str, x: cpt_value) -> Outcome<cpt_value> {
        let name = format!("{name}.weight");
        let weight = graph.parameter(&name, &[self.width], Initializer::Constant(1.0), false)?;
        graph.add(RMS_NORM, &[x, weight], &[], &[1e-5])
    }

    /// [R, w] to [R, w].
    fn attention(&self, graph: &Graph, name: &str, x: cpt_value, batch: i64) -> Outcome<cpt_value> {
        let (rows, width, heads) = (x.extents[0], self.width, self.heads());
        let projection = |part: &str| {
            let name = format!("{name}.{part}.weight");
            let weight = self.matrix(graph, &name, width, width, DEVIATION)?;
            let split = [batch, rows / batch, heads, width / heads];
            graph.add(RESHAPE, &[graph.linear(x, weight)?], &split, &[])
        };
        let inputs = [projection("query")?, projection("key")?, projection("value")?];
        let scale = 1.0 / ((width / heads) as f64).sqrt();
        let mixed = graph.add(CAUSAL_ATTENTION, &inputs, &[], &[scale])?;
        let joined = graph.add(RESHAPE, &[mixed], &[rows, width], &[])?;
        let name = format!("{name}.output.weight");
        graph.linear(joined, self.matrix(graph, &name, width, width, self.output_deviation())?)
    }

    /// [R, w] to [R, w], through [R, 4 w].
    fn feed_forward(&self, graph: &Graph, name: &str, x: cpt_value) -> Outcome<cpt_value> {
        let width = self.width;
        let up = self.matrix(graph, &format!("{name}.up.weight"), 4 * width, width, DEVIATION)?;
        let inner = graph.add(GELU, &[graph.linear(x, up)?], &[], &[])?;
        let name = format!("{name}.down.weight");
        graph.linear(inner, self.matrix(graph, &name, width, 4 * width, self.output_deviation())?)
    }
}

impl Architecture for Decoder {
    fn shape_near(
        target: i64,
        options: &Options,
        dimensions: &cpt_model_dimensions,
    ) -> Outcome<Vec<(&'static str, i64)>> {
        let (width, layers) = (options.integer("width"), options.integer("layers"));
        let model = Self::nearest(target, width, layers, dimensions);
        Ok(vec![("width", model.width), ("layers", model.layers)])
    }

    fn create(options: &Options, dimensions: &cpt_model_dimensions) -> Outcome<Self> {
        let (Some(width), Some(layers)) = (options.integer("width"), options.integer("layers"))
        else {
            let words = "width and layers are needed: write both, or a target size";
            return Err(Failure::new(INVALID_ARGUMENT, words));
        };
        let (vocabulary, context) = (dimensions.vocabulary, dimensions.context);
        Ok(Decoder { width, layers, vocabulary, context })
    }

    fn parameter_count(&self) -> (i64, i64) {
        (self.embedding_size() + self.rest_size(), self.embedding_size())
    }

    fn describe(&self, tokens: cpt_value, targets: cpt_value, graph: &Graph) -> Outcome<cpt_value> {
        let &[batch, length] = tokens.shape() else {
            return Err(Failure::new(INVALID_ARGUMENT, "tokens must be [sequences, positions]"));
        };
        if length > self.context {
            let words = format!("{length} positions are more than the context, {}", self.context);
            return Err(Failure::new(INVALID_ARGUMENT, words));
        }
        let (width, rows) = (self.width, batch * length);
        let table = self.matrix(graph, "embedding.weight", self.vocabulary, width, DEVIATION)?;
        let mut positions =
            self.matrix(graph, "position.weight", self.context, width, DEVIATION / 2.0)?;
        if length < self.context {
            positions = graph.add(SLICE, &[positions], &[0, 0, length, width], &[])?;
        }
        let embedded = graph.binary(GATHER, table, tokens)?;
        let placed = graph.binary(ADD, embedded, graph.repeated_like(positions, embedded)?)?;
        let mut stream = graph.add(RESHAPE, &[placed], &[rows, width], &[])?;
        for layer in 0..self.layers {
            let name = format!("layers.{layer}");
            let heard = self.norm(graph, &format!("{name}.attention_norm"), stream)?;
            stream = graph.binary(ADD, stream, self.attention(graph, &name, heard, batch)?)?;
            let thought = self.norm(graph, &format!("{name}.feed_forward_norm"), stream)?;
            stream = graph.binary(ADD, stream, self.feed_forward(graph, &name, thought)?)?;
        }
        let last = self.norm(graph, "norm", stream)?;
        let targets = graph.add(RESHAPE, &[targets], &[rows], &[])?;
        graph.add(LINEAR_CROSS_ENTROPY, &[last, table, targets], &[], &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_void;

    /// A graph that counts what is declared and follows shapes, as far as this model needs them.
    #[derive(Default)]
    struct Counter {
        elements: i64,
        used: i32,
    }

    impl Counter {
        fn value(&mut self, shape: &[i64]) -> cpt_value {
            self.used += 1;
            let mut extents = [0; MAXIMUM_RANK];
            extents[..shape.len()].copy_from_slice(shape);
            cpt_value { id: self.used, element_type: 1, rank: shape.len() as u32, extents }
        }
    }

    unsafe extern "C" fn declare(
        context: *mut c_void,
        parameter: *const cpt_parameter,
        result: *mut cpt_value,
        _: ErrorSlot,
    ) -> cpt_status {
        let (counter, parameter) = unsafe { (&mut *context.cast::<Counter>(), &*parameter) };
        let shape = &parameter.extents[..parameter.rank as usize];
        counter.elements += shape.iter().product::<i64>();
        unsafe { result.write(counter.value(shape)) };
        OK
    }

    unsafe extern "C" fn add(
        context: *mut c_void,
        operation: *const cpt_operation,
        result: *mut cpt_value,
        _: ErrorSlot,
    ) -> cpt_status {
        let (counter, operation) = unsafe { (&mut *context.cast::<Counter>(), &*operation) };
        let inputs = unsafe { slice(operation.inputs, operation.input_count) };
        let integers = unsafe { slice(operation.integers, operation.integer_count) };
        let x = inputs[0].shape();
        let shape = match operation.code {
            RESHAPE => integers.to_vec(),
            BROADCAST => integers[1 + x.len()..].to_vec(),
            SLICE => (0..x.len()).map(|axis| integers[x.len() + axis] - integers[axis]).collect(),
            GATHER => [inputs[1].shape(), &x[1..]].concat(),
            MATRIX_PRODUCT => vec![x[0], inputs[1].extents[0]],
            LINEAR_CROSS_ENTROPY => inputs[2].shape().to_vec(),
            ADD | RMS_NORM | CAUSAL_ATTENTION | GELU => x.to_vec(),
            _ => return UNSUPPORTED,
        };
        unsafe { result.write(counter.value(&shape)) };
        OK
    }

    #[test]
    fn it_declares_what_it_counts() {
        let dimensions = cpt_model_dimensions {
            struct_size: std::mem::size_of::<cpt_model_dimensions>(),
            vocabulary: 300,
            context: 16,
        };
        for target in [5_000, 60_000, 1_000_000] {
            let model = Decoder::nearest(target, None, None, &dimensions);
            let near = model.rest_size() as f64 / target as f64;
            assert!((0.7..1.4).contains(&near), "{near} times the target {target}");
            for length in [8, 16] {
                let mut counter = Counter::default();
                let tokens = counter.value(&[2, length]);
                let graph = cpt_graph {
                    struct_size: std::mem::size_of::<cpt_graph>(),
                    context: (&mut counter as *mut Counter).cast(),
                    parameter: Some(declare),
                    add: Some(add),
                };
                let losses = model
                    .describe(tokens, tokens, &unsafe { Graph::new(&graph) })
                    .expect("it describes");
                assert_eq!(losses.shape(), [2 * length]);
                assert_eq!(counter.elements, model.parameter_count().0);
            }
        }
    }
}
