package import PluginSDK

/// A factor of the peak learning rate over a stage, from the end of its warm-up on.
///
/// Law: it is a pure function of progress, in 0...1.
package protocol ScheduleFunction: Sendable {
  /// Returns the factors, each in 0...1, at some progresses in 0...1.
  ///
  /// - Throws: ``PluginError`` that says where it gives no such number.
  func factors(at progress: [Double]) throws(PluginError) -> [Double]
}
