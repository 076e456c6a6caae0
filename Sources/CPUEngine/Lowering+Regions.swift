import CPUKernels
import GraphLanguage
import Graphs

extension Lowering {
  /// One pass over memory for the nodes of a region.
  func regionStep(_ members: [Int], _ elementCount: Int) -> Step? {
    var step = Step()
    var builder = TapeBuilder()
    var sums: [(partials: Operand, result: Operand)] = []
    let blocks = (elementCount + Int(cpu_tape_block) - 1) / Int(cpu_tape_block)
    for member in members {
      let node = graph.nodes[member]
      var operands: [Int] = []
      for input in node.inputs {
        operands.append(
          builder.operand(input, sources) { id in
            Operand(slot: slot(of: id), offset: 0)
          })
      }
      if node.isWholeSum {
        guard let result = write(node.results[0], in: &step) else { continue }
        let partials = workspace(blocks, in: &step)
        builder.blockSum(operands[0], partials: partials)
        sums.append((partials, result))
        continue
      }
      for (code, chosen, result) in node.tapeInstructions(operands) {
        let place = stored.contains(result.id) ? Operand(slot: slot(of: result.id), offset: 0) : nil
        builder.instruction(code, chosen, result: result, place: place)
      }
    }
    if builder.instructions.isEmpty { return nil }
    builder.assignBuffers()
    step.reads += builder.reads
    step.writes += builder.writes
    step.inPlace = builder.inPlace
    step.scratchCount = builder.bufferCount * Int(cpu_tape_block)
    let tape = Tape(builder, elementCount: elementCount)
    step.bind = { frame in tape.bind(frame) }
    step.phases.append(
      .chunks(of: tape.blockCount, by: 16) { [kernels] frame, blocks, thread in
        tape.run(kernels, blocks: blocks, scratch: frame.scratch(thread))
      })
    if !sums.isEmpty {
      step.phases.append(
        Phase(pieces: 1) { frame, _, _ in
          for (partials, result) in sums {
            frame.floats(result)[0] = cpu_sum_partials(frame.floats(partials), Int64(blocks))
          }
        })
    }
    return step
  }

  /// Writes out a constant or an index that a kernel reads from memory.
  func patternStep(_ node: Graph.Node) -> Step {
    let result = node.results[0]
    var builder = TapeBuilder()
    let operand = builder.operand(result, sources) { id in
      Operand(slot: slot(of: id), offset: 0)
    }
    let count = result.shape.elementCount
    builder.instruction(
      CPU_TAPE_COPY, [operand], result: result,
      place: Operand(slot: slot(of: result.id), offset: 0))
    builder.assignBuffers()
    var step = Step()
    step.reads = builder.reads
    step.writes = builder.writes
    step.scratchCount = builder.bufferCount * Int(cpu_tape_block)
    let tape = Tape(builder, elementCount: count)
    step.bind = { frame in tape.bind(frame) }
    step.phases = [
      .chunks(of: tape.blockCount, by: 16) { [kernels] frame, blocks, thread in
        tape.run(kernels, blocks: blocks, scratch: frame.scratch(thread))
      }
    ]
    return step
  }
}

extension Graph.Node {
  /// The instructions of an elementwise node, given its operands' registers.
  fileprivate func tapeInstructions(
    _ operands: [Int]
  ) -> [(code: cpu_tape_code, operands: [Int], result: Value)] {
    switch operation {
    case .gradient(.gelu): return [(CPU_TAPE_GELU_GRADIENT, operands, results[0])]
    case .gradient(.swiGLU):
      return [
        (CPU_TAPE_SWIGLU_GATE_GRADIENT, operands, results[0]),
        (CPU_TAPE_SWIGLU_UP_GRADIENT, [operands[0], operands[2]], results[1]),
      ]
    case .language(let operation):
      return [(operation.tapeCode(of: inputs[0].elementType), operands, results[0])]
    default: preconditionFailure("\(operation.name) is not elementwise")
    }
  }
}

extension Operation {
  fileprivate func tapeCode(of type: ElementType) -> cpu_tape_code {
    switch self {
    case .unary(let function): function.tapeCode
    case .binary(let function): function.tapeCode
    case .compare(.equal): type == .float32 ? CPU_TAPE_EQUAL : CPU_TAPE_EQUAL_INT
    case .compare(.less): type == .float32 ? CPU_TAPE_LESS : CPU_TAPE_LESS_INT
    case .compare(.lessOrEqual):
      type == .float32 ? CPU_TAPE_LESS_OR_EQUAL : CPU_TAPE_LESS_OR_EQUAL_INT
    case .select: CPU_TAPE_SELECT
    case .convert(let result):
      type == result
        ? CPU_TAPE_COPY : result == .float32 ? CPU_TAPE_INT_TO_FLOAT : CPU_TAPE_FLOAT_TO_INT
    case .swiGLU: CPU_TAPE_SWIGLU
    case .gelu: CPU_TAPE_GELU
    default: preconditionFailure("\(name) is not elementwise")
    }
  }
}

extension UnaryFunction {
  fileprivate var tapeCode: cpu_tape_code {
    switch self {
    case .negate: CPU_TAPE_NEGATE
    case .exponential: CPU_TAPE_EXPONENTIAL
    case .logarithm: CPU_TAPE_LOGARITHM
    case .squareRoot: CPU_TAPE_SQUARE_ROOT
    case .reciprocalSquareRoot: CPU_TAPE_RECIPROCAL_SQUARE_ROOT
    case .tanh: CPU_TAPE_TANH
    case .logistic: CPU_TAPE_LOGISTIC
    case .sine: CPU_TAPE_SINE
    case .cosine: CPU_TAPE_COSINE
    case .absolute: CPU_TAPE_ABSOLUTE
    case .sign: CPU_TAPE_SIGN
    }
  }
}

extension BinaryFunction {
  fileprivate var tapeCode: cpu_tape_code {
    switch self {
    case .add: CPU_TAPE_ADD
    case .subtract: CPU_TAPE_SUBTRACT
    case .multiply: CPU_TAPE_MULTIPLY
    case .divide: CPU_TAPE_DIVIDE
    case .maximum: CPU_TAPE_MAXIMUM
    case .minimum: CPU_TAPE_MINIMUM
    case .power: CPU_TAPE_POWER
    }
  }
}
