package import GraphLanguage

extension Operation {
  /// The name in errors and listings: `matrixProduct`, or the function of an elementwise one.
  package var name: String {
    switch self {
    case .unary(let function): "\(function)"
    case .binary(let function): "\(function)"
    case .compare(let comparison): "\(comparison)"
    case .reduce(let reduction, _): "reduce \(reduction)"
    case .constant: "constant"
    case .iota: "iota"
    case .select: "select"
    case .convert: "convert"
    case .broadcast: "broadcast"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .slice: "slice"
    case .pad: "pad"
    case .concatenate: "concatenate"
    case .matrixProduct: "matrixProduct"
    case .gather: "gather"
    case .scatterAdd: "scatterAdd"
    case .softmax: "softmax"
    case .rmsNorm: "rmsNorm"
    case .layerNorm: "layerNorm"
    case .rotary: "rotary"
    case .causalAttention: "causalAttention"
    case .swiGLU: "swiGLU"
    case .gelu: "gelu"
    case .crossEntropy: "crossEntropy"
    case .linearCrossEntropy: "linearCrossEntropy"
    }
  }
}

extension NodeOperation {
  /// The name in errors and listings.
  package var name: String {
    switch self {
    case .variable: "variable"
    case .input: "input"
    case .language(let operation): operation.name
    case .gradient(let operation): "gradient of \(operation.name)"
    case .elementwise(let function, _): function.name
    }
  }
}
