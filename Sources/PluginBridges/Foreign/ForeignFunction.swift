package import PluginSDK

/// A function of any shared library, bound by a manifest to one place that needs a function.
///
/// It is decoded and checked: every argument is one that the host can give.
package struct ForeignFunction: Hashable, Sendable {
  /// What the files end with that bind functions; what stands before it is the name.
  package static let fileSuffix = ".function.yaml"

  /// What a pipeline writes: lower-case letters, digits and hyphens.
  package var name: String
  package var version: String
  /// The manifest, absolute.
  package var path: String
  package var library: Library
  package var place: Place
  /// At least one.
  package var selfTests: [SelfTest]
  /// The most seconds that its self-tests may take.
  package var secondsLimit: Int

  package init(
    name: String, version: String, path: String, library: Library, place: Place,
    selfTests: [SelfTest], secondsLimit: Int
  ) {
    self.name = name
    self.version = version
    self.path = path
    self.library = library
    self.place = place
    self.selfTests = selfTests
    self.secondsLimit = secondsLimit
  }

  /// The library that has the function.
  package struct Library: Hashable, Sendable {
    /// A file name, or what the loader calls a library of the system: `libm.so.6`.
    package var name: String
    /// Whether the loader looks for it; otherwise it lies beside the manifest.
    package var isSystem: Bool
    /// The SHA-256 that its file must have, 64 lower-case hexadecimal digits; nil for any.
    package var sha256: String?

    package init(name: String, isSystem: Bool, sha256: String?) {
      self.name = name
      self.isSystem = isSystem
      self.sha256 = sha256
    }
  }

  /// What needs the function.
  package enum Place: Hashable, Sendable {
    case scalingLaw(Law)
    /// The weight of one corpus.
    case dataMixer(Curve)
    /// The factor of the peak learning rate.
    case schedule(Curve)
    /// A parameter and its states, element by element.
    case optimizer(Update)
  }

  /// A loss over variables and parameters.
  package struct Law: Hashable, Sendable {
    /// `N`, `D`.
    package var variables: [String]
    /// In the order of theta.
    package var parameters: [LawParameter]
    package var loss: ForeignCallable
    /// Gives the derivatives by each parameter; nil if `loss` does, or nothing does.
    package var gradient: ForeignCallable?

    package init(
      variables: [String], parameters: [LawParameter], loss: ForeignCallable,
      gradient: ForeignCallable?
    ) {
      self.variables = variables
      self.parameters = parameters
      self.loss = loss
      self.gradient = gradient
    }
  }

  /// A number over progress: `result(function(argument(progress)))`.
  package struct Curve: Hashable, Sendable {
    package var function: ForeignCallable
    package var argument: AffineMap
    package var result: AffineMap

    package init(function: ForeignCallable, argument: AffineMap, result: AffineMap) {
      self.function = function
      self.argument = argument
      self.result = result
    }
  }

  /// `scale · x + offset`.
  package struct AffineMap: Hashable, Sendable {
    package var scale: Double
    package var offset: Double

    package init(scale: Double = 1, offset: Double = 0) {
      self.scale = scale
      self.offset = offset
    }

    package func callAsFunction(_ number: Double) -> Double { scale * number + offset }
  }

  /// Inputs with the result that is expected of them.
  package struct SelfTest: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
      /// Inputs: of a law its variables and then its parameters, otherwise the progress alone.
      case point(inputs: [Double], expected: Double)
      case update(UpdateCase)
    }

    /// Where it stands in the manifest, counted from 1.
    package var line: Int
    package var content: Content
    /// The greatest difference between what comes out and what is expected.
    package var tolerance: Double

    package init(line: Int, _ content: Content, tolerance: Double) {
      self.line = line
      self.content = content
      self.tolerance = tolerance
    }
  }

  /// The function that gives its numbers.
  package var main: ForeignCallable {
    switch place {
    case .scalingLaw(let law): law.loss
    case .dataMixer(let curve), .schedule(let curve): curve.function
    case .optimizer(let update): update.function
    }
  }

  /// What it is found as.
  package var kind: PluginKind {
    switch place {
    case .scalingLaw: .scalingLaw
    case .dataMixer: .dataMixer
    case .schedule: .schedule
    case .optimizer: .optimizer
    }
  }
}

/// A function whose every argument is known.
package struct ForeignCallable: Hashable, Sendable {
  /// What an argument gets.
  package enum Role: Hashable, Sendable {
    /// A variable of a law at one point, or at `count` points.
    case variable(Int)
    /// One parameter of a law.
    case parameter(Int)
    /// All parameters of a law, `parameterCount` numbers.
    case parameters
    case parameterCount
    /// The part of a stage that is done, after the manifest's map; one number or `count`.
    case progress
    /// How many points there are.
    case count
    /// Where the results go: one number, or `count`.
    case results
    /// Where derivatives go: for each point `parameterCount` numbers.
    case gradients

    // Of an update, over `count` elements.
    /// The gradient of the parameter.
    case gradient
    /// The parameter (0) or a state, to replace or, where its new elements go elsewhere, to read.
    case tensor(Int)
    /// Where new elements of one of them go.
    case newTensor(Int)
    case learningRate
    /// 1 in the first update.
    case step
    /// 1 where weight decay is meant to act on the parameter, else 0.
    case decays
    /// One of the manifest's options.
    case option(Int)
  }

  package struct Argument: Hashable, Sendable {
    package var role: Role
    package var number: ForeignNumber
    package var passing: ForeignPassing

    package init(role: Role, number: ForeignNumber, passing: ForeignPassing) {
      self.role = role
      self.number = number
      self.passing = passing
    }
  }

  package var symbol: String
  /// A real number is the result, a whole one a status that is 0 where all went well.
  package var result: ForeignNumber?
  package var arguments: [Argument]
  /// Whether one call serves many points.
  package var isBatch: Bool
  /// The declaration that says so, as C writes it; empty if nobody wrote one.
  package var declaration: String

  package init(
    symbol: String, result: ForeignNumber?, arguments: [Argument], isBatch: Bool,
    declaration: String = ""
  ) {
    self.symbol = symbol
    self.result = result
    self.arguments = arguments
    self.isBatch = isBatch
    self.declaration = declaration
  }

  /// A declared function each of whose arguments has found its role.
  package init(_ prototype: ForeignPrototype, arguments: [Argument], isBatch: Bool) {
    self.init(
      symbol: prototype.symbol, result: prototype.result, arguments: arguments, isBatch: isBatch,
      declaration: prototype.text)
  }

  /// Whether it gives derivatives.
  package var givesGradients: Bool { arguments.contains { $0.role == .gradients } }

  /// Whether any number that matters goes through 32 bits.
  package var isSinglePrecision: Bool {
    result == .f32 || arguments.contains { $0.number == .f32 }
  }
}
