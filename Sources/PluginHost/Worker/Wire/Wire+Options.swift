import PluginSDK

extension CorpusShare: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(corpus)
    try writer.write(share)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(corpus: try reader.read(), share: try reader.read())
  }
}

extension OptionValue: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    switch self {
    case .boolean(let value): try writer.write(0 as UInt8, value)
    case .integer(let value): try writer.write(1 as UInt8, value)
    case .real(let value): try writer.write(2 as UInt8, value)
    case .text(let value): try writer.write(3 as UInt8, value)
    case .shares(let value): try writer.write(4 as UInt8, value)
    }
  }

  init(from reader: inout WireReader) throws(PluginError) {
    switch try reader.read(UInt8.self) {
    case 0: self = .boolean(try reader.read())
    case 1: self = .integer(try reader.read())
    case 2: self = .real(try reader.read())
    case 3: self = .text(try reader.read())
    case 4: self = .shares(try reader.read())
    default: throw WireReader.garbled
    }
  }
}

extension OptionValues: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(number: values.count)
    for (name, value) in values.sorted(by: { $0.key < $1.key }) { try writer.write(name, value) }
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init()
    for _ in 0..<(try reader.readCount()) {
      let name: String = try reader.read()
      self[name] = try reader.read(OptionValue.self)
    }
  }
}

extension ClosedRange: WireValue where Bound: WireNumber {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(lowerBound, upperBound)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    let lower = try reader.read(Bound.self)
    let upper = try reader.read(Bound.self)
    guard lower <= upper else { throw WireReader.garbled }
    self = lower...upper
  }
}

extension OptionType: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    switch self {
    case .boolean: try writer.write(0 as UInt8)
    case .integer(let range): try writer.write(1 as UInt8, range)
    case .real(let range): try writer.write(2 as UInt8, range)
    case .text: try writer.write(3 as UInt8)
    case .choice(let words): try writer.write(4 as UInt8, words)
    case .corpus: try writer.write(5 as UInt8)
    case .shares(let range): try writer.write(6 as UInt8, range)
    }
  }

  init(from reader: inout WireReader) throws(PluginError) {
    switch try reader.read(UInt8.self) {
    case 0: self = .boolean
    case 1: self = .integer(try reader.read())
    case 2: self = .real(try reader.read())
    case 3: self = .text
    case 4: self = .choice(try reader.read())
    case 5: self = .corpus
    case 6: self = .shares(try reader.read())
    default: throw WireReader.garbled
    }
  }
}

extension OptionDeclaration: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(name, type)
    switch presence {
    case .required: try writer.write(0 as UInt8)
    case .optional: try writer.write(1 as UInt8)
    case .defaulted(let value): try writer.write(2 as UInt8, value)
    }
    try writer.write(help)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    let name: String = try reader.read()
    let type: OptionType = try reader.read()
    let presence: OptionPresence
    switch try reader.read(UInt8.self) {
    case 0: presence = .required
    case 1: presence = .optional
    case 2: presence = .defaulted(try reader.read())
    default: throw WireReader.garbled
    }
    self.init(name, type, presence, help: try reader.read())
  }
}

extension WireWriter {
  /// Writes two values, one after the other.
  mutating func write(_ first: some WireValue, _ second: some WireValue) throws(PluginError) {
    try write(first)
    try write(second)
  }
}
