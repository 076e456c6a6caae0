package import CPluginABI

/// Texts, structs and arrays handed to C, freed together when the arena goes.
@safe
package final class CArena {
  private var allocations: [UnsafeMutableRawPointer] = unsafe []

  package init() {}

  deinit {
    for index in unsafe allocations.indices { unsafe allocations[index].deallocate() }
  }

  /// Gives up what was handed out so far: it lives as long as the process.
  package func keepForever() { unsafe allocations = [] }

  /// A copy of a text.
  package func text(_ text: String) -> cpt_text {
    var text = text
    return text.withUTF8 { bytes in
      guard !bytes.isEmpty else { return unsafe cpt_text() }
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      unsafe copy.copyMemory(from: UnsafeRawBufferPointer(bytes))
      if let start = copy.baseAddress { unsafe allocations.append(start) }
      return unsafe cpt_text(
        data: UnsafePointer(copy.assumingMemoryBound(to: CChar.self).baseAddress),
        length: bytes.count)
    }
  }

  /// A copy of some elements; nil if there are none.
  package func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    for (index, element) in elements.enumerated() {
      unsafe (copy + index).initialize(to: element)
    }
    unsafe allocations.append(UnsafeMutableRawPointer(copy))
    return unsafe UnsafePointer(copy)
  }

  /// A copy of one struct.
  package func value<Element: BitwiseCopyable>(_ element: Element) -> UnsafePointer<Element> {
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: 1)
    unsafe copy.initialize(to: element)
    unsafe allocations.append(UnsafeMutableRawPointer(copy))
    return unsafe UnsafePointer(copy)
  }
}
