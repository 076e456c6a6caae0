import PluginSDK

/// A number as a foreign function takes or gives it.
package enum ForeignNumber: Hashable, Sendable, CaseIterable {
  case f64, f32, i32, i64

  /// Whether it holds fractions.
  package var isReal: Bool { self == .f64 || self == .f32 }

  /// The type as C writes it.
  package var name: String {
    switch self {
    case .f64: "double"
    case .f32: "float"
    case .i32: "int32_t"
    case .i64: "int64_t"
    }
  }
}

/// How an argument reaches a foreign function.
package enum ForeignPassing: Hashable, Sendable {
  case value
  /// A pointer to numbers that the function reads: `const double *`.
  case input
  /// A pointer to numbers that the function writes: `double *`.
  case output
}

/// A C function by its declaration: `double loss(double N, double D, const double *theta)`.
///
/// The names of its arguments say what each of them gets.
package struct ForeignPrototype: Hashable, Sendable {
  /// An argument.
  package struct Argument: Hashable, Sendable {
    package var name: String
    package var number: ForeignNumber
    package var passing: ForeignPassing
    /// Where it starts in the text, in Unicode scalars.
    package var offset: Int

    /// The argument as C writes it.
    package var text: String {
      switch passing {
      case .value: "\(number.name) \(name)"
      case .input: "const \(number.name) *\(name)"
      case .output: "\(number.name) *\(name)"
      }
    }
  }

  package let symbol: String
  /// Nil for `void`.
  package let result: ForeignNumber?
  package let arguments: [Argument]

  /// The declaration as C writes it, on one line.
  package var text: String {
    "\(result?.name ?? "void") \(symbol)("
      + (arguments.isEmpty ? "void" : arguments.map(\.text).joined(separator: ", ")) + ")"
  }

  /// The types that a declaration may use, with what they are.
  package static let types: [(name: String, number: ForeignNumber)] = [
    ("double", .f64), ("float", .f32), ("int", .i32), ("int32_t", .i32), ("int64_t", .i64),
    ("long", .i64), ("f64", .f64), ("f32", .f32), ("i32", .i32), ("i64", .i64),
  ]

  /// The most arguments of a function.
  package static let argumentLimit = 32

  /// Reads a declaration.
  ///
  /// - Throws: ``ForeignPrototypeError`` with the place in the text.
  package init(_ text: String) throws(ForeignPrototypeError) {
    var parser = PrototypeParser(text)
    (symbol, result, arguments) = try parser.declaration()
  }
}

/// What is wrong with a declaration, and where.
package struct ForeignPrototypeError: Error, Hashable, Sendable {
  package var message: String
  /// Counted from 0 in Unicode scalars.
  package var offset: Int
}

/// Reads a declaration token by token.
private struct PrototypeParser {
  private enum Kind {
    case word, mark, end
  }

  private struct Token {
    var kind: Kind
    var text: String
    var offset: Int

    /// The token as a message shows it.
    var summary: String { kind == .end ? "the end" : "'\(text)'" }
  }

  private var tokens: [Token]
  private var place = 0

