import CPUKernels
import GraphLanguage
import Graphs

/// Writes the tape of a region: an instruction for each node, registers for what it reads and gives.
struct TapeBuilder {
  struct Instruction {
    var code: cpu_tape_code
    var operands: [Int]
    var result: Int
  }

  private(set) var instructions: [Instruction] = []
  private(set) var registers: [cpu_tape_register] = []
  /// What the places of registers mean.
  private(set) var places: [Operand] = []
  private(set) var bufferCount = 0
  private(set) var reads: [Int] = []
  private(set) var writes: [Int] = []

  private var registerOfValue: [Int32: Int] = [:]
  private var registerOfPlace: [Operand: Int] = [:]
  private var registerOfPattern: [Pattern: Int] = [:]

  /// Gives the register of a value that an instruction reads.
  mutating func operand(
    _ value: Value, _ sources: ValueSources, slot: (Int32) -> Operand
  ) -> Int {
    let root = sources.root(value)
    if root.offset == 0, let register = registerOfValue[root.value] { return register }
    if let pattern = sources.pattern(value) { return register(of: pattern, slot: slot) }
    var place = slot(root.value)
    place.offset += root.offset
    if let register = registerOfPlace[place] { return register }
    reads.append(place.slot)
    let register = append(CPU_TAPE_STREAM, at: place)
    registerOfPlace[place] = register
    return register
  }

  /// Adds an instruction whose result other steps read, or this tape alone if there is no place.
  mutating func instruction(
    _ code: cpu_tape_code, _ operands: [Int], result: Value, place: Operand?
  ) {
    let register: Int
    if let place {
      register = append(CPU_TAPE_STREAM, at: place)
      writes.append(place.slot)
    } else {
      register = append(CPU_TAPE_BUFFER, at: nil)
    }
    registerOfValue[result.id] = register
    instructions.append(Instruction(code: code, operands: operands, result: register))
  }

  /// Adds the sum of a register over each block, to be stored in a workspace.
  mutating func blockSum(_ operand: Int, partials: Operand) {
    let register = append(CPU_TAPE_PARTIAL, at: partials)
    instructions.append(
      Instruction(code: CPU_TAPE_BLOCK_SUM, operands: [operand], result: register))
  }

  /// The slots that may share memory: read element by element only, and never after the write.
  var inPlace: [InPlacePair] {
    var lastRead: [Int: Int] = [:]
    var firstWrite: [Int: Int] = [:]
    for (index, instruction) in instructions.enumerated() {
      for register in instruction.operands where registers[register].kind == CPU_TAPE_STREAM {
        lastRead[places[Int(registers[register].place)].slot] = index
      }
      if registers[instruction.result].kind == CPU_TAPE_STREAM {
        firstWrite[places[Int(registers[instruction.result].place)].slot] = index
      }
    }
    let scattered = Set(
      registers.compactMap { register -> Int? in
        switch register.kind {
        case CPU_TAPE_REPEATED, CPU_TAPE_SPLAT: return places[Int(register.place)].slot
        case CPU_TAPE_STREAM:
          let place = places[Int(register.place)]
          return place.offset == 0 ? nil : place.slot
        default: return nil
        }
      })
    return Set(writes).sorted().flatMap { written in
      Set(reads).sorted().compactMap { read in
        guard let write = firstWrite[written], let last = lastRead[read], last <= write,
          !scattered.contains(read), firstWrite[read] == nil
        else { return nil }
        return InPlacePair(written: written, read: read)
      }
    }
  }

  /// Gives scratch buffers to registers; a buffer is taken again after its register's last read.
  mutating func assignBuffers() {
    var lastRead: [Int: Int] = [:]
    for (index, instruction) in instructions.enumerated() {
      for register in instruction.operands { lastRead[register] = index }
    }
    var free: [Int32] = []
    var next: Int32 = 0
    for index in registers.indices where registers[index].isFilledFirst {
      registers[index].buffer = next
      next += 1
    }
    for (index, instruction) in instructions.enumerated() {
      for register in Set(instruction.operands).sorted()
      where registers[register].kind == CPU_TAPE_BUFFER && lastRead[register] == index {
        free.append(registers[register].place)
      }
      let result = instruction.result
      guard registers[result].kind == CPU_TAPE_BUFFER else { continue }
      if let buffer = free.popLast() {
        registers[result].place = buffer
      } else {
        registers[result].place = next
        next += 1
      }
      if lastRead[result] == nil { free.append(registers[result].place) }
    }
    bufferCount = Int(next)
  }

