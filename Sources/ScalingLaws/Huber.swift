/// Huber's loss: square near 0, linear beyond a threshold, so that outliers pull no harder.
///
/// Hoffmann et al., arXiv 2203.15556, appendix D.3. They minimised a mean to loose tolerances and so
/// stopped early; here it is a sum (Besiroglu et al., arXiv 2404.10102).
struct Huber {
  /// The residual at which square turns to linear.
  var threshold: Double

  func value(_ residual: Double) -> Double {
    let size = abs(residual)
    return size <= threshold
      ? 0.5 * residual * residual : threshold * (size - 0.5 * threshold)
  }

  func derivative(_ residual: Double) -> Double {
    min(max(residual, -threshold), threshold)
  }

  /// The weight that makes a weighted square touch the loss at this residual and lie above it
  /// elsewhere.
  func weight(_ residual: Double) -> Double {
    let size = abs(residual)
    return size <= threshold ? 1 : threshold / size
  }
}