  init(_ text: String) {
    var tokens: [Token] = []
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      let start = index
      if scalars[index].properties.isWhitespace {
        index += 1
        continue
      }
      while index < scalars.count, Self.isOfWord(scalars[index]) { index += 1 }
      let isWord = index > start
      if !isWord { index += 1 }
      tokens.append(
        Token(
          kind: isWord ? .word : .mark,
          text: String(String.UnicodeScalarView(scalars[start..<index])), offset: start))
    }
    tokens.append(Token(kind: .end, text: "", offset: scalars.count))
    self.tokens = tokens
  }

  mutating func declaration() throws(ForeignPrototypeError) -> (
    String, ForeignNumber?, [ForeignPrototype.Argument]
  ) {
    let result = try type("the type of the result", allowsVoid: true)
    if current.text == "*" {
      throw fault("a pointer cannot be the result; take a pointer argument to write to")
    }
    let symbol = try name("the name of the function")
    try mark("(", "'(' and the arguments")
    var arguments: [ForeignPrototype.Argument] = []
    if current.text == "void", tokens[place + 1].text == ")" { place += 1 }
    while current.text != ")" {
      if !arguments.isEmpty { try mark(",", "',' or ')'") }
      let argument = try argument(number: arguments.count + 1)
      if arguments.contains(where: { $0.name == argument.name }) {
        throw ForeignPrototypeError(
          message: "two arguments are called '\(argument.name)'; each needs a name of its own",
          offset: argument.offset)
      }
      arguments.append(argument)
      if arguments.count > ForeignPrototype.argumentLimit {
        throw ForeignPrototypeError(
          message: "a function has at most \(ForeignPrototype.argumentLimit) arguments here",
          offset: argument.offset)
      }
    }
    place += 1
    if current.text == ";" { place += 1 }
    guard current.kind == .end else {
      throw fault("found \(current.summary) after the declaration, expected its end")
    }
    return (symbol, result, arguments)
  }

  private mutating func argument(
    number: Int
  ) throws(ForeignPrototypeError) -> ForeignPrototype.Argument {
    if current.text == "." {
      throw fault("a function with a variable number of arguments cannot be called; name them all")
    }
    let start = current.offset
    var isConstant = current.text == "const"
    let numberType = try type("the type of argument \(number)", allowsVoid: false)
    if current.text == "const" {
      isConstant = true
      place += 1
    }
    var isPointer = false
    if current.text == "*" {
      isPointer = true
      place += 1
      if current.text == "*" {
        throw fault("a pointer to a pointer cannot be given; numbers and pointers to them can")
      }
      while ["restrict", "__restrict", "const"].contains(current.text) { place += 1 }
    }
    guard current.kind == .word else {
      throw fault(
        "argument \(number) has no name; names say what an argument gets, as in 'double N'")
    }
    let name = try name("the name of argument \(number)")
    if current.text == "[" {
      throw fault(
        "write a pointer in place of an array: '\(numberType?.name ?? "double") *\(name)'")
    }
    guard let numberType else { preconditionFailure("an argument without a type was read") }
    return ForeignPrototype.Argument(
      name: name, number: numberType,
      passing: isPointer ? (isConstant ? .input : .output) : .value, offset: start)
  }

  private mutating func type(
    _ what: String, allowsVoid: Bool
  ) throws(ForeignPrototypeError) -> ForeignNumber? {
    if current.text == "const" { place += 1 }
    let token = current
    if allowsVoid, token.text == "void" {
      place += 1
      return nil
    }
    let types = ForeignPrototype.types
    guard let found = types.first(where: { $0.name == token.text }) else {
      let names = types.map(\.name) + (allowsVoid ? ["void"] : [])
      let near = names.first { token.kind == .word && $0.editDistance(to: token.text) <= 2 }
      let hint = near.map { "; did you mean '\($0)'?" } ?? ""
      throw fault(
        "found \(token.summary), expected \(what), one of \(names.joined(separator: ", "))\(hint)")
    }
    place += 1
    // `long int`, `long long` and `long long int` are the same here.
    if found.name == "long" { while ["long", "int"].contains(current.text) { place += 1 } }
    return found.number
  }

  private mutating func name(_ what: String) throws(ForeignPrototypeError) -> String {
    let token = current
    guard token.kind == .word, token.text.unicodeScalars.first?.properties.numericType == nil
    else { throw fault("found \(token.summary), expected \(what)") }
    place += 1
    return token.text
  }

  private mutating func mark(_ text: String, _ what: String) throws(ForeignPrototypeError) {
    guard current.text == text else { throw fault("found \(current.summary), expected \(what)") }
    place += 1
  }

  private var current: Token { tokens[min(place, tokens.count - 1)] }

  private func fault(_ message: String) -> ForeignPrototypeError {
    ForeignPrototypeError(message: message, offset: current.offset)
  }

  private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_"
      || scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
  }
}
