package import PluginSDK

extension PluginLaw {
  /// Every law that binds a kind, those of all kinds first, in the order in which they are checked.
  package static func all(of kind: PluginKind) -> [PluginLaw] {
    switch kind {
    case .tokenizer: ofAnyKind + ofTokenizers
    case .architecture: ofAnyKind + ofArchitectures
    case .optimizer: ofAnyKind + ofOptimizers
    case .dataMixer: ofAnyKind + ofDataMixers
    case .scalingLaw: ofAnyKind + ofScalingLaws
    case .schedule: []
    }
  }

  /// The law without which none of the others can be checked.
  package static let nameOfLoading = loads.name

  private static let ofAnyKind: [PluginLaw] = [
    loads, optionsAreDeclared, optionsAreChecked, refusesWithWords, bearsThreads, keepsNoMemory,
  ]

  private static let ofTokenizers: [PluginLaw] = [
    roundTrip, idsInRange, emptyInput, orderIndependent, batchEqualsSingle, trainsTheSame,
    savesAndLoads, refusesForeignIDs, refusesCorruptModels,
  ]

  private static let ofArchitectures: [PluginLaw] = [
    oneLossPerTarget, countsParameters, describesTheSame, startsNearUniform, gradientsReachAll,
    learnsOneBatch, shapesComeNear,
  ]

  private static let ofOptimizers: [PluginLaw] = [
    statesKeepShape, updatesThePure, descends, continuesFromState, restsWithoutCause, staysFinite,
    worksElementByElement,
  ]

  private static let ofDataMixers: [PluginLaw] = [
    weightsSumToOne, mixesThePure, drawsFromWhatIsNamed, settles,
  ]

  private static let ofScalingLaws: [PluginLaw] = [
    finiteInsideBounds, pointsStandAlone, gradientIsTheSlope, coefficientsAreLinear,
    recoversItself, optimumIsTheLeast,
  ]
}
