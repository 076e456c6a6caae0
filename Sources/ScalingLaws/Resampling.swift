import Glibc
import PluginSDK

/// Observations in the units that a bootstrap draws: runs, or rows where no run is known.
struct Resampling {
  /// The rows of each unit.
  let units: [[Int]]
  private let columns: [[Double]]
  private let logLosses: [Double]

  /// - Throws: ``ScalingLawError`` with `invalidObservations` if a column of the law is missing.
  init(_ observations: Observations, law: any ScalingLaw) throws(ScalingLawError) {
    var columns: [[Double]] = []
    for variable in law.variables { columns.append(try observations.column(variable)) }
    self.columns = columns
    logLosses = observations.losses.map { log($0) }
    units = observations.rowsByRun
  }

  /// The search for one draw's fit; nil if the draw has fewer different rows than `frozen` leaves
  /// parameters free.
  func draw(_ random: DrawRandom, law: any ScalingLaw, frozen: [Double?]) -> LawSearch? {
    var rows: [Int] = []
    var drawn: Set<Int> = []
    for place in units.indices {
      let unit = random.number(below: units.count, at: place)
      rows += units[unit]
      drawn.insert(unit)
    }
    let different = drawn.reduce(0) { $0 + units[$1].count }
    guard different >= frozen.count(where: { $0 == nil }) else { return nil }
    return LawSearch(
      law: law, frozen: frozen, columns: columns.map { column in rows.map { column[$0] } },
      logLosses: rows.map { logLosses[$0] })
  }
}

extension LawSearch {
  /// Where a search from some parameters ends; nil if the law predicts no positive loss there.
  ///
  /// - Throws: ``ScalingLawError`` with `lawFailed`.
  func found(from start: [Double]) throws(ScalingLawError) -> Result? {
    do throws(PluginError) {
      return try run(warmStart: start)
    } catch {
      throw ScalingLawError(error)
    }
  }
}

extension Observations {
  /// The rows of each run, in the order in which the runs first come; single rows without runs.
  var rowsByRun: [[Int]] {
    guard let runs else { return losses.indices.map { [$0] } }
    var places: [String: Int] = [:]
    var units: [[Int]] = []
    for (row, run) in runs.enumerated() {
      if let place = places[run] {
        units[place].append(row)
      } else {
        places[run] = units.count
        units.append([row])
      }
    }
    return units
  }
}