  private mutating func register(of pattern: Pattern, slot: (Int32) -> Operand) -> Int {
    if let register = registerOfPattern[pattern] { return register }
    let register: Int
    switch pattern.origin {
    case .constant(let bits):
      register = append(CPU_TAPE_CONSTANT, at: nil)
      registers[register].value = Float(bitPattern: bits)
    case .index(let type):
      register = append(type == .float32 ? CPU_TAPE_INDEX : CPU_TAPE_INDEX_INT, at: nil)
    case .value(let value):
      let place = slot(value)
      reads.append(place.slot)
      register = append(pattern.extent == 1 ? CPU_TAPE_SPLAT : CPU_TAPE_REPEATED, at: place)
    }
    registers[register].inner = Int64(pattern.inner)
    registers[register].extent = Int64(pattern.extent)
    registerOfPattern[pattern] = register
    return register
  }

  private mutating func append(_ kind: cpu_tape_kind, at place: Operand?) -> Int {
    precondition(registers.count < 256, "a tape has at most 256 registers")
    var index = 0
    if let place {
      if let known = places.firstIndex(of: place) {
        index = known
      } else {
        index = places.count
        places.append(place)
      }
    }
    registers.append(
      cpu_tape_register(
        kind: kind, place: Int32(index), buffer: 0, value: 0, inner: 1, extent: 1))
    return registers.count - 1
  }
}

extension cpu_tape_register {
  /// Whether the register is filled before the first instruction of a block.
  fileprivate var isFilledFirst: Bool {
    switch kind {
    case CPU_TAPE_REPEATED, CPU_TAPE_SPLAT, CPU_TAPE_CONSTANT, CPU_TAPE_INDEX, CPU_TAPE_INDEX_INT:
      true
    default: false
    }
  }
}

/// A finished tape in the form that the C kernel reads.
final class Tape {
  let blockCount: Int
  private let elementCount: Int
  private let places: [Operand]
  private let instructions: UnsafeMutableBufferPointer<cpu_tape_instruction>
  private let registers: UnsafeMutableBufferPointer<cpu_tape_register>
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>

  init(_ builder: TapeBuilder, elementCount: Int) {
    self.elementCount = elementCount
    places = builder.places
    blockCount = (elementCount + Int(cpu_tape_block) - 1) / Int(cpu_tape_block)
    instructions = .allocate(capacity: builder.instructions.count)
    for (index, instruction) in builder.instructions.enumerated() {
      // Operands that an instruction lacks are register 0, which it does not read.
      let all = (instruction.operands + [0, 0, 0]).map { Int32($0) }
      instructions.initializeElement(
        at: index,
        to: cpu_tape_instruction(
          code: instruction.code, result: Int32(instruction.result),
          operands: (all[0], all[1], all[2])))
    }
    registers = .allocate(capacity: builder.registers.count)
    _ = registers.initialize(from: builder.registers)
    addresses = .allocate(capacity: max(1, builder.places.count))
  }

  deinit {
    instructions.deallocate()
    registers.deallocate()
    addresses.deallocate()
  }

  func bind(_ frame: Frame) {
    for (index, place) in places.enumerated() { addresses[index] = frame.raw(place) }
  }

  func run(
    _ kernels: Kernels, blocks: Range<Int>, scratch: UnsafeMutablePointer<Float>
  ) {
    guard let instructions = instructions.baseAddress, let registers = registers.baseAddress else {
      return
    }
    var tape = cpu_tape(
      instructions: instructions, instruction_count: Int64(self.instructions.count),
      registers: registers, register_count: Int64(self.registers.count),
      element_count: Int64(elementCount))
    kernels.table.pointee.run_tape(
      &tape, addresses, scratch, Int64(blocks.lowerBound), Int64(blocks.upperBound))
  }
}
