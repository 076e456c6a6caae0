import Dispatch
import Foundation
import PluginHost

/// Notices that the user asked to stop.
///
/// The first signal asks running work to write a checkpoint and end; a second one ends the process at
/// once, which loses nothing but the steps since the last checkpoint.
final class Interruption {
  /// What plugins and loops ask.
  let cancellation = Cancellation()
  /// Dispatch watches only as long as its sources are referenced.
  private let sources: [any DispatchSourceSignal]

  /// Begins to watch for interrupt and termination signals.
  init() {
    sources = [SIGINT, SIGTERM].map { number in
      _ = signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    for source in sources {
      source.setEventHandler { [cancellation] in
        if cancellation.isRequested { _exit(ExitStatus.interruptedAndResumable.rawValue) }
        cancellation.request()
        printError("\nstopping: writing a checkpoint (once more to stop at once)")
      }
      source.resume()
    }
  }
}
