/// Files whose headers or records say what is not so.
extension Zoo {
  static func falsified(_ image: ELFImage) -> [Specimen] {
    headers(image) + segments(image) + sections(image) + records(image) + symbols(image)
  }

  /// Refused, by all who only read it and by all who would load it.
  private static func refused(
    _ image: ELFImage, _ name: String, _ words: String = "", _ edit: (inout ELFImage) -> Void
  ) -> Specimen {
    edited(image, name, [.inspect: .refused(words), .options: .refused(words)], edit)
  }

  private static func headers(_ image: ELFImage) -> [Specimen] {
    func field(
      _ name: String, _ offset: Int, _ count: Int, _ value: UInt64, _ words: String
    ) -> Specimen { refused(image, name, words) { $0.write(value, count, at: offset) } }
    return [
      field("class-32", 4, 1, 1, "64 bits"), field("class-0", 4, 1, 0, "64 bits"),
      field("highest-byte-first", 5, 1, 2, "lowest byte first"),
      field("elf-version-0", 6, 1, 0, ""),
      field("object-file", 16, 2, 1, "-shared"), field("program", 16, 2, 2, "-shared"),
      field("core", 16, 2, 4, "-shared"), field("type-0", 16, 2, 0, "-shared"),
      field("machine-0", 18, 2, 0, "machine 0"), field("machine-mips", 18, 2, 8, "machine 8"),
      field("machine-65535", 18, 2, 0xFFFF, "machine 65535"),
      field("program-headers-at-end", 32, 8, UInt64(image.bytes.count), "program headers"),
      field("program-headers-far", 32, 8, .max, "program headers"),
      field("section-headers-none", 40, 8, 0, "no section headers"),
      field("section-headers-far", 40, 8, .max - 63, "section headers"),
      field("section-headers-past-end", 40, 8, UInt64(image.bytes.count - 64), "section headers"),
      field("program-header-size", 54, 2, 55, "odd sizes"),
      field("section-header-size", 58, 2, 0, "odd sizes"),
      field("no-segments", 56, 2, 0, "maps nothing"),
      field("too-many-segments", 56, 2, 0xFFFF, "program headers"),
      field("no-sections", 60, 2, 0, "no section headers"),
      field("too-many-sections", 60, 2, 0xFFFF, "section headers"),
      field("names-outside", 62, 2, 0xFFFE, "no names"),
    ]
  }

  private static func segments(_ image: ELFImage) -> [Specimen] {
    guard let load = image.segments.first(where: { image.number($0, 4) == 1 }) else { return [] }
    func field(_ name: String, _ offset: Int, _ value: UInt64) -> Specimen {
      refused(image, "segment-\(name)", "would map") { $0.write(value, 8, at: load + offset) }
    }
    return [
      field("offset-far", 8, 1 << 62), field("offset-wraps", 8, .max - 100),
      field("address-far", 16, 1 << 60), field("address-askew", 16, 7),
      field("file-size-far", 32, 1 << 40), field("file-size-past-end", 32, 1 << 24),
      field("memory-size-small", 40, 1), field("memory-size-far", 40, 1 << 62),
      field("alignment-odd", 48, 4095), field("alignment-3", 48, 3),
    ]
  }

  private static func sections(_ image: ELFImage) -> [Specimen] {
    guard let section = image.section("cpt_plugin"), let dynamic = image.section(".dynamic"),
      let name = image.offset(of: "cpt_plugin\0"), let other = image.section(".comment")
    else { return [] }
    return [
      refused(image, "record-section-renamed", "no section 'cpt_plugin'") {
        $0.write(Array("cpt_plugim".utf8), room: 10, at: name)
      },
      refused(image, "record-section-without-bytes", "with content") {
        $0.write(8, 4, at: section.header + 4)
      },
      refused(image, "record-section-far", "the section") {
        $0.write(1 << 50, 8, at: section.header + 24)
      },
      refused(image, "record-section-huge", "the section") {
        $0.write(1 << 50, 8, at: section.header + 32)
      },
      refused(image, "record-section-empty") { $0.write(0, 8, at: section.header + 32) },
      refused(image, "record-section-short") { $0.write(511, 8, at: section.header + 32) },
      refused(image, "two-records", "one plugin") { $0.write(1024, 8, at: section.header + 32) },
      refused(image, "two-record-sections") {
        $0.write(UInt64($0.number(section.header, 4)), 4, at: other.header)
      },
      refused(image, "dynamic-names-outside", "dynamic section") {
        $0.write(999, 4, at: dynamic.header + 40)
      },
      refused(image, "needed-name-far", "needed library") { image in
        for entry in stride(from: dynamic.offset, to: dynamic.offset + dynamic.size, by: 16)
        where image.number(entry, 8) == 1 { image.write(1 << 40, 8, at: entry + 8) }
      },
    ]
  }

