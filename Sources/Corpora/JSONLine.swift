import FoundationEssentials

/// One line of a JSON Lines file: an object with a text and, if it likes, an id and a group.
struct JSONLine: Decodable {
  var text: String
  var id: String?
  var group: String?

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  private enum Complaint: Error {
    case noText(members: [String])
    case wrongType(member: String, allowed: String)
    case noCharacters(member: String)
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    let field = Self.textFieldKey.flatMap { decoder.userInfo[$0] as? String } ?? "text"
    guard members.contains(Key(field)) else {
      throw Complaint.noText(members: members.allKeys.map(\.stringValue).sorted())
    }
    do {
      text = try members.decode(String.self, forKey: Key(field))
    } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
      throw Complaint.wrongType(member: field, allowed: "text")
    } catch {
      throw Complaint.noCharacters(member: field)
    }
    id = try Self.name("id", members)
    group = try Self.name("group", members)
  }

  /// A member that names something; null is as good as absent.
  private static func name(
    _ member: String, _ members: KeyedDecodingContainer<Key>
  ) throws -> String? {
    let key = Key(member)
    guard members.contains(key), try !members.decodeNil(forKey: key) else { return nil }
    if let text = try? members.decode(String.self, forKey: key) { return text }
    if let number = try? members.decode(Int.self, forKey: key) { return String(number) }
    throw Complaint.wrongType(member: member, allowed: "text or a whole number")
  }

  private static let textFieldKey = CodingUserInfoKey(rawValue: "textField")

  /// Makes a decoder for lines whose text is the member `textField`.
  static func decoder(textField: String) -> JSONDecoder {
    let decoder = JSONDecoder()
    if let key = textFieldKey { decoder.userInfo[key] = textField }
    return decoder
  }

  /// Decodes a line.
  ///
  /// - Throws: ``CorpusError`` with `malformedFile`, the place, and what is allowed there.
  static func decode(
    _ line: [UInt8], with decoder: JSONDecoder, textField: String, place: String
  ) throws(CorpusError) -> JSONLine {
    do {
      return try decoder.decode(JSONLine.self, from: Data(line))
    } catch Complaint.noText(let members) {
      throw CorpusError(
        .malformedFile,
        """
        \(place): the object has no member '\(textField)', only \
        \(members.map { "'\($0)'" }.joined(separator: ", ")); name the member that holds the text \
        with the corpus's key 'text'
        """)
    } catch Complaint.wrongType(let member, let allowed) {
      throw CorpusError(.malformedFile, "\(place): the member '\(member)' has to be \(allowed)")
    } catch Complaint.noCharacters(let member) {
      throw CorpusError(
        .malformedFile,
        "\(place): the member '\(member)' has an escape that is half a character, as \\ud800 alone; "
          + "remove it")
    } catch DecodingError.dataCorrupted(let context) {
      let reason = context.underlyingError.map { "\($0)" } ?? context.debugDescription
      throw CorpusError(
        .malformedFile, "\(place): this line is no JSON object: \(reason); \(Self.allowed)")
    } catch {
      throw CorpusError(.malformedFile, "\(place): this line is no JSON object; \(Self.allowed)")
    }
  }

  private static let allowed =
    "a .jsonl file has one JSON object a line (or name the file .txt if it is plain text)"
}
