import Glibc

/// Who may write plugin files and their folders.
///
/// Whoever can write a plugin runs code as whoever loads it. Trusted are root, this user, the members
/// of a group that this user is in, and the owner of a folder that is named as a place of plugins:
/// naming it says so. Refused are files and folders that anybody may write, or a group that this user
/// is not in. A folder with the sticky bit, as `/tmp`, lets nobody replace another's file, so it is no
/// obstacle if root or this user owns it; a file in it must then be owned by one of the two.
///
/// Folders above are not looked at.
enum WritePermissions {
  /// What is wrong with a file and the folder that it lies in.
  static func findings(ofFile path: String, _ stamp: FileStamp) -> [PluginHostError] {
    var findings: [PluginHostError] = []
    if let who = strangers(stamp) {
      findings.append(
        untrusted("'\(path)' can be written by \(who): take that away with 'chmod go-w'"))
    }
    var folders = [folder(of: path)]
    var status = stat()
    // What a link leads to lies in another folder.
    if unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
      let target = unsafe realpath(path, nil)
    {
      folders.append(folder(of: unsafe String(cString: target)))
      unsafe free(target)
    }
    for folder in folders {
      guard let above = FileStamp(path: folder) else { continue }
      if let finding = finding(ofFolder: folder, above) {
        findings.append(finding)
      } else if strangers(above) != nil, !isOurs(stamp) {
        findings.append(
          untrusted(
            "'\(path)' lies where anybody may put files, and its owner is user \(stamp.owner): copy "
              + "it to a folder of your own if you trust it"))
      }
    }
    return findings
  }

  /// What is wrong with a folder; nil if nothing is.
  static func finding(ofFolder path: String, _ stamp: FileStamp) -> PluginHostError? {
    guard let who = strangers(stamp), !(stamp.mode & S_ISVTX != 0 && isOurs(stamp)) else {
      return nil
    }
    return untrusted(
      "the folder '\(path)' can be written by \(who), who could put plugins there: take that away "
        + "with 'chmod go-w'")
  }

  /// Who may write something beside those who are trusted; nil if nobody.
  private static func strangers(_ stamp: FileStamp) -> String? {
    if stamp.mode & S_IWOTH != 0 { return "anybody" }
    if stamp.mode & S_IWGRP != 0, !groups.contains(stamp.group) {
      return "group \(stamp.group), which you are not in"
    }
    return nil
  }

  private static func isOurs(_ stamp: FileStamp) -> Bool {
    stamp.owner == 0 || stamp.owner == geteuid()
  }

  /// Root's group and those of this process.
  private static let groups: Set<UInt32> = {
    let count = getgroups(0, nil)
    var list = [gid_t](repeating: 0, count: max(0, Int(count)))
    let filled = unsafe getgroups(CInt(list.count), &list)
    return Set(list.prefix(max(0, Int(filled)))).union([0, getegid()])
  }()

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func untrusted(_ message: String) -> PluginHostError {
    PluginHostError(.untrusted, message)
  }
}
