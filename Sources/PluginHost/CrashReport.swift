import CCrashReport

/// What is said where a plugin crashes this process.
enum CrashReport {
  /// Has a crash in a plugin's call name the plugin before anything else is said of it.
  ///
  /// Without it a crash is as it would be; so a failure to install it is no reason not to run.
  static func install() { _ = crash_report_install() }
}
