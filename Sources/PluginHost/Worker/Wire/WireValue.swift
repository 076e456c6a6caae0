import PluginSDK

/// A value that crosses between the host and a worker, bit for bit.
///
/// Both are the same program, so a value lies in the message as it lies in memory, and no version is
/// written.
protocol WireValue: Sendable {
  func write(to writer: inout WireWriter) throws(PluginError)
  init(from reader: inout WireReader) throws(PluginError)
  static func write(_ values: [Self], to writer: inout WireWriter) throws(PluginError)
  static func read(_ count: Int, from reader: inout WireReader) throws(PluginError) -> [Self]
}

extension WireValue {
  static func write(_ values: [Self], to writer: inout WireWriter) throws(PluginError) {
    for value in values { try value.write(to: &writer) }
  }

  static func read(_ count: Int, from reader: inout WireReader) throws(PluginError) -> [Self] {
    var values: [Self] = []
    for _ in 0..<count { values.append(try Self(from: &reader)) }
    return values
  }
}

/// A number of which every pattern of bits is one; many of them are copied at once.
protocol WireNumber: WireValue, BitwiseCopyable {}

extension WireNumber {
  func write(to writer: inout WireWriter) throws(PluginError) { try writer.write(number: self) }

  init(from reader: inout WireReader) throws(PluginError) {
    self = try reader.read(number: Self.self)
  }

  static func write(_ values: [Self], to writer: inout WireWriter) throws(PluginError) {
    try writer.write(numbers: values)
  }

  static func read(_ count: Int, from reader: inout WireReader) throws(PluginError) -> [Self] {
    try reader.read(numbers: count, Self.self)
  }
}

extension Int: WireNumber {}
extension Int32: WireNumber {}
extension Int64: WireNumber {}
extension UInt8: WireNumber {}
extension UInt32: WireNumber {}
extension Float: WireNumber {}
extension Double: WireNumber {}

extension Array: WireValue where Element: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(number: count)
    try Element.write(self, to: &writer)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    let count = try reader.readCount()
    self = try Element.read(count, from: &reader)
  }
}

extension Optional: WireValue where Wrapped: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(self != nil)
    if let self { try writer.write(self) }
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self = try reader.read(Bool.self) ? try reader.read(Wrapped.self) : nil
  }
}

extension Bool: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(number: (self ? 1 : 0) as UInt8)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self = try reader.read(number: UInt8.self) != 0
  }
}

extension String: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(Array(utf8))
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self = String(decoding: try reader.read([UInt8].self), as: UTF8.self)
  }
}

/// What a call answers that gives nothing back.
struct WireNothing: WireValue {
  init() {}
  func write(to writer: inout WireWriter) throws(PluginError) {}
  init(from reader: inout WireReader) throws(PluginError) {}
}

extension WireValue where Self: RawRepresentable, RawValue: WireNumber {
  func write(to writer: inout WireWriter) throws(PluginError) { try writer.write(rawValue) }

  init(from reader: inout WireReader) throws(PluginError) {
    guard let value = Self(rawValue: try reader.read(RawValue.self)) else {
      throw WireReader.garbled
    }
    self = value
  }
}
