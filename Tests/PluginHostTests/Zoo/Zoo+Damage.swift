/// Files that lost their end, or of which a bit is wrong.
extension Zoo {
  /// Cut off before, in and at the end of every structure.
  static func truncated(_ image: ELFImage) -> [Specimen] {
    var cuts: Set<Int> = [0, 1, 3, 4, 5, 15, 16, 18, 32, 40, 52, 62, 63, 64, image.bytes.count - 1]
    for segment in image.segments { cuts.formUnion([segment, segment + 20, segment + 55]) }
    for section in image.sections {
      cuts.formUnion([section.header, section.header + 30, section.header + 63])
      guard section.hasBytes else { continue }
      cuts.formUnion([
        section.offset, section.offset + section.size / 2, section.offset + section.size,
      ])
    }
    return cuts.sorted().filter { $0 < image.bytes.count }.map { cut in
      edited(image, "cut-at-\(cut)", [.inspect: .refused(), .options: .refused()]) {
        $0.bytes.removeSubrange(cut...)
      }
    }
  }

  /// One bit of each field of the headers, the dynamic section and the record.
  static func flipped(_ image: ELFImage) -> [Specimen] {
    var specimens: [Specimen] = []
    func flip(_ part: String, _ offset: Int) {
      let bit = offset % 8
      specimens.append(
        edited(
          image, "\(part)-byte-\(offset)-bit-\(bit)",
          [.inspect: .answered, .options: .answeredOrDiagnosed]
        ) { $0.bytes[offset] ^= 1 << bit })
    }
    for offset in 0..<64 { flip("file-header", offset) }
    for segment in image.segments {
      for field in stride(from: 0, to: 56, by: 4) { flip("program-header", segment + field) }
    }
    for section in image.sections {
      for field in [0, 4, 8, 16, 24, 25, 32, 33, 40, 44, 48, 56] {
        flip("section-header", section.header + field)
      }
    }
    if let dynamic = image.section(".dynamic") {
      for offset in stride(from: 0, to: dynamic.size, by: 8) {
        flip("dynamic", dynamic.offset + offset)
      }
    }
    for offset in [0, 7, 8, 9, 11, 12, 14, 16, 19, 20, 24, 26, 27, 50, 88, 92, 119, 120, 183, 184] {
      flip("record", record(image) + offset)
    }
    return specimens
  }
}
