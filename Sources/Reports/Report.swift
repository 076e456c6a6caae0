package import Experiments

/// What is shown of one study: a page, a table for the terminal, and the numbers behind each plot.
package struct Report: Sendable {
  let results: StudyResults
  let comparisons: [Comparison]

  package init(_ results: StudyResults) {
    self.results = results
    self.comparisons = Comparison.all(in: results)
  }

  /// The whole report as one HTML page that needs no other file and no network.
  package func html() -> String {
    let sections: [Markup] = [
      unfinishedSection(), answerSection(), smallnessSection(), computeSection(),
      transferSection(), contoursSection(), tokensSection(), forgettingSection(), replaySection(),
      resultsSection(), fitsSection(), accountingSection(), methodsSection(), timeSection(),
      corporaSection(), pluginsSection(), environmentSection(), pipelineSection(),
    ]
    return page(title: results.name, sections: sections)
  }

  /// The final table, for people at a terminal; ends with a newline.
  package func table() -> String { terminalTable() }

  /// The numbers of each plot and table as comma-separated values, by file name.
  package func data() -> [String: String] { dataFiles() }
}
