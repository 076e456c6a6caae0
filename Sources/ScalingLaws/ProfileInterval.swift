/// Which ends an interval has.
package enum IntervalSides: String, Hashable, Sendable, Codable, CaseIterable {
  case both
  /// A bound from below only, at the full level.
  case lower
  /// A bound from above only, at the full level.
  case upper
}

/// One point of a profile: a parameter held, all others fitted.
package struct ProfilePoint: Hashable, Sendable, Codable {
  package var value: Double
  /// All parameters, in the order of the law.
  package var theta: [Double]
  package var objective: Double
}

/// An end of a profile interval.
package enum ProfileEnd: Hashable, Sendable, Codable {
  case at(Double)
  /// The objective rises too little all the way to the bound of the parameter: not identified on this
  /// side.
  case open(bound: Double)

  package var value: Double? {
    if case .at(let value) = self { return value }
    return nil
  }

  private enum CodingKeys: String, CodingKey {
    case value
    case bound
  }

  /// Reads `{"value": end}` or `{"bound": bound}`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let value = try container.decodeIfPresent(Double.self, forKey: .value) {
      self = .at(value)
    } else {
      self = .open(bound: try container.decode(Double.self, forKey: .bound))
    }
  }

  /// Writes `{"value": end}`, or `{"bound": bound}` for an open end.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .at(let value): try container.encode(value, forKey: .value)
    case .open(let bound): try container.encode(bound, forKey: .bound)
    }
  }
}

/// Where a parameter lies by how much the objective rises when it is held elsewhere.
package struct ProfileInterval: Hashable, Sendable, Codable {
  package var name: String
  package var estimate: Double
  /// Nil if this side was not asked for.
  package var low: ProfileEnd?
  /// Nil if this side was not asked for.
  package var high: ProfileEnd?
  package var level: Double
  /// What twice the rise of the objective was divided by, from the calibration.
  package var objectiveScale: Double
  /// What was computed on the way, from least to greatest value, the fit's own in it.
  package var points: [ProfilePoint]
  /// A lower objective than the fit's, where the profile came upon one: then the fit was not the
  /// least, and the interval is not to be used.
  package var lowerObjective: Double?

  /// What an open end means, in sentences.
  package var remarks: [String] {
    var remarks: [String] = []
    if case .open(let bound) = low {
      remarks.append("\(name) is not identified below: \(bound) fits.")
    }
    if case .open(let bound) = high {
      remarks.append("\(name) is not identified above: \(bound) fits.")
    }
    if let lowerObjective {
      remarks.append(
        "The profile of \(name) found a lower objective, \(lowerObjective): fit again from there.")
    }
    return remarks
  }
}
