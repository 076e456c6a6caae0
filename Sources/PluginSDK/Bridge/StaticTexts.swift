import CPluginABI
import Synchronization

/// Texts that live as long as the library; the same text is kept once.
final class StaticTexts: Sendable {
  @safe
  private struct Text: Sendable {
    // Safe to share: the bytes are never changed or freed.
    nonisolated(unsafe) let text: cpt_text
  }

  private let texts = Mutex<[String: Text]>([:])

  /// A text of static life.
  func text(_ name: String) -> cpt_text {
    let kept = texts.withLock { texts in
      if let known = texts[name] { return known }
      let arena = CArena()
      let made = unsafe Text(text: arena.text(name))
      arena.keepForever()
      texts[name] = made
      return made
    }
    return unsafe kept.text
  }
}
