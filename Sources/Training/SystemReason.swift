import Foundation

extension Error {
  /// What the operating system said where it is behind this error, as `No space left on device`; else
  /// the error's own description.
  package var systemReason: String {
    let inner = (self as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
    guard let inner = inner.map({ $0 as NSError }), inner.domain == NSPOSIXErrorDomain else {
      return localizedDescription
    }
    return unsafe String(cString: strerror(Int32(inner.code)))
  }
}
