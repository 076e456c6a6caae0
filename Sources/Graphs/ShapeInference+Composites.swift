import GraphLanguage

extension ShapeChecker {
  /// The composites; B sequences, T positions, H query heads, G key heads, K features, R rows,
  /// V classes.
  func compositeExtents() throws(GraphError) -> [Int] {
    switch operation {
    case .softmax:
      try requireInputs(.float32, naming: "one float32 tensor")
      try require(x.rank >= 1, "needs a last axis")
      return x.extents
    case .gelu:
      try requireInputs(.float32, naming: "one float32 tensor")
      return x.extents
    case .swiGLU:
      try requireInputs(.float32, .float32, naming: "gate and up, two float32 tensors")
      try require(x == inputs[1].shape, "gate and up must have one shape")
      return x.extents
    case .rmsNorm(let epsilon):
      try requireInputs(.float32, .float32, naming: "x and weight, two float32 tensors")
      return try normalizedExtents(epsilon, "weight must be [K] for x [..., K]")
    case .layerNorm(let epsilon):
      try requireInputs(
        .float32, .float32, .float32, naming: "x, weight and bias, three float32 tensors")
      return try normalizedExtents(epsilon, "weight and bias must be [K] for x [..., K]")
    case .rotary(let base, _):
      try requireInputs(.float32, naming: "one float32 tensor")
      try require(
        x.rank == 4 && x[3].isMultiple(of: 2), "x must be [B, T, H, K] with an even K")
      try require(base.isFinite && base > 0, "base \(base) must be a positive number")
      return x.extents
    case .causalAttention(let scale): return try attentionExtents(scale)
    case .crossEntropy:
      try requireInputs(.float32, .int32, naming: "float32 logits and int32 targets")
      try require(
        x.rank == 2 && inputs[1].shape.extents == [x[0]], "needs logits [R, V] and targets [R]")
      return [x[0]]
    case .linearCrossEntropy:
      try requireInputs(
        .float32, .float32, .int32, naming: "x and weight, float32, and int32 targets")
      let weight = inputs[1].shape
      try require(
        x.rank == 2 && weight.rank == 2 && weight[1] == x[1]
          && inputs[2].shape.extents == [x[0]],
        "needs x [R, K], weight [V, K] and targets [R]")
      return [x[0]]
    default: preconditionFailure("\(operation.name) is not a composite")
    }
  }

  /// Norms over the last axis.
  private func normalizedExtents(
    _ epsilon: Float, _ expected: String
  ) throws(GraphError) -> [Int] {
    try require(
      x.rank >= 1 && inputs.dropFirst().allSatisfy { $0.shape.extents == [x[x.rank - 1]] },
      expected)
    try require(epsilon.isFinite && epsilon >= 0, "epsilon \(epsilon) must be at least 0")
    return x.extents
  }

  /// Attention, with or without documents.
  private func attentionExtents(_ scale: Float) throws(GraphError) -> [Int] {
    let signature = "q, k and v, three float32 tensors, and optionally int32 documents"
    if inputs.count == 4 {
      try requireInputs(.float32, .float32, .float32, .int32, naming: signature)
    } else {
      try requireInputs(.float32, .float32, .float32, naming: signature)
    }
    let keys = inputs[1].shape
    try require(
      x.rank == 4 && keys.rank == 4 && keys == inputs[2].shape && x[0] == keys[0]
        && x[1] == keys[1] && x[3] == keys[3],
      "needs q [B, T, H, K] and k and v [B, T, G, K]")
    try require(
      x[2].isMultiple(of: keys[2]),
      "the \(x[2]) query heads must be a multiple of the \(keys[2]) key heads")
    try require(
      inputs.count == 3 || inputs[3].shape.extents == [x[0], x[1]],
      "documents must be [B, T] for q [B, T, H, K]")
    try require(scale.isFinite, "scale \(scale) must be a number")
    return x.extents
  }
}
