package import Foundation
package import PluginSDK

/// The law plugin behind a fit.
package struct LawReference: Hashable, Sendable, Codable {
  /// The plugin, or the name of a foreign function's manifest.
  package var name: String
  package var version: String
  /// The SHA-256 of the plugin's file or manifest, in hexadecimal.
  package var sha256: String
  /// Of a foreign function the SHA-256 of the library behind it.
  package var librarySHA256: String?
  /// What was set of its options.
  package var options: [String: OptionValue]

  package init(
    name: String, version: String, sha256: String, librarySHA256: String? = nil,
    options: [String: OptionValue] = [:]
  ) {
    self.name = name
    self.version = version
    self.sha256 = sha256
    self.librarySHA256 = librarySHA256
    self.options = options
  }
}

/// The table behind a fit.
package struct DataReference: Hashable, Sendable, Codable {
  /// The file, as it was given.
  package var file: String
  /// The SHA-256 of the file, in hexadecimal.
  package var sha256: String
  /// Which part of it was fitted.
  package var selection: MeasurementSelection

  package init(file: String, sha256: String, selection: MeasurementSelection) {
    self.file = file
    self.sha256 = sha256
    self.selection = selection
  }
}

/// A fit with all that is needed to judge it, to use it, and to draw from its rows again.
///
/// It is what `cpt-host fit --json` prints. Numbers are at full precision; losses in nats a token.
package struct FitDocument: Hashable, Sendable, Codable {
  /// A parameter of the law, as the fit left it.
  package struct Parameter: Hashable, Sendable, Codable {
    package var name: String
    package var value: Double
    package var role: String
    package var unit: String
    /// Where the fit might look; nil where there is no bound.
    package var lower: Double?
    package var upper: Double?
    /// Whether the value was given and not fitted.
    package var frozen: Bool
    /// Whether the fit ended on a bound, a coefficient of 0 included.
    package var atBound: Bool
  }

  /// A fitted row.
  package struct Row: Hashable, Sendable, Codable {
    /// The line of the table.
    package var line: Int
    package var run: String?
    package var values: [String: Double]
    package var loss: Double
    package var predicted: Double
    /// The log of the predicted minus the log of the measured loss.
    package var residual: Double
  }

  /// The law fitted to the rows of least compute, judged on the others.
  package struct BackTest: Hashable, Sendable, Codable {
    package var fittedRows: Int
    package var objective: Double
    package var parameters: [String: Double]
    package var error: HeldOutError
  }

  /// The law fitted without the rows of one size, or of some neighbouring ones, judged on them.
  package struct LeftOutSize: Hashable, Sendable, Codable {
    /// The least and the greatest N that was left out.
    package var least: Double
    package var greatest: Double
    package var parameters: [String: Double]
    package var error: HeldOutError
  }

  /// The version of this form.
  package static let currentFormat = 1

  package var format: Int
  package var law: LawReference
  package var data: DataReference
  /// In the order of the law.
  package var variables: [String]
  /// In the order of the law.
  package var parameters: [Parameter]
  /// The sum over rows of Huber of the log residual.
  package var objective: Double
  /// The residual at which Huber goes from square to linear.
  package var threshold: Double
  /// How often the law was evaluated on all rows.
  package var evaluations: Int
  /// How many rows were fitted.
  package var rows: Int
  package var freeParameters: Int
  package var ranges: [ObservedRange]
  /// The names of parameters that can move together without changing any prediction.
  package var unidentified: [String]
  /// Nil where the rows are too few or have no compute.
  package var backTest: BackTest?
  /// Empty where the law has no N or there is one size.
  package var leaveOneSizeOut: [LeftOutSize]
  /// The rows that were fitted.
  package var observations: [Row]
  package var leftOut: [LeftOutRow]
  /// What a reader must know before believing the numbers, each a sentence.
  package var warnings: [String]
  /// How well the parameters are known; nil if no draws were asked for.
  package var uncertainty: FitUncertainty?
}

extension FitDocument {
  /// The values of all parameters, in the order of the law.
  package var theta: [Double] { parameters.map(\.value) }

  /// The parameters that were given and not fitted.
  package var frozen: [String: Double] {
    Dictionary(
      uniqueKeysWithValues: parameters.filter(\.frozen).map { ($0.name, $0.value) })
  }

  /// The value of a parameter, or nil if the law has none of that name.
  package subscript(name: String) -> Double? { parameters.first { $0.name == name }?.value }

  /// The fit as ``LawFitter`` gives it.
  package var fit: LawFit {
    LawFit(
      parameters: parameters.map {
        FittedParameter(name: $0.name, value: $0.value, frozen: $0.frozen, atBound: $0.atBound)
      },
      objective: objective, threshold: threshold, evaluations: evaluations,
      predicted: observations.map(\.predicted), residuals: observations.map(\.residual),
      ranges: ranges, unidentified: unidentified, warnings: warnings)
  }

  /// The rows as a fitter takes them.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidObservations` if the document was changed by hand and
  ///   holds what no table could.
  package func fittedObservations() throws(ScalingLawError) -> Observations {
    try Measurements.observations(
      of: observations.map {
        Measurement(line: $0.line, values: $0.values, loss: $0.loss, run: $0.run)
      }, variables: variables)
  }

  /// Reads a document.
  ///
  /// - Parameters:
  ///   - json: What `cpt-host fit` wrote.
  ///   - file: The file, as messages name it.
  /// - Throws: ``ScalingLawError`` with `invalidFitDocument`.
  package init(json: Data, file: String) throws(ScalingLawError) {
    struct Header: Decodable { var format: Int }
    let decoder = JSONDecoder()
    guard let header = try? decoder.decode(Header.self, from: json) else {
      throw ScalingLawError(
        .invalidFitDocument,
        "this is no fit; write one with 'cpt-host fit DATA.csv --law NAME --output \(file)'",
        place: file)
    }
    guard header.format == Self.currentFormat else {
      throw ScalingLawError(
        .invalidFitDocument,
        """
        this fit has format \(header.format) and this program reads \(Self.currentFormat); fit the \
        table again
        """,
        place: file)
    }
    do {
      self = try decoder.decode(Self.self, from: json)
    } catch {
      throw ScalingLawError(
        .invalidFitDocument,
        "this fit is damaged or was changed by hand (\(error)); fit the table again",
        place: file)
    }
  }
}