  private static func records(_ image: ELFImage) -> [Specimen] {
    let start = record(image)
    func number(
      _ name: String, _ offset: Int, _ count: Int, _ value: UInt64, _ words: String
    ) -> Specimen {
      refused(image, "record-\(name)", words) { $0.write(value, count, at: start + offset) }
    }
    func text(
      _ name: String, _ offset: Int, _ room: Int, _ bytes: [UInt8], _ words: String
    ) -> Specimen {
      refused(image, "record-\(name)", words) { $0.write(bytes, room: room, at: start + offset) }
    }
    return [
      text("magic", 0, 8, Array("CPTPLUG2".utf8), "CPTPLUG1"),
      number("size-0", 8, 4, 0, "0 bytes"), number("size-511", 8, 4, 511, "511 bytes"),
      number("size-huge", 8, 4, 0xFFFF_FFFF, "4294967295 bytes"),
      number("major-0", 12, 2, 0, "ABI 0."), number("major-2", 12, 2, 2, "ABI 2."),
      number("major-65535", 12, 2, 65535, "ABI 65535."),
      number("kind-0", 16, 4, 0, "kind 0"), number("kind-6", 16, 4, 6, "kind 6"),
      number("kind-huge", 16, 4, 0xFFFF_FFFF, "kind 4294967295"),
      number("concurrency-0", 20, 4, 0, "concurrency 0"),
      number("concurrency-4", 20, 4, 4, "concurrency 4"),
      text("name-empty", 24, 64, [], "name"),
      text("name-path", 24, 64, Array("../zoo".utf8), "name"),
      text("name-upper", 24, 64, Array("Zoo".utf8), "name"),
      text("name-space", 24, 64, Array("z oo".utf8), "name"),
      text("name-escape", 24, 64, Array("\u{1B}[31mzoo".utf8), "name"),
      text("name-not-utf8", 24, 64, [0x7A, 0xFF], "name"),
      text("name-endless", 24, 64, [UInt8](repeating: 0x7A, count: 64), "name"),
      text("name-with-more", 24, 64, [0x7A, 0, 0x7A], "name"),
      text("version-endless", 88, 32, [UInt8](repeating: 0x31, count: 32), "version"),
      text("entry-empty", 120, 64, [], "entry"),
      text("entry-not-utf8", 120, 64, [0xC3, 0x28], "entry"),
      text("entry-endless", 120, 64, [UInt8](repeating: 0x7A, count: 64), "entry"),
      text("capabilities-endless", 184, 128, [UInt8](repeating: 0x2C, count: 128), "capabilities"),
      text("toolchain-not-utf8", 312, 160, [0x80], "toolchain"),
      edited(image, "record-minor-65535", [.inspect: .accepted, .options: .accepted]) {
        $0.write(65535, 2, at: start + 14)
      },
      edited(image, "record-capabilities-odd", [.inspect: .accepted, .options: .accepted]) {
        $0.write([UInt8](repeating: 0x2C, count: 127), room: 128, at: start + 184)
      },
    ]
  }

  private static func symbols(_ image: ELFImage) -> [Specimen] {
    var specimens = [
      edited(image, "entry-missing", [.inspect: .answered, .options: .refused("'zoo_exit'")]) {
        $0.write(Array("zoo_exit".utf8), room: 64, at: record($0) + 120)
      }
    ]
    if let needed = image.offset(of: "libc.so.6") {
      specimens.append(
        edited(image, "needed-missing", [.inspect: .accepted, .options: .refused("libq.so.6")]) {
          $0.write(Array("libq.so.6".utf8), room: 9, at: needed)
        })
    }
    if let symbol = image.offset(of: "pthread_create\0") {
      specimens.append(
        edited(
          image, "symbol-missing", [.inspect: .accepted, .options: .refused("pthread_cheats")]
        ) { $0.write(Array("pthread_cheats".utf8), room: 14, at: symbol) })
    }
    return specimens
  }
}
