//! Gradient descent with momentum and decoupled weight decay:
//!
//!     v <- momentum v + g
//!     p <- p (1 - rate decay) - rate v
//!
//! after Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 1. The decay acts only on parameters
//! that declare it.

mod boundary;
mod bridge;
mod ffi;
mod graph;

use boundary::*;
use bridge::{cpt_optimizer_table, table, Optimizer, State, Update};
use ffi::*;
use graph::*;

/// What the host reads before any of this code runs.
#[no_mangle]
#[used]
#[link_section = "cpt_plugin"]
#[allow(non_upper_case_globals)]
pub static cpt_plugin_record: cpt_record =
    record(KIND_OPTIMIZER, CONCURRENCY_CONCURRENT, "example-plugin", "example_plugin_entry");

/// # Safety
/// The host calls it, once, with pointers as the ABI says.
#[no_mangle]
pub unsafe extern "C" fn example_plugin_entry(
    host: *const cpt_host,
    plugin: *mut cpt_plugin,
    error: ErrorSlot,
) -> cpt_status {
    static TABLE: cpt_optimizer_table = table::<Momentum>();
    static OPTIONS: [cpt_option; 2] = [
        declared(
            "momentum",
            OPTION_REAL,
            OPTION_DEFAULTED,
            &DEFAULT_MOMENTUM,
            (0.0, 0.999_999),
            "How much of the last move's direction is kept.",
        ),
        declared(
            "weight_decay",
            OPTION_REAL,
            OPTION_DEFAULTED,
            &DEFAULT_DECAY,
            (0.0, 1.0),
            "How much of a matrix decays in a step, times the learning rate.",
        ),
    ];
    unsafe { hand_over(host, plugin, error, KIND_OPTIMIZER, &OPTIONS, &TABLE) }
}

static DEFAULT_MOMENTUM: cpt_option_value = default_real(0.9);
static DEFAULT_DECAY: cpt_option_value = default_real(0.1);

struct Momentum {
    momentum: f64,
    weight_decay: f64,
}

impl Optimizer for Momentum {
    const STATES: &'static [State] = &[State { name: "velocity", initial_value: 0.0 }];

    fn create(options: &Options) -> Outcome<Self> {
        let read = |name| options.real(name).ok_or_else(|| missing(name));
        Ok(Momentum { momentum: read("momentum")?, weight_decay: read("weight_decay")? })
    }

    fn describe(&self, update: &Update, graph: &Graph) -> Outcome<(cpt_value, Vec<cpt_value>)> {
        let rate = update.learning_rate;
        let last = graph.scaled(update.states[0], self.momentum)?;
        let velocity = graph.binary(ADD, last, update.gradient)?;
        let mut kept = update.parameter;
        if update.decays && self.weight_decay > 0.0 {
            let one = graph.filled_like(rate, 1.0)?;
            let factor = graph.binary(ADD, one, graph.scaled(rate, -self.weight_decay)?)?;
            kept = graph.binary(MULTIPLY, kept, graph.repeated_like(factor, kept)?)?;
        }
        let step = graph.binary(MULTIPLY, velocity, graph.repeated_like(rate, kept)?)?;
        Ok((graph.binary(SUBTRACT, kept, step)?, vec![velocity]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_void;

    /// A graph that computes at once: the value of each id, all scalars.
    unsafe extern "C" fn add(
        context: *mut c_void,
        operation: *const cpt_operation,
        result: *mut cpt_value,
        _: ErrorSlot,
    ) -> cpt_status {
        let numbers = unsafe { &mut *context.cast::<Vec<f64>>() };
        let operation = unsafe { &*operation };
        let inputs = unsafe { slice(operation.inputs, operation.input_count) };
        let input = |place: usize| numbers[inputs[place].id as usize];
        let number = match operation.code {
            CONSTANT => unsafe { *operation.reals },
            NEGATE => -input(0),
            SQUARE_ROOT => input(0).sqrt(),
            SIGN => if input(0) == 0.0 { 0.0 } else { input(0).signum() },
            ADD => input(0) + input(1),
            SUBTRACT => input(0) - input(1),
            MULTIPLY => input(0) * input(1),
            DIVIDE => input(0) / input(1),
            _ => return UNSUPPORTED,
        };
        numbers.push(number);
        unsafe { result.write(scalar(numbers.len() - 1)) };
        OK
    }

    fn scalar(place: usize) -> cpt_value {
        cpt_value { id: place as i32, element_type: 1, ..cpt_value::default() }
    }

    /// The new parameter and velocity of one update.
    fn updated(parameter: f64, gradient: f64, velocity: f64, rate: f64) -> (f64, f64) {
        let optimizer = Momentum { momentum: 0.9, weight_decay: 0.1 };
        let mut numbers = vec![parameter, gradient, velocity, 1.0, rate];
        let graph = cpt_graph {
            struct_size: std::mem::size_of::<cpt_graph>(),
            context: (&mut numbers as *mut Vec<f64>).cast(),
            parameter: None,
            add: Some(add),
        };
        let update = Update {
            parameter: scalar(0),
            gradient: scalar(1),
            states: &[scalar(2)],
            step: scalar(3),
            learning_rate: scalar(4),
            decays: true,
        };
        let (new, states) =
            optimizer.describe(&update, &unsafe { Graph::new(&graph) }).expect("it describes");
        (numbers[new.id as usize], numbers[states[0].id as usize])
    }

    #[test]
    fn the_first_step_is_the_formula() {
        let (parameter, velocity) = updated(1.0, 2.0, 0.0, 0.5);
        assert_eq!(velocity, 2.0);
        assert!((parameter - (1.0 - 0.5 * 0.1 - 0.5 * 2.0)).abs() < 1e-12);
    }

    #[test]
    fn it_falls_into_the_minimum_of_a_quadratic() {
        let (mut parameter, mut velocity) = (4.0, 0.0);
        for _ in 0..200 {
            (parameter, velocity) = updated(parameter, parameter, velocity, 0.1);
        }
        assert!(parameter.abs() < 0.01);
    }

    #[test]
    fn nothing_moves_without_cause() {
        assert_eq!(updated(3.0, 0.0, 0.0, 0.0), (3.0, 0.0));
    }
}
