import Experiments
import PluginSDK

extension Report {
  /// Savings and transferred data over each continued run.
  func transferFile() -> String {
    let withEnds = ["saved", "predicted_saved", "transferred", "predicted_transferred"]
    var file = CommaSeparated(
      [
        "size", "corpus", "scratch_stage", "continued_stage", "tokens", "exact_flops", "loss",
        "scratch_tokens", "predicted_scratch_tokens", "saved", "predicted_saved", "transferred",
        "predicted_transferred", "variant",
      ] + withEnds.flatMap { ["\($0)_low", "\($0)_high"] })
    for saving in results.savings {
      for point in saving.curve {
        file.append(
          [
            saving.size, saving.corpus, saving.scratchStage,
            saving.continuedStage, "\(point.tokens)", "\(point.exactFLOPs)", "\(point.loss)",
            number(point.scratchTokens), number(point.predictedScratchTokens), number(point.saved),
            number(point.predictedSaved), number(point.transferred),
            number(point.predictedTransferred), saving.variant ?? "",
          ] + ends(point.savedInterval) + ends(point.predictedSavedInterval)
            + ends(point.transferredInterval) + ends(point.predictedTransferredInterval))
      }
    }
    return file.text
  }

  /// The parameters of each law; the ends of an interval are empty where it is open or there is none.
  func parameterFile() -> String {
    var file = CommaSeparated(
      "fit", "plugin", "parameter", "value", "frozen", "at_bound", "low", "high", "level")
    for fit in results.fits {
      for parameter in fit.parameters {
        file.append(
          [
            fit.name, fit.plugin, parameter.name, "\(parameter.value)", "\(parameter.isFrozen)",
            "\(parameter.isAtBound)",
          ] + ends(parameter.interval) + [number(parameter.interval?.level)])
      }
    }
    return file.text
  }

  /// Lines of equal loss by each law.
  func contourFile() -> String {
    var file = CommaSeparated("fit", "corpus", "loss", "parameters", "tokens")
    for fit in results.fits {
      for contour in fit.diagnosis?.contours ?? [] {
        for point in contour.points {
          file.append(
            fit.name, fit.corpus, "\(contour.loss)", "\(point.parameters)", "\(point.tokens)")
        }
      }
    }
    return file.text
  }

  /// What each law said of points it was not fitted to; the back-test has no size.
  func heldOutErrorFile() -> String {
    var file = CommaSeparated(
      "fit", "left_out_parameters", "fitted_points", "predicted_points", "mean_percent_error",
      "bias")
    for fit in results.fits {
      let tests = [fit.diagnosis?.backTest].compactMap { $0 } + (fit.diagnosis?.leftOutSizes ?? [])
      for test in tests {
        file.append(
          fit.name, test.parameters.map { "\($0)" } ?? "", "\(test.fittedPoints)",
          "\(test.points)", "\(test.meanPercentError)", "\(test.bias)")
      }
    }
    return file.text
  }

  /// Both corpora at the end of each run of each amount of replay.
  func replayFile(_ studies: [ReplayStudy]) -> String {
    var file = CommaSeparated(
      "size", "stage", "target", "source", "source_share", "target_loss", "target_bits_per_byte",
      "source_loss_before", "source_loss_after", "forgotten_bits_per_byte", "variant")
    for study in studies {
      for outcome in study.outcomes {
        file.append(
          outcome.size, outcome.run.stage, study.target, study.source,
          "\(outcome.share)", "\(outcome.target.loss)", "\(outcome.target.bitsPerByte)",
          "\(outcome.sourceBefore.loss)", "\(outcome.sourceAfter.loss)", "\(outcome.forgotten)",
          outcome.run.variant ?? "")
      }
    }
    return file.text
  }
}
